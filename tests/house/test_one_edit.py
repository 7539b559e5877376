"""A new version of a criterion is one value in its tuple: every other place finds it by itself."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TUPLE = "amyloid/adjudication/criteria/hematologic.py"
EDIT = """
import dataclasses
RESPONSE = (*RESPONSE, dataclasses.replace(ISA_2012, key="isa-2030"))
"""
ASK = """
import json
import sys
from amyloid.adjudication.kit import criteria_page
from amyloid.questions import Study, response
from amyloid.questions.parameters import PARAMETERS, defaults, read_texts

study = Study("02_response", {"cohort_dir": sys.argv[1], "out_dir": "out", **defaults()})
best = study.judge("hematologic_response", study.hematologic_criteria)
grid = response.by_criteria(study.judge_each("hematologic_response"))
landmarks = response.at_landmarks({"Best": best})
print(json.dumps({
    "chosen on the command line": read_texts({"hematologic_criteria": "isa-2030"})["hematologic_criteria"],
    "listed beside the parameter": PARAMETERS["hematologic_criteria"].allowed(),
    "grid of 02": sorted(set(response.in_words(grid)["criteria"])),
    "sentence of 02": study.words(response)("criteria", grid).text,
    "decisions of 02": study.words(response).table("decisions", grid, landmarks)[0]["alternative"].tolist(),
    "reasons of one patient": sorted(set(study.why(study.patients[0])["criteria"])),
    "docs": criteria_page(),
}))
"""
BY_KEY = {"chosen on the command line", "listed beside the parameter", "docs", "reasons of one patient"}


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("edited")
    shutil.copytree(PROJECT / "amyloid", folder / "amyloid", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / TUPLE).open("a", encoding="utf-8") as file:
        file.write(EDIT)
    call = [sys.executable, "-c", ASK, str(PROJECT / "data" / "lenalidomide-2007")]
    said = subprocess.run(call, cwd=folder, capture_output=True, check=False, text=True)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@pytest.mark.slow
def test_one_edit_is_found_everywhere(found):
    assert len(found) == 7
    for place, said in found.items():
        assert ("isa-2030" if place in BY_KEY else "ISA 2030") in said, place
