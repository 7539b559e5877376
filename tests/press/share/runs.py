"""A finished run without executing notebooks: tables and manifest by the program, notebooks invented."""

import shutil
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from amyloid.adjudication import write_adjudication
from amyloid.cli.planning import cohort_facts
from amyloid.cohort import EMBEDDED_COHORT, read_cohort
from amyloid.press.report.pages import write_pages
from amyloid.press.runner.manifest import write_manifest
from amyloid.questions.parameters import defaults, resolved

TESTS = Path(__file__).parents[2]
sys.path.insert(0, str(TESTS / "press" / "report"))


def real_cohort(folder, prefix="ZQX"):
    """Copy the base cohort as if it were of patients: other identifiers, a card that says so."""
    shutil.copytree(TESTS / "bad_inputs" / "base", folder)
    for path in folder.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("AL-", f"{prefix}-"), encoding="utf-8")
    card = folder / "cohort.toml"
    card.write_text(
        card.read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false"), encoding="utf-8"
    )
    return folder


@cache
def pages():
    """Write the invented notebooks and their pages once; every run copies them."""
    from invented_run import png, write_run

    folder = TemporaryDirectory()
    run = write_run(Path(folder.name) / "run")
    write_pages(run, synthetic=True)
    (run / "figures").mkdir()
    (run / "figures" / "02_response_best.png").write_bytes(png(40, 20))
    (run / "figures" / "02_response_best.csv").write_text("grade,n\n=1+1,-3.2\n", encoding="utf-8")
    (run / "results.csv").write_text("id,notebook,quantity\n1,02,responses\n", encoding="utf-8")
    return folder


def finished_run(folder, source=EMBEDDED_COHORT, **parameters):
    """Write a run folder: notebooks, pages, figures, tables, manifest."""
    cohort = read_cohort(source)
    shutil.copytree(Path(pages().name) / "run", folder)
    write_adjudication(cohort, folder)
    facts = {**cohort_facts(cohort), "path": str(source)}
    chosen = resolved({**defaults(), **parameters}, cohort.card)
    write_manifest(folder, {"parameters": chosen, "cohort": facts})
    return folder
