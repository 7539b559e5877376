"""Remissions as intervals, time off therapy, and what ends a response."""

import pandas as pd
import pytest
from courses import cohort_of, patient

from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.questions import durability

START = (
    "0: kappa=10 lambda=200 sife=pos uife=pos marrow=10 | 4: kappa=10 lambda=12 sife=neg uife=neg marrow=2"
)
DRUG = "drug=lenalidomide:0:{}"


def remissions(course, traits=""):
    cohort = cohort_of([patient("a", f"{START} | {course}" if course else START, traits)])
    follow_up, at_baseline = gather_evidence(cohort)
    complete, progression = (
        adjudicate((follow_up, at_baseline), [pair])
        for pair in (("hematologic_response", "gertz-2005"), ("hematologic_progression", "gertz-2005"))
    )
    return durability.remissions(cohort, follow_up, complete, progression)


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
    cohort = cohort_of([patient("a", "0: kappa=10 lambda=200 | 4: kappa=10 lambda=90")])
    evidence = gather_evidence(cohort)
    best = adjudicate(evidence, [("hematologic_response", "gertz-2005")])
    progression = adjudicate(evidence, [("hematologic_progression", "gertz-2005")])
    assert durability.remissions(cohort, evidence[0], best, progression).empty


def test_death_is_told_from_the_other_events():
    rows = pd.DataFrame(
        {
            "event": [1, 1, 0],
            "reason": [
                "death at month 3.0",
                "hematologic progression at month 2.0",
                "censored: last contact",
            ],
        }
    )
    assert durability.by_first_cause(rows)["cause"].tolist() == [2, 1, 0]


def test_medians_under_the_other_choices():
    relapse = "10: kappa=10 lambda=90 sife=pos uife=neg"
    cohort = cohort_of(
        [patient("a", f"{START} | 6: {GOOD} | {relapse}"), patient("b", f"{START} | 8: !death")]
    )
    found = durability.median_durations(cohort, gather_evidence(cohort), "gertz-2005", "none")
    assert found["main"] == pytest.approx(5.0, abs=1.01)
    assert found["death censored"] == 6.0
