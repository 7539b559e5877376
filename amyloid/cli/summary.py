"""What `amyloid check` says about a good cohort."""

from __future__ import annotations

from typing import Any

import numpy as np

from amyloid.cohort import build_cohort
from amyloid.cohort.errors import visible
from amyloid.cohort.reading.assemble import Parsed
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.schema import EVENTS


def summary(parsed: Parsed) -> dict[str, Any]:
    """Count what is in a cohort.

    Parameters
    ----------
    parsed : Parsed

    Returns
    -------
    dict
        Plain numbers and texts, for JSON.
    """
    months = parsed.labs.month[parsed.lab_order.rows]
    deaths = parsed.events.event[parsed.events.usable] == EVENTS.index("death")
    return {
        "title": parsed.card.title,
        "synthetic": parsed.card.synthetic,
        "patients": len(parsed.patients.ids),
        "lab_rows": len(months),
        "treatment_rows": int(np.count_nonzero(parsed.treatments.usable)),
        "event_rows": int(np.count_nonzero(parsed.events.usable)),
        "deaths": int(np.count_nonzero(deaths)),
        "first_lab_month": float(months.min()) if len(months) else None,
        "last_lab_month": float(months.max()) if len(months) else None,
        "fingerprint": parsed.fingerprint,
    }


def summary_lines(parsed: Parsed, findings: Findings) -> list[str]:
    """Say in words what is in a cohort, and what was said, converted or left out.

    Parameters
    ----------
    parsed : Parsed
    findings : Findings

    Returns
    -------
    list of str
    """
    found = summary(parsed)
    kind = "synthetic" if parsed.card.synthetic else "real patients"
    lines = [f"{visible(found['title'])} ({kind})"]
    lines.append(
        f"{found['patients']} patients, {found['lab_rows']} laboratory values, {found['treatment_rows']} "
        "treatment "
        f"intervals, {found['event_rows']} events, {found['deaths']} deaths."
    )
    if found["lab_rows"]:
        lines.append(
            f"Laboratory values from month {found['first_lab_month']:.1f} to {found['last_lab_month']:.1f}."
        )
    lines += [str(problem) for problem in findings.said()]
    lines += findings.notes
    lines.append("The cohort can be used.")
    return lines


def judgeable_lines(parsed: Parsed, findings: Findings) -> list[str]:
    """Say which criterion can be judged in how many patients.

    Parameters
    ----------
    parsed : Parsed
    findings : Findings

    Returns
    -------
    list of str
    """
    from amyloid.adjudication.response import judgeable

    found = judgeable(build_cohort(parsed, findings)).astype({"judgeable": int, "total": int})
    lines = ["", "What can be judged, in how many patients:"]
    for domain, criteria, number, total, reason, undecided in found.itertuples(index=False):
        why = f"  most often: {reason}" if number < total else ""
        open_ = f"  CR undecided in {undecided}" if undecided else ""
        lines.append(f"  {domain:<24}{criteria:<20}{number:>6} of {total}{open_}{why}")
    return lines
