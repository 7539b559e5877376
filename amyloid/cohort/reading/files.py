"""The tables of a folder or workbook: which file is which, and all of them read, with the card and a hash."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, Mapping, read_mapping
from amyloid.cohort.names import patterns
from amyloid.cohort.reading.card import Card, read_card
from amyloid.cohort.reading.csvfile import read_parquet_table, read_text_table
from amyloid.cohort.reading.findings import Findings, advice, nearest, words
from amyloid.cohort.reading.raw import Fingerprint, read_text, regular, small_file
from amyloid.cohort.reading.table import Table
from amyloid.cohort.redcap import ExportFiles, find_export, read_dictionary, split_export
from amyloid.cohort.schema import TABLES

MAX_CSV_BYTES = 1 << 30
"""Larger CSV files are refused: as Parquet they are a third of the size and read in half the time."""

MAX_BYTES: Final = {".parquet": 1 << 32, ".xlsx": 1 << 27}

ENDINGS: Final = (".csv", ".parquet", ".xlsx", ".ndjson", ".tsv")
READABLE: Final = (*ENDINGS, ".txt", ".json", ".jsonl")
OFFERED: Final = (*READABLE, ".xlsm")
ALIKE: Final = 0.75
"""How alike the name of a file has to be to a table's to be offered."""


Place = tuple[Path, str]
"""A file, and the sheet where it is a workbook (empty: the one that fits)."""


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
    return [(entry, "") for entry in found]


def _named(entries: list[Path], name: str, file: str, findings: Findings) -> Place | None:
    """The file that `[files]` names, with or without a sheet behind ``#``."""
    title, _, sheet = file.partition("#")
    for text, part in ((file, ""), (title, sheet)):
        alike = [entry for entry in entries if entry.name.casefold() == text.casefold()]
        if alike:
            return next((entry for entry in alike if entry.name == text), alike[0]), part
    near = nearest(title, [entry.name for entry in entries])
    findings.say("missing-file/named", title, name=name, mend=near)
    return None


def _say_missing(entries: list[Path], name: str, findings: Findings) -> list[str]:
    """Say a missing table; the files that are probably meant are read, so that they are checked too."""
    near = probable(entries, name)
    kind = "no_treatments" if name == "treatments" else "no_table"
    if near:
        findings.propose("files", name, near if len(near) > 1 else near[0])
        kind = "near_files" if len(near) > 1 else "near_file"
    elif any(entry.name.startswith("part-") for entry in entries):
        kind = "in_parts"
    mend = advice(kind, near=" and ".join(map(shown, near)), name=name)
    findings.say("missing-file", f"{name}.csv", mend=mend, warning=name == "treatments" and not near)
    return near


def probable(entries: list[Path], name: str) -> list[str]:
    """Names of the files that are probably a table under another name.

    Several when they differ by a number or a year, such as ``labs_2021.csv`` and ``labs_2022.csv``. A file
    that is alone, whatever its name, may hold everything: it is taken for patients.
    """
    others = [entry.name for entry in entries if _may_be_table(entry)]
    by_word = [other for other in others if name in tables_meant(other)]
    own = [other for other in by_word if tables_meant(other)[0] == name]
    series: dict[str, list[str]] = {}
    for other in own or by_word:
        series.setdefault(re.sub(r"\d+", "0", other.casefold()), []).append(other)
    if series:
        return max(series.values(), key=len)
    free = [other for other in others if not tables_meant(other)]
    alone = len(others) == 1 and not any(entry.stem.casefold() in TABLES for entry in entries)
    if name == "patients" and alone:
        return free
    return [other for other in free if nearest(other.partition(".")[0], (name,), ALIKE)][:1]


def _may_be_table(entry: Path) -> bool:
    name = entry.name.casefold()
    own = entry.stem.casefold() in TABLES and entry.suffix.casefold() in ENDINGS
    offered = entry.suffix.casefold() in OFFERED and not own
    return offered and not entry.name.startswith(("~$", ".", "part-")) and "dictionary" not in name


def tables_meant(file: str) -> list[str]:
    """Tables whose words stand in the name of a file or sheet; first those whose own name stands there."""
    words = re.split(r"[^a-z]+", file.rsplit(".", 1)[0].casefold())
    own = [name for name in TABLES if any(word in (name, name.rstrip("s")) for word in words)]
    others = [name for name, known in patterns("files").items() if any(map(known.match, words))]
    return list(dict.fromkeys(own + others))


def say_strays(entries: list[Path], findings: Findings) -> None:
    """Say files that are not read because of their kind, or their name, such as ``mapping.toml.txt``."""
    for entry in entries:
        for mend, endings in words()["unread"].items():
            if entry.suffix.casefold() in endings:
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


Parts = dict[str, list[Table]]


@dataclass(frozen=True)
class Sources:
    """What was read: the parts of each table, the card, a hash of the bytes, the mapping."""

    parts: Parts
    card: Card
    fingerprint: str
    mapping: Mapping


def read_folder(folder: Path, findings: Findings) -> Sources:
    """Read the tables and the card of a folder."""
    fingerprint = Fingerprint()
    entries = sorted(folder.iterdir())
    say_strays(entries, findings)
    mapping = _mapping(entries, fingerprint, findings)
    redcap = find_export(entries, mapping)
    cards = [entry for entry in entries if entry.name.casefold() == "cohort.toml"]
    book = None if redcap else _only_workbook(entries, mapping)
    if book is not None and not cards:
        return _read_workbook(book, mapping, fingerprint, findings)
    if redcap is not None:
        parts = _read_redcap(redcap, mapping, fingerprint, findings)
    elif book is None:
        parts = {name: _read_tables(entries, name, mapping, fingerprint, findings) for name in TABLES}
        _say_beside(parts, entries, findings)
    data = small_file(cards, "cohort.toml", fingerprint, findings)
    card = read_card(data, "cohort.toml", folder.resolve().name, findings)
    if book is not None:
        sources = _read_workbook(book, mapping, fingerprint, findings)
        findings.problems = [problem for problem in findings.problems if problem.rule != "no-card"]
        return replace(sources, card=card)
    return Sources(parts, card, fingerprint.hexdigest(), mapping)


def _mapping(entries: list[Path], fingerprint: Fingerprint, findings: Findings) -> Mapping:
    alike = [entry for entry in entries if entry.name.casefold() == FILE_NAME]
    exact = [entry for entry in alike if entry.name == FILE_NAME]
    data = small_file(exact or alike, FILE_NAME, fingerprint, findings)
    return Mapping() if data is None else read_mapping(data, findings)


def _only_workbook(entries: list[Path], mapping: Mapping) -> Path | None:
    """The workbook of a folder that holds nothing else to read."""
    tables = [
        entry for entry in entries if entry.suffix.casefold() in ENDINGS and not entry.name.startswith("~$")
    ]
    named = {file.partition("#")[0].casefold() for files in mapping.files.values() for file in files}
    alone = len(tables) == 1 and tables[0].suffix.casefold() == ".xlsx"
    free = alone and tables[0].stem.casefold() not in TABLES and tables[0].name.casefold() not in named
    return tables[0] if free else None


def _say_beside(parts: Parts, entries: list[Path], findings: Findings) -> None:
    """Say a workbook beside blank tables, as the template leaves them; a folder with tables beside none."""
    blank = not any(table.n_rows for tables in parts.values() for table in tables)
    for entry in entries if blank else ():
        is_book = entry.suffix.casefold() == ".xlsx" and not entry.name.startswith("~$")
        if is_book and entry.stem not in TABLES:
            findings.say("workbook-beside", entry.name, book=entry.name)
    for entry in entries if not any(parts.values()) else ():
        folder = entry.iterdir() if entry.is_dir() and not entry.name.startswith(".") else ()
        if any(file.stem.casefold() in TABLES for file in folder):
            findings.say("tables-in-folder", entry.name)


def read_one_file(path: Path, findings: Findings) -> Sources:
    """Read a workbook; anything else is refused."""
    fingerprint = Fingerprint()
    mapping = _mapping(sorted(path.parent.iterdir()), fingerprint, findings)
    return _read_workbook(path, mapping, fingerprint, findings)


def _read_workbook(path: Path, mapping: Mapping, fingerprint: Fingerprint, findings: Findings) -> Sources:
    if not regular(path, MAX_BYTES[".xlsx"], findings):
        return Sources({name: [] for name in TABLES}, Card(path.stem, file=path.name), "", Mapping())
    from amyloid.cohort.reading.workbook import read_workbook

    fingerprint.add_file(path)
    tables, card = read_workbook(path, mapping, findings)
    if any(title.startswith("redcap_") for table in tables.values() if table for title in table.header):
        findings.problems, findings.proposed = [], {}
        findings.say("redcap-workbook", path.name)
        tables = dict.fromkeys(TABLES)
    return Sources(_parts(tables), card, fingerprint.hexdigest(), mapping)


def _parts(tables: dict[str, Table | None]) -> Parts:
    return {name: [table] if table is not None else [] for name, table in tables.items()}


def _read_tables(
    entries: list[Path], name: str, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> list[Table]:
    """The parts of one table that can be read."""
    found: list[Table | None] = []
    for path, sheet in places(entries, name, mapping, findings):
        ending = path.suffix.casefold()
        if not regular(path, MAX_BYTES.get(ending, MAX_CSV_BYTES), findings):
            continue
        if ending in MAX_BYTES:
            fingerprint.add_file(path)
        if ending == ".parquet":
            found.append(read_parquet_table(path, name, mapping, findings))
        elif ending == ".xlsx":
            from amyloid.cohort.reading.workbook import read_sheet

            found.append(read_sheet(path, sheet, name, mapping, findings))
        else:
            found.append(read_text_table(path, name, mapping, fingerprint, findings))
    return [table for table in found if table is not None]


def _read_redcap(files: ExportFiles, mapping: Mapping, fingerprint: Fingerprint, findings: Findings) -> Parts:
    """Read a REDCap export, with its data dictionary where there is one."""
    nothing: Parts = {name: [] for name in TABLES}
    if files.labels:
        findings.say("redcap-labels", files.export.name, line=1)
        return nothing
    texts: list[bytes | None] = []
    for path in filter(None, (files.export, files.dictionary)):
        if not path.exists():
            findings.say("missing-file/redcap", path.name)
            return nothing
        if not regular(path, MAX_CSV_BYTES, findings):
            return nothing
        texts.append(read_text(path, path.name, fingerprint, findings))
    export, dictionary = (*texts, None)[:2]
    if export is None:
        return nothing
    known = (
        read_dictionary(dictionary, files.dictionary.name, findings)
        if files.dictionary and dictionary
        else {}
    )
    return _parts(split_export(export, files.export.name, known, mapping, findings))
