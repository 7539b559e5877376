"""Published against computed: each printed number of a notebook beside the one derived from this cohort."""

from __future__ import annotations

import pandas as pd

from amyloid.cohort import Cohort
from amyloid.questions.claims import reproduces_the_abstract, verdict
from amyloid.questions.narrative.reading import Reading


def reading(found: pd.DataFrame, cohort: Cohort) -> Reading:
    """Words on how many agree, and what that means for this cohort.

    Parameters
    ----------
    found : DataFrame
        From `amyloid.questions.claims.compare`.
    cohort : Cohort
    """
    text = f"**{verdict(found)}**"
    if reproduces_the_abstract(cohort):
        text += " The cohort was built to satisfy them: agreement tests the code, not the medicine."
    caption = (
        "Published: Blood 2007;110(11):192. Computed: from this cohort's rows, by Boston 2007 and Gertz "
        "2005 whatever the "
        "parameters say, and printed by the rule that the abstract used for that number."
    )
    return Reading("claims", "Published against computed", caption, text)
