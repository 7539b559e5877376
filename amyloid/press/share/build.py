"""Make the contents of a shared file from a finished run."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amyloid.press.disclosure import DEFAULT_MIN_CELL, applied_min_cell, png
from amyloid.press.report.overview import build_pages
from amyloid.press.share.blocks import Block, blocks
from amyloid.press.share.checklist import CHECKLIST, MANIFEST, checklist, manifest
from amyloid.press.share.drawing import pictures
from amyloid.press.share.pages import shared_page

if TYPE_CHECKING:
    import pandas as pd


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?")
_TABLES = ("results.csv", "categories.csv", "endpoints.csv")
_FIXED_CRITERIA = {
    "cardiac_response": "isa-2012",
    "cardiac_stage": "mayo-2004-european",
    "renal_stage": "palladini-2014",
}


def defused(text: str) -> str:
    """Return a cell that no spreadsheet runs: text that would start a formula gets an apostrophe in front."""
    starts = text[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{text}" if starts and not _NUMBER.fullmatch(text) else text


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV with every formula defused."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[defused(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode()


def synthetic_contents(run: Path) -> dict[str, bytes]:
    """Return the whole report of the embedded synthetic cohort: pages, figures, tables.

    Notes
    -----
    SVG stays behind: a page needs none, and it can carry text that nobody sees.
    """
    contents = {f"{name}.html": html.encode() for name, html in build_pages(run, kind="synthetic").items()}
    for path in sorted((run / "figures").glob("*.png")):
        contents[f"figures/{path.name}"] = png.strip(path.read_bytes())
    for path in sorted((run / "figures").glob("*.csv")):
        contents[f"figures/{path.name}"] = _csv_file(path)
    contents |= {name: _csv_file(run / name) for name in _TABLES if (run / name).is_file()}
    return _sealed(contents, checklist(True, 0, ()), {"cohort": "synthetic, built from published aggregates"})


def aggregate_contents(
    tables: Mapping[str, "pd.DataFrame"],
    parameters: Mapping[str, Any],
    grades: Mapping[str, Sequence[str]],
    unsearchable: Sequence[str] = (),
) -> dict[str, bytes]:
    """Return the shared report of any other cohort: aggregates under the disclosure rules.

    Parameters
    ----------
    tables
        `patients` and `baseline` (one row per patient), `categories` and `endpoints` (as in the run).
    parameters
        The run's parameters: `min_cell`, `confidence`, `hematologic_criteria`, `renal_criteria`.
    grades
        For each domain of `chosen_criteria` the grades that its version knows.
    unsearchable
        Identifiers that the gate cannot search for; the checklist says how many.

    Raises
    ------
    ValueError
        If there are fewer patients than the smallest count shown, or a category is not a published one.
    """
    asked = int(parameters.get("min_cell", DEFAULT_MIN_CELL))
    min_cell = applied_min_cell(asked)
    confidence = float(parameters.get("confidence", 0.95))
    if len(tables["patients"]) < min_cell:
        raise ValueError(f"the cohort has fewer than {min_cell} patients: nothing about it can be shared")
    found, shown = blocks(
        tables["patients"],
        tables["baseline"],
        tables["categories"],
        tables["endpoints"],
        chosen_criteria(parameters),
        grades,
        min_cell,
        confidence,
    )
    drawn = pictures(shown)
    contents = {"index.html": shared_page(found, drawn, min_cell, asked).encode()}
    contents |= {f"figures/{name}.png": picture for name, (picture, _) in drawn.items()}
    contents |= {f"tables/{block.key}.csv": _block_csv(block) for block in found}
    rules = {"min_cell": min_cell, "rounding": 5, "months_between_points": 6}
    return _sealed(
        contents, checklist(False, min_cell, unsearchable), {"cohort": "aggregates", "rules": rules}
    )


def chosen_criteria(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the one criteria version per domain: the run's own where it has a choice."""
    return {
        "hematologic_response": str(parameters.get("hematologic_criteria", "boston-2007")),
        "renal_response": str(parameters.get("renal_criteria", "gertz-2005")),
        **_FIXED_CRITERIA,
    }


def _block_csv(block: Block) -> bytes:
    return csv_bytes([block.header, *block.rows])


def _csv_file(path: Path) -> bytes:
    with path.open(encoding="utf-8", newline="") as file:
        return csv_bytes(list(csv.reader(file)))


def _sealed(contents: Mapping[str, bytes], words: str, facts: Mapping[str, object]) -> dict[str, bytes]:
    """Add the checklist and, last, the manifest."""
    whole = {**contents, CHECKLIST: words.encode()}
    return {**whole, MANIFEST: manifest(whole, facts)}
