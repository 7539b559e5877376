"""The card of a cohort: title, source, synthetic or not, cut-off, reference ranges, own choices and words."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.cells import NO, YES
from amyloid.cohort.reading.encoding import kind_of_file
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.schema import CARD_KEYS, CARD_SECTIONS, REFERENCE_RANGES, TEST_DETAILS
from amyloid.cohort.toml import parse_toml


def text_entry(values: Mapping[str, Any], key: str, file: str, findings: Findings) -> str:
    """Read an entry that is a text."""
    value = values.get(key, "")
    if not isinstance(value, str):
        findings.say("card-text", file, column=key, key=key)
        return ""
    return value.strip()


def synthetic_entry(value: Any, file: str, findings: Findings, sheet: str | None) -> bool:
    """Read the entry `synthetic`.

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


@dataclass(frozen=True)
class Card:
    """What a cohort is.

    Attributes
    ----------
    synthetic : bool
        True only when the card says so.
    data_cutoff : datetime.date or None
        The day at which the data were closed.
    reference_ranges : mapping
        Test or ``flc_ratio`` -> (low, high) in canonical units, the card's over the defaults.
    defaults : mapping
        ``hematologic_criteria``, ``renal_criteria`` -> the version that the card names.
    comparison : mapping
        ``reference`` -> the group with which the others are compared.
    text : mapping
        ``opening``, ``limits`` -> Markdown of this cohort's own.
    file : str
        Where it was read.
    """

    title: str
    source: str
    synthetic: bool
    data_cutoff: dt.date | None
    reference_ranges: Mapping[str, tuple[float, float]]
    defaults: Mapping[str, str] = field(default_factory=dict)
    comparison: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    file: str = "cohort.toml"


def read_card(data: bytes | None, file: str, fallback_title: str, findings: Findings) -> Card:
    """Read cohort.toml.

    With defaults where something is missing or wrong, which has been said.
    """
    if data is None:
        findings.say("no-card", file)
        return card_from({"title": fallback_title, "source": "", "synthetic": False}, file, findings)
    values = _parse(data, file, findings)
    if values is None:
        return Card(fallback_title, "", False, None, REFERENCE_RANGES)
    return card_from({"title": fallback_title, "source": "", **values}, file, findings)


def _parse(data: bytes, file: str, findings: Findings) -> dict[str, Any] | None:
    kind = kind_of_file(data[:64])
    if kind:
        findings.say("not-text/card", file, kind=kind[0])
        return None
    try:
        return parse_toml(data)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        findings.say("card-encoding", file, line=line)
    except tomllib.TOMLDecodeError as fault:
        at = next((int(word) for word in str(fault).replace(",", " ").split() if word.isdigit()), None)
        findings.say("card-syntax", file, line=at, fault=fault)
    return None


def card_from(values: Mapping[str, Any], file: str, findings: Findings, sheet: str | None = None) -> Card:
    """Check the entries of a card, from a file or a sheet."""
    for key in values:
        if key not in CARD_KEYS:
            findings.say(
                "card-key", file, sheet=sheet, column=key, key=shown(key), mend=nearest(key, CARD_KEYS)
            )
    return Card(
        title=text_entry(values, "title", file, findings),
        source=text_entry(values, "source", file, findings),
        synthetic=synthetic_entry(values.get("synthetic"), file, findings, sheet),
        data_cutoff=cutoff_entry(values.get("data_cutoff"), file, findings, sheet),
        reference_ranges=ranges_entry(values.get("reference_ranges", {}), file, findings),
        **{name: section_entry(values.get(name, {}), name, file, findings, sheet) for name in CARD_SECTIONS},
        file=file,
    )


def card_text(card: Card) -> str:
    """Write a card as TOML.

    Parameters
    ----------
    card : Card

    Returns
    -------
    str
        The contents of a cohort.toml.
    """
    lines = [f"title = {_quoted(card.title)}", f"source = {_quoted(card.source)}"]
    lines.append(f"synthetic = {'true' if card.synthetic else 'false'}")
    if card.data_cutoff is not None:
        lines.append(f"data_cutoff = {card.data_cutoff.isoformat()}")
    lines += ["", "[reference_ranges]"]
    lines += [f"{name} = [{low!r}, {high!r}]" for name, (low, high) in card.reference_ranges.items()]
    for section in CARD_SECTIONS:
        entries = getattr(card, section)
        if entries:
            lines += ["", f"[{section}]", *(f"{key} = {_quoted(text)}" for key, text in entries.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=True)
