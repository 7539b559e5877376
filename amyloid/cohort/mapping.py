"""`mapping.toml`: the user's names for our tables, columns, tests, units and codes."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from typing import Any

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping_shapes import FILE_NAME, Wide, read_dates, read_header, read_wide
from amyloid.cohort.names import never_meant
from amyloid.cohort.reading.dates import DateFormat
from amyloid.cohort.reading.encoding import to_utf8
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.table import code, fold
from amyloid.cohort.schema import TABLES, TESTS, accepted_units, conversion
from amyloid.cohort.toml import in_toml, parse_toml

SECTIONS = (
    "files",
    "columns",
    "tests",
    "units",
    "unit_of_test",
    "codes",
    "missing",
    "numbers",
    "redcap",
    "wide",
    "dates",
    "header",
)


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


def read_mapping(data: bytes | None, findings: Findings) -> Mapping:
    """Read and check mapping.toml.

    Without the entries that are wrong, which has been said.
    """
    values = findings.present = _values(data, findings) if data is not None else {}
    for section in values:
        if section not in SECTIONS:
            findings.say(
                "mapping/section",
                FILE_NAME,
                section=shown(section),
                known=", ".join(SECTIONS),
                mend=nearest(section, SECTIONS) or None,
            )
    columns = {
        table: _known(
            _pairs(entries, f"columns.{table}", findings), f"columns.{table}", TABLES[table].names, findings
        )
        for table, entries in _known(
            _section(values, "columns", findings), "columns", tuple(TABLES), findings
        ).items()
    }
    return Mapping(
        files=_files(_section(values, "files", findings), findings),
        columns=columns,
        tests={
            fold(theirs): ours
            for theirs, ours in _to_tests(_texts(values, "tests", findings), findings).items()
        },
        units={theirs.strip(): ours for theirs, ours in _texts(values, "units", findings).items()},
        unit_of_test=_units_of_tests(_texts(values, "unit_of_test", findings), findings),
        codes=_codes(_section(values, "codes", findings), findings),
        missing=_missing(_section(values, "missing", findings), findings),
        **_numbers(_section(values, "numbers", findings), findings),
        redcap=_known(
            _texts(values, "redcap", findings), "redcap", ("export", "dictionary", "checkboxes"), findings
        ),
        wide=read_wide(_section(values, "wide", findings), findings),
        dates=read_dates(_section(values, "dates", findings), findings),
        header=read_header(_section(values, "header", findings), findings),
    )


def _values(data: bytes, findings: Findings) -> dict[str, Any]:
    text = to_utf8(data, FILE_NAME, findings)
    try:
        return parse_toml(text or b"")
    except tomllib.TOMLDecodeError as fault:
        findings.say("mapping-syntax", FILE_NAME, fault=fault)
        return {}


def _section(values: MappingType[str, Any], name: str, findings: Findings) -> dict[str, Any]:
    section = values.get(name, {})
    if isinstance(section, dict):
        return section
    findings.say("mapping/no-section", FILE_NAME, name=name)
    return {}


def _texts(values: MappingType[str, Any], name: str, findings: Findings) -> dict[str, str]:
    return _pairs(_section(values, name, findings), name, findings)


def _pairs(section: Any, name: str, findings: Findings) -> dict[str, str]:
    if not isinstance(section, dict):
        findings.say("mapping/no-section", FILE_NAME, name=name)
        return {}
    for key, value in section.items():
        if not isinstance(value, str):
            findings.say("mapping/no-text", FILE_NAME, name=name, key=shown(key))
    return {key: value for key, value in section.items() if isinstance(value, str)}


def _known(pairs: dict[str, Any], name: str, known: tuple[str, ...], findings: Findings) -> dict[str, Any]:
    """Keep the entries whose left side is one of our names; turn a section whose sides are exchanged."""
    turned = {value: key for key, value in pairs.items() if key not in known and value in known}
    if turned and not set(pairs) & set(known):
        return _turned(turned, name, "left", findings)
    for key in pairs:
        if key not in known:
            findings.say("mapping/left-side", FILE_NAME, name=name, key=shown(key), mend=nearest(key, known))
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


def _files(section: dict[str, Any], findings: Findings) -> dict[str, tuple[str, ...]]:
    files = {}
    for table, names in _known(section, "files", tuple(TABLES), findings).items():
        listed = names if isinstance(names, list) else [names]
        if listed and all(isinstance(name, str) for name in listed):
            files[table] = tuple(dict.fromkeys(listed))
        else:
            findings.say("mapping/files", FILE_NAME, table=table)
    return files


def _to_tests(pairs: dict[str, str], findings: Findings) -> dict[str, str]:
    pairs = _right_way(pairs, "tests", TESTS, findings)
    for theirs, ours in pairs.items():
        if ours not in TESTS:
            findings.say(
                "mapping/no-test",
                FILE_NAME,
                theirs=shown(theirs),
                ours=shown(ours),
                mend=nearest(ours, tuple(TESTS)),
            )
        elif what := never_meant(fold(theirs), ours):
            findings.say("near-miss", FILE_NAME, theirs=shown(theirs), ours=shown(ours), what=what)
    return {theirs: ours for theirs, ours in pairs.items() if ours in TESTS}


def _units_of_tests(pairs: dict[str, str], findings: Findings) -> dict[str, str]:
    kept = {}
    for test, unit in _known(pairs, "unit_of_test", tuple(TESTS), findings).items():
        if conversion(test, unit) is None:
            findings.say(
                "mapping/unit-of-test", FILE_NAME, unit=shown(unit), test=test, units=accepted_units(test)
            )
        else:
            kept[test] = unit
    return kept


def _codes(section: dict[str, Any], findings: Findings) -> dict[str, dict[str, str]]:
    fields = {field.name: field.codes for table in TABLES.values() for field in table.fields}
    codes = {}
    for column, pairs in _known(section, "codes", (*fields, *TESTS), findings).items():
        legal = fields.get(column, ())
        words = _right_way(_pairs(pairs, f"codes.{column}", findings), f"codes.{column}", legal, findings)
        for theirs, ours in words.items():
            if legal and ours and ours not in legal:
                findings.say(
                    "mapping/code",
                    FILE_NAME,
                    name=column,
                    theirs=shown(theirs),
                    ours=shown(ours),
                    legal=", ".join(legal),
                    mend=nearest(ours, legal) or None,
                )
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
        if sign not in ("", *signs):
            wanted = " or ".join(in_toml(each) for each in signs)
            findings.say("mapping/numbers", FILE_NAME, key=key, sign=shown(str(sign)), wanted=wanted)
        else:
            kept[key] = sign
    flags = section.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(flag, str) and flag.strip() for flag in flags):
        findings.say("mapping/flags", FILE_NAME)
    else:
        kept["flags"] = tuple(flag.strip() for flag in flags)
    return kept
