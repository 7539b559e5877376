"""Runs over tiny notebooks: whole, unchanged, failed. R18 and so on: see test_run_command.py."""

import contextlib
import io
import json
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from running import processes

from amyloid.cli.planning import make_plan
from amyloid.cohort import EMBEDDED_COHORT
from amyloid.press.runner import ChangedError, PlaceError, RunError
from amyloid.press.runner.manifest import differences, read_manifest
from amyloid.press.runner.notebooks import find
from amyloid.press.runner.plan import Place
from amyloid.press.runner.pool import Pool, Progress
from amyloid.press.runner.runs import make_run
from amyloid.questions.parameters import defaults


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def run(said):
    return lambda plan: make_run(plan, lambda total: Progress(total, stream=said))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_run_is_whole_and_its_manifest_fits(run, plan, notebook, said):
    notebook("01_one", figure=True)
    notebook("02_two", "1 + 1")
    finished = run(plan(parameters={**plan().parameters, "landmark_months": 9}))
    manifest = read_manifest(finished)
    assert differences(finished, manifest) == []
    assert manifest["counts"] == {"notebooks": 2, "figures": 1, "tables": 0}
    assert (finished / "results.csv").read_text() == (
        "id,notebook,quantity,value,n,denominator,note,unit\n"
        "01-1,01_one,landmark,9,1,1,,\n02-1,02_two,landmark,9,1,1,,\n"
    )
    assert names(finished.parent) == ["run"]
    assert names(finished) == ["figures", "manifest.json", "notebooks", "results", "results.csv"]
    assert "02_two: 4 cells, 0 figures" in said.getvalue()


def test_nothing_in_an_executed_notebook_names_the_machine_or_the_time(run, plan, notebook, tmp_path):
    notebook("01_one")
    text = (run(plan()) / "notebooks" / "01_one.ipynb").read_text()
    assert str(tmp_path) not in text
    assert "papermill" not in json.loads(text)["metadata"]
    assert "start_time" not in text
    assert 'cohort_dir = \\"../data/cohort\\"' in text


def test_the_same_run_twice_is_byte_for_byte_the_same(run, plan, notebook):  # R31
    notebook("01_one", "print(list({'a', 'b', 'c'}))", "import random\nhash('a')", figure=True)
    first = tree(run(plan("a/run", fresh=True)))
    second = tree(run(plan("b/run", fresh=True)))
    first.pop("manifest.json"), second.pop("manifest.json")
    assert first == second


def test_parallel_or_one_by_one_gives_the_same_files(run, plan, notebook):
    for number in range(1, 4):
        notebook(f"0{number}_x", "1 + 1")
    trees = [tree(run(plan(f"{jobs}/run", fresh=True, jobs=jobs))) for jobs in (1, 3)]
    for files in trees:
        del files["manifest.json"]
    assert trees[0] == trees[1]


def test_unchanged_notebooks_are_taken_over_and_changed_ones_run(run, plan, notebook, said):
    notebook("01_one", "import uuid\nuuid.uuid4()")
    notebook("02_two", "1 + 1")
    first = tree(run(plan()))
    notebook("02_two", "2 + 2")
    second = tree(run(plan(force=True)))
    assert second["notebooks/01_one.ipynb"] == first["notebooks/01_one.ipynb"]
    assert "01_one: unchanged, taken from an earlier run" in said.getvalue()
    assert b'"4"' in second["notebooks/02_two.ipynb"]


@pytest.mark.parametrize("change", ["fresh", "parameters", "cohort", "damaged"])
def test_what_changed_or_is_asked_for_is_run_again(run, plan, notebook, said, change):
    notebook("01_one", "import uuid\nuuid.uuid4()")
    first = tree(run(plan()))
    again = plan(force=True)
    match change:
        case "fresh":
            again = replace(again, fresh=True)
        case "parameters":
            again = replace(again, parameters={**again.parameters, "confidence": 0.9})
        case "cohort":
            again = replace(again, facts={**again.facts, "fingerprint": "e" * 64})
        case "damaged":
            (again.target / "notebooks" / "01_one.ipynb").write_text("{}")
    second = tree(run(again))
    assert second["notebooks/01_one.ipynb"] != first["notebooks/01_one.ipynb"]
    assert "unchanged" not in said.getvalue()


def test_a_notebook_about_the_embedded_cohort_runs_again_when_what_is_stored_changes(
    run, plan, notebook, said, monkeypatch
):
    for stem in ("01_one", "06_six"):
        path = notebook(stem)
        content = json.loads(path.read_text())
        content["metadata"]["amyloid"] = {"about": "embedded cohort"} if stem == "06_six" else {}
        path.write_text(json.dumps(content))
    run(plan())
    monkeypatch.setattr("amyloid.press.runner.plan.stored_hash", lambda: "another")
    run(plan(force=True))
    assert "01_one: unchanged" in said.getvalue()
    assert "06_six: unchanged" not in said.getvalue()


FAULTS = {
    "error": ("1 / 0", "ZeroDivisionError: division by zero"),
    "exit": ("import sys\nsys.exit(0)", "SystemExit"),  # R32
    "killed": ("import os\nos.kill(os.getpid(), 9)", "SIGKILL"),  # R18
    "hard exit": ("import os\nos._exit(0)", "Kernel died"),
    "memory": ("raise MemoryError", "memory ran out"),
    "script": ("%%script bash\nexit 3", "non-zero exit status 3"),
    "script that hides": ("%%script --no-raise-error bash\nexit 3", "may fail unseen; take away --no-raise"),
    "script apart": ("%%bash --bg\nexit 3", "may fail unseen; take away --bg"),
    "no such program": ("%%script nosuchprogram\nx", "its script never ran. Couldn't find program"),
    "command": ("!exit 3", "non-zero exit status 3"),
    "no such command": ("!nosuchprogram", "non-zero exit status 127"),
    "command whose words are kept": ("said = !exit 3", "non-zero exit status 3"),
    "space": ("raise OSError(28, 'No space left on device')", "No space left"),
}


@pytest.mark.parametrize(("cell", "words"), FAULTS.values(), ids=FAULTS)
def test_a_failing_cell_is_named_and_nothing_gets_the_final_name(run, plan, notebook, said, cell, words):
    notebook("01_one")
    notebook("03_three", cell, "'never'")
    target = plan().target
    with pytest.raises(RunError, match="03_three, code cell 4: ") as error:
        run(plan())
    assert words in str(error.value)
    assert "incomplete" in str(error.value)
    assert not target.exists()
    if words != "No space left":
        kept = Place(target).failed
        assert f"What was finished is kept in {kept}." in str(error.value)
        assert "03_three.ipynb" in names(kept / "failed")
        assert "03_three, code cell 4" in (kept / "FAILED.txt").read_text()
        assert "01_one: 3 cells" in said.getvalue() or "01_one: 4 cells" in said.getvalue()


def test_a_command_that_succeeds_is_no_fault(run, plan, notebook):
    notebook("01_one", "!true", "said = !echo 5")
    assert (run(plan()) / "manifest.json").is_file()


def test_the_others_finish_and_are_taken_over_once_the_fault_is_mended(run, plan, notebook, said):
    notebook("01_one", "1 / 0")
    notebook("02_two")
    with pytest.raises(RunError, match="01_one, code cell 4"):
        run(plan())
    notebook("01_one", "1 / 1")
    finished = run(plan())
    assert "An earlier run into" in said.getvalue()
    assert "02_two: unchanged" in said.getvalue()
    assert names(finished.parent) == ["run"]


def test_a_failing_rerun_leaves_the_earlier_run_as_it_was(run, plan, notebook):  # R13
    notebook("01_one")
    before = tree(run(plan()))
    notebook("01_one", "1 / 0")
    with pytest.raises(RunError):
        run(plan(force=True))
    assert tree(plan().target) == before


def test_a_cell_that_may_fail_counts_as_failed(run, plan, notebook, folder):  # R33
    path = notebook("01_one", "1 / 0")
    content = json.loads(path.read_text())
    content["cells"][-1]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(content))
    with pytest.raises(RunError, match="01_one, code cell 4: ZeroDivisionError"):
        run(plan())


def test_a_figure_that_was_not_saved_is_a_fault(run, plan, notebook):
    notebook("01_one", "(Path(out_dir) / 'figures' / f'{stem}_line.svg').unlink()", figure=True)
    with pytest.raises(RunError, match=r"figure line was not saved as 01_one_line\.svg"):
        run(plan())


def test_a_notebook_without_numbers_is_a_fault(run, plan, notebook):
    notebook("01_one", "(Path(out_dir) / 'results' / '01.csv').unlink()")
    with pytest.raises(RunError, match=r"01_one: 01_one kept no numbers|kept no numbers"):
        run(plan())


def test_a_cohort_that_changes_on_the_way_is_noticed_and_nothing_is_kept(run, plan, notebook):
    notebook("01_one", "open(cohort_dir + '/patients.csv', 'a').write('AL-2')")
    with pytest.raises(ChangedError, match="files changed while the run was going"):
        run(plan())
    assert names(plan().target.parent) == []


READ = "from amyloid.cohort import read_cohort\nread_cohort(cohort_dir).fingerprint"
RESTORE = """
import shutil
shutil.copyfile({before!r}, cohort_dir + "/events.csv")"""


@pytest.fixture
def saved_meanwhile(tmp_path, notebook):
    """A plan made from a cohort, after which one death is taken out of its events: 15 in place of 16."""
    cohort = tmp_path / "real"
    shutil.copytree(EMBEDDED_COHORT, cohort)
    shutil.copyfile(cohort / "events.csv", tmp_path / "before.csv")
    notebook("01_one", READ)
    target = tmp_path / "out" / "run"
    planned = make_plan(target, cohort, [], defaults(), jobs=1, fresh=False, force=False)
    lines = (cohort / "events.csv").read_text().splitlines(keepends=True)
    lines.remove(next(line for line in lines if ",death," in line))
    (cohort / "events.csv").write_text("".join(lines))
    return replace(planned, last=(), preload=())


@pytest.mark.parametrize("restored", [False, True], ids=["stays changed", "is as before at the end"])
def test_a_file_saved_while_the_run_starts_reaches_no_page_and_no_cache(
    run, saved_meanwhile, notebook, folder, tmp_path, said, restored
):
    """The run read one version, a kernel another: only what the kernel read tells, when it is put back."""
    before = str(tmp_path / "before.csv")
    notebook("01_one", READ + (RESTORE.format(before=before) if restored else ""))
    notebook("02_two", READ)
    planned = replace(saved_meanwhile, notebooks=find(folder), beside=None)
    with pytest.raises(ChangedError, match="01_one read other data than the run began with"):
        run(planned)
    assert names(planned.target.parent) == []
    shutil.copyfile(before, planned.cohort / "events.csv")
    notebook("01_one", READ)
    finished = run(replace(planned, notebooks=find(folder)))
    assert "unchanged" not in said.getvalue()
    manifest = read_manifest(finished)
    assert [part["read"] for part in manifest["notebooks"]] == [[manifest["cohort"]["fingerprint"]]] * 2


def test_the_tables_beside_the_notebooks_are_held_to_the_same_data(run, saved_meanwhile):
    assert saved_meanwhile.beside is not None
    with pytest.raises(ChangedError, match="tables read other data"):
        run(saved_meanwhile)


def test_nothing_is_said_to_be_kept_when_nothing_is(run, plan, notebook):
    notebook("01_one", "raise OSError(28, 'No space left on device')")
    with pytest.raises(RunError) as error:
        run(plan())
    assert "kept" not in str(error.value)
    assert names(plan().target.parent) == []


def test_what_there_is_of_a_run_without_a_finished_notebook_is_kept(run, plan, notebook):
    notebook("01_one", "1 / 0")
    with pytest.raises(RunError, match=r"What there is of it is kept in .*run\.failed\."):
        run(plan())
    assert "01_one.ipynb" in names(Place(plan().target).failed / "failed")


def test_a_cell_that_hangs_is_ended_and_named(run, plan, notebook):
    notebook("01_one")
    notebook("03_three", HANG)
    with pytest.raises(RunError, match="03_three, code cell 4: the cell ran longer than 2 seconds"):
        run(plan(cell_seconds=2))
    assert names(plan().target.parent) == ["run.failed"]


HANG = "import time\ntime.sleep(600)"
CHILDREN = """
import subprocess, sys
sleep = [sys.executable, "-c", "import time; time.sleep(600)", {mark!r}]
for apart in (False, True):
    subprocess.Popen(sleep, start_new_session=apart)
{then}"""


@pytest.mark.parametrize(
    ("then", "fault"), [("1", None), (HANG, "longer than"), ("import os\nos._exit(1)", "died")]
)
def test_what_a_cell_started_ends_with_it(run, plan, notebook, tmp_path, then, fault):
    mark = tmp_path / "mark"
    notebook("01_one", CHILDREN.format(mark=str(mark), then=then))
    with contextlib.nullcontext() if fault is None else pytest.raises(RunError, match=fault):
        run(plan(cell_seconds=3))
    assert processes(mark) == []


@dataclass
class Interrupting:
    """A display at which the user presses Ctrl-C once a notebook has begun to write a file."""

    file: Path

    def cell(self) -> None:
        if not self.file.with_name("ready").exists():
            return
        while not self.file.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    def say(self, line: str) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """There is nothing to take away."""


BEAT = """\
import time
while True:
    with open({file!r}, "a") as file:
        file.write(".")
    time.sleep(0.01)"""


def test_an_interrupted_run_ends_its_notebooks_before_it_tidies_up(plan, notebook, tmp_path):
    beat = tmp_path / "beat"
    notebook("01_one", f"open({str(tmp_path / 'ready')!r}, 'w').close()", BEAT.format(file=str(beat)))
    with Pool(()) as pool:
        with pytest.raises(KeyboardInterrupt):
            make_run(plan(), lambda _: Interrupting(beat), pool)
        written = beat.stat().st_size
        time.sleep(0.3)
        assert beat.stat().st_size == written > 0
    assert [name for name in names(plan().target.parent) if name != "run.failed"] == []


def test_an_earlier_run_is_replaced_only_with_force(run, plan, notebook):  # R13
    notebook("01_one")
    before = tree(run(plan()))
    with pytest.raises(PlaceError, match="Add --force"):
        run(plan())
    assert tree(plan().target) == before


@pytest.mark.parametrize("name", ["007", 'My {cohort} "2009"', "it's", "a\\b", "α"])
def test_the_cohorts_name_reaches_the_notebook_as_typed(run, plan, notebook, tmp_path, name):  # R08
    notebook("01_one", "print(repr(Path(cohort_dir).name), (Path(cohort_dir) / 'patients.csv').is_file())")
    place = tmp_path / "cohorts" / name
    place.mkdir(parents=True)
    (place / "patients.csv").write_text("patient_id\n")
    content = json.loads((run(plan(cohort=place)) / "notebooks" / "01_one.ipynb").read_text())
    assert "".join(content["cells"][-1]["outputs"][0]["text"]) == f"{name!r} True\n"
    assert names(place) == ["patients.csv"]


def test_files_lying_around_are_not_imported(run, plan, notebook, cohort, tmp_path, monkeypatch):  # R15
    here = tmp_path / "here"
    here.mkdir()
    for place in (cohort, here):
        for module in ("pandas.py", "lifelines.py", "sitecustomize.py"):
            (place / module).write_text("raise SystemExit('imported')\n")
        (place / "matplotlibrc").write_text("figure.figsize: 1, 1\n")
        (place / "jupyter_config.py").write_text("raise SystemExit('read')\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("PYTHONPATH", str(here))
    monkeypatch.setenv("MATPLOTLIBRC", str(here))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(here))
    notebook(
        "01_one",
        "import pandas\nfrom matplotlib import rcParams\nprint(rcParams['figure.figsize'] == [6.4, 4.8])",
    )
    content = json.loads((run(plan()) / "notebooks" / "01_one.ipynb").read_text())
    assert content["cells"][-1]["outputs"][0]["text"] == ["True\n"]


def test_no_home_no_display_another_backend_locale_and_zone(run, plan, notebook, monkeypatch):  # R29, R30
    notebook("01_one", "import time\nprint(time.tzname, 'é'.encode())", figure=True)
    first = tree(run(plan("a/run")))
    for name in ("HOME", "DISPLAY", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MPLBACKEND", "TkAgg")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    second = tree(run(plan("b/run", fresh=True)))
    first.pop("manifest.json"), second.pop("manifest.json")
    assert first == second


def test_a_long_temporary_folder_does_not_break_the_sockets(run, plan, notebook, tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    notebook("01_one")
    assert run(plan()).is_dir()


def test_kernels_leave_no_word_of_their_own(run, plan, notebook):
    notebook("01_one", "1")
    content = json.loads((run(plan()) / "notebooks" / "01_one.ipynb").read_text())
    outputs = [output for cell in content["cells"] for output in cell.get("outputs", [])]
    assert {output["output_type"] for output in outputs} == {"execute_result"}


def test_figures_of_the_committed_notebook_are_expected_again(run, plan, notebook, folder):
    shows = "from IPython.display import display\ndisplay({{}}, raw=True, metadata={{'amyloid': {}}})"
    committed = {"output_type": "display_data", "data": {}, "metadata": {"amyloid": {"kind": "figure"}}}

    def commit(code: str) -> None:
        path = notebook("01_one", code)
        content = json.loads(path.read_text())
        content["cells"][-1]["outputs"] = [committed]
        path.write_text(json.dumps(content))

    commit("1")
    with pytest.raises(RunError, match="no figure was drawn; the committed notebook shows 1"):
        run(plan())
    commit(shows.format({"kind": "no_figure", "name": "x"}))
    assert run(plan()).is_dir()
