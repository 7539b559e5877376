"""`amyloid export`: a run on paper, in Word, in a workbook."""

import json
from pathlib import Path

import click

from amyloid.cli.paths import LocalPath


@click.command()
@click.argument("run", type=LocalPath())
@click.option("--out", required=True, type=LocalPath(file_okay=False), help="Folder for the files.")
@click.option("--pdf", is_flag=True, help="Each page as A4 PDF, by a Chromium that is there.")
@click.option("--word", is_flag=True, help="Figures and tables as one .docx (needs the extra [word]).")
@click.option("--excel", is_flag=True, help="Every table as a sheet of one .xlsx; no cell becomes a formula.")
@click.option("--force", is_flag=True, help="Replace files of an earlier export.")
def command(run: Path, out: Path, pdf: bool, word: bool, excel: bool, force: bool) -> None:
    """Write RUN as PDF, Word or Excel into a folder of its own.

    The files hold what the run holds: on real data, patients. What may leave is made by `amyloid share`.
    """
    from amyloid.cohort.delivery import delivered
    from amyloid.press.report.exports import write_excel, write_word
    from amyloid.press.report.pdf import ExportError, write_pdf
    from amyloid.press.report.stamps import Kind
    from amyloid.press.runner.errors import RunError
    from amyloid.press.runner.manifest import differences, read_manifest

    if not (pdf or word or excel):
        raise click.UsageError("Say what to write: --pdf, --word, --excel")
    if run.resolve() in (out.resolve(), *out.resolve().parents):
        raise click.UsageError(
            f"--out {out} lies inside the run; choose a place outside, so that the run stays whole."
        )
    manifest = read_manifest(run)
    wrong = differences(run, manifest)
    if wrong:
        raise RunError(f"{run} is not as its manifest says: {json.dumps(wrong)}")
    kind: Kind = "synthetic" if manifest["cohort"].get("synthetic") is True else "patient-data"
    try:
        with delivered(out, force=force) as folder:
            if pdf:
                write_pdf(run / "html", folder)
            if word:
                write_word(run, folder / "figures-and-tables.docx", kind)
            if excel:
                write_excel(run, folder / "tables.xlsx", kind)
            names = sorted(path.name for path in folder.iterdir())
    except ExportError as fault:
        raise RunError(str(fault)) from fault
    except FileExistsError as fault:
        raise click.UsageError(str(fault)) from fault
    click.echo(f"{out}: {', '.join(names)}")
