"""Where the tables of a cohort lie: a folder of CSV or Parquet files, or one workbook."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from amyloid.reading.card import Card, read_card
from amyloid.reading.csvfile import read_csv_table
from amyloid.reading.encoding import kind_of_file, to_utf8
from amyloid.reading.findings import Findings, nearest
from amyloid.reading.table import Table
from amyloid.schema import TABLES

MAX_CSV_BYTES = 1 << 30
"""Larger CSV files are refused: as Parquet they are a third of the size and read in half the time."""

MAX_PARQUET_BYTES = 1 << 32
MAX_WORKBOOK_BYTES = 1 << 27

ENDINGS = (".csv", ".parquet")


@dataclass(frozen=True)
class Sources:
    """What was read: the four tables (None where one cannot be used), the card, a hash of the bytes."""

    tables: dict[str, Table | None]
    card: Card
    fingerprint: str


def read_folder(folder: Path, findings: Findings) -> Sources:
    """Read the tables and the card of a folder.

    Parameters
    ----------
    folder : pathlib.Path
    findings : Findings

    Returns
    -------
    Sources
    """
    digest = hashlib.sha256()
    entries = sorted(folder.iterdir())
    tables: dict[str, Table | None] = {}
    for name in TABLES:
        path = _find(entries, name, findings)
        tables[name] = _read_table(path, name, digest, findings) if path is not None else None
    card_path = next((entry for entry in entries if entry.name.casefold() == "cohort.toml"), None)
    card_bytes = None
    if card_path is not None and _regular(card_path, 1 << 20, findings):
        card_bytes = card_path.read_bytes()
        _feed(digest, "cohort.toml", card_bytes)
    card = read_card(card_bytes, "cohort.toml", folder.resolve().name, findings)
    return Sources(tables, card, digest.hexdigest())


def read_one_file(path: Path, findings: Findings) -> Sources:
    """Read a workbook; anything else is refused.

    Parameters
    ----------
    path : pathlib.Path
    findings : Findings

    Returns
    -------
    Sources
    """
    from amyloid.reading.workbook import read_workbook

    nothing: dict[str, Table | None] = dict.fromkeys(TABLES)
    if not _regular(path, MAX_WORKBOOK_BYTES, findings):
        return Sources(nothing, read_card(b"synthetic = false", path.name, path.stem, Findings()), "")
    tables, card, fingerprint = read_workbook(path, findings)
    return Sources(tables, card, fingerprint)


def _find(entries: list[Path], name: str, findings: Findings) -> Path | None:
    """Find the one file of a table."""
    wanted = {name + ending for ending in ENDINGS}
    found = [entry for entry in entries if entry.name.casefold() in wanted]
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        findings.file("two-files", f"{name}.csv", f"is there more than once ({names}); which one counts?", "Keep one of them.")
        return None
    if not found:
        others = [entry.name for entry in entries if entry.suffix.casefold() in (*ENDINGS, ".txt", ".tsv", ".gz")]
        hint = nearest(f"{name}.csv", tuple(other.casefold() for other in others))
        hint = hint.replace("Did you mean", "Is it").replace("'?", f"'? Rename it to {name}.csv.") if hint else (
            "The folder needs patients.csv, labs.csv, treatments.csv and events.csv.")  # fmt: skip
        findings.file("missing-file", f"{name}.csv", "is missing.", hint)
        return None
    return found[0]


def _read_table(path: Path, name: str, digest: hashlib._Hash, findings: Findings) -> Table | None:
    if path.suffix.casefold() == ".parquet":
        from amyloid.reading.parquet import read_parquet_table

        if not _regular(path, MAX_PARQUET_BYTES, findings):
            return None
        return read_parquet_table(path, name, digest, findings)
    if not _regular(path, MAX_CSV_BYTES, findings):
        return None
    with path.open("rb") as file:
        head = file.read(1 << 16)
        kind = kind_of_file(head)
        if kind:
            findings.file("not-text", path.name, f"is {kind[0]}, not a CSV file.", kind[1])
            return None
        data = head + file.read()
    _feed(digest, f"{name}.csv", data)
    text = to_utf8(data, path.name, findings)
    return read_csv_table(text, name, path.name, findings) if text is not None else None


def _regular(path: Path, limit: int, findings: Findings) -> bool:
    """Whether a path is a regular file of a size that can be read; said when it is not."""
    try:
        state = path.stat()
    except OSError as fault:
        findings.file("unreadable", path.name, f"cannot be opened: {fault.strerror}.", "Check the link and the rights.")
        return False
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "no regular file (a pipe or device)"
        findings.file("not-a-file", path.name, f"is {kind}.", "A file is expected here.")
        return False
    if state.st_size >= limit:
        findings.file("too-large", path.name, f"is too large: {state.st_size / 2**20:.0f} MB, the limit is {limit / 2**20:.0f} MB.",
                      "Check that it is the right file; write large tables as Parquet.")  # fmt: skip
        return False
    return True


def _feed(digest: hashlib._Hash, name: str, data: bytes) -> None:
    digest.update(f"{name}\0{len(data)}\0".encode())
    digest.update(data)
