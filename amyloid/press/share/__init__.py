"""The report that may leave: built anew from aggregates under the disclosure rules, packed, and inspected."""

import tomllib
from pathlib import Path
from typing import Any, Final

WORDS: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
"""What a shared report says by itself, from words.toml."""
