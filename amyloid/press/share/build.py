"""Make the contents of a shared file from a finished run."""

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from amyloid import __version__
from amyloid.press.disclosure.curves import EVERY
from amyloid.press.disclosure.formats import bare_picture
from amyloid.press.disclosure.gate import MANIFEST, strings
from amyloid.press.disclosure.release import DEFAULT_MIN_CELL, ROUNDING, Release
from amyloid.press.report.layout import STAMPS, csv_bytes, rendered
from amyloid.press.report.pages import build_pages
from amyloid.press.share import WORDS
from amyloid.press.share.blocks import Block, Picture, blocks, comparison, pictures
from amyloid.press.share.counts import OTHERS, Counted, count, groups_of
from amyloid.press.share.searched import own_texts

CHECKLIST = "CHECKLIST.txt"
_TABLES = ("results.csv", "categories.csv", "endpoints.csv")


@dataclass(frozen=True)
class Shared:
    """A shared report.

    Attributes
    ----------
    contents
        Its files by name.
    own
        Every text in it that is the program's own, or was searched before, normalized: the gate does not
        search these.
    withheld
        What was left out and why, in words that may leave themselves.
    """

    contents: dict[str, bytes]
    own: frozenset[str] = frozenset()
    withheld: Mapping[str, str] = field(default_factory=dict)


def synthetic_report(run: Path) -> Shared:
    """Return the whole report of the embedded synthetic cohort: pages, figures, tables.

    Notes
    -----
    SVG stays behind: a page needs none, and it can carry text that nobody sees.
    """
    contents = {f"{name}.html": html.encode() for name, html in build_pages(run, kind="synthetic").items()}
    for path in sorted((run / "figures").glob("*.png")):
        contents[f"figures/{path.name}"] = bare_picture(path.read_bytes())
    tables = [*sorted((run / "figures").glob("*.csv")), *(run / name for name in _TABLES)]
    for path in filter(Path.is_file, tables):
        with path.open(encoding="utf-8", newline="") as file:
            contents[path.relative_to(run).as_posix()] = csv_bytes(list(csv.reader(file)))
    contents[CHECKLIST] = rendered("checklist.txt.j2", synthetic=True).encode()
    return Shared(sealed(contents, {"cohort": "synthetic, built from published aggregates"}))


def aggregate_report(
    tables: Mapping[str, pd.DataFrame],
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
    from amyloid.press.disclosure.proof import protect  # with scipy, which a whole run needs not

    asked = int(parameters.get("min_cell", DEFAULT_MIN_CELL))
    patients, column = tables["patients"], str(parameters.get("compare_by", "none"))
    release = Release(len(patients), asked)
    least, min_cell = release.least, release.min_cell
    if release.n < least:
        raise ValueError(f"the cohort has fewer than {least} patients: nothing about it can be shared")
    counted = Counted(
        frames={**tables, "patients": patients.set_index(patients["patient_id"].astype(str))},
        release=release,
        chosen=chosen_criteria(parameters, tables["categories"], grades),
        grades=grades,
        groups=groups_of(patients, column, min_cell, reference),
        column=column,
        drugs=sorted(set(tables["treatments"]["drug"].dropna().astype(str))),
        confidence=float(parameters.get("confidence", 0.95)),
    )
    withheld = _withhold(counted, fits)
    opening = [text.format(least=least, min_cell=min_cell) for text in WORDS["opening"]]
    if asked != min_cell:
        opening.append(WORDS["asked"].format(asked=asked, min_cell=min_cell))
    if title and fits(title):
        opening.insert(0, f"Cohort: {title}")
    elif title:
        withheld["the cohort's title"] = "it holds what may not leave"
    count(counted)
    proof = protect(counted.release)
    found, drawn = [*blocks(counted), *comparison(counted)], pictures(counted)
    contents = {"index.html": shared_page(found, drawn, opening).encode()}
    contents |= {f"figures/{picture.name}.png": picture.png for picture in drawn}
    contents |= {f"tables/{block.key}.csv": csv_bytes([block.header, *block.rows]) for block in found}
    status = _statuses(contents, found, withheld)
    rules = {"min_cell": min_cell, "least_shown": least, "rounding": ROUNDING, "months_between_points": EVERY}
    facts = {"cohort": "aggregates", "rules": rules, "proof": proof, "outputs": status}
    checklist = rendered("checklist.txt.j2", least=least, unsearchable=unsearchable, outputs=status)
    said = [*opening, *checklist.splitlines(), MANIFEST, CHECKLIST, *strings(facts)]
    said += [words for picture in drawn for words in (picture.alt, picture.caption)]
    own = own_texts(found, said, [*counted.drugs, *counted.names])
    return Shared(sealed({**contents, CHECKLIST: checklist.encode()}, facts), own, withheld)


def _withhold(counted: Counted, fits: Callable[[str], bool]) -> dict[str, str]:
    """Leave out what has a name that may not leave, and return what it is and why."""
    withheld = {}
    named = [drug for drug in counted.drugs if fits(drug)]
    if len(named) < len(counted.drugs):
        withheld["some drugs"] = "their names hold what may not leave"
    names = [counted.column, *(name for name in counted.names if name != OTHERS)]
    if counted.groups is not None and not all(map(fits, names)):
        counted.groups = None
        withheld["the comparison of groups"] = "a name in it holds what may not leave"
    counted.drugs = named
    return withheld


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
    for domain, usual in WORDS["usual"].items():
        rows = categories[(categories["domain"] == domain) & (categories["category"] != "NE")]
        judged = rows["criteria"].value_counts()
        known = sorted(str(criteria) for criteria in judged.index if (domain, criteria) in grades)
        chosen[domain] = max([usual, *known], key=lambda criteria: judged.get(criteria, 0))
    asked = str(parameters.get("renal_criteria", chosen["renal_response"]))
    if asked != WORDS["usual"]["renal_response"]:
        chosen["renal_response"] = asked
    return chosen


def shared_page(blocks: Sequence[Block], pictures: Sequence[Picture], opening: Sequence[str]) -> str:
    """Return the page of a shared report on patients."""
    said = {"title": WORDS["title"], "left_out": WORDS["left_out"], "stamp": STAMPS["aggregates"]}
    return rendered("shared.html.j2", opening=opening, blocks=blocks, pictures=pictures, **said)


def _statuses(
    contents: Mapping[str, bytes], blocks: Sequence[Block], withheld: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return of each output whether it leaves, and why so: released, partly hidden or withheld."""
    hidden = {f"tables/{block.key}.csv" for block in blocks if block.hidden}
    partly = {"status": "partly hidden", "reason": "small counts, and what would give them back"}
    whole = {"status": "released", "reason": "aggregates under the rules"}
    found = {name: partly if name in hidden else whole for name in sorted(contents)}
    return found | {name: {"status": "withheld", "reason": reason} for name, reason in withheld.items()}


def sealed(contents: Mapping[str, bytes], facts: Mapping[str, object]) -> dict[str, bytes]:
    """Add the manifest: what this is, and the SHA-256 of every other file."""
    manifest = {
        "format": "amyloid-share-1",
        "program": f"{WORDS['program']} {__version__}",
        **facts,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
    }
    return {**contents, MANIFEST: (json.dumps(manifest, indent=1, ensure_ascii=True) + "\n").encode()}
