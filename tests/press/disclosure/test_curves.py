"""Survival as points: enough events between two, enough patients at each, shares as coarse as counts."""

import numpy as np
import pandas as pd
import pytest

from amyloid.press.disclosure.curves import add_curves
from amyloid.press.disclosure.release import ALL, GROUPS, Release


def sample(seed, n=200):
    random = np.random.default_rng(seed)
    months, event = random.exponential(30, n).round(2), random.random(n) < 0.7
    return pd.DataFrame({"months": months, "event": event.astype(float)})


def points(rows, min_cell=11):
    release = Release(len(rows), min_cell)
    return release, add_curves(release, "death", rows)[ALL].points


def product(rows, month):
    """Kaplan-Meier by the definition, apart from amyloid.stats: a product over distinct times."""
    survival = 1.0
    for time in np.unique(rows.loc[(rows["event"] == 1) & (rows["months"] <= month), "months"]):
        died = ((rows["months"] == time) & (rows["event"] == 1)).sum()
        survival *= 1 - died / (rows["months"] >= time).sum()
    return survival


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("min_cell", [5, 11])
def test_enough_events_between_two_points_and_enough_at_risk_at_each(seed, min_cell):
    rows = sample(seed)
    release, shown = points(rows, min_cell)
    assert len(shown) > 2
    last = 0.0
    for point in shown:
        assert (
            (rows["months"] > last) & (rows["months"] <= point.month) & (rows["event"] == 1)
        ).sum() >= min_cell
        at_risk = (rows["months"] >= point.month).sum()
        assert at_risk >= release.least
        assert release.printed[point.at_risk].count == at_risk
        assert point.month % 6 == 0
        last = point.month


@pytest.mark.parametrize("n", [43, 200, 1000])
def test_a_share_is_that_of_a_rounded_number_of_patients(n):
    rows = sample(3, n)
    for point in points(rows)[1]:
        assert point.free % 5 == 0
        assert point.entered == 5 * round(n / 5)
        assert point.share == pytest.approx(product(rows, point.month), abs=2.5 / point.entered + 1e-9)


def test_an_event_at_the_day_of_a_point_belongs_before_it():
    rows = pd.DataFrame({"months": [*[6.0] * 20, *[30.0] * 40], "event": [1.0] * 20 + [0.0] * 40})
    release, (point,) = points(rows)
    assert (point.month, point.share) == (6.0, 40 / 60)
    assert release.printed[point.at_risk].count == 60


def test_one_event_at_a_step_makes_no_point():
    rows = pd.DataFrame({"months": [3.0, 9.0, 15.0, *[40.0] * 37], "event": [1.0] * 3 + [0.0] * 37})
    assert points(rows)[1] == []


def test_few_patients_give_nothing():
    assert points(sample(1, 12))[1] == []


def test_groups_and_everybody_are_the_same_patients():
    rows = sample(5).assign(group=lambda frame: np.where(frame.index % 3 == 0, "a", "b"))
    release = Release(len(rows), 11)
    release.one_way(GROUPS, rows["group"].value_counts().to_dict())
    curves = add_curves(release, "death", rows, ["a", "b"])
    whole, a, b = (curves[column] for column in (ALL, "a", "b"))
    assert sorted(whole.after()) == sorted([*a.after(), *b.after()])
    assert sorted(whole.events()) == sorted([*a.events(), *b.events()])
    assert sum(release.truth[cell] for cell in whole.events()) == rows["event"].sum()
    assert sum(release.truth[cell] for cell in a.after()) == (rows["group"] == "a").sum()
