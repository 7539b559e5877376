"""The ensemble: how it is summarized, whether the stored summary still holds, and what is said of it."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from studies import study_of

from amyloid.cli.upkeep import summarize
from amyloid.cohort import EMBEDDED_COHORT, read_cohort
from amyloid.press.runner import RunError
from amyloid.press.sweep.scenarios import EMBEDDED
from amyloid.questions import pinned
from amyloid.questions.parameters import defaults, resolved

REACH = ["lowest", "p5", "p25", "median", "p75", "p95", "highest"]


def comparison(values: dict[str, list[float | None]], unit: str = "%") -> pd.DataFrame:
    """A sweep's comparison: scenario to its value of each of as many numbers."""
    rows = [
        (scenario, f"04.{place}", "04", "a number", value, 43, unit)
        for scenario, found in values.items()
        for place, value in enumerate(found)
    ]
    columns = ["scenario", "id", "notebook", "quantity", "value", "denominator", "unit"]
    return pd.DataFrame(rows, columns=columns).astype({"value": float})


def test_a_number_that_is_the_same_in_every_cohort_is_pinned():
    seeds = {f"seed-{seed}": [24.0, 30.0 + seed, None] for seed in range(4)}
    found = pinned.summarize(comparison({EMBEDDED: [24.0, 90.0, None]} | seeds), EMBEDDED)
    assert found["pinned"].tolist() == [True, False, True]
    assert found["cohorts"].tolist() == [4, 4, 4]
    assert found["absent"].tolist() == [0, 0, 4]
    assert found.loc[1, REACH].tolist() == [30, 30, 30, 31, 32, 33, 33]  # the embedded 90 is not one of them
    assert found.loc[1, ["embedded", "width", "seed_0", "seed_2"]].tolist() == [90, 3, 30, 32]


def test_a_time_that_is_not_reached_lies_beyond_every_other():
    seeds = {f"seed-{seed}": [value] for seed, value in enumerate([30.0, None, 28.0, None])}
    times = pinned.summarize(comparison({EMBEDDED: [29.0]} | seeds, "months"), EMBEDDED)
    expected = [28, 28, 28, 30, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(times.loc[0, REACH].astype(float), expected)
    assert np.isnan(times.loc[0, "width"])
    assert not times.loc[0, "pinned"]
    ratios = pinned.summarize(comparison({EMBEDDED: [29.0]} | seeds, "ratio"), EMBEDDED)
    assert ratios.loc[0, "highest"] == 30


@pytest.mark.parametrize("scenarios", [{"seed-0": [1.0]}, {EMBEDDED: [1.0]}, {"default": [1.0], "x": [1.0]}])
def test_another_sweep_is_no_ensemble(scenarios, tmp_path):
    with pytest.raises(ValueError, match="needs the embedded cohort and at least one reconstruction"):
        pinned.summarize(comparison(scenarios), EMBEDDED)
    with pytest.raises(RunError, match=r"holds no comparison\.csv"):
        summarize(tmp_path, tmp_path / "out")


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return pinned.summary()


def test_the_stored_summary_says_what_it_was_made_with(stored):
    made = pinned.made_with()
    first, last = made["seeds"]
    assert stored["cohorts"].unique().tolist() == [last - first + 1] == [200]
    assert made["parameters"] == resolved(defaults(), read_cohort(EMBEDDED_COHORT).card)
    assert made["embedded_fingerprint"] == read_cohort(EMBEDDED_COHORT).fingerprint
    assert stored["id"].is_unique
    assert set(stored["notebook"]) == {"01", "02", "03", "04", "05", "06"}


def test_a_written_summary_is_read_as_it_was(stored, tmp_path):
    pinned.write(stored, pinned.made_with(), tmp_path)
    for file in (pinned.SUMMARY_FILE, pinned.MADE_WITH_FILE):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_the_stored_summary_is_what_the_code_gives(stored, tmp_path):
    """Seeds 0 to 2 and the embedded cohort made and read again; after a change: `make ensemble`."""
    call = [
        sys.executable,
        "-m",
        "amyloid.cli",
        "sweep",
        "--reconstructions",
        "3",
        "--numbers-only",
        "--quiet",
    ]
    subprocess.run([*call, "--out", str(tmp_path / "sweep")], check=True, cwd=tmp_path)
    fresh = pinned.summarize(pinned.read_comparison(tmp_path / "sweep" / "comparison.csv"), EMBEDDED)
    both = stored.merge(fresh, on="id", how="right", suffixes=("", "_now"), indicator=True)
    assert both.loc[both["_merge"] != "both", "id"].tolist() == []
    for column in ("embedded", "seed_0", "seed_1", "seed_2"):
        np.testing.assert_allclose(both[column], both[f"{column}_now"], rtol=1e-6, err_msg=column)
    pins = both[both["pinned"]]
    assert pins["pinned_now"].all()
    np.testing.assert_allclose(pins["lowest"], pins["lowest_now"], rtol=1e-9)
    known = both.dropna(subset=["lowest", "lowest_now"])
    assert (known["lowest_now"] >= known["lowest"] - 1e-6).all()
    above = both.dropna(subset=["highest", "highest_now"])
    assert (above["highest_now"] <= above["highest"] + 1e-6).all()


PRINTED = {
    "01.patients": 43,
    "01.evaluable": 33,
    "02.cr.n": 8,
    "02.cr_pr.n": 20,
    "01.follow_up.observed": 26.5,
    "03.cr.relapsed": 3,
    "03.cr.lasting": 5,
    "03.cr.dead": 1,
    "05.cr.outcome.1.n": 2,
}
"""From the abstract, Blood 2007;110(11):192."""


@pytest.mark.parametrize("key", PRINTED)
def test_what_the_abstract_prints_is_pinned(stored, key):
    row = stored.set_index("id").loc[key]
    assert row["pinned"]
    assert row["lowest"] == row["embedded"] == PRINTED[key]


@pytest.mark.parametrize("key", ["04.os.at.12", "04.os.median", "04.response.landmark.hr", "03.dor.median"])
def test_survival_and_duration_are_not_pinned(stored, key):
    row = stored.set_index("id").loc[key]
    assert not row["pinned"]
    assert row["lowest"] != row["median"]  # missing where more than half never reach it


def test_the_headlines_are_all_there_pinned_first(stored):
    rows = pinned.headline_rows(stored)
    assert set(rows["id"]) == set(pinned.HEADLINES)
    for _, group in rows.groupby("group"):
        assert group["pinned"].is_monotonic_decreasing
    assert rows.loc[rows["id"] == "02.cr.percent", "text"].item() == "24%"
    assert "not reached" in rows.loc[rows["id"] == "04.os.median", "text"].item()


@pytest.fixture(scope="module")
def study():
    return study_of(read_cohort(EMBEDDED_COHORT), "08_what_the_abstract_pins")


def test_the_paragraphs_print_what_the_summary_holds(stored, study):
    words = study.words(pinned)
    said = words("pins", stored).text
    assert "complete response in 24% and complete or partial response in 61% of 33 evaluable" in said
    assert "3 relapsed, 5 stayed in remission, 1 died" in said
    row = stored.set_index("id").loc["04.os.at.12"]
    alive = f"{row['lowest']:.0f} to {row['highest']:.0f}% are alive at one year"
    assert alive in words("carries", stored).text


def test_numbers_that_move_most_are_no_limits_and_no_handful(stored):
    rows = pinned.varying_rows(stored)
    assert rows.groupby("kind").size().max() == pinned.MOST
    assert not rows["quantity"].str.contains("limit|stage").any()
    assert not rows["range"].str.contains("nan").any()


def test_another_cohort_and_other_parameters_are_told(stored, study):
    made = pinned.made_with()
    assert "stored results" not in study.words(pinned)("made", made, stored).text
    other = study_of(study.cohort, "08_what_the_abstract_pins", landmark_months=3)
    said = other.words(pinned)("made", made, stored).text
    assert "another landmark\\_months: the stored results do not follow it" in said
    with pytest.raises(ValueError, match="about the abstract and the embedded cohort"):
        study.words(pinned)("made", {**made, "embedded_fingerprint": "f" * 64}, stored)
