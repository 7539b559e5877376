"""Replace patient ids by study numbers; the key stays with the user."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from amyloid.cohort.delivery import delivered, delivered_file
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading.assemble import load, parse
from amyloid.cohort.reading.card import card_text
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import known_texts
from amyloid.cohort.reading.table import Table


def pseudonymise(cohort: Path, folder: Path) -> Path:
    """Write a copy of a cohort with study numbers in place of patient ids and without unknown columns.

    Dates and free text stay as typed; free text that looks like an identifier is refused.

    Parameters
    ----------
    cohort : pathlib.Path
        Folder or workbook.
    folder : pathlib.Path
        New folder for the copy.

    Returns
    -------
    pathlib.Path
        The key (patient_id, study number), beside the folder and readable by the user alone.

    Raises
    ------
    FileExistsError
        When the folder or the key is there already.
    amyloid.cohort.errors.CohortError
        When the cohort has other problems than identifiers.
    """
    key = folder.with_name(f"{folder.name}-key.csv")
    for path in (folder, key):
        if path.exists():
            raise FileExistsError(17, "there already", str(path))
    findings = Findings()
    loaded = load(cohort, findings, ages=True)
    parse(loaded, findings)
    others = [problem for problem in findings.problems if not _is_mended(problem.rule)]
    if any(problem.severity == "error" for problem in others):
        raise CohortError(others)
    patients = loaded.tables["patients"]
    assert patients is not None  # otherwise there is an error among the others
    ids = patients.columns["patient_id"]
    numbers: dict[str, str] = {}
    width = max(3, len(str(patients.n_rows)))
    for code in ids.codes:
        numbers.setdefault(ids.texts[code], f"S{len(numbers) + 1:0{width}d}")
    with delivered(folder) as aside, delivered_file(key) as hidden_key:
        for name, table in loaded.tables.items():
            assert table is not None
            _write_table(aside / f"{name}.csv", table, numbers)
        (aside / "cohort.toml").write_text(card_text(loaded.sources.card), encoding="utf-8")
        _write_key(hidden_key, numbers)
    return key


def _is_mended(rule: str) -> bool:
    """Whether leaving out unknown columns and replacing ids mends a problem."""
    return rule in ("identifying-column", "identifier-id")


def _write_table(path: Path, table: Table, numbers: Mapping[str, str]) -> None:
    """Write the known columns as typed, with study numbers and decimal points."""
    texts = known_texts(table)
    texts["patient_id"] = [numbers.get(text, "") for text in texts["patient_id"]]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(texts)
        codes = [(words, table.columns[name].codes) for name, words in texts.items()]
        writer.writerows([words[number[row]] for words, number in codes] for row in range(table.n_rows))


def _write_key(path: Path, numbers: Mapping[str, str]) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="", encoding="utf-8"
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["patient_id", "study_number"])
        writer.writerows(numbers.items())
