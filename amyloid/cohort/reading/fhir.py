"""FHIR `Observation` resources as our labs: one JSON object a line (NDJSON), a bundle, or a list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Encoder, Table
from amyloid.cohort.vocabularies import ANSWERS

COLUMNS: Final = ("patient_id", "date", "test", "value", "unit", "comparator")
NOT_VALID: Final = ("entered-in-error", "cancelled")
Resource = dict[str, Any]


def read_observations(data: bytes, file: str, findings: Findings) -> Table | None:
    """Read the observations of a file.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte-order mark.
    file : str
    findings : Findings

    Returns
    -------
    Table or None
        Labs; the line of a row is the line of the file, in a bundle the number of the entry. None when
        there is no observation in it, which has been said.
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
