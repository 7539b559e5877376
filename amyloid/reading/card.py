"""The card of a cohort: title, source, synthetic or not, cut-off, reference ranges."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amyloid.errors import shown
from amyloid.reading.encoding import kind_of_file
from amyloid.reading.findings import Findings, nearest
from amyloid.schema import CARD_KEYS, REFERENCE_RANGES, TEST_DETAILS


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
    """

    title: str
    source: str
    synthetic: bool
    data_cutoff: dt.date | None
    reference_ranges: Mapping[str, tuple[float, float]]


MISSING_CARD_MEND = "Add it with title, source and synthetic = true or false."


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
        findings.file(
            "no-card",
            file,
            "is missing; the cohort is treated as real patients.",
            MISSING_CARD_MEND,
            severity="warning",
        )
        return card_from({"title": fallback_title, "source": "", "synthetic": False}, file, findings)
    values = _parse(data, file, findings)
    if values is None:
        return Card(fallback_title, "", False, None, REFERENCE_RANGES)
    return card_from({"title": fallback_title, "source": "", **values}, file, findings)


def _parse(data: bytes, file: str, findings: Findings) -> dict[str, Any] | None:
    kind = kind_of_file(data[:64])
    if kind:
        findings.file("not-text", file, f"is {kind[0]}.", "It has to be a text file in TOML.")
        return None
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        findings.file("card-encoding", file, "is not UTF-8.", "Save it as UTF-8.", line=line)
    except tomllib.TOMLDecodeError as fault:
        at = next((int(word) for word in str(fault).replace(",", " ").split() if word.isdigit()), None)
        findings.file(
            "card-syntax",
            file,
            f"cannot be read as TOML: {fault}.",
            "Texts need quotation marks at both ends.",
            line=at,
        )
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
            findings.file(
                "card-key",
                file,
                f"{shown(key)} is not known and not used.",
                nearest(key, CARD_KEYS),
                severity="warning",
                sheet=sheet,
                column=key,
            )
    return Card(
        title=_text(values, "title", file, findings),
        source=_text(values, "source", file, findings),
        synthetic=_synthetic(values.get("synthetic"), file, findings, sheet),
        data_cutoff=_cutoff(values.get("data_cutoff"), file, findings, sheet),
        reference_ranges=_ranges(values.get("reference_ranges", {}), file, findings),
    )


def _text(values: Mapping[str, Any], key: str, file: str, findings: Findings) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        findings.file("card-text", file, f"{key} has to be a text in quotation marks.", column=key)
        return ""
    return value.strip()


def _synthetic(value: Any, file: str, findings: Findings, sheet: str | None) -> bool:
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
    if sheet and isinstance(value, str) and value.strip().casefold() in ("true", "false"):
        return value.strip().casefold() == "true"
    findings.file(
        "card-synthetic",
        file,
        f"synthetic is {shown(str(value))}; expected true or false.",
        "Write synthetic = true or synthetic = false.",
        sheet=sheet,
    )
    return False


def _cutoff(value: Any, file: str, findings: Findings, sheet: str | None) -> dt.date | None:
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


def _ranges(value: Any, file: str, findings: Findings) -> Mapping[str, tuple[float, float]]:
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


def _is_range(pair: Any) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in pair)
        and 0 <= pair[0] < pair[1] < float("inf")
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
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=True)
