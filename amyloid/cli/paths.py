"""Paths as a user types them: an address or a name that no disk can hold is a fault of the call."""

import os
from pathlib import Path
from typing import Any

import click

LONGEST_NAME = 200
"""Bytes: the hidden neighbors of a name are a little longer, and 255 are a disk's limit."""


def fault_of(typed: str) -> str:
    """Say why a text can be no path on this machine; empty when it can."""
    if "://" in typed:
        return f"{typed[:80]} is an address; expected a path on this machine."
    if "\0" in typed or any(len(os.fsencode(name)) > LONGEST_NAME for name in typed.split(os.sep)):
        return f"{typed[:40]!r}... cannot be a name: it is longer than {LONGEST_NAME} bytes or holds a NUL."
    return ""


class LocalPath(click.Path):
    """click's path, on this machine only."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(path_type=Path, **settings)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what can be no path."""
        if fault := fault_of(os.fspath(value)):
            self.fail(fault, param, ctx)
        return super().convert(value, param, ctx)
