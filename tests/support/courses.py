"""Patients written as one line of text, and cohorts made of them: in memory, or as the files of a centre.

A course: ``0: kappa=10 lambda=250 sife=pos | 3: lambda=<1.5 assay=n_latex | 5: !dialysis``.
Traits: ``lambda kidney=yes drug=lenalidomide:0:6``; the light chain is lambda, age 64, sex male by default.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from amyloid.cohort import Card, Cohort, schema

SHORT = {
    "kappa": "kappa_flc",
    "lambda": "lambda_flc",
    "sife": "serum_immunofixation",
    "uife": "urine_immunofixation",
    "sm": "serum_m_protein",
    "um": "urine_m_protein",
    "marrow": "marrow_plasma_cells",
    "nyha": "nyha_class",
    "ef": "ejection_fraction",
    "alp": "alkaline_phosphatase",
}
CODED = {"neg": 0.0, "pos": 1.0, "I": 1.0, "II": 2.0, "III": 3.0, "IV": 4.0}
PRINTED = {"neg": "negative", "pos": "positive"}
FLAGS = [item.name for item in schema.PATIENTS.fields if item.kind == "yes_no"]
OTHER_UNITS: dict[str, tuple[str, float]] = {
    "kappa_flc": ("mg/dL", 1 / 10),
    "lambda_flc": ("mg/dL", 1 / 10),
    "serum_m_protein": ("g/L", 10),
    "urine_m_protein": ("g/24h", 1 / 1000),
    "urine_protein": ("mg/24h", 1000),
    "creatinine": ("umol/L", 88.42),
    "nt_probnp": ("pmol/L", 1 / 8.457),
    "bnp": ("pg/mL", 1),
    "troponin_t": ("ng/L", 1000),
    "troponin_i": ("ng/L", 1000),
    "hs_troponin_t": ("pg/mL", 1),
    "wall_thickness": ("cm", 1 / 10),
    "liver_span": ("mm", 10),
}


@dataclass
class Patient:
    """What the four tables hold about one patient."""

    name: str
    light_chain: str = "lambda"
    age: float = 64.0
    sex: str = "male"
    flags: dict[str, str] = field(default_factory=dict)
    labs: list[tuple[float, str, str, str]] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    drugs: list[tuple[str, float, float]] = field(default_factory=list)
    recorded: str = ""
    details: dict[tuple[float, str], str] = field(default_factory=dict)
    lines: list[float] = field(default_factory=list)


def patient(name: str, course: str, traits: str = "") -> Patient:
    """Read one patient from text."""
    made = Patient(name)
    for word in traits.split():
        key, _, value = word.partition("=")
        if key in schema.LIGHT_CHAINS:
            made.light_chain = key
        elif key == "unknown_chain":
            made.light_chain = ""
        elif key == "drug":
            drug, start, end, *line = value.split(":")
            made.drugs.append((drug, float(start), float(end) if end else np.nan))
            made.lines.append(float(line[0]) if line else np.nan)
        elif key == "recorded":
            made.recorded = value
        elif key in ("age", "sex"):
            setattr(made, key, float(value) if key == "age" else value)
        else:
            assert key in FLAGS, word
            made.flags[key] = value
    for visit in filter(None, (part.strip() for part in course.split("|"))):
        month, _, words = visit.partition(":")
        _read_visit(made, float(month), words.split())
    return made


def _read_visit(made: Patient, month: float, words: Sequence[str]) -> None:
    assay = "n_latex" if "n_latex" in words else "freelite"
    for word in words:
        if word.startswith("!"):
            event, _, detail = word[1:].partition("=")
            made.events.append((month, event))
            if detail:
                made.details[month, event] = detail
        elif word != "n_latex":
            test, value = word.split("=")
            test = SHORT.get(test, test)
            assert test in schema.TESTS, word
            made.labs.append((month, test, value, assay if test.endswith("_flc") else "freelite"))


def cohort_of(patients: Iterable[Patient], ranges: dict[str, tuple[float, float]] | None = None) -> Cohort:
    """Build the frames that the reader would build."""
    people = list(patients)
    ids = [person.name for person in people]
    frame = pd.DataFrame(
        {
            "patient_id": pd.Series(ids, dtype=object),
            "age": np.array([person.age for person in people], dtype=np.float64),
            "sex": pd.Categorical([person.sex for person in people], categories=list(schema.SEXES)),
            "light_chain": pd.Categorical(
                [p.light_chain or None for p in people], categories=list(schema.LIGHT_CHAINS)
            ),
            "treatment_start": pd.Series([pd.NaT] * len(people), dtype="datetime64[ns]"),
            "group": pd.Series([None] * len(people), dtype=object),
        }
    )
    for name in FLAGS:
        answers = [{"yes": True, "no": False}.get(person.flags.get(name, "")) for person in people]
        frame[name] = pd.array(answers, dtype="boolean")
    frame["recorded_response"] = pd.Series([person.recorded or None for person in people], dtype=object)
    card = Card(
        title="Test",
        source="",
        synthetic=True,
        data_cutoff=None,
        reference_ranges={**schema.REFERENCE_RANGES, **(ranges or {})},
    )
    return Cohort(card, frame, _labs(people, ids), _treatments(people, ids), _events(people, ids), (), "")


def _codes(people: list[Patient], ids: list[str], rows: str) -> pd.Categorical:
    return pd.Categorical([p.name for p in people for _ in getattr(p, rows)], categories=ids)


def _labs(people: list[Patient], ids: list[str]) -> pd.DataFrame:
    rows = [row for person in people for row in person.labs]
    bounds = [{"<": -1, ">": 1}.get(value[0], 0) for _, _, value, _ in rows]
    values = [CODED[value] if value in CODED else float(value.lstrip("<>")) for _, _, value, _ in rows]
    frame = pd.DataFrame(
        {
            "patient_id": _codes(people, ids, "labs"),
            "month": np.array([row[0] for row in rows], dtype=np.float64),
            "test": pd.Categorical([row[1] for row in rows], categories=list(schema.TESTS)),
            "value": np.array(values, dtype=np.float64),
            "bound": np.array(bounds, dtype=np.int8),
            "assay": pd.Categorical([row[3] for row in rows], categories=list(schema.ASSAYS)),
        }
    )
    order = np.lexsort((frame["month"], frame["patient_id"].cat.codes))
    return frame.iloc[order].reset_index(drop=True)


def _treatments(people: list[Patient], ids: list[str]) -> pd.DataFrame:
    rows = [row for person in people for row in person.drugs]
    lines = [
        n for p in people for n in (p.lines if len(p.lines) == len(p.drugs) else [np.nan] * len(p.drugs))
    ]
    return pd.DataFrame(
        {
            "patient_id": _codes(people, ids, "drugs"),
            "drug": pd.Series([row[0] for row in rows], dtype=object),
            "start_month": np.array([row[1] for row in rows], dtype=np.float64),
            "end_month": np.array([row[2] for row in rows], dtype=np.float64),
            "dose_mg": np.full(len(rows), np.nan),
            "days_per_cycle": np.full(len(rows), np.nan),
            "line": np.array(lines, dtype=np.float64),
        }
    )


def _events(people: list[Patient], ids: list[str]) -> pd.DataFrame:
    rows = [row for person in people for row in person.events]
    details = [person.details.get(row, "") for person in people for row in person.events]
    return pd.DataFrame(
        {
            "patient_id": _codes(people, ids, "events"),
            "month": np.array([row[0] for row in rows], dtype=np.float64),
            "event": pd.Categorical([row[1] for row in rows], categories=list(schema.EVENTS)),
            "detail": pd.Series([None if d.isdigit() else d or None for d in details], dtype=object),
            "line": np.array([float(d) if d.isdigit() else np.nan for d in details], dtype=np.float64),
        }
    )


def write_cohort(
    folder: Path, patients: Iterable[Patient], *, other_units: bool = False, dates: bool = False
) -> Path:
    """Write the files that a centre would hand in; dates keep months that are whole days."""
    people = list(patients)
    begin = date(2015, 1, 1)
    time = "date" if dates else "month"

    def when(month: float) -> str:
        return str(begin + timedelta(days=round(month * schema.MONTH_DAYS))) if dates else repr(month)

    def rows(name: str, header: list[str], lines: list[list[str]]) -> None:
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *lines])

    rows(
        "patients",
        ["patient_id", "age", "sex", "light_chain", "treatment_start", *FLAGS, "recorded_response"],
        [
            [
                p.name,
                repr(p.age),
                p.sex,
                p.light_chain,
                str(begin),
                *(p.flags.get(f, "") for f in FLAGS),
                p.recorded,
            ]
            for p in people
        ],
    )
    rows(
        "labs",
        ["patient_id", time, "test", "value", "unit", "assay"],
        [
            [p.name, when(month), test, *_printed(test, value, other_units), assay]
            for p in people
            for month, test, value, assay in p.labs
        ],
    )
    drug_times = ("start_date", "end_date") if dates else ("start_month", "end_month")
    rows(
        "treatments",
        ["patient_id", "drug", *drug_times],
        [
            [p.name, d, when(start), "" if np.isnan(end) else when(end)]
            for p in people
            for d, start, end in p.drugs
        ],
    )
    rows(
        "events",
        ["patient_id", time, "event", "detail"],
        [
            [p.name, when(month), event, p.details.get((month, event), "")]
            for p in people
            for month, event in p.events
        ],
    )
    (folder / "cohort.toml").write_text('title = "Test"\nsynthetic = true\n', encoding="utf-8")
    return folder


def _printed(test: str, value: str, other_units: bool) -> tuple[str, str]:
    if value in CODED:
        return PRINTED.get(value, value), ""
    if not other_units or test not in OTHER_UNITS:
        return value, schema.TESTS[test]
    unit, factor = OTHER_UNITS[test]
    sign = value[0] if value[0] in "<>" else ""
    return sign + repr(float(value.lstrip("<>")) * factor), unit
