"""`amyloid share`: what may leave of a run, in one zip file that was read again before it got its name."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amyloid import cohort as cohorts
from amyloid.cli.choices import LocalPath
from amyloid.cohort.delivery import defused, deliver_file
from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import differences, read_manifest
from amyloid.press.runner.notebooks import has_tag, source
from amyloid.press.share import WORDS

if TYPE_CHECKING:
    from amyloid.press.disclosure.search import Secrets
    from amyloid.press.share.build import Shared

LEDGER = ".amyloid-releases.json"
"""Beside the cohort: two releases that differ by few patients give those few away."""
WAY_OUT = 'If these words may leave: --allow "{}" --reason "..."; both are written into the ledger.'


@click.command()
@click.argument("run", type=LocalPath())
@click.option("--out", required=True, type=LocalPath(dir_okay=False), help="The zip file to write.")
@click.option(
    "--cohort", "place", type=LocalPath(), help="Where the run's cohort lies now, if it was moved since."
)
@click.option(
    "--ledger",
    type=LocalPath(dir_okay=False),
    help="Where releases of this cohort are written down; beside the cohort by default.",
)
@click.option(
    "--reason",
    default="",
    help="Why a release may stand beside an earlier one, or why words may leave; it is written down.",
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="WORDS",
    help="Words that the search stopped at and that may leave; needs a --reason. May be repeated.",
)
@click.option("--force", is_flag=True, help="Replace an earlier file.")
def command(
    run: Path,
    out: Path,
    place: Path | None,
    ledger: Path | None,
    reason: str,
    allowed: tuple[str, ...],
    force: bool,
) -> None:
    """Pack what may leave of RUN into one zip file.

    A cohort of patients leaves as aggregates under the disclosure rules, never as the run's own pages. The
    embedded synthetic cohort may leave whole. The finished file is searched for identifiers, dates, paths,
    addresses and scripts; if anything is found, it is named and no file is written. Releases of a cohort are
    written down beside it: one that differs from an earlier one by few patients is refused.
    """
    from amyloid.press.disclosure.formats import pack
    from amyloid.press.disclosure.gate import inspect

    _check_target(run, out, force)
    if allowed and not reason.strip():
        raise click.UsageError("--allow needs a --reason: why may these words leave?")
    manifest = read_manifest(run)
    if wrong := differences(run, manifest):
        said = f"{run} is not as its manifest says; nothing was shared. Run it again."
        raise RunError(_listed(said, wrong))
    known = None if _is_embedded(run, manifest) else _cohort(manifest, place)
    try:
        shared, secrets = _shared(run, manifest["parameters"], known, allowed)
    except ValueError as fault:
        raise RunError(f"{run}: {fault}") from fault
    packed = pack(shared.contents)
    if found := inspect(packed, secrets, shared.own):
        words = [WAY_OUT.format(finding.words) for finding in found if finding.words]
        said = f"Not shared: {len(found)} things that may not leave. No file was written."
        raise RunError(_listed(said, [*found, *words[:1]]))
    if known:
        cohort, folder = known
        beside = (folder if folder.is_dir() else folder.parent) / LEDGER
        _write_down(cohort, manifest["parameters"], ledger or beside, reason.strip(), allowed)
    deliver_file(out, packed)
    for name, why in shared.withheld.items():
        click.echo(f"Withheld: {name}: {why}.")
    click.echo(f"{out}: {len(shared.contents)} files. Read {out.name}'s CHECKLIST.txt before you send it.")


def _listed(said: str, lines: Iterable[object]) -> str:
    """Return what is said, and lines below it."""
    return "\n  ".join([said, *map(str, lines)])


def _check_target(run: Path, out: Path, force: bool) -> None:
    """Refuse what is no run, and a place that cannot be written to; the first fault is said."""
    is_cohort = run.is_dir() and not (run / "manifest.json").exists() and any(run.glob("[Pp]atients.*"))
    inside = f"--out {out} lies inside the run; choose a place outside, so that the run stays whole."
    faults = (
        (is_cohort, f"{run} is a cohort, not a run. Run it first: amyloid run {run} --out RUN"),
        (not run.is_dir(), f"{run} is not the folder of a run."),
        (out.suffix.lower() != ".zip", f"--out {out}: expected a name that ends in .zip"),
        (out.exists() and not force, f"{out} exists; nothing was written. Use --force to replace it."),
        (run.resolve() in out.resolve().parents, inside),
        (not out.resolve().parent.is_dir(), f"--out {out}: there is no folder {out.parent}"),
    )
    for is_so, said in faults:
        if is_so:
            raise click.UsageError(said)


def _is_embedded(run: Path, manifest: dict[str, Any]) -> bool:
    """Say whether cohort and notebooks are those of the program: by fingerprint and by text, not by card."""
    if manifest["cohort"].get("synthetic") is not True or not cohorts.EMBEDDED_COHORT.is_dir():
        return False
    if manifest["cohort"]["fingerprint"] != cohorts.read_cohort(cohorts.EMBEDDED_COHORT).fingerprint:
        return False
    executed = {path: cohorts.NOTEBOOKS / path.name for path in (run / "notebooks").glob("*.ipynb")}
    return all(own.is_file() and _cells(own) == _cells(path) for path, own in executed.items())


def _cells(notebook: Path) -> list[tuple[str, str]]:
    """Return kind and text of a notebook's cells, its parameters apart."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    parameters = ("parameters", "injected-parameters")
    return [
        (cell["cell_type"], source(cell))
        for cell in cells
        if not any(has_tag(cell, tag) for tag in parameters)
    ]


def _cohort(manifest: dict[str, Any], place: Path | None) -> "tuple[cohorts.Cohort, Path]":
    """Read the run's cohort again: its identifiers and dates are what the finished file is searched for."""
    known = place or (Path(manifest["cohort"]["path"]) if "path" in manifest["cohort"] else None)
    if known is None or not known.exists():
        raise click.UsageError(
            "The run's cohort is needed to search for its identifiers. Say where it lies: --cohort"
        )
    cohort = cohorts.read_cohort(known)
    if cohort.fingerprint != manifest["cohort"]["fingerprint"]:
        raise RunError(
            f"{known} is not the cohort of this run, or was changed since. Run it again, then share."
        )
    return cohort, known


def _shared(
    run: Path,
    parameters: dict[str, Any],
    known: "tuple[cohorts.Cohort, Path] | None",
    allowed: tuple[str, ...],
) -> "tuple[Shared, Secrets]":
    """Return what may leave, and the secrets to search it for; without a cohort the whole run may."""
    from amyloid.adjudication.criteria import CRITERIA
    from amyloid.press.disclosure.search import Secrets
    from amyloid.press.share.build import aggregate_report, synthetic_report
    from amyloid.press.share.searched import machine_names, secrets_of

    if known is None:
        return synthetic_report(run), Secrets(names=machine_names(), allowed=frozenset(allowed))
    cohort, folder = known
    secrets = secrets_of(cohort, folder, [run], str(parameters.get("compare_by", "none")), allowed)

    def fits(text: str) -> bool:
        found = secrets.search_heading(text)
        for what, words in found:
            click.echo(f"{text!r} is withheld: {what} ({words}). {WAY_OUT.format(words)}")
        return not found

    shared = aggregate_report(
        tables_of(run, cohort),
        parameters,
        {pair: criteria.categories for pair, criteria in CRITERIA.items()},
        cohort.card.title,
        str(cohort.card.comparison.get("reference", "")),
        fits,
        secrets.unsearchable(),
    )
    return shared, secrets


def tables_of(run: Path, cohort: "cohorts.Cohort") -> dict[str, Any]:
    """Return what `aggregate_report` needs of a run and its cohort."""
    import pandas as pd

    from amyloid.adjudication.labs import baseline

    found = {"patients": cohort.patients, "baseline": baseline(cohort), "treatments": cohort.treatments}
    typed = {defused(patient): patient for patient in cohort.patients["patient_id"].astype(str)}
    for name in ("categories", "endpoints"):
        texts = {"patient_id": str, "category": str}
        rows = pd.read_csv(run / f"{name}.csv", converters=texts, keep_default_na=False, na_values=[""])
        found[name] = rows.assign(patient_id=rows["patient_id"].map(typed))
    return found


def _write_down(
    cohort: "cohorts.Cohort", parameters: dict[str, Any], path: Path, reason: str, allowed: tuple[str, ...]
) -> None:
    """Hold a release against the earlier ones of its cohort, and write it down."""
    from amyloid.press.disclosure.release import Ledger, applied_min_cell

    try:
        releases = Ledger.read(path)
    except ValueError as fault:
        raise RunError(str(fault)) from None
    min_cell = applied_min_cell(parameters["min_cell"])
    rules = {name: value for name, value in parameters.items() if name != "confidence"}
    entry = releases.entry(cohort.patients["patient_id"].astype(str), cohort.fingerprint, rules)
    if objections := releases.add(entry, min_cell, reason, allowed):
        said = "Not shared: it may not stand beside an earlier release. No file was written."
        why = WORDS["objections"]
        lines = [f"A release of {day} {why[what].format(min_cell=min_cell)}" for day, what in objections]
        way = "If it may all the same, say why with --reason; the reason is written into the ledger."
        raise RunError(_listed(said, [*lines, way]))
    deliver_file(path, releases.written())
