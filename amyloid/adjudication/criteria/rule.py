"""The form of a published criterion: words, threshold, unit, source side by side; what it asks, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence


Judge = Callable[["Evidence"], "Truth"]


_PROPER: Final = {word.casefold(): word for word in (
    "ANDROMEDA", "BNP", "Boston", "European", "Gertz", "ISA", "MRD", "Mayo", "Palladini", "Pavia", "UACR",
    "UPCR", "dFLC",
)}  # fmt: skip
"""Words of a key that are names."""


@dataclass(frozen=True)
class Rule:
    """One way to reach one category.

    Attributes
    ----------
    category : str
        The category it gives.
    words : str
        The published rule, restated, with its unit.
    holds : callable
        Evidence to truth, one answer per row.
    applies : callable, optional
        Whether the patient's baseline opens this way at all. A baseline that was not measured does not.
    sees : tuple of str
        Tests of which one must be there before a visit counts as judged by this rule.
    shows : tuple of str
        What the reason prints, by the names of `amyloid.adjudication.response.wording`.
    limit : str
        The threshold as the reason prints it.
    unscorable : str
        Why a visit with the test may still stay undecided.
    undecided_lowers : bool
        A visit where this cannot be decided falls to the next category, and the reason says so.
    within : callable, optional
        Rows in which the rule is asked at all, such as those after a complete response.
    seen_is_judged : bool
        A row within, with one of the tests, counts as judged even where the answer stays open.
    optional : bool
        Not needed for `Criteria.otherwise` where another way was judged.
    blocks : callable, optional
        A row where this may hold keeps `Criteria.otherwise` from being said: a rise that cannot be scored.
    """

    category: str
    words: str
    holds: Judge
    applies: Judge | None = None
    sees: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    limit: str = ""
    unscorable: str = ""
    undecided_lowers: bool = False
    within: Judge | None = None
    seen_is_judged: bool = False
    optional: bool = False
    blocks: Judge | None = None


@dataclass(frozen=True)
class Closure:
    """Patients whom a criterion cannot judge, with the words for it."""

    words: str
    holds: Judge
    code: str = "closed"


@dataclass(frozen=True)
class Criteria:
    """One version of one criterion.

    Attributes
    ----------
    domain, key : str
        What is judged, and the name of this version.
    source : str
        Citation; in square brackets how well its text is known (R read, S secondary, M memory, C our choice).
    rules : tuple of Rule
        Best first. The first rule that surely holds gives the category of a visit.
    otherwise : str
        The category when no rule holds; ``NE`` where every category has a rule of its own.
    otherwise_needs : {"all", "any"}
        Which of the ways open to a patient must have been judged before `otherwise` is said.
    evaluable : str
        What the baseline needs before a patient can be judged.
    closed : tuple of Closure
        Patients who cannot be judged whatever the values.
    when : {"follow-up", "baseline"}
        Judged at every visit, or once before treatment.
    own_line_only : bool
        Visits after the next line of therapy do not count.
    called : str
        Name for a reader, where `name` cannot be made from the key.
    visits : tuple of str
        A day with an own value of one of these is a visit; without any named, every day is.
    """

    domain: str
    key: str
    source: str
    rules: tuple[Rule, ...]
    otherwise: str
    evaluable: str
    otherwise_needs: Literal["all", "any"] = "all"
    closed: tuple[Closure, ...] = ()
    when: Literal["follow-up", "baseline"] = "follow-up"
    own_line_only: bool = True
    visits: tuple[str, ...] = ()
    called: str = ""

    @property
    def name(self) -> str:
        """The version as a reader knows it: ``ISA 2012`` for ``isa-2012``, unless `called` otherwise."""
        return self.called or " ".join(_PROPER.get(word, word) for word in self.key.split("-"))

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category of this version, best first, without ``NE``."""
        names = [rule.category for rule in self.rules] + [self.otherwise]
        return tuple(name for name in dict.fromkeys(names) if name != "NE")

    @property
    def ways(self) -> list[bool]:
        """Which rules can lead to `otherwise`: not one that only lowers, nor an event without a test."""
        any_needed = self.otherwise_needs == "any"
        return [not rule.undecided_lowers and bool(rule.sees or not any_needed) for rule in self.rules]


def progression(
    domain: str,
    key: str,
    source: str,
    evaluable: str,
    *rules: Rule,
    closed: tuple[Closure, ...] = (),
    visits: tuple[str, ...] = (),
) -> Criteria:
    """Return criteria of progression: one way that was judged is enough, and they go on after the line."""
    return Criteria(
        domain, key, source, rules, "none", evaluable, "any", closed, own_line_only=False, visits=visits
    )


def before_treatment(
    domain: str, key: str, source: str, evaluable: str, shows: tuple[str, ...], *steps: tuple[str, str, Judge]
) -> Criteria:
    """Return criteria judged once, before treatment: category, words and rule of each step."""
    rules = tuple(Rule(*step, shows=shows) for step in steps)
    return Criteria(domain, key, source, rules, "NE", evaluable, when="baseline")


OTHER_DAYS: Final = frozenset({"had", "lowest_since"})
"""Steps whose insides speak of earlier days."""


class Node:
    """One step: an operator or a name of the evidence, and what it is applied to."""

    def __init__(self, op: str, *args: Any) -> None:
        self.op, self.args = op, args

    def __getattr__(self, name: str) -> Node:
        if name.startswith("__"):
            raise AttributeError(name)
        return Node(name, self)

    def __call__(self, *args: Any, **options: Any) -> Node:
        """Record what the step is asked with; a rule among it is traced too."""
        steps = [traced(arg) if callable(arg) and not isinstance(arg, Node) else arg for arg in args]
        return Node(self.op, *self.args, *steps, *options.items())

    def __getitem__(self, item: int | str) -> Node:
        return Node(item if isinstance(item, str) else ("lower", "upper")[item], self)

    def __and__(self, other: Node) -> Node:
        return Node("and", self, other)

    def __or__(self, other: Node) -> Node:
        return Node("or", self, other)

    def __invert__(self) -> Node:
        return Node("not", self)

    def __sub__(self, other: Node) -> Node:
        return Node("-", self, other)

    def __mul__(self, other: Any) -> Node:
        return Node("*", self, other)

    __rmul__ = __mul__

    def __gt__(self, other: Any) -> Node:
        return Node(">", self, other)

    def __ge__(self, other: Any) -> Node:
        return Node(">=", self, other)

    def __lt__(self, other: Any) -> Node:
        return Node("<", self, other)

    def __le__(self, other: Any) -> Node:
        return Node("<=", self, other)

    def data(self) -> Any:
        """The step and everything below it as lists, texts and numbers."""
        if not self.args:
            return self.op
        return [self.op, *(_plain(arg) for arg in self.args)]

    def nodes(self) -> Iterator[Node]:
        """Yield this step and every one below it that looks at the same day."""
        yield self
        for arg in self.args if self.op not in OTHER_DAYS else ():
            if isinstance(arg, Node):
                yield from arg.nodes()


def _plain(arg: Any) -> Any:
    """A step as data; an option as its name and value."""
    if isinstance(arg, Node):
        return arg.data()
    return list(arg) if isinstance(arg, tuple) else arg


class Sketch:
    """Stands in for the evidence: every name gives a step instead of an answer."""

    def __getattr__(self, name: str) -> Node:
        if name.startswith("__"):
            raise AttributeError(name)
        return Node(name)


def traced(judge: Callable[..., Any]) -> Node:
    """Return the expression of a rule.

    Parameters
    ----------
    judge : callable
        Evidence to truth, such as ``rule.holds``.

    Returns
    -------
    Node
        Its ``data()`` is plain lists: ``["<", ["dflc", "now"], 40]``.
    """
    found: Node = judge(Sketch())
    return found


@cache
def asks_of(judge: Callable[..., Any], *measures: str) -> tuple[str, ...]:
    """Names of the quantities that a rule asks of one of the measures, such as ``base``."""
    names = (
        node.op
        for node in traced(judge).nodes()
        if len(node.args) == 1 and isinstance(node.args[0], Node) and node.args[0].op in measures
    )
    return tuple(dict.fromkeys(names))


def rests_on(judge: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the quantities of a rule that may come from a sample of another day."""
    return asks_of(judge, "now", "fall", "rise")
