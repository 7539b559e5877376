"""The built wheel in a clean folder: everything that a run needs is inside; a checkout's own files win."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COHORT = ROOT / "tests" / "bad_inputs" / "base"


def tracked(*under):
    listed = subprocess.run(["git", "ls-files", "-z", *under], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel and install it without its dependencies, as pip would beside the locked ones."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "dist")]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = (place / "dist").glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*pip, str(place / "site"), str(wheel)], capture_output=True, check=True)
    return wheel, place / "site"


@pytest.fixture
def amyloid(tmp_path):
    """Call `amyloid` of some folder of packages, from a folder that has nothing to do with the project."""
    (tmp_path / "anywhere").mkdir()
    shutil.copytree(COHORT, tmp_path / "anywhere" / "my-cohort")

    def call(site, *arguments, status=(0,)):
        surroundings = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-P", "-m", "amyloid.cli", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path / "anywhere", env=surroundings, capture_output=True, text=True
        )
        assert done.returncode in status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


def test_the_wheel_holds_what_git_has_and_nothing_else(installed):
    inside = set(zipfile.ZipFile(installed[0]).namelist())
    shipped = {
        name.removeprefix("amyloid/shipped/") for name in inside if name.startswith("amyloid/shipped/")
    }
    assert shipped <= set(tracked())
    assert {name for name in tracked("notebooks") if name.endswith(".ipynb")} <= shipped
    assert {name for name in tracked("data") if "/" in name.removeprefix("data/")} <= shipped
    assert set(tracked("amyloid")) <= inside


def test_an_own_cohort_is_run_from_anywhere(installed, amyloid, tmp_path):
    _, site = installed
    said = amyloid(site, "run", "my-cohort/", "--only", "02", "--only", "03", "--out", "report")
    assert "Report: report/html/index.html" in said
    assert (tmp_path / "anywhere" / "report" / "html" / "02_response.html").is_file()


def test_the_embedded_cohort_its_ensemble_and_the_installation_are_inside(installed, amyloid, tmp_path):
    _, site = installed
    said = amyloid(site, "doctor", status=(0, 1))  # 1 where a killed command has left something behind
    notebooks = len([name for name in tracked("notebooks") if re.search(r"/\d\d_\w+[.]ipynb$", name)])
    for found in (r"\d+ packages as locked", "The embedded cohort: 43 patients", f"{notebooks} notebooks"):
        assert re.search(rf"^ok    {found}$", said, re.MULTILINE)
    amyloid(site, "run", "--only", "08", "--out", "report")
    manifest = json.loads((tmp_path / "anywhere" / "report" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["cohort"]["path"] == str(site / "amyloid" / "shipped" / "data" / "lenalidomide-2007")
    assert "120 patients" in amyloid(site, "check", "two-regimens", "--no-map")


def test_in_a_checkout_its_own_notebooks_and_data_win(amyloid, tmp_path):
    checkout = tmp_path / "checkout"
    for name in tracked("amyloid", "notebooks", "data", "pyproject.toml"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, checkout / name)
    (checkout / "amyloid" / "shipped" / "notebooks").mkdir(parents=True)
    notebook = checkout / "notebooks" / "03_durability.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][0]["source"] = "# A title of our own"
    notebook.write_text(json.dumps(content), encoding="utf-8")
    card = checkout / "data" / "lenalidomide-2007" / "cohort.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("43 patients", "forty-three"), encoding="utf-8")
    amyloid(checkout, "run", "--only", "03", "--out", "report")
    page = (tmp_path / "anywhere" / "report" / "html" / "03_durability.html").read_text(encoding="utf-8")
    assert "A title of our own" in page
    assert "forty-three" in page
