"""Table 1: the direction of a difference between two groups."""

import numpy as np
import pandas as pd
import pytest

from amyloid.questions.characteristics import characteristics
from amyloid.show import tables

FRAME = pd.DataFrame(
    {
        "group": ["original"] * 4 + ["extension"] * 4,
        "age": [70.0, 72, 74, 76, 60, 62, 64, 66],
        "heart": [True, True, True, False, True, False, False, False],
    }
)


def test_a_difference_is_the_first_column_minus_the_second_and_says_so():
    """By hand: (73 - 63) / sqrt(6.6667) and (3/4 - 1/4) / sqrt(3/16)."""
    cells = characteristics(FRAME, {"age": "Age", "heart": "Heart"}, by="group")
    gaps = cells.dropna(subset=["difference"]).groupby("variable")["difference"].first()
    assert gaps.to_dict() == pytest.approx({"Age": 10 / np.sqrt(20 / 3), "Heart": 0.5 / np.sqrt(3 / 16)})
    assert cells.attrs["difference"] == "original minus extension"
    assert (
        "standardized difference, original minus extension"
        in tables.table_one(cells, title="t").as_raw_html()
    )


def test_the_direction_follows_the_order_of_the_categories():
    frame = FRAME.assign(group=pd.Categorical(FRAME["group"], ["extension", "original"]))
    cells = characteristics(frame, {"age": "Age"}, by="group")
    assert cells["difference"].dropna().iloc[0] == pytest.approx(-10 / np.sqrt(20 / 3))
    assert cells.attrs["difference"] == "extension minus original"
    assert "difference" not in characteristics(FRAME, {"age": "Age"}).attrs
