"""Notebook 07 over two regimens, three centers, and a cohort without two groups."""

import csv
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from notebook_cohorts import PROJECT, TWO_GROUPS
from notebook_cohorts import TWO_REGIMENS as REGIMENS

EXPECTED = PROJECT / "tests" / "cases" / "two-regimens" / "expected.csv"
END = "holds no two groups of at least 5 patients, so nothing is compared on this page."


def kept(ran) -> pd.DataFrame:
    return pd.read_csv(ran.results, index_col="id", keep_default_na=False)


def regrouped(folder: Path, names: list[str]) -> Path:
    """Copy the two regimens with other groups, one after the other."""
    shutil.copytree(REGIMENS, folder)
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    patients["group"] = [names[place % len(names)] for place in range(len(patients))]
    patients.to_csv(folder / "patients.csv", index=False)
    return folder


@pytest.mark.slow
def test_two_regimens_keep_the_numbers_of_r(run_notebook):
    ran = run_notebook(TWO_GROUPS, REGIMENS, hematologic_criteria="isa-2012", renal_criteria="palladini-2014")
    found = kept(ran)
    with EXPECTED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert float(found.at[row["id"], "value"]) == pytest.approx(float(row["value"]), rel=1e-6), row[
                "id"
            ]
    blank = found[found["value"] == ""]
    assert (blank["note"] != "").all(), blank
    text = " ".join(ran.said)
    assert "D-VCd against VCd: 49 of 59 (83%) against 39 of 61 (64%) responded" in ran.said[0]
    tests = found[(found["unit"] == "p") & (found["value"] != "")]
    assert f"This page holds **{len(tests)} tests**" in text
    assert found.at["07.tests.n", "value"] == str(len(tests))


@pytest.mark.slow
def test_three_groups_are_named_in_the_ids(run_notebook, tmp_path):
    found = kept(run_notebook(TWO_GROUPS, regrouped(tmp_path / "cohort", ["A", "B c", "Ä"])))
    for name in ("B c", "Ä"):
        for number in ("response.{}.difference", "os.{}.hazard_ratio", "os.{}.rmst.difference.upper"):
            assert f"07.{number.format(name)}" in found.index
    assert {"07.response.A.n", "07.response.fisher.p", "07.os.logrank.p"} <= set(found.index)
    assert not {"07.response.difference", "07.os.hazard_ratio", "07.os.A.hazard_ratio"} & set(found.index)


@pytest.mark.slow
def test_without_two_groups_the_page_ends_with_that_sentence(run_notebook, tmp_path):
    ran = run_notebook(TWO_GROUPS, regrouped(tmp_path / "cohort", ["A"]))
    assert ran.said[-1].endswith(f"{END}**")
    assert sum(END in text for text in ran.said) == 2  # under the title, and at the end
    assert not ran.panels
    assert kept(ran).empty


@pytest.mark.slow
def test_names_from_the_data_are_never_markup(run_notebook, tmp_path):
    ran = run_notebook(TWO_GROUPS, regrouped(tmp_path / "cohort", ["$x$ *new*", "<b>old</b>"]))
    texts = [(own["kind"], data.get("text/markdown", "")) for own, data, _ in ran.outputs]
    assert not [text for _, text in texts if re.search(r"(?<!\\)\$x|(?<!\\)<b>", text)]


@pytest.mark.slow
def test_a_name_with_a_point_stops_the_notebook(run_notebook, tmp_path):
    with pytest.raises(ValueError, match=r"'Dara s\.c\.' has a point in its name"):
        run_notebook(TWO_GROUPS, regrouped(tmp_path / "cohort", ["Dara s.c.", "VCd"]))
