"""A column that the schema does not know stays with the patients where it may name groups."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from amyloid.cohort import read_cohort

REGIMENS = Path(__file__).parents[2] / "data" / "two-regimens"


@pytest.fixture
def with_column(tmp_path):
    def read(header: str, texts: list[str]) -> pd.DataFrame:
        folder = shutil.copytree(REGIMENS, tmp_path / "cohort")
        lines = (folder / "patients.csv").read_text(encoding="utf-8").splitlines()
        cells = [header, *(texts[place % len(texts)] for place in range(len(lines) - 1))]
        joined = [f"{line},{cell}" for line, cell in zip(lines, cells, strict=True)]
        (folder / "patients.csv").write_text("\n".join(joined) + "\n", encoding="utf-8")
        return read_cohort(folder).patients

    return read


def test_names_stay_as_typed_and_blanks_are_missing(with_column):
    centre = with_column("Study Centre", ["Pavia", " Mayo ", ""])["study_centre"]
    assert centre.value_counts().to_dict() == {"Mayo": 40, "Pavia": 40}
    assert centre.isna().sum() == 40


@pytest.mark.parametrize(("texts", "kept"), [(12, True), (13, False)])
def test_a_column_of_more_than_twelve_texts_names_no_groups(with_column, texts, kept):
    assert ("centre" in with_column("centre", [f"c{number}" for number in range(texts)])) == kept


def test_a_column_with_somebody_in_it_is_left_behind(with_column):
    assert "doctor" not in with_column("doctor", ["j.smith@clinic.example", "none"])
