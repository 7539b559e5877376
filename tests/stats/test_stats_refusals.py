"""What is refused, each with its sentence; what is answered though there is little to say."""

import math

import numpy as np
import pandas as pd
import pytest

from amyloid import stats

TIME, EVENT = [1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1]
GROUP = ["a", "b", "a", "b"]
FRAME = pd.DataFrame({"time": TIME, "event": EVENT, "x": [1.0, 2.0, 1.5, 0.0], "id": [1, 2, 3, 4]})
nan = math.nan


def _cox(**columns):
    return stats.cox(FRAME.assign(**columns), "time", "event", ["x"])


def _intervals(**columns):
    frame = pd.DataFrame(
        {"id": [1, 1], "start": [0.0, 2.0], "stop": [2.0, 3.0], "event": [0, 1], "x": [0, 1]}
    )
    return stats.cox_time_dependent(frame.assign(**columns), "id", "start", "stop", "event", ["x"])


REFUSED = {
    "negative": (
        lambda: stats.kaplan_meier([1, -2], [1, 0]),
        "durations holds negative times .the smallest is -2.",
    ),
    "missing": (lambda: stats.kaplan_meier([1, nan], [1, 0]), "durations holds 1 missing of 2 values"),
    "infinite": (lambda: stats.kaplan_meier([1, math.inf], [1, 0]), "durations holds 1 infinite of 2 values"),
    "nobody has a duration": (lambda: stats.kaplan_meier([], [1]), "durations is empty"),
    "empty": (lambda: stats.logrank([], [], []), "durations is empty"),
    "lengths": (lambda: stats.kaplan_meier([1, 2], [1]), "differ in length: durations 2, events 1"),
    "group length": (lambda: stats.kaplan_meier(TIME, EVENT, ["a"]), "durations 4, groups 1"),
    "status 1/2": (
        lambda: stats.kaplan_meier([1, 2], [1, 2]),
        "events must be 0 .no. and 1 .yes., but holds .* 1, 2",
    ),
    "event missing": (lambda: stats.kaplan_meier([1, 2], [1, nan]), "events holds 1 missing of 2 values"),
    "text": (lambda: stats.kaplan_meier(["one"], [1]), "durations must be numbers"),
    "dates": (lambda: stats.kaplan_meier(pd.to_datetime(["2007-01-01"]), [1]), "durations must be numbers"),
    "two columns": (lambda: stats.kaplan_meier([[1, 2]], [1]), "not an array of 2 dimensions"),
    "group missing": (
        lambda: stats.kaplan_meier(TIME, EVENT, ["a", None, "b", "b"]),
        "groups holds 1 missing of 4",
    ),
    "interval": (
        lambda: stats.kaplan_meier(TIME, EVENT, interval="logit"),
        "one of log-log, log, plain, not 'logit'",
    ),
    "confidence": (lambda: stats.kaplan_meier(TIME, EVENT, confidence=95), "between 0 and 1, not 95"),
    "entry": (
        lambda: stats.kaplan_meier(TIME, EVENT, entry=[0, 2, 0, 0]),
        "1 of 4 rows have an entry at or after",
    ),
    "milestone": (lambda: stats.survival_at(stats.kaplan_meier(TIME, EVENT), [-1]), "times holds negative"),
    "quantile": (
        lambda: stats.survival_quantile(stats.kaplan_meier(TIME, EVENT), 1),
        "between 0 and 1, not 1",
    ),
    "convention": (lambda: stats.median_follow_up(TIME, EVENT, convention="x"), "one of flip, deaths-first"),
    "weight": (lambda: stats.logrank(TIME, EVENT, GROUP, weight="x"), "weight must be one of logrank, gehan"),
    "scores": (lambda: stats.logrank_trend(TIME, EVENT, GROUP, scores=[1]), "2 groups but 1 scores"),
    "adjust": (lambda: stats.logrank_pairwise(TIME, EVENT, GROUP, adjust="x"), "adjust must be one of"),
    "strata length": (lambda: stats.logrank(TIME, EVENT, GROUP, [1]), "differ in length"),
    "causes": (
        lambda: stats.cumulative_incidence(TIME, [0, 1, 1.5, 2]),
        "causes must be whole numbers: 0 for cens",
    ),
    "cause": (lambda: stats.gray_test(TIME, [0, 1, 2, 1], GROUP, cause=0), "cause must be 1 or more, not 0"),
    "variance": (lambda: stats.cumulative_incidence(TIME, EVENT, variance="x"), "one of delta, aalen"),
    "tau": (
        lambda: stats.restricted_mean(TIME, [1, 1, 1, 0], 5),
        "past the last time of group all .4., where surv.*flat",
    ),
    "tau 0": (lambda: stats.restricted_mean(TIME, EVENT, 0), "tau must be a time above 0"),
    "landmark": (lambda: stats.landmark(TIME, EVENT, [nan] * 4, 4), "nobody is followed past the landmark 4"),
    "before 0": (lambda: stats.landmark(TIME, EVENT, [nan] * 4, -1), "landmark must be a time at or after 0"),
    "status time": (
        lambda: stats.landmark(TIME, EVENT, [-1, nan, 2, 3], 2),
        "months_to_status holds negative",
    ),
    "status inf": (
        lambda: stats.landmark(TIME, EVENT, [math.inf, nan, 2, 3], 2),
        "months_to_status holds 1 infinite",
    ),
    "duration 0": (lambda: stats.mantel_byar([0, 1], [1, 1], [nan, nan]), "1 of 2 durations are 0"),
    "no column": (lambda: stats.cox(FRAME, "time", "event", ["age"]), "the frame has no column age"),
    "no covariate": (
        lambda: stats.cox(FRAME, "time", "event", []),
        "covariates must name at least one column",
    ),
    "one string": (lambda: stats.cox(FRAME, "time", "event", "x"), "in a list"),
    "two of one name": (
        lambda: stats.cox(pd.concat([FRAME, FRAME[["x"]]], axis=1), "time", "event", ["x"]),
        "more than one column x",
    ),
    "two times": (
        lambda: stats.firth(pd.concat([FRAME, FRAME[["time"]]], axis=1), "time", "event", ["x"]),
        "more than one column time",
    ),
    "named twice": (lambda: stats.cox(FRAME, "time", "event", ["x", "x"]), "covariates names a column twice"),
    "huge time": (lambda: stats.kaplan_meier([1e308, 1.5e308], [1, 0]), "durations holds 1.5e.308 in size"),
    "huge logrank": (lambda: stats.logrank([1e308] * 4, EVENT, GROUP), "beyond 1e.100 nothing"),
    "huge covariate": (lambda: _cox(x=[-1e308, 1, 2, 3]), "x holds 1e.308 in size"),
    "huge tau": (lambda: stats.restricted_mean([1], [1], 1e308), "tau must be a time above 0"),
    "ratio to 0": (
        lambda: stats.restricted_mean_difference(
            stats.restricted_mean([0, 0, 1, 2], [1, 1, 1, 1], 1, list("aabb")), measure="ratio"
        ),
        "the restricted mean of group a is 0, so there is no ratio",
    ),
    "huge table": (lambda: stats.fisher([[1e15, 1], [1, 1e15]]), "too large for the exact test"),
    "covariate missing": (lambda: _cox(x=[1, nan, 2, 3]), "x holds 1 missing of 4 values"),
    "cox status": (lambda: _cox(event=[1, 2, 1, 1]), "event must be 0"),
    "ties": (
        lambda: stats.cox(FRAME, "time", "event", ["x"], ties="exact"),
        "ties must be one of efron, breslow",
    ),
    "ties, and no event": (
        lambda: stats.firth(FRAME.assign(event=0), "time", "event", ["x"], ties="exact"),
        "ties must be one of efron, breslow",
    ),
    "overlap": (lambda: _intervals(start=[0.0, 1.0]), "intervals of one patient overlap"),
    "after the event": (lambda: _intervals(event=[1, 1]), "interval after the event"),
    "no length": (lambda: _intervals(start=[0.0, 3.0]), "1 rows have start at or after stop"),
    "zph": (
        lambda: stats.proportional_hazards(FRAME.assign(event=0), "time", "event", ["x"]),
        "nobody had the event",
    ),
    "log 0": (
        lambda: stats.proportional_hazards(
            FRAME.assign(time=[0, 1, 2, 3]), "time", "event", ["x"], transform="log"
        ),
        "needs event times above 0",
    ),
    "more than n": (lambda: stats.proportion(8, 7), "successes cannot be more than n: 8 of 7"),
    "fraction": (lambda: stats.proportion(1.5, 7), "successes must be counts"),
    "method": (lambda: stats.proportion(1, 7, "wald"), "method must be one of exact, wilson"),
    "table": (lambda: stats.fisher([1, 2]), "at least two rows and two columns"),
    "negative count": (lambda: stats.fisher([[1, -2], [3, 4]]), "table must be counts"),
    "nobody": (lambda: stats.fisher([[0, 0], [0, 0]]), "table holds nobody"),
    "one-sided": (
        lambda: stats.fisher(np.ones((3, 2)), alternative="less"),
        "has only the two-sided alternative",
    ),
    "too large": (lambda: stats.fisher(np.full((5, 5), 30)), "too large for the exact test"),
    "three by two": (lambda: stats.mcnemar(np.ones((3, 2))), "two by two, not 3 by 2"),
    "trend": (lambda: stats.cochran_armitage([2, 1], [1, 1]), "events cannot be more than n"),
    "pairs": (lambda: stats.wilcoxon_signed_rank([1, 2], [1]), "differ in length: x 2, y 1"),
    "raters": (lambda: stats.kappa(["a"], ["a", "b"]), "differ in length"),
    "three groups": (lambda: stats.standardized_difference([1, 2, 3], ["a", "b", "c"]), "two groups, not 3"),
    "no variance": (
        lambda: stats.standardized_difference([1.0, 2, 3], ["a", "b", "b"]),
        "one value has no variance",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_sentence(name):
    call, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=sentence):
        call()


def test_one_patient_who_dies():
    curve = stats.kaplan_meier([4], [1])
    assert curve.loc[0, ["at_risk", "events", "censored", "survival"]].tolist() == [1, 1, 0, 0]
    assert curve[["lower", "upper"]].isna().all(axis=None)
    assert stats.median_survival(curve)["median"].tolist() == [4]
    assert stats.median_follow_up([4], [1]).isna().all(axis=None)


def test_a_curve_of_nobody_has_its_columns_and_no_row():
    curve, incidence = stats.kaplan_meier([], [], []), stats.cumulative_incidence([], [])
    assert list(curve) == list(stats.kaplan_meier(TIME, EVENT))
    assert curve.empty
    assert list(incidence) == list(stats.cumulative_incidence(TIME, EVENT))
    assert incidence.empty
    assert stats.survival_at(curve, [6]).empty
    assert stats.incidence_at(incidence, [6]).empty
    assert stats.median_survival(curve).empty
    assert stats.median_follow_up([], []).empty


def test_nobody_dies():
    curve = stats.kaplan_meier([1, 2, 3], [0, 0, 0], interval="plain")
    assert (curve[["survival", "lower", "upper"]] == 1).all(axis=None)
    assert stats.median_survival(curve)[["median", "lower", "upper"]].isna().all(axis=None)
    assert stats.restricted_mean([1, 2, 3], [0, 0, 0], 3)["se"].tolist() == [0]
    assert _no_comparison(stats.logrank([1, 2, 3], [0, 0, 0], list("aab")))
    assert _no_comparison(stats.gray_test([1, 2, 3], [0, 0, 0], list("aab")))
    assert _no_comparison(stats.gray_test([1, 2, 3], [2, 2, 0], list("aab")))
    incidence = stats.cumulative_incidence([1, 2, 3], [0, 0, 0])
    assert incidence["incidence"].tolist() == [0, 0, 0]
    assert incidence["cause"].tolist() == [1, 1, 1]
    fit = stats.cox(FRAME.assign(event=0), "time", "event", ["x"])
    assert fit[["hazard_ratio", "lower", "upper", "p"]].isna().all(axis=None)
    assert stats.model_tests(fit)["p"].isna().all()


def test_everybody_dies_at_once():
    curve = stats.kaplan_meier([2, 2, 2], [1, 1, 1])
    assert curve["survival"].tolist() == [0]
    assert _no_comparison(stats.logrank([2, 2, 2], [1, 1, 1], list("aab")))


@pytest.mark.parametrize("events", [[1, 0, 0], [1, 1, 1]])
def test_one_death_and_deaths_at_one_time_leave_nothing_to_check(events):
    """By hand as in R: where all die at once the score is 0 at 1; where the lowest dies alone it runs off."""
    frame = pd.DataFrame({"time": [5.0, 5.0, 5.0] if all(events) else [5.0, 10, 12], "event": events})
    frame["x"] = [1.0, 2.0, 4.0]
    fit = stats.cox(frame, "time", "event", ["x"])
    if all(events):
        assert fit.loc[0, ["hazard_ratio", "p"]].tolist() == pytest.approx([1, 1])
    else:
        assert fit[["hazard_ratio", "lower", "upper"]].iloc[0].tolist() == [0, 0, math.inf]
    middle = pd.DataFrame({"time": [10, 5, 12], "event": [0, 1, 0], "x": [5.0, 6, 7]})
    check = stats.proportional_hazards(middle, "time", "event", ["x"])
    assert check["df"].tolist() == [0, 0]
    assert check[["chi2", "p"]].isna().all(axis=None)


@pytest.mark.parametrize("weight", ["logrank", "gehan", "tarone", "peto", "fh10", "fh01", "fh11"])
def test_everybody_censored_is_no_comparison(weight):
    """R's survdiff stops with "No deaths to test"; here a row without a number says the same."""
    censored = ([1, 2, 3, 4], [0] * 4, GROUP)
    assert _no_comparison(stats.logrank(*censored, weight=weight))
    assert _no_comparison(stats.logrank(*censored, list("xxyy"), weight=weight))
    assert _no_comparison(stats.logrank(*censored, entry=[0] * 4))
    assert stats.logrank_groups(*censored)["observed"].tolist() == [0, 0]
    assert stats.logrank_pairwise(*censored)["p_adjusted"].isna().all()
    assert _no_comparison(stats.logrank_trend(*censored))


def test_a_group_without_an_event_has_a_test_but_no_ratio():
    frame = pd.DataFrame({"time": [1, 2, 3, 4, 5, 6], "event": [1, 1, 1, 0, 0, 0], "x": [1, 1, 1, 0, 0, 0]})
    assert stats.logrank(frame["time"], frame["event"], frame["x"])["p"].iloc[0] < 0.05
    assert math.isinf(stats.cox(frame, "time", "event", ["x"])["hazard_ratio"].iloc[0])
    assert np.isfinite(stats.firth(frame, "time", "event", ["x"])["upper"].iloc[0])


def test_one_group():
    assert _no_comparison(stats.logrank(TIME, EVENT, list("aaaa")))
    assert _no_comparison(stats.gray_test(TIME, EVENT, list("aaaa")))
    assert _no_comparison(stats.kruskal_wallis(TIME, list("aaaa")))
    assert _no_comparison(stats.logrank_trend(TIME, EVENT, list("aaaa")))
    assert stats.logrank_pairwise(TIME, EVENT, list("aaaa")).empty


def _no_comparison(test):
    return test["df"].tolist() == [0] and test[["chi2", "p"]].isna().all(axis=None)


def test_past_the_last_time_survival_is_unknown_unless_it_is_zero():
    open_end, closed = stats.kaplan_meier([1, 2], [1, 0]), stats.kaplan_meier([1, 2], [1, 1])
    assert math.isnan(stats.survival_at(open_end, 3)["survival"].iloc[0])
    assert stats.survival_at(open_end, 3, extend=True)["survival"].tolist() == [0.5]
    assert stats.survival_at(closed, 3)["survival"].tolist() == [0]
    assert stats.survival_at(open_end, 3)["at_risk"].tolist() == [0]
    everybody = stats.cumulative_incidence([1, 2], [1, 2])
    assert stats.incidence_at(everybody, 3)["incidence"].tolist() == [0.5, 0.5]
    somebody = stats.cumulative_incidence([1, 2], [1, 0])
    assert stats.incidence_at(somebody, 3)["incidence"].isna().all()


def test_tau_past_the_end_of_a_curve_at_zero_needs_no_extension():
    assert stats.restricted_mean([4], [1], 5)["mean"].tolist() == [4]
    assert stats.restricted_mean([1, 2], [1, 0], 4, extend=True)["mean"].tolist() == [2.5]


@pytest.mark.parametrize("fit", [stats.cox, stats.firth])
def test_a_covariate_alike_in_every_risk_set_has_no_estimate(fit):
    frame = pd.DataFrame({"time": [1, 2, 3, 4], "event": [0, 0, 1, 1], "x": [1, 1, 0, 0]})
    assert fit(frame, "time", "event", ["x"])[["hazard_ratio", "p"]].isna().all(axis=None)


def test_constant_and_repeated_covariates_are_not_estimated():
    frame = FRAME.assign(same=1.0, double=2 * FRAME["x"])
    fit = stats.cox(frame, "time", "event", ["same", "x", "double"]).set_index("covariate")
    alone = stats.cox(frame, "time", "event", ["x"]).set_index("covariate")
    assert fit.loc[["same", "double"], "hazard_ratio"].isna().all()
    assert fit.loc["x", "hazard_ratio"] == pytest.approx(alone.loc["x", "hazard_ratio"], rel=1e-9)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_a_hazard_ratio_that_runs_away_is_said_to_be_infinite(ties):
    frame = pd.DataFrame(
        {
            "time": range(1, 11),
            "event": [1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
            "x": [1] * 5 + [0] * 5,
            "z": [1, 3, 2] * 3 + [1],
        }
    )
    fit = stats.cox(frame, "time", "event", ["x", "z"], ties=ties).set_index("covariate")
    assert fit.loc["x", ["hazard_ratio", "lower", "upper"]].tolist() == [math.inf, 0, math.inf]
    assert math.isnan(fit.loc["x", "p"])
    assert 0 < fit.loc["z", "lower"] < fit.loc["z", "upper"] < math.inf
    flipped = stats.cox(frame.assign(x=1 - frame["x"]), "time", "event", ["x"], ties=ties)
    assert flipped["hazard_ratio"].tolist() == [0]


def test_covariates_that_separate_together_run_away_without_a_word_from_the_solver(recwarn):
    """Their sum orders the deaths: each alone is finite, together the likelihood rises for ever."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": 1000 * rng.normal(size=12), "y": rng.normal(size=12), "event": 1})
    frame["time"] = (-(frame["x"] / 1000 + frame["y"])).rank()
    assert np.isfinite(stats.cox(frame, "time", "event", ["x"])["upper"]).all()
    both = stats.cox(frame, "time", "event", ["x", "y"])
    assert (both["upper"] == math.inf).all()
    assert both["p"].isna().all()
    assert np.isfinite(stats.firth(frame, "time", "event", ["x", "y"])["upper"].iloc[0])
    assert not recwarn.list


def test_proportions_at_the_ends():
    found = stats.proportion([0, 7, 0], [7, 7, 0])
    assert found.iloc[0].tolist()[:2] == [0, 0]
    assert found.iloc[1].tolist()[::2] == [1, 1]
    assert found.iloc[2].isna().all()


def test_tables_with_nothing_to_tell():
    empty = stats.fisher([[0, 0], [3, 4]]).iloc[0]
    assert empty.p == 1
    assert empty[["odds_ratio", "lower", "upper"]].isna().all()
    assert stats.mcnemar([[5, 0], [0, 5]])["p"].tolist() == [1]
    assert _no_comparison(stats.cochran_armitage([0, 0], [5, 5]))
    assert math.isnan(stats.wilcoxon_rank_sum([1, 1], [1, 1])["p"].iloc[0])
    assert math.isnan(stats.wilcoxon_signed_rank([1, 2], [1, 2])["p"].iloc[0])
    assert math.isnan(stats.kappa(["a", "a"], ["a", "a"])["estimate"].iloc[0])


@pytest.mark.parametrize(("first", "second"), [("aaaa", "aaab"), ("abab", "bbbb"), ("aaaa", "bbbb")])
def test_kappa_with_one_rater_constant_is_not_estimable(first, second):
    """Agreement and agreement by chance are then the same number, whatever the other rater says."""
    found = stats.kappa(list(first), list(second)).iloc[0]
    assert found[["estimate", "lower", "upper"]].isna().all()
    assert found["agreement"] == pytest.approx(found["expected"])


def test_kappa_of_full_agreement_has_no_limits():
    found = stats.kappa(list("abab"), list("abab")).iloc[0]
    assert found["estimate"] == 1
    assert found[["lower", "upper"]].isna().all()
