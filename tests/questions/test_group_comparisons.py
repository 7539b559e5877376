"""Two groups: R's numbers, the guards on both sides, what no difference and a planted one give."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from amyloid import stats
from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import read_cohort
from amyloid.questions import group_response, group_survival, two_groups
from amyloid.questions.curves import one_endpoint
from amyloid.questions.group_survival import (
    compare_survival,
    followed,
    horizon,
    staging,
    subgroup_traits,
    subgroups,
)
from amyloid.questions.groups import Groups, read_groups
from amyloid.questions.words import Words

PROJECT = Path(__file__).parents[2]
EXPECTED = PROJECT / "tests" / "cases" / "two-regimens" / "expected.csv"
"""R 4: survival 3 (coxph with Efron's ties, survdiff), fisher.test, and Newcombe's limits by hand."""


@pytest.fixture(scope="module")
def regimens():
    cohort = read_cohort(PROJECT / "data" / "two-regimens")
    evidence = gather_evidence(cohort)
    categories = adjudicate(evidence, with_reasons=False)
    table = endpoints(cohort, hematologic_criteria="isa-2012", evidence=evidence)
    return cohort.patients, categories, table


def of(categories: pd.DataFrame, domain: str, criteria: str) -> pd.DataFrame:
    return categories[(categories["domain"] == domain) & (categories["criteria"] == criteria)]


@pytest.fixture(scope="module")
def groups(regimens) -> Groups:
    return read_groups(regimens[0], "group")


@pytest.fixture(scope="module")
def survivals(regimens, groups) -> dict[str, pd.DataFrame]:
    patients, categories, table = regimens
    stage = of(categories, "cardiac_stage", staging(categories[categories["domain"] == "cardiac_stage"]))
    return {
        short: followed(one_endpoint(table, name), patients, stage, groups)
        for name, short in group_survival.OUTCOMES.items()
        if (table["endpoint"] == name).any()
    }


def kept(effects: pd.DataFrame, groups: Groups, answers: pd.DataFrame) -> dict[str, float]:
    """What the page keeps of a comparison: id to value."""
    show = SimpleNamespace(ended=False)
    study = SimpleNamespace(confidence=0.95, groups=groups, show=show, hematologic_criteria="isa-2012")
    found = Words("07_two_groups", study, two_groups)("response", {"": (answers, effects)}).results
    return dict(zip(found["id"], found["value"], strict=True))


@pytest.fixture(scope="module")
def numbers(regimens, groups, survivals) -> dict[str, float]:
    answers = group_response.yes_no(of(regimens[1], "hematologic_response", "isa-2012"))
    parts = [group_response.compared("response", answers, groups, 0.95)]
    parts += [compare_survival(name, frame, groups, 0.95) for name, frame in survivals.items()]
    found = kept(pd.concat(parts, ignore_index=True), groups, answers)
    return {f"07.{id}": value for id, value in found.items()}


with EXPECTED.open(encoding="utf-8") as file:
    PRINTED = [(row["id"], float(row["value"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("name", "value"), PRINTED, ids=[name for name, _ in PRINTED])
def test_two_regimens_give_the_numbers_of_r(numbers, name, value):
    assert numbers[name] == pytest.approx(value, rel=1e-6)


def made(events: dict[str, int], n: int = 30, **columns: object) -> tuple[pd.DataFrame, Groups]:
    """Groups of n with so many events each, at distinct times, in the shape of `followed`."""
    names = [name for name in events for _ in range(n)]
    patients = pd.DataFrame({"patient_id": [f"P{i}" for i in range(len(names))], "group": names})
    groups = read_groups(patients, "group")
    rng = np.random.default_rng(1)
    frame = groups.join(
        patients[["patient_id"]].assign(
            months=rng.permutation(len(names)) + 1.0,
            event=[int(place % n < events[name]) for place, name in enumerate(names)],
            age=rng.uniform(45, 80, len(names)),
            stage=pd.Categorical(rng.choice(["I", "II"], len(names))),
        )
    )
    return frame.assign(**columns), groups


def measured(frame: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    return compare_survival("os", frame, groups, 0.95).set_index("measure")


@pytest.mark.parametrize(("events", "tested"), [(10, True), (9, False)])
def test_no_test_below_ten_events_in_a_group(events, tested):
    found = measured(*made({"a": 20, "b": events}))
    for measure in (
        "logrank",
        "stratified.logrank",
        "proportional",
        "adjusted.hazard_ratio",
        "rmst.difference",
    ):
        assert pd.notna(found.at[measure, "p"]) == tested, measure
        assert ("no test: 9 events in b, fewer than 10" in found.at[measure, "note"]) != tested
    assert found.loc[["hazard_ratio", "rmst.difference"], "estimate"].notna().all()


@pytest.mark.parametrize(("responders", "tested"), [(10, True), (9, False), (50, True), (51, False)])
def test_fisher_needs_ten_responders_and_ten_others(responders, tested):
    groups = made({"a": 1, "b": 1})[1]
    answers = pd.DataFrame({"patient_id": [f"P{i}" for i in range(60)], "yes": np.arange(60) < responders})
    row = group_response.compared("response", answers, groups, 0.95).iloc[-1]
    assert pd.notna(row["p"]) == tested
    assert row["note"] == (
        "" if tested else f"no test: 9 {'responders' if responders == 9 else 'others'}, fewer than 10"
    )


@pytest.mark.parametrize(
    ("events", "note"),
    [
        (14, "not fitted: 14 events for 3 coefficients, fewer than 5 each"),
        (15, "5.0 events per coefficient, fewer than 10"),
        (29, "9.7 events per coefficient, fewer than 10"),
        (30, ""),
    ],
)
def test_a_model_needs_five_events_for_each_coefficient_and_is_marked_below_ten(events, note):
    half = events // 2
    row = measured(*made({"a": half, "b": events - half})).loc["adjusted.hazard_ratio"]
    assert note in row["note"]
    assert ("per coefficient" in row["note"]) == ("per coefficient" in note)
    assert pd.isna(row["estimate"]) == note.startswith("not fitted")


def test_who_has_no_stage_is_left_out_of_the_models_that_use_it_and_counted():
    frame, groups = made({"a": 20, "b": 20})
    frame.loc[frame.index[:3], "stage"] = np.nan
    found = measured(frame, groups)
    assert found.at["hazard_ratio", "n"] == 60
    for measure in ("stratified.hazard_ratio", "adjusted.hazard_ratio"):
        assert found.at[measure, "n"] == 57
        assert "3 without a stage or age left out" in found.at[measure, "note"]


def test_nobody_staged_is_said_and_the_crude_ratio_stands():
    frame, groups = made({"a": 20, "b": 20}, stage=pd.Categorical([None] * 60))
    found = measured(frame, groups)
    assert found.at["stratified.logrank", "note"] == "no test: nobody is followed and staged"
    assert found.at["adjusted.hazard_ratio", "note"].startswith(
        "not fitted: nobody is followed and has a stage"
    )
    assert found.at["hazard_ratio", "estimate"] > 0


def test_a_group_without_an_event_has_no_ratio():
    row = measured(*made({"a": 20, "b": 0})).loc["hazard_ratio"]
    assert pd.isna(row["estimate"])
    assert row["note"].startswith("not estimable: the groups separate")


def test_firth_stands_beside_a_model_with_few_events_or_groups_that_separate():
    frame, groups = made({"a": 20, "b": 0})
    rows = measured(frame, groups)
    assert rows.at["firth.hazard_ratio", "estimate"] > 0
    own = stats.firth(frame, "months", "event", ["group"]).set_index("covariate")
    assert rows.at["firth.hazard_ratio", "upper"] == own.at["group[b]", "upper"]
    frame, groups = made({"a": 10, "b": 10})
    few = measured(frame, groups)
    whole = stats.firth(frame, "months", "event", ["group", "age", "stage"]).set_index("covariate")
    assert few.at["adjusted.firth.hazard_ratio", "lower"] == whole.at["group[b]", "lower"]
    assert "adjusted.firth.hazard_ratio" in few.index
    assert "firth.hazard_ratio" not in few.index
    assert not measured(*made({"a": 15, "b": 15})).index.str.contains("firth").any()


def test_three_groups_are_each_held_against_the_reference_and_tested_together():
    frame, groups = made({"a": 20, "b": 15, "c": 12})
    rows = compare_survival("os", frame, groups, 0.95)
    answers = pd.DataFrame({"patient_id": frame["patient_id"], "yes": np.arange(90) % 3 == 0})
    found = kept(rows, groups, answers)
    joint = stats.cox(frame, "months", "event", ["group"]).set_index("covariate")
    for name in ("b", "c"):
        assert found[f"os.{name}.hazard_ratio"] == joint.at[f"group[{name}]", "hazard_ratio"]
        assert f"os.{name}.rmst.difference.lower" in found
    overall = stats.logrank(frame["months"], frame["event"], frame["group"])
    assert overall["df"].iloc[0] == 2
    assert found["os.logrank.p"] == overall["p"].iloc[0]
    assert "os.hazard_ratio" not in found
    tested = group_response.compared("response", answers, groups, 0.95)
    counts = frame.assign(yes=answers["yes"]).groupby("group", observed=False)["yes"].agg(["sum", "count"])
    table = np.column_stack([counts["sum"], counts["count"] - counts["sum"]])
    assert tested["p"].iloc[-1] == stats.fisher(table)["p"].iloc[0]
    assert kept(tested, groups, answers).keys() >= {"response.b.difference", "response.fisher.p"}


def test_the_restricted_mean_ends_where_a_tenth_of_every_group_is_at_risk():
    frame, _ = made({"a": 5, "b": 5}, n=10)
    frame["months"] = [*np.arange(1.0, 11.0), *np.arange(11.0, 21.0)]
    assert horizon(frame) == 9
    assert (frame["months"][frame["group"] == "a"] >= 9).mean() >= 0.1


def test_a_restricted_difference_is_the_area_between_the_curves():
    frame, groups = made({"a": 20, "b": 20})
    found = measured(frame, groups)
    tau = found.at["rmst.tau", "estimate"]
    grid = np.arange(0, tau, 1.0)  # all times are whole months
    curve = stats.kaplan_meier(frame["months"], frame["event"], frame["group"])
    area = stats.survival_at(curve, grid).groupby("group")["survival"].sum()
    assert found.at["rmst.difference", "estimate"] == pytest.approx(area["b"] - area["a"])


def test_the_staging_system_is_the_european_where_it_stages_half():
    def stages(european: int, boston: int) -> pd.DataFrame:
        rows = [("mayo-2004-european", "I" if i < european else "NE") for i in range(10)]
        rows += [("boston-2019", "I" if i < boston else "NE") for i in range(10)]
        return pd.DataFrame(rows, columns=["criteria", "category"])

    assert staging(stages(5, 10)) == "mayo-2004-european"
    assert staging(stages(4, 10)) == "boston-2019"
    assert staging(stages(0, 0)) == "mayo-2004-european"


def test_interaction_is_the_likelihood_ratio_of_lifelines(regimens, groups, survivals):
    patients, categories, _ = regimens
    traits = subgroup_traits(patients, of(categories, "cardiac_stage", "mayo-2004-european"))
    found = subgroups("os", survivals["os"], traits, groups, 0.95)
    data = survivals["os"].merge(traits[["patient_id", "kidney"]], on="patient_id")
    plain = pd.DataFrame(
        {
            "months": data["months"],
            "event": data["event"],
            "group": (data["group"] == "D-VCd").astype(float),
            "kidney": (data["kidney"] == "involved").astype(float),
        }
    )
    without = CoxPHFitter().fit(plain, "months", "event").log_likelihood_
    product = plain.assign(both=plain["group"] * plain["kidney"])
    gain = 2 * (CoxPHFitter().fit(product, "months", "event").log_likelihood_ - without)
    p = found.loc[found["measure"] == "kidney.interaction", "p"].iloc[0]
    assert p == pytest.approx(float(stats.checks.chi2_tail(gain, 1)), rel=1e-6)
    levels = found[(found["trait"] == "Kidney") & (found["level"] != "")]
    assert levels["level"].tolist() == ["not involved", "involved"]
    assert levels["n"].sum() == 120


def test_gray_needs_ten_responses_in_each_group():
    frame, groups = made({"a": 20, "b": 10})
    times = frame[["patient_id", "months"]].assign(cause=frame["event"])
    row = group_response.timing(times, groups).iloc[0]
    assert row["p"] == stats.gray_test(frame["months"], frame["event"], frame["group"])["p"].iloc[0]
    times.loc[times["cause"].idxmax(), "cause"] = 2
    few = times.assign(cause=np.where((frame["group"] == "b") & (np.arange(60) % 2 == 0), 0, times["cause"]))
    assert group_response.timing(few, groups).iloc[0]["note"].startswith("no test: 5 responses in b")


def test_sensitivity_counts_the_undecided_either_way():
    groups = made({"a": 1, "b": 1}, n=10)[1]
    grades = ["CR"] * 4 + ["NE"] * 2 + ["NR"] * 4 + ["PR"] * 6 + ["NE"] + ["NR"] * 3
    best = pd.DataFrame({"patient_id": [f"P{i}" for i in range(20)], "category": grades})
    found = group_response.sensitivity(best, {"by month 6": best}, groups, 0.95).set_index("outcome")[
        "estimate"
    ]
    assert found.to_dict() == pytest.approx(
        {
            "NE as no response": 60 - 40,
            "evaluable only": 100 * (6 / 9 - 4 / 8),
            "NE as response": 70 - 60,
            "NE as response in a only": 60 - 60,
            "NE as response in b only": 70 - 40,
            "by month 6": 60 - 40,
        }
    )


def test_depth_counts_the_category_and_better():
    groups = made({"a": 1, "b": 1}, n=10)[1]
    grades = ["CR"] * 2 + ["VGPR"] * 2 + ["PR"] * 6 + ["CR"] * 3 + ["VGPR"] * 4 + ["NR"] * 3
    best = pd.DataFrame({"patient_id": [f"P{i}" for i in range(20)], "category": grades})
    found = group_response.depth(best, groups, 0.95)
    differences = found[found["measure"] == "difference"].set_index("outcome")["estimate"]
    assert differences.to_dict() == pytest.approx({"cr": 10, "vgpr_or_better": 30})


def test_balance_is_the_group_minus_the_reference():
    groups = made({"a": 1, "b": 1}, n=10)[1]
    table = pd.DataFrame(
        {"patient_id": [f"P{i}" for i in range(20)], "age": [60.0, 62.0] * 5 + [70.0, 72.0] * 5}
    )
    row = group_response.balance(table.assign(flat=1.0), {"age": "Age", "flat": "Flat"}, groups)
    assert row["difference"].iloc[0] == pytest.approx(10 / np.sqrt(10 / 9))  # both variances are 10/9
    assert np.isnan(row["difference"].iloc[1])


def test_a_group_in_which_nobody_can_be_judged_has_no_difference():
    groups = made({"a": 1, "b": 1})[1]
    answers = pd.DataFrame({"patient_id": [f"P{i}" for i in range(30)], "yes": True})
    row = group_response.compared("response", answers, groups, 0.95).iloc[0]
    assert row["note"] == "nobody in b can be judged"
    assert pd.isna(row["estimate"])


@pytest.mark.slow
def test_shuffled_groups_are_rarely_called_different(regimens, survivals):
    best = of(regimens[1], "hematologic_response", "isa-2012")
    yes = group_response.yes_no(best)["yes"].to_numpy()
    frame, rng = survivals["os"], np.random.default_rng(2026)
    below = np.zeros(2)
    for _ in range(1000):
        group = rng.permutation(frame["group"].to_numpy())
        table = [[(yes & (group == g)).sum(), (~yes & (group == g)).sum()] for g in ("VCd", "D-VCd")]
        tests = stats.logrank(frame["months"], frame["event"], group), stats.fisher(table)
        below += [test["p"].iloc[0] < 0.05 for test in tests]
    assert (below <= 70).all(), below


def test_a_planted_hazard_ratio_of_a_half_is_found():
    rng = np.random.default_rng(7)
    patients = pd.DataFrame({"patient_id": [f"P{i}" for i in range(400)], "group": ["a", "b"] * 200})
    groups = read_groups(patients, "group")
    death = rng.exponential(np.where(patients["group"] == "b", 60.0, 30.0))
    left = rng.uniform(24, 60, 400)
    frame = groups.join(
        patients[["patient_id"]].assign(
            months=np.minimum(death, left), event=(death <= left).astype(int), age=rng.normal(65, 8, 400),
            stage=pd.Categorical(rng.choice(["I", "II", "IIIa"], 400)),
        )
    )  # fmt: skip
    found = measured(frame, groups)
    for measure in ("hazard_ratio", "stratified.hazard_ratio", "adjusted.hazard_ratio"):
        assert found.at[measure, "lower"] < 0.5 < found.at[measure, "upper"] < 1
    assert found.at["logrank", "p"] < 1e-4
