"""Tables of results: proportions, survival at fixed times, medians, hazard ratios."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from great_tables import GT

from amyloid.show.tables import text
from amyloid.show.tables.style import table


def proportions(
    frame: pd.DataFrame,
    *,
    title: str,
    name: str,
    interval: str = "exact 95% CI",
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
) -> GT:
    """Draw counts, denominators, percentages and limits.

    Parameters
    ----------
    frame : DataFrame
        `label, count, n, estimate, lower, upper` (shares of one); optional `group` heads rows.
    title, name : str
        Title; name behind the HTML ids.
    interval : str
        Type and level of the limits, written in the heading.
    notes : sequence of str
        Footnotes: what the denominators are, who is missing, criteria, data cut.
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
    """
    rows = frame[[c for c in ("group", "label") if c in frame]].copy()
    rows["count"] = [f"{int(k):,} of {int(n):,}" for k, n in zip(frame["count"], frame["n"], strict=True)]
    rows["percent"] = [text.percent(float(v)) for v in frame["estimate"]]
    rows["limits"] = [
        text.interval(float(a), float(b), digits=0, share=True)
        for a, b in zip(frame["lower"], frame["upper"], strict=True)
    ]
    return table(
        rows,
        title=title,
        name=name,
        stub="label",
        groups="group" if "group" in rows else None,
        notes=notes,
        numeric=("count", "percent", "limits"),
        synthetic=synthetic,
        labels={
            "label": "",
            "count": "Patients",
            "percent": "Percent",
            "limits": interval[:1].upper() + interval[1:],
        },
    )


def milestones(
    at_times: pd.DataFrame,
    medians: pd.DataFrame | None = None,
    *,
    title: str,
    name: str,
    what: str = "Alive",
    interval: str = "95% CI, log-log",
    few: int = 10,
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
) -> GT:
    """Draw survival at fixed months, and the medians below.

    Parameters
    ----------
    at_times : DataFrame
        `group, time, at_risk, survival, lower, upper`.
    medians : DataFrame, optional
        `group, median, lower, upper`, in months.
    title, name : str
        Title; name behind the HTML ids.
    what : str
        What the curve counts.
    interval : str
        Type and level of the limits, written in the heading.
    few : int
        Estimates with fewer than this many at risk are marked.
    notes : sequence of str
        Footnotes.
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
    """
    rows: list[dict[str, object]] = []
    for record in at_times.to_dict("records"):
        share, low, high = (float(record[key]) for key in ("survival", "lower", "upper"))
        thin = record["at_risk"] < few
        rows.append(
            {
                "group": record["group"],
                "time": f"{text.number(float(record['time']), 0)} months{' *' if thin else ''}",
                "at_risk": int(record["at_risk"]),
                "value": text.percent(share),
                "limits": text.interval(low, high, digits=0, share=True),
            }
        )
    for record in [] if medians is None else medians.to_dict("records"):
        center, low, high = (float(record[key]) for key in ("median", "lower", "upper"))
        rows.append(
            {
                "group": record["group"],
                "time": "Median",
                "at_risk": None,
                "value": text.months(center),
                "limits": text.interval(low, high, missing=text.NOT_REACHED),
            }
        )
    frame = pd.DataFrame(rows, columns=["group", "time", "at_risk", "value", "limits"])
    frame["at_risk"] = frame["at_risk"].astype("Int64")
    one = frame["group"].nunique(dropna=False) < 2
    frame = frame.drop(columns="group") if one else frame.sort_values("group", kind="stable", key=_as_given)
    starred = any(str(row["time"]).endswith("*") for row in rows)
    kept = [*notes, f"* Fewer than {few} at risk." if starred else ""]
    return table(
        frame,
        title=title,
        name=name,
        stub="time",
        groups=None if one else "group",
        notes=kept,
        numeric=("at_risk", "value", "limits"),
        synthetic=synthetic,
        labels={"time": "Time", "at_risk": "At risk", "value": what, "limits": interval},
    )


def _as_given(names: pd.Series) -> pd.Series:
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return names.map(order)


def ratios(
    frame: pd.DataFrame,
    *,
    title: str,
    name: str,
    events: int,
    min_events: int = 10,
    measure: str = "Hazard ratio",
    interval: str = "95% CI",
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
) -> GT:
    """Draw ratios with limits; p-values only when there are enough events.

    Parameters
    ----------
    frame : DataFrame
        `covariate, hazard_ratio, lower, upper, p`; `label` in place of `covariate` when given.
    title, name : str
        Title; name behind the HTML ids.
    events : int
        Events behind the model.
    min_events : int
        With fewer events no p-value is shown, and a note states this rule.
    measure, interval : str
        Headings.
    notes : sequence of str
        Footnotes.
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
    """
    rows = pd.DataFrame(
        {
            "label": frame["label" if "label" in frame else "covariate"].astype(str),
            "value": [text.number(float(v), 2) for v in frame["hazard_ratio"]],
            "limits": [
                text.interval(float(a), float(b), digits=2)
                for a, b in zip(frame["lower"], frame["upper"], strict=True)
            ],
            "p": [text.p_value(float(p)) for p in frame["p"]],
        }
    )
    rule = f"{events} events: p-values are left out below {min_events} events."
    if events < min_events:
        rows = rows.drop(columns="p")
    return table(
        rows,
        title=title,
        name=name,
        stub="label",
        numeric=[c for c in rows.columns if c != "label"],
        notes=[*notes, rule if events < min_events else f"{events} events."],
        synthetic=synthetic,
        labels={"label": "", "value": measure, "limits": interval, "p": "p"},
    )
