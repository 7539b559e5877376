"""Flow, organs, earlier therapy, tolerated doses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from courses import cohort_of, patient
from studies import study_of

from amyloid.questions import cohort_description, description
from amyloid.questions.group_response import balance
from amyloid.questions.group_response import table_one as table_one_of
from amyloid.questions.groups import read_groups
from amyloid.show import tables

LENALIDOMIDE = "drug=lenalidomide:0:6"


def doses(rows):
    """A cohort of one patient with these lenalidomide intervals: start, end, dose."""
    cohort = cohort_of([patient("a", "0: kappa=10 lambda=200")])
    frame = pd.DataFrame(rows, columns=["start_month", "end_month", "dose_mg"]).astype(float)
    frame.insert(0, "drug", "Lenalidomide")
    frame.insert(0, "patient_id", pd.Categorical(["a"] * len(rows), categories=["a"]))
    cohort.treatments.drop(cohort.treatments.index, inplace=True)
    object.__setattr__(cohort, "treatments", frame.assign(days_per_cycle=21.0))
    return cohort


@pytest.mark.parametrize(
    ("rows", "tolerated"),
    [
        ([(0, 3, 15)], 15),
        ([(0, 1, 15), (1, 9, 10)], 10),
        ([(0, 6, 15), (6, 8, 10), (8, 9, 5)], 10),
        ([(0, 1, 15), (1, 3, 10), (3, np.nan, 5)], 5),
        ([(0, 1, 15), (1, 3, 5), (3, 4, 10), (4, 5, 10)], 5),
        ([(0, 2, 15), (2, 3, 10), (3, 9, 15)], 15),
    ],
    ids=[
        "never changed",
        "lowered",
        "first dose does not count",
        "still on it",
        "tie: lower",
        "raised again",
    ],
)
def test_the_tolerated_dose_is_the_one_held_longest_after_the_first_change(rows, tolerated):
    found = description.tolerated_doses(doses(rows), pd.Series([12.0]), "lenalidomide")
    assert found["tolerated"].tolist() == [tolerated]
    assert found["first_dose"].tolist() == [15]


def test_without_a_dose_nobody_is_listed():
    cohort = cohort_of([patient("a", "0: kappa=10 lambda=200", LENALIDOMIDE)])
    assert description.tolerated_doses(cohort, pd.Series([12.0]), "lenalidomide").empty


def test_the_flow_gives_one_reason_each_and_keeps_empty_boxes():
    cohort = cohort_of(
        [
            patient("evaluable", "0: kappa=10 lambda=200 | 2: kappa=10 lambda=90"),
            patient("dead", "0: kappa=10 lambda=200 | 1: !death"),
            patient("left", "0: kappa=10 lambda=200 | 2: !withdrawal"),
            patient("lost", "0: kappa=10 lambda=200 | 9: !death"),
            patient("small", "0: kappa=10 lambda=30 | 2: kappa=10 lambda=20"),
        ]
    )
    response = study_of(cohort).judge("hematologic_response", "boston-2007")
    reasons = description.why_not_evaluable(cohort, response)
    assert reasons.tolist() == ["", *description.FLOW_REASONS[:4]]
    boxes = description.flow(cohort, response)
    assert boxes[boxes["kind"] == "reason"]["n"].tolist() == [1, 1, 1, 1, 0]
    assert boxes[boxes["kind"] == "main"]["n"].tolist() == [5, 1]


def test_organs_are_counted_only_where_one_is_recorded():
    cohort = cohort_of(
        [patient("a", "", "heart=yes kidney=yes lung=no"), patient("b", "", "heart=no"), patient("c", "")]
    )
    assert description.organ_counts(cohort).tolist() == [2, 0, pd.NA]


def test_untreated_needs_every_answer_to_be_no():
    prior = "prior_melphalan={} prior_transplant=no prior_thalidomide=no prior_bortezomib=no"
    cohort = cohort_of(
        [patient("a", "", prior.format("no")), patient("b", "", prior.format("yes")), patient("c", "")]
    )
    assert description.untreated(cohort).tolist() == [True, False, pd.NA]


def test_tolerated_doses_of_many_are_those_of_each_alone():
    rng = np.random.default_rng(5)
    ids = [f"p{n}" for n in range(40)]
    cohort = cohort_of([patient(name, "0: kappa=10 lambda=200") for name in ids])
    start = rng.integers(0, 9, 160).astype(float)
    frame = pd.DataFrame(
        {
            "patient_id": pd.Categorical(rng.choice(ids, 160), categories=ids),
            "drug": "lenalidomide",
            "start_month": start,
            "end_month": np.where(rng.random(160) < 0.1, np.nan, start + rng.integers(1, 5, 160)),
            "dose_mg": rng.choice([5.0, 10.0, 15.0], 160),
            "days_per_cycle": 21.0,
        }
    )
    last = pd.Series(rng.integers(12, 40, 40).astype(float))
    found = description.tolerated_doses(replace(cohort, treatments=frame), last, "lenalidomide")
    alone = [
        description.tolerated_doses(
            replace(cohort, treatments=frame[frame["patient_id"] == name]), last, "lenalidomide"
        )
        for name in dict.fromkeys(frame["patient_id"])
    ]
    pd.testing.assert_frame_equal(found, pd.concat(alone, ignore_index=True))
    assert found["tolerated"].nunique() == 3


def grouped(*names):
    cohort = cohort_of([patient(f"p{n}", "0: kappa=10 lambda=200") for n in range(len(names))])
    return replace(cohort, patients=cohort.patients.assign(group=pd.array(names, dtype="string")))


def test_group_names_that_differ_by_case_are_one_group_and_nobody_is_lost():
    cohort = grouped("CyBorD", "CYBORD", "Cybord", "CyBorD", "vcd", " VCd", None)
    assert description.recorded_groups(cohort).fillna("").tolist() == ["CyBorD"] * 4 + ["VCd"] * 2 + [""]
    assert description.group_sizes(cohort) == {
        "CyBorD patients": 4, "VCd patients": 2, "Patients without a recorded group": 1,
    }  # fmt: skip
    response = study_of(cohort).judge("hematologic_response", "isa-2012")
    boxes = description.flow(cohort, response)
    assert boxes[boxes["level"] == 0]["n"].sum() == len(response)


def test_without_a_group_nobody_is_counted():
    assert description.group_sizes(grouped(None, None)) == {}


FRAME = pd.DataFrame(
    {
        "patient_id": [f"p{n}" for n in range(12)],
        "group": ["original"] * 5 + ["extension"] * 6 + [None],
        "age": [70.0, 71, 72, 73, 74, 60, 61, 62, 63, 64, 65, 99],
        "heart": [True] * 4 + [False] + [True] + [False] * 5 + [True],
    }
)
NAMES = {"age": "Age", "heart": "Heart"}


def table_one(frame, **options):
    groups = read_groups(frame, "group", **options)
    return table_one_of(frame, NAMES, balance(frame, NAMES, groups), groups)


def test_a_difference_is_the_group_minus_the_reference_and_says_so():
    """By hand: ages 72 and 62.5 with variances 2.5 and 3.5; shares 4/5 and 1/6."""
    cells = table_one(FRAME)
    gaps = cells.dropna(subset=["difference"]).groupby("variable")["difference"].first()
    spread = np.sqrt((4 / 5 * 1 / 5 + 1 / 6 * 5 / 6) / 2)
    assert gaps.to_dict() == pytest.approx({"Age": 9.5 / np.sqrt(3), "Heart": (4 / 5 - 1 / 6) / spread})
    assert cells.attrs["difference"] == "original minus extension"
    html = tables.table_one(cells, title="t", name="t").as_raw_html()
    assert "standardized difference, original minus extension" in html


def test_the_card_s_reference_turns_the_difference_round():
    cells = table_one(FRAME, reference="original")
    assert cells["difference"].dropna().iloc[0] == pytest.approx(-9.5 / np.sqrt(3))


def test_who_has_no_group_is_in_the_column_of_everybody_only():
    sizes = table_one(FRAME)["group"].drop_duplicates().tolist()
    assert sizes == ["All (n = 12)", "extension (n = 6)", "original (n = 5)"]
    alone = table_one(FRAME.assign(group=None))
    assert alone["group"].unique().tolist() == ["All (n = 12)"]
    assert alone["difference"].isna().all()


def test_names_that_cannot_be_compared_leave_table_one_undivided_and_are_said():
    cohort = grouped(*["CyBorD", "CYBORD"] * 6)
    groups, refused = cohort_description.grouping(study_of(cohort, "01_cohort_description"))
    assert groups.compared == ()
    assert "differ only by case" in refused
    sexes = replace(cohort, patients=cohort.patients.assign(site=["a.b", "c"] * 6))
    with pytest.raises(ValueError, match="has a point in its name"):
        cohort_description.grouping(study_of(sexes, "01_cohort_description", compare_by="site"))
