"""How much a table may hold: one cap per kind, looked at before anything expensive is done."""

from __future__ import annotations

from typing import Final

import pyarrow.compute as pc

from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Table

MAX_LINE_BYTES: Final = 1 << 20
"""Of a text file; a line of 16,384 columns with 60 letters in each fits."""

MAX_CELL_BYTES: Final = 1 << 20
MAX_COLUMNS: Final = 1 << 14
"""As many as a spreadsheet has."""


def lines_are_sound(data: bytes, file: str, findings: Findings) -> bool:
    """Whether no line of a text file is longer, nor its first ones wider, than a table's can be; said if not.

    Parameters
    ----------
    data : bytes
    file : str
    findings : Findings
    """
    first = data[:MAX_LINE_BYTES].splitlines()[:20]
    wide = max((line.count(sign) for line in first for sign in (b",", b";", b"\t")), default=0)
    if wide >= MAX_COLUMNS:
        findings.say("too-wide", file, most=MAX_COLUMNS)
        return False
    start = 0
    while len(data) - start > MAX_LINE_BYTES:
        window = start, start + MAX_LINE_BYTES + 1
        end = max(data.rfind(b"\n", *window), data.rfind(b"\r", *window))
        if end < 0:
            line = data.count(b"\n", 0, start) + 1
            findings.say("long-line", file, line=line, limit=MAX_LINE_BYTES >> 20)
            return False
        start = end + 1
    return True


def cells_are_sound(table: Table, findings: Findings) -> bool:
    """Whether no cell is longer than a text can be; said if not."""
    for column in table.all_columns:
        longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
        if longest > MAX_CELL_BYTES:
            size, limit = longest >> 20, MAX_CELL_BYTES >> 20
            findings.say("long-cell", table, column=column.header[:40], size=size, limit=limit)
            return False
    return True
