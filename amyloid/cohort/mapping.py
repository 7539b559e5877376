"""`mapping.toml`: the user's names for our tables, columns, tests, units and codes, and how tables lie."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from typing import Any, Final

from amyloid.cohort.errors import shown
from amyloid.cohort.names import never_meant
from amyloid.cohort.reading.dates import DateFormat, date_format
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.raw import to_utf8
from amyloid.cohort.reading.table import code, fold
from amyloid.cohort.schema import CONVERSIONS, EVENTS, ORGANS, TABLES, TESTS, accepted_units, conversion
from amyloid.cohort.toml import SECTIONS, in_toml, parse_toml

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


@dataclass(frozen=True)
class Mapping:
    """What the user calls things.

    Attributes
    ----------
    files : dict
        Our table -> the user's files or sheets.
    columns : dict
        Our table -> our column -> the user's column.
    tests, units : dict
        The user's name, folded (units: as typed) -> ours.
    unit_of_test : dict
        Our test -> the unit of all its values, for tables without a unit column.
    codes : dict
        Our column, or our test -> the user's code (`table.code`) -> ours (``""`` for a blank).
    missing : frozenset of str
        Codes that stand for a blank cell in every column.
    decimal : str
        ``,`` or ``.`` where the user says which is the decimal sign; empty where the files have to say.
    thousands : str
        The sign of thousands where there is one.
    flags : tuple of str
        What the laboratory writes beside a number, such as ``H``.
    redcap : dict
        ``export`` and ``dictionary``: file names of a REDCap export.
    wide : Wide
        Columns of tests, and events told by columns.
    dates : dict
        Our table -> the formats of its dates.
    header : dict
        Our table -> the row, or two rows, of its column names.
    """

    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    tests: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    unit_of_test: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    decimal: str = ""
    thousands: str = ""
    flags: tuple[str, ...] = ()
    redcap: dict[str, str] = field(default_factory=dict)
    wide: Wide = field(default_factory=Wide)
    dates: dict[str, tuple[DateFormat, ...]] = field(default_factory=dict)
    header: dict[str, tuple[int, ...]] = field(default_factory=dict)


def read_mapping(data: bytes, findings: Findings) -> Mapping:
    """Read and check mapping.toml.

    Without the entries that are wrong, which has been said.
    """
    values: dict[str, Any] = {}
    try:
        values = findings.present = parse_toml(to_utf8(data, FILE_NAME, findings) or b"")
    except tomllib.TOMLDecodeError as fault:
        findings.say("mapping-syntax", FILE_NAME, fault=fault)
    for name in values:
        if name not in SECTIONS:
            _unknown("mapping/section", name, SECTIONS, findings, section=shown(name))
    section = {name: _section(values, name, findings) for name in SECTIONS}
    named = _known(section["columns"], "columns", TABLES, findings)
    columns = {table: _columns(named, table, findings) for table in named}
    exports = ("export", "dictionary", "checkboxes")
    return Mapping(
        files=_files(section["files"], findings),
        columns=columns,
        tests=_to_tests(_texts(section, "tests", findings), findings),
        units={theirs.strip(): ours for theirs, ours in _texts(section, "units", findings).items()},
        unit_of_test=_units_of_tests(_texts(section, "unit_of_test", findings), findings),
        codes=_codes(section["codes"], findings),
        missing=_missing(section["missing"], findings),
        **_numbers(section["numbers"], findings),
        redcap=_known(_texts(section, "redcap", findings), "redcap", exports, findings),
        wide=read_wide(section["wide"], findings),
        dates=_dates(section["dates"], findings),
        header=_header(section["header"], findings),
    )


def _section(values: MappingType[str, Any], name: str, findings: Findings, above: str = "") -> dict[str, Any]:
    section = values.get(name, {})
    if isinstance(section, dict):
        return section
    findings.say("mapping/no-section", FILE_NAME, name=f"{above}{name}")
    return {}


def _texts(values: MappingType[str, Any], name: str, findings: Findings, above: str = "") -> dict[str, str]:
    section = _section(values, name, findings, above)
    for key, value in section.items():
        if not isinstance(value, str):
            findings.say("mapping/no-text", FILE_NAME, name=f"{above}{name}", key=shown(key))
    return {key: value for key, value in section.items() if isinstance(value, str)}


def _unknown(rule: str, word: str, known: Collection[str], findings: Findings, **words: Any) -> None:
    """Say that a word is none of those that are known, and which of them is near."""
    listed = ", ".join(known)
    findings.say(rule, FILE_NAME, known=listed, mend=nearest(word, tuple(known)) or None, **words)


def _known(pairs: dict[str, Any], name: str, known: Collection[str], findings: Findings) -> dict[str, Any]:
    """Keep the entries whose left side is one of our names; turn a section whose sides are exchanged."""
    known = tuple(known)
    turned = {value: key for key, value in pairs.items() if key not in known and value in known}
    if turned and not set(pairs) & set(known):
        return _turned(turned, name, "left", findings)
    for key in pairs:
        if key not in known:
            _unknown("mapping/left-side", key, known, findings, name=name, key=shown(key))
    return {key: value for key, value in pairs.items() if key in known}


def _turned(turned: dict[str, Any], name: str, side: str, findings: Findings) -> dict[str, Any]:
    """Say that the sides of a section are exchanged, offer it the right way round, and go on with that."""
    for left, right in turned.items():
        findings.propose(name, left, right)
    such = " = ".join(in_toml(word) for word in next(iter(turned.items())))
    findings.say("mapping/exchanged", FILE_NAME, name=name, side=side, such=such)
    return turned


def _right_way(pairs: dict[str, str], name: str, ours: Collection[str], findings: Findings) -> dict[str, str]:
    """A section with our names on the right; turned where all of them stand on the left."""
    if pairs and all(left in ours and right not in ours for left, right in pairs.items()):
        return _turned({right: left for left, right in pairs.items()}, name, "right", findings)
    return pairs


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _files(section: dict[str, Any], findings: Findings) -> dict[str, tuple[str, ...]]:
    files = {}
    for table, names in _known(section, "files", TABLES, findings).items():
        if names and all(isinstance(name, str) for name in _listed(names)):
            files[table] = tuple(dict.fromkeys(_listed(names)))
        else:
            findings.say("mapping/files", FILE_NAME, table=table)
    return files


def _columns(columns: dict[str, Any], table: str, findings: Findings) -> dict[str, str]:
    pairs = _texts(columns, table, findings, "columns.")
    return _known(pairs, f"columns.{table}", TABLES[table].names, findings)


def _to_tests(pairs: dict[str, str], findings: Findings) -> dict[str, str]:
    pairs = _right_way(pairs, "tests", TESTS, findings)
    for theirs, ours in pairs.items():
        if ours not in TESTS:
            _unknown("mapping/no-test", ours, TESTS, findings, theirs=shown(theirs), ours=shown(ours))
        elif what := never_meant(fold(theirs), ours):
            findings.say("near-miss", FILE_NAME, theirs=shown(theirs), ours=shown(ours), what=what)
    return {fold(theirs): ours for theirs, ours in pairs.items() if ours in TESTS}


def _units_of_tests(pairs: dict[str, str], findings: Findings) -> dict[str, str]:
    units = _known(pairs, "unit_of_test", TESTS, findings)
    for test, unit in units.items():
        if conversion(test, unit) is None:
            known = accepted_units(test)
            findings.say("mapping/unit-of-test", FILE_NAME, unit=shown(unit), test=test, units=known)
    return {test: unit for test, unit in units.items() if conversion(test, unit) is not None}


def _codes(section: dict[str, Any], findings: Findings) -> dict[str, dict[str, str]]:
    fields = {field.name: field.codes for table in TABLES.values() for field in table.fields}
    section = _known(section, "codes", (*fields, *TESTS), findings)
    codes = {}
    for column in section:
        legal = fields.get(column, ())
        pairs = _texts(section, column, findings, "codes.")
        words = _right_way(pairs, f"codes.{column}", legal, findings)
        for theirs, ours in words.items():
            if legal and ours and ours not in legal:
                said = {"name": column, "theirs": shown(theirs), "ours": shown(ours)}
                _unknown("mapping/code", ours, legal, findings, **said)
        codes[column] = {code(theirs): ours for theirs, ours in words.items()}
    return codes


def _missing(section: dict[str, Any], findings: Findings) -> frozenset[str]:
    words = _known(section, "missing", ("codes",), findings).get("codes", [])
    if not isinstance(words, list) or not all(isinstance(word, (str, int, float)) for word in words):
        findings.say("mapping/missing", FILE_NAME)
        return frozenset()
    return frozenset(code(str(word)) for word in words)


def _numbers(section: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """How numbers are written: `decimal`, `thousands` and `flags`."""
    section = _known(section, "numbers", ("decimal", "thousands", "flags"), findings)
    kept: dict[str, Any] = {}
    for key, signs in (("decimal", (",", ".")), ("thousands", (" ", "'", ",", "."))):
        sign = section.get(key, "")
        if sign in ("", *signs):
            kept[key] = sign
        else:
            wanted = " or ".join(in_toml(each) for each in signs)
            findings.say("mapping/numbers", FILE_NAME, key=key, sign=shown(str(sign)), wanted=wanted)
    flags = section.get("flags", [])
    if isinstance(flags, list) and all(isinstance(flag, str) and flag.strip() for flag in flags):
        kept["flags"] = tuple(flag.strip() for flag in flags)
    else:
        findings.say("mapping/flags", FILE_NAME)
    return kept


def read_wide(section: dict[str, Any], findings: Findings) -> Wide:
    """Read `[wide]` with `[wide.events]` and `[wide.organs]`.

    Without the entries that are wrong, which has been said.
    """
    events, organs = (section.get(name, {}) for name in ("events", "organs"))
    tests = {name: entry for name, entry in section.items() if name not in ("events", "organs")}
    organs = {"column": organs} if isinstance(organs, str) else organs
    organs = organs if isinstance(organs, dict) else {}
    words = organs.get("words", {})
    if not isinstance(words, dict):
        findings.say("mapping/no-table", FILE_NAME, place="[wide.organs] words")
        words = {}
    wrong = [word for word, organ in words.items() if organ not in (*ORGANS, "")]
    for word in wrong:
        typed = shown(str(words[word]))
        findings.say("mapping/organ", FILE_NAME, word=shown(word), organ=typed, known=", ".join(ORGANS))
    return Wide(
        tuple(filter(None, (_test(name, entry, findings) for name, entry in _each(tests)))),
        tuple(filter(None, (_event(name, entry, findings) for name, entry in _each(events)))),
        str(organs.get("column", "")),
        {fold(word): organ for word, organ in words.items() if word not in wrong},
    )


def _each(section: Any) -> list[tuple[str, Any]]:
    """Name and entry; a name may have a list of entries."""
    pairs = section.items() if isinstance(section, dict) else ()
    return [(name, each) for name, entry in pairs for each in _listed(entry)]


def _entry(
    section: str, name: str, entry: Any, keys: tuple[str, ...], findings: Findings
) -> dict[str, str] | None:
    """The texts of an entry, without its `value`; None, which is said, where it is no table of known keys."""
    place = f"[{section}] {shown(name)}"
    if not isinstance(entry, dict):
        findings.say("mapping/no-table", FILE_NAME, place=place)
        return None
    unknown = [key for key in entry if key not in keys]
    for key in unknown:
        _unknown("mapping/key", key, keys, findings, place=place, key=shown(key))
    if "column" not in entry and not unknown:
        findings.say("mapping/needed", FILE_NAME, place=place, known=", ".join(keys))
    if "column" not in entry or unknown:
        return None
    return {key: str(value) for key, value in entry.items() if key != "value"}


def _test(name: str, entry: Any, findings: Findings) -> WideTest | None:
    if name not in TESTS:
        _unknown("mapping/wide-test", name, TESTS, findings, name=shown(name))
        return None
    texts = _entry("wide", name, entry, ("column", "unit", "date", "month"), findings)
    if texts is None:
        return None
    unit = texts.setdefault("unit", "")
    if CONVERSIONS[name] and conversion(name, unit) is None and VISIT not in unit:
        what = f"{shown(unit)} is no unit of it" if unit else "its unit is missing; it is never assumed"
        findings.say("mapping/wide-unit", FILE_NAME, name=name, what=what, units=accepted_units(name))
    return WideTest(name, **texts)


def _event(name: str, entry: Any, findings: Findings) -> WideEvent | None:
    if name not in EVENTS:
        _unknown("mapping/wide-event", name, EVENTS, findings, name=shown(name))
        return None
    if isinstance(entry, dict) and "column" not in entry and ("date" in entry or "month" in entry):
        entry = {"column": entry.get("date") or entry["month"], **entry}
    texts = _entry("wide.events", name, entry, ("column", "value", "date", "month", "detail"), findings)
    if texts is None:
        return None
    if "date" not in texts and "month" not in texts:
        findings.say("mapping/event-date", FILE_NAME, name=name)
        return None
    values = tuple(fold(str(value)) for value in _listed(entry.get("value", [])))
    return WideEvent(name, values=values, **texts)


def _dates(section: dict[str, Any], findings: Findings) -> dict[str, tuple[DateFormat, ...]]:
    """Formats of each table's dates, from `[dates]` and `[dates.TABLE]`."""
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
    for text in _listed(entry):
        made = date_format(text) if isinstance(text, str) else None
        if made is None:
            findings.say("mapping/format", FILE_NAME, section=section, text=shown(str(text)))
        else:
            kept.append(made)
    return tuple(kept)


def _header(section: dict[str, Any], findings: Findings) -> dict[str, tuple[int, ...]]:
    """The row of each table's column names, or two rows that are read together, counted from 1."""
    found = {}
    for table, entry in section.items():
        rows = tuple(_listed(entry))
        whole = all(isinstance(row, int) and row > 0 for row in rows)
        if table not in TABLES or not whole or not 1 <= len(rows) <= 2 or list(rows) != sorted(set(rows)):
            findings.say("mapping/header", FILE_NAME, table=shown(table), entry=shown(str(entry)))
        else:
            found[table] = rows
    return found
