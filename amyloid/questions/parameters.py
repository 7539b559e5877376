"""The parameters of the notebooks: names, types, ranges and help, declared once."""

import math
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from amyloid.adjudication.criteria import CHOSEN, DEFAULT, by_default, keys_of, leading
from amyloid.cohort import COHORTS, EMBEDDED
from amyloid.cohort.reading.table import fold

if TYPE_CHECKING:
    from amyloid.cohort import Card


Value = str | int | float
"""What a parameter may be: a plain literal."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


class ParameterError(ValueError):
    """Parameters that cannot be used; every problem is listed, each with its mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Parameter:
    """One parameter of the notebooks.

    Attributes
    ----------
    name : str
        The name in the notebooks' parameters cell.
    default : str, int or float
        Its value when nothing is said; its type is the parameter's type
        (a whole default with ``whole=False`` still takes fractions).
    help : str
        One line for `amyloid run --help` and for the pages' parameter tables.
    choices : tuple of str
        The allowed words, for text.
    words : str
        What is allowed, for a name that cannot be listed.
    above, least, most, below : float
        The allowed range, for numbers; `above` and `below` are not reached.
    whole : bool
        Whether a number must be a whole one.
    source : str
        Of a parameter that says where: the part of a call that sets it.
    """

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    words: str = ""
    above: float = -math.inf
    least: float = -math.inf
    most: float = math.inf
    below: float = math.inf
    whole: bool = False
    source: str = ""

    def allowed(self) -> str:
        """Say in words what is allowed."""
        if self.choices or self.words:
            return self.words or ", ".join(self.choices)
        kind = "a whole number" if self.whole else "a number"
        if self.above < self.below < math.inf:
            return f"{kind} between {self.above:g} and {self.below:g}"
        low = f"above {self.above:g}" if math.isfinite(self.above) else f"from {self.least:g}"
        return f"{kind} {low} up to {self.most:g}"

    def read(self, text: str) -> Value:
        """Turn what was typed on a command line into the parameter's type.

        Raises
        ------
        ParameterError
            The text is not of this type, or is not allowed.
        """
        typed = text.strip()
        if self.choices or self.words:
            return self.check(typed)
        if _WHOLE.fullmatch(typed):
            return self.check(int(typed))
        return self.check(float(typed) if _NUMBER.fullmatch(typed) else text)

    def check(self, value: object) -> Value:
        """Hold a typed value to this parameter's type and range, and return it.

        Raises
        ------
        ParameterError
            The value is not of this type, or is not allowed.
        """
        if self.choices:
            return self._check_choice(value)
        if self.words:
            if isinstance(value, str) and value.strip() and value.isprintable():
                return value
            raise self._refusal(value, "is no name")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._refusal(value, "is not a number")
        if self.whole and not isinstance(value, int):
            raise self._refusal(value, "is not a whole number")
        if not self._in_range(value):
            percent = value / 100
            hint = f" Did you mean {percent:g}?" if self.below == 1 and self._in_range(percent) else ""
            raise self._refusal(value, "is out of range", hint)
        return value

    def _check_choice(self, value: object) -> str:
        if isinstance(value, str) and value in self.choices:
            return value
        near = get_close_matches(str(value).lower(), self.choices, 1, cutoff=0.5)
        raise self._refusal(value, "is not known", f" Did you mean {near[0]}?" if near else "")

    def _in_range(self, value: float) -> bool:
        return self.above < value < self.below and self.least <= value <= self.most

    def _refusal(self, value: object, what: str, hint: str = "") -> ParameterError:
        shown = f"'{value}'" if isinstance(value, str) else repr(value)
        return ParameterError([f"{self.name}: {shown} {what}; expected {self.allowed()}.{hint}"])


CELL_WIDTH: Final = 105


PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter(
            "hematologic_criteria",
            DEFAULT,
            "The definition of hematologic response that leads; by default the card's, else isa-2012.",
            choices=(DEFAULT, *keys_of("hematologic_response")),
        ),
        Parameter(
            "renal_criteria",
            DEFAULT,
            "The definition of renal response that leads; by default the card's, else palladini-2014.",
            choices=(DEFAULT, *keys_of("renal_response")),
        ),
        Parameter(
            "compare_by",
            "group",
            "The column of patients whose groups are compared.",
            words="a column of patients, or none",
        ),
        Parameter(
            "confirm",
            "none",
            "Whether a response must be seen again on a later sample.",
            choices=("none", "28-days"),
        ),
        Parameter(
            "landmark_months",
            6,
            "Months after the first dose from which responders are compared.",
            above=0,
            most=120,
        ),
        Parameter("confidence", 0.95, "Confidence of every interval.", above=0, below=1),
        Parameter(
            "min_cell",
            11,
            "Smallest count that a shared page may show.",
            least=5,
            most=1000,
            whole=True,
        ),
    )
}
"""What a user may set, in the order of the notebooks' parameters cell."""

PLACES: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter(
            "cohort_dir",
            EMBEDDED,
            "The cohort.",
            words=f"{', '.join(COHORTS)}, or a folder or workbook",
            source="COHORT",
        ),
        Parameter(
            "out_dir",
            "runs/notebooks",
            "Where figures and numbers are written.",
            words="a folder",
            source="--out",
        ),
    )
}
"""The parameters that a run sets itself, in the order of the notebooks' parameters cell."""


def parameters_cell(cohort: str = EMBEDDED) -> str:
    """Write the notebooks' cell tagged `parameters`: each default, and beside it what is allowed."""
    lines: list[str] = []
    for name, each in {**PLACES, **PARAMETERS}.items():
        value = cohort if name == "cohort_dir" else each.default
        setting = f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value!r}"
        said = f"{setting}  # {each.allowed()}"
        lines += textwrap.wrap(said, CELL_WIDTH, subsequent_indent="# ", break_on_hyphens=False)
    return "\n".join(lines)


def out_folder(out_dir: str) -> Path:
    """Return the folder that a notebook writes into.

    The default lies beside the folder `notebooks`, whether the notebook runs in it, as in JupyterLab, or from
    above it, as with papermill.
    """
    beside = out_dir == PLACES["out_dir"].default and Path.cwd().name == "notebooks"
    return Path("..", out_dir) if beside else Path(out_dir)


def resolved(values: Mapping[str, Value], card: "Card") -> dict[str, Value]:
    """Put the cohort's own choice in the place of ``default``, and a column's name as it is matched.

    Raises
    ------
    amyloid.cohort.errors.CohortError
        The card names versions that do not exist.
    """
    found = {name: leading(card, name, str(values[name])) for name in CHOSEN if name in values}
    if "compare_by" in values:
        found["compare_by"] = fold(str(values["compare_by"]))
    return {**values, **found}


def printed(name: str, value: Value, card: "Card") -> str:
    """Say a resolved value as pages print it: ``default (isa-2012)`` where nobody chose another one."""
    own = name in CHOSEN and by_default(card)[name] == value
    return f"{DEFAULT} ({value})" if own else str(value)


def defaults() -> dict[str, Value]:
    """Return every parameter with its default."""
    return {name: parameter.default for name, parameter in PARAMETERS.items()}


def read_texts(given: Mapping[str, str]) -> dict[str, Value]:
    """Read parameters as typed on a command line.

    Parameters
    ----------
    given : mapping of str to str
        Names and values as typed.

    Returns
    -------
    dict
        Only the given parameters, as plain literals.

    Raises
    ------
    ParameterError
        Every name and value that cannot be used, in one list.
    """
    return _collect(given, Parameter.read)


def check_values(given: Mapping[str, object]) -> dict[str, Value]:
    """Hold typed values, as read from TOML, to the parameters' types and ranges.

    Parameters
    ----------
    given : mapping of str to object
        Names and values.

    Returns
    -------
    dict
        Only the given parameters, as plain literals.

    Raises
    ------
    ParameterError
        Every name and value that cannot be used, in one list.
    """
    return _collect(given, Parameter.check)


def _collect(given: Mapping[str, Any], read: Callable[[Parameter, Any], Value]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    problems: list[str] = []
    for name, value in given.items():
        try:
            values[name] = read(_named(name), value)
        except ParameterError as error:
            problems += error.problems
    if problems:
        raise ParameterError(problems)
    return values


def _named(name: str) -> Parameter:
    if name in PARAMETERS:
        return PARAMETERS[name]
    if name in PLACES:
        raise ParameterError([f"{name} is not set with -p; it comes from {PLACES[name].source}."])
    near = get_close_matches(name, PARAMETERS, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(PARAMETERS)}."
    raise ParameterError([f"'{name}' is not a parameter. {hint}"])
