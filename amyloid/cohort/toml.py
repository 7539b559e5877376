"""TOML of a bounded size and depth: whatever is wrong with a file, it is one fault in one sentence."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

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
