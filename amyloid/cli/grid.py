"""The file that says which scenarios to run, read and checked as a whole before the first one starts."""

import itertools
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from amyloid.cli.choices import cohort_path, read_settings
from amyloid.press.runner import PlaceError
from amyloid.press.sweep.scenarios import DEFAULT, Scenario
from amyloid.questions.parameters import ParameterError, Value, check_values, defaults

MOST_SCENARIOS = 2000
LONGEST_NAME = 120
MOST_SEED = 10**12
KNOWN = ("grid", "scenario", "cohorts", "seeds")


def read_grid(file: Path) -> list[Scenario]:
    """Read a sweep's TOML file.

    Parameters
    ----------
    file : Path
        ``[grid]`` holds lists of values, of which every combination is run; ``[[scenario]]`` holds
        single sets with a ``name``; ``cohorts`` and ``seeds`` are lists; all of them multiply.

    Returns
    -------
    list of Scenario
        The defaults first, so that there is something to compare with.

    Raises
    ------
    ParameterError
        Everything in the file that cannot be used.
    """
    content = read_settings(file)
    if not any(content.values()):
        raise ParameterError([f"{file} says nothing to run: give values under [grid], or a [[scenario]]."])
    return scenarios(content)


def scenarios(content: Mapping[str, Any]) -> list[Scenario]:
    """Multiply settings and cohorts; see `read_grid`."""
    problems = [
        f"'{name}' is not known; expected {', '.join(KNOWN)}." for name in content if name not in KNOWN
    ]
    settings: dict[str, Mapping[str, Value]] = {DEFAULT: defaults()}
    for place, name, values in _settings(content, problems):
        try:
            chosen = {**defaults(), **check_values(values)}
        except ParameterError as error:
            problems += [f"{place}: {problem}" for problem in error.problems]
            continue
        if name in settings and settings[name] != chosen:
            problems.append(f"{place}: the name '{name}' is used twice.")
        if chosen not in settings.values():
            settings[name] = chosen
    cohorts = list(_cohorts(content, problems)) or [("", None, None)]
    if len(settings) * len(cohorts) > MOST_SCENARIOS:
        problems.append(f"{len(settings) * len(cohorts)} scenarios are too many; at most {MOST_SCENARIOS}.")
    if problems:
        raise ParameterError(problems)
    return [
        Scenario(_name(label, name, len(settings)), values, place, seed)
        for label, place, seed in cohorts
        for name, values in settings.items()
    ]


def _name(cohort: str, setting: str, settings: int) -> str:
    """Join cohort and setting; a single setting needs no name beside a cohort's."""
    if not cohort:
        return setting
    return cohort if settings == 1 else f"{cohort}+{setting}"


def _settings(
    content: Mapping[str, Any], problems: list[str]
) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Yield place, name and values of every setting asked for."""
    grid = content.get("grid", {})
    if not isinstance(grid, dict):
        problems.append("grid: expected a section with lists of values.")
        grid = {}
    lists = {name: value if isinstance(value, list) else [value] for name, value in grid.items()}
    problems += [f"grid: {name} has no value." for name, values in lists.items() if not values]
    sets = math.prod(map(len, lists.values()))
    if sets > MOST_SCENARIOS:
        problems.append(f"grid: {sets} combinations are too many; at most {MOST_SCENARIOS}.")
    elif lists:
        for number, combination in enumerate(itertools.product(*lists.values()), start=1):
            values = dict(zip(lists, combination, strict=True))
            yield f"grid, set {number}", _label(values), values
    for number, entry in enumerate(_list(content, "scenario", problems), start=1):
        if not isinstance(entry, dict):
            problems.append(f"scenario {number}: expected a set of values under [[scenario]].")
            continue
        values = {name: value for name, value in entry.items() if name != "name"}
        name = str(entry.get("name", _label(values)))
        if not re.fullmatch(r"[\w=.,-]+", name) or name.startswith(".") or len(name) > LONGEST_NAME:
            known = f"letters, digits and - _ . , = only, {LONGEST_NAME} at most"
            problems.append(f"scenario {number}: '{name[:40]}' may hold {known}.")
        yield f"scenario {number}", name, values


def _label(values: Mapping[str, object]) -> str:
    """Name a setting by what differs from the defaults."""
    usual = defaults()
    said = [f"{name}={value}" for name, value in values.items() if value != usual.get(name)]
    name = re.sub(r"[^\w=.,-]+", "-", ",".join(said))
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 9]}-{zlib.crc32(','.join(said).encode()):08x}"
    return name or DEFAULT


def _cohorts(content: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, str | None, int | None]]:
    """Yield label, place and seed of every cohort asked for."""
    for number, place in enumerate(_list(content, "cohorts", problems), start=1):
        try:
            found = cohort_path(place if isinstance(place, str) else repr(place))
        except PlaceError as error:
            short = str(place)[:80]
            problems.append(f"cohorts: '{short}' is not a folder or workbook on this machine. {error}")
            continue
        yield f"{number}-{re.sub(r'[^A-Za-z0-9_-]+', '-', found.name)}", str(found), None
    for seed in _list(content, "seeds", problems):
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < MOST_SEED:
            problems.append(f"seeds: {str(seed)[:40]} is not a whole number from 0 to {MOST_SEED - 1}.")
            continue
        yield f"seed-{seed}", None, seed


def _list(content: Mapping[str, Any], name: str, problems: list[str]) -> Sequence[object]:
    value = content.get(name, [])
    if not isinstance(value, list):
        problems.append(f"{name}: expected a list.")
        return []
    return value
