"""A mapping.toml of everything that was offered, to be pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as MappingType
from typing import Any

from amyloid.cohort.errors import visible

ORDER = (
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
"""Sections in the order in which they are written."""


def proposal(proposed: MappingType[str, MappingType[str, tuple[Any, str]]]) -> str:
    """Write a mapping.toml of what was offered.

    Parameters
    ----------
    proposed : mapping
        Section -> left side -> right side, and what is said behind it.

    Returns
    -------
    str
        Empty when there is nothing to propose.
    """
    blocks = []
    for section in sorted(proposed, key=lambda name: ORDER.index(name.split(".")[0])):
        lines = [f"[{section}]"]
        for left, (right, why) in proposed[section].items():
            word = left.removeprefix("# ")  # a line that the user has to complete
            key = ("# " if word != left else "") + _key(word)
            lines.append(f"{key} = {in_toml(right)}" + (f"  # {visible(why)}" if why else ""))
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_]+", text) else in_toml(text)


def in_toml(value: Any) -> str:
    """Write a text, number, list or table in TOML: JSON's escapes are TOML's.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {in_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(in_toml(item) for item in value)}]"
    text = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in text)
