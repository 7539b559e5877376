"""Notebook 02: rates on both denominators, undecided complete responses, competing times, who moves."""

import re

import pandas as pd
import pytest
from courses import cohort_of, patient
from studies import study_of

from amyloid import stats
from amyloid.adjudication.criteria import CRITERIA, keys_of, label
from amyloid.adjudication.labs import first_event
from amyloid.questions import response

NOTHING_LEFT = "serum_immunofixation=negative urine_immunofixation=negative"
COHORT = cohort_of(
    [
        patient("deep", "0: kappa=10 lambda=200 | 2: kappa=10 lambda=90 | 4: kappa=10 lambda=12"),
        patient("minor", "0: kappa=10 lambda=200 | 3: kappa=10 lambda=140 | 8: !next_treatment"),
        patient("dead", "0: kappa=10 lambda=200 | 1: !death"),
        patient("small", "0: kappa=10 lambda=30 | 2: kappa=10 lambda=20"),
    ]
)
BOSTON = ("hematologic_response", "boston-2007")


@pytest.fixture
def study():
    return study_of(COHORT, hematologic_criteria="boston-2007")


@pytest.fixture
def best(study):
    return study.judge(*BOSTON)


def test_rates_stand_on_both_denominators(best):
    rates = response.on_both(best["category"])
    table = rates.pivot(index="category", columns="denominator", values="count")
    assert table["evaluable"].to_dict() == {"CR": 0, "PR": 1, "MR": 1, "NR": 0, "CR + PR": 1}
    assert set(rates[rates["denominator"] == "evaluable"]["n"]) == {2}
    assert set(rates[rates["denominator"] == "all treated"]["n"]) == {4}
    assert response.responders(rates)["category"].tolist() == ["CR + PR"] * 2
    limits = stats.proportion(1, 4).iloc[0]
    assert rates.iloc[-1][["estimate", "lower", "upper"]].tolist() == limits.tolist()


def test_death_and_next_therapy_compete_with_response(study):
    times = response.times_to_response(study)
    assert times["cause"].tolist() == [1, 3, 2, 0]
    assert times["months"].tolist()[:3] == [2.0, 8.0, 1.0]
    assert times["months"].iloc[3] == study.last_months.iloc[3]
    assert first_event(COHORT, "death")[2] == 1.0


def test_the_largest_change_counts_this_line_only(study, best):
    changes = response.best_changes(study, "dflc", best)
    assert changes["patient_id"].tolist() == ["deep", "minor", "small"]
    assert changes["change"].tolist() == pytest.approx([-100 * 188 / 190, -100 * 60 / 190, -50.0])


def test_who_moves_between_definitions(study, best):
    moved = response.changed(best, study.judge("hematologic_response", "isa-2012"))
    assert moved[["patient_id", "first_category", "second_category"]].to_numpy().tolist() == [
        ["deep", "PR", "VGPR"],
        ["minor", "MR", "NR"],
    ]
    kinds = moved.value_counts(["first_category", "second_category"], sort=False)
    assert response.tell_changes(study, kinds, "isa-2012")["kinds"] == [
        "1 from MR to NR",
        "1 from PR to VGPR",
    ]
    assert response.tell_changes(study, kinds.iloc[:0], "isa-2012")["kinds"] == []


def test_landmark_rates_count_everybody(study, best):
    early = study.judge(*BOSTON, until=1.0)
    rates = response.at_landmarks({"By month 1": early, "Best": best})
    assert rates[["group", "label", "count", "n"]].to_numpy().tolist() == [
        ["By month 1", "CR", 0, 4],
        ["By month 1", "Any response", 0, 4],
        ["Best", "CR", 0, 4],
        ["Best", "Any response", 1, 4],
    ]


@pytest.mark.parametrize(("criteria", "other"), [("boston-2007", "isa-2012"), ("isa-2012", "gertz-2005")])
def test_a_definition_is_never_compared_with_itself(criteria, other):
    assert response.compared_with(criteria) == other


def judged(**columns):
    return pd.DataFrame(columns).assign(
        category=lambda f: pd.Categorical(f["category"], ["CR", "PR", "NR", "NE"])
    )


@pytest.mark.parametrize(
    ("category", "undecided", "evaluable", "everyone"),
    [
        # open, least, of, most, of: a patient who is not evaluable becomes so with a complete response
        (["CR", "PR", "NE"], [False, False, False], (0, 1, 2, 1, 2), (0, 1, 3, 1, 3)),
        (["CR", "PR", "NE"], [False, True, False], (1, 1, 2, 2, 2), (1, 1, 3, 2, 3)),
        (["PR", "PR", "NE"], [True, True, True], (3, 0, 2, 3, 3), (3, 0, 3, 3, 3)),
    ],
)
def test_undecided_complete_responses_bound_the_rate(category, undecided, evaluable, everyone):
    found = response.undecided(judged(category=category, undecided=undecided))
    columns = ["open", "least", "n_least", "most", "n_most"]
    assert found[columns].to_numpy().tolist() == [list(evaluable), list(everyone)]


def without_immunofixation(study):
    best = study.judge(*BOSTON)
    return best, response.on_both(best["category"])


def test_nobody_is_said_to_have_missed_what_was_not_tested(study):
    best, rates = without_immunofixation(study)
    assert best["undecided"].tolist() == [True, False, False, True]
    words = study.words(response)
    said = " ".join(words(name, best, rates).text for name in ("answer", "best", "results"))
    assert "CR undecided in 2 of 4" in said
    assert "No complete response is proven" in said
    assert not re.search("Nobody reached|0 of 2 .{0,40}completely", said)
    kept = words("best", best, rates).results.set_index("id")["value"]
    assert kept[["cr.undecided.n", "cr.all.at_least.n", "cr.all.at_most.n"]].tolist() == [2, 0, 2]


def complete(n):
    return judged(
        category=["CR"] * n, month=[7.0 + 33 * i / (n - 1) for i in range(n)], undecided=[False] * n
    )


@pytest.mark.parametrize(("n", "said", "kept"), [(3, "7, 24 and 40", 6), (13, "7 to 40", 3)])
def test_late_complete_responses_are_listed_while_they_are_few(study, n, said, kept):
    times = pd.DataFrame({"months": [3.0] * 4, "cause": [1, 0, 0, 0]})
    curve = stats.cumulative_incidence(times["months"], times["cause"])
    reading = study.words(response)("time", curve, times, complete(n))
    assert reading.text.endswith(f"and {n} later, at {said} months.")
    assert reading.results["id"].str.startswith("cr.").sum() == kept


def test_a_new_definition_is_judged_compared_and_named(study, monkeypatch, best):
    from dataclasses import replace

    isa = CRITERIA["hematologic_response", "isa-2012"]
    monkeypatch.setitem(CRITERIA, ("hematologic_response", "isa-2030"), replace(isa, key="isa-2030"))
    assert keys_of("hematologic_response")[-1] == "isa-2030"
    every = study.judge_each("hematologic_response")
    grid = response.by_criteria(every)
    assert "ISA 2030" in response.in_words(grid)["criteria"].tolist()
    assert "ISA 2030 1 of" in study.words(response)("criteria", grid).text
    landmarks = response.at_landmarks({"Best": best})
    decisions, _ = study.words(response).table("decisions", grid, landmarks)
    assert label("isa-2030") in decisions["alternative"].tolist()
