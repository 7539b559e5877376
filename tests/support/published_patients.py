"""Real patients of published case reports: what their authors called them, and what the adjudicator says."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "cases" / "real-patients"
NOT_RUN = "not run"

SECTION = """\
# Published patients

Real patients of open case reports, as far as their values are printed: `tests/cases/real-patients/`. Each
category that an author gives stands beside ours, and each difference with its reason; a test holds both.
Where a report gives a category and not the values behind it, nothing is derived, and that is the reason.

{alike} of {run} categories of patients that can be run are the authors'. {word} have another word for the
same. {printed} cannot be derived from what is printed. {rule} differ by the rule itself: applied to the
printed values, it says something else than the report. R05 has light chain deposition disease, no amyloid.

| patient | what, by which version | authors | ours | why they differ |
|---|---|---|---|---|
{rows}

Where the values come from:

{sources}

## How to add a patient

Reports with printed values are welcome, your own too. One patient is a row in each of these files of
`tests/cases/real-patients/`, in the format of the [data dictionary](../data/DICTIONARY.md):

1. `published_values.csv`: every printed value and every category that the authors give, with the month, the
   unit, and the citation. `kind` is `value` or `author_category`. Say in `note` what was read from words
   ("month not printed").
2. `patients.csv`, `labs.csv`, `treatments.csv`, `events.csv`: the same values as a cohort. Month 0 is the
   first dose. Where the report prints no month, take 6 and say so in the note.
3. `authors_categories.csv`: one row for each category and each version that can be asked: `patient_id,
   domain, criteria`, `authors` (the category), `authors_words` (a few words of theirs), `ours` (or `not
   run`), `difference` (blank where the two are the same; else `word`, `not printed` or `rule`) and
   `because` (the reason in a sentence).
4. Run `python tests/stats/agreement_with_r`, which writes this page, and `pytest
   tests/adjudication/test_cases.py`.

Give a number in place of a name, an age in years, and nothing that the report does not print.
"""

DIFFERENCES = ("", "word", "not printed", "rule")
"""How a row differs: not, by the version's word, for want of printed values, by the rule itself."""


def rows_of(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def judged() -> list[dict[str, str]]:
    """Every category that authors give, with ours."""
    return rows_of("authors_categories.csv")


def section() -> str:
    """The part of docs/validation.md on published patients."""
    rows = judged()
    run = [row for row in rows if row["ours"] != NOT_RUN]
    alike, word, printed, rule = (sum(row["difference"] == kind for row in run) for kind in DIFFERENCES)
    return SECTION.format(
        alike=alike,
        run=len(run),
        word=word,
        printed=printed,
        rule=rule,
        rows="\n".join(_line(row) for row in rows),
        sources="\n".join(_sources()),
    )


def _line(row: dict[str, str]) -> str:
    what = f"{row['domain'].replace('_', ' ')}, {row['criteria']}"
    authors = f"{row['authors']} ({row['authors_words']})"
    return f"| {row['patient_id']} | {what} | {authors} | {row['ours']} | {row['because']} |"


def _sources() -> Iterator[str]:
    known = {row["patient_id"] for row in judged()}
    cited: dict[str, list[str]] = {}
    for row in rows_of("published_values.csv"):
        patients = cited.setdefault(row["citation"].split(", first printed")[0].split(", second")[0], [])
        if row["patient"] in known and row["patient"] not in patients:
            patients.append(row["patient"])
    for citation, patients in cited.items():
        if patients:
            yield f"- {', '.join(patients)}: {citation}"
