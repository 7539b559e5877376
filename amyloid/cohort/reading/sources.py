"""Where the tables of a cohort lie: a folder of CSV or Parquet files, or one workbook."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, Mapping, read_mapping
from amyloid.cohort.reading.card import Card, read_card
from amyloid.cohort.reading.csvfile import read_csv_table
from amyloid.cohort.reading.encoding import kind_of_file, to_utf8
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.fingerprint import Fingerprint
from amyloid.cohort.reading.table import Table
from amyloid.cohort.redcap import ExportFiles, find_export, read_dictionary, split_export
from amyloid.cohort.schema import TABLES

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
    mapping: Mapping


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
    fingerprint = Fingerprint()
    entries = sorted(folder.iterdir())
    mapping = _mapping(folder, fingerprint, findings)
    redcap = find_export(entries, mapping)
    if redcap is not None:
        tables = _read_redcap(redcap, mapping, fingerprint, findings)
    else:
        tables = {}
        for name in TABLES:
            path = _find(entries, name, mapping, findings)
            tables[name] = (
                _read_table(path, name, mapping, fingerprint, findings) if path is not None else None
            )
    card_path = next((entry for entry in entries if entry.name.casefold() == "cohort.toml"), None)
    card_bytes = None
    if card_path is not None and _regular(card_path, 1 << 20, findings):
        card_bytes = card_path.read_bytes()
        fingerprint.add("cohort.toml", card_bytes)
    card = read_card(card_bytes, "cohort.toml", folder.resolve().name, findings)
    return Sources(tables, card, fingerprint.hexdigest(), mapping)


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
    from amyloid.cohort.reading.workbook import read_workbook

    nothing: dict[str, Table | None] = dict.fromkeys(TABLES)
    if not _regular(path, MAX_WORKBOOK_BYTES, findings):
        return Sources(
            nothing, read_card(b"synthetic = false", path.name, path.stem, Findings()), "", Mapping()
        )
    fingerprint = Fingerprint()
    mapping = _mapping(path.parent, fingerprint, findings)
    tables, card = read_workbook(path, mapping, fingerprint, findings)
    return Sources(tables, card, fingerprint.hexdigest(), mapping)


def _mapping(folder: Path, fingerprint: Fingerprint, findings: Findings) -> Mapping:
    path = folder / FILE_NAME
    if not path.exists() or not _regular(path, 1 << 20, findings):
        return Mapping()
    data = path.read_bytes()
    fingerprint.add(FILE_NAME, data)
    return read_mapping(data, findings)


def _find(entries: list[Path], name: str, mapping: Mapping, findings: Findings) -> Path | None:
    """Find the one file of a table."""
    if name in mapping.files:
        named = [entry for entry in entries if entry.name == mapping.files[name]]
        if not named:
            findings.file(
                "missing-file", mapping.files[name], f"is missing; {FILE_NAME} names it for {name}."
            )
        return named[0] if named else None
    wanted = {name + ending for ending in ENDINGS}
    found = [entry for entry in entries if entry.name.casefold() in wanted]
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        findings.file(
            "two-files",
            f"{name}.csv",
            f"is there more than once ({names}); which one counts?",
            "Keep one of them.",
        )
        return None
    if not found:
        near = _near_file(entries, name)
        if near:
            findings.propose("files", name, near)
        mend = "The folder needs patients.csv, labs.csv, treatments.csv and events.csv."
        if near:
            mend = f"Is it {shown(near)}? Rename it to {name}.csv, or name it in {FILE_NAME}."
        elif any(entry.name.startswith("part-") for entry in entries):
            mend = "This is a cohort in parts: give one of them here; `amyloid adjudicate` takes them all."
        findings.file("missing-file", f"{name}.csv", "is missing.", mend)
        return None
    return found[0]


def _near_file(entries: list[Path], name: str) -> str:
    """Name of a file that may be this table under another name; empty when there is none."""
    taken = {table + ending for table in TABLES for ending in ENDINGS}
    others = [
        entry.name
        for entry in entries
        if entry.suffix.casefold() in (*ENDINGS, ".txt", ".tsv", ".gz") and entry.name.casefold() not in taken
    ]
    return next((other for other in others if nearest(other, (f"{name}.csv",))), "")


def _read_table(
    path: Path, name: str, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> Table | None:
    if path.suffix.casefold() == ".parquet":
        from amyloid.cohort.reading.parquet import read_parquet_table

        if not _regular(path, MAX_PARQUET_BYTES, findings):
            return None
        return read_parquet_table(path, name, mapping, fingerprint, findings)
    if not _regular(path, MAX_CSV_BYTES, findings):
        return None
    text = _read_text(path, f"{name}.csv", fingerprint, findings)
    return read_csv_table(text, name, path.name, findings, mapping) if text is not None else None


def _read_text(path: Path, fed_as: str, fingerprint: Fingerprint, findings: Findings) -> bytes | None:
    """Read a text file as UTF-8; None when it is none, which is said."""
    with path.open("rb") as file:
        kind = kind_of_file(file.read(1 << 16))
        if kind:
            findings.file("not-text", path.name, f"is {kind[0]}, not a CSV file.", kind[1])
            return None
        file.seek(0)
        data = file.read()
    fingerprint.add(fed_as, data)
    return to_utf8(data, path.name, findings)


def _read_redcap(
    files: ExportFiles, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> dict[str, Table | None]:
    """Read a REDCap export, with its data dictionary where there is one."""
    nothing: dict[str, Table | None] = dict.fromkeys(TABLES)
    texts: list[bytes | None] = []
    for path in (files.export, files.dictionary):
        if path is None:
            texts.append(None)
        elif not path.exists() or not _regular(path, MAX_CSV_BYTES, findings):
            if not path.exists():
                findings.file("missing-file", path.name, f"is missing; {FILE_NAME} names it in [redcap].")
            return nothing
        else:
            texts.append(_read_text(path, path.name, fingerprint, findings))
    if texts[0] is None:
        return nothing
    dictionary = (
        read_dictionary(texts[1], files.dictionary.name, findings) if files.dictionary and texts[1] else {}
    )
    return split_export(texts[0], files.export.name, dictionary, mapping, findings)


def _regular(path: Path, limit: int, findings: Findings) -> bool:
    """Whether a path is a regular file of a size that can be read; said when it is not."""
    try:
        state = path.stat()
    except OSError as fault:
        findings.file(
            "unreadable", path.name, f"cannot be opened: {fault.strerror}.", "Check the link and the rights."
        )
        return False
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "no regular file (a pipe or device)"
        findings.file("not-a-file", path.name, f"is {kind}.", "A file is expected here.")
        return False
    if state.st_size >= limit:
        findings.file(
            "too-large",
            path.name,
            f"is too large: {state.st_size / 2**20:.0f} MB, the limit is {limit / 2**20:.0f} MB.",
            "Check that it is the right file; write large tables as Parquet.",
        )
        return False
    return True
