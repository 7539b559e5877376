"""Make the contents of a shared file from a finished run."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amyloid.press.disclosure import (
    DEFAULT_MIN_CELL,
    EVERY,
    ROUNDING,
    applied_min_cell,
    least_shown,
    png,
    protect,
)
from amyloid.press.report.overview import build_pages
from amyloid.press.report.spreadsheets import csv_bytes
from amyloid.press.share.blocks import Block, blocks
from amyloid.press.share.checklist import CHECKLIST, MANIFEST, checklist, manifest, statuses
from amyloid.press.share.comparison import comparison, groups_of
from amyloid.press.share.counts import OTHERS, Source, count
from amyloid.press.share.drawing import pictures
from amyloid.press.share.own import own_texts
from amyloid.press.share.pages import opening, shared_page

if TYPE_CHECKING:
    import pandas as pd


_TABLES = ("results.csv", "categories.csv", "endpoints.csv")
USUAL: Mapping[str, str] = {
    "renal_response": "palladini-2014",
    "cardiac_response": "isa-2012",
    "cardiac_stage": "mayo-2004-european",
    "renal_stage": "palladini-2014",
}
"""The version of each domain that leads where no other can judge more patients."""


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


@dataclass(frozen=True)
class Shared:
    """A shared report on patients.

    Attributes
    ----------
    contents
        Its files by name.
    own
        Every text in it that is the program's own, or was searched before, normalized: the gate does not
        search these.
    withheld
        What was left out, in words that may leave themselves.
    """

    contents: dict[str, bytes]
    own: frozenset[str]
    withheld: tuple[str, ...] = ()


def aggregate_report(
    tables: Mapping[str, "pd.DataFrame"],
    parameters: Mapping[str, Any],
    grades: Mapping[tuple[str, str], Sequence[str]],
    title: str | None = None,
    reference: str = "",
    fits: Callable[[str], bool] = bool,
    unsearchable: Sequence[str] = (),
) -> Shared:
    """Return the shared report of any other cohort: aggregates under the disclosure rules.

    Parameters
    ----------
    tables
        `patients` and `baseline` (one row per patient), `categories` and `endpoints` (as in the run),
        `treatments`.
    parameters
        The run's parameters: `min_cell`, `confidence`, `compare_by`, the criteria.
    grades
        Domain and criteria to the grades that they know.
    title, reference
        The cohort's own; the reference is the group that the others are held against.
    fits
        Whether a text as it was typed may be printed: title, drugs, groups.
    unsearchable
        Identifiers that the gate cannot search for; the checklist says that there are some.

    Raises
    ------
    ValueError
        If there are fewer patients than the smallest count shown, or a category is not a published one.
    """
    asked = int(parameters.get("min_cell", DEFAULT_MIN_CELL))
    min_cell = applied_min_cell(asked)
    confidence = float(parameters.get("confidence", 0.95))
    if len(tables["patients"]) < least_shown(min_cell):
        raise ValueError(
            f"the cohort has fewer than {least_shown(min_cell)} patients: nothing about it can be shared"
        )
    column = str(parameters.get("compare_by", "none"))
    source, withheld = _source(tables, parameters, grades, fits, column, min_cell)
    source = replace(source, reference=reference)
    if title and not fits(title):
        title, withheld = None, (*withheld, "the cohort's title: it holds what may not leave")
    counted = count(source, min_cell)
    proof = protect(counted.release)
    found = [*blocks(counted, source, confidence), *comparison(counted, source, column, confidence)]
    drawn = pictures(counted, source.names, confidence)
    said = opening(least_shown(min_cell), min_cell, asked, title)
    contents = {"index.html": shared_page(found, drawn, said).encode()}
    contents |= {f"figures/{name}.png": picture for name, (picture, _) in drawn.items()}
    contents |= {f"tables/{block.key}.csv": _block_csv(block) for block in found}
    status = statuses(contents, found, withheld)
    facts = {
        "cohort": "aggregates",
        "rules": {"min_cell": min_cell, "least_shown": least_shown(min_cell), "rounding": ROUNDING}
        | {"months_between_points": EVERY},
        "proof": proof.figures(),
        "outputs": status,
    }
    words = checklist(False, least_shown(min_cell), unsearchable, status)
    alternatives = [alt for _, alt in drawn.values()]
    own = own_texts(found, alternatives, said, words, facts, [*source.drugs, *source.names])
    return Shared(_sealed(contents, words, facts), own, withheld)


def _source(
    tables: Mapping[str, "pd.DataFrame"],
    parameters: Mapping[str, Any],
    grades: Mapping[tuple[str, str], Sequence[str]],
    fits: Callable[[str], bool],
    column: str,
    min_cell: int,
) -> tuple[Source, tuple[str, ...]]:
    """Return what is counted, and what is withheld because of how it is named."""
    withheld: tuple[str, ...] = ()
    drugs = sorted(set(tables["treatments"]["drug"].dropna().astype(str)))
    named = [drug for drug in drugs if fits(drug)]
    if len(named) < len(drugs):
        withheld += ("some drugs: their names hold what may not leave",)
    groups = groups_of(tables["patients"], column, min_cell)
    if groups is not None and not all(fits(name) for name in [column, *(set(groups) - {OTHERS})]):
        groups = None
        withheld += ("the comparison of groups: a name in it holds what may not leave",)
    chosen = chosen_criteria(parameters, tables["categories"], grades)
    source = Source(
        tables["patients"],
        tables["baseline"],
        tables["categories"],
        tables["endpoints"],
        tables["treatments"],
        chosen=chosen,
        grades={domain: grades[domain, criteria] for domain, criteria in chosen.items()},
        groups=groups,
        drugs=named,
    )
    return source, withheld


def chosen_criteria(
    parameters: Mapping[str, Any],
    categories: "pd.DataFrame",
    grades: Mapping[tuple[str, str], Sequence[str]],
) -> dict[str, str]:
    """Return the one criteria version per domain.

    Hematologic response is the run's own. Elsewhere it is the version by which most patients can be judged;
    among equals, and where a renal version was asked for, the usual or the chosen one.
    """
    chosen = {"hematologic_response": str(parameters.get("hematologic_criteria", "isa-2012"))}
    renal = str(parameters.get("renal_criteria", USUAL["renal_response"]))
    for domain, usual in USUAL.items():
        if domain == "renal_response" and renal != usual:
            chosen[domain] = renal
        else:
            chosen[domain] = _most_judged(categories[categories["domain"] == domain], domain, usual, grades)
    return chosen


def _most_judged(
    rows: "pd.DataFrame", domain: str, usual: str, grades: Mapping[tuple[str, str], Sequence[str]]
) -> str:
    judged = rows[rows["category"] != "NE"]["criteria"].value_counts()
    known = [criteria for criteria in judged.index if (domain, criteria) in grades]
    counts = {str(criteria): int(judged.get(criteria, 0)) for criteria in [usual, *sorted(known)]}
    return max(counts, key=counts.__getitem__)


def _block_csv(block: Block) -> bytes:
    return csv_bytes([block.header, *block.rows])


def _csv_file(path: Path) -> bytes:
    with path.open(encoding="utf-8", newline="") as file:
        return csv_bytes(list(csv.reader(file)))


def _sealed(contents: Mapping[str, bytes], words: str, facts: Mapping[str, object]) -> dict[str, bytes]:
    """Add the checklist and, last, the manifest."""
    whole = {**contents, CHECKLIST: words.encode()}
    return {**whole, MANIFEST: manifest(whole, facts)}
