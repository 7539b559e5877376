"""What the commands read from a call: parameters, notebooks, the cohort's place, the run's name."""

import datetime
import itertools
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amyloid.questions.parameters import (
    PARAMETERS,
    PLACES,
    ParameterError,
    Value,
    check_values,
    defaults,
    read_texts,
)

if TYPE_CHECKING:
    from amyloid.press.runner.notebooks import Notebook

RUNS = Path("runs")


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
    from_file = check_values(_read_toml(Path(file))) if file is not None else {}
    return {**defaults(), **from_file, **read_texts(dict(given))}


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as handle:
            return tomllib.load(handle)
    except OSError as error:
        raise ParameterError([f"{file} cannot be read: {error.strerror}."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError([f"{file} is not TOML: {error}."]) from None


def choose_notebooks(
    folder: str | None, only: Sequence[str], cohort: Path | None
) -> "tuple[list[Notebook], list[str]]":
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
    from amyloid.press.runner.errors import PlaceError
    from amyloid.press.runner.notebooks import NOTEBOOKS, check_parameters, find, select

    chosen = select(find(Path(folder) if folder else NOTEBOOKS), only)
    foreign = [] if cohort is not None and _is_embedded(cohort) else [n for n in chosen if n.about_embedded]
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


def _is_embedded(cohort: Path) -> bool:
    from amyloid.cohort import EMBEDDED_COHORT

    return cohort.resolve() == EMBEDDED_COHORT.resolve()


def cohort_path(cohort: str | None) -> Path:
    """Return the cohort's place; an address is refused, nothing is fetched.

    Raises
    ------
    PlaceError
        The text is an address, or names nothing that is there.
    """
    from amyloid.press.runner.errors import PlaceError

    if cohort is None:
        from amyloid.cohort import EMBEDDED_COHORT

        return EMBEDDED_COHORT
    if "://" in cohort:
        raise PlaceError(f"COHORT {cohort} is an address; expected a folder or workbook on this machine.")
    if not Path(cohort).exists():
        raise PlaceError(f"COHORT {cohort} does not exist.")
    return Path(cohort)


def targets(out: str | None) -> Iterator[Path]:
    """Name the run's folder: the one asked for, or new ones by the time until one is free."""
    if out is not None:
        yield Path(out)
        return
    stem = f"{datetime.datetime.now():%Y-%m-%dT%H-%M-%S}"
    for number in itertools.count(1):
        target = RUNS / (stem if number == 1 else f"{stem}-{number}")
        if not target.exists():
            yield target
