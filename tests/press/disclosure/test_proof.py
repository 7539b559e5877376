"""Hidden counts are proved by pairs of whole tables; where none is found, more is given up."""

import itertools

import numpy as np
import pytest

from amyloid.press.disclosure.proof import protect
from amyloid.press.disclosure.release import ALL, GROUPS, Release

MIN_CELL = 11


def one_way(**counts):
    release = Release(sum(counts.values()), MIN_CELL)
    release.one_way("t", counts)
    return release, protect(release)


def shown(release, table="t"):
    return {row: each.shown for (name, row, _), each in release.printed.items() if name == table}


def every_table(release):
    """Return every whole table that fits what is printed, by trying all: for one-way tables of three rows."""
    cells = [each.limits(release.least, release.n) for each in release.printed.values()]
    ranges = [range(low, high + 1) for low, high in cells]
    return [table for table in itertools.product(*ranges) if sum(table) == release.n]


def test_a_hidden_count_takes_the_smallest_neighbor_that_protects_it():
    release, proof = one_way(CR=33, PR=3, MR=23, NR=45)
    assert shown(release) == {"CR": 35, "PR": None, "MR": None, "NR": 45}
    assert (proof["hidden"], proof["shown"]) == (2, 2)
    assert proof["narrowest"] >= MIN_CELL


def test_a_hidden_count_that_the_rounding_protects_takes_nothing_with_it():
    release, _ = one_way(CR=32, PR=3, MR=22, NR=45)  # 0 to 11 fit 30, 20 and 45 of 102
    assert shown(release) == {"CR": 30, "PR": None, "MR": 20, "NR": 45}


@pytest.mark.parametrize("seed", range(25))
def test_every_hidden_count_keeps_its_range_by_trying_all_tables(seed):
    random = np.random.default_rng(seed)
    counts = [int(count) for count in random.integers(0, [6, 20, 60])]
    release = Release(sum(counts), MIN_CELL)
    release.one_way("t", dict(zip("abc", counts, strict=True)))
    protect(release)
    tables = every_table(release)
    assert tuple(counts) in tables
    for row, each in enumerate(release.printed.values()):
        values = [table[row] for table in tables]
        if each.base is None and release.n >= MIN_CELL:
            assert max(values) - min(values) >= MIN_CELL


def test_a_zero_is_protected_as_a_small_count_is():
    release, _ = one_way(female=60, male=83, missing=0)
    assert shown(release) == {"female": None, "male": 85, "missing": None}


def test_large_counts_are_all_shown():
    release, proof = one_way(a=101, b=203)
    assert shown(release) == {"a": 100, "b": 205}
    assert proof["narrowest"] is None


def test_tables_are_protected_together():
    """Safe one by one: the small count of one is the sum of two of the other."""
    release = Release(100, MIN_CELL)
    release.one_way("one", {"a": 40, "b": 54, "c": 6})
    release.one_way("two", {"x": 20, "y": 20, "z": 60})
    protect(release)
    assert shown(release, "two") == {"x": 20, "y": 20, "z": 60}
    release.know(release.cells(("one", "a", ALL)), release.cells(("two", "x", ALL), ("two", "y", ALL)))
    protect(release)
    assert [value for value in (shown(release, "one") | shown(release, "two")).values() if value is None]
    values = [each for each in release.printed.values() if each.base is None]
    assert len(values) > 2


def test_sizes_of_groups_are_rounded_further_before_they_are_hidden():
    release = Release(240, MIN_CELL)
    release.one_way(GROUPS, {"a": 121, "b": 119, "rest": 0}, base=10)
    protect(release)
    bases = {row: each.base for (_, row, _), each in release.printed.items()}
    assert bases["rest"] is None
    assert all(bases[name] >= 10 for name in "ab")


def test_what_does_not_fit_is_no_fact():
    release = Release(100, MIN_CELL)
    release.one_way("t", {"a": 40, "b": 60})
    with pytest.raises(ValueError, match="do not fit"):
        release.know(release.cells(("t", "a", ALL)), low=41, high=100)
    release.suppose(release.cells(("t", "a", ALL)), (), high=39)
    assert len(release.facts) == 1


def test_without_time_all_that_hangs_together_is_hidden():
    release = Release(143, MIN_CELL)
    release.one_way("sex", {"female": 60, "male": 83, "missing": 0})
    release.one_way("chain", {"kappa": 70, "lambda": 73})
    proof = protect(release, seconds=0)
    assert shown(release, "sex") == {"female": None, "male": None, "missing": None}
    assert shown(release, "chain") == {"kappa": 70, "lambda": 75}
    assert proof["narrowest"] >= MIN_CELL


def test_a_count_that_is_told_by_what_is_known_is_never_shared():
    release = Release(30, MIN_CELL)
    release.one_way("t", {"measured": 30, "not measured": 0})
    release.know(release.cells(("t", "measured", ALL)), low=25, high=30)
    with pytest.raises(ValueError, match="nothing can be shared"):
        protect(release)
