"""The parameters of the notebooks: names, types, ranges and help, declared once."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

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
    above, least, most, below : float or None
        The allowed range, for numbers; `above` and `below` are not reached.
    whole : bool
        Whether a number must be a whole one.
    """

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    above: float | None = None
    least: float | None = None
    most: float | None = None
    below: float | None = None
    whole: bool = False

    def allowed(self) -> str:
        """Say in words what is allowed."""
        if self.choices:
            return ", ".join(self.choices)
        kind = "a whole number" if self.whole else "a number"
        if self.above is not None and self.below is not None:
            return f"{kind} between {self.above:g} and {self.below:g}"
        low = f"above {self.above:g}" if self.above is not None else f"from {self.least:g}"
        return f"{kind} {low} up to {self.most:g}"

    def read(self, text: str) -> Value:
        """Turn what was typed on a command line into the parameter's type.

        Raises
        ------
        ParameterError
            The text is not of this type, or is not allowed.
        """
        typed = text.strip()
        if self.choices:
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
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def _refusal(self, value: object, what: str, hint: str = "") -> ParameterError:
        shown = f"'{value}'" if isinstance(value, str) else repr(value)
        return ParameterError([f"{self.name}: {shown} {what}; expected {self.allowed()}.{hint}"])


PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter(
            "hematologic_criteria",
            "boston-2007",
            "The definition of hematologic response that the notebooks lead with.",
            choices=("gertz-2005", "boston-2007", "isa-2012", "isa-2021", "low-dflc-2017"),
        ),
        Parameter(
            "renal_criteria",
            "gertz-2005",
            "The definition of renal response that the notebooks lead with.",
            choices=("gertz-2005", "palladini-2014", "graded-2018"),
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

PLACES = {"cohort_dir": "COHORT", "out_dir": "--out"}
"""The parameters that a run sets itself, with the part of the command line that they come from."""


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
    return _collect({name: (text, True) for name, text in given.items()})


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
    return _collect({name: (value, False) for name, value in given.items()})


def _collect(given: Mapping[str, tuple[object, bool]]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    problems: list[str] = []
    for name, (value, as_text) in given.items():
        try:
            parameter = _named(name)
            values[name] = parameter.read(str(value)) if as_text else parameter.check(value)
        except ParameterError as error:
            problems += error.problems
    if problems:
        raise ParameterError(problems)
    return values


def _named(name: str) -> Parameter:
    if name in PARAMETERS:
        return PARAMETERS[name]
    if name in PLACES:
        raise ParameterError([f"{name} is not set with -p; it comes from {PLACES[name]}."])
    near = get_close_matches(name, PARAMETERS, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(PARAMETERS)}."
    raise ParameterError([f"'{name}' is not a parameter. {hint}"])
