"""How far a run is: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

import sys
from typing import Any, TextIO

from tqdm import tqdm


class Progress:
    """Tell the user about a run.

    Parameters
    ----------
    total : int
        How many code cells will run, or how many of another unit.
    quiet : bool
        Say nothing.
    stream : TextIO or None
        Where to; standard error when None.
    unit : str
        What is counted.
    """

    def __init__(
        self, total: int, *, quiet: bool = False, stream: TextIO | None = None, unit: str = "cells"
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._quiet = quiet
        self._bar: tqdm[Any] | None = None
        if not quiet and total and self._stream.isatty():
            form = "{l_bar}{bar}| {n_fmt}/{total_fmt} " + unit + ", {remaining} left"
            self._bar = tqdm(total=total, bar_format=form, file=self._stream, leave=False, desc="notebooks")

    def cell(self) -> None:
        """Note that one more is done."""
        if self._bar is not None:
            self._bar.update()

    def say(self, line: str) -> None:
        """Write one line, above the bar if there is one."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.write(line, file=self._stream)
        else:
            print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
