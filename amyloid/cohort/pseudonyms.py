"""Replace patient ids by study numbers; the key stays with the user."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from amyloid.cohort.delivery import delivered, delivered_file, write_csv
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading.assemble import load, parse
from amyloid.cohort.reading.card import card_text
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import known_texts
from amyloid.cohort.reading.table import Table

_MENDED: Final = ("identifying-column", "identifier-id")
"""Rules whose problems are gone where unknown columns are left out and ids are replaced."""


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
    others = [problem for problem in findings.problems if problem.rule not in _MENDED]
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
        (aside / "cohort.toml").write_text(card_text(loaded.card), encoding="utf-8")
        hidden_key.touch(0o600, exist_ok=False)
        write_csv(hidden_key, [("patient_id", "study_number"), *numbers.items()])
    return key


def _write_table(path: Path, table: Table, numbers: Mapping[str, str]) -> None:
    """Write the known columns as typed, with study numbers and decimal points."""
    texts = known_texts(table)
    texts["patient_id"] = [numbers.get(text, "") for text in texts["patient_id"]]
    codes = [(words, table.columns[name].codes) for name, words in texts.items()]
    rows = ([words[of[row]] for words, of in codes] for row in range(table.n_rows))
    write_csv(path, chain([list(texts)], rows))
