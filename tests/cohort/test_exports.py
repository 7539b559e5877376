"""Exports as registries, workbooks and laboratories write them: what `amyloid check` has to say of each.

Every folder of `cases/exports` holds one kind of fault and `expect.toml`: the exit code, sentences that have
to be said and that must not be, what mends it (`then`, a mapping.toml), and what is read in the end.
"""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from amyloid.cli.check import command
from amyloid.cohort import read_cohort

CASES = Path(__file__).parents[1] / "cases" / "exports"


def check(path):
    done = CliRunner().invoke(command, [str(path), "--no-map"])
    return done.exit_code, done.output


def matches(sentences, said):
    return [sentence for sentence in sentences if re.search(sentence, said)]


def read(cohort, column, patient, test):
    labs = cohort.labs
    return labs[(labs.patient_id == patient) & (labs.test == test)][column].tolist()


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_an_export_ends_as_expected(case, tmp_path):
    expect = tomllib.loads((case / "expect.toml").read_text(encoding="utf-8"))
    folder = shutil.copytree(case, tmp_path / case.name, ignore=shutil.ignore_patterns("expect.toml"))
    path = folder / expect.get("run", ".")
    code, said = check(path)
    assert code == expect["exit"], said
    assert matches(expect.get("says", []), said) == expect.get("says", []), said
    assert matches(expect.get("never", []), said) == [], said
    if "then" in expect:
        (folder / "mapping.toml").write_text(expect["then"], encoding="utf-8")
        code, said = check(path)
        assert code == 0, said
        assert matches(expect.get("then_says", []), said) == expect.get("then_says", []), said
    if code:
        return
    cohort = read_cohort(path)
    for key, column in (("values", "value"), ("bounds", "bound")):
        for patient, tests in expect.get(key, {}).items():
            for test, wanted in tests.items():
                assert read(cohort, column, patient, test) == pytest.approx(wanted)
    patients = cohort.patients.set_index("patient_id")
    words = {True: "yes", False: "no"}
    for patient, flags in expect.get("patients", {}).items():
        assert {flag: words.get(patients.loc[patient, flag], "") for flag in flags} == flags
