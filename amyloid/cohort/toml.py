"""TOML read within bounds, whatever is wrong one fault in one sentence; and a mapping.toml written."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any, Final

from amyloid.cohort.errors import visible

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 16
_LONG_KEY: Final = re.compile(rb"(?:[\w\"'-]+[ \t]*\.[ \t]*){%d}" % MAX_DEPTH)


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    OSError
        It cannot be opened.
    tomllib.TOMLDecodeError
        It cannot be read, in words for the user.
    """
    if file.exists() and not file.is_file():
        raise tomllib.TOMLDecodeError("it is no regular file")
    with file.open("rb") as handle:
        return parse_toml(handle.read(MAX_BYTES + 1))


def parse_toml(data: bytes) -> dict[str, Any]:
    """Parse TOML.

    Raises
    ------
    UnicodeDecodeError
        It is not UTF-8.
    tomllib.TOMLDecodeError
        It cannot be read, in words for the user.
    """
    if len(data) > MAX_BYTES:
        raise tomllib.TOMLDecodeError(f"it is larger than {MAX_BYTES >> 20} MB")
    too_deep = tomllib.TOMLDecodeError(f"it is nested more than {MAX_DEPTH} deep")
    if _LONG_KEY.search(data):
        raise too_deep
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise too_deep from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise
    except ValueError as fault:  # a number of thousands of digits, a day that does not exist
        raise tomllib.TOMLDecodeError(f"a value cannot be read ({str(fault)[:80]})") from None
    level: list[Any] = [values]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise too_deep
    return values


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


Proposed = MappingType[str, MappingType[str, tuple[Any, str]]]
SECTIONS = (
    "redcap",
    "files",
    "header",
    "columns",
    "wide",
    "dates",
    "numbers",
    "missing",
    "tests",
    "units",
    "unit_of_test",
    "codes",
)
"""Sections of a mapping.toml in the order in which they are written."""


OPEN: Final = "# format"
"""Left side of a proposal of `[dates]` that the user has to decide: a comment; right of it all formats."""


def _with_one_format(proposed: Proposed) -> Proposed:
    """Proposals with one `[dates]` for all tables where their dates agree."""
    ours = {
        section: lines
        for section, lines in proposed.items()
        if section.startswith("dates.") and not isinstance(next(iter(lines.values()))[0], list)
    }
    proved = {lines["format"] for lines in ours.values() if "format" in lines}
    formats = {text for text, _ in proved}
    left_open = {section: lines[OPEN][0] for section, lines in ours.items() if "format" not in lines}
    others = {section: lines for section, lines in proposed.items() if section not in ours}
    if () in left_open.values():
        why = "dates of two formats: which is it in this table?"
        left_open |= {section: (lines["format"][0],) for section, lines in ours.items() if "format" in lines}
        return others | {section: {OPEN: (left_open[section], why)} for section in ours}
    if len(formats) == 1 and all(formats <= set(possible) for possible in left_open.values()):
        return others | {"dates": {"format": min(proved)}}
    if not formats and len(set(map(frozenset, left_open.values()))) == 1:
        return others | {"dates": next(iter(ours.values()))}
    return proposed


def proposal(proposed: Proposed, present: MappingType[str, Any]) -> str:
    """Write a mapping.toml of what was offered, whole: with what the user's own says already.

    Empty when there is nothing to propose.
    """
    if not proposed:
        return ""
    proposed = _with_one_format(proposed)
    whole: dict[str, dict[str, tuple[Any, str]]] = {}
    for section, left, right in _entries(present):
        new = proposed.get(section, {})
        exchanged = left in [offered for offered, _ in new.values()]
        if section.split(".")[0] in SECTIONS and not exchanged:
            whole.setdefault(section, {})[left] = (right, "")
    for section, lines in proposed.items():
        for left, (right, why) in lines.items():
            before, _ = whole.setdefault(section, {}).get(left, ([], ""))
            joined = isinstance(before, list) and isinstance(right, list)
            added = [*before, *(each for each in right if each not in before)] if joined else right
            whole[section][left] = (added, why)
    blocks = []
    for section in sorted(whole, key=lambda name: SECTIONS.index(name.split(".")[0])):
        written = [f"[{section}]"]
        for left, (right, why) in whole[section].items():
            word = left.removeprefix("# ")  # a line that the user has to complete
            if left == OPEN:
                right = next(iter(right), "")
            key = ("# " if word != left else "") + _key(word)
            written.append(f"{key} = {in_toml(right)}" + (f"  # {visible(why)}" if why else ""))
        blocks.append("\n".join(written))
    return "\n\n".join(blocks)


def _entries(present: MappingType[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Section, left and right side of every line of a mapping.toml."""
    for section, lines in present.items():
        for left, right in lines.items() if isinstance(lines, dict) else ():
            deeper = section in ("columns", "codes", "dates") or left in ("events", "organs")
            if deeper and isinstance(right, dict):
                yield from ((f"{section}.{left}", name, value) for name, value in right.items())
            else:
                yield section, left, right


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_]+", text) else in_toml(text)


def in_toml(value: Any) -> str:
    """Write a value in TOML: JSON's escapes are TOML's, and Python writes days and fractions as TOML does."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {in_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(in_toml(item) for item in value)}]"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, int)) else str(value)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in text)
