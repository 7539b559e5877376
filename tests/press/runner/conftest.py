"""Tiny notebooks, so that the runner's faults are tried in seconds."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from running import processes

from amyloid.press.runner.notebooks import find
from amyloid.press.runner.plan import Plan, hash_cohort
from amyloid.questions.parameters import defaults

PARAMETERS_CELL = "\n".join(
    [
        'cohort_dir = "../data/lenalidomide-2007"',
        'out_dir = "../runs/notebooks"',
        *(f"{name} = {value!r}" for name, value in defaults().items()),
    ]
)
KEEP = """\
from pathlib import Path
number, stem = "{number}", "{stem}"
out_dir = out_dir if out_dir.startswith("..") else f"../{{out_dir}}"  # as `out_folder` does
(Path(out_dir) / "results").mkdir(parents=True, exist_ok=True)
(Path(out_dir) / "results" / f"{{number}}.csv").write_text(
    f"id,notebook,quantity,value,n,denominator,note,unit\\n{{number}}-1,{{stem}},landmark,{{landmark_months}},1,1,,\\n"
)"""
FIGURE = """\
import matplotlib.pyplot as plt
from IPython.display import display
plt.rcParams["svg.hashsalt"] = "amyloid"
figure, axes = plt.subplots()
axes.plot([1, 2])
(Path(out_dir) / "figures").mkdir(exist_ok=True)
for ending in ("png", "svg"):
    undated = {"Date": None} if ending == "svg" else {}
    figure.savefig(Path(out_dir) / "figures" / f"{stem}_line.{ending}", metadata=undated)
display(figure, metadata={"amyloid": {"kind": "figure", "name": "line", "shareable": True}})
plt.close(figure)"""

GOODBYE_SECONDS = 60
"""A server whose run was killed notices it after its imports, which take long on a busy machine."""

MakeNotebook = Callable[..., Path]
MakePlan = Callable[..., Plan]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the tiny notebooks."""
    place = tmp_path / "tiny"
    place.mkdir()
    return place


@pytest.fixture
def notebook(folder: Path) -> MakeNotebook:
    """Write one tiny notebook: parameters, its numbers, then the given cells."""

    def make(stem: str, *cells: str, tags: tuple[str, ...] = ("parameters",), figure: bool = False) -> Path:
        content = nbformat.v4.new_notebook()
        content.cells = [
            nbformat.v4.new_markdown_cell(f"# {stem}", id="title"),
            nbformat.v4.new_code_cell(PARAMETERS_CELL, metadata={"tags": list(tags)}, id="parameters"),
            nbformat.v4.new_code_cell(KEEP.format(number=stem[:2], stem=stem), id="keep"),
        ]
        extra = [FIGURE, *cells] if figure else list(cells)
        content.cells += [nbformat.v4.new_code_cell(c, id=f"cell-{n}") for n, c in enumerate(extra)]
        path = folder / f"{stem}.ipynb"
        nbformat.write(content, path)
        return path

    return make


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """A folder that stands for a cohort: the runner knows files, not the science."""
    place = tmp_path / "cohort"
    place.mkdir()
    (place / "patients.csv").write_text("patient_id\nAL-1\n")
    return place


@pytest.fixture
def plan(folder: Path, cohort: Path, tmp_path: Path) -> MakePlan:
    """Put a plan together over all tiny notebooks written so far."""

    def make(target: str = "out/run", **changes: object) -> Plan:
        facts = {"title": "Tiny", "synthetic": True, "fingerprint": "f" * 64, "rows": {"patients": 1}}
        chosen = {"notebooks": find(folder), "cohort": cohort, "facts": facts, "parameters": defaults()}
        chosen |= changes
        files = hash_cohort(chosen["cohort"])
        return Plan(tmp_path / target, files=files, **chosen)  # type: ignore[arg-type]

    return make


@pytest.fixture(autouse=True)
def settled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the package's code as unchanged, also while somebody works on it."""
    monkeypatch.setattr("amyloid.press.runner.plan.code_hash", lambda: "the same")


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a server, worker, kernel or temporary folder of its own behind."""
    tmp_path_factory.getbasetemp()  # made before the temporary folder moves
    own = Path(tempfile.mkdtemp(prefix="at-"))
    monkeypatch.setenv("TMPDIR", str(own))
    monkeypatch.setattr("tempfile.tempdir", str(own))
    yield
    end = time.monotonic() + GOODBYE_SECONDS
    while processes(own) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes(own) == []
    assert {path.name for path in own.iterdir()} <= {"dask-scratch-space"}
    shutil.rmtree(own)
