"""Proteinuria in pairs, depth against renal response, renal progression with death competing, creatinine."""

import pandas as pd
import pytest
from courses import cohort_of, patient
from studies import study_of

from amyloid.adjudication.labs import gather_evidence, visits
from amyloid.adjudication.response import adjudicate
from amyloid.questions import curves, kidneys

CLONE = (
    "0: kappa=10 lambda=200 sife=pos uife=pos marrow=10 {} | "
    "4: kappa=10 lambda=12 sife=neg uife=neg marrow=2 {}"
)


def judged(*people):
    cohort = cohort_of(people)
    evidence = gather_evidence(cohort)
    hematologic = adjudicate(evidence, [("hematologic_response", "gertz-2005")])
    renal = adjudicate(evidence, [("renal_response", "gertz-2005")])
    return cohort, evidence, hematologic, renal


def renal_course(name, before, after, creatinine=1.0):
    start, later = f"urine_protein={before} creatinine=1.0", f"urine_protein={after} creatinine={creatinine}"
    return patient(name, CLONE.format(start, later), "kidney=yes drug=lenalidomide:0:6")


@pytest.mark.parametrize(
    ("before", "after", "creatinine", "outcome"),
    [
        (2.0, 0.2, 1.0, "resolved"),
        (2.0, 0.21, 1.0, "improved by half or more"),
        (2.0, 1.0, 1.24, "improved by half or more"),
        (2.0, 1.01, 1.0, "not improved by half"),
    ],
)
def test_the_three_outcomes_of_proteinuria(before, after, creatinine, outcome):
    found = kidneys.paired_proteinuria(*judged(renal_course("a", before, after, creatinine)))
    assert found["outcome"].tolist() == [outcome]
    assert found["after"].tolist() == [after]


def test_a_fall_under_worsening_creatinine_is_no_improvement():
    found = kidneys.paired_proteinuria(*judged(renal_course("a", 2.0, 0.1, 1.25)))
    assert found[["after", "outcome"]].to_numpy().tolist() == [[0.1, "not improved by half"]]


def test_only_significant_proteinuria_counts():
    assert kidneys.paired_proteinuria(*judged(renal_course("a", 0.5, 0.1))).empty


def test_depth_and_renal_response_are_counted_in_patients_judged_by_both():
    _, _, hematologic, renal = judged(
        renal_course("a", 2.0, 0.5), renal_course("b", 2.0, 1.9), patient("c", CLONE.format("", ""))
    )
    crossed = pd.crosstab(hematologic["category"], renal["category"])
    rates = kidneys.against_depth(crossed, 0.95)
    assert rates[["label", "count", "n"]].to_numpy().tolist() == [["CR", 1, 2]]
    tiles = kidneys.depth_tiles(crossed, rates)
    assert tiles["n"].tolist() == [1, 1]
    assert set(tiles["text"]) == {"1 of 2"}
    none = kidneys.depth_tiles(
        crossed[["no response"]], kidneys.against_depth(crossed[["no response"]], 0.95)
    )
    assert none["text"].tolist() == ["0 of 1"]
    nobody = pd.crosstab(hematologic.assign(category="NE")["category"], renal["category"])
    assert kidneys.against_depth(nobody, 0.95).empty
    assert kidneys.depth_tiles(nobody, rates.iloc[:0]).empty


def test_death_competes_with_renal_progression():
    base = "0: urine_protein=2 creatinine=1.0 | 3: urine_protein=2 creatinine={}"
    cohort = cohort_of(
        [
            patient("worse", base.format(2.0) + " | 9: !last_contact", "kidney=yes"),
            patient("dead", base.format(1.0) + " | 5: !death", "kidney=yes"),
            patient("alive", base.format(1.0) + " | 9: !last_contact", "kidney=yes"),
            patient("dialysis", base.format(1.0) + " | 6: !dialysis | 9: !last_contact", "kidney=yes"),
            patient("other", base.format(1.0) + " | 9: !last_contact", "kidney=no"),
        ]
    )
    study = study_of(cohort, "05_renal_response")
    times = kidneys.renal_survival(study, study.judge("renal_progression", "palladini-2014"))
    assert times["patient_id"].tolist() == ["worse", "dead", "alive", "dialysis"]
    assert times["cause"].tolist() == [1, 2, 0, 1]
    assert times["months"].tolist() == [3.0, 5.0, 9.0, 6.0]
    assert kidneys.kidney_failures(cohort) == 1
    assert kidneys.progression_by_equation(cohort) == (2, 2, 4)


def test_creatinine_rises_count_under_an_imid_where_one_is_given():
    course = "0: creatinine=1.0 | 3: creatinine=1.25 | 9: creatinine=3.0"
    cohort = cohort_of([patient("a", course, "drug=lenalidomide:0:6"), patient("b", course)])
    rises = kidneys.creatinine_rises(study_of(cohort, "05_renal_response"))
    assert rises["patient_id"].tolist() == ["a"]
    assert rises["change"].tolist() == pytest.approx([25.0])
    assert rises["category"].tolist() == ["rise of 25% or more"]
    other = cohort_of([patient("a", course, "drug=bortezomib:0:6"), patient("b", course)])
    rises = kidneys.creatinine_rises(study_of(other, "05_renal_response"))
    assert rises["change"].tolist() == pytest.approx([200.0, 200.0])


def test_courses_hold_the_patients_who_can_be_judged():
    cohort, _, _, renal = judged(renal_course("a", 2.0, 0.5), renal_course("b", 0.3, 0.3))
    courses = curves.courses(visits(cohort), renal, "urine_protein")
    assert set(courses["patient_id"]) == {"a"}
    assert set(courses["response"]) == {"response"}


def test_the_graded_definition_in_common_words():
    frame = kidneys.in_common_words(pd.DataFrame({"category": ["NR", "CR"]}))
    assert frame["category"].tolist() == ["no response", "CR"]


@pytest.fixture(scope="module")
def words():
    study = study_of(cohort_of([renal_course("a", 2.0, 0.5)]), "05_renal_response")
    return study.words(kidneys)


def pairs(n):
    frame = pd.DataFrame({"patient_id": [f"p{i}" for i in range(n)], "before": 5.0, "after": 0.1})
    return frame.assign(fall=0.98, outcome=kidneys.OUTCOMES[0])


def test_resolved_proteinuria_is_listed_while_it_is_rare(words):
    few, many = (words("paired", pairs(n), pairs(n)["outcome"].value_counts(), n) for n in (2, 1500))
    assert "resolved in 2 (5,000 to 100 mg/24h and 5,000 to 100 mg/24h)" in few.text
    assert "resolved in 1,500, fell by half" in many.text
    assert len(many.results) < 12 < len(few.results) + 4


@pytest.mark.parametrize(("upper", "said"), [(0.6, "exact and overlap."), (0.4, "exact. Depth")])
def test_intervals_overlap_only_where_they_do(words, upper, said):
    rows = [("CR", 70, 100, 0.7, 0.5, 0.8), ("PR", 30, 100, 0.3, 0.2, upper)]
    rates = pd.DataFrame(rows, columns=["label", "count", "n", "estimate", "lower", "upper"])
    assert said in words("depth", rates).text


def test_all_responders_together_are_found_in_simple_and_graded_definitions():
    rows = [
        ("gertz-2005", "response", 7), ("gertz-2005", "no response", 17),
        ("graded-2018", "CR", 1), ("graded-2018", "NR", 20), ("graded-2018", "CR + VGPR + PR", 4),
    ]  # fmt: skip
    rates = pd.DataFrame(rows, columns=["criteria", "category", "count"]).assign(
        denominator="evaluable", n=24
    )
    assert kidneys.overall(rates, "gertz-2005").count == 7
    assert kidneys.overall(rates, "graded-2018").count == 4


@pytest.mark.parametrize(
    ("n", "said"), [(15, "by Palladini 2014 UPCR, which can be, 5 of 15"), (0, "12 patients.**")]
)
def test_where_the_leading_definition_judges_nobody_the_answer_names_one_that_does(words, n, said):
    own = [(key, "response", "evaluable", 0, 0) for key in ("gertz-2005", "palladini-2014")]
    own += [("graded-2018", "CR + VGPR + PR", "evaluable", 0, 0)]
    own += [("palladini-2014-upcr", "response", "evaluable", 5 if n else 0, n)]
    rows = [*own, *((key, name, "all treated", 0, 12) for key, name, *_ in own)]
    rates = pd.DataFrame(rows, columns=["criteria", "category", "denominator", "count", "n"])
    words.study.n, words.study.renal_criteria = 12, "palladini-2014"
    assert said in words("answer", rates.assign(estimate=0.3, lower=0.1, upper=0.6)).text
