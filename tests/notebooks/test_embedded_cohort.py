"""The notebooks on the embedded cohort: their own numbers are the published ones."""

import pandas as pd
import pytest
from computed_claims import compute
from notebook_cohorts import ABSTRACT, BOUNDARY_SUITE, EMBEDDED, NOTEBOOKS

from amyloid.cohort import read_cohort
from amyloid.questions import pinned
from amyloid.questions.claims import published

HEADLINES = {
    "01": "33 of 43 (77%) can be judged for hematologic response",
    "02": "8 of 33 (24%, 95% CI 11% to 42%) completely",
    "03": "Of 8 complete responders, 7 are alive, 3 relapsed and 5 stayed in remission for 6 to 30 months",
    "04": "The left panel is wrong.",
    "05": "2,000 to 120 mg/24h and 8,800 to 140 mg/24h",
}


def values_claimed(ran, path) -> pd.Series:
    """What a notebook keeps under the ids of the published numbers, by claim."""
    table = published()
    own = table[table["notebook"] == path.stem[:2]].set_index("id")["result"]
    kept = pd.read_csv(ran.results, index_col="id")["value"]
    return own.map(kept)


@pytest.fixture(scope="module")
def computed():
    table = compute(read_cohort(EMBEDDED)).set_index("id")
    return table["value"]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_numbers_that_a_notebook_prints_are_those_compared_with_the_abstract(
    path, run_notebook, computed
):
    ran = run_notebook(path, EMBEDDED)
    claimed = values_claimed(ran, path)
    assert len(claimed)
    for claim, value in claimed.items():
        printed_rounded = claim in ("C23", "C27", "C28")  # the page prints these as the abstract does
        assert value == pytest.approx(computed[claim], rel=1e-8, abs=1 if printed_rounded else 0), claim
    text = " ".join(ran.said)
    assert HEADLINES[path.stem[:2]] in text
    assert "Synthetic, built from published aggregates, not patient data" in text
    assert "published numbers come out as printed" in text


@pytest.mark.slow
def test_all_published_numbers_are_claimed_once_and_are_the_same_in_every_cohort(run_notebook, computed):
    claimed = [
        claim for path in NOTEBOOKS for claim in values_claimed(run_notebook(path, EMBEDDED), path).index
    ]
    assert sorted(claimed) == sorted(computed.index)
    spread = pinned.summary().set_index("id").loc[published()["result"]]
    assert (spread["absent"] == 0).all()
    # Months are printed whole: such a number may move within its rounding, and no other may.
    moved = spread[~spread["pinned"]]
    assert (moved["unit"] == "months").all()
    assert (moved["width"] <= 1).all()


@pytest.mark.slow
def test_changed_parameters_reach_the_text_and_are_marked(run_notebook):
    path = next(path for path in NOTEBOOKS if path.stem.startswith("02"))
    ran = run_notebook(path, EMBEDDED, hematologic_criteria="isa-2012", confirm="28-days", confidence=0.9)
    text = " ".join(ran.said)
    assert "ISA 2012; exact (Clopper-Pearson) 90% CI" in text
    assert "3 of 9 parameters differ from their default." in text
    assert "A response counted when the next judged sample" in text


@pytest.mark.slow
def test_the_page_about_the_abstract_marks_the_embedded_cohort(run_notebook):
    ran = run_notebook(ABSTRACT, EMBEDDED)
    text = " ".join(ran.said)
    assert "Synthetic, built from published aggregates, not patient data" in text
    assert "**200 cohorts**, seeds 0 to 199." in text
    assert "pages before are the same in every cohort" in text
    assert "What it does not pin." in text
    (panel,) = ran.panels
    assert panel.plotted["marked"].notna().all()
    assert "synthetic, built from published aggregates, not patient data" in panel.alt


def test_the_page_about_the_abstract_refuses_another_cohort(run_notebook):
    with pytest.raises(ValueError, match="about the abstract and the embedded cohort"):
        run_notebook(ABSTRACT, BOUNDARY_SUITE)


def test_a_parameter_that_cannot_be_used_stops_the_notebook(run_notebook):
    with pytest.raises(ValueError, match="Did you mean"):
        run_notebook(NOTEBOOKS[0], EMBEDDED, hematologic_criteria="isa2012")
