"""The 48 published numbers: how they were printed, what explains them, and that the rows lead to them."""

import dataclasses
import shutil
from pathlib import Path
from types import SimpleNamespace

import computed_claims
import pandas as pd
import pytest

from amyloid.cohort import EMBEDDED_COHORT, read_cohort
from amyloid.questions import Study, claims, cohort_description, page
from amyloid.questions.words import Words
from amyloid.synthetic import reconstruct, write_files

QUICK = 5
SEEDS = [2007, *range(QUICK), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(QUICK, 50))]


@pytest.fixture(scope="module")
def embedded():
    return read_cohort(EMBEDDED_COHORT)


def verdict(found: pd.DataFrame) -> str:
    study = SimpleNamespace(confidence=0.95, reconstruction=False, show=SimpleNamespace(ended=False))
    return Words("page", study, page)("claims", found).text.strip("*")


def cohort_of(seed, folder):
    write_files(reconstruct(seed), folder)
    return read_cohort(folder)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_48_come_out_as_printed(seed, tmp_path):
    found = computed_claims.compare(cohort_of(seed, tmp_path))
    assert len(found) == 48
    assert found[~found["agrees"]].to_dict("records") == []
    assert verdict(found) == "All 48 published numbers come out as printed."


def test_published_numbers_are_complete_and_well_formed():
    table = claims.published()
    assert list(table["id"]) == [f"C{i:02d}" for i in range(1, 49)]
    assert table["notebook"].value_counts().to_dict() == {"01": 19, "02": 9, "03": 9, "04": 1, "05": 10}
    assert table["quantity"].ne("").all()
    assert (table[table["unit"] == "%"]["how_printed"] != "exact").all()


def test_every_published_percentage_follows_from_its_count_by_its_own_rule():
    table = claims.published()
    parts = {"C23": [8, 12]}
    for row in table[table["unit"] == "%"].itertuples():
        count = parts.get(row.id, int(row.count))
        assert claims.as_printed(count, int(row.denominator), row.how_printed) == row.published, row.id


@pytest.mark.parametrize(
    ("value", "denominator", "how", "text"),
    [
        (20, 43, "rounded", "47"),
        (20, 43, "truncated", "46"),
        (39, 43, "rounded", "91"),
        (39, 43, "truncated", "90"),
        (1, 8, "rounded", "13"),  # 12.5 goes up
        (1, 200, "rounded", "1"),  # 0.5 goes up
        (1, 200, "truncated", "0"),
        (0, 33, "rounded", "0"),
        (33, 33, "truncated", "100"),
        (29, 100, "truncated", "29"),  # 100 * 0.29 is 28.999... in floating point
        ((8, 12), 33, "sum of rounded parts", "60"),
        (20, 33, "sum of rounded parts", "61"),
        (4, 43, "complement", "10"),
        (4, 43, "rounded", "9"),
        (float("nan"), 43, "rounded", "missing"),
    ],
)
def test_percentages_are_printed_by_rule(value, denominator, how, text):
    assert claims.as_printed(value, denominator, how) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (26.5, 1, "26.5"),
        (26.45, 1, "26.5"),
        (26.44, 1, "26.4"),
        (29.5, 0, "30"),
        (6.49, 0, "6"),
        (64, 0, "64"),
    ],
)
def test_exact_numbers_are_rounded_half_up(value, decimals, text):
    assert claims.as_printed(value, decimals=decimals) == text


def test_only_33_carries_the_response_rates():
    assert claims.denominators(["C21", "C22", "C24"]) == [33]
    assert claims.denominators(["C21"]) == [33, 34]
    assert claims.denominators(["C22", "C24"]) == [33, 39]


def explained(audit, claim, denominator):
    chosen = audit[(audit["id"] == claim) & (audit["denominator"] == denominator)]
    return [
        (row.how, row.count, row.parts)
        for row in chosen[["how", "count", "parts"]].itertuples(index=False, name="Row")
    ]


def test_audit_finds_how_each_odd_percentage_came_about():
    audit = claims.audit()
    assert explained(audit, "C10", 43) == [("truncated", 20, "")]
    assert explained(audit, "C12", 43) == [("truncated", 39, "")]
    assert explained(audit, "C16", 43) == [("complement", 4, "100 - 90")]
    assert explained(audit, "C23", 33) == [("truncated", 20, ""), ("sum of rounded parts", 20, "24 + 36")]
    assert explained(audit, "C13", 39) == []
    assert explained(audit, "C08", 43) == [("rounded", 30, "")]


def test_audit_is_complete_and_right():
    """Every row by the definition of its way, and no count left out, by another route through all counts."""
    audit = claims.audit().query("denominator <= 20")
    rounded = audit[audit["how"] == "rounded"]
    for row in audit.itertuples():
        share = 100 * row.count / row.denominator
        if row.how == "rounded":
            assert -0.5 <= share - row.printed < 0.5 or share - row.printed == pytest.approx(-0.5)
        elif row.how == "truncated":
            assert 0 <= share - row.printed < 1
    free = claims.published().query("unit == '%' and printed_count == ''")
    for claim in free.itertuples():
        expected = {
            (n, k)
            for n in range(1, 21)
            for k in range(n + 1)
            if abs(100 * k / n - int(claim.published)) < 0.5
        }
        found = rounded[rounded["id"] == claim.id]
        assert expected <= set(zip(found["denominator"], found["count"], strict=True)), claim.id


def test_the_page_says_it_in_words():
    words = Words("01_cohort_description", Study.of(), cohort_description)
    text = words("audit", claims.pinned(), claims.not_rounded(), [33]).text
    assert text.startswith(
        "**Of all denominators up to 43 only 33 carries 24% complete response (8 patients, printed)"
    )
    assert (
        "- 46% two or more organ systems involved: no count over 43 rounds to it. 20 of 43 is 46.5%" in text
    )
    assert "39 of 43 is 90.7%" in text
    assert "24 + 36 is a sum of rounded parts" in text
    assert "- 70% " not in text


def test_a_notebook_gets_its_own_numbers(embedded):
    found = computed_claims.compare(embedded, "05")
    assert list(found["id"]) == [f"C{i}" for i in range(39, 49)]
    assert list(found.columns) == ["id", "notebook", "quantity", "published", "computed", "agrees", "note"]


def test_another_cohort_is_not_compared(embedded):
    card = dataclasses.replace(embedded.card, source="Registry of a centre")
    other = dataclasses.replace(embedded, card=card)
    assert not claims.reproduces_the_abstract(other)
    found = computed_claims.compare(other)
    assert found.empty


def test_a_changed_patient_is_noticed(embedded):
    patients = embedded.patients.copy()
    patients.loc[patients.index[patients["sex"] == "male"][0], "sex"] = "female"
    found = computed_claims.compare(dataclasses.replace(embedded, patients=patients))
    assert list(found[~found["agrees"]]["id"]) == ["C08"]
    assert verdict(found) == "47 of 48 published numbers come out as printed; not C08."


def test_a_lost_remission_is_noticed(tmp_path):
    folder = tmp_path / "cohort"
    shutil.copytree(EMBEDDED_COHORT, folder)
    labs = pd.read_csv(folder / "labs.csv", dtype=str, keep_default_na=False)
    after_baseline = labs["month"].astype(float) > 0
    labs.loc[(labs["test"] == "serum_immunofixation") & after_baseline, "value"] = "positive"
    labs.to_csv(folder / "labs.csv", index=False)
    computed = computed_claims.compute(read_cohort(folder)).set_index("id")["computed"]
    assert (computed["C20"], computed["C21"], computed["C27"], computed["C33"]) == (
        "0",
        "0",
        "missing",
        "missing",
    )
    assert (computed["C41"], computed["C43"]) == ("missing", "missing")


def test_a_cohort_without_treatments_or_remissions_computes_what_it_can():
    suite = Path(__file__).parents[1] / "literature" / "boundary-suite"
    computed = computed_claims.compute(read_cohort(suite)).set_index("id")
    assert list(computed.index) == list(claims.published()["id"])
    assert set(computed.loc[["C17", "C18", "C19", "C27", "C28"], "computed"]) == {"missing"}
    assert computed.loc["C01", "computed"] == str(len(read_cohort(suite).patients))
