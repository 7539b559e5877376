"""Remissions as intervals, time off therapy, and what ends a response."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from courses import cohort_of, patient
from studies import study_of

from amyloid.questions import durability

START = (
    "0: kappa=10 lambda=200 sife=pos uife=pos marrow=10 | 4: kappa=10 lambda=12 sife=neg uife=neg marrow=2"
)
DRUG = "drug=lenalidomide:0:{}"


def study(people):
    return study_of(cohort_of(people), "03_durability", hematologic_criteria="gertz-2005")


def remissions_of(people):
    one = study(people)
    best = one.judge("hematologic_response", "gertz-2005")
    return durability.remissions(one, best, one.judge("hematologic_progression", "gertz-2005"))


def remissions(course, traits=""):
    return remissions_of([patient("a", f"{START} | {course}" if course else START, traits)])


GOOD = "kappa=10 lambda=12 sife=neg uife=neg"


@pytest.mark.parametrize(
    ("course", "end", "outcome"),
    [
        (f"10: {GOOD} | 16: {GOOD}", 16.0, "ongoing"),
        (f"10: {GOOD} | 16: kappa=10 lambda=15 sife=pos uife=neg", 16.0, "relapse"),
        (f"10: {GOOD} | 14: !death", 10.0, "death"),
        (f"10: {GOOD} | 12: !next_treatment | 16: {GOOD}", 12.0, "next treatment"),
        ("", 4.0, "ongoing"),
    ],
)
def test_a_remission_ends_where_it_was_last_seen_or_lost(course, end, outcome):
    row = remissions(course).iloc[0]
    assert (row["start"], row["end"], row["outcome"]) == (4.0, end, outcome)
    assert row["length"] == end - 4.0


@pytest.mark.parametrize(
    ("stop", "off"), [("8", 8.0), ("2", 12.0), ("16", 0.0), ("", 0.0)], ids=["late", "before", "end", "never"]
)
def test_time_off_therapy_lies_within_the_remission(stop, off):
    row = remissions(f"10: {GOOD} | 16: {GOOD}", DRUG.format(stop)).iloc[0]
    assert row["off_months"] == off


def test_who_had_no_complete_response_has_no_remission():
    assert remissions_of([patient("a", "0: kappa=10 lambda=200 | 4: kappa=10 lambda=90")]).empty


def test_death_is_told_from_the_other_events():
    rows = pd.DataFrame(
        {
            "event": [1, 1, 0],
            "event_code": ["death", "hematologic-progression", "censored-last-known-alive"],
        }
    )
    assert durability.by_first_cause(rows)["cause"].tolist() == [2, 1, 0]


def test_medians_under_the_other_choices():
    relapse = "10: kappa=10 lambda=90 sife=pos uife=neg"
    people = [patient("a", f"{START} | 6: {GOOD} | {relapse}"), patient("b", f"{START} | 8: !death")]
    found = durability.median_durations(study(people))
    assert found["main"] == pytest.approx(5.0, abs=1.01)
    assert found["death_censored"] == 6.0


@pytest.fixture(scope="module")
def words():
    return study([patient("a", START)]).words(durability)


def many(n):
    frame = pd.DataFrame({"length": np.linspace(1, 30, n), "outcome": "ongoing", "off_months": 1.0})
    return frame.assign(alive=False, death_cause=["heart failure"] * (n - 1) + ["not recorded"])


def test_causes_of_many_deaths_are_counted(words):
    few, lots = (words("complete", many(n), n).text for n in (2, 2000))
    assert few.endswith("Causes of death: heart failure and not recorded.")
    assert lots.endswith("Causes of death: heart failure in 1,999 and not recorded in 1.")
    assert words("complete", many(2).iloc[:0], 5).text.startswith("No complete response is proven")


def test_a_cause_that_comes_twice_is_counted(words):
    deaths = many(3).assign(death_cause=["not recorded", "heart failure", "not recorded"])
    assert words("complete", deaths, 3).text.endswith("not recorded in 2 and heart failure in 1.")


@pytest.mark.parametrize(
    ("traits", "known"), [(DRUG.format(2), True), ("", False)], ids=["a drug", "no drug"]
)
def test_without_a_drug_nothing_is_said_of_off_therapy(traits, known):
    one = study([patient("a", START, traits)])
    told = one.words(durability)("complete", many(2).assign(off_months=0.0), 5)
    assert ("Nobody is in remission off therapy" in told.text) == known
    assert ("what was off therapy cannot be said" in told.text) != known
    off = told.results.set_index("id").loc["cr.off"]
    assert (off["value"] == off["value"], off["note"]) == (
        (True, "") if known else (False, "no drug is recorded")
    )


def test_the_rules_are_counted_by_code():
    rows = study([patient("a", START), patient("b", f"{START} | 8: !death")]).endpoints
    counted = rows[rows["endpoint"].isin(durability.ENDPOINTS)].groupby(["endpoint", "event_code"]).size()
    counts = durability.rules_in_words(counted)
    own = counts[counts["endpoint"] == "Duration of response"].set_index("what")["patients"]
    assert own.to_dict() == {"death": 1, "censored: last hematologic assessment": 1}


@pytest.mark.parametrize(
    ("doses", "shaded"),
    [((15, 10), "lenalidomide"), ((15,), ""), (range(1, 8), "")],
    ids=["two doses", "one dose", "too many to tell apart"],
)
def test_lanes_are_shaded_where_the_doses_can_be_told_apart(doses, shaded):
    one = study([patient("a", START)])
    rows = [{"patient_id": "a", "drug": "lenalidomide", "dose_mg": float(dose)} for dose in doses]
    treatments = pd.DataFrame(rows).assign(start_month=0.0, end_month=1.0)
    one.cohort = dataclasses.replace(one.cohort, treatments=treatments)
    assert durability.shaded_drug(one) == shaded
