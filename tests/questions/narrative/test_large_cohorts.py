"""Sentences on thousands of patients name numbers, not patients."""

import numpy as np
import pandas as pd
import pytest

from amyloid.questions import kidneys
from amyloid.questions.narrative import phrases, recovery, remissions, treatment


def test_thousands_are_separated():
    assert phrases.share(8000, 33000, 0.95) == "8,000 of 33,000 (24%, 95% CI 24% to 25%)"


def pairs(n):
    frame = pd.DataFrame({"patient_id": [f"p{i}" for i in range(n)], "before": 5.0, "after": 0.1})
    return frame.assign(fall=0.98, outcome=kidneys.OUTCOMES[0])


def test_resolved_proteinuria_is_listed_while_it_is_rare():
    few, many = (recovery.paired(pairs(n), n) for n in (2, 1500))
    assert "resolved in 2 (5,000 to 100 mg/24h and 5,000 to 100 mg/24h)" in few.text
    assert "resolved in 1,500, fell by half" in many.text
    assert len(many.numbers) < 12 < len(few.numbers) + 4


def remission(n):
    return pd.DataFrame(
        {
            "length": np.linspace(1, 30, n),
            "outcome": "ongoing",
            "off_months": 1.0,
            "alive": False,
            "death_cause": ["heart failure"] * (n - 1) + ["not recorded"],
        }
    )


def test_causes_of_many_deaths_are_counted():
    assert remissions.complete_responders(remission(2), 9).text.endswith(
        "Cause of death: heart failure and not recorded."
    )
    assert remissions.complete_responders(remission(2000), 9000).text.endswith(
        "Cause of death: heart failure in 1,999 and not recorded in 1."
    )


def test_the_caption_of_what_can_be_judged_fits_what_is_drawn():
    for n, words in ((treatment.COLUMNS, "one column per patient (150)"), (151, "dark: can be judged")):
        frame = pd.DataFrame({"domain": "d", "criteria": "k", "category": ["NE"] * n})
        reading = treatment.availability(frame, n)
        assert words in reading.caption
        assert reading.options["most"] == treatment.COLUMNS


@pytest.mark.parametrize(("upper", "words"), [(0.6, "exact and overlap widely."), (0.4, "exact. Depth")])
def test_intervals_overlap_only_where_they_do(upper, words):
    rows = [("CR", 70, 100, 0.7, 0.5, 0.8), ("PR", 30, 100, 0.3, 0.2, upper)]
    rates = pd.DataFrame(rows, columns=["label", "count", "n", "estimate", "lower", "upper"])
    assert words in recovery.depth(rates, "boston-2007", "gertz-2005", 0.95).text
