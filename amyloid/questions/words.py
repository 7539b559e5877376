"""The engine of words: templates of a page's Markdown file, filled with what its module of questions tells.

A file is cut into sections (``# name``). A section may begin with ``title:``, ``caption:`` and ``note:``; the
rest is what is said. Places are jinja2's: ``{{ n | count("patient") }}``, ``{% if ... %}``. Nothing is
computed here, and nothing is ever read back out of a sentence.
"""

from __future__ import annotations

import math
import re
from functools import cache, partial
from numbers import Integral, Real
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import jinja2
import pandas as pd

from amyloid.adjudication.criteria import label
from amyloid.questions import phrases
from amyloid.show.page import Reading, results_frame
from amyloid.show.tables import text

if TYPE_CHECKING:
    from amyloid.questions.study import Study

_SECTION: Final = re.compile(r"^# (\w+)\n", re.MULTILINE)
_HEAD: Final = re.compile(r"^(title|caption|note): (.*(?:\n .*)*)\n?", re.MULTILINE)
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
        Where ``tell_<section>(study, *frames)`` stands: the values that a section names, by name. Under
        ``results`` it may hand over rows for results.csv (`amyloid.show.page.result`).
    """

    def __init__(self, template: str, study: Study, questions: ModuleType) -> None:
        self.template, self.study, self.questions = template, study, questions
        self._jinja = jinja2.Environment(
            loader=jinja2.FunctionLoader(lambda section: sections(template)[section][1]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_formatted,
        )
        level = text.level(study.confidence)
        self._jinja.globals |= {"study": study, "level": level, "exact": f"exact {level}", "comma": _comma}
        self._jinja.filters |= _filters(study.confidence)

    def __call__(self, section: str, *frames: Any, **values: Any) -> Reading:
        """Fill a section.

        Parameters
        ----------
        section : str
            Its name in the file; also the name of the figure's files or of the table.
        *frames
            Handed to ``tell_<section>``; without such a function the template sees the first as ``frame``.
        **values
            What the template may name besides.
        """
        if self.study.show.ended:
            return Reading(section)
        tell = getattr(self.questions, f"tell_{section}", None)
        told: dict[str, Any] = (
            dict(tell(self.study, *frames)) if tell else {"frame": frames[0] if frames else None}
        )
        results = told.get("results", ())
        heads, said = sections(self.template)[section]
        fill = partial(self._fill, told | values)
        note = fill(heads.get("note", ""))
        return Reading(
            section,
            fill(heads.get("title", "")),
            fill(heads.get("caption", "")),
            fill(said),
            (note,) if note else (),
            results if isinstance(results, pd.DataFrame) else results_frame(results),
            told.get("data", {}),
        )

    def _fill(self, values: dict[str, Any], template: str) -> str:
        filled = self._jinja.from_string(template).render(values).strip()
        return re.sub(r" {2,}", " ", _WRAPPED.sub(" ", filled))


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
    return f"{said[:-1]}, {phrases.percent_limits(row.lower, row.upper, confidence)})"


def _comma(loop: Any) -> str:
    """What stands behind an entry of a list: a comma, the last conjunction, nothing."""
    return "" if loop.last else " and " if loop.revindex == 2 else ", "


def _filters(confidence: float) -> dict[str, Any]:
    return {
        "count": phrases.counted,
        "form": lambda n, one, many: one if n == 1 else many,
        "spelled": phrases.spelled,
        "number": text.number,
        "percent": text.percent,
        "months": text.months,
        "lowered": phrases.lowered,
        "listed": lambda items: phrases.listed(str(_formatted(item)) for item in items),
        "some": phrases.some,
        "span": phrases.span,
        "plain": phrases.plain,
        "cite": phrases.citation,
        "label": label,
        "of": text.count,
        "share": share,
        "share_ci": partial(share, confidence=confidence),
        "share_limits": lambda row: phrases.percent_limits(row.lower, row.upper, confidence),
        "limits": lambda row, digits=1: phrases.limits(row.lower, row.upper, confidence, digits),
        "incidence": partial(phrases.incidence, confidence=confidence),
        "hazard_ratio": partial(phrases.hazard_ratio, confidence=confidence),
        "p_value": phrases.p_value,
    }
