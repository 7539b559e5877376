"""The card of a cohort: title, source, synthetic or not, cut-off, reference ranges, own choices and words."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.columns import NO, YES
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.raw import kind_of_file
from amyloid.cohort.schema import CARD_KEYS, CARD_SECTIONS, REFERENCE_RANGES, TEST_DETAILS
from amyloid.cohort.toml import parse_toml

Say = Callable[..., None]
"""`Findings.say` about one card."""


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
    source: str = ""
    synthetic: bool = False
    data_cutoff: dt.date | None = None
    reference_ranges: Mapping[str, tuple[float, float]] = field(default_factory=lambda: REFERENCE_RANGES)
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
        return Card(fallback_title.strip(), file=file)
    if kind := kind_of_file(data[:64]):
        findings.say("not-text/card", file, kind=kind[0])
        return Card(fallback_title)
    try:
        return card_from({"title": fallback_title, **parse_toml(data)}, file, findings)
    except UnicodeDecodeError as fault:
        findings.say("card-encoding", file, line=data.count(b"\n", 0, fault.start) + 1)
    except tomllib.TOMLDecodeError as fault:
        at = next((int(word) for word in str(fault).replace(",", " ").split() if word.isdigit()), None)
        findings.say("card-syntax", file, line=at, fault=fault)
    return Card(fallback_title)


def card_of_rows(
    rows: Iterable[Sequence[Any]], title: str, file: str, sheet: str, findings: Findings
) -> Card:
    """Check the card that a sheet holds, a key and its value in each row.

    A range is ``reference_ranges.TEST`` with ``low - high``, or low and high in two cells.
    """
    values: dict[str, Any] = {"title": title}
    for first, value, high in rows:
        key = "" if first is None else str(first).strip()
        if not key or key.casefold() == "key" or value is None:
            continue
        section, _, name = key.partition(".")
        if section == "reference_ranges" and name:
            values.setdefault(section, {})[name] = _pair(value) if high is None else [value, high]
        elif section in CARD_SECTIONS and name:
            values.setdefault(section, {})[name] = str(value)
        else:
            values[key] = value
    return card_from(values, file, findings, sheet)


def _pair(value: Any) -> Any:
    """A range written in one cell, such as ``40 - 120``."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[-\u2013]\s*(\d+(?:\.\d+)?)\s*", str(value))
    return [float(found.group(1)), float(found.group(2))] if found else value


def card_from(values: Mapping[str, Any], file: str, findings: Findings, sheet: str | None = None) -> Card:
    """Check the entries of a card, from a file or a sheet; a default where one is wrong, which is said."""
    say = partial(findings.say, where=file, sheet=sheet)
    _say_unknown(values, CARD_KEYS, "", say)
    return Card(
        title=_text(values, "title", say),
        source=_text(values, "source", say),
        synthetic=_synthetic(values.get("synthetic"), sheet, say),
        data_cutoff=_cutoff(values.get("data_cutoff"), say),
        reference_ranges=_ranges(values.get("reference_ranges", {}), say),
        **{name: _section(values.get(name, {}), name, say) for name in CARD_SECTIONS},
        file=file,
    )


def _say_unknown(keys: Iterable[str], known: tuple[str, ...], within: str, say: Say) -> None:
    for key in keys:
        if key not in known:
            name = f"{within}{key}"
            say("card-key", column=name, key=shown(name), mend=nearest(key, known))


def _text(values: Mapping[str, Any], key: str, say: Say) -> str:
    value = values.get(key, "")
    if isinstance(value, str):
        return value.strip()
    say("card-text", column=key, key=key)
    return ""


def _synthetic(value: Any, sheet: str | None, say: Say) -> bool:
    """True, false, or in a sheet a word for it."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if value is None:
        say("card-synthetic/missing")
    elif not sheet or word not in YES | NO:
        say("card-synthetic", value=shown(str(value)))
    return bool(sheet) and word in YES


def _cutoff(value: Any, say: Say) -> dt.date | None:
    """A day, also where its time or a text says it."""
    if value is None or value == "":
        return None
    try:  # a day and a time begin with the day when they are written
        day = dt.date.fromisoformat(str(value).strip()[:10] if isinstance(value, (str, dt.date)) else "")
    except ValueError:
        say("card-cutoff", value=shown(str(value)))
        return None
    if day > dt.date.today():
        say("card-cutoff/future", day=day)
    return day


def _ranges(value: Any, say: Say) -> Mapping[str, tuple[float, float]]:
    """The default ranges with those of the card over them."""
    ranges = dict(REFERENCE_RANGES)
    known = (*TEST_DETAILS, "flc_ratio")
    if not isinstance(value, Mapping):
        say("card-range/table")
        value = {}
    for test, pair in value.items():
        if test not in known:
            say("card-range-test", test=shown(test), mend=nearest(test, known))
        elif not _is_range(pair):
            say("card-range", test=test, pair=shown(str(pair)))
        else:
            ranges[test] = (float(pair[0]), float(pair[1]))
    return MappingProxyType(ranges)


def _is_range(pair: Any) -> bool:
    """Whether it is a list of two numbers, the lower one first."""
    if not isinstance(pair, list) or [type(number) in (int, float) for number in pair] != [True, True]:
        return False
    return bool(0 <= pair[0] < pair[1] < float("inf"))


def _section(value: Any, section: str, say: Say) -> Mapping[str, str]:
    """A section of texts, such as `defaults`; what is blank, unknown or no text is left out and said."""
    keys = CARD_SECTIONS[section]
    if not isinstance(value, Mapping):
        say("card-section", section=section, key=keys[0])
        return {}
    _say_unknown(value, keys, f"{section}.", say)
    known = {key: _text(value, key, say) for key in keys if key in value}
    return {key: text for key, text in known.items() if text}


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
