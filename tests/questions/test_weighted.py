"""Two groups weighted: who has weights, what they balance, and what holds them back."""

import numpy as np
import pandas as pd
import pytest

from amyloid import stats
from amyloid.questions.group_survival import balance_weighted, weigh, weighted_effects
from amyloid.questions.groups import Groups, read_groups

N = 60


@pytest.fixture
def traits() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    late = rng.integers(0, 2, N)
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(N)],
            "age": rng.normal(65, 9, N),
            "stage": np.where(late, "IIIa", "II"),
            "organs": rng.integers(1, 4, N).astype(float),
            "group": np.where(rng.random(N) < 0.3 + 0.4 * late, "old", "new"),
        }
    )


def groups_of(traits: pd.DataFrame) -> Groups:
    return read_groups(traits[["patient_id", "group"]], "group", "old")


def test_the_weights_are_those_of_the_statistics(traits):
    groups = groups_of(traits)
    found = weigh(traits.drop(columns="group"), groups)
    design = traits[["age", "organs"]].assign(IIIa=(traits["stage"] == "IIIa").astype(float))
    expected = stats.propensity_weights(traits["group"] == "new", design)
    assert found.table["weight"].to_numpy() == pytest.approx(expected)
    assert found.sizes["group"].tolist() == ["old", "new"]
    assert (found.sizes["effective"] < found.sizes["n"]).all()
    assert found.sizes["n"].sum() == N


def test_who_lacks_a_trait_has_no_weight_and_is_counted(traits):
    traits.loc[3, "stage"] = None
    traits.loc[4, "organs"] = np.nan
    found = weigh(traits.drop(columns="group"), groups_of(traits))
    assert found.left_out == 2
    assert not found.table["patient_id"].isin(["P3", "P4"]).any()


@pytest.mark.parametrize(("fewest", "weighted"), [(15, True), (14, False)])
def test_five_patients_of_the_smaller_group_for_each_of_three_coefficients(traits, fewest, weighted):
    traits["group"] = np.where(np.arange(N) < fewest, "new", "old")
    found = weigh(traits.drop(columns="group"), groups_of(traits))
    assert (found.note == "") == weighted
    assert weighted or found.note == "not weighted: 14 patients in a group for 3 coefficients"


def test_traits_that_determine_the_group_give_no_weights(traits):
    traits["group"] = np.where(traits["stage"] == "II", "new", "old")
    assert "determine the group" in weigh(traits.drop(columns="group"), groups_of(traits)).note


def test_three_groups_are_not_weighted_and_the_rows_say_so(traits):
    traits["group"] = np.tile(["a", "b", "c"], N // 3)
    groups = read_groups(traits[["patient_id", "group"]], "group")
    weights = weigh(traits.drop(columns="group"), groups)
    rows = weighted_effects(traits.assign(yes=True), {"os": traits}, weights, groups, 0.95)
    assert rows["estimate"].isna().all()
    assert set(rows["note"]) == {"weights are made for two groups only"}


def test_the_difference_and_the_ratio_are_weighted(traits):
    groups = groups_of(traits)
    weights = weigh(traits.drop(columns="group"), groups)
    rng = np.random.default_rng(5)
    answers = traits[["patient_id"]].assign(yes=rng.random(N) < 0.5)
    followed = groups.join(
        traits[["patient_id"]].assign(months=rng.exponential(20, N), event=(rng.random(N) < 0.8).astype(int))
    )
    rows = weighted_effects(answers, {"os": followed}, weights, groups, 0.9).set_index("measure")
    treated, weight = traits["group"] == "new", weights.table["weight"]
    gap = stats.weighted_difference(answers["yes"], treated, weight, confidence=0.9).iloc[0]
    assert rows.at["weighted.difference", "lower"] == pytest.approx(100 * gap["lower"])
    ratio = stats.weighted_hazard_ratio(
        followed["months"], followed["event"], treated, weight, confidence=0.9
    ).iloc[0]
    assert rows.at["weighted.hazard_ratio", "estimate"] == pytest.approx(ratio["hazard_ratio"])
    assert rows.at["weighted.hazard_ratio", "p"] == pytest.approx(ratio["p"])


def test_balance_before_is_the_standardized_difference_and_after_it_is_smaller(traits):
    groups = groups_of(traits)
    weights = weigh(traits.drop(columns="group"), groups)
    table = traits[["patient_id", "age"]].assign(late=traits["stage"] == "IIIa")
    found = balance_weighted(table, weights, groups).set_index(["trait", "series"])["difference"]
    pair = pd.Categorical(traits["group"], categories=["new", "old"])
    plain = stats.standardized_difference(traits["age"], pair)["difference"].iloc[0]
    assert found["age", "before weighting"] == pytest.approx(plain)
    size = found.abs().groupby("series").sum()
    assert size["after weighting"] < 0.6 * size["before weighting"]
