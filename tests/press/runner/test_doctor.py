"""The doctor names each fault with its mend."""

import pytest
from click.testing import CliRunner

from amyloid.cli import doctor


def call(monkeypatch, *checks):
    monkeypatch.setattr(doctor, "CHECKS", checks)
    return CliRunner().invoke(doctor.command)


def test_a_sound_installation_is_well(monkeypatch):
    checks = (doctor.check_python, doctor.check_versions, doctor.check_fonts, doctor.check_kernel)
    done = call(monkeypatch, *checks)
    assert done.exit_code == 0, done.output
    assert done.output.endswith("All is well.\n")


def test_another_version_is_named_with_the_locked_one(monkeypatch, tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("click==0.1 \\\n    --hash=sha256:0\nno-such-thing==1.0 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(doctor, "LOCK", lock)
    done = call(monkeypatch, doctor.check_versions)
    assert done.exit_code == 1
    assert "(locked: 0.1), no-such-thing not installed (locked: 1.0)" in done.output
    assert "make clean report" in done.output


@pytest.mark.parametrize("missing", ["data", "notebooks"])
def test_missing_data_or_notebooks_are_named(monkeypatch, tmp_path, missing):
    place = "amyloid.cohort.EMBEDDED_COHORT" if missing == "data" else "amyloid.cli.doctor.NOTEBOOKS"
    monkeypatch.setattr(place, tmp_path / "none")
    done = call(monkeypatch, doctor.check_data)
    assert done.exit_code == 1
    assert done.output.count("FAULT") == 1
    assert "git checkout -- data notebooks" in done.output


def test_a_full_disk_is_named(monkeypatch):
    monkeypatch.setattr(doctor, "NEEDED_DISK_BYTES", 10**18)
    done = call(monkeypatch, doctor.check_disk)
    assert done.exit_code == 1
    assert "Free some space" in done.output
