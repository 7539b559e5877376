"""JupyterLab runs all cells of each notebook without an error and saves what git has; explore redraws."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
NAMES = tuple(path.stem for path in sorted((ROOT / "notebooks").glob("0*.ipynb")))
START_SECONDS, RUN_SECONDS, SAVE_SECONDS = 90, 240, 6


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Copy the notebooks without outputs beside the data, as in the project."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "notebooks").mkdir()
    (folder / "runs").mkdir()
    shutil.copytree(ROOT / "data", folder / "data")
    for name in (*NAMES, "explore"):
        notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def lab(project, tmp_path_factory):
    """Start JupyterLab on the copy; yield its address with the token."""
    home, token, port = tmp_path_factory.mktemp("home"), secrets.token_hex(16), _free_port()
    call = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={project}"),
        *(f"--IdentityProvider.token={token}",),
    ]
    quiet = {"LabApp": {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}}
    (home / "jupyter_server_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    surroundings = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "PYTHONWARNINGS": ""}
    with (home / "log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(call, cwd=project, env=surroundings, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/api/status?token={token}", server, home / "log")
            yield f"http://127.0.0.1:{port}", token
        finally:
            server.terminate()
            server.wait(timeout=30)


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait(address, server, log):
    for _ in range(START_SECONDS * 2):
        assert server.poll() is None, log.read_text(encoding="utf-8")[-2000:]
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("JupyterLab did not answer")


@contextmanager
def _opened(browser, lab, name):
    """Open a notebook in a window of its own; yield the page once its kernel is ready."""
    address, token = lab
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    try:
        page = context.new_page()
        page.set_default_timeout(START_SECONDS * 1000)
        page.goto(f"{address}/lab/tree/notebooks/{name}.ipynb?reset&token={token}")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.get_by_text("| Idle").wait_for()  # before that, running asks which kernel to take
        yield page
        shots = os.environ.get("AMYLOID_SCREENSHOTS")
        if shots:
            page.screenshot(path=Path(shots) / f"lab-{name}.png")
    finally:
        context.close()


def _run_all(page, path):
    """Run all cells, as a reader does from the menu; return the code cells when they are done."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    return _finished(page, path)


@pytest.mark.parametrize("name", NAMES)
def test_run_all_ends_without_error(browser, lab, project, name):
    path = project / "notebooks" / f"{name}.ipynb"
    with _opened(browser, lab, name) as page:
        cells = _run_all(page, path)
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert [o["evalue"] for o in outputs if o["output_type"] == "error"] == []
    assert [o["text"] for o in outputs if o.get("name") == "stderr"] == []
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert any("text/html" in output.get("data", {}) for output in outputs)
    saved, committed = (
        re.sub(r'"version": "3[.]\d+[.]\d+"', '"version": "any Python"', text)
        for text in (_whole(path), (ROOT / "notebooks" / path.name).read_text(encoding="utf-8"))
    )
    assert saved == committed, "git would not be clean"


def test_choosing_a_patient_redraws(browser, lab, project):
    with _opened(browser, lab, "explore") as page:
        cells = _run_all(page, project / "notebooks" / "explore.ipynb")
        assert not [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
        choice = page.locator(".widget-dropdown select")
        choice.scroll_into_view_if_needed()
        picture = page.locator(".widget-interact .jp-RenderedImage img")
        first = picture.get_attribute("src")
        patients = choice.locator("option").all_inner_texts()
        assert len(patients) == 43
        choice.select_option(patients[6])
        page.wait_for_function(
            "before => document.querySelector('.widget-interact .jp-RenderedImage img')?.src !== before",
            arg=first,
        )
        assert picture.count() == 1, "the picture before is gone"
        choice.select_option(patients[0])
        page.wait_for_function(
            "first => document.querySelector('.widget-interact .jp-RenderedImage img')?.src === first",
            arg=first,
        )


def _whole(path):
    """Read a notebook that JupyterLab may just be writing."""
    for _ in range(100):
        text = path.read_text(encoding="utf-8")
        if text.endswith("}\n"):
            return text
        time.sleep(0.1)
    pytest.fail(f"{path.name} was not saved whole: {text[-200:]!r}")


def _finished(page, path):
    """Save now and then until every code cell in the file has been run; return the code cells."""
    for _ in range(RUN_SECONDS // SAVE_SECONDS):
        page.wait_for_timeout(1000 * SAVE_SECONDS)
        page.keyboard.press("Control+s")
        cells = [cell for cell in json.loads(_whole(path))["cells"] if cell["cell_type"] == "code"]
        failed = any(o["output_type"] == "error" for cell in cells for o in cell["outputs"])
        if failed or all(cell["execution_count"] for cell in cells):
            return cells
    seen = page.locator(".jp-Dialog, .jp-Notebook-ExecutionIndicator").all_inner_texts()
    pytest.fail(f"{path.stem} did not finish in {RUN_SECONDS} s: {seen}")
