"""`amyloid export`: a run on paper, in Word, in a workbook."""

from pathlib import Path

import click

from amyloid.cli.choices import LocalPath, fault_of_call
from amyloid.cohort.delivery import delivered
from amyloid.press.report.layout import Kind, Paper
from amyloid.press.runner import RunError


@click.command()
@click.argument("run", type=LocalPath())
@click.option("--out", required=True, type=LocalPath(file_okay=False), help="Folder for the files.")
@click.option("--pdf", is_flag=True, help="All pages as one PDF, by a Chromium that is there.")
@click.option(
    "--word",
    is_flag=True,
    help="Figures, tables, methods and results in reading order as one .docx (needs the extra [word]).",
)
@click.option("--excel", is_flag=True, help="Every table as a sheet of one .xlsx; no cell becomes a formula.")
@click.option(
    "--paper",
    type=click.Choice(("a4", "letter")),
    default="a4",
    show_default=True,
    help="Sheets of the PDF and of the Word document.",
)
@click.option("--force", is_flag=True, help="Replace files of an earlier export.")
def command(run: Path, out: Path, pdf: bool, word: bool, excel: bool, paper: Paper, force: bool) -> None:
    """Write RUN as PDF, Word or Excel into a folder of its own.

    The files hold what the run holds: on real data, patients. What may leave is made by `amyloid share`.
    """
    from amyloid.press.report.export import write_excel, write_pdf
    from amyloid.press.sweep.findings import open_run

    if not (pdf or word or excel):
        raise click.UsageError("Say what to write: --pdf, --word, --excel")
    if run.resolve() in (out.resolve(), *out.resolve().parents):
        raise click.UsageError(
            f"--out {out} lies inside the run; choose a place outside, so that the run stays whole."
        )
    kind: Kind = "synthetic" if open_run(run)["cohort"].get("synthetic") is True else "patient-data"
    with fault_of_call(FileExistsError), delivered(out, force=force) as folder:
        if pdf:
            write_pdf(run / "html", folder / "report.pdf", paper)
        if word:
            _write_word(run, folder / "figures-and-tables.docx", kind, paper)
        if excel:
            write_excel(run, folder / "tables.xlsx", kind)
        names = sorted(path.name for path in folder.iterdir())
    click.echo(f"{out}: {', '.join(names)}")


def _write_word(run: Path, target: Path, kind: Kind, paper: Paper) -> None:
    try:
        from amyloid.press.report.word import write_word
    except ModuleNotFoundError as fault:
        raise RunError("Word needs python-docx: pip install 'amyloid-notebooks[word]'") from fault
    write_word(run, target, kind, paper)
