"""Tables in the codes of LOINC, OMOP and FHIR as our labs; a code that is not listed is never guessed."""

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
from amyloid.cohort.names import names
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Encoder, Table, blank_column, fold

_CODE = re.compile(r"(?:(?:https?://)?loinc(?:\.org)?[|:/ ]\s*)?(\d{1,6}-\d)(?:\s.*)?", re.I)


def loinc_test(text: str) -> str:
    """Our test of a text that is, or begins with, a LOINC code; empty for any other."""
    found = _CODE.fullmatch(text.strip())
    return str(names()["loinc"].get(found.group(1), ("",))[0]) if found else ""


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
        code = names()["omop_tests"].get(concept)
        return names()["loinc"][code][0] if code else source or ("" if concept == "0" else concept)

    def unit(concept: str, source: str) -> str:
        return names()["omop_units"].get(concept) or source or ("" if concept == "0" else concept)

    def sign(concept: str, _: str) -> str:
        return str(names()["omop_operators"].get(concept, concept))

    made += [
        _of_two(by_name, "test", CONCEPT, "measurement_source_value", test),
        _of_two(by_name, "unit", "unit_concept_id", "unit_source_value", unit),
        _of_two(by_name, "value", "value_as_number", "value_as_concept_id", _answer),
        _of_two(by_name, "comparator", "operator_concept_id", "", sign),
    ]
    own = [column for column in made if column.name not in named]
    rest = [column for column in table.all_columns if column.name]
    columns = tuple(sorted((*rest, *own), key=lambda column: column.position))
    return replace(table, all_columns=columns, decimal=".")


def _answer(number: str, concept: str) -> str:
    return number or names()["answers"].get(concept, "" if concept in ("", "0") else f"concept {concept}")


def _of_two(by_name: Mapped, ours: str, first: str, second: str, word: Callable[[str, str], str]) -> Column:
    """A column of ours from the texts of two others, which may be missing."""
    blank = blank_column(ours, len(by_name), len(by_name[CONCEPT].codes))
    left, right = (by_name.get(name, blank) for name in (first, second))
    place = left if first in by_name else right
    width = max(len(right.texts), 1)
    found, codes = np.unique(left.codes.astype(np.int64) * width + right.codes, return_inverse=True)
    texts = pa.array(
        [word(left.texts[pair // width], right.texts[pair % width]) for pair in found], pa.string()
    )
    return Column(place.header, place.position, texts, codes.astype(np.int32), ours)


COLUMNS: Final = ("patient_id", "date", "test", "value", "unit", "comparator")
NOT_VALID: Final = ("entered-in-error", "cancelled")
Resource = dict[str, Any]


def read_observations(data: bytes, file: str, findings: Findings) -> Table | None:
    """Read the observations of a file.

    Labs; the line of a row is the line of the file, in a bundle the number of the entry. None when there is
    no observation in it, which has been said.
    """
    encoder = Encoder(len(COLUMNS))
    left_out: Counter[str] = Counter()
    for line, resource in _resources(data, file, findings):
        kind = str(resource.get("resourceType", "no resource"))
        status = str(resource.get("status", ""))
        if kind != "Observation" or status in NOT_VALID:
            left_out[f"{kind}{f' ({status})' if kind == 'Observation' else ''}"] += 1
            continue
        for part in resource.get("component") or [resource]:
            encoder.append(_row(resource, part), line)
    for what, count in left_out.items():
        findings.note(f"{file}: {count} of {shown(what)} left out.")
    if not encoder.lines:
        findings.say("no-rows/fhir", file)
        return None
    findings.note(f"{file} was read as FHIR Observation; in a bundle the line is the number of the entry.")
    return encoder.table("labs", file, None, COLUMNS, decimal=".")


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
        if str(coding.get("code")) in names()["answers"]:
            return str(names()["answers"][str(coding["code"])])
    displays = [str(coding["display"]) for coding in answer.get("coding") or [] if coding.get("display")]
    plain = next((part[key] for key in ("valueString", "valueInteger") if key in part), "")
    return str(answer.get("text") or next(iter(displays), "") or plain)
