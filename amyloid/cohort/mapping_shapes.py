"""The sections of `mapping.toml` that say how tables lie: `[wide]`, `[header]` and `[dates]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.dates import DateFormat, date_format
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.table import fold
from amyloid.cohort.schema import CONVERSIONS, EVENTS, ORGANS, TABLES, TESTS, accepted_units, conversion

FILE_NAME: Final = "mapping.toml"
VISIT: Final = "{visit}"


@dataclass(frozen=True)
class WideTest:
    """Columns of one test, one for each visit where their name holds ``{visit}``."""

    test: str
    column: str
    unit: str
    date: str = ""
    month: str = ""


@dataclass(frozen=True)
class WideEvent:
    """An event told by a column: its value, or that it is filled (no values)."""

    event: str
    column: str
    values: tuple[str, ...] = ()
    date: str = ""
    month: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Wide:
    """What `[wide]` says.

    Attributes
    ----------
    organs : str
        Column that lists the organs involved; empty without one.
    organ_words : dict
        The user's word for an organ, folded -> ours.
    """

    tests: tuple[WideTest, ...] = ()
    events: tuple[WideEvent, ...] = ()
    organs: str = ""
    organ_words: dict[str, str] = field(default_factory=dict)

    @property
    def makes(self) -> tuple[str, ...]:
        """Tables that need no file of their own."""
        return ("labs",) * bool(self.tests) + ("events",) * bool(self.events)


def read_wide(section: dict[str, Any], findings: Findings) -> Wide:
    """Read `[wide]` with `[wide.events]` and `[wide.organs]`.

    Without the entries that are wrong, which has been said.
    """
    events, organs = (section.get(name, {}) for name in ("events", "organs"))
    tests = {name: entry for name, entry in section.items() if name not in ("events", "organs")}
    organs = {"column": organs} if isinstance(organs, str) else organs
    words = organs.get("words", {}) if isinstance(organs, dict) else {}
    wrong = [word for word, organ in words.items() if organ not in (*ORGANS, "")]
    for word in wrong:
        findings.say(
            "mapping/organ",
            FILE_NAME,
            word=shown(word),
            organ=shown(str(words[word])),
            organs=", ".join(ORGANS),
        )
    return Wide(
        tuple(filter(None, (_test(name, entry, findings) for name, entry in _each(tests)))),
        tuple(filter(None, (_event(name, entry, findings) for name, entry in _each(events)))),
        str(organs.get("column", "")) if isinstance(organs, dict) else "",
        {fold(word): organ for word, organ in words.items() if word not in wrong},
    )


def _each(section: Any) -> list[tuple[str, Any]]:
    """Name and entry; a name may have a list of entries."""
    if not isinstance(section, dict):
        return []
    return [
        (name, each)
        for name, entry in section.items()
        for each in (entry if isinstance(entry, list) else [entry])
    ]


def _entry(
    section: str, name: str, entry: Any, keys: tuple[str, ...], needed: str, findings: Findings
) -> bool:
    """Whether an entry is a table with known keys; said where it is not."""
    place = f"[{section}] {shown(name)}"
    if not isinstance(entry, dict):
        findings.say("mapping/no-table", FILE_NAME, place=place, needed=needed)
        return False
    unknown = [key for key in entry if key not in keys]
    for key in unknown:
        findings.say(
            "mapping/key",
            FILE_NAME,
            place=place,
            key=shown(key),
            known=", ".join(keys),
            mend=nearest(key, keys) or None,
        )
    if needed not in entry and not unknown:
        findings.say("mapping/needed", FILE_NAME, place=place, needed=needed, known=", ".join(keys))
    return needed in entry and not unknown


def _test(name: str, entry: Any, findings: Findings) -> WideTest | None:
    if name not in TESTS:
        findings.say("mapping/wide-test", FILE_NAME, name=shown(name), mend=nearest(name, tuple(TESTS)))
        return None
    if not _entry("wide", name, entry, ("column", "unit", "date", "month"), "column", findings):
        return None
    unit = str(entry.get("unit", ""))
    if CONVERSIONS[name] and conversion(name, unit) is None and VISIT not in unit:
        what = f"{shown(unit)} is no unit of it" if unit else "its unit is missing; it is never assumed"
        findings.say("mapping/wide-unit", FILE_NAME, name=name, what=what, units=accepted_units(name))
    return WideTest(name, str(entry["column"]), unit, str(entry.get("date", "")), str(entry.get("month", "")))


def _event(name: str, entry: Any, findings: Findings) -> WideEvent | None:
    if name not in EVENTS:
        findings.say(
            "mapping/wide-event",
            FILE_NAME,
            name=shown(name),
            known=", ".join(EVENTS),
            mend=nearest(name, EVENTS) or None,
        )
        return None
    if isinstance(entry, dict) and "column" not in entry and ("date" in entry or "month" in entry):
        entry = {"column": entry.get("date") or entry["month"], **entry}
    if not _entry(
        "wide.events", name, entry, ("column", "value", "date", "month", "detail"), "column", findings
    ):
        return None
    if "date" not in entry and "month" not in entry:
        findings.say("mapping/event-date", FILE_NAME, name=name)
        return None
    values = entry.get("value", [])
    values = values if isinstance(values, list) else [values]
    return WideEvent(
        name,
        str(entry["column"]),
        tuple(fold(str(value)) for value in values),
        str(entry.get("date", "")),
        str(entry.get("month", "")),
        str(entry.get("detail", "")),
    )


def read_dates(section: dict[str, Any], findings: Findings) -> dict[str, tuple[DateFormat, ...]]:
    """Read `[dates]` and `[dates.TABLE]`.

    Our table -> the formats of its dates.
    """
    found: dict[str, tuple[DateFormat, ...]] = {}
    for key, entry in section.items():
        if key == "format":
            found |= {table: _formats(entry, "dates", findings) for table in TABLES if table not in found}
        elif key not in TABLES or not isinstance(entry, dict) or set(entry) - {"format"}:
            findings.say("mapping/dates", FILE_NAME, key=shown(key))
        else:
            found[key] = _formats(entry.get("format", ""), f"dates.{key}", findings)
    return found


def _formats(entry: Any, section: str, findings: Findings) -> tuple[DateFormat, ...]:
    kept = []
    for text in entry if isinstance(entry, list) else [entry]:
        made = date_format(text) if isinstance(text, str) else None
        if made is None:
            findings.say("mapping/format", FILE_NAME, section=section, text=shown(str(text)))
        else:
            kept.append(made)
    return tuple(kept)


def read_header(section: dict[str, Any], findings: Findings) -> dict[str, tuple[int, ...]]:
    """Read `[header]`: the row of the column names, or two rows that are read together.

    Our table -> one or two row numbers, from 1.
    """
    found = {}
    for table, entry in section.items():
        rows = tuple(entry) if isinstance(entry, list) else (entry,)
        whole = all(isinstance(row, int) and row > 0 for row in rows)
        if table not in TABLES or not whole or not 1 <= len(rows) <= 2 or list(rows) != sorted(set(rows)):
            findings.say("mapping/header", FILE_NAME, table=shown(table), entry=shown(str(entry)))
        else:
            found[table] = rows
    return found
