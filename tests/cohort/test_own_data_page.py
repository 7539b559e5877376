"""docs/own-data.md does what it says: every command of it is run, and prints what the page prints."""

import re
import shutil
from pathlib import Path

from click.testing import CliRunner

from amyloid.cli import check, start
from amyloid.cohort import read_cohort
from amyloid.cohort.mapping import read_mapping
from amyloid.cohort.reading.findings import Findings
from amyloid.questions.groups import read_groups

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\S*)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
COMMANDS = {"check": check.command, "template": start.template}


def test_the_page_prints_what_the_commands_print(tmp_path, monkeypatch):
    shutil.copytree(DOCS / "examples" / "own-data", tmp_path / "export")
    monkeypatch.chdir(tmp_path)
    run = []
    for kind, file, text in FENCE.findall((DOCS / "own-data.md").read_text(encoding="utf-8")):
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
        if kind == "console":
            line, _, printed = text.partition("\n")
            _, _, name, *arguments = line.split()
            assert CliRunner().invoke(COMMANDS[name], arguments).output == printed
            run.append(name)
    assert run == ["template", "check", "check", "check"]


def test_the_page_pastes_what_check_offers_and_one_line():
    page = (DOCS / "own-data.md").read_text(encoding="utf-8")
    fences = FENCE.findall(page)
    offered = next(text for kind, _, text in fences if kind == "console" and "meant:" in text)
    pasted = next(text for _, file, text in fences if file == "export/mapping.toml")
    added = set(pasted.splitlines()) - set(offered.splitlines())
    assert added == {'"EIW24 (Sammelurin)" = "urine_protein"'}


def test_everything_that_a_mapping_may_say_is_read():
    page = (DOCS / "own-data.md").read_text(encoding="utf-8")
    text = next(
        text
        for kind, file, text in FENCE.findall(page)
        if kind == "toml" and text.startswith("[files]\nlabs = [")
    )
    findings = Findings()
    mapping = read_mapping(text.encode(), findings)
    assert findings.problems == []
    assert (len(mapping.wide.tests), len(mapping.wide.events)) == (4, 3)
    assert mapping.header == {"patients": (1, 2)}


def test_two_folders_become_one_cohort_as_the_page_says(tmp_path, monkeypatch):
    page = (DOCS / "own-data.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for center in ("rochester", "boston"):
        shutil.copytree(DOCS.parent / "data" / "two-regimens", tmp_path / center)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "own-data.md", "exec"), {})
    shutil.copy(tmp_path / "boston" / "cohort.toml", tmp_path / "both")
    patients = read_cohort(tmp_path / "both").patients
    assert patients["centre"].value_counts().to_dict() == {"boston": 120, "rochester": 120}
    assert read_groups(patients, "centre").compared == ("boston", "rochester")
