"""A run on paper, all pages as one PDF by a Chromium that is there; and its tables as one workbook."""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from amyloid.cohort.delivery import FORMULA_STARTS, temporary_folder
from amyloid.press.report.layout import STAMPS, Kind, Paper, stylesheet
from amyloid.press.report.outputs import Table, executed, writable
from amyloid.press.runner import RunError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Options that keep it without a window and off the network."""
SECONDS = 180
_FLOATING = "figure { float: left; width: 100%; } section { clear: both; }"
"""A figure for which a sheet has no room goes to the next one, and the text goes on in its place."""


def find_chromium() -> Path | None:
    """Return the browser named in `AMYLOID_CHROMIUM`, or the first one on the path, or None."""
    named = os.environ.get("AMYLOID_CHROMIUM")
    found = next(filter(None, map(shutil.which, (named,) if named else NAMES)), None)
    return Path(found) if found else None


def write_pdf(pages: Path, target: Path, paper: Paper = "a4") -> None:
    """Print a report, its overview first, as one PDF whose links stay inside it.

    Parameters
    ----------
    pages
        The run's `html` folder.
    target
        The `.pdf` file.
    paper
        The size of the sheets.

    Raises
    ------
    RunError
        If there is no Chromium, or it could not print.
    """
    chromium = find_chromium()
    if chromium is None:
        raise RunError(
            "PDF needs a Chromium or Chrome on this computer; none was found. AMYLOID_CHROMIUM names one."
        )
    with temporary_folder() as private:
        page = private / "report.html"
        page.write_text(one_page(pages, paper), encoding="utf-8")
        call = [
            str(chromium),
            *QUIET,
            f"--user-data-dir={private / 'profile'}",
            "--proxy-server=http://127.0.0.1:9",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--print-to-pdf={target.resolve()}",
            page.as_uri(),
        ]
        with suppress(subprocess.SubprocessError):
            subprocess.run(call, check=True, capture_output=True, timeout=SECONDS)
            if target.is_file():
                return
    raise RunError(f"{target.name} could not be printed by {chromium.name}.")


def one_page(pages: Path, paper: Paper) -> str:
    """Return all pages of a report as one: no page knows where it lay, links lead to its parts."""
    names = [path.stem for path in sorted(pages.glob("[0-9]*.html"))]
    parts, title, kind = [], "", ""
    for name in ("index", *names):
        soup = BeautifulSoup((pages / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        body, main, stamp = (soup.select(place)[0] for place in ("body", "main", ".stamp"))
        for hidden in main.select(".parameters, .code"):
            hidden.decompose()
        for empty in [cell for cell in main.select(".cell") if not cell.find(True)]:
            empty.decompose()  # between a heading and its text, it would let them part
        for mark in main.find_all(id=True):
            mark["id"] = f"{name}-{mark['id']}"
        for link in main.find_all("a", href=True):
            link["href"] = _inside(str(link["href"]), name)
        if name == "index":
            title = soup.title.get_text() if soup.title else ""
            kind = str(body.get_attribute_list("class")[0])
            main.insert(0, stamp)
        style = ' class="overview"' if "overview" in body.get_attribute_list("class") else ""
        parts.append(f'<section id="{name}"{style}>{main.decode_contents()}</section>')
    style = f"{stylesheet()}\n@page {{ size: {paper}; }}\n{_FLOATING}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<style>{style}</style></head>\n<body class="{kind}">{"".join(parts)}</body></html>\n'
    )


def _inside(link: str, name: str) -> str:
    page, _, place = link.partition("#")
    return "#" + "-".join(filter(None, (page.removesuffix(".html") or name, place)))


_NUMBER = re.compile(r"(?![-+−]?0\d)[-+−]?\d+(?:\.\d+)?")
_RUN_TABLES = ("results", "categories", "endpoints")


def write_excel(run: Path, target: Path, kind: Kind) -> None:
    """Write every table of a run into one workbook, one sheet each.

    Parameters
    ----------
    run
        A finished run.
    target
        The `.xlsx` file.
    kind
        Whose data it is; the first sheet says so.

    Notes
    -----
    Numbers are numbers. Everything else is text and stays text: no cell of the data becomes a formula.
    """
    from openpyxl import Workbook

    book = Workbook()
    contents = book.worksheets[0]
    contents.title = "Contents"
    _write_row(contents, [STAMPS[kind]])
    _write_row(contents, ["Sheet", "Table"])
    for number, (of, table) in enumerate(_all_tables(run), start=1):
        name = f"{of} {table.name}"[:25].translate({ord(sign): "-" for sign in "[]:*?/\\"})
        sheet = book.create_sheet(f"{number} {name}")
        _write_row(contents, [sheet.title, table.caption])
        for row in ([table.caption], list(table.header), *table.rows, *([note] for note in table.notes)):
            _write_row(sheet, list(row))
        sheet.freeze_panes = "A3"
    book.save(target)


def _all_tables(run: Path) -> Iterator[tuple[str, Table]]:
    """Yield every table of a run, and the number of its notebook where it has one."""
    for notebook in executed(run):
        yield from ((notebook.name[:2], table) for table in notebook.tables())
    for name in _RUN_TABLES:
        with (run / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        file_name = f"{name}.csv"
        yield "", Table(name, file_name, file_name, tuple(header), tuple(map(tuple, rows)), ())


def _write_row(sheet: Any, cells: list[str]) -> None:
    """Append a row; text that looks like a formula is marked as text twice: by type and by its prefix."""
    from openpyxl.cell import WriteOnlyCell

    row = [WriteOnlyCell(sheet) for _ in cells]
    for cell, text in zip(row, cells, strict=True):
        if _NUMBER.fullmatch(text):
            cell.value = float(text.replace("−", "-"))
        elif text:
            cell.value = writable(text)
            cell.data_type = "s"
            cell.quotePrefix = text.startswith(FORMULA_STARTS)
    sheet.append(row)
