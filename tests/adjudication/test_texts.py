"""Columns of text against the same thing said with one Python string at a time."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amyloid.adjudication.response import side_by_side
from amyloid.adjudication.texts import choose, join, join_what_is_there, lay_out, one_decimal, written

words = st.sampled_from(["", "a", "bc", "größer", "-> 5 mg/L"])
rows_of_words = st.integers(0, 12).flatmap(
    lambda n: st.lists(st.lists(words, min_size=n, max_size=n), min_size=1, max_size=4)
)


def column(texts):
    return pa.array(texts, pa.string())


@given(rows_of_words)
def test_joining_leaves_out_empty_texts_with_their_separators_and_keeps_every_row(columns):
    length = len(columns[0])
    said = written(join_what_is_there([join(column(texts)) for texts in columns], "; ", length), length)
    assert said.to_pylist() == ["; ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]


@given(st.lists(words, max_size=12), st.lists(words, max_size=3))
def test_what_begins_with_a_word_is_always_there(texts, labels):
    phrases = [join(label, column(texts)) for label in ("x ", *labels)]
    said = written(join_what_is_there(phrases, "; ", len(texts)), len(texts))
    expected = [[f"{label}{text}" for label in ("x ", *labels)] for text in texts]
    assert said.to_pylist() == ["; ".join(filter(None, parts)) for parts in expected]


@given(st.lists(words, max_size=12))
def test_single_words_stand_in_every_row(texts):
    length = len(texts)
    assert written(join("x ", column(texts), " y"), length).to_pylist() == [f"x {text} y" for text in texts]
    assert written(join("x", " ", "y"), length).to_pylist() == ["x y"] * length


@given(st.data(), st.lists(words, max_size=12))
def test_pieces_go_to_their_rows(data, texts):
    rows = data.draw(st.lists(st.sampled_from(range(len(texts))), unique=True)) if texts else []
    pieces = data.draw(st.lists(words, min_size=len(rows), max_size=len(rows)))
    at = np.array(rows, dtype=np.intp)
    alone = [""] * len(texts)
    for row, piece in zip(rows, pieces, strict=True):
        alone[row] = piece
    assert lay_out(len(texts), [(at, column(pieces))]).to_pylist() == alone


def test_a_later_piece_covers_an_earlier_one():
    one, two = np.array([0, 2]), np.array([2])
    assert lay_out(3, [(one, "a"), (two, join("b"))]).to_pylist() == ["a", "", "b"]


def test_choosing_between_words_and_columns():
    assert choose(np.array([True, False]), "yes", column(["a", "b"])).to_pylist() == ["yes", "b"]


@given(st.lists(st.floats(allow_nan=True, width=32)))
def test_numbers_read_as_python_writes_them(numbers):
    assert one_decimal(np.array(numbers, dtype=np.float64)).to_pylist() == [f"{n:.1f}" for n in numbers]


def test_results_come_in_order_and_an_error_reaches_the_caller():
    assert list(side_by_side(lambda n: n * n, range(50))) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda n: 1 // (3 - n), range(10)))
