"""Names that other systems, laboratories and languages use: offered, refused as a near miss, never taken."""

from __future__ import annotations

import re
import tomllib
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from amyloid.cohort.reading.table import in_ascii
from amyloid.cohort.schema import MONTH_DAYS, TESTS


@cache
def names() -> dict[str, Any]:
    """What `names.toml` holds."""
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


@cache
def patterns(section: str) -> dict[str, re.Pattern[str]]:
    """Word of ours -> pattern of the folded names that others give it."""
    entries = names()
    for part in section.split("."):
        entries = entries.get(part, {})
    return {ours: _pattern(texts) for ours, texts in entries.items()}


def _pattern(texts: str | list[str]) -> re.Pattern[str]:
    """One pattern of a text or of several, with the parts of `names.toml` in place of their names."""
    parts = names()["parts"]
    return re.compile(re.sub(r"<(\w+)>", lambda part: _joined(parts[part.group(1)]), _joined(texts)))


def _joined(texts: str | list[str]) -> str:
    return texts if isinstance(texts, str) else "|".join(texts)


def without_unit(name: str) -> str:
    """Folded name without what stands in brackets: ``age_(years)`` is ``age``."""
    return re.sub(r"_?[(\[].*$", "", name)


def meant_by(name: str, columns: tuple[str, ...] | list[str], table: str = "") -> list[str]:
    """The columns of ours that a name may mean; in a `table` a prefix of its own may be before it."""
    plain = in_ascii(without_unit(name))
    known, prefixes = patterns("columns"), patterns("prefixes")
    found = [ours for ours in columns if ours in known and known[ours].fullmatch(plain)]
    prefix = prefixes[table].match(plain) if table in prefixes else None
    if found or prefix is None:
        return found
    rest = plain[prefix.end() :]
    return [rest] if rest in columns else meant_by(rest, columns)


def month_meant(name: str) -> str:
    """The month that the name of a visit says, such as ``month_3``, ``3_monate`` or ``week_12``.

    A number; empty where it says none.
    """
    says = patterns("visits")
    if says["start"].fullmatch(name):
        return "0"
    if found := says["months"].fullmatch(name):
        return found.group(1).replace("_", ".")
    for unit, days in (("weeks", 7), ("days", 1)):
        if found := says[unit].fullmatch(name):
            return f"{int(found.group(1) or found.group(2)) * days / MONTH_DAYS:.2f}"
    return ""


def code_meant_by(text: str, kind: str) -> str:
    """The code of ours that a word probably means; empty where it cannot be known."""
    plain = in_ascii(text) or text
    found = [ours for ours, words in patterns(f"codes.{kind}").items() if words.fullmatch(plain)]
    return found[0] if len(found) == 1 else ""


def never_meant(name: str, test: str) -> str:
    """Say why a name is not a test of ours; empty where it may be.

    Such as ``"is total protein"``.
    """
    return next((what for near, what, tests in _near_misses() if test in tests and near.fullmatch(name)), "")


@cache
def _near_misses() -> list[tuple[re.Pattern[str], str, tuple[str, ...]]]:
    """Pattern of a name, what it says, and the tests that it is not."""
    return [
        (_pattern(near["name"]), near["it"], tuple(near.get("tests", TESTS))) for near in names()["never"]
    ]


def probable_test(name: str) -> str:
    """Find the test that a name probably means; never one that it is only close to.

    Empty when there is none.
    """
    plain = re.sub(r"[(\[][^)\]]*[/%][^)\]]*[)\]]", "", name)  # a unit in brackets
    plain = re.sub(r"[()\[\],:;/']", "_", in_ascii(plain))
    plain = re.sub(r"_+", "_", plain).strip("_")
    short = re.sub(r"_(s|p|serum|plasma)$", "", plain)
    by_name = (
        test
        for test, pattern in patterns("tests").items()
        if pattern.fullmatch(plain) or pattern.fullmatch(short)
    )
    by_spelling = (test for test in TESTS if misspelt(plain, test))
    return next((test for test in (*by_name, *by_spelling) if not never_meant(plain, test)), "")


def misspelt(name: str, ours_name: str) -> bool:
    """Whether a name is one of ours with a typing error: the same words, each nearly the same."""
    if name.replace("_", "") == ours_name.replace("_", ""):
        return True
    words, ours = name.split("_"), ours_name.split("_")
    return len(words) == len(ours) and all(
        word == own or (min(len(word), len(own)) > 3 and SequenceMatcher(None, word[:60], own).ratio() > 0.8)
        for word, own in zip(words, ours, strict=True)
    )


def kind_of_identifying_column(name: str) -> str | None:
    """Say what a column of this name probably holds, when that identifies a person.

    Such as ``"a date of birth"``; None for an ordinary column.
    """
    names = {name, re.sub(r"^(pt|pat|patient|subject)_", "", name)}
    known = patterns("identifying")
    return next((kind for kind, words in known.items() if any(map(words.fullmatch, names))), None)
