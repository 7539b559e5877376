"""One patient seen whole: what is drawn are that patient's values, and nobody else's."""

import numpy as np
import pytest
from click.testing import CliRunner

from amyloid.cli import group
from amyloid.cohort import EMBEDDED_COHORT, read_cohort
from amyloid.questions.patient import patient
from amyloid.show.plots import patient as draw


@pytest.fixture(scope="module")
def cohort():
    return read_cohort(EMBEDDED_COHORT)


@pytest.fixture(scope="module")
def frames(cohort):
    return patient(cohort, "LEN-13")


def test_values_are_the_patients_own(cohort, frames):
    labs = cohort.labs[cohort.labs["patient_id"] == "LEN-13"]
    kappa = labs[labs["test"] == "kappa_flc"]
    shown = frames["values"][frames["values"]["test"] == "kappa"]
    assert shown["value"].tolist() == kappa["value"].tolist()
    assert shown["month"].tolist() == kappa["month"].tolist()


def test_dflc_is_the_difference_of_the_chains_at_each_visit(frames):
    values = frames["values"].pivot_table(index="month", columns="test", values="value")
    assert np.allclose(values["dFLC"], (values["kappa"] - values["lambda"]), equal_nan=True)


def test_every_visit_has_a_category_of_every_criterion_of_follow_up(frames):
    counts = frames["grades"].groupby(["domain", "criteria"]).size()
    assert counts.nunique() == 1
    assert ("hematologic_response", "isa-2012") in counts.index


def test_an_axis_without_a_value_above_zero_is_left_out(cohort):
    axes = set(patient(cohort, "LEN-07")["values"]["axis"])
    assert "M-protein in serum (g/dL)" not in axes
    assert "Light chains (mg/L)" in axes


@pytest.mark.parametrize("width", [85, 170])
def test_the_figure_says_in_words_what_it_shows(frames, width):
    panel = draw(frames, width=width)
    assert "dFLC" in panel.alt
    assert "death at month" in panel.alt
    titles = [ax.get_title(loc="left") or ax.get_title() for ax in panel.axes]
    assert len(titles) == frames["values"]["axis"].nunique() + 2


def test_a_patient_without_a_visit_after_baseline_is_drawn(cohort):
    panel = draw(patient(cohort, "LEN-01"))
    assert "death at month" in panel.alt
    assert panel._repr_mimebundle_()[0]["image/png"].startswith(b"\x89PNG")


def test_a_patient_without_values_gets_a_sentence(cohort):
    frames = patient(cohort, "LEN-13")
    empty = {**frames, "values": frames["values"].iloc[:0]}
    assert draw(empty).words == "No value of this patient was recorded."


def test_the_command_says_every_reason_and_writes_a_page(tmp_path):
    out = tmp_path / "one.html"
    done = CliRunner().invoke(group, ["patient", str(EMBEDDED_COHORT), "LEN-13", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "hematologic response, isa-2012: " in done.output
    assert done.output.splitlines()[-1] == str(out)
    page = out.read_text(encoding="utf-8")
    assert "LEN-13" in page
    assert "LEN-12" not in page
    assert "<script" not in page
    assert 'alt="Timeline of one patient.' in page


def test_an_unknown_patient_is_named_with_the_nearest(tmp_path):
    done = CliRunner().invoke(group, ["patient", str(EMBEDDED_COHORT), "LEN-99"])
    assert done.exit_code == 1
    assert "did you mean 'LEN-" in str(done.exception)
