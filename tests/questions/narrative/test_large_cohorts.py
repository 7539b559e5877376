"""Sentences on thousands of patients name numbers, not patients."""

import numpy as np
import pandas as pd

from amyloid.questions.narrative import phrases, remissions, treatment


def test_thousands_are_separated():
    assert phrases.share(8000, 33000, 0.95) == "8,000 of 33,000 (24%, 95% CI 24% to 25%)"


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
