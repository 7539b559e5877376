"""Comparisons by something that happens during follow-up, such as a response, without immortal time."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats, Values
from amyloid.stats.compare import logrank
from amyloid.stats.risk import snap

AT_LANDMARK: Final = ("excluded", "kept")


def landmark(
    durations: Values,
    events: Values,
    months_to_status: Values,
    landmark: float,
    *,
    leaving_at_landmark: str = "excluded",
) -> pd.DataFrame:
    """Who enters a landmark analysis, with which status, and for how long from there.

    Anderson, Cain and Gelber 1983, J Clin Oncol 1:710. Entering are those with a duration past the landmark;
    the status is yes for those who reached it at the landmark or before.

    Parameters
    ----------
    durations, events : arrays, shape (n,)
        As for `kaplan_meier`.
    months_to_status : array of float, shape (n,)
        Time at which the status was reached, same unit as the durations; NaN is never.
    landmark : float
        Time from which is compared, above or at 0.
    leaving_at_landmark : {"excluded", "kept"}
        Whether a duration of exactly the landmark enters (with a time of 0 from there).

    Returns
    -------
    DataFrame
        enters (bool), status and event (boolean, NA for who does not enter), time from the landmark (NaN
        likewise): one row per patient, in the order given and with the index of the durations if they have
        one. `attrs` names the landmark and both rules.

    Raises
    ------
    ValueError
        As `kaplan_meier`; a negative or infinite time to the status; a landmark below 0 or after everybody
        left.
    """
    checks.choice(leaving_at_landmark, AT_LANDMARK, "leaving_at_landmark")
    time, event, reached = _checked(durations, events, months_to_status)
    if not (np.isfinite(landmark) and landmark >= 0):
        raise ValueError(f"landmark must be a time at or after 0, not {landmark:g}")
    slack = checks.ROUNDING * time.mean()
    enters = time > landmark + slack
    if leaving_at_landmark == "kept":
        enters |= np.abs(time - landmark) <= slack
    if not enters.any():
        raise ValueError(
            f"nobody is followed past the landmark {landmark:g}; the longest duration is {time.max():g}"
        )
    result = pd.DataFrame(
        {
            "enters": enters,
            "status": pd.array(reached <= landmark + slack, dtype="boolean"),  # NaN: never
            "time": np.where(enters, np.maximum(time - landmark, 0), np.nan),
            "event": pd.array(event, dtype="boolean"),
        },
        index=durations.index if isinstance(durations, pd.Series) else None,
    )
    result.loc[~enters, ["status", "event"]] = pd.NA
    kept = "duration > landmark" if leaving_at_landmark == "excluded" else "duration >= landmark"
    result.attrs.update(landmark=landmark, enters=kept, status="reached at the landmark or before")
    return result


def split_at_status(durations: Values, events: Values, months_to_status: Values) -> pd.DataFrame:
    """Split each follow-up where the status is reached, for `cox_time_dependent` and `logrank` with entry.

    Parameters
    ----------
    durations, events, months_to_status : arrays, shape (n,)
        As for `landmark`.

    Returns
    -------
    DataFrame
        patient (index of the durations if they are a Series, else the position), start, stop, event and
        status (0 or 1): one or two rows per patient. A status reached at the last moment or later is never
        seen; reached at 0 it holds throughout.

    Raises
    ------
    ValueError
        As `landmark`; durations of 0, which leave no interval to be at risk in.
    """
    time, event, reached = _checked(durations, events, months_to_status)
    if (time <= 0).any():
        rows = int((time <= 0).sum())
        raise ValueError(
            f"{rows} of {time.size} durations are 0: nobody is at risk on an interval of no length"
        )
    finite = np.where(np.isnan(reached), 0.0, reached)
    time, finite = snap(time, finite)
    change = np.where(np.isnan(reached) | (finite >= time), time, finite)
    patient = durations.index.to_numpy() if isinstance(durations, pd.Series) else np.arange(time.size)
    before, after = change > 0, change < time
    first = pd.DataFrame(
        {
            "patient": patient,
            "start": 0.0,
            "stop": change,
            "event": (event & ~after).astype(np.int64),
            "status": 0,
        }
    )
    second = pd.DataFrame(
        {"patient": patient, "start": change, "stop": time, "event": event.astype(np.int64), "status": 1}
    )
    order = np.argsort(np.append(np.flatnonzero(before), np.flatnonzero(after)), kind="stable")
    return pd.concat([first.loc[before], second.loc[after]]).take(order).reset_index(drop=True)


def mantel_byar(durations: Values, events: Values, months_to_status: Values) -> pd.DataFrame:
    """Mantel-Byar test: log-rank in which each patient changes group when the status is reached.

    Mantel and Byar 1974, J Am Stat Assoc 69:81.

    Parameters
    ----------
    durations, events, months_to_status : arrays, shape (n,)
        As for `landmark`.

    Returns
    -------
    DataFrame
        One row: chi2, df, p, as `logrank`.

    Raises
    ------
    ValueError
        As `split_at_status`.
    """
    rows = split_at_status(durations, events, months_to_status)
    return logrank(rows["stop"], rows["event"], rows["status"], entry=rows["start"])


def _checked(durations: Values, events: Values, months_to_status: Values) -> tuple[Floats, Bools, Floats]:
    time, event = checks.times(durations), checks.flags(events)
    reached = checks.numbers(months_to_status, "months_to_status")
    checks.same_length(durations=time, events=event, months_to_status=reached)
    known = reached[~np.isnan(reached)]
    if known.size:
        checks.times(known, "months_to_status")
    return time, event, reached
