"""`amyloid share`: what may leave of a run, in one zip file that was read again before it got its name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amyloid.cli.choices import LocalPath

if TYPE_CHECKING:
    from amyloid.cohort import Cohort
    from amyloid.press.disclosure.search import Secrets
    from amyloid.press.share.build import Shared

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
    from amyloid.cohort.delivery import deliver_file
    from amyloid.press.disclosure.formats import pack

    _check_target(run, out, force)
    if allowed and not reason.strip():
        raise click.UsageError("--allow needs a --reason: why may these words leave?")
    manifest = _fitting_manifest(run)
    shared, secrets = _shared(run, manifest, place, allowed)
    packed = pack(shared.contents)
    _pass_gate(packed, secrets, shared.own, allowed)
    if not _is_embedded(run, manifest):
        _write_down(manifest, place, ledger, reason.strip(), allowed)
    deliver_file(out, packed)
    for words in shared.withheld:
        click.echo(f"Withheld: {words}.")
    click.echo(f"{out}: {len(shared.contents)} files. Read {out.name}'s CHECKLIST.txt before you send it.")


def _check_target(run: Path, out: Path, force: bool) -> None:
    if run.is_dir() and not (run / "manifest.json").exists() and any(run.glob("[Pp]atients.*")):
        raise click.UsageError(f"{run} is a cohort, not a run. Run it first: amyloid run {run} --out RUN")
    if not run.is_dir():
        raise click.UsageError(f"{run} is not the folder of a run.")
    if out.suffix.lower() != ".zip":
        raise click.UsageError(f"--out {out}: expected a name that ends in .zip")
    if out.exists() and not force:
        raise click.UsageError(f"{out} exists; nothing was written. Use --force to replace it.")
    if run.resolve() in out.resolve().parents:
        raise click.UsageError(
            f"--out {out} lies inside the run; choose a place outside, so that the run stays whole."
        )
    if not out.resolve().parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")


def _fitting_manifest(run: Path) -> dict[str, Any]:
    """Return the run's manifest after every file was compared with it."""
    from amyloid.press.runner import RunError
    from amyloid.press.runner.manifest import differences, read_manifest

    manifest = read_manifest(run)
    wrong = differences(run, manifest)
    if wrong:
        lines = "\n".join(f"  {line}" for line in wrong)
        raise RunError(f"{run} is not as its manifest says; nothing was shared. Run it again.\n{lines}")
    return manifest


def _shared(
    run: Path, manifest: dict[str, Any], place: Path | None, allowed: tuple[str, ...]
) -> "tuple[Shared, Secrets]":
    """Return what may leave, and the secrets to search it for."""
    from amyloid.adjudication.criteria import CRITERIA
    from amyloid.press.disclosure.search import Secrets
    from amyloid.press.runner import RunError
    from amyloid.press.share.build import Shared, aggregate_report, synthetic_contents
    from amyloid.press.share.searched import found_in, machine_names, secrets_of, typed_texts

    try:
        if _is_embedded(run, manifest):
            return Shared(synthetic_contents(run), frozenset()), Secrets(names=frozenset(machine_names()))
        cohort, folder = _cohort(manifest, place)
        parameters = manifest["parameters"]
        column = str(parameters.get("compare_by", "none"))
        typed = typed_texts(cohort, folder, column)
        secrets = secrets_of(cohort, [folder, run], column, typed)

        def fits(text: str) -> bool:
            found = found_in(text, secrets, typed, allowed)
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
    except ValueError as fault:
        raise RunError(f"{run}: {fault}") from fault


def _is_embedded(run: Path, manifest: dict[str, Any]) -> bool:
    """Say whether cohort and notebooks are those of the program: by fingerprint and by text, not by card."""
    from amyloid.cohort import EMBEDDED_COHORT, read_cohort

    if manifest["cohort"].get("synthetic") is not True or not EMBEDDED_COHORT.is_dir():
        return False
    same = manifest["cohort"]["fingerprint"] == read_cohort(EMBEDDED_COHORT).fingerprint
    return bool(same and all(_is_own(notebook) for notebook in (run / "notebooks").glob("*.ipynb")))


def _is_own(executed: Path) -> bool:
    """Whether an executed notebook holds the cells of the program's own one, its parameters apart."""
    from amyloid.cohort import NOTEBOOKS

    own = NOTEBOOKS / executed.name
    return own.is_file() and _cells(own) == _cells(executed)


def _cells(notebook: Path) -> list[tuple[str, str]]:
    import json

    from amyloid.press.runner.notebooks import source

    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    apart = {"parameters", "injected-parameters"}
    return [
        (cell["cell_type"], source(cell))
        for cell in cells
        if not apart & set(cell["metadata"].get("tags", []))
    ]


def _write_down(
    manifest: dict[str, Any],
    place: Path | None,
    ledger: Path | None,
    reason: str,
    allowed: tuple[str, ...],
) -> None:
    """Hold a release against the earlier ones of its cohort, and write it down."""
    from amyloid.cohort.delivery import deliver_file
    from amyloid.press.disclosure.release import LEDGER, applied_min_cell, read_ledger, written
    from amyloid.press.runner import RunError

    cohort, folder = _cohort(manifest, place)
    path = ledger or (folder if folder.is_dir() else folder.parent) / LEDGER
    min_cell = applied_min_cell(manifest["parameters"]["min_cell"])
    try:
        releases = read_ledger(path)
    except ValueError as fault:
        raise RunError(str(fault)) from None
    rules = {name: value for name, value in manifest["parameters"].items() if name != "confidence"}
    entry = releases.entry(cohort.patients["patient_id"].astype(str), cohort.fingerprint, rules)
    objections = releases.objections(entry, min_cell)
    if objections and not reason:
        lines = "\n".join(f"  {line}" for line in objections)
        raise RunError(
            f"Not shared: it may not stand beside an earlier release. No file was written.\n{lines}\n"
            "  If it may all the same, say why with --reason; the reason is written into the ledger."
        )
    releases.add(entry, reason if objections or allowed else "", allowed)
    deliver_file(path, written(releases))


def _cohort(manifest: dict[str, Any], place: Path | None) -> "tuple[Cohort, Path]":
    """Read the run's cohort again: its identifiers and dates are what the finished file is searched for."""
    from amyloid.cohort import read_cohort
    from amyloid.press.runner import RunError

    known = place or (Path(manifest["cohort"]["path"]) if "path" in manifest["cohort"] else None)
    if known is None or not known.exists():
        raise click.UsageError(
            "The run's cohort is needed to search for its identifiers. Say where it lies: --cohort"
        )
    cohort = read_cohort(known)
    if cohort.fingerprint != manifest["cohort"]["fingerprint"]:
        raise RunError(
            f"{known} is not the cohort of this run, or was changed since. Run it again, then share."
        )
    return cohort, known


def _pass_gate(packed: bytes, secrets: "Secrets", own: frozenset[str], allowed: tuple[str, ...]) -> None:
    from amyloid.press.disclosure.gate import House, inspect
    from amyloid.press.report.layout import content_policy, stylesheet
    from amyloid.press.runner import RunError

    house = House(stylesheet(), content_policy(), own, frozenset(allowed))
    found = inspect(packed, secrets, house)
    if found:
        lines = "\n".join(f"  {finding}" for finding in found)
        told = ""
        if words := next((finding.words for finding in found if finding.words), ""):
            told = f"\n  {WAY_OUT.format(words)}"
        raise RunError(
            f"Not shared: {len(found)} things that may not leave. No file was written.\n{lines}{told}"
        )


def tables_of(run: Path, cohort: "Cohort") -> dict[str, Any]:
    """Return what `aggregate_report` needs of a run and its cohort."""
    import pandas as pd

    from amyloid.adjudication.labs import baseline
    from amyloid.cohort.delivery import defused

    endpoints = pd.read_csv(
        run / "endpoints.csv", dtype={"patient_id": str}, keep_default_na=False, na_values=[""]
    )
    categories = pd.read_csv(run / "categories.csv", dtype=str, keep_default_na=False)
    typed = {defused(patient): patient for patient in cohort.patients["patient_id"].astype(str)}
    return {
        "patients": cohort.patients,
        "baseline": baseline(cohort),
        "categories": categories.assign(patient_id=categories["patient_id"].map(typed)),
        "endpoints": endpoints.assign(patient_id=endpoints["patient_id"].map(typed)),
        "treatments": cohort.treatments,
    }
