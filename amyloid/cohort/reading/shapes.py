"""Recognize tables of another shape: wide ones, events told by a status, and codes of LOINC and OMOP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from amyloid.cohort.mapping import VISIT, Mapping, Wide, read_wide
from amyloid.cohort.names import meant_by, month_meant, names, patterns, probable_test
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Table, constant_column, fold
from amyloid.cohort.schema import CONVERSIONS, TABLES, TESTS, fold_unit

_CHAINS: Final = {"kappa": "kappa_flc", "k": "kappa_flc", "lambda": "lambda_flc", "l": "lambda_flc"}


@dataclass(frozen=True)
class Named:
    """What the name of a column says: test (or date), unit, visit, and the name with ``{visit}``."""

    test: str
    unit: str
    visit: str
    pattern: str
    sure: bool = True


def recognized(parts: dict[str, list[Table]], wide: Wide, findings: Findings) -> Wide:
    """Offer `[wide]` for tables that look wide, and read on as if it had been written."""
    section: dict[str, Any] = {}
    long = any(fold(column.header) == "value" or column.name in ("value", "test")
               for table in parts["labs"] for column in table.all_columns)  # fmt: skip
    for table in [table for tables in parts.values() for table in tables]:
        if not wide.tests and not long and table.name in ("patients", "labs"):
            section |= _offer_tests(table, findings)
        if not wide.events and not parts["events"] and table.name in ("patients", "labs"):
            events = dict(_offered_events(table))
            for event, (entry, why) in events.items():
                findings.propose("wide.events", event, entry, why)
            sure = {event: entry for event, (entry, _) in events.items() if not event.startswith("#")}
            section["events"] = section.get("events", {}) | sure
    offered = read_wide(section, Findings())
    return replace(wide, tests=wide.tests or offered.tests, events=wide.events or offered.events)


def _unknown(table: Table, column: Column) -> bool:
    return column.known_as not in TABLES[table.name].names


def named(header: str) -> Named | None:
    """Read the name of a column as test, unit and visit.

    None when it names no test and no date; ``test`` is ``"date"`` for a date.
    """
    name = fold(header)
    bracket = re.search(r"_?[\[(]([^\])]*)[\])]", name)
    unit = bracket.group(1) if bracket else ""
    for before, visit, after in _splits(name):
        rest = re.sub(
            r"_?[\[(][^\])]*[\])]", "", f"{before}_{after}" if before and after else before + after
        ).strip("_")
        pattern = f"{before}{VISIT}{after}" if visit else header.strip()
        test, own_unit = _test_and_unit(rest, unit)
        if test:
            return Named(test, own_unit, visit.strip("_"), pattern, sure=rest not in _CHAINS)
        told = any(pattern.fullmatch(rest) for pattern in patterns("event_dates").values())
        if patterns("wide")["date"].fullmatch(rest) and not told and not meant_by(rest, ("treatment_start",)):
            return Named("date", "", visit.strip("_"), pattern)
    return None


def _splits(name: str) -> Iterator[tuple[str, str, str]]:
    """Ways to take a visit out of a name: at its end, at its beginning, none."""
    unit = re.search(r"_?[\[(][^\])]*[\])]$", name)
    behind = unit.group() if unit else ""
    parts = name.removesuffix(behind).split("_")
    for count in (2, 1):
        for start in (len(parts) - count, 0):
            visit = "_".join(parts[start : start + count])
            before, after = "_".join(parts[:start]), "_".join(parts[start + count :])
            if len(parts) > count and _is_visit(visit):
                yield f"{before}_" if before else "", visit, (f"_{after}" if after else "") + behind
    for bracket in re.finditer(r"[\[(]([^\])]*)[\])]", name):
        if _is_visit(bracket.group(1)):
            yield name[: bracket.start(1)], bracket.group(1), name[bracket.end(1) :]
    for ending in (patterns("wide")["visit_behind"], re.compile(r"(.*[a-z)\]])(\d+)")):
        if found := ending.fullmatch(name):
            yield found.group(1), found.group(2), ""
    yield name, "", ""


def _is_visit(text: str) -> bool:
    return bool(patterns("visits")["start"].fullmatch(text) or patterns("wide")["visit"].fullmatch(text))


def _test_and_unit(name: str, unit: str) -> tuple[str, str]:
    """The test that a name means, and its unit, which may be the end of the name."""
    name = re.sub(r"_+", "_", name).strip("_")
    words = name.split("_")
    for count in (0, 1, 2):
        stem, ending = "_".join(words[: len(words) - count]), "".join(words[len(words) - count :])
        test = stem if stem in TESTS else _CHAINS.get(stem, "") or probable_test(stem)
        if (test and count == 0) or (test and _unit(test, ending)):
            return test, _unit(test, ending) if count else _unit(test, unit)
    return "", ""


def _unit(test: str, text: str) -> str:
    """The unit of a test that a text spells, perhaps without its slash; empty for none."""
    units = {re.sub(r"[^a-z0-9%]", "", fold_unit(unit)): unit for unit in CONVERSIONS[test]}
    return units.get(re.sub(r"[^a-z0-9%]", "", fold_unit(text)), "") if text else ""


def _offer_tests(table: Table, findings: Findings) -> dict[str, Any]:
    """Entries of `[wide]` for the columns of one table that name tests."""
    foreign = (named(column.header) for column in table.all_columns if _unknown(table, column))
    columns = [found for found in foreign if found is not None]
    dates: dict[str, set[str]] = {}
    groups: dict[tuple[str, str], list[Named]] = {}
    for found in columns:
        if found.test == "date":
            dates.setdefault(found.pattern, set()).add(found.visit)
        else:
            groups.setdefault((found.test, found.pattern), []).append(found)
    if sum(len(group) for group in groups.values()) < 2:
        return {}
    entries: dict[str, list[dict[str, str]]] = {}
    why: dict[str, str] = {}
    for (test, pattern), group in groups.items():
        entry, say = _entry(table, test, pattern, group, dates)
        entries.setdefault(test, []).append(entry)
        why.setdefault(test, say)
    findings.say("wide-shape", table, line=1, tests=", ".join(entries))
    for test, made in entries.items():
        findings.propose("wide", test, made[0] if len(made) == 1 else made, why[test])
    return dict(entries)


def _entry(
    table: Table, test: str, pattern: str, group: list[Named], dates: dict[str, set[str]]
) -> tuple[dict[str, str], str]:
    """One entry, and what the user has to look at."""
    visits = {found.visit for found in group}
    entry, say = {"column": pattern}, [] if group[0].sure else ["if it is the free light chain"]
    if CONVERSIONS[test]:
        entry["unit"] = next((found.unit for found in group if found.unit), "")
        say += [] if entry["unit"] else [f"fill in the unit: {' or '.join(CONVERSIONS[test])}"]
    stem = pattern.replace(VISIT, "").strip("_").split("_")[0]
    fitting = sorted(dates, key=lambda date: (-len(dates[date] & visits), stem not in date.split("_")))
    own = _own_time(table)
    if fitting and dates[fitting[0]] & visits:
        entry["date"] = fitting[0]
    elif own and VISIT not in pattern:
        entry |= own
    elif visits and all(map(month_meant, visits)) and not _are_counted(visits):
        entry["month"] = VISIT
        say.append("months as the names of the columns say")
    else:
        entry["date"] = ""
        say.append("fill in the column of the date, or month = 0")
    return entry, "; ".join(say)


def _are_counted(visits: set[str]) -> bool:
    """Whether visits are numbered one after the other, such as 1, 2, 3: these are no months."""
    numbers = sorted(int(visit) for visit in visits if visit.isdigit())
    return len(numbers) == len(visits) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1


def _own_time(table: Table) -> dict[str, str]:
    """The column with the date or month of every row, where there is one."""
    for kind in ("date", "month"):
        for column in table.all_columns:
            meant = table.name == "labs" and bool(meant_by(column.known_as, (kind,)))
            if column.known_as == kind or (meant and _holds_dates(column)):
                return {kind: column.title}
    return {}


def _offered_events(table: Table) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Entries of `[wide.events]` for a status column and for dates of events."""
    said = patterns("wide")
    free = {fold(column.header): column for column in table.all_columns if _unknown(table, column)}

    def first(pattern: re.Pattern[str], fits: Callable[[Column], bool]) -> str:
        named = (column for name, column in free.items() if pattern.fullmatch(name) and fits(column))
        return next((column.title for column in named), "")

    dates = {event: first(pattern, _holds_dates) for event, pattern in patterns("event_dates").items()}
    months = first(said["event_months"], _holds_numbers)
    named = first(said["status"], lambda column: not _holds_dates(column))
    status = free[fold(named)] if named else None
    last = dates["last_contact"]
    when = {"date": last} if last else {"month": months}
    if status is not None and (last or months):
        values = [text for text in status.texts if text]
        dead = said["dead"].fullmatch(fold(status.header)) is not None
        for event in ("death", "last_contact"):
            time = {"date": dates["death"]} if event == "death" and dates["death"] else when
            told = [text for text in values if _tells(text, event, dead)]
            entry: dict[str, Any] = {"column": status.title}
            if (told and len(told) < len(values)) or (len(values) == 1 and told):
                yield event, (entry | {"value": told[0] if len(told) == 1 else told} | time, "")
            else:
                why = f"which of these says so: {', '.join(values[:6])}"
                yield f"# {event}", (entry | {"value": ""} | time, why)
    for event, date in dates.items():
        if date and (status is None or not (last or months) or event not in ("death", "last_contact")):
            yield event, ({"date": date}, "where the date is filled in")


def _tells(text: str, event: str, dead: bool) -> bool:
    """Whether a word of a status column says an event; 1 and 0 do where the column's name is of death."""
    return bool(patterns("told")[event].fullmatch(fold(text))) or (
        dead and text == {"death": "1", "last_contact": "0"}[event]
    )


def _holds_numbers(column: Column) -> bool:
    texts = [text for text in column.texts if text][:50]
    return bool(texts) and all(re.fullmatch(r"\d+([.,]\d+)?", text) for text in texts)


def _holds_dates(column: Column) -> bool:
    """Whether most filled cells look like dates."""
    texts = [text for text in column.texts if text][:50]
    looks = [
        text for text in texts if re.search(r"\d{1,4}[-./ ](\d{1,2}|[^\W\d_]{3,})[-./ ]\d{1,4}|^\d{8}$", text)
    ]
    return bool(texts) and len(looks) * 2 > len(texts)


CONCEPT = "measurement_concept_id"
Mapped = dict[str, Column]
_PLAIN = {"person_id": "patient_id", "measurement_date": "date"}


def from_omop(table: Table, mapping: Mapping) -> Table:
    """Give the columns of an OMOP measurement table our names and words; other tables stay as they are."""
    by_name = {fold(column.header): column for column in table.all_columns}
    if CONCEPT not in by_name or table.name != "labs":
        return table
    named = {column.name for column in table.all_columns}
    made = [replace(by_name[theirs], name=ours) for theirs, ours in _PLAIN.items() if theirs in by_name]

    def test(concept: str, source: str) -> str:
        if fold(concept) in mapping.tests:
            return concept
        code = names()["omop_tests"].get(concept)
        return names()["loinc"][code][0] if code else source or ("" if concept == "0" else concept)

    def unit(concept: str, source: str) -> str:
        return names()["omop_units"].get(concept) or source or ("" if concept == "0" else concept)

    def sign(concept: str, _: str) -> str:
        return str(names()["omop_operators"].get(concept, concept))

    made += [
        _of_two(by_name, "test", CONCEPT, "measurement_source_value", test),
        _of_two(by_name, "unit", "unit_concept_id", "unit_source_value", unit),
        _of_two(by_name, "value", "value_as_number", "value_as_concept_id", _answer),
        _of_two(by_name, "comparator", "operator_concept_id", "", sign),
    ]
    own = [column for column in made if column.name not in named]
    rest = [column for column in table.all_columns if column.name]
    columns = tuple(sorted((*rest, *own), key=lambda column: column.position))
    return replace(table, all_columns=columns, decimal=".")


def _answer(number: str, concept: str) -> str:
    return number or names()["answers"].get(concept, "" if concept in ("", "0") else f"concept {concept}")


def _of_two(by_name: Mapped, ours: str, first: str, second: str, word: Callable[[str, str], str]) -> Column:
    """A column of ours from the texts of two others, which may be missing."""
    blank = constant_column(ours, len(by_name), len(by_name[CONCEPT].codes))
    left, right = (by_name.get(name, blank) for name in (first, second))
    place = left if first in by_name else right
    width = max(len(right.texts), 1)
    found, codes = np.unique(left.codes.astype(np.int64) * width + right.codes, return_inverse=True)
    texts = pa.array(
        [word(left.texts[pair // width], right.texts[pair % width]) for pair in found], pa.string()
    )
    return Column(place.header, place.position, texts, codes.astype(np.int32), ours)
