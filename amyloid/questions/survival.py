"""Notebook 04, how long patients lived: its frames, and what its sentences (04_survival.md) name."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Final

import pandas as pd

from amyloid import stats
from amyloid.questions.curves import SCALES, landmark_hazard, records
from amyloid.questions.description import STAGES
from amyloid.questions.study import Study
from amyloid.questions.words import FEWEST_EVENTS, Told, estimated, hazard_ratio, lowered
from amyloid.show import text

MONTHS: Final = (6, 12, 24, 36)
LANDMARKS: Final = (3, 6, 12)
WAYS: Final = ("naive", "landmark", "time_dependent")
POWERED: Final = 4
"""With fewer deaths not even a very large difference between two equal groups would be found."""

MANY_DEATHS: Final = 1000
"""With so many deaths a test of proportional hazards finds what no reader would see."""


# -- frames -------------------------------------------------------------------------------------------------


def staged_by(study: Study) -> tuple[str, str]:
    """The cardiac staging system in which most patients can be staged, the first of `STAGES` in a tie."""
    cardiac = [system for system in STAGES if system[0] == "cardiac_stage"]
    staged = {system: study.judge(*system, reasons=False)["category"] != "NE" for system in cardiac}
    return max(cardiac, key=lambda system: int(staged[system].sum()))


def beside_lifelines(
    survival: pd.DataFrame, curve: pd.DataFrame, kaplan_meier: Any, cox: pd.Series, ratio: float
) -> pd.DataFrame:
    """Our numbers beside those of lifelines.

    Parameters
    ----------
    survival, curve : DataFrame
        The endpoint, and `amyloid.stats.kaplan_meier` of it.
    kaplan_meier : lifelines.KaplanMeierFitter
        Fitted to the same endpoint.
    cox : Series
        ``hazard_ratios_`` of a fitted CoxPHFitter.
    ratio : float
        The same ratio by `amyloid.stats.cox`.

    Returns
    -------
    DataFrame
        ``quantity, here, lifelines`` as numbers, and ``same``: within one part in a million.
    """
    last = float(survival["months"].max())
    times = [month for month in MONTHS if month <= last]
    at = stats.survival_at(curve, times)["survival"].tolist() if times else []
    (median,) = records(stats.median_survival(curve))
    rows = [
        (f"alive at month {month}", float(here), float(kaplan_meier.predict(month)))
        for month, here in zip(times, at, strict=True)
    ]
    rows.append(("median, months", float(median.median), float(kaplan_meier.median_survival_time_)))
    rows.append(("hazard ratio", ratio, float(cox.iloc[0])))
    found = pd.DataFrame(rows, columns=["quantity", "here", "lifelines"])
    never = found["here"].isna() & ~found["lifelines"].lt(math.inf)
    near = (found["here"] - found["lifelines"]).abs() <= 1e-6 * found["here"].abs()
    return found.assign(same=near | never)


def beside_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Both libraries' numbers to six digits, for a table."""
    said = {
        name: [f"{value:.6g}" if abs(value) < math.inf else text.NOT_REACHED for value in frame[name]]
        for name in ("here", "lifelines")
    }
    return pd.DataFrame({"quantity": frame["quantity"], **said})


def at_risk_both_ways(curve: pd.DataFrame, kaplan_meier: Any) -> pd.DataFrame:
    """Numbers at risk where a patient leaves: just before (here and in R), and after it (lifelines).

    Returns
    -------
    DataFrame
        ``time, before, after``: the first three times at which somebody leaves.
    """
    left = curve[(curve["events"] + curve["censored"] > 0) & (curve["time"] > 0)].head(3)
    table = kaplan_meier.event_table
    after = [int(table["at_risk"][table.index > time].head(1).sum()) for time in left["time"]]
    frame = left[["time", "at_risk"]].rename(columns={"at_risk": "before"})
    return frame.assign(after=after).reset_index(drop=True)


def ratio_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Hazard ratios as `amyloid.show.plots.forest` draws them; a ratio without an end is not drawn."""
    rows = frame.rename(columns={"hazard_ratio": "estimate"})
    rows = rows[["label", "estimate", "lower", "upper", "events", "note"]].copy()
    rows.loc[~rows["estimate"].between(1e-6, 1e6), ["estimate", "lower", "upper"]] = math.nan
    rows["text"] = [row.note or f"{estimated(row, 2)}; {row.events:,} deaths" for row in records(rows)]
    return rows.drop(columns=["events", "note"])


def ratio_in_panel(row: Any, confidence: float) -> str:
    """Hazard ratio with its limits as it stands inside a panel of two groups, or why there is none."""
    if row.note:
        return f"Hazard ratio: {row.note}"
    ratio = text.estimate(row.hazard_ratio, row.lower, row.upper, digits=2)
    return f"Hazard ratio {ratio}, {text.level(confidence)}"


def covariate_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Covariates as `amyloid.show.plots.forest` draws them, with the p of proportionality at the right."""
    said = [
        row.note
        or f"{text.estimate(row.hazard_ratio, row.lower, row.upper, digits=2)}; "
        f"{row.events:,} of {row.n:,} died"
        + (f"; proportional {text.p_value(float(row.p_proportional))}" if _tested(row) else "")
        for row in records(frame)
    ]
    return ratio_rows(frame).assign(text=said)


def in_words(frame: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Hazard ratios as text: ``label``, deaths, ratio with limits, p-value."""
    rows = [
        {
            "label": row.label,
            "Deaths": f"{row.events:,} of {row.n:,}",
            "Result": row.note or hazard_ratio(row, confidence),
            "Test": text.p_value(float(row.p)) if not row.note and row.events >= FEWEST_EVENTS else "",
        }
        for row in records(frame)
    ]
    return pd.DataFrame(rows)


def _tested(row: Any) -> bool:
    """Whether a test of proportional hazards may be printed."""
    return bool(row.p_proportional == row.p_proportional and row.events >= FEWEST_EVENTS)


# -- what the sentences name --------------------------------------------------------------------------------


def tell_landmark(study: Study, groups: pd.DataFrame, later: pd.DataFrame) -> Told:
    """Who ever responded, who had by the landmark, and who is left out of it."""
    gone = groups[groups["months"] <= study.landmark]
    ever = int((groups["group"] == "response").sum())
    return {
        "ever": ever,
        "entered": int((later["group"] == "response").sum()),
        "early": len(gone),
        "early_deaths": int((gone["event"] == 1).sum()),
        "late": ever - int((groups["response_month"] <= study.landmark).sum()),
    }


def _alike(rows: pd.DataFrame) -> str:
    """Why no row has a ratio, where it is one reason."""
    notes = rows["note"].unique()
    return str(notes[0]) if len(notes) == 1 else ""


def tell_hazards(study: Study, compared: pd.DataFrame, groups: pd.DataFrame) -> Told:
    """Naive, landmark and time-dependent hazard ratios."""
    rows = dict(zip(WAYS, records(compared), strict=True))
    naive, last = (round(rows[name].hazard_ratio, 2) for name in ("naive", "time_dependent"))
    deaths = groups.groupby("group", observed=False)["event"].sum()
    return {
        "rows": [(id, id.replace("_", "-"), row) for id, row in rows.items()],
        "reason": _alike(compared),
        "few_deaths": bool(deaths.min() < FEWEST_EVENTS),
        "both": bool(0 < naive < math.inf and 0 < last < math.inf),
        "naive": naive,
        "last": last,
    }


def tell_covariates(study: Study, fitted: pd.DataFrame) -> Told:
    """Whether the hazards of covariates, one at a time, are proportional."""
    tested = fitted[fitted["p_proportional"].notna() & (fitted["events"] >= FEWEST_EVENTS)]
    most = tested["events"].max()
    return {
        "reason": _alike(fitted),
        "tested": len(tested),
        "odd": [lowered(label) for label in tested.loc[tested["p_proportional"] < 0.05, "label"]],
        "many": most >= MANY_DEATHS,
        "few_deaths": most < 50,
    }


def tell_results(
    study: Study, survival: pd.DataFrame, found: pd.DataFrame, at: pd.DataFrame, compared: pd.DataFrame
) -> Told:
    """Both valid comparisons."""
    return {"rows": dict(zip(WAYS, records(compared), strict=True))}


def tell_limits(study: Study, survival: pd.DataFrame) -> Told:
    """What so many deaths allow: covariates, and the smallest ratio that two equal groups would show."""
    deaths = int(survival["event"].sum())
    normal = NormalDist()
    both = normal.inv_cdf(0.975) + normal.inv_cdf(0.80)
    ratio = math.exp(both * 2 / math.sqrt(deaths)) if deaths >= POWERED else math.nan
    return {"deaths": deaths, "covariates": deaths // 10, "ratio": ratio}


def tell_decisions(study: Study, survival: pd.DataFrame, groups: pd.DataFrame) -> Told:
    """Limits of the median on each scale, and the hazard ratio from each landmark."""
    level, times = study.confidence, (survival["months"], survival["event"])
    curves = {scale: stats.kaplan_meier(*times, confidence=level, interval=scale) for scale in SCALES}
    medians = {scale: stats.median_survival(curve) for scale, curve in curves.items()}
    months = dict.fromkeys((study.landmark, *LANDMARKS))
    return {
        "scales": {scale: next(records(found), None) for scale, found in medians.items()},
        "ratios": {month: next(records(landmark_hazard(groups, month, level))) for month in months},
    }
