"""One parameter: its type, what it may be, and how what was typed becomes a plain literal."""

import math
import re
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
    words : str
        What is allowed, for a name that cannot be listed.
    above, least, most, below : float or None
        The allowed range, for numbers; `above` and `below` are not reached.
    whole : bool
        Whether a number must be a whole one.
    """

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    words: str = ""
    above: float | None = None
    least: float | None = None
    most: float | None = None
    below: float | None = None
    whole: bool = False

    def allowed(self) -> str:
        """Say in words what is allowed."""
        if self.choices or self.words:
            return self.words or ", ".join(self.choices)
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
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def _refusal(self, value: object, what: str, hint: str = "") -> ParameterError:
        shown = f"'{value}'" if isinstance(value, str) else repr(value)
        return ParameterError([f"{self.name}: {shown} {what}; expected {self.allowed()}.{hint}"])
