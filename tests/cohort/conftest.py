"""A small valid cohort that tests change: the base of the bad-input cases."""

import csv
import shutil
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent / "bad_inputs" / "base"
BASE_DATES = BASE.with_name("base-dates")


class Folder:
    """A copy of a cohort that a test may change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, table: str) -> list[list[str]]:
        with open(self.path / f"{table}.csv", newline="", encoding="utf-8") as file:
            return list(csv.reader(file))

    def write(self, table: str, rows: list[list[str]], delimiter: str = ",") -> None:
        with open(self.path / f"{table}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)

    def set(self, table: str, line: int, column: str, value: str) -> None:
        rows = self.read(table)
        rows[line - 1][rows[0].index(column)] = value
        self.write(table, rows)

    def append(self, table: str, **cells: str) -> None:
        rows = self.read(table)
        rows.append([cells.get(column, "") for column in rows[0]])
        self.write(table, rows)

    def change(self, table: str, column: str, function) -> None:
        rows = self.read(table)
        index = rows[0].index(column)
        for row in rows[1:]:
            row[index] = function(dict(zip(rows[0], row, strict=True)))
        self.write(table, rows)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(BASE, tmp_path / "cohort")
    return Folder(tmp_path / "cohort")


@pytest.fixture
def dated(tmp_path):
    shutil.copytree(BASE_DATES, tmp_path / "dated")
    return Folder(tmp_path / "dated")
