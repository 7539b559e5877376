"""The response that the centre recorded against the derived one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort

SPELLINGS: Final = {
    "CR": ("cr", "complete", "complete response", "complete remission", "hcr"),
    "VGPR": ("vgpr", "very good partial response", "very good partial remission"),
    "PR": ("pr", "partial", "partial response", "partial remission"),
    "MR": ("mr", "minor", "minor response", "minimal response"),
    "NR": ("nr", "none", "no response", "non responder", "nonresponder", "sd", "stable", "stable disease"),
    "NE": ("ne", "not evaluable", "non evaluable", "inevaluable", "unevaluable"),
}
"""Category -> what centres write for it; capitals, hyphens and dots do not matter."""

_CATEGORY_OF: Final = {text: category for category, texts in SPELLINGS.items() for text in texts}


@dataclass(frozen=True)
class Agreement:
    """Recorded against derived response.

    Attributes
    ----------
    compared : pandas.DataFrame
        ``patient_id, recorded, derived, reason``: patients whose recorded response could be read.
    cross_table : pandas.DataFrame
        Counts, recorded categories in rows, derived ones in columns, both best first.
    disagreements : pandas.DataFrame
        The rows of `compared` where the two differ.
    unread : pandas.DataFrame
        ``patient_id, recorded``: entries that are no category; they are not compared.
    """

    compared: pd.DataFrame
    cross_table: pd.DataFrame
    disagreements: pd.DataFrame
    unread: pd.DataFrame

    @property
    def alike(self) -> int:
        """How many patients have the same category both ways."""
        return len(self.compared) - len(self.disagreements)


def recorded_category(text: object) -> str | None:
    """Read what a centre wrote as a category.

    Parameters
    ----------
    text : object
        A cell of ``recorded_response``.

    Returns
    -------
    str or None
        ``CR VGPR PR MR NR NE``; None for a blank or an unknown word.
    """
    if not isinstance(text, str):
        return None
    return _CATEGORY_OF.get(re.sub(r"[\s._/()-]+", " ", text).strip().casefold())


def agreement(cohort: Cohort, categories: pd.DataFrame) -> Agreement:
    """Compare the recorded response with the derived one, patient by patient.

    Parameters
    ----------
    cohort : Cohort
    categories : pandas.DataFrame
        One version of one criterion from `amyloid.adjudication.response.categories`: one row per patient.

    Returns
    -------
    Agreement
        Cohen's kappa of it is ``amyloid.stats.kappa(compared["recorded"], compared["derived"])``.

    Raises
    ------
    ValueError
        When `categories` has not exactly one row per patient, in the order of the patients.
    """
    import pandas as pd

    ids = cohort.patients["patient_id"].tolist()
    if categories["patient_id"].tolist() != ids:
        raise ValueError("categories must hold one row per patient: choose one version of one criterion")
    written = cohort.patients["recorded_response"]
    frame = pd.DataFrame(
        {
            "patient_id": ids,
            "recorded": [recorded_category(text) for text in written],
            "derived": categories["category"].to_numpy(),
            "reason": categories["reason"].to_numpy(),
        }
    )
    known = frame["recorded"].notna()
    filled = written.fillna("").astype(str).str.strip().ne("").to_numpy()
    unread = pd.DataFrame({"patient_id": ids, "recorded": written.to_numpy()})[filled & ~known.to_numpy()]
    compared = frame[known].reset_index(drop=True)
    apart = compared["recorded"] != compared["derived"]
    return Agreement(
        compared,
        _cross_table(compared),
        compared[apart].reset_index(drop=True),
        unread.reset_index(drop=True),
    )


def _cross_table(compared: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    both = {*compared["recorded"], *compared["derived"]}
    order = [name for name in SPELLINGS if name in both]
    table = pd.crosstab(compared["recorded"], compared["derived"])
    return table.reindex(index=order, columns=order, fill_value=0)
