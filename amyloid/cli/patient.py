"""`amyloid patient`: one patient seen whole, in the terminal or as a page that stays in the building."""

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import click

from amyloid.cli.choices import CohortPlace, LocalPath
from amyloid.cohort.delivery import deliver_file
from amyloid.press.report.layout import STAMPS, Kind, html_figure, html_table, plain_page
from amyloid.press.runner import RunError

LOCAL = "It shows one person: keep it where the patient's record is kept. amyloid share never takes it."
DRAWN = (
    "Values, drugs and events from the first dose, and the category of every visit by every criterion. "
    "An open mark is a value below or above a limit. Hatched: cannot be judged."
)


@click.command(name="patient")
@click.argument("cohort", type=CohortPlace(exists=True))
@click.argument("patient_id", metavar="ID")
@click.option("--out", type=LocalPath(dir_okay=False), metavar="FILE.html", help="Write the timeline.")
@click.option("--force", is_flag=True, help="Replace the file.")
def command(cohort: Path, patient_id: str, out: Path | None, force: bool) -> None:
    """Say the category, month and reason of patient ID of COHORT by every criterion.

    With --out also draws the timeline: values, drugs, events and the category of every visit on one axis.
    """
    from amyloid.cohort import read_cohort
    from amyloid.questions.patient import patient

    if out is not None and out.exists() and not force:
        raise click.UsageError(f"{out} exists already; use --force to replace it.")
    opened = read_cohort(cohort)
    try:
        frames = patient(opened, patient_id)
    except KeyError as error:
        raise RunError(f"{cohort}: {error.args[0]}.") from None
    for row in _rows(frames):
        click.echo(f"{row[0]}, {row[1]}: {row[2]}{f' at month {row[3]}' if row[3] else ''}: {row[4]}")
    if out is not None:
        deliver_file(out, _page(frames, patient_id, synthetic=opened.card.synthetic).encode())
        click.echo(str(out))


def _rows(frames: Mapping[str, Any]) -> list[list[str]]:
    return [
        [row.domain.replace("_", " "), row.criteria, row.category, _month(row.month), row.reason]
        for row in frames["categories"].itertuples()
    ]


def _month(value: float) -> str:
    return "" if value != value else f"{value:.2f}"


def _page(frames: Mapping[str, Any], patient_id: str, *, synthetic: bool) -> str:
    from amyloid.show.plots import patient, png

    figure = patient(frames, synthetic=synthetic)
    picture = base64.b64encode(png(figure, 200)).decode()
    events = [
        [_month(row.month), str(row.event).replace("_", " "), row.detail or ""]
        for row in frames["events"].itertuples()
    ]
    kind: Kind = "synthetic" if synthetic else "patient-data"
    head = ["Domain", "Criteria", "Category", "Month", "Reason"]
    body = [
        f"<h1>Patient {escape(patient_id)}</h1>",
        "" if synthetic else f"<p><b>{escape(LOCAL)}</b></p>",
        html_figure(picture, figure.alt, DRAWN),
        "<h2>Why</h2>",
        html_table("Why", head, _rows(frames), 200, ["Month"]),
        "<h2>Events</h2>",
        html_table("Events", ["Month", "Event", "Detail"], events, 200, ["Month"]),
    ]
    return plain_page(f"Patient {patient_id}", "\n".join(body), stamp=STAMPS[kind], kind=f"{kind} overview")
