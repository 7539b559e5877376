"""`amyloid check`: every problem of a cohort at once; of a good one, what can be judged."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np

from amyloid.adjudication.criteria import by_default
from amyloid.cli.choices import CohortPlace, LocalPath
from amyloid.cohort import EMBEDDED, build_cohort, parse_cohort
from amyloid.cohort.errors import CohortError, visible
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.logic import Parsed
from amyloid.cohort.schema import EVENTS


@click.command(name="check")
@click.argument("cohort", type=CohortPlace(), default=EMBEDDED)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead of text.")
@click.option("--no-map", is_flag=True, help="Leave out which criterion can be judged in how many patients.")
@click.option(
    "--pseudonymise",
    type=LocalPath(),
    metavar="FOLDER",
    help="Write a copy with study numbers in place of ids into FOLDER; the key is written beside it.",
)
def command(cohort: Path, as_json: bool, no_map: bool, pseudonymise: Path | None) -> None:
    """Say everything that is wrong with the tables of COHORT, a folder or a workbook.

    Leaves with 0 when the cohort can be used, with 1 when it cannot. Nothing is written without
    --pseudonymise.
    """
    _refuse_other_paths(cohort)
    if pseudonymise is not None:
        _write_pseudonyms(cohort, pseudonymise)
        return
    try:
        parsed, findings = parse_cohort(cohort)
        by_default(parsed.card)
    except CohortError as fault:
        if as_json:
            problems = [problem.as_dict() for problem in fault.problems]
            click.echo(json.dumps({"usable": False, "problems": problems}, indent=1))
            sys.exit(1)
        click.echo(str(fault), err=True)
        if fault.proposal:
            meant = "A file mapping.toml beside the tables may say which columns are meant"
            click.echo(f"\n{meant}:\n\n{fault.proposal}", err=True)
        sys.exit(1)
    if as_json:
        warnings = [problem.as_dict() for problem in findings.said()]
        found = {"usable": True, "problems": warnings, "notes": findings.notes, **summary(parsed)}
        click.echo(json.dumps(found, indent=1))
        return
    for line in summary_lines(parsed, findings):
        click.echo(line)
    if not no_map:
        for line in judgeable_lines(parsed, findings):
            click.echo(line)


def _refuse_other_paths(cohort: Path) -> None:
    """Say what COHORT has to be, when the path is something else."""
    if not cohort.exists():
        raise click.BadParameter(f"there is nothing at {cohort}.", param_hint="COHORT")
    if cohort.is_file() and cohort.suffix.casefold() in (".csv", ".parquet", ".toml", ".tsv", ".txt"):
        raise click.BadParameter(
            f"{cohort.name} is one table; give the folder that holds it: {cohort.parent}", param_hint="COHORT"
        )


def _write_pseudonyms(cohort: Path, folder: Path) -> None:
    from amyloid.cohort.pseudonyms import pseudonymise

    try:
        key = pseudonymise(cohort, folder)
    except FileExistsError as fault:
        raise click.UsageError(f"{fault.filename} is there already; nothing was written.") from fault
    click.echo(f"The copy with study numbers is in {folder}.")
    click.echo(f"The key is {key}: it identifies the patients; keep it where the originals are.")
    click.echo("Dates and free text are as they were.")


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
    """Say in words what is in a cohort, and what was said, converted or left out."""
    found = summary(parsed)
    kind = "synthetic" if parsed.card.synthetic else "real patients"
    lines = [f"{visible(found['title'])} ({kind})"]
    lines.append(
        f"{found['patients']} patients, {found['lab_rows']} laboratory values, "
        f"{found['treatment_rows']} treatment intervals, {found['event_rows']} events, "
        f"{found['deaths']} deaths."
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
    """Say which criterion can be judged in how many patients."""
    from amyloid.adjudication.response import judgeable

    found = judgeable(build_cohort(parsed, findings)).astype({"judgeable": int, "total": int})
    lines = ["", "What can be judged, in how many patients:"]
    for domain, criteria, number, total, reason, undecided in found.itertuples(index=False):
        why = f"  most often: {reason}" if number < total else ""
        open_ = f"  CR undecided in {undecided}" if undecided else ""
        lines.append(f"  {domain:<24}{criteria:<20}{number:>6} of {total}{open_}{why}")
    return lines
