"""Every command of the README, executed as it is typed, in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0[1-9]_*.ipynb"))
PATIENCE = 900


def typed():
    """Lines of the README's blocks without what they say of themselves, and `make` within sentences."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", README, re.DOTALL))
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in blocks.splitlines()]
    return [
        line for line in dict.fromkeys([*lines, *re.findall(r"`((?:make|conda) [^`]+)`", README)]) if line
    ]


ELSEWHERE = {
    "make test": "is what runs this test",
    "make lab": "starts a server; test_jupyterlab opens every notebook in it",
    "make lint": "is a job of its own",
    "pytest --nbval notebooks": "`make test` ends with it",
}
"""Commands that are held in another way."""
INSTALLS = [line for line in typed() if "install" in line or line.startswith("conda")]
"""They ask a package index; test_wheel installs the wheel beside the locked packages."""
HERE = [line for line in typed() if line not in ELSEWHERE and line not in INSTALLS]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of what git has, with this environment, a cohort of one's own, a registry and claims."""
    place = tmp_path_factory.mktemp("project") / "amyloid-notebooks"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith("tests/"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / name)
            os.utime(place / name, (0, 0))  # older than the environment, which is not made again
    (place / ".venv").symlink_to(sys.prefix)
    claims = ROOT / "tests" / "cases" / "audit" / "published_percentages.csv"
    shutil.copyfile(claims, place / "claims.csv")
    for name in ("my-cohort", "registry"):
        shutil.copytree(ROOT / "data" / "lenalidomide-2007", place / name)
        (place / name / "cohort.toml").write_text(
            'title = "Ours"\nsource = "one center"\nsynthetic = false\n', encoding="utf-8"
        )
    return place


def shell(line, project):
    path = f"{project / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    surroundings = {**os.environ, "PATH": path, "MPLBACKEND": "agg"}
    surroundings.pop("PYTEST_CURRENT_TEST", None)
    done = subprocess.run(
        ["bash", "-c", line], cwd=project, env=surroundings, capture_output=True, text=True, timeout=PATIENCE
    )
    return done.returncode, done.stdout + done.stderr


def test_the_readme_has_commands_and_none_is_forgotten():
    assert len(HERE) >= 12
    assert len(INSTALLS) == 3
    assert set(ELSEWHERE) <= set(typed())


@pytest.mark.parametrize("line", HERE)
def test_a_command_does_what_the_readme_says(line, project):
    status, said = shell(line, project)
    assert status == 0, said
    for made in re.findall(r"--out (\S+)", line):
        assert (project / made).exists()


@pytest.mark.parametrize("line", [line for line in ELSEWHERE if line.startswith("make")])
def test_a_target_that_runs_elsewhere_is_there(line, project):
    status, said = shell(line.replace("make", "make -n", 1), project)
    assert status == 0, said


@pytest.mark.parametrize("line", INSTALLS)
def test_an_installation_names_files_that_are_there(line, project):
    named = re.findall(r"(?:-r|-f) (\S+)", line)
    assert named
    assert all((project / name).is_file() for name in named)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_papermill_from_the_root_writes_into_the_project(notebook, project):
    line = f"papermill notebooks/{notebook.name} out.ipynb -p hematologic_criteria isa-2012"
    before = {path.name for path in project.parent.iterdir()}
    status, said = shell(line, project)
    assert status == 0, said
    assert (project / "runs" / "notebooks" / "results" / f"{notebook.stem[:2]}.csv").is_file()
    assert {path.name for path in project.parent.iterdir()} == before


def test_the_papermill_line_of_the_readme_is_one_of_them():
    assert "papermill notebooks/02_response.ipynb out.ipynb -p hematologic_criteria isa-2012" in HERE
