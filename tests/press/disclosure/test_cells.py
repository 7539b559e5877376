"""Tables of counts: no hidden cell can be worked out again."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from amyloid.press.disclosure import percentages, suppress

MIN_CELL = 11


def attack(shown: pd.DataFrame, min_cell: int) -> dict[tuple[int, int], tuple[float, float]]:
    """Bound every hidden cell as a reader would: written apart from the code under test.

    Known to the reader: totals are sums; a shown count was rounded to the nearest 5 and is at least
    min_cell; a percentage is the rounded count over the rounded total, which says nothing new.
    """
    values = shown.to_numpy(dtype=float, na_value=np.nan)
    rows, columns = values.shape
    variables = rows * columns
    equations = []
    for column in range(columns):
        row_sum = np.zeros(variables)
        row_sum[[r * columns + column for r in range(rows - 1)]] = 1
        row_sum[(rows - 1) * columns + column] = -1
        equations.append(row_sum)
    if columns > 1:
        for row in range(rows):
            column_sum = np.zeros(variables)
            column_sum[row * columns : row * columns + columns - 1] = 1
            column_sum[row * columns + columns - 1] = -1
            equations.append(column_sum)
    limits = [(0, None) if np.isnan(v) else (max(v - 2, min_cell), v + 2) for v in values.ravel()]
    found = {}
    for cell in np.flatnonzero(np.isnan(values.ravel())):
        aim = np.zeros(variables)
        aim[cell] = 1
        low = linprog(aim, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=limits)
        high = linprog(-aim, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=limits)
        assert low.status == 0
        found[divmod(int(cell), columns)] = (low.fun, np.inf if high.status == 3 else -high.fun)
    return found


def random_table(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    shape = (int(random.integers(2, 6)), int(random.integers(1, 4)))
    scale = random.choice([4, 12, 30, 80])
    sparse = random.random(shape) < random.choice([0.0, 0.2, 0.5])
    return pd.DataFrame(np.where(sparse, random.integers(0, 4, shape), random.poisson(scale, shape)))


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_no_hidden_cell_can_be_recovered(first):
    hidden = 0
    for seed in range(first, first + 20):
        shown = suppress(random_table(seed), MIN_CELL)
        for cell, (low, high) in attack(shown, MIN_CELL).items():
            hidden += 1
            assert high - low >= MIN_CELL, (seed, cell, low, high)
    assert hidden > 0


def test_every_shown_count_is_large_enough_and_rounded():
    for seed in range(60):
        counts = random_table(seed)
        shown = suppress(counts, MIN_CELL)
        inner = shown.iloc[:-1, : counts.shape[1]]
        seen = inner.notna().to_numpy()
        assert (counts.to_numpy()[seen] >= MIN_CELL).all()
        assert (inner.to_numpy(dtype=float, na_value=0)[seen] % 5 == 0).all()
        assert (np.abs(inner.to_numpy(dtype=float, na_value=0) - counts.to_numpy())[seen] <= 2).all()


def test_attack_finds_a_cell_hidden_alone():
    """The attacker of this file is able: without complementary suppression it wins."""
    naive = pd.DataFrame({"n": pd.array([20, pd.NA, 25], dtype="Int64")})
    low, high = attack(naive, MIN_CELL)[(1, 0)]
    assert high - low < MIN_CELL


def test_three_patients_in_a_cell_take_a_neighbor_with_them():
    shown = suppress(pd.DataFrame({"n": [30, 3, 22, 45]}, index=["CR", "PR", "MR", "NR"]), MIN_CELL)
    assert shown["n"].isna().to_dict() == {"CR": False, "PR": True, "MR": True, "NR": False, "Total": False}
    assert shown.loc["Total", "n"] == 100


def test_a_table_that_is_small_as_a_whole_shows_nothing():
    assert suppress(pd.DataFrame({"n": [3, 4]}), MIN_CELL).isna().all(axis=None)


def test_a_single_small_column_cannot_be_read_from_its_row_totals():
    shown = suppress(pd.DataFrame({"yes": [2, 40], "no": [38, 50]}, index=["a", "b"]), MIN_CELL)
    assert shown.loc["a", ["yes", "no"]].isna().all()
    assert shown.loc["b", ["yes", "no"]].isna().all()
    assert shown.loc["Total", "Total"] == 130


def test_large_counts_are_all_shown():
    shown = suppress(pd.DataFrame({"n": [101, 203]}, index=["a", "b"]), MIN_CELL)
    assert shown["n"].tolist() == [100, 205, 305]


@pytest.mark.parametrize("asked", [1, 0, -3])
def test_no_parameter_goes_below_the_floor(asked):
    shown = suppress(pd.DataFrame({"n": [4, 5, 6, 7, 60]}), asked)
    assert pd.isna(shown.loc[0, "n"])


@pytest.mark.parametrize("wrong", [[-1, 20], [1.5, 20], [np.nan, 20]])
def test_counts_must_be_whole_numbers(wrong):
    with pytest.raises(ValueError, match="whole numbers"):
        suppress(pd.DataFrame({"n": wrong}), MIN_CELL)


def test_percentages_come_from_rounded_counts_and_are_hidden_with_them():
    shown = suppress(pd.DataFrame({"n": [33, 1, 14, 28]}), MIN_CELL)
    percent = percentages(shown)
    assert percent["n"].isna().equals(shown["n"].isna())
    assert percent.loc[0, "n"] == round(100 * 35 / 75)
