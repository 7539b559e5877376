"""What notebook 01 says about the abstract's printed percentages."""

from __future__ import annotations

import pandas as pd

from amyloid.questions.narrative.reading import Number, Reading

COHORT = 43
"""Patients of the abstract."""

RESPONSE_IDS = ("C21", "C22", "C24")
SHORT = {"sum of rounded parts": "sum"}


def rows(found: pd.DataFrame) -> pd.DataFrame:
    """Explanations as `amyloid.show.plots.percentage_audit` draws them: ``label, denominator, how``.

    Parameters
    ----------
    found : DataFrame
        From `amyloid.questions.claims.audit`.
    """
    labels = found["printed"].astype(str) + "% " + found["quantity"]
    frame = pd.DataFrame(
        {"label": labels, "denominator": found["denominator"], "how": found["how"].replace(SHORT)}
    )
    return frame[frame["how"].isin(["rounded", "truncated", "sum"])].drop_duplicates(ignore_index=True)


def reading(sentences: list[str], together: list[int]) -> Reading:
    """Which denominators can carry the printed percentages.

    Parameters
    ----------
    sentences : list of str
        From `amyloid.questions.claims.findings`.
    together : list of int
        Denominators that carry complete, partial and minor response at once.
    """
    first, *others = (sentence.replace(" %", "%") for sentence in sentences)
    text = f"**{first}** So many patients were evaluable, although the abstract does not say so.\n\n"
    text += "\n".join(f"- {sentence}" for sentence in others)
    caption = (
        f"Every denominator from 1 to {COHORT} was tried for every percentage that the abstract prints. "
        f"This figure is about "
        "the abstract and is the same for every cohort."
    )
    numbers = tuple(
        Number(f"audit.evaluable.{i + 1}", "denominator that carries the printed response rates", n)
        for i, n in enumerate(together)
    )
    title = "Which denominators can carry the printed percentages"
    return Reading("audit", title, caption, text, numbers, options={"highlight": [*together, COHORT]})
