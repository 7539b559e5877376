"""`amyloid run` as a user calls it: refusals, interruptions, several at once, scarce memory and disk.

R01 to R35 are the rows of the checklist for bad conditions; each stands beside the test that holds it. Those
of one notebook's fate are in test_runs.py, those of a choice of notebooks in test_notebooks.py (R10), of a
grid in test_sweep.py (R09), of `share` in tests/press/share (R22, R26), of small cohorts in
tests/notebooks (R35).
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from amyloid.cohort import EMBEDDED_COHORT
from amyloid.press.runner.pool import Progress
from amyloid.press.runner.runs import make_run

COMMAND = [sys.executable, "-m", "amyloid.cli", "run"]
PATIENCE = 240


def hear_ctrl_c() -> None:
    """Undo what a shell does to programs that it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    place = tmp_path / "here"
    place.mkdir()
    return place


@pytest.fixture
def start(here, folder):
    """Start `amyloid run` over the tiny notebooks, in a working folder of its own."""
    started = []

    def go(*arguments: str, under: Sequence[str] = (), **options) -> subprocess.Popen[str]:
        call = [*under, *COMMAND, "--notebooks", str(folder), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        process = subprocess.Popen(call, cwd=here, preexec_fn=hear_ctrl_c, **(pipes | options))
        started.append(process)
        return process

    yield go
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def call(start):
    def go(*arguments: str, **options) -> tuple[int, str]:
        process = start(*arguments, **options)
        out, err = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in out + err
        return process.returncode, out + err

    return go


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def wait_for(path: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"{path} never appeared"
        time.sleep(0.05)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


USAGE = {  # R01 to R07, R10, R12
    "unknown": (["-p", "landmark_month", "6"], ["'landmark_month' is not a parameter", "landmark_months?"]),
    "not a number": (["-p", "landmark_months", "six"], ["landmark_months: 'six' is not a number"]),
    "out of range": (["-p", "confidence", "95"], ["between 0 and 1", "Did you mean 0.95?"]),
    "misspelt": (["-p", "hematologic_criteria", "isa2012"], ["boston-2007", "Did you mean isa-2012?"]),
    "no": (["-p", "confirm", "no"], ["confirm: 'no' is not known; expected none, 28-days"]),
    "code as name": (["-p", "open('PWNED','w').close(); x", "1"], ["is not a parameter"]),
    "code as value": (["-p", "hematologic_criteria", "boston-2007'); open('PWNED','w')#"], ["is not known"]),
    "below the floor": (["-p", "min_cell", "1"], ["min_cell: 1 is out of range", "from 5"]),
    "twice": (["-p", "min_cell", "10", "-p", "min_cell", "11"], ["min_cell is given more than once"]),
    "a place": (["-p", "cohort_dir", "x"], ["comes from COHORT"]),
    "no such notebook": (["--only", "7"], ["--only 7: no such notebook", "01_one"]),
    "no such cohort": (["nowhere"], ["COHORT nowhere does not exist"]),
    "the cohort's folder": ([str(EMBEDDED_COHORT), "--out", str(EMBEDDED_COHORT)], ["cohort's folder"]),
    "inside the cohort": ([str(EMBEDDED_COHORT), "--out", str(EMBEDDED_COHORT / "x")], ["cohort's folder"]),
    "around the cohort": ([str(EMBEDDED_COHORT), "--out", str(EMBEDDED_COHORT.parent)], ["cohort's folder"]),
    "an address as target": (["--out", "http://127.0.0.1:9/x"], ["is an address"]),
    "a long target": (["--out", "x" * 300], ["longer than 200 bytes"]),
    "a long cohort": (["x" * 300], ["longer than 200 bytes"]),
    "thousands of digits": (["-p", "landmark_months", "9" * 5000], ["landmark_months: more than 1000"]),
    "no time": (["--cell-timeout", "0"], ["--cell-timeout"]),
    "no jobs": (["--jobs", "0"], ["--jobs"]),
    "no such width": (["--width", "100"], ["--width", "85", "170"]),
}


@pytest.mark.parametrize(("arguments", "words"), USAGE.values(), ids=USAGE)
def test_a_call_at_fault_ends_with_2_before_anything_runs(call, notebook, here, arguments, words):
    notebook("01_one")
    before = tree(EMBEDDED_COHORT)
    status, said = call(*arguments)
    assert status == 2
    for word in words:
        assert word in said
    assert names(here) == []
    assert tree(EMBEDDED_COHORT) == before


def test_every_problem_of_a_parameter_file_is_said(call, notebook, here):
    notebook("01_one")
    (here / "p.toml").write_text("landmark_months = '6'\nconfidence = true\nmincell = 11\n")
    status, said = call("--parameters", "p.toml")
    assert status == 2
    assert "landmark_months: '6' is not a number" in said
    assert "confidence: True is not a number" in said
    assert "Did you mean min_cell?" in said


def test_an_address_is_refused_and_not_called(call, notebook, here):  # R14
    notebook("01_one")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        status, said = call(f"http://127.0.0.1:{listener.getsockname()[1]}/x")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert status == 2
    assert "is an address" in said


@pytest.mark.parametrize("tags", [(), ("parameter",)])
def test_a_lost_parameters_tag_stops_the_run(call, notebook, here, tags):
    notebook("01_one", tags=tags)
    status, said = call()
    assert status == 1
    assert "01_one.ipynb has 0 cells tagged 'parameters'" in said
    assert names(here) == []


def test_a_refused_cohort_starts_no_notebook(call, notebook, here):  # R34
    notebook("01_one", "1")
    shutil.copytree(EMBEDDED_COHORT, here / "bad")
    events = here / "bad" / "events.csv"
    events.write_text(events.read_text().replace(",death,", ",dead,", 1))
    status, said = call("bad", "--out", "run")
    check = subprocess.run(
        [sys.executable, "-m", "amyloid.cli", "check", "bad"], cwd=here, capture_output=True, text=True
    )
    assert status == check.returncode == 1
    assert "'dead'" in said
    for line in said.strip().splitlines():
        assert line in check.stdout + check.stderr
    assert names(here) == ["bad"]


@pytest.mark.parametrize("place", ["/proc/none/run", "file/run"])
def test_a_target_that_cannot_be_written_is_said_at_once(call, notebook, here, place):  # R17
    notebook("01_one")
    (here / "file").write_text("")
    status, said = call("--out", place)
    assert status in (1, 2)
    assert place.rpartition("/")[0] in said


def test_a_run_without_a_name_is_whole_and_latest_points_to_it(call, notebook, here):
    notebook("01_one", figure=True)
    status, said = call()
    assert status == 0
    (made,) = [name for name in names(here / "runs") if name != "latest"]
    assert (here / "runs" / "latest").readlink() == Path(made)
    assert names(here / "runs" / made) == [
        "categories.csv",
        "endpoints.csv",
        "figures",
        "html",
        "manifest.json",
        "notebooks",
        "results",
        "results.csv",
    ]
    assert names(here / "runs" / made / "html") == ["01_one.html", "index.html"]
    assert f"Report: runs/{made}/html/index.html" in said
    assert "synthetic" in (here / "runs" / made / "html" / "index.html").read_text()


def test_two_runs_without_a_name_in_one_second_are_two_runs(start, notebook, here):  # R24
    notebook("01_one")
    both = [start("--quiet") for _ in range(2)]
    assert [process.wait(PATIENCE) for process in both] == [0, 0]
    made = [name for name in names(here / "runs") if name != "latest"]
    assert len(made) == 2
    assert all((here / "runs" / name / "manifest.json").is_file() for name in made)


def test_two_runs_into_one_folder_do_not_mix(start, notebook, here):  # R23
    marker = here / "started"
    notebook("01_one", f"open({str(marker)!r}, 'w').close()\nimport time\ntime.sleep(3)")
    first = start("--out", "run")
    wait_for(marker)
    second = start("--out", "run")
    _, said = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert "already running" in said
    assert first.wait(PATIENCE) == 0
    assert (here / "run" / "manifest.json").is_file()


@pytest.fixture
def sleeping(start, notebook, here, plan):
    """Start a run whose second notebook sleeps, over an earlier run; give the process when it sleeps."""
    marker = here / "marker"
    notebook("01_one")
    make_run(plan("here/run"), lambda total: Progress(total, quiet=True))
    before = (here / "run" / "manifest.json").read_bytes()
    notebook("02_two", f"open({str(marker)!r}, 'w').close()\nimport time\ntime.sleep(600)")
    process = start("--out", "run", "--force")
    wait_for(marker)
    marker.unlink()
    yield process
    assert (here / "run" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_in_order(sleeping, here, signum):  # R19
    sleeping.send_signal(signum)
    _, said = sleeping.communicate(timeout=PATIENCE)
    assert sleeping.returncode == 1
    assert "was interrupted; it was not published" in said
    assert "Traceback" not in said
    assert names(here) in (["run"], ["run", "run.failed"])


def test_a_killed_run_is_no_run_and_leaves_the_earlier_one(sleeping, here):  # R20
    sleeping.kill()
    sleeping.wait()
    assert names(here) == [".run.lock", ".run.partial", "run"]
    assert not (here / ".run.partial" / "manifest.json").exists()


def test_after_a_kill_the_same_target_works_again(start, call, notebook, here):  # R20, R25
    marker = here / "marker"
    notebook("01_one", f"open({str(marker)!r}, 'w').close()\nimport time\ntime.sleep(600)")
    process = start("--out", "run")
    wait_for(marker)
    process.kill()
    process.wait()
    assert not (here / "run").exists()
    notebook("01_one", "1")
    status, said = call("--out", "run")
    assert status == 0
    assert "was interrupted; what it left is cleared" in said
    assert "A lock that a killed run had left was taken over" in said
    assert names(here) == ["marker", "run"]


def test_too_little_memory_is_named_and_the_earlier_run_stays(call, notebook, here, plan):  # R21
    notebook("01_one")
    before = tree(make_run(plan("here/run"), lambda total: Progress(total, quiet=True)))
    notebook("01_one", "block = bytearray(3_000_000_000)")
    shell = ["bash", "-c", 'ulimit -v 1000000; exec "$@"', "bash"]
    status, said = call("--out", "run", "--force", under=shell)
    assert status == 1
    assert "memory" in said.lower()
    assert tree(here / "run") == before


@pytest.fixture
def small_disk(here: Path) -> Iterator[Path]:
    """A file system of 600 kB."""
    place = here / "disk"
    place.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(call, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_named_and_leaves_nothing_half(call, notebook, small_disk):  # R27
    notebook("01_one", "(Path(out_dir) / 'x').write_text('x' * 900_000)")
    status, said = call("--out", "disk/run")
    assert status == 1
    assert "space" in said.lower()
    assert not any(path.is_file() for path in small_disk.rglob("*.csv"))
    assert not (small_disk / "run").exists()


def test_no_network_gives_the_same_results(call, notebook, here):  # R28
    notebook("01_one", "print(1)")
    assert call("--out", "with")[0] == 0
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("taking the network away needs user namespaces")
    assert call("--out", "without", "--fresh", under=["unshare", "-rn"])[0] == 0
    for name in ("results.csv", "categories.csv", "endpoints.csv", "notebooks/01_one.ipynb"):
        assert (here / "with" / name).read_bytes() == (here / "without" / name).read_bytes()


@pytest.mark.parametrize("cohort", ["base", "base-dates"])
def test_locale_and_time_zone_change_no_table(call, notebook, here, cohort):  # R30
    notebook("01_one")
    place = str(Path(__file__).parents[2] / "bad_inputs" / cohort)
    elsewhere = {**os.environ, "LC_ALL": "C", "TZ": "Pacific/Kiritimati"}
    assert call(place, "--out", "here")[0] == 0
    assert call(place, "--out", "there", "--fresh", env=elsewhere)[0] == 0
    for name in ("results.csv", "categories.csv", "endpoints.csv", "html/01_one.html"):
        assert (here / "here" / name).read_bytes() == (here / "there" / name).read_bytes()


@pytest.fixture
def read_only(here: Path) -> Iterator[Path]:
    """The embedded cohort on a file system that nobody can write, root neither; else without the right to."""
    place = here / "data"
    shutil.copytree(EMBEDDED_COHORT, place)
    bind = ["mount", "--bind", "-o", "ro", str(place), str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(bind, capture_output=True).returncode == 0
    for path in [] if mounted else [*place.iterdir(), place]:
        path.chmod(path.stat().st_mode & ~0o222)
    yield place
    if mounted:
        subprocess.run(["umount", str(place)], check=True)
    place.chmod(0o755)


def test_a_read_only_cohort_is_left_alone(call, notebook, here, read_only):  # R16
    notebook("01_one", "import os\nos.listdir(cohort_dir)")
    before = {path.name: path.stat().st_mtime_ns for path in read_only.iterdir()}
    status, _ = call("data", "--out", "run")
    assert status == 0
    assert {path.name: path.stat().st_mtime_ns for path in read_only.iterdir()} == before


@pytest.mark.parametrize("name", ["007", 'My {cohort} "2009"'])
def test_the_page_shows_the_cohorts_name_as_typed(call, notebook, here, name):  # R08
    notebook("01_one")
    shutil.copytree(EMBEDDED_COHORT, here / name)
    assert call(name, "--out", "run")[0] == 0
    page = BeautifulSoup((here / "run" / "html" / "01_one.html").read_text(encoding="utf-8"), "html.parser")
    cells = [cell.get_text() for cell in page.find_all("td")]
    assert name in cells
    assert "7" not in cells


def test_a_default_given_explicitly_changes_nothing(call, notebook, here):  # R11, R31, R13
    notebook("01_one", figure=True)
    assert call("--out", "plain")[0] == 0
    assert call("--out", "given", "--fresh", "-p", "landmark_months", "6", "-p", "confirm", "none")[0] == 0
    plain, given = tree(here / "plain"), tree(here / "given")
    del plain["manifest.json"], given["manifest.json"]
    assert plain == given
    status, said = call("--out", "plain")
    assert status == 2
    assert "--force" in said


def test_files_in_the_current_folder_are_not_imported(notebook, folder, here):  # R15
    """The installed command, as a user calls it, in a folder that holds other people's modules."""
    notebook("01_one", "import pandas, lifelines")
    for module in ("pandas", "lifelines", "click", "json", "sitecustomize"):
        (here / f"{module}.py").write_text("raise SystemExit('imported')\n")
    (here / "matplotlibrc").write_text("figure.figsize: 1, 1\n")
    command = Path(sys.executable).with_name("amyloid")
    call = [str(command), "run", "--notebooks", str(folder), "--out", "run"]
    done = subprocess.run(call, cwd=here, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert not list(here.rglob("__pycache__"))


def test_a_foreign_pandas_on_the_path_is_not_imported(call, notebook, here):
    notebook("01_one", "import pandas")
    for module in ("pandas", "numpy", "pyarrow"):
        (here / f"{module}.py").write_text("raise SystemExit('imported')\n")
    status, said = call("--out", "run", env={**os.environ, "PYTHONPATH": str(here)})
    assert status == 0, said


ABOUT_EMBEDDED = {"about": "embedded cohort"}


@pytest.fixture
def about_embedded(notebook):
    """A notebook for any cohort, and one whose metadata say that it is about the embedded one."""
    notebook("01_one")
    path = notebook("06_six")
    content = json.loads(path.read_text())
    content["metadata"]["amyloid"] = ABOUT_EMBEDDED
    path.write_text(json.dumps(content))


def test_a_notebook_about_the_embedded_cohort_is_left_out_of_another(call, about_embedded, here):
    shutil.copytree(EMBEDDED_COHORT, here / "ours")
    status, said = call("ours", "--out", "run")
    assert status == 0
    assert "06_six is left out: it is about the abstract and the embedded cohort." in said
    assert names(here / "run" / "notebooks") == ["01_one.ipynb"]
    status, said = call("ours", "--only", "6", "--out", "other")
    assert status == 2
    assert "06_six is about the abstract and the embedded cohort" in said
    assert not (here / "other").exists()


def test_the_embedded_cohort_has_it_also_by_its_path(call, about_embedded, here):
    assert call(str(EMBEDDED_COHORT), "--out", "run")[0] == 0
    assert names(here / "run" / "notebooks") == ["01_one.ipynb", "06_six.ipynb"]


def test_a_link_to_a_page_that_is_left_out_is_text(call, notebook, here):
    path = notebook("01_one")
    content = json.loads(path.read_text())
    content["cells"][0]["source"] = "# One\n\nNext: [06 Six](06_six.ipynb), or [here](01_one.ipynb)."
    path.write_text(json.dumps(content))
    assert call("--out", "run")[0] == 0
    page = BeautifulSoup((here / "run" / "html" / "01_one.html").read_text(encoding="utf-8"), "html.parser")
    assert page.find("a", string="06 Six") is None
    assert "Next: 06 Six" in page.get_text()
    assert page.find("a", string="here")["href"] == "01_one.html"
