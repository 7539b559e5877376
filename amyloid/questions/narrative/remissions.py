"""What notebook 03 says on the complete responders: one by one, on and off therapy."""

from __future__ import annotations

import pandas as pd

from amyloid.questions.narrative.phrases import (
    FEW_LISTED,
    counted,
    listed,
    number,
    plain,
    share,
    some,
    span,
)
from amyloid.questions.narrative.reading import Number, Reading


def complete_responders(frame: pd.DataFrame, n_evaluable: int) -> Reading:
    """The complete responders one by one."""
    n = len(frame)
    title = "The complete responders, one by one"
    if not n:
        return Reading(
            "complete",
            title,
            "",
            "Nobody reached a complete response, so there is no complete remission to follow.",
        )
    alive, relapsed = int(frame["alive"].sum()), int((frame["outcome"] == "relapse").sum())
    lasting = frame[frame["outcome"] != "relapse"]
    off = off_therapy(frame)
    causes = _causes(frame[~frame["alive"]]["death_cause"])
    text = (
        f"**Of {counted(n, 'complete responder')}, {alive:,} {'is' if alive == 1 else 'are'} alive, "
        f"{relapsed:,} relapsed and {len(lasting):,} stayed in remission"
    )
    text += f" for {span(list(lasting['length']))} months**. " if len(lasting) else "**. "
    text += (
        f"Of these, {len(off):,} {'is' if len(off) == 1 else 'are'} alive and in remission off therapy, for "
        f"{span(list(off['off_months']))} months. "
        if len(off)
        else "Nobody is in remission off therapy. "
    )
    text += f"Cause of death: {causes}." if causes else ""
    numbers = [
        Number("cr.alive", "complete responders alive", alive, alive, n, "C29"),
        Number("cr.dead", "complete responders who died", n - alive, n - alive, n, "C30"),
        Number("cr.relapsed", "complete responders who relapsed", relapsed, relapsed, n, "C31"),
        Number(
            "cr.lasting", "complete responders in maintained remission", len(lasting), len(lasting), n, "C32"
        ),
        Number("cr.off", "complete responders alive in remission off therapy", len(off), len(off), n, "C35"),
    ]
    numbers += _range("cr.lasting", "maintained remission, months", lasting["length"], ("C33", "C34"))
    numbers += _range("cr.off", "remission off therapy, months", off["off_months"], ("C36", "C37"))
    caption = (
        f"{n:,} of {n_evaluable:,} evaluable. Remission: from the first complete response to relapse, else "
        "to the last hematologic assessment before another therapy. Off therapy: from the last day of the "
        "last drug."
    )
    return Reading("complete", title, caption, text, tuple(numbers))


def _causes(died: pd.Series) -> str:
    """Cause of each death while they can be listed, else how many died of each."""
    if len(died) <= FEW_LISTED:
        return listed(plain(cause) for cause in died)
    return some([f"{plain(cause)} in {n:,}" for cause, n in died.value_counts().items()])


def off_therapy(frame: pd.DataFrame) -> pd.DataFrame:
    """Remissions that go on, in the living, after the last drug was stopped."""
    return frame[(frame["outcome"] == "ongoing") & frame["alive"] & (frame["off_months"] > 0)]


def _range(name: str, quantity: str, values: pd.Series, claims: tuple[str, str]) -> list[Number]:
    if values.empty:
        return []
    return [
        Number(f"{name}.shortest", f"shortest {quantity}", float(values.min()), claim=claims[0]),
        Number(f"{name}.longest", f"longest {quantity}", float(values.max()), claim=claims[1]),
    ]


def listing(frame: pd.DataFrame) -> pd.DataFrame:
    """Complete responders as a table, in the order of their response."""
    ordered = frame.sort_values("start", kind="stable")
    return pd.DataFrame(
        {
            "Patient": ordered["patient_id"],
            "Complete from month": ordered["start"].astype(float),
            "Remission, months": ordered["length"].astype(float),
            "Drugs stopped at month": ordered["off_from"].astype(float),
            "Off therapy, months": ordered["off_months"].astype(float),
            "Remission": ordered["outcome"].replace({"death": "until last assessment; died later"}),
            "Patient now": [
                f"died: {plain(cause)}" if not alive else "alive"
                for alive, cause in zip(ordered["alive"], ordered["death_cause"], strict=True)
            ],
        }
    )


def remission_lanes(frame: pd.DataFrame) -> Reading:
    """Remissions as intervals."""
    off = frame[frame["off_months"] > 0]
    title = "Complete remissions as intervals, on and off therapy"
    caption = (
        f"{counted(len(frame), 'complete remission')}; the thick part lies after the last drug was stopped."
    )
    if frame.empty:
        return Reading("remissions", title, caption, "There is no complete remission to draw.")
    total = float(off["off_months"].sum())
    text = (
        f"{share(len(off), len(frame))} spent part of their remission off therapy, {number(total, 0)} "
        f"months together."
    )
    numbers = (
        Number(
            "off.total",
            "months of complete remission off therapy, all patients together",
            total,
            len(off),
            len(frame),
        ),
    )
    return Reading("remissions", title, caption, text, numbers)
