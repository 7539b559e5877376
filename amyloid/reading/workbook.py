"""One .xlsx workbook with a sheet per table, and the card as a sheet of keys and values."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from amyloid.errors import MAX_SHOWN, visible
from amyloid.mapping import Mapping
from amyloid.reading.card import MISSING_CARD_MEND, Card, card_from
from amyloid.reading.encoding import kind_of_file
from amyloid.reading.findings import Findings, nearest
from amyloid.reading.headers import has_known_column, required_names
from amyloid.reading.table import Encoder, Table, letters
from amyloid.schema import TABLES

MAX_UNPACKED_BYTES = 1 << 29
MAX_RATIO = 100
"""An ordinary sheet shrinks ten times when it is packed; a part that shrinks more than this is a trap."""

SMALL_PART_BYTES = 1 << 24
MAX_COLUMNS = 1000
CARD_SHEET = "cohort"
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')


def read_workbook(
    path: Path, mapping: Mapping, digest: hashlib._Hash, findings: Findings
) -> tuple[dict[str, Table | None], Card]:
    """Read the tables and the card of a workbook.

    Parameters
    ----------
    path : pathlib.Path
        A regular file.
    mapping : Mapping
    digest : hash object
        Takes in the bytes of the file.
    findings : Findings

    Returns
    -------
    (tables, card)
    """
    nothing: dict[str, Table | None] = dict.fromkeys(TABLES)
    fallback = card_from({"title": path.stem, "source": "", "synthetic": False}, path.name, Findings())
    if not _may_be_opened(path, findings):
        return nothing, fallback
    from openpyxl import load_workbook

    with path.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    try:
        book = load_workbook(path, read_only=True, data_only=False)
        parts = _sheet_parts(book)
        with zipfile.ZipFile(path) as packed:
            tables = {
                name: _read_sheet(book, packed, parts, name, path.name, mapping, findings) for name in TABLES
            }
            card = _read_card(book, path, findings)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        SyntaxError,
        EOFError,
        OSError,
        IndexError,
        TypeError,
    ) as fault:
        findings.file(
            "damaged-workbook",
            path.name,
            f"is damaged and cannot be read ({visible(str(fault))[:80]}).",
            "Save it again in the spreadsheet program.",
        )
        return nothing, fallback
    book.close()
    return tables, card


def _may_be_opened(path: Path, findings: Findings) -> bool:
    """Look at the container before anything is unpacked."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head.startswith(b"PK\x03\x04"):
        kind = kind_of_file(head)
        what = f"is {kind[0]}" if kind else "is no workbook (it looks like plain text)"
        findings.file(
            "no-workbook", path.name, f"{what}.", "Save it as .xlsx, or give a folder of CSV files."
        )
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        findings.file("damaged-workbook", path.name, "is cut off or damaged.", "Copy or download it again.")
        return False
    total = sum(part.file_size for part in parts)
    trap = any(
        part.file_size > SMALL_PART_BYTES and part.file_size > MAX_RATIO * part.compress_size
        for part in parts
    )
    if trap or total > MAX_UNPACKED_BYTES:
        findings.file(
            "too-large",
            path.name,
            f"unpacks to {total / 2**20:.0f} MB, which is too large for a workbook.",
            "Delete stray cells, or save the sheets as CSV.",
        )
        return False
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        findings.file("no-workbook", path.name, "is a zip file but no .xlsx workbook.", "Save it as .xlsx.")
        return False
    return True


def _sheet_parts(book: Any) -> dict[str, str]:
    """Title of each sheet -> its part in the zip file."""
    return {sheet.title: str(sheet._worksheet_path).lstrip("/") for sheet in book.worksheets}


def _sheet_title(titles: list[str], name: str, file: str, findings: Findings) -> str | None:
    found = [title for title in titles if title.strip().casefold() == name.casefold()]
    if len(found) > 1:
        findings.file("two-sheets", file, f"has the sheet {name} more than once.", "Keep one of them.")
        return None
    if not found:
        others = [title for title in titles if title.strip().casefold() not in (*TABLES, CARD_SHEET)]
        likely = (
            title for title in others if name.rstrip("s") in title.casefold() or nearest(title, (name,))
        )
        near = next((f"Is it '{visible(title)}'?" for title in likely), "")
        findings.file(
            "missing-sheet",
            file,
            f"the sheet {name} is missing.",
            near or "Name the sheets patients, labs, treatments, events.",
        )
        return None
    return found[0]


def _read_sheet(
    book: Any,
    packed: zipfile.ZipFile,
    parts: dict[str, str],
    name: str,
    file: str,
    mapping: Mapping,
    findings: Findings,
) -> Table | None:
    title = _sheet_title(book.sheetnames, mapping.files.get(name, name), file, findings)
    if title is None or title not in parts:
        return None
    if not _shape_is_sound(packed, parts[title], title, file, findings):
        return None
    sheet = book[title]
    sheet.reset_dimensions()
    rows = sheet.iter_rows()
    header = _header(next(rows, ()))
    if not header:
        findings.file(
            "empty-file",
            file,
            "the sheet is empty.",
            "The first row has to hold the column names.",
            sheet=title,
        )
        return None
    if not has_known_column(header, name, mapping):
        findings.file(
            "no-header",
            file,
            "row 1 is no header: none of the columns is known.",
            f"The first row has to hold the column names: {', '.join(required_names(name))}.",
            sheet=title,
            line=1,
        )
        return None
    return _read_rows(rows, header, name, title, file, findings)


def _header(cells: Any) -> list[str]:
    header = [cell_text(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    return header


def _read_rows(rows: Any, header: list[str], name: str, title: str, file: str, findings: Findings) -> Table:
    encoder, lines, faults = Encoder(len(header)), [], []
    blank = [""] * len(header)
    for number, cells in enumerate(rows, 2):
        texts = blank.copy()
        for position, cell in enumerate(cells):
            if cell.value is None:
                continue
            text = cell_text(cell)
            if position >= len(header):
                if text.strip():
                    faults.append(
                        (number, position, "stands outside the columns of the header.", "Delete it.")
                    )
                continue
            texts[position] = text
            if cell.data_type == "f":
                faults.append(
                    (number, position, "is a formula.", "Paste its value: formulas are not computed here.")
                )
            elif cell.data_type == "e":
                faults.append(
                    (number, position, "is a formula's error.", "Mend the formula or clear the cell.")
                )
        if any(texts):
            encoder.append(texts)
            lines.append(number)
    for number, position, message, mend in faults[:MAX_SHOWN]:
        findings.cell("cell", file, title, f"{letters(position)}{number}", number, message, mend)
    if len(faults) > MAX_SHOWN:
        findings.file(
            "cells", file, f"{len(faults) - MAX_SHOWN} more cells are formulas, errors or stray.", sheet=title
        )
    return Table(
        name,
        file,
        title,
        tuple(header),
        encoder.columns(header),
        len(lines),
        np.array(lines, np.int64),
        decimal_comma_possible=True,
    )


def cell_text(cell: Any) -> str:
    """Text of a cell as a person would type it: dates as YYYY-MM-DD, whole numbers without a point.

    Parameters
    ----------
    cell : openpyxl cell

    Returns
    -------
    str
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def _shape_is_sound(packed: zipfile.ZipFile, part: str, title: str, file: str, findings: Findings) -> bool:
    """Refuse merged cells and sheets that claim to reach to the edge of the world."""
    sound = True
    tail = b""
    with packed.open(part) as stream:
        first = True
        while block := stream.read(1 << 20):
            if first:
                first = False
                found = _DIMENSION.search(block)
                if found and _column_number(found.group(1)) > MAX_COLUMNS:
                    reach = (found.group(1) + found.group(2)).decode()
                    findings.file(
                        "stray-cell",
                        file,
                        f"the sheet reaches to {reach}: a stray cell far outside the table.",
                        "Delete the empty rows and columns, or save the sheet as CSV.",
                        sheet=title,
                    )
                    return False
            text = tail + block
            for merged in _MERGED.findall(text):
                sound = False
                findings.cell(
                    "merged-cells",
                    file,
                    title,
                    merged.decode(),
                    None,
                    "are merged cells.",
                    "Undo the merge and fill in every cell.",
                )
            tail = text[-40:] if b"<mergeCell" in text[-40:] else b""
    return sound


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number


def _read_card(book: Any, path: Path, findings: Findings) -> Card:
    """Read the sheet `cohort`: keys and values; reference ranges as ``reference_ranges.TEST`` with ``low-high``."""
    title = next((name for name in book.sheetnames if name.strip().casefold() == CARD_SHEET), None)
    values: dict[str, Any] = {"title": path.stem, "source": ""}
    if title is None:
        findings.file(
            "no-card",
            path.name,
            "the sheet cohort is missing; the cohort is treated as real patients.",
            MISSING_CARD_MEND,
            severity="warning",
        )
        return card_from({**values, "synthetic": False}, path.name, findings, CARD_SHEET)
    sheet = book[title]
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_row=200, max_col=3, values_only=True):
        key = str(row[0]).strip() if row and row[0] is not None else ""
        value = row[1] if len(row) > 1 else None
        if not key or key.casefold() == "key" or value is None:
            continue
        if key.startswith("reference_ranges."):
            high = row[2] if len(row) > 2 else None
            pair = _pair(value) if high is None else [value, high]
            values.setdefault("reference_ranges", {})[key.removeprefix("reference_ranges.")] = pair
        else:
            values[key] = value
    return card_from(values, path.name, findings, title)


def _pair(value: Any) -> Any:
    """A range written in one cell, such as ``40 - 120``."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[-\u2013]\s*(\d+(?:\.\d+)?)\s*", str(value))
    return [float(found.group(1)), float(found.group(2))] if found else value
