"""The files of a folder: which of them is which table, whether they can be read, a hash of what was read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, Mapping
from amyloid.cohort.names import patterns
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.schema import TABLES

ASKED = "AMYLOID_READINGS"
"""Names a file into which every reading of a cohort is noted: the runner holds notebooks to one state."""


def note_reading(cohort: Path, fingerprint: str) -> None:
    """Note what was read, where it is asked for."""
    if os.environ.get(ASKED):
        with open(os.environ[ASKED], "a", encoding="utf-8") as file:
            file.write(f"{fingerprint} {cohort.resolve()}\n")


class Fingerprint:
    """SHA-256 of the input files in the order in which they are given.

    One thread hashes while the tables are parsed: hashing does not hold the interpreter's lock.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._worker = ThreadPoolExecutor(1)

    def add(self, name: str, data: bytes) -> None:
        """Take in a file under a name."""
        self.update(f"{name}\0{len(data)}\0".encode())
        self.update(data)

    def add_file(self, path: Path) -> None:
        """Take in a file by its own hash, so that it is never held in memory whole."""
        with path.open("rb") as file:
            self.update(hashlib.file_digest(file, "sha256").digest())

    def update(self, data: bytes) -> None:
        """Take in bytes."""
        self._worker.submit(self._digest.update, data)

    def hexdigest(self) -> str:
        """Wait for what is under way, and give the hash, hexadecimal; nothing can be added afterwards."""
        self._worker.shutdown()
        return self._digest.hexdigest()


ENDINGS: Final = (".csv", ".parquet", ".xlsx", ".ndjson", ".tsv")
READABLE: Final = (*ENDINGS, ".txt", ".json", ".jsonl")
OFFERED: Final = (*ENDINGS, ".txt", ".json", ".jsonl", ".xlsm")
UNREAD: Final = {
    ".gz .zip .7z .tar .bz2 .xz": "Unpack it into the folder.",
    ".xls .xlsb .ods .numbers": "Save it as .xlsx, or its sheets as CSV.",
    ".sav .dta .sas7bdat .xpt .rds .rdata .mdb .accdb .sqlite": "Export its tables as CSV.",
}
"""Endings of files that may hold tables and are not read -> what to do."""


ALIKE: Final = 0.75
"""How alike the name of a file has to be to a table's to be offered."""


@dataclass(frozen=True)
class Place:
    """A file, and the sheet where it is a workbook (empty: the one that fits)."""

    path: Path
    sheet: str = ""


def places(entries: list[Path], name: str, mapping: Mapping, findings: Findings) -> list[Place]:
    """Find the files of a table.

    Empty when there is none, which has been said.
    """
    if name in mapping.files:
        return [place for file in mapping.files[name] if (place := _named(entries, name, file, findings))]
    wanted = {name + ending for ending in ENDINGS}
    found = [entry for entry in entries if entry.name.casefold() in wanted]
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        findings.say("two-files", f"{name}.csv", names=names)
        return []
    if not found and name not in mapping.wide.makes:
        near = _say_missing(entries, name, findings)
        found = [entry for entry in entries if entry.name in near and entry.suffix.casefold() in READABLE]
    return [Place(entry) for entry in found]


def _named(entries: list[Path], name: str, file: str, findings: Findings) -> Place | None:
    """The file that `[files]` names, with or without a sheet behind ``#``."""
    title, _, sheet = file.partition("#")
    for text, part in ((file, ""), (title, sheet)):
        exact = [entry for entry in entries if entry.name == text]
        alike = [entry for entry in entries if entry.name.casefold() == text.casefold()]
        if found := exact or alike:
            return Place(found[0], part)
    near = nearest(title, [entry.name for entry in entries])
    findings.say("missing-file/named", title, name=name, mend=near)
    return None


def _say_missing(entries: list[Path], name: str, findings: Findings) -> list[str]:
    """Say a missing table; the files that are probably meant are read, so that they are checked too."""
    near = probable(entries, name)
    mend = "The folder needs patients.csv, labs.csv, treatments.csv and events.csv."
    if len(near) > 1:
        findings.propose("files", name, near)
        mend = f"Is it {' and '.join(shown(file) for file in near)}? Name them in [files] of {FILE_NAME}."
    elif near:
        findings.propose("files", name, near[0])
        mend = f"Is it {shown(near[0])}? Rename it to {name}.csv, or name it in {FILE_NAME}."
    elif any(entry.name.startswith("part-") for entry in entries):
        mend = "This is a cohort in parts: give one of them here; `amyloid adjudicate` takes them all."
    elif name == "treatments":
        mend = "Lines of therapy and the doses cannot be shown; next_treatment in events still counts."
    findings.say("missing-file", f"{name}.csv", mend=mend, warning=name == "treatments" and not near)
    return near


def probable(entries: list[Path], name: str) -> list[str]:
    """Names of the files that are probably a table under another name.

    Several when they differ by a number or a year, such as ``labs_2021.csv`` and ``labs_2022.csv``.
    """
    others = [entry.name for entry in entries if _may_be_table(entry)]
    by_word = [other for other in others if name in tables_meant(other)]
    own = [other for other in by_word if tables_meant(other)[0] == name]
    series: dict[str, list[str]] = {}
    for other in own or by_word:
        series.setdefault(re.sub(r"\d+", "0", other.casefold()), []).append(other)
    if series:
        return max(series.values(), key=len)
    stems = {other: other.partition(".")[0] for other in others if not tables_meant(other)}
    return [other for other, stem in stems.items() if nearest(stem, (name,), ALIKE)][:1]


def _may_be_table(entry: Path) -> bool:
    taken = {table + ending for table in TABLES for ending in ENDINGS}
    return (
        entry.suffix.casefold() in OFFERED
        and entry.name.casefold() not in taken
        and not entry.name.startswith(("~$", ".", "part-"))
        and "dictionary" not in entry.name.casefold()
    )


def tables_meant(file: str) -> list[str]:
    """Tables whose words stand in the name of a file or sheet; first those whose own name stands there."""
    words = re.split(r"[^a-z]+", file.rsplit(".", 1)[0].casefold())
    own = [name for name in TABLES if any(word in (name, name.rstrip("s")) for word in words)]
    others = [name for name, known in patterns("files").items() if any(map(known.match, words))]
    return list(dict.fromkeys(own + others))


def say_strays(entries: list[Path], findings: Findings) -> None:
    """Say files that are not read because of their kind, or their name, such as ``mapping.toml.txt``."""
    for entry in entries:
        for endings, mend in UNREAD.items():
            if entry.suffix.casefold() in endings.split():
                findings.say("unread-file", entry.name, mend=mend)
    names = {entry.name.casefold() for entry in entries}
    stems = {entry.stem.casefold(): entry for entry in entries if entry.suffix.casefold() in READABLE}
    for table in TABLES:
        again = re.compile(rf"(copy of )?{table}[ _-]*(\(\d+\)|copy|old|new|backup|final|kopie|alt|neu)")
        for stem, entry in stems.items():
            if table in stems and again.fullmatch(stem):
                findings.say("another-version", entry.name, table=stems[table].name)
    for wanted in (FILE_NAME, "cohort.toml"):
        stem = wanted.removesuffix(".toml")
        stray = re.compile(rf"{stem}( ?\(\d+\)| - kopie| - copy|_\d+)?\.(toml(\.\w+)?|txt|tml|ini|yaml|yml)")
        for entry in entries:
            if wanted not in names and stray.fullmatch(entry.name.casefold()):
                findings.say("stray-name", entry.name, wanted=wanted)


def regular(path: Path, limit: int, findings: Findings) -> bool:
    """Whether a path is a regular file of a size that can be read; said when it is not."""
    try:
        state = path.stat()
    except OSError as fault:
        findings.say("unreadable", path.name, fault=fault.strerror)
        return False
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "no regular file (a pipe or device)"
        findings.say("not-a-file", path.name, kind=kind)
        return False
    if state.st_size >= limit:
        findings.say("too-large/file", path.name, size=state.st_size / 2**20, limit=limit / 2**20)
        return False
    return True
