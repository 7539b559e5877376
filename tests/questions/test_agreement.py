import pytest
from courses import cohort_of, patient

from amyloid import stats
from amyloid.adjudication.response import categories
from amyloid.questions.response import agreement, recorded_category

ISA = [("hematologic_response", "isa-2012")]
BASE = "0: kappa=10 lambda=250 sife=pos | 3: kappa=10 "


@pytest.fixture(scope="module")
def cohort():
    written = [
        ("lambda=30 sife=pos", "VGPR"),
        ("lambda=100 sife=pos", "partial-response"),
        ("lambda=240 sife=pos", "SD"),
        ("lambda=98 sife=pos", "VGPR"),
        ("lambda=12 sife=neg uife=neg", "PR"),
        ("lambda=30 sife=pos", ""),
        ("lambda=30 sife=pos", "improved"),
    ]
    return cohort_of(
        patient(f"P{number}", BASE + course, f"recorded={recorded}" if recorded else "")
        for number, (course, recorded) in enumerate(written)
    )


def test_cross_table_and_disagreements(cohort):
    found = agreement(cohort, categories(cohort, ISA))
    assert (
        found.cross_table.index.tolist() == found.cross_table.columns.tolist() == ["CR", "VGPR", "PR", "NR"]
    )
    assert found.cross_table.to_numpy().tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    assert (found.alike, len(found.compared)) == (3, 5)
    assert found.disagreements["patient_id"].tolist() == ["P3", "P4"]
    assert found.disagreements.loc[0, "reason"].startswith("PR at month 3.0: dFLC 240 -> 88 mg/L, fall 63 %")
    assert found.unread.to_numpy().tolist() == [["P6", "improved"]]
    kappa = stats.kappa(found.compared["recorded"], found.compared["derived"])
    assert kappa.loc[0, "agreement"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("CR", "CR"),
        (" Complete Response ", "CR"),
        ("very-good partial response", "VGPR"),
        ("P.R.", None),
        ("Minor Response", "MR"),
        ("non-responder", "NR"),
        ("stable disease", "NR"),
        ("Not evaluable", "NE"),
        ("progression", None),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_spellings(text, category):
    assert recorded_category(text) == category


def test_nothing_recorded():
    cohort = cohort_of([patient("P1", BASE + "lambda=30 sife=pos")])
    found = agreement(cohort, categories(cohort, ISA))
    assert found.alike == len(found.compared) == len(found.unread) == 0
    assert found.cross_table.empty


def test_two_versions_at_once_are_refused(cohort):
    both = categories(cohort, [*ISA, ("hematologic_response", "gertz-2005")])
    with pytest.raises(ValueError, match="one row per patient"):
        agreement(cohort, both)
