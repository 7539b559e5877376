"""What the commands read from a call: paths, parameters, notebooks, the cohort's place, the run's name."""

import contextlib
import datetime
import itertools
import os
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from amyloid.cohort import DATA, EMBEDDED, NOTEBOOKS, place_of
from amyloid.cohort.errors import CohortError
from amyloid.cohort.toml import read_toml
from amyloid.press.runner import PlaceError
from amyloid.press.runner.notebooks import Notebook, check_parameters, find, select
from amyloid.questions.parameters import (
    PARAMETERS,
    PLACES,
    ParameterError,
    Value,
    check_values,
    defaults,
    read_texts,
)

LONGEST_NAME = 200
"""Bytes: the hidden neighbors of a name are a little longer, and 255 are a disk's limit."""


def fault_of(typed: str) -> str:
    """Say why a text can be no path on this machine; empty when it can."""
    if "://" in typed:
        return f"{typed[:80]} is an address; expected a path on this machine."
    if "\0" in typed or any(len(os.fsencode(name)) > LONGEST_NAME for name in typed.split(os.sep)):
        return f"{typed[:40]!r}... cannot be a name: it is longer than {LONGEST_NAME} bytes or holds a NUL."
    return ""


@contextlib.contextmanager
def fault_of_call(*kinds: type[Exception]) -> Iterator[None]:
    """Say exceptions of these kinds as a fault of the call, which leaves with 2; also as a decorator."""
    try:
        yield
    except kinds as error:
        raise click.UsageError(str(error)) from None


class LocalPath(click.Path):
    """click's path, on this machine only."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(path_type=Path, **settings)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what can be no path."""
        if fault := fault_of(os.fspath(value)):
            self.fail(fault, param, ctx)
        return super().convert(value, param, ctx)


RUNS = Path("runs")
PRELOAD = ("amyloid.cli.planning:warm_up",)
"""What the warm server does once, so that no notebook and no page has to."""
MOST_CHARACTERS = 1000


class CohortPlace(LocalPath):
    """A cohort on the command line: a folder, a workbook, or the name of a shipped cohort."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the cohort's place, or end the call where a name stands for two things."""
        try:
            place = value if fault_of(os.fspath(value)) else place_of(value)
        except CohortError as error:
            self.fail(str(error.problems[0]), param, ctx)
        return Path(super().convert(place, param, ctx))


def parameter_table() -> str:
    """Return the parameters' table for the help text."""
    lines = ["\b", "Parameters (-p NAME VALUE, or a TOML file):"]
    for name, parameter in PARAMETERS.items():
        lines += [f"  {name} = {parameter.default}", f"      {parameter.help}"]
        lines += [f"      {parameter.allowed()}"]
    return "\n".join(lines)


def collect_parameters(given: Sequence[tuple[str, str]], file: str | None) -> dict[str, Value]:
    """Merge defaults, the TOML file and the command line, the later ones winning.

    Raises
    ------
    ParameterError
        A name or value cannot be used, or a name is given twice.
    """
    names = [name for name, _ in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError([f"{name} is given more than once." for name in twice])
    endless = [name for name, text in given if len(text) > MOST_CHARACTERS]
    if endless:
        raise ParameterError([f"{name}: more than {MOST_CHARACTERS} characters." for name in endless])
    from_file = check_values(read_settings(Path(file))) if file is not None else {}
    return {**defaults(), **from_file, **read_texts(dict(given))}


def read_settings(file: Path) -> dict[str, Any]:
    """Read a TOML file of the user's, or say why it cannot be read."""
    try:
        return read_toml(file)
    except OSError as error:
        raise ParameterError([f"{file} cannot be read: {error.strerror}."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError([f"{file} is not TOML: {error}."]) from None


def choose_notebooks(
    folder: str | None, only: Sequence[str], cohort: Path | None
) -> tuple[list[Notebook], list[str]]:
    """Find the notebooks, choose among them, and hold their parameters to the model.

    Parameters
    ----------
    folder : str or None
        Where they are; None for the project's own.
    only : sequence of str
        Numbers or names; all when empty.
    cohort : Path or None
        What they will run over; None for many cohorts.

    Returns
    -------
    tuple
        The notebooks to run, and a line about each that was left out because it is about the embedded cohort.

    Raises
    ------
    PlaceError
        A name fits no notebook, or was asked for and fits no such cohort.
    """
    chosen = select(find(Path(folder) if folder else NOTEBOOKS), only)
    embedded = cohort is not None and cohort.resolve() == (DATA / EMBEDDED).resolve()
    foreign = [] if embedded else [n for n in chosen if n.about_embedded]
    left_out = [f"{n.stem} is left out: it is about the abstract and the embedded cohort." for n in foreign]
    chosen = [notebook for notebook in chosen if notebook not in foreign]
    if foreign and (only or not chosen):
        raise PlaceError(
            f"{foreign[0].stem} is about the abstract and the embedded cohort; only `amyloid run` without "
            "COHORT runs it."
        )
    for notebook in chosen:
        check_parameters(notebook, [*PLACES, *PARAMETERS])
    return chosen, left_out


def cohort_path(cohort: str | None) -> Path:
    """Return the cohort's place: the embedded one's when None, a shipped one's by its name.

    Raises
    ------
    PlaceError
        The text is an address, which nothing fetches; or it names nothing that is there, or two things.
    """
    if cohort is not None and (fault := fault_of(cohort)):
        raise PlaceError(f"COHORT {fault}")
    try:
        place = DATA / EMBEDDED if cohort is None else place_of(cohort)
    except CohortError as error:
        raise PlaceError(f"COHORT {error.problems[0]}") from None
    if not place.exists():
        raise PlaceError(f"COHORT {cohort} does not exist.")
    return place


def targets(out: str | None) -> Iterator[Path]:
    """Name the run's folder: the one asked for, or new ones by the time until one is free.

    Raises
    ------
    PlaceError
        The one asked for can be no folder on this machine.
    """
    if out is not None:
        if fault := fault_of(out):
            raise PlaceError(f"--out {fault}")
        yield Path(out)
        return
    stem = f"{datetime.datetime.now():%Y-%m-%dT%H-%M-%S}"
    for number in itertools.count(1):
        target = RUNS / (stem if number == 1 else f"{stem}-{number}")
        if not target.exists():
            yield target
