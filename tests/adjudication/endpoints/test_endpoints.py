# ruff: noqa: E501 -- one situation per line reads best
"""Every endpoint with every kind of event and censoring, and the sentence that says which."""

import math

import pytest
from courses import cohort_of, patient

from amyloid.adjudication.endpoints import ENDPOINTS, endpoints, gap_censored

BASE = "0: kappa=10 lambda=250 sife=pos | "
RESPONSE = BASE + "3: kappa=10 lambda=100 sife=pos | "


def derived(course, endpoint, **options):
    table = endpoints(cohort_of([patient("P1", course)]), **options).set_index("endpoint")
    row = table.loc[endpoint]
    return row["months"], row["event"], row["reason"]


@pytest.mark.parametrize(
    ("endpoint", "course", "months", "event", "reason"),
    [
        ("overall_survival", BASE + "9: !death", 9, 1, "death at month 9.0"),
        ("overall_survival", BASE + "9: !last_contact", 9, 0, "censored: last known alive at month 9.0"),
        ("overall_survival", RESPONSE, 3, 0, "censored: last known alive at month 3.0"),
        ("overall_survival", BASE, 0, 0, "censored: last known alive at month 0.0"),
        ("overall_survival", BASE + "5: !dialysis", 5, 0, "censored: last known alive at month 5.0"),
        ("overall_survival", BASE + "5: !last_contact | 7: !death", 7, 1, "death at month 7.0"),
        ("follow_up", BASE + "9: !death", 9, 0, "death at month 9.0"),
        ("follow_up", BASE + "9: !last_contact", 9, 1, "last known alive at month 9.0"),
        ("hematologic_pfs", RESPONSE + "9: kappa=10 lambda=200", 9, 1, "hematologic progression at month 9.0"),
        ("hematologic_pfs", RESPONSE + "9: !death", 9, 1, "death at month 9.0"),
        ("hematologic_pfs", RESPONSE + "9: kappa=10 lambda=200 | 9: !death", 9, 1, "hematologic progression at month 9.0"),
        ("hematologic_pfs", RESPONSE + "9: !last_contact", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("hematologic_pfs", RESPONSE + "9: creatinine=1", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("hematologic_pfs", BASE + "9: !last_contact", 0, 0, "censored: last hematologic assessment at month 0.0"),
        ("hematologic_pfs", RESPONSE + "4: !next_treatment | 9: kappa=10 lambda=200", 9, 1, "hematologic progression at month 9.0"),
        ("organ_pfs", RESPONSE + "5: !dialysis", 5, 1, "dialysis at month 5.0"),
        ("organ_pfs", RESPONSE + "5: !kidney_transplant", 5, 1, "kidney transplant at month 5.0"),
        ("organ_pfs", RESPONSE + "5: !heart_transplant", 5, 1, "heart transplant at month 5.0"),
        ("organ_pfs", RESPONSE + "9: kappa=10 lambda=200", 9, 1, "hematologic progression at month 9.0"),
        ("organ_pfs", RESPONSE + "9: !death", 9, 1, "death at month 9.0"),
        ("organ_pfs", RESPONSE + "9: !death | 5: !dialysis", 5, 1, "dialysis at month 5.0"),
        ("organ_pfs", "-1: !dialysis | " + RESPONSE, 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("organ_pfs", RESPONSE + "5: nt_probnp=9000", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("time_to_next_treatment", RESPONSE + "5: !next_treatment | 9: !death", 5, 1, "next treatment at month 5.0"),
        ("time_to_next_treatment", RESPONSE + "5: !stem_cell_transplant", 5, 1, "stem cell transplant at month 5.0"),
        ("time_to_next_treatment", RESPONSE + "9: !death", 9, 1, "death at month 9.0"),
        ("time_to_next_treatment", RESPONSE + "9: !last_contact", 9, 0, "censored: last known alive at month 9.0"),
        ("time_to_next_treatment", "-2: !next_treatment | " + RESPONSE, 3, 0, "censored: last known alive at month 3.0"),
        ("organ_pfs", RESPONSE + "5: !dialysis | 8: !dialysis_end", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("organ_pfs", RESPONSE + "5: !dialysis | 8.01: !dialysis_end", 5, 1, "dialysis at month 5.0"),
        ("mod_pfs", RESPONSE + "5: !lvad", 5, 1, "lvad at month 5.0"),
        ("mod_pfs", RESPONSE + "5: !balloon_pump", 5, 1, "balloon pump at month 5.0"),
        ("mod_pfs", RESPONSE + "5: !heart_transplant", 5, 1, "heart transplant at month 5.0"),
        ("mod_pfs", RESPONSE + "5: !kidney_transplant", 5, 1, "kidney transplant at month 5.0"),
        ("mod_pfs", RESPONSE + "5: !dialysis", 5, 1, "dialysis at month 5.0"),
        ("mod_pfs", RESPONSE + "5: !dialysis | 7: !dialysis_end", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("mod_pfs", RESPONSE + "9: kappa=10 lambda=200", 9, 1, "hematologic progression at month 9.0"),
        ("mod_pfs", RESPONSE + "9: kappa=10 lambda=200 !next_treatment", 9, 1, "hematologic progression at month 9.0"),
        ("mod_pfs", RESPONSE + "8: !next_treatment | 9: kappa=10 lambda=200", 8, 0, "censored: next line of therapy at month 8.0"),
        ("mod_pfs", RESPONSE + "8: !next_treatment | 9: !death", 8, 0, "censored: next line of therapy at month 8.0"),
        ("organ_pfs", RESPONSE + "5: !lvad", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("hematologic_efs", RESPONSE + "8: !next_treatment | 9: kappa=10 lambda=200", 8, 1, "next treatment at month 8.0"),
        ("hematologic_efs", RESPONSE + "7: kappa=10 lambda=200 | 8: !next_treatment", 7, 1, "hematologic progression at month 7.0"),
        ("hematologic_efs", RESPONSE + "9: !death", 9, 1, "death at month 9.0"),
        ("hematologic_efs", RESPONSE + "9: !last_contact", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("hematologic_pfs", RESPONSE + "9: sife=pos", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("hematologic_pfs", RESPONSE + "9: kappa=10 lambda=90 n_latex", 3, 0, "censored: last hematologic assessment at month 3.0"),
        ("hematologic_pfs", RESPONSE + "9: sm=0.1", 9, 0, "censored: last hematologic assessment at month 9.0"),
        ("duration_of_response", RESPONSE + "8: !next_treatment | 9: kappa=10 lambda=200", 5, 0,
         "censored: next line of therapy at month 8.0, counted from the response at month 3.0"),
        ("duration_of_response", RESPONSE + "8: !next_treatment !death", 5, 1, "death at month 8.0, counted from the response at month 3.0"),
        ("duration_of_response", RESPONSE + "9: kappa=10 lambda=200", 6, 1,
         "hematologic progression at month 9.0, counted from the response at month 3.0"),
        ("duration_of_response", RESPONSE + "9: !death", 6, 1, "death at month 9.0, counted from the response at month 3.0"),
        ("duration_of_response", RESPONSE + "7: kappa=10 lambda=90 | 9: !last_contact", 4, 0,
         "censored: last hematologic assessment at month 7.0, counted from the response at month 3.0"),
        ("duration_of_response", RESPONSE, 0, 0,
         "censored: last hematologic assessment at month 3.0, counted from the response at month 3.0"),
    ],
)  # fmt: skip
def test_endpoint(endpoint, course, months, event, reason):
    assert derived(course, endpoint) == (pytest.approx(months), event, reason)


@pytest.mark.parametrize(
    "course", [BASE, BASE + "3: kappa=10 lambda=240 sife=pos", BASE + "3: kappa=10 lambda=150"]
)
def test_duration_needs_a_response_and_a_minor_one_is_none(course):
    months, event, reason = derived(course, "duration_of_response")
    assert math.isnan(months)
    assert event is not event or str(event) == "<NA>"
    assert reason == "no response"


def test_relapse_counts_although_an_earlier_progression_came_before_the_response():
    course = BASE + "2: kappa=10 lambda=400 | 4: kappa=10 lambda=100 sife=pos | 9: kappa=10 lambda=200"
    assert derived(course, "hematologic_pfs")[0] == 2
    assert derived(course, "duration_of_response")[:2] == (5, 1)


def test_response_and_progression_follow_the_criteria_asked_for():
    course = RESPONSE + "6: kappa=10 lambda=60 sife=pos | 9: kappa=10 lambda=95 | 12: !last_contact"
    assert derived(course, "duration_of_response")[:2] == (6, 0)
    assert derived(course, "duration_of_response", progression_criteria="pavia-2018")[:2] == (6, 1)
    late = BASE + "3: kappa=10 lambda=140 sife=pos | 6: kappa=10 lambda=120 | 9: !death"
    assert derived(late, "duration_of_response", hematologic_criteria="isa-2012")[:2] == (3, 1)
    assert derived(late, "duration_of_response")[:2] == (3, 1)
    assert math.isnan(derived(BASE + "3: kappa=10 lambda=130 | 9: !death", "duration_of_response")[0])


def test_confirmed_response_starts_the_duration():
    course = BASE + "3: kappa=10 lambda=100 sife=pos | 5: kappa=10 lambda=240 | 6: kappa=10 lambda=110 | 8: kappa=10 lambda=90 | 9: !death"  # fmt: skip
    assert derived(course, "duration_of_response")[2].endswith("response at month 3.0")
    assert derived(course, "duration_of_response", confirm="28-days")[2].endswith("response at month 6.0")


def test_rows_are_eight_per_patient_in_order():
    table = endpoints(cohort_of([patient("B", BASE), patient("A", BASE)]))
    assert table["endpoint"].tolist() == [name for name in ENDPOINTS for _ in range(2)]
    assert table["patient_id"].tolist() == ["B", "A"] * 8


def test_unknown_criteria_are_refused():
    with pytest.raises(ValueError, match="no response criteria 'x'; known: gertz-2005, boston-2007"):
        derived(BASE, "overall_survival", hematologic_criteria="x")
    with pytest.raises(ValueError, match="no progression criteria 'x'; known: gertz-2005, pavia-2018"):
        derived(BASE, "overall_survival", progression_criteria="x")


def test_treatment_months_speak_for_life():
    person = patient("P1", BASE, "drug=melphalan:0:11")
    row = endpoints(cohort_of([person])).set_index("endpoint").loc["overall_survival"]
    assert (row["months"], row["event"]) == (11, 0)


@pytest.mark.parametrize(
    ("death", "event"),
    [
        (11.99, 1),  # less than six months after month 6
        (12, 0),  # six months, and more than twice the median interval of two months
        (20, 0),
    ],
)
def test_death_after_a_gap(death, event):
    course = (
        BASE + f"2: kappa=10 lambda=100 | 4: kappa=10 lambda=90 | 6: kappa=10 lambda=90 | {death}: !death"
    )
    row = gap_censored(cohort_of([patient("P1", course)])).iloc[0]
    assert (row["event"], row["months"], row["gap"]) == (event, death if event else 6, not event)


@pytest.mark.parametrize(("death", "event"), [(18, 1), (18.01, 0)])
def test_a_gap_is_more_than_twice_the_own_interval(death, event):
    course = BASE + f"6: kappa=10 lambda=90 | {death}: !death"
    assert gap_censored(cohort_of([patient("P1", course)])).iloc[0]["event"] == event


def test_progression_before_a_gap_stays_the_event():
    course = RESPONSE + "4: kappa=10 lambda=200 | 40: !death"
    row = gap_censored(cohort_of([patient("P1", course)])).iloc[0]
    assert (row["event"], row["months"], row["gap"]) == (1, 4, False)
