"""What the checks say, as data: `rules.toml` has the message, the mend and the severity of a rule."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def rules() -> dict[str, dict[str, Any]]:
    """Every rule: `says`, and where they are there `mend`, `warning` and `quote`."""
    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))


def filled(text: str, words: Mapping[str, Any]) -> str | Callable[[int], str]:
    """Fill a rule's text with its words; for each row where a word in it is one of the row.

    Parameters
    ----------
    text : str
        With names in braces.
    words : mapping
        Name -> a word, or a callable of a row number.

    Returns
    -------
    str or callable of a row number
    """
    if not any(callable(word) and f"{{{name}" in text for name, word in words.items()):
        return text.format(**words)
    return lambda row: text.format(
        **{name: word(row) if callable(word) else word for name, word in words.items()}
    )
