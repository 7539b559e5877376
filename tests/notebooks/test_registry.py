"""The five notebooks on thousands of patients: bounded memory, pages that open, parts that are named."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from notebook_cohorts import NOTEBOOKS, PROJECT, a_registry

PATIENTS = 3000
PEAK_MB = 650
PAGE_MB = 4.0
FILE_MB = 1.0
EVERYBODY = {"waterfall", "creatinine"}
"""Figures that draw every patient: a bar each, however thin."""
RUN = """
import json, sys
from pathlib import Path
from amyloid.show import page

notebook, cohort, out, report = sys.argv[1:]
shown, names = [], {}

def keep(data, *, raw, metadata):
    own, alt = metadata["amyloid"], metadata.get("image/png", {}).get("alt", "")
    size = sum(map(len, data.values()))
    shown.append([own["kind"], own["name"], size, alt or str(data.get("text/markdown", ""))])

page.display = keep
for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
    if "parameters" in cell["metadata"].get("tags", []):
        names |= {"cohort_dir": cohort, "out_dir": out}
status = Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
Path(report).write_text(json.dumps({"shown": shown, "peak": peak}), encoding="utf-8")
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    for name, table in a_registry(PATIENTS).items():
        table.to_csv(folder / f"{name}.csv", index=False)
    card = 'title = "A registry"\nsource = "A test"\nsynthetic = true\n'
    (folder / "cohort.toml").write_text(card, encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its peak memory from Linux")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_a_registry_fits_into_memory_and_onto_a_page(notebook, registry, tmp_path):
    report = tmp_path / "report.json"
    arguments = [str(notebook), str(registry), str(tmp_path / "out"), str(report)]
    subprocess.run([sys.executable, "-c", RUN, *arguments], check=True, cwd=PROJECT)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["peak"] < PEAK_MB
    assert sum(size for _, _, size, _ in found["shown"]) < PAGE_MB * 1e6
    said = {name: text for kind, name, _, text in found["shown"] if kind == "caption"}
    alt = {name: text for kind, name, _, text in found["shown"] if kind == "figure"}
    drawn = list((tmp_path / "out" / "figures").iterdir())
    assert drawn
    for path in drawn:
        assert path.stat().st_size < FILE_MB * 1e6, path.name
        if path.suffix == ".csv":
            table = pd.read_csv(path)
            name = path.stem.removeprefix(f"{notebook.stem}_")
            assert len(table) < 2 * PATIENTS
            if "drawn_part" in table:
                assert table["drawn_part"].iloc[0] in said[name]
                assert table["drawn_part"].iloc[0] in alt[name]
            elif "patient_id" in table and name not in EVERYBODY:
                assert table["patient_id"].nunique() <= 150
    assert max(map(len, said.values())) < 1500
    texts = [text for kind, _, _, text in found["shown"] if kind == "text"]
    assert max(map(len, texts[1:])) < 3000, "a sentence that lists patients one by one"
