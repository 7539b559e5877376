"""Coarse survival curves: enough events in every step, enough patients at its end."""

import numpy as np
import pandas as pd
import pytest

from amyloid.press.disclosure import coarsen


def curve(durations, events):
    """Kaplan-Meier by the definition, apart from amyloid.stats: a product over distinct times."""
    rows, survival = [], 1.0
    for time in np.unique(durations):
        at_risk = int((durations >= time).sum())
        died = int(((durations == time) & events).sum())
        survival *= 1 - died / at_risk
        rows.append((time, at_risk, died, survival, max(survival - 0.1, 0), min(survival + 0.1, 1)))
    return pd.DataFrame(rows, columns=["time", "at_risk", "events", "survival", "lower", "upper"])


def sample(seed, n=200):
    random = np.random.default_rng(seed)
    return random.exponential(30, n).round(2), random.random(n) < 0.7


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("min_cell", [5, 11])
def test_each_step_holds_enough_events_and_leaves_enough_at_risk(seed, min_cell):
    durations, events = sample(seed)
    shown = coarsen(curve(durations, events), min_cell)
    assert len(shown) > 2
    for start, end in zip(shown["time"], shown["time"].iloc[1:], strict=False):
        assert ((durations > start) & (durations <= end) & events).sum() >= min_cell
        assert (durations >= end).sum() >= min_cell
    assert (shown["time"] % 6 == 0).all()
    assert (shown["at_risk"] % 5 == 0).all()


def test_values_are_those_of_the_curve_at_that_month():
    durations, events = sample(3)
    shown = coarsen(curve(durations, events), 11)
    for row in shown.iloc[1:].itertuples():
        product = 1.0
        for time in np.unique(durations[events & (durations <= row.time)]):
            product *= 1 - (events & (durations == time)).sum() / (durations >= time).sum()
        assert row.survival == pytest.approx(product, abs=0.005 + 1e-9)


def test_one_event_at_a_step_makes_no_step():
    durations = np.array([3.0, 9.0, 15.0, *[40.0] * 37])
    events = np.array([True] * 3 + [False] * 37)
    assert coarsen(curve(durations, events), 11)["time"].tolist() == [0.0]


def test_few_patients_give_nothing():
    durations = np.arange(1.0, 11.0)
    assert coarsen(curve(durations, durations > 0), 11).empty


def test_no_row_at_all_is_no_curve():
    assert coarsen(curve(np.array([]), np.array([], dtype=bool)), 11).empty
