"""Rows to visits, baseline and filtration rate."""

import math

import numpy as np
import pytest
from courses import cohort_of, patient

from amyloid.adjudication.labs import baseline, egfr, gather_evidence, visits

WEEK = 7 / 30.4375


def visits_of(course, traits=""):
    return visits(cohort_of([patient("P1", course, traits)]))


@pytest.mark.parametrize(("later", "months"), [(0.1, [2.0, 2.1]), (0.0, [2.0])])
def test_every_day_is_a_row_of_its_own(later, months):
    table = visits_of(f"2: kappa=10 | {2 + later}: lambda=20")
    assert table["month"].tolist() == pytest.approx(months)
    assert (len(months) == 1) == bool(table["dflc"].notna().all())


@pytest.mark.parametrize(("later", "carried"), [(WEEK, True), (WEEK + 0.01, False)])
def test_the_other_chain_reaches_a_week(later, carried):
    follow_up, _ = gather_evidence(cohort_of([patient("P1", f"2: kappa=10 | {2 + later}: lambda=30")]))
    assert follow_up.now.dflc.known.tolist() == [carried, carried]
    assert follow_up.today.dflc.known.tolist() == [False, False]
    assert follow_up.dated(("dflc",)).tolist() == pytest.approx([2 + later if carried else 2, 2 + later])


def test_dialysis_and_transplants_separate_organ_values_only():
    course = "2: urine_protein=3 kappa=10 | 2.1: !heart_transplant | 2.2: creatinine=1 lambda=30"
    follow_up, _ = gather_evidence(cohort_of([patient("P1", course)]))
    assert follow_up.now.creatinine.known.tolist() == [False, True]
    assert follow_up.now.dflc.known.tolist() == [True, True]


def test_every_test_is_a_column_and_derived_ones_follow_the_isotype():
    row = visits_of("3: kappa=10 lambda=40", "kappa").iloc[0]
    assert (row["iflc"], row["uflc"], row["dflc"], row["flc_ratio"]) == (10, 40, -30, 0.25)
    row = visits_of("3: kappa=10 lambda=40").iloc[0]
    assert (row["iflc"], row["uflc"], row["dflc"], row["flc_ratio"]) == (40, 10, 30, 0.25)
    assert math.isnan(row["nt_probnp"])


def test_a_censored_value_shows_its_limit_and_n_latex_nothing():
    table = visits_of("3: nt_probnp=>9000 urine_protein=<0.1 | 6: kappa=10 lambda=20 n_latex")
    assert table.loc[0, "nt_probnp"] == pytest.approx(9000, rel=1e-5)
    assert table.loc[0, "urine_protein"] == pytest.approx(0.1, rel=1e-5)
    assert table.loc[1, ["kappa_flc", "lambda_flc", "dflc"]].isna().all()


@pytest.mark.parametrize(
    ("course", "value"),
    [
        ("-3: bnp=7", 7.0),
        ("-3.01: bnp=7", None),
        ("-2: bnp=5 | -1: bnp=7", 7.0),
        ("-2: bnp=5 | -1: creatinine=1", 5.0),
        ("-1: bnp=5 | 0: bnp=7", 7.0),
        ("0: bnp=5 | 0.1: bnp=7", 5.0),
    ],
)
def test_baseline_is_the_last_value_of_the_window(course, value):
    table = baseline(cohort_of([patient("P1", course), patient("P2", "")]))
    assert table["patient_id"].tolist() == ["P1", "P2"]
    assert table.loc[0, "bnp"] == value or (value is None and math.isnan(table.loc[0, "bnp"]))
    assert math.isnan(table.loc[1, "bnp"])


def test_baseline_window_is_a_parameter():
    cohort = cohort_of([patient("P1", "-5: bnp=7")])
    assert math.isnan(baseline(cohort).loc[0, "bnp"])
    assert baseline(cohort, 6).loc[0, "bnp"] == 7


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ("0: creatinine=1 | 6: creatinine=2.5", [79.19, 26.15]),
        ("0: creatinine=1 egfr=60 | 6: creatinine=2.5 egfr=30", [60, 30]),
        ("0: creatinine=1 egfr=60 | 6: creatinine=2.5", [60, None]),  # reported and computed are never mixed
        ("0: creatinine=1 | 6: creatinine=2.5 egfr=30", [79.19, 26.15]),
        ("0: bnp=1 | 6: egfr=30", [None, 30]),
    ],
)
def test_reported_and_computed_filtration_rates_are_never_mixed(course, expected):
    got = visits_of(course)["egfr"].tolist()
    wanted = [math.nan if value is None else value for value in expected]
    assert got == pytest.approx(wanted, abs=0.005, nan_ok=True)


def test_of_two_filtration_rates_at_one_time_the_lower_counts():
    assert visits_of("3: egfr=60 egfr=50")["egfr"].tolist() == [50]
    assert visits_of("3: ef=60 ef=50")["ejection_fraction"].tolist() == [50]
    assert visits_of("3: creatinine=1 creatinine=2")["creatinine"].tolist() == [2]


def test_equation_of_2021():
    table = visits(cohort_of([patient("P1", "0: creatinine=1")]), equation="ckd-epi-2021")
    assert table.loc[0, "egfr"] == pytest.approx(84.05, abs=0.005)


@pytest.mark.parametrize(
    ("creatinine", "age", "sex", "equation", "value"),
    [
        # by hand from the printed equations, to two decimals
        (0.7, 50, "female", "ckd-epi-2009", 144 * 0.993**50),  # 141 x 1.018, printed as 144
        (0.9, 50, "male", "ckd-epi-2009", 141 * 0.993**50),
        (0.9, 50, "male", "ckd-epi-2021", 142 * 0.9938**50),
        (0.7, 50, "female", "ckd-epi-2021", 142 * 1.012 * 0.9938**50),
    ],
)
def test_egfr_at_the_turning_point(creatinine, age, sex, equation, value):
    assert egfr(creatinine, age, sex, equation) == pytest.approx(value, rel=0.004)


def test_egfr_is_missing_without_its_inputs_and_falls_with_creatinine():
    assert np.isnan(egfr([np.nan, 1, 1], [64, np.nan, 64], ["male", "male", None])).all()
    rising = egfr(np.linspace(0.3, 8, 50), 64, "female")
    assert (np.diff(rising) < 0).all()
    with pytest.raises(
        ValueError, match="'mdrd' is not an eGFR equation; use one of ckd-epi-2009, ckd-epi-2021"
    ):
        egfr(1, 64, "male", "mdrd")
