"""`amyloid audit`: which counts over which denominators can carry the percentages of a publication."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import click

from amyloid.cli.choices import LocalPath
from amyloid.cohort.delivery import deliver_file
from amyloid.press.report.layout import csv_bytes, html_table, plain_page
from amyloid.press.runner import RunError
from amyloid.questions.percentages import (
    Claim,
    ClaimsError,
    Verdict,
    group_words,
    groups,
    read_claims,
    verdicts,
)

HEADER = ("publication", "quantity", "percent", "count", "n", "verdict", "how", "denominator", "count found")
EXPLAINED = (
    "Each percentage is held against every count over the denominator that the publication states: rounded "
    "half up, rounded half to even, cut after its last decimal, as a sum of rounded parts or as what another "
    "part leaves of 100 (the last two within a named group). Where none fits, other denominators are tried. "
    "This says what could have been printed so. It never says that an author is wrong: a denominator that is "
    "not stated, a patient without a value or another way of rounding are all as likely."
)


@click.command(name="audit")
@click.argument("claims_file", metavar="CLAIMS.csv", type=LocalPath(exists=True, dir_okay=False))
@click.option(
    "--out",
    type=LocalPath(dir_okay=False),
    metavar="FILE.html",
    help="Write the answers as a page, and beside it as CSV.",
)
@click.option("--force", is_flag=True, help="Replace the files.")
def command(claims_file: Path, out: Path | None, force: bool) -> None:
    """Say of every percentage in CLAIMS.csv which counts over which denominators can carry it.

    Columns: quantity, percent (as printed); where known publication, count, n (the stated denominator) and
    group (parts of one whole). Leaves with 0 also where no denominator can.
    """
    targets = [out, out.with_suffix(".csv")] if out else []
    there = [path.name for path in targets if path.exists()]
    if there and not force:
        raise click.UsageError(f"{' and '.join(there)} exists already; use --force to replace.")
    try:
        claims = read_claims(claims_file)
    except ClaimsError as error:
        raise RunError(str(error)) from None
    found = verdicts(claims)
    together = [(place, group_words(members)) for place, members in groups(claims).items()]
    for publication, members in groupby(found, key=lambda verdict: verdict.claim.publication):
        click.echo(publication or "Percentages")
        for verdict in members:
            mark = "*" if verdict.remarkable else " "
            click.echo(f"{mark} {verdict.claim.percent} % {verdict.claim.quantity}: {verdict.words}.")
        for (owner, group), words in together:
            if owner == publication:
                click.echo(f"  {group}: {words}.")
    remarkable = sum(verdict.remarkable for verdict in found)
    click.echo(
        f"{len(found)} percentages; {remarkable} marked * cannot be rounded from the stated denominator."
    )
    if out:
        _write(targets, found, together)
        click.echo(f"Written: {out} and {out.with_suffix('.csv').name}")


def _write(
    targets: Sequence[Path], found: Sequence[Verdict], together: Sequence[tuple[tuple[str, str], str]]
) -> None:
    """Write the page and the CSV, each whole."""
    remarkable = [verdict for verdict in found if verdict.remarkable]
    head = ["Publication", "Quantity", "Printed", "Stated", "What can carry it"]
    body = [
        "<h1>Which counts and denominators can carry these percentages?</h1>",
        f"<p>{len(found)} percentages of {len({v.claim.publication for v in found})} publications. "
        f"{len(remarkable)} cannot be rounded from the denominator that is stated.</p>",
        f"<p>{escape(EXPLAINED)}</p>",
    ]
    if remarkable:
        body += [
            "<h2>Not carried by the stated denominator</h2>",
            html_table("Not carried", head, _rows(remarkable)),
        ]
    if together:
        rows = [[owner, group, words] for (owner, group), words in together]
        body += [
            "<h2>Percentages that share a denominator</h2>",
            html_table("Shared denominators", ["Publication", "Group", "Denominators"], rows, len(rows)),
        ]
    body += ["<h2>All percentages</h2>", html_table("All percentages", head, _rows(found), len(found))]
    page = plain_page("Audit of percentages", "\n".join(body), stamp="Published numbers, no patient data.")
    table = [list(HEADER)]
    for verdict in found:
        stated = [
            verdict.claim.publication,
            verdict.claim.quantity,
            verdict.claim.percent,
            *_stated(verdict.claim),
        ]
        ways = [[e.how, str(e.denominator), str(e.count)] for e in verdict.found] or [["", "", ""]]
        table += [[*stated, verdict.code, *way] for way in ways]
    for path, content in zip(targets, (page.encode(), csv_bytes(table)), strict=True):
        deliver_file(path, content)


def _stated(claim: Claim) -> list[str]:
    return ["" if value is None else str(value) for value in (claim.count, claim.n)]


def _rows(found: Sequence[Verdict]) -> list[list[str]]:
    rows = []
    for claim, words in ((verdict.claim, verdict.words) for verdict in found):
        count, n = _stated(claim)
        stated = f"{count or '?'} of {n or '?'}" if count or n else ""
        rows.append([claim.publication, claim.quantity, f"{claim.percent} %", stated, words])
    return rows
