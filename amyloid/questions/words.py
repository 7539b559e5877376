"""The engine of words: templates of a page's Markdown file, filled with what its module of questions tells.

A file is cut into sections (``# name``). A section may begin with ``frames:`` (how it calls what the cell
hands over), ``title:``, ``caption:`` and ``note:``; the rest is what is said. Places are jinja2's:
``{{ n | count("patient") }}``, ``{% if ... %}``. A template counts and picks; what takes more is told to it.
Nothing is ever read back out of a sentence.

A line of its own keeps a number for results.csv: its id and what it is, in words, then what `_keep` takes::

    @ dose.start: {{ drug }} starting dose, median, {{ unit }} = first, unit=unit
    @ male: male = male of known

The first keeps one number; a count ``of`` a denominator is kept with its percentage. In a section that is a
table a line between bars is a row; each of its cells is a template of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache, partial
from numbers import Integral, Real
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import jinja2
import pandas as pd

from amyloid.adjudication.criteria import label
from amyloid.questions import names
from amyloid.questions.groups import SMALLEST
from amyloid.show import text
from amyloid.show.page import Reading, result, results_frame
from amyloid.show.page import counted as _counted
from amyloid.show.text import NOT_REACHED, level, percent
from amyloid.show.text import p_value as _p_value

if TYPE_CHECKING:
    from amyloid.questions.study import Study


Told = dict[str, Any]
"""What the template of a section may name, told by the page's module of questions."""

FEW: Final = 10
"""Curves turn gray, and estimates are marked, where fewer than this many are at risk."""

FEW_LISTED: Final = 12
"""A sentence lists no more patients or causes than this one by one."""

FEWEST_EVENTS: Final = 10
"""With fewer events than this no p-value is printed and no verdict given (project's choice)."""
CONSTANTS: Final = {
    "few": FEW, "few_listed": FEW_LISTED, "fewest": FEWEST_EVENTS, "smallest": SMALLEST, "nan": math.nan,
}  # fmt: skip
"""What every template may name."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def limits(lower: float, upper: float, confidence: float, digits: int = 1) -> str:
    """Interval of a time or a ratio: ``95% CI 12.3 to not reached``."""
    return f"{level(confidence)} {text.interval(lower, upper, digits=digits, missing=NOT_REACHED)}"


def percent_limits(lower: float, upper: float, confidence: float) -> str:
    """Interval of a share: ``95% CI 11% to 42%``."""
    if math.isnan(lower) or math.isnan(upper):
        return f"{level(confidence)} not estimable"
    return f"{level(confidence)} {percent(lower)} to {percent(upper)}"


def incidence(row: Any, confidence: float) -> str:
    """Cumulative incidence in words, from one row of `amyloid.questions.curves.incidence_milestones`."""
    said = f"{percent(float(row.incidence))} by month {row.time:g}"
    if row.incidence in (0, 1):  # without limits on any scale
        return said
    return f"{said} ({percent_limits(float(row.lower), float(row.upper), confidence)})"


def p_value(p: float, events: int) -> str:
    """Test result, held back where events are too few."""
    if events < FEWEST_EVENTS:
        return f"no p-value with {counted(events, 'event')} (the rule asks for {FEWEST_EVENTS})"
    return "no test is possible" if math.isnan(p) else _p_value(p)


def hazard_ratio(row: Any, confidence: float) -> str:
    """Hazard ratio with its limits from one row of `amyloid.stats.cox`."""
    ratio, lower, upper = (float(getattr(row, name)) for name in ("hazard_ratio", "lower", "upper"))
    if math.isnan(ratio):
        return "a hazard ratio that cannot be estimated"
    if ratio == 0 or math.isinf(ratio):
        return "a hazard ratio without an end"
    by_firth = getattr(row, "method", "") == "Firth"
    firth = ", Firth's estimate: Cox's has no end" if by_firth else ""
    return f"hazard ratio {ratio:.2f} ({limits(lower, upper, confidence, 2)}{firth})"


def estimated(row: Any, digits: int, missing: str = text.NOT_ESTIMABLE) -> str:
    """An estimate with its limits from a row of a comparison, or that there is none."""
    return text.estimate(row.estimate, row.lower, row.upper, digits=digits, missing=missing)


def counted(n: int, thing: str, things: str | None = None) -> str:
    """Count with its noun: ``1 patient``, ``8 patients``."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def spelled(n: int) -> str:
    """Small whole numbers as words at the start of a sentence."""
    return _SMALL[n].capitalize() if n < len(_SMALL) else f"{n:,}"


def lowered(words: str) -> str:
    """Words inside a sentence: the first letter small, but for an abbreviation."""
    return words if words[1:2].isupper() else f"{words[:1].lower()}{words[1:]}"


def becomes(first: str, second: str) -> str:
    """What another choice makes of a number: ``8 of 33 becomes 9 of 33``, ``stays 8 of 33``."""
    return f"stays {first}" if first == second else f"{first} becomes {second}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Join words with commas and a last conjunction."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def some(words: Sequence[str], limit: int = FEW_LISTED) -> str:
    """List of at most `limit` entries, with the number that is left out."""
    if len(words) <= limit:
        return listed(words)
    return f"{', '.join(words[:limit])} and {len(words) - limit:,} more"


def citation(source: str) -> str:
    """Source of a criterion as a paragraph cites it: without the tags on how well its text is known."""
    return plain(re.sub(r" ?\[[^\]]*\]", "", source))


def slug(words: str) -> str:
    """Part of an id: ``CR + PR`` becomes ``cr_pr``."""
    return words.lower().replace(" + ", "_").replace(" ", "_")


def plain(text: object) -> str:
    """Text from data, with nothing in it that Markdown would act on."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def span(values: Sequence[float], digits: int = 0) -> str:
    """Smallest to largest: ``6 to 30``; a single value alone."""
    low, high = (f"{pick(values):.{digits}f}" for pick in (min, max))
    return low if low == high else f"{low} to {high}"


_SECTION: Final = re.compile(r"^# (\w+)\n", re.MULTILINE)
_HEAD: Final = re.compile(r"^(frames|title|caption|note): (.*(?:\n .*)*)\n?", re.MULTILINE)
_KEPT: Final = re.compile(r"^@ (.+?): (.+) = (.+?)(?: of (.+))?$", re.MULTILINE)
_ROW: Final = re.compile(r"^\| (.+) \|$", re.MULTILINE)
_CELL: Final = re.compile(r"(?:{{.*?}}|{%.*?%}|[^|])+")
_WRAPPED: Final = re.compile(r"(?<=\S)[ \t]*\n[ \t]*(?=[^\s>|-]|-\w|>=)")


@cache
def sections(name: str) -> dict[str, tuple[dict[str, str], str]]:
    """Sections of ``<name>.md`` beside this file: name to (heads, text), each a template."""
    source = Path(__file__).with_name(f"{name}.md").read_text(encoding="utf-8")
    _, *parts = _SECTION.split(source)
    found = {}
    for section, body in zip(parts[::2], parts[1::2], strict=True):
        head, _, said = body.partition("\n\n") if _HEAD.match(body) else ("", "", body)
        heads = {match[1]: match[2] for match in _HEAD.finditer(head + "\n")}
        found[section] = (heads, said)
    return found


class Words:
    """The words of one page.

    Parameters
    ----------
    template : str
        Name of the Markdown file, such as ``02_response``.
    study : Study
        What every template may name: ``{{ study.n }}``.
    questions : module
        Where ``tell_<section>(study, *frames)`` stands: the values that a section names, by name.
    """

    def __init__(self, template: str, study: Study, questions: ModuleType) -> None:
        self.template, self.study, self.questions = template, study, questions
        self._jinja = jinja2.Environment(
            loader=jinja2.FunctionLoader(lambda section: _calling(sections(template)[section][1])),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_formatted,
        )
        level = text.level(study.confidence)
        self._jinja.globals |= CONSTANTS | {"study": study, "level": level, "exact": f"exact {level}"}
        self._jinja.globals |= {"comma": _comma, "names": names}
        self._jinja.filters |= _filters(study.confidence)

    def __call__(self, section: str, *frames: Any, **values: Any) -> Reading:
        """Fill a section.

        Parameters
        ----------
        section : str
            Its name in the file; also the name of the figure's files or of the table.
        *frames
            Handed to ``tell_<section>``; the template names them as its ``frames:`` says, else the first
            ``frame``.
        **values
            What the template may name besides.
        """
        if self.study.show.ended:
            return Reading(section)
        tell = getattr(self.questions, f"tell_{section}", None)
        told = tell(self.study, *frames) if tell else {}
        heads, said = sections(self.template)[section]
        kept: list[dict[str, Any]] = []
        given = dict(zip(heads.get("frames", "frame").split(", "), frames, strict=False))
        names = {"frame": None, "keep": partial(_keep, kept), **given, **told, **values}
        fill = partial(self._fill, names)
        note = fill(heads.get("note", ""))
        return Reading(
            section,
            fill(heads.get("title", "")),
            fill(heads.get("caption", "")),
            fill(_calling(said)),
            (note,) if note else (),
            results_frame(kept),
            told.get("data", {}),
        )

    def table(self, section: str, *frames: Any) -> tuple[pd.DataFrame, Reading]:
        """Fill a section that is a table: the cells of its rows, the first being the head, and its words."""
        rows: list[list[str]] = []
        reading = self(section, *frames, add=lambda *cells: rows.append([_in_lines(cell) for cell in cells]))
        head, *body = rows or [[]]
        return pd.DataFrame(body, columns=head), reading

    def _fill(self, values: dict[str, Any], template: str) -> str:
        return _in_lines(self._jinja.from_string(template).render(values))


def _in_lines(filled: str) -> str:
    """Filled words with each paragraph on one line, and no blank twice."""
    return re.sub(r" {2,}", " ", _WRAPPED.sub(" ", filled.strip()))


def _calling(said: str) -> str:
    """The same with each number's line as a call of `_keep`, and each row of a table as one of ``add``."""

    def keep(line: re.Match[str]) -> str:
        id, quantity, value, of = line.groups()
        return _call("keep", [id, quantity], f", {value}, of={of}" if of else f", {value}")

    def row(line: re.Match[str]) -> str:
        return _call("add", [cell.strip() for cell in _CELL.findall(line[1])])

    return _ROW.sub(row, _KEPT.sub(keep, said))


def _call(function: str, templates: Sequence[str], rest: str = "") -> str:
    """Call a function with templates, each filled alone."""
    names = [f"_{place}" for place in range(len(templates))]
    filled = [f"{{% set {name} %}}{one}{{% endset %}}" for name, one in zip(names, templates, strict=True)]
    return f"{''.join(filled)}{{% set _ = {function}({', '.join(names)}{rest}) %}}"


def _keep(
    kept: list[dict[str, Any]],
    id: str,
    quantity: str,
    value: float,
    *counts: int,
    of: int | None = None,
    limits: Any = None,
    **words: Any,
) -> None:
    """Keep a number, as `amyloid.show.page.result`; a count with its percentage; a number with its limits."""
    if of is not None:
        kept += _counted(id, quantity, int(value), of)
        return
    kept.append(result(id, quantity, value, *counts, **words))
    for edge in ("lower", "upper") if limits is not None else ():
        months, unit = ", months" if words["unit"] == "months" else "", words["unit"]
        kept.append(result(f"{id}.{edge}", f"its {edge} limit{months}", getattr(limits, edge), unit=unit))


def _formatted(value: object) -> object:
    """How a number reads where no filter says more: ``1,234``, ``0.5``, ``not estimable``."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return f"{int(value):,}"
    if isinstance(value, Real) and not isinstance(value, bool):
        return text.NOT_ESTIMABLE if math.isnan(value) else f"{float(value):g}"
    return value


def share(row: Any, confidence: float | None = None) -> str:
    """``8 of 33 (24%)`` from a row with ``count, n``; with limits from ``lower, upper`` too."""
    if not row.n:
        return f"{text.NOT_ESTIMABLE} (nobody can be judged)"
    said = text.count(int(row.count), int(row.n))
    if confidence is None:
        return said
    return f"{said[:-1]}, {percent_limits(row.lower, row.upper, confidence)})"


def _comma(loop: Any) -> str:
    """What stands behind an entry of a list: a comma, the last conjunction, nothing."""
    return "" if loop.last else " and " if loop.revindex == 2 else ", "


def tallied(counts: pd.Series) -> list[str]:
    """Each of what was counted with its count: ``infection in 3``."""
    return [f"{plain(what)} in {n:,}" for what, n in counts.items()]


_BY_NAME: Final = (
    *(slug, spelled, becomes, lowered, some, span, tallied, plain, label, share, estimated, p_value),
    *(text.number, text.percent, text.months),
)
"""Filters that templates call as Python does."""


def _filters(confidence: float) -> dict[str, Any]:
    return {one.__name__: one for one in _BY_NAME} | {
        "count": counted,
        "rows": lambda frame: list(frame.itertuples()),
        "row": lambda frame: next(frame.itertuples(), None),
        "form": lambda n, one, many: one if n == 1 else many,
        "listed": lambda items: listed(str(_formatted(item)) for item in items),
        "cite": citation,
        "of": text.count,
        "share_ci": partial(share, confidence=confidence),
        "share_limits": lambda row: percent_limits(row.lower, row.upper, confidence),
        "limits": lambda row, digits=1: limits(row.lower, row.upper, confidence, digits),
        "incidence": partial(incidence, confidence=confidence),
        "interval": lambda row, digits: text.interval(row.lower, row.upper, digits=digits),
        "hazard_ratio": partial(hazard_ratio, confidence=confidence),
    }
