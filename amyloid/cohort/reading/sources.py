"""The tables of a cohort as they lie in a folder of files, or in one workbook."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from pathlib import Path

from amyloid.cohort.mapping import FILE_NAME, Mapping, read_mapping
from amyloid.cohort.reading.card import Card, read_card
from amyloid.cohort.reading.csvfile import read_csv_table
from amyloid.cohort.reading.encoding import kind_of_file, lines_are_sound, to_utf8
from amyloid.cohort.reading.files import ENDINGS, Fingerprint, Place, places, regular, say_strays
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.standards import read_observations
from amyloid.cohort.reading.table import Table
from amyloid.cohort.redcap import ExportFiles, find_export, read_dictionary, split_export
from amyloid.cohort.schema import TABLES

MAX_CSV_BYTES = 1 << 30
"""Larger CSV files are refused: as Parquet they are a third of the size and read in half the time."""

MAX_PARQUET_BYTES = 1 << 32
MAX_WORKBOOK_BYTES = 1 << 27


@dataclass(frozen=True)
class Sources:
    """What was read: the parts of each table, the card, a hash of the bytes, the mapping."""

    parts: dict[str, list[Table]]
    card: Card
    fingerprint: str
    mapping: Mapping


def read_folder(folder: Path, findings: Findings) -> Sources:
    """Read the tables and the card of a folder."""
    fingerprint = Fingerprint()
    entries = sorted(folder.iterdir())
    say_strays(entries, findings)
    mapping = _mapping(folder, fingerprint, findings)
    redcap = find_export(entries, mapping)
    book = _only_workbook(entries, mapping)
    if book is not None and redcap is None:
        card = _card(folder, entries, fingerprint, findings) if _cards(entries) else None
        sources = _read_workbook(book, mapping, fingerprint, findings)
        if card is None:
            return sources
        findings.problems = [problem for problem in findings.problems if problem.rule != "no-card"]
        return replace(sources, card=card)
    if redcap is not None:
        parts = _parts(_read_redcap(redcap, mapping, fingerprint, findings))
    else:
        parts = {
            name: [
                table
                for place in places(entries, name, mapping, findings)
                if (table := _read_table(place, name, mapping, fingerprint, findings)) is not None
            ]
            for name in TABLES
        }
        _offer_workbook(parts, entries, findings)
        if not any(parts.values()):
            _say_folders(entries, findings)
    card = _card(folder, entries, fingerprint, findings)
    return Sources(parts, card, fingerprint.hexdigest(), mapping)


def _cards(entries: list[Path]) -> list[Path]:
    return [entry for entry in entries if entry.name.casefold() == "cohort.toml"]


def _card(folder: Path, entries: list[Path], fingerprint: Fingerprint, findings: Findings) -> Card:
    """Read cohort.toml; without it a card that says so."""
    data = None
    for path in _cards(entries)[:1]:
        if regular(path, 1 << 20, findings):
            data = path.read_bytes()
            fingerprint.add("cohort.toml", data)
    return read_card(data, "cohort.toml", folder.resolve().name, findings)


def _parts(tables: MappingType[str, Table | None]) -> dict[str, list[Table]]:
    return {name: [table] if table is not None else [] for name, table in tables.items()}


def _only_workbook(entries: list[Path], mapping: Mapping) -> Path | None:
    """The workbook of a folder that holds nothing else to read."""
    tables = [
        entry for entry in entries if entry.suffix.casefold() in ENDINGS and not entry.name.startswith("~$")
    ]
    named = {file.partition("#")[0].casefold() for files in mapping.files.values() for file in files}
    if len(tables) != 1 or tables[0].suffix.casefold() != ".xlsx" or tables[0].stem.casefold() in TABLES:
        return None
    return None if tables[0].name.casefold() in named else tables[0]


def _say_folders(entries: list[Path], findings: Findings) -> None:
    """Say a folder in which the tables are, where there are none beside it."""
    for folder in (entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")):
        if any(file.stem.casefold() in TABLES for file in folder.iterdir()):
            findings.say("tables-in-folder", folder.name)


def _offer_workbook(parts: MappingType[str, list[Table]], entries: list[Path], findings: Findings) -> None:
    """Say that a workbook lies beside tables that are blank, as the template leaves them."""
    if any(table.n_rows for tables in parts.values() for table in tables):
        return
    for book in (
        entry for entry in entries if entry.suffix.casefold() == ".xlsx" and entry.stem not in TABLES
    ):
        if not book.name.startswith("~$"):
            findings.say("workbook-beside", book.name, book=book.name)


def read_one_file(path: Path, findings: Findings) -> Sources:
    """Read a workbook; anything else is refused."""
    fingerprint = Fingerprint()
    return _read_workbook(path, _mapping(path.parent, fingerprint, findings), fingerprint, findings)


def _read_workbook(path: Path, mapping: Mapping, fingerprint: Fingerprint, findings: Findings) -> Sources:
    from amyloid.cohort.reading.workbook import read_workbook

    if not regular(path, MAX_WORKBOOK_BYTES, findings):
        card = read_card(b"synthetic = false", path.name, path.stem, Findings())
        return Sources({name: [] for name in TABLES}, card, "", Mapping())
    tables, card = read_workbook(path, mapping, fingerprint, findings)
    if any(title.startswith("redcap_") for table in tables.values() if table for title in table.header):
        findings.problems, findings.proposed = [], {}
        findings.say("redcap-workbook", path.name)
        tables = dict.fromkeys(TABLES)
    return Sources(_parts(tables), card, fingerprint.hexdigest(), mapping)


def _mapping(folder: Path, fingerprint: Fingerprint, findings: Findings) -> Mapping:
    alike = [entry for entry in folder.iterdir() if entry.name.casefold() == FILE_NAME]
    path = next((entry for entry in alike if entry.name == FILE_NAME), *alike[:1] or [folder / FILE_NAME])
    if not path.exists() or not regular(path, 1 << 20, findings):
        return Mapping()
    data = path.read_bytes()
    fingerprint.add(FILE_NAME, data)
    return read_mapping(data, findings)


def _read_table(
    place: Place, name: str, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> Table | None:
    path = place.path
    ending = path.suffix.casefold()
    if ending == ".parquet":
        from amyloid.cohort.reading.parquet import read_parquet_table

        if not regular(path, MAX_PARQUET_BYTES, findings):
            return None
        return read_parquet_table(path, name, mapping, fingerprint, findings)
    if ending == ".xlsx":
        from amyloid.cohort.reading.workbook import read_sheet

        if not regular(path, MAX_WORKBOOK_BYTES, findings):
            return None
        return read_sheet(path, place.sheet, name, mapping, fingerprint, findings)
    if not regular(path, MAX_CSV_BYTES, findings):
        return None
    known = path.name.casefold().startswith(f"{name}.")
    text = _read_text(path, f"{name}.csv" if known else path.name, fingerprint, findings)
    if text is None:
        return None
    if ending in (".ndjson", ".json", ".jsonl"):
        if name == "labs":
            return read_observations(text, path.name, findings)
        findings.say("fhir", path.name, name=name)
        return None
    return read_csv_table(text, name, path.name, findings, mapping)


def _read_text(path: Path, fed_as: str, fingerprint: Fingerprint, findings: Findings) -> bytes | None:
    """Read a text file as UTF-8; None when it is none, which is said."""
    with path.open("rb") as file:
        kind = kind_of_file(file.read(1 << 16))
        if kind:
            findings.say("not-text/table", path.name, kind=kind[0], mend=kind[1])
            return None
        file.seek(0)
        data = file.read()
    fingerprint.add(fed_as, data)
    return to_utf8(data, path.name, findings) if lines_are_sound(data, path.name, findings) else None


def _read_redcap(
    files: ExportFiles, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> dict[str, Table | None]:
    """Read a REDCap export, with its data dictionary where there is one."""
    nothing: dict[str, Table | None] = dict.fromkeys(TABLES)
    if files.labels:
        findings.say("redcap-labels", files.export.name, line=1)
        return nothing
    texts: list[bytes | None] = []
    for path in (files.export, files.dictionary):
        if path is None:
            texts.append(None)
        elif not path.exists() or not regular(path, MAX_CSV_BYTES, findings):
            if not path.exists():
                findings.say("missing-file/redcap", path.name)
            return nothing
        else:
            texts.append(_read_text(path, path.name, fingerprint, findings))
    if texts[0] is None:
        return nothing
    dictionary = (
        read_dictionary(texts[1], files.dictionary.name, findings) if files.dictionary and texts[1] else {}
    )
    return split_export(texts[0], files.export.name, dictionary, mapping, findings)
