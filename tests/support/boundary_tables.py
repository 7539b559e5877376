"""The boundary tables: one CSV per domain, one row per case, one column per version of the criteria."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from courses import Patient, cohort_of, patient

from amyloid.adjudication.response import adjudicate, categories

FOLDER = Path(__file__).parents[1] / "adjudication" / "criteria" / "boundaries"
TABLES = tuple(sorted(FOLDER.glob("*.csv")))


@dataclass(frozen=True)
class Case:
    """One patient of a boundary table with the category that each version must give."""

    domain: str
    name: str
    patient: Patient
    expected: dict[str, str]


def cases_of(path: Path) -> list[Case]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Case(
            path.stem,
            row["case"],
            patient(f"{path.stem}-{number:03d}", row["course"], row["traits"]),
            {key: row[key] for key in list(row)[3:]},
        )
        for number, row in enumerate(rows)
    ]


CASES = tuple(case for path in TABLES for case in cases_of(path))


def derived(cohort=None, *, evidence=None) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Category and reason by patient, domain and criteria, all cases as one cohort."""
    if evidence is not None:
        table = adjudicate(evidence, with_reasons=False)
        table["reason"] = ""
    else:
        table = categories(cohort if cohort is not None else cohort_of(case.patient for case in CASES))
    keys = zip(table["patient_id"], table["domain"], table["criteria"], strict=True)
    return dict(zip(keys, zip(table["category"], table["reason"], strict=True), strict=True))


def disagreements(
    found: dict[tuple[str, str, str], tuple[str, str]], cases: Iterable[Case] = CASES
) -> list[str]:
    """Every cell of the tables that the adjudicator fills otherwise."""
    wrong = []
    for case in cases:
        for key, expected in case.expected.items():
            category, reason = found[case.patient.name, case.domain, key]
            if category != expected:
                wrong.append(
                    f"{case.domain} {key}, {case.name}: expected {expected}, got {reason or category}"
                )
    return wrong
