"""The sections of `mapping.toml` that say how tables lie: `[wide]`, `[header]` and `[dates]`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.date_formats import DateFormat, date_format
from amyloid.cohort.reading.findings import nearest
from amyloid.cohort.reading.table import fold
from amyloid.cohort.schema import EVENTS, ORGANS, TABLES, TESTS
from amyloid.cohort.units import CONVERSIONS, accepted_units, conversion

VISIT: Final = "{visit}"
Say = Callable[..., None]


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


def read_wide(section: dict[str, Any], say: Say) -> Wide:
    """Read `[wide]` with `[wide.events]` and `[wide.organs]`.

    Parameters
    ----------
    section : dict
    say : callable
        Takes a message and a mend.

    Returns
    -------
    Wide
        Without the entries that are wrong, which has been said.
    """
    events, organs = (section.get(name, {}) for name in ("events", "organs"))
    tests = {name: entry for name, entry in section.items() if name not in ("events", "organs")}
    organs = {"column": organs} if isinstance(organs, str) else organs
    words = organs.get("words", {}) if isinstance(organs, dict) else {}
    wrong = [word for word, organ in words.items() if organ not in (*ORGANS, "")]
    for word in wrong:
        say(f"[wide.organs] {shown(word)} = {shown(str(words[word]))}: the right side is no organ.",
            f"Expected {', '.join(ORGANS)}.")  # fmt: skip
    return Wide(
        tuple(filter(None, (_test(name, entry, say) for name, entry in _each(tests)))),
        tuple(filter(None, (_event(name, entry, say) for name, entry in _each(events)))),
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


def _entry(section: str, name: str, entry: Any, keys: tuple[str, ...], needed: str, say: Say) -> bool:
    """Whether an entry is a table with known keys; said where it is not."""
    place = f"[{section}] {shown(name)}"
    if not isinstance(entry, dict):
        say(f"{place}: the right side has to be a table.", f'Such as {{ {needed} = "...", date = "..." }}.')
        return False
    unknown = [key for key in entry if key not in keys]
    for key in unknown:
        say(
            f"{place}: the key {shown(key)} is not known.", nearest(key, keys) or f"Known: {', '.join(keys)}."
        )
    if needed not in entry and not unknown:
        say(f"{place}: {needed} is missing.", f"Known: {', '.join(keys)}.")
    return needed in entry and not unknown


def _test(name: str, entry: Any, say: Say) -> WideTest | None:
    if name not in TESTS:
        say(f"[wide] {shown(name)} is no test.", nearest(name, tuple(TESTS)))
        return None
    if not _entry("wide", name, entry, ("column", "unit", "date", "month"), "column", say):
        return None
    unit = str(entry.get("unit", ""))
    if CONVERSIONS[name] and conversion(name, unit) is None and VISIT not in unit:
        what = f"{shown(unit)} is no unit of it" if unit else "its unit is missing; it is never assumed"
        say(f"[wide] {name}: {what}.", f"Expected {accepted_units(name)}.")
    return WideTest(name, str(entry["column"]), unit, str(entry.get("date", "")), str(entry.get("month", "")))


def _event(name: str, entry: Any, say: Say) -> WideEvent | None:
    if name not in EVENTS:
        say(
            f"[wide.events] {shown(name)} is no event.",
            nearest(name, EVENTS) or f"Known: {', '.join(EVENTS)}.",
        )
        return None
    if isinstance(entry, dict) and "column" not in entry and ("date" in entry or "month" in entry):
        entry = {"column": entry.get("date") or entry["month"], **entry}
    if not _entry("wide.events", name, entry, ("column", "value", "date", "month", "detail"), "column", say):
        return None
    if "date" not in entry and "month" not in entry:
        say(f"[wide.events] {name}: date is missing.", 'Such as date = "date_last_contact".')
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


def read_dates(section: dict[str, Any], say: Say) -> dict[str, tuple[DateFormat, ...]]:
    """Read `[dates]` and `[dates.TABLE]`.

    Parameters
    ----------
    section : dict
    say : callable

    Returns
    -------
    dict
        Our table -> the formats of its dates.
    """
    found: dict[str, tuple[DateFormat, ...]] = {}
    for key, entry in section.items():
        if key == "format":
            found |= {table: _formats(entry, "dates", say) for table in TABLES if table not in found}
        elif key not in TABLES or not isinstance(entry, dict) or set(entry) - {"format"}:
            say(
                f"[dates] {shown(key)} is not known.",
                'Such as format = "DD.MM.YYYY", or [dates.labs] for one table.',
            )
        else:
            found[key] = _formats(entry.get("format", ""), f"dates.{key}", say)
    return found


def _formats(entry: Any, section: str, say: Say) -> tuple[DateFormat, ...]:
    kept = []
    for text in entry if isinstance(entry, list) else [entry]:
        made = date_format(text) if isinstance(text, str) else None
        if made is None:
            say(f"[{section}] format = {shown(str(text))} is no format of dates.",
                "It is made of DD, MM, MMM, YY and YYYY, such as DD.MM.YYYY or DD-MMM-YYYY.")  # fmt: skip
        else:
            kept.append(made)
    return tuple(kept)


def read_header(section: dict[str, Any], say: Say) -> dict[str, tuple[int, ...]]:
    """Read `[header]`: the row of the column names, or two rows that are read together.

    Parameters
    ----------
    section : dict
    say : callable

    Returns
    -------
    dict
        Our table -> one or two row numbers, from 1.
    """
    found = {}
    for table, entry in section.items():
        rows = tuple(entry) if isinstance(entry, list) else (entry,)
        whole = all(isinstance(row, int) and row > 0 for row in rows)
        if table not in TABLES or not whole or not 1 <= len(rows) <= 2 or list(rows) != sorted(set(rows)):
            say(f"[header] {shown(table)} = {shown(str(entry))} cannot be used.",
                "Such as labs = 3, or labs = [1, 2] for two rows that belong together.")  # fmt: skip
        else:
            found[table] = rows
    return found
