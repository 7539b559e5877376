"""What notebook 05 says on the complete responders' proteinuria, and on depth against renal response."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from amyloid.questions.curves import records
from amyloid.questions.kidneys import OUTCOMES
from amyloid.questions.narrative.phrases import (
    FEW_LISTED,
    counted,
    definition,
    exact,
    listed,
    percent,
    percent_limits,
    share,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn


@drawn(y_label="Proteinuria (g/24h)", before="Baseline", after="Best", lines=[(0.5, "0.5"), (0.2, "0.2")])
def paired(frame: pd.DataFrame, complete: int) -> Reading:
    """The complete responders with proteinuria, one by one."""
    n = len(frame)
    without = complete - n
    title = "Proteinuria of the complete responders, before and at its best"
    caption = (
        f"{n:,} of {counted(complete, 'complete responder')} with proteinuria above 0.5 g/24h at baseline. "
        "Best: the lowest value on this treatment while creatinine had not risen by 25%, or of all where it "
        "always had. Resolved: at most 0.2 g/24h."
    )
    if not n:
        return Reading(
            "paired",
            title,
            caption,
            f"Of {counted(complete, 'complete responder')}, nobody had significant proteinuria at baseline "
            f"and a later value.",
        )
    counts = {name: int((frame["outcome"] == name).sum()) for name in OUTCOMES}
    resolved = frame[frame["outcome"] == OUTCOMES[0]].sort_values("before")
    few = resolved if len(resolved) <= FEW_LISTED else resolved.iloc[:0]
    values = listed(f"{1000 * row.before:,.0f} to {1000 * row.after:,.0f} mg/24h" for row in records(few))
    text = (
        f"**Of {counted(n, 'complete responder')} with significant proteinuria it resolved in "
        f"{counts[OUTCOMES[0]]:,}"
        + (f" ({values})" if values else "")
        + f", fell by half or more in {counts[OUTCOMES[1]]:,}, and did neither in {counts[OUTCOMES[2]]:,}.** "
        + (f"{without:,} more had none at baseline. " if without else "")
    )
    numbers = _paired_numbers(counts, few, n, complete)
    return Reading("paired", title, caption, text, tuple(numbers))


def _paired_numbers(counts: Mapping[str, int], resolved: pd.DataFrame, n: int, complete: int) -> list[Number]:
    numbers = [
        Number("cr.proteinuria", "complete responders with significant proteinuria", n, n, complete, "C39")
    ]
    claims = {OUTCOMES[0]: ("C40", "C41"), OUTCOMES[1]: ("C46", "C47"), OUTCOMES[2]: ("C48", None)}
    for i, name in enumerate(OUTCOMES):
        numbers += counted_number(
            f"cr.outcome.{i + 1}",
            f"proteinuria {name}",
            counts[name],
            n,
            claims[name][0],
            percent_claim=claims[name][1],
        )
    for i, row in enumerate(records(resolved)):
        ids = (("C42", "C43"), ("C44", "C45"))[i] if i < 2 else (None, None)
        numbers.append(
            Number(
                f"cr.resolved.{i + 1}.before",
                f"resolved proteinuria {i + 1}: before, mg/24h",
                1000 * float(row.before),
                claim=ids[0],
            )
        )
        numbers.append(
            Number(
                f"cr.resolved.{i + 1}.after",
                f"resolved proteinuria {i + 1}: after, mg/24h",
                1000 * float(row.after),
                claim=ids[1],
            )
        )
    return numbers


def paired_listing(frame: pd.DataFrame) -> pd.DataFrame:
    """Complete responders with proteinuria as a table."""
    ordered = frame.sort_values("fall", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "Patient": ordered["patient_id"],
            "Baseline, g/24h": [f"{value:.2f}" for value in ordered["before"]],
            "Best, g/24h": [f"{value:.2f}" for value in ordered["after"]],
            "Fall": [percent(float(value)) for value in ordered["fall"]],
            "Outcome": ordered["outcome"],
        }
    )


def paired_table(frame: pd.DataFrame) -> Reading:
    """Head of the list of complete responders with proteinuria."""
    text = "" if len(frame) else "There is nobody to list."
    return Reading(
        "paired_table",
        "The complete responders with proteinuria, one by one",
        f"{len(frame):,} patients, largest fall first.",
        text,
    )


@drawn(x_label="Best hematologic response", y_label="Share of patients (%)")
def depth(rates: pd.DataFrame, hematologic: str, renal: str, confidence: float) -> Reading:
    """Depth of hematologic against renal response."""
    title = "Renal response by depth of the hematologic response"
    judged = int(rates["n"].sum())
    caption = (
        f"{counted(judged, 'patient')} judged by both ({definition(hematologic)}; renal "
        f"{definition(renal)}). Above each "
        f"column: renal responders of those with that depth."
    )
    if rates.empty:
        return Reading("depth", title, caption, "Nobody can be judged by both definitions.")
    parts = [
        f"{row.label} {share(int(row.count), int(row.n))}, "
        f"{percent_limits(float(row.lower), float(row.upper), confidence)}"
        for row in records(rates)
    ]
    overlap = " and overlap widely" if rates["lower"].max() <= rates["upper"].min() else ""
    text = (
        f"Renal responders: {'; '.join(parts)}. The intervals are exact{overlap}. Depth here is "
        f"the best depth over follow-up, so who lived longer had "
        "more time for both: this table shows association, not cause."
    )
    numbers: list[Number] = []
    for row in records(rates):
        numbers += counted_number(
            f"depth.{str(row.label).lower()}",
            f"renal response among hematologic {row.label}",
            int(row.count),
            int(row.n),
        )
    return Reading("depth", title, caption, text, tuple(numbers))


def depth_table(confidence: float) -> Reading:
    """Head of the table of renal response by depth."""
    return Reading(
        "depth_table",
        "Renal responders by hematologic response",
        f"Of the patients judged by both; {exact(confidence)}.",
        options={"interval": exact(confidence)},
    )
