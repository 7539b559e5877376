"""A real browser for the pages: Chromium from the system, no network. In CI it must be there."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from amyloid.press.report.export import QUIET, find_chromium
from amyloid.press.report.pages import write_pages
from amyloid.press.share.build import aggregate_report

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / "press" / "report"), str(TESTS / "press" / "share")]


def absent(what):
    """Skip with a reason; in CI fail instead."""
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(f"{what}: CI must not skip the browser tests")
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium():
    path = find_chromium()
    if path is None:
        absent("no Chromium found (apt-get install chromium, or set AMYLOID_CHROMIUM)")
    return path


@pytest.fixture(scope="session")
def browser(chromium):
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed (pip install -e '.[test]')")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe():
    """Return the source of axe-core, as axe-playwright-python carries it (MPL-2.0)."""
    try:
        import axe_playwright_python
    except ImportError:
        absent("axe-playwright-python is not installed (pip install -e '.[test]')")
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Return the folder of pages: an invented run with hostile text, and a shared report of patients."""
    from invented_cohort import KNOWN, PARAMETERS, tables
    from invented_run import write_run

    run = write_run(tmp_path_factory.mktemp("pages") / "run")
    write_pages(run, synthetic=True, title="An invented cohort")
    shared = aggregate_report(tables(), PARAMETERS, KNOWN).contents
    (run / "html" / "shared.html").write_bytes(shared["index.html"])
    return run / "html"


@pytest.fixture(scope="session")
def project_pages(tmp_path_factory):
    """Return the pages of the project's own notebooks, as committed."""
    run = tmp_path_factory.mktemp("project") / "run"
    shutil.copytree(
        TESTS.parent / "notebooks", run / "notebooks", ignore=shutil.ignore_patterns(".*", "*.md")
    )
    write_pages(run, synthetic=True)
    return run / "html"
