"""The entries of a card, each checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.cells import NO, YES
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.schema import CARD_SECTIONS, REFERENCE_RANGES, TEST_DETAILS


def text_entry(values: Mapping[str, Any], key: str, file: str, findings: Findings) -> str:
    """Read an entry that is a text.

    Parameters
    ----------
    values : mapping
    key : str
    file : str
    findings : Findings

    Returns
    -------
    str
    """
    value = values.get(key, "")
    if not isinstance(value, str):
        findings.file("card-text", file, f"{key} has to be a text in quotation marks.", column=key)
        return ""
    return value.strip()


def synthetic_entry(value: Any, file: str, findings: Findings, sheet: str | None) -> bool:
    """Read the entry `synthetic`.

    Parameters
    ----------
    value : object
        As the file or sheet holds it; None where it is missing.
    file : str
    findings : Findings
    sheet : str or None

    Returns
    -------
    bool
        A default where it is missing or wrong, which has been said.
    """
    if value is None:
        findings.file(
            "card-synthetic",
            file,
            "synthetic is missing; the cohort is treated as real patients.",
            "Write synthetic = true or synthetic = false.",
            severity="warning",
            sheet=sheet,
        )
        return False
    if isinstance(value, bool):
        return value
    if sheet and str(value).strip().casefold() in YES | NO:
        return str(value).strip().casefold() in YES
    findings.file(
        "card-synthetic",
        file,
        f"synthetic is {shown(str(value))}; expected true or false.",
        "Write synthetic = true or synthetic = false.",
        sheet=sheet,
    )
    return False


def cutoff_entry(value: Any, file: str, findings: Findings, sheet: str | None) -> dt.date | None:
    """Read the entry `data_cutoff`.

    Parameters
    ----------
    value : object
        As the file or sheet holds it; None where it is missing.
    file : str
    findings : Findings
    sheet : str or None

    Returns
    -------
    datetime.date or None
        A default where it is missing or wrong, which has been said.
    """
    if value is None or value == "":
        return None
    day: dt.date | None = None
    if isinstance(value, dt.datetime):
        day = value.date()
    elif isinstance(value, dt.date):
        day = value
    elif isinstance(value, str):
        try:
            day = dt.date.fromisoformat(value.strip()[:10])
        except ValueError:
            day = None
    if day is None:
        findings.file(
            "card-cutoff",
            file,
            f"data_cutoff is {shown(str(value))}, which is no date.",
            "Write data_cutoff = 2010-12-31.",
            sheet=sheet,
        )
    elif day > dt.date.today():
        findings.file(
            "card-cutoff", file, f"data_cutoff {day} lies in the future.", "Check the year.", sheet=sheet
        )
    return day


def ranges_entry(value: Any, file: str, findings: Findings) -> Mapping[str, tuple[float, float]]:
    """Read the entry `reference_ranges`.

    Parameters
    ----------
    value : object
        As the file or sheet holds it; None where it is missing.
    file : str
    findings : Findings

    Returns
    -------
    mapping
        A default where it is missing or wrong, which has been said.
    """
    ranges = dict(REFERENCE_RANGES)
    if not isinstance(value, Mapping):
        findings.file("card-range", file, "reference_ranges has to be a table of [low, high] pairs.")
        return MappingProxyType(ranges)
    known = (*TEST_DETAILS, "flc_ratio")
    for test, pair in value.items():
        if test not in known:
            findings.file(
                "card-range-test",
                file,
                f"reference_ranges: {shown(test)} is not known and not used.",
                nearest(test, known),
                severity="warning",
            )
        elif not _is_range(pair):
            findings.file(
                "card-range",
                file,
                f"reference_ranges: {test} = {shown(str(pair))} is no range.",
                f"Expected two numbers, the lower one first: {test} = [40, 120].",
            )
        else:
            ranges[test] = (float(pair[0]), float(pair[1]))
    return MappingProxyType(ranges)


def section_entry(
    value: Any, section: str, file: str, findings: Findings, sheet: str | None
) -> Mapping[str, str]:
    """Read a section of texts, such as `defaults`; what is blank, unknown or no text is left out and said."""
    if not isinstance(value, Mapping):
        key = CARD_SECTIONS[section][0]
        findings.file("card-section", file, f"{section} is no section.", f"Write [{section}] and {key} = ...")
        return {}
    for key in value:
        if key not in CARD_SECTIONS[section]:
            findings.file(
                "card-key",
                file,
                f"{shown(f'{section}.{key}')} is not known and not used.",
                nearest(key, CARD_SECTIONS[section]),
                severity="warning",
                sheet=sheet,
                column=f"{section}.{key}",
            )
    known = {key: text_entry(value, key, file, findings) for key in CARD_SECTIONS[section] if key in value}
    return {key: text for key, text in known.items() if text}


def _is_range(pair: Any) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in pair)
        and 0 <= pair[0] < pair[1] < float("inf")
    )
