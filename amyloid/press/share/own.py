"""The texts of a shared report that are the program's own: what the search need not look at."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from amyloid.press.disclosure.words import normalize
from amyloid.press.report.layout import STAMPS
from amyloid.press.share import names
from amyloid.press.share.blocks import EVERYBODY, HIDDEN, Block
from amyloid.press.share.checklist import CHECKLIST, MANIFEST, PROGRAM
from amyloid.press.share.counts import DEATH, MISSING, OTHERS, RESPONSE
from amyloid.press.share.pages import LEFT_OUT, TITLE, caption

_NUMBERS = re.compile(r"[-+]?[\d.]+\+?(?: to [-+]?[\d.]+| \([\d.]+ %\))?|(?:below|above) [\d.]+")


def own_texts(
    blocks: Sequence[Block],
    alternatives: Sequence[str],
    opening: Sequence[str],
    checklist: str,
    facts: Mapping[str, Any],
    typed: Iterable[str],
) -> frozenset[str]:
    """Return every text of a report that needs no search, normalized and whole.

    A cell of a table is one only where it is a word of the program, a typed text that was searched before,
    or holds numbers alone.
    """
    texts = [TITLE, *LEFT_OUT, *STAMPS.values(), PROGRAM, MANIFEST, CHECKLIST]
    texts += ["aggregates overview", *alternatives, *opening, *checklist.splitlines()]
    texts += [caption(number) for number in range(1, len(alternatives) + 1)]
    texts += _strings(facts)
    known = {*typed, *names.vocabulary(), HIDDEN, EVERYBODY, DEATH, MISSING, OTHERS, RESPONSE, "Total"}
    for block in blocks:
        texts += [block.caption, f"{block.caption}. {STAMPS['aggregates']}", f"Table: {block.caption}"]
        texts += [block.key, *block.header, *block.notes]
        cells = {cell for row in block.rows for cell in row}
        texts += [cell for cell in cells if _is_known(cell, known) or _NUMBERS.fullmatch(cell)]
    return frozenset(normalize(text).strip() for text in texts)


def _is_known(cell: str, known: set[str]) -> bool:
    """Whether a cell is a word of the program, or a domain with its criteria."""
    words, _, criteria = cell.partition(" (")
    return cell in known or (words in names.DOMAINS and re.fullmatch(r"[a-z0-9-]+\)", criteria) is not None)


def _strings(facts: object) -> Iterator[str]:
    if isinstance(facts, Mapping):
        for key, value in facts.items():
            yield str(key)
            yield from _strings(value)
    else:
        yield str(facts)
