"""Patients from outside: every category and endpoint that was written down before they were adjudicated."""

import csv
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from published_patients import DIFFERENCES, NOT_RUN, judged

from amyloid.adjudication.endpoints import endpoints, gap_censored
from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import read_cohort

CASES = Path(__file__).parents[1] / "cases"
TABLED = ("clinical", "visits")


def rows_of(name: str, file: str) -> list[dict[str, str]]:
    with (CASES / name / file).open(encoding="utf-8", newline="") as table:
        return [row | {"case": name} for row in csv.DictReader(table)]


@cache
def adjudicated(name: str):
    table = adjudicate(gather_evidence(read_cohort(CASES / name)))
    return table.set_index(["patient_id", "domain", "criteria"]).sort_index()


@cache
def ended(name: str):
    return endpoints(read_cohort(CASES / name)).set_index(["patient_id", "endpoint"]).sort_index()


def found(name: str, patient: str, domain: str, criteria: str):
    row = adjudicated(name).loc[(patient, domain, criteria)]
    return row["category"], row["reason"]


@pytest.mark.parametrize(
    "row",
    [row for name in TABLED for row in rows_of(name, "expected_categories.csv")],
    ids=lambda row: "-".join([row["patient_id"], row["domain"], row["criteria"]]),
)
def test_category(row):
    category, reason = found(row["case"], row["patient_id"], row["domain"], row["criteria"])
    assert category == row["category"], f"{row['about']}; got: {reason}"


@pytest.mark.parametrize(
    "row",
    [row for name in TABLED for row in rows_of(name, "expected_endpoints.csv")],
    ids=lambda row: f"{row['patient_id']}-{row['endpoint']}",
)
def test_endpoint(row):
    got = ended(row["case"]).loc[(row["patient_id"], row["endpoint"])]
    assert got["months"] == pytest.approx(float(row["months"]), abs=1e-6), got["reason"]
    assert got["event"] == int(row["event"]), got["reason"]


def test_no_reason_is_empty():
    """A category with a colon and nothing behind it says nothing."""
    for name in (*TABLED, "real-patients", "transplant"):
        reasons = adjudicated(name)["reason"]
        assert not reasons.str.fullmatch(r"[^:]*: *(;.*)?").any(), name


def test_transplant_two_days_after_time_zero_is_this_treatment():
    assert found("transplant", "T1", "hematologic_response", "isa-2012")[0] == "CR"
    row = ended("transplant").loc[("T1", "time_to_next_treatment")]
    assert (row["event"], row["reason"]) == (0, "censored: last known alive at month 12.1")


@pytest.mark.parametrize(
    ("criteria", "category"), [("andromeda-2021", "CR"), ("isa-2012", "VGPR"), ("isa-2021", "VGPR")]
)
def test_suppressed_uninvolved_chain(criteria, category):
    """The published definitions keep asking for the ratio; that of the trial does not."""
    assert found("clinical-andromeda", "A1", "hematologic_response", criteria)[0] == category


def test_troponin_in_nanograms_is_read_as_conventional():
    assert found("clinical-hs-troponin-i", "T1", "cardiac_stage", "mayo-2004-european")[0] == "II"
    assert "hs_troponin_i" in " ".join(read_cohort(CASES / "clinical-hs-troponin-i").notes)


def test_what_was_taken_for_which_line_is_said(tmp_path):
    assert "is taken as part of this treatment" in " ".join(read_cohort(CASES / "transplant").notes)
    shutil.copytree(CASES / "transplant", tmp_path / "late")
    events = tmp_path / "late" / "events.csv"
    events.write_text(events.read_text().replace("2024-01-12", "2024-05-12"))
    treatments = tmp_path / "late" / "treatments.csv"
    treatments.write_text(treatments.read_text() + "T1,daratumumab,2024-04-01,,\n")
    notes = " ".join(read_cohort(tmp_path / "late").notes)
    assert "events.csv, line 2: the stem cell transplant is taken as the next line of therapy" in notes
    assert "treatments.csv, line 3: the drug that begins there is taken as the next line of therapy" in notes


@pytest.mark.parametrize(
    "row", [row for row in judged() if row["ours"] != NOT_RUN],
    ids=lambda row: "-".join([row["patient_id"], row["domain"], row["criteria"]]),
)  # fmt: skip
def test_published_patients_beside_what_their_authors_called_them(row):
    category, reason = found("real-patients", row["patient_id"], row["domain"], row["criteria"])
    assert category == row["ours"], reason
    assert row["difference"] in DIFFERENCES
    assert (row["authors"] == row["ours"]) == (row["difference"] == "") == (row["because"] == "")


def test_every_category_that_an_author_gives_is_compared():
    given = {
        (row["patient"], row["test_or_domain"])
        for row in rows_of("real-patients", "published_values.csv")
        if row["kind"] == "author_category" and row["test_or_domain"] != "none"
    }
    assert given == {(row["patient_id"], row["domain"]) for row in judged()}
    run = {row["patient_id"] for row in rows_of("real-patients", "patients.csv")}
    assert {row["patient_id"] for row in judged() if row["ours"] != NOT_RUN} == run - {"R08"}


def test_every_printed_value_of_a_published_patient_is_in_the_cohort():
    """R08 has values and no category; the others that were not run have categories and too few values."""
    run = {row["patient_id"] for row in rows_of("real-patients", "patients.csv")}
    printed = {
        (row["patient"], float(row["month"]), row["test_or_domain"], row["value_or_author_category"])
        for row in rows_of("real-patients", "published_values.csv")
        if row["kind"] == "value" and row["patient"] in run
    }
    entered = {
        (row["patient_id"], float(row["month"]), row["test"], row["value"])
        for row in rows_of("real-patients", "labs.csv")
    }
    assert printed == entered


def test_duration_of_response_ends_at_the_next_line():
    row = ended("statistics/dor-next-line").loc[("A", "duration_of_response")]
    assert (row["months"], row["event"]) == (1, 0)
    assert row["reason"].startswith("censored: next line of therapy at month 3.0")


def test_death_after_a_gap_is_shown_both_ways():
    cohort = read_cohort(CASES / "statistics" / "loss-fu")
    whole = ended("statistics/loss-fu").xs("hematologic_pfs", level="endpoint")
    assert whole[["months", "event"]].astype(float).to_numpy().tolist() == [[60, 1], [2, 0]]
    gap = gap_censored(cohort)
    assert gap[["months", "event"]].astype(float).to_numpy().tolist() == [[2, 0], [2, 0]]
    assert gap["gap"].tolist() == [True, False]
    assert np.isfinite(gap["months"]).all()
