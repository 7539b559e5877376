"""The card of a cohort: title, source, synthetic or not, cut-off, reference ranges, own choices and words."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.card_entries import (
    cutoff_entry,
    ranges_entry,
    section_entry,
    synthetic_entry,
    text_entry,
)
from amyloid.cohort.reading.encoding import kind_of_file
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.schema import CARD_KEYS, CARD_SECTIONS, REFERENCE_RANGES
from amyloid.cohort.toml import parse_toml


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

    Parameters
    ----------
    data : bytes or None
        Contents; None when there is no such file.
    file : str
    fallback_title : str
        Title when the card gives none.
    findings : Findings

    Returns
    -------
    Card
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
    """Check the entries of a card, from a file or a sheet.

    Parameters
    ----------
    values : mapping
    file : str
    findings : Findings
    sheet : str, optional

    Returns
    -------
    Card
    """
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
