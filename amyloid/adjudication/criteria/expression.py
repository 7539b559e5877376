"""What a rule asks, as data: a rule is called with a sketch of the evidence that records every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

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
