"""Codes of LOINC, OMOP and FHIR for what is measured here, and tables that are written in them as our labs.

A code that is not listed is never guessed. LOINC codes and names: Regenstrief Institute, LOINC (loinc.org),
release 2.77; the material is copyright of Regenstrief Institute and free of charge under its license. OMOP
concepts: OHDSI standardized vocabularies (athena.ohdsi.org). SNOMED CT and LOINC answers as FHIR servers
send them (hl7.org/fhir/R4).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Encoder, Table, fold

LOINC: Final = {
    "36916-5": ("kappa_flc", "Kappa light chains.free [Mass/volume] in Serum"),
    "80515-0": ("kappa_flc", "Kappa light chains.free [Mass/volume] in Serum by Nephelometry"),
    "33944-0": ("lambda_flc", "Lambda light chains.free [Mass/volume] in Serum"),
    "80516-8": ("lambda_flc", "Lambda light chains.free [Mass/volume] in Serum by Nephelometry"),
    "25700-6": ("serum_immunofixation", "Immunofixation for Serum or Plasma"),
    "13440-4": ("urine_immunofixation", "Immunofixation for Urine"),
    "33358-3": ("serum_m_protein", "Protein.monoclonal [Mass/volume] in Serum or Plasma by Electrophoresis"),
    "2889-4": ("urine_protein", "Protein [Mass/time] in 24 hour Urine"),
    "2890-2": ("urine_protein_creatinine_ratio", "Protein/Creatinine [Mass Ratio] in Urine"),
    "9318-7": ("urine_albumin_creatinine_ratio", "Albumin/Creatinine [Mass Ratio] in Urine"),
    "14959-1": ("urine_albumin_creatinine_ratio", "Microalbumin/Creatinine [Mass Ratio] in Urine"),
    "2160-0": ("creatinine", "Creatinine [Mass/volume] in Serum or Plasma"),
    "14682-9": ("creatinine", "Creatinine [Moles/volume] in Serum or Plasma"),
    "38483-4": ("creatinine", "Creatinine [Mass/volume] in Blood"),
    "62238-1": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by CKD-EPI"),
    "98979-8": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by CKD-EPI 2021"),
    "33914-3": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by MDRD"),
    "77147-7": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by MDRD"),
    "33762-6": ("nt_probnp", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma"),
    "33763-4": ("nt_probnp", "Natriuretic peptide.B prohormone N-Terminal [Moles/volume] in Serum or Plasma"),
    "83107-3": ("nt_probnp", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] by Immunoassay"),
    "30934-4": ("bnp", "Natriuretic peptide B [Mass/volume] in Serum or Plasma"),
    "42637-9": ("bnp", "Natriuretic peptide B [Mass/volume] in Blood"),
    "6598-7": ("troponin_t", "Troponin T.cardiac [Mass/volume] in Serum or Plasma"),
    "48425-3": ("troponin_t", "Troponin T.cardiac [Mass/volume] in Blood"),
    "67151-1": (
        "hs_troponin_t",
        "Troponin T.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method",
    ),
    "10839-9": ("troponin_i", "Troponin I.cardiac [Mass/volume] in Serum or Plasma"),
    "42757-5": ("troponin_i", "Troponin I.cardiac [Mass/volume] in Blood"),
    "89579-7": (
        "hs_troponin_i",
        "Troponin I.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method",
    ),
    "6768-6": ("alkaline_phosphatase", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma"),
    "10230-1": ("ejection_fraction", "Left ventricular Ejection fraction"),
    "8806-2": ("ejection_fraction", "Left ventricular Ejection fraction by 2D echo"),
    "8480-6": ("systolic_bp", "Systolic blood pressure"),
}
"""LOINC code -> our test, and the name that LOINC gives it."""

OMOP_TESTS: Final = {"3016723": "2160-0", "3035995": "6768-6", "3029187": "33762-6"}
"""Concept of a measurement -> LOINC code; others by their source value or by `[tests]`."""

OMOP_UNITS: Final = {
    "8751": "mg/L",
    "8840": "mg/dL",
    "8713": "g/dL",
    "8636": "g/L",
    "8842": "ng/mL",
    "8845": "pg/mL",
    "8725": "ng/L",
    "8748": "ug/L",
    "8749": "umol/L",
    "8729": "pmol/L",
    "8554": "%",
    "8645": "U/L",
    "8923": "U/L",
    "8588": "mm",
    "8582": "cm",
    "8876": "mmHg",
    "8807": "mg/24h",
    "8906": "g/24h",
    "720870": "mL/min/1.73m2",
    "9117": "mL/min/1.73m2",
}
OMOP_OPERATORS: Final = {
    "4171756": "<",
    "4171754": "<",
    "4172704": ">",
    "4171755": ">",
    "4172703": "",
    "0": "",
}
"""Concept of an operator -> the sign; "at most" and "at least" are censored values too."""

ANSWERS: Final = {
    "9191": "positive",
    "45884084": "positive",
    "10828004": "positive",
    "LA6576-8": "positive",
    "POS": "positive",
    "9189": "negative",
    "45878583": "negative",
    "260385009": "negative",
    "LA6577-6": "negative",
    "NEG": "negative",
}
"""Concept or code of a result -> our word."""

_CODE = re.compile(r"(?:(?:https?://)?loinc(?:\.org)?[|:/ ]\s*)?(\d{1,6}-\d)(?:\s.*)?", re.I)


def loinc_test(text: str) -> str:
    """Our test of a text that is, or begins with, a LOINC code; empty for any other."""
    found = _CODE.fullmatch(text.strip())
    return LOINC.get(found.group(1), ("",))[0] if found else ""


CONCEPT = "measurement_concept_id"
Mapped = dict[str, Column]
_PLAIN = {"person_id": "patient_id", "measurement_date": "date"}


def from_omop(table: Table, mapping: Mapping) -> Table:
    """Give the columns of an OMOP measurement table our names and words; other tables stay as they are."""
    by_name = {fold(column.header): column for column in table.all_columns}
    if CONCEPT not in by_name or table.name != "labs":
        return table
    named = {column.name for column in table.all_columns}
    made = [replace(by_name[theirs], name=ours) for theirs, ours in _PLAIN.items() if theirs in by_name]

    def test(concept: str, source: str) -> str:
        if fold(concept) in mapping.tests:
            return concept
        code = OMOP_TESTS.get(concept)
        return LOINC[code][0] if code else source or ("" if concept == "0" else concept)

    def unit(concept: str, source: str) -> str:
        return OMOP_UNITS.get(concept) or source or ("" if concept == "0" else concept)

    made += [
        _of_two(by_name, "test", CONCEPT, "measurement_source_value", test),
        _of_two(by_name, "unit", "unit_concept_id", "unit_source_value", unit),
        _of_two(by_name, "value", "value_as_number", "value_as_concept_id", _answer),
        _of_two(
            by_name, "comparator", "operator_concept_id", "", lambda code, _: OMOP_OPERATORS.get(code, code)
        ),
    ]
    own = [column for column in made if column.name not in named]
    rest = [column for column in table.all_columns if column.name]
    columns = tuple(sorted((*rest, *own), key=lambda column: column.position))
    return replace(table, header=tuple(column.header for column in columns), all_columns=columns, decimal=".")


def _answer(number: str, concept: str) -> str:
    return number or ANSWERS.get(concept, "" if concept in ("", "0") else f"concept {concept}")


def _of_two(by_name: Mapped, ours: str, first: str, second: str, word: Callable[[str, str], str]) -> Column:
    """A column of ours from the texts of two others, which may be missing."""
    known = [column for name in (first, second) if (column := by_name.get(name)) is not None]
    if not known:
        rows = len(next(iter(by_name.values())).codes)
        return Column(ours, len(by_name), pa.array([""], pa.string()), np.zeros(rows, np.int8), ours)
    blank = Column("", 0, pa.array([""], pa.string()), np.zeros(len(known[0].codes), np.int8))
    left, right = (by_name.get(name, blank) for name in (first, second))
    pairs = left.codes.astype(np.int64) * max(len(right.texts), 1) + right.codes
    found, codes = np.unique(pairs, return_inverse=True)
    texts = [
        word(left.texts[pair // len(right.texts)], right.texts[pair % len(right.texts)]) for pair in found
    ]
    return Column(
        known[0].header, known[0].position, pa.array(texts, pa.string()), codes.astype(np.int32), ours
    )


COLUMNS: Final = ("patient_id", "date", "test", "value", "unit", "comparator")
NOT_VALID: Final = ("entered-in-error", "cancelled")
Resource = dict[str, Any]


def read_observations(data: bytes, file: str, findings: Findings) -> Table | None:
    """Read the observations of a file.

    Labs; the line of a row is the line of the file, in a bundle the number of the entry. None when there is
    no observation in it, which has been said.
    """
    encoder, lines = Encoder(len(COLUMNS)), []
    left_out: Counter[str] = Counter()
    for line, resource in _resources(data, file, findings):
        kind = str(resource.get("resourceType", "no resource"))
        status = str(resource.get("status", ""))
        if kind != "Observation" or status in NOT_VALID:
            left_out[f"{kind}{f' ({status})' if kind == 'Observation' else ''}"] += 1
            continue
        for part in resource.get("component") or [resource]:
            encoder.append(_row(resource, part))
            lines.append(line)
    for what, count in left_out.items():
        findings.note(f"{file}: {count} of {shown(what)} left out.")
    if not lines:
        findings.say("no-rows/fhir", file)
        return None
    findings.note(f"{file} was read as FHIR Observation; in a bundle the line is the number of the entry.")
    columns = encoder.columns(COLUMNS)
    return Table("labs", file, None, COLUMNS, columns, len(lines), np.array(lines, np.int64), decimal=".")


def _resources(data: bytes, file: str, findings: Findings) -> Iterator[tuple[int, Resource]]:
    """Line, or number of the entry, and resource."""
    load = json.JSONDecoder(parse_float=str, parse_int=str).decode
    text = data.decode("utf-8")
    try:
        whole = load(text)
    except json.JSONDecodeError:
        for number, line in enumerate(text.splitlines(), 1):
            try:
                resource = load(line) if line.strip() else None
            except json.JSONDecodeError as fault:
                findings.say("json", file, line=number, fault=fault.msg)
                continue
            if isinstance(resource, dict):
                yield number, resource
        return
    entries = whole if isinstance(whole, list) else [whole]
    if isinstance(whole, dict) and whole.get("resourceType") == "Bundle":
        entries = [entry.get("resource", {}) for entry in whole.get("entry", [])]
    yield from ((number, entry) for number, entry in enumerate(entries, 1) if isinstance(entry, dict))


def _row(resource: Resource, part: Resource) -> tuple[str, ...]:
    """Texts of one value in the order of `COLUMNS`."""
    subject = resource.get("subject") or {}
    patient = str(subject.get("reference") or (subject.get("identifier") or {}).get("value") or "")
    period = resource.get("effectivePeriod") or {}
    day = resource.get("effectiveDateTime") or resource.get("effectiveInstant") or period.get("start") or ""
    quantity = part.get("valueQuantity") or {}
    sign = str(quantity.get("comparator") or "")[:1]
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    patient = patient.rsplit("/", 1)[-1].removeprefix("urn:uuid:")
    return patient, str(day), _code(part.get("code") or {}), _value(part, quantity), unit, sign


def _code(concept: Resource) -> str:
    """LOINC code and name, else the text or the name of another code."""
    codings = concept.get("coding") or []
    loinc = [coding for coding in codings if "loinc" in str(coding.get("system", "")).casefold()]
    coding = (loinc or codings or [{}])[0]
    name = str(coding.get("display") or concept.get("text") or "")
    return f"{coding.get('code', '')} {name}".strip() if loinc else name or str(coding.get("code", ""))


def _value(part: Resource, quantity: Resource) -> str:
    if "value" in quantity:
        return str(quantity["value"])
    answer = part.get("valueCodeableConcept") or {}
    for coding in answer.get("coding") or []:
        if str(coding.get("code")) in ANSWERS:
            return ANSWERS[str(coding["code"])]
    displays = [str(coding["display"]) for coding in answer.get("coding") or [] if coding.get("display")]
    plain = next((part[key] for key in ("valueString", "valueInteger") if key in part), "")
    return str(answer.get("text") or next(iter(displays), "") or plain)
