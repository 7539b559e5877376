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
        findings.say("card-text", file, column=key, key=key)
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
        findings.say("card-synthetic/missing", file, sheet=sheet)
        return False
    if isinstance(value, bool):
        return value
    if sheet and str(value).strip().casefold() in YES | NO:
        return str(value).strip().casefold() in YES
    findings.say("card-synthetic", file, sheet=sheet, value=shown(str(value)))
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
        findings.say("card-cutoff", file, sheet=sheet, value=shown(str(value)))
    elif day > dt.date.today():
        findings.say("card-cutoff/future", file, sheet=sheet, day=day)
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
        findings.say("card-range/table", file)
        return MappingProxyType(ranges)
    known = (*TEST_DETAILS, "flc_ratio")
    for test, pair in value.items():
        if test not in known:
            findings.say("card-range-test", file, test=shown(test), mend=nearest(test, known))
        elif not _is_range(pair):
            findings.say("card-range", file, test=test, pair=shown(str(pair)))
        else:
            ranges[test] = (float(pair[0]), float(pair[1]))
    return MappingProxyType(ranges)


def section_entry(
    value: Any, section: str, file: str, findings: Findings, sheet: str | None
) -> Mapping[str, str]:
    """Read a section of texts, such as `defaults`; what is blank, unknown or no text is left out and said."""
    if not isinstance(value, Mapping):
        key = CARD_SECTIONS[section][0]
        findings.say("card-section", file, section=section, key=CARD_SECTIONS[section][0])
        return {}
    for key in value:
        if key not in CARD_SECTIONS[section]:
            name = f"{section}.{key}"
            findings.say(
                "card-key",
                file,
                sheet=sheet,
                column=name,
                key=shown(name),
                mend=nearest(key, CARD_SECTIONS[section]),
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
