"""What a finished file is searched for."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from amyloid.cohort import read_cohort
from amyloid.press.disclosure.search import IdentifierFinder, Secrets, normalize
from amyloid.press.share.searched import secrets_of
from runs import TESTS, real_cohort


def test_identifiers_dates_and_places_of_a_cohort(monkeypatch):
    monkeypatch.setenv("USER", "vera.lindqvist")
    folder = TESTS / "bad_inputs" / "base-dates"
    cohort = read_cohort(folder)
    found = secrets_of(cohort, folder, [Path("/srv/kiruna-2019/cohort")])
    assert set(cohort.patients["patient_id"]) == found.identifiers
    assert "vera.lindqvist" in found.names
    assert "kiruna-2019" in found.names
    starts = cohort.patients["treatment_start"].dropna()
    assert len(starts)
    assert {start.date() for start in starts} <= found.dates
    assert len(found.dates) > len(set(starts))


def test_what_was_typed_is_searched_for(tmp_path):
    folder = real_cohort(tmp_path / "typed")
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    n = len(patients)
    extra = {"record": [f"88{i:05d}" for i in range(n)], "ward": ["Blue ward"] * n, "arm": ["Our Arm"] * n}
    patients.assign(group=["Kiruna group"] * n, **extra).to_csv(folder / "patients.csv", index=False)
    events = pd.read_csv(folder / "events.csv", dtype=str, keep_default_na=False)
    events.loc[0, "detail"] = "fell from a ladder"
    events.to_csv(folder / "events.csv", index=False)
    cohort = read_cohort(folder)
    found = secrets_of(cohort, folder, compare_by="arm")
    typed = {
        "8800000",
        "Blue ward",
        "Kiruna group",
        "Our Arm",
        "fell from a ladder",
        cohort.card.title,
        cohort.card.source,
    }
    assert typed <= found.texts | found.headings
    assert "text of the input" in [what for what, _ in found.search("he fell from a LADDER")]


def test_a_typed_text_is_printed_only_without_a_secret(tmp_path):
    folder = real_cohort(tmp_path / "typed2")
    cohort = read_cohort(folder)
    found = secrets_of(cohort, folder, [Path("/srv/Kiruna")])
    secrets = replace(found, texts=frozenset(["D-VCd plus", "Quist"]))
    for text in ("Stage II, 2004-2010", "cardiac amyloidosis", "d-vcd plus"):
        assert not secrets.search_heading(text)
    for text in ("ZQX-001", "until 5. Mai 2010", "at Kiruna", "as Quist said"):
        assert secrets.search_heading(text)
    assert not replace(secrets, allowed=frozenset(["kiruna"])).search_heading("at Kiruna")


def test_drugs_and_own_words_in_unknown_columns_are_not_searched_for(tmp_path):
    folder = real_cohort(tmp_path / "typed3")
    drug = read_cohort(folder).treatments["drug"].iloc[0]
    patients = pd.read_csv(folder / "patients.csv", dtype=str, keep_default_na=False)
    patients["remark"] = [drug, "cardiac response", "Quist", "12.5", *["x"] * (len(patients) - 4)]
    patients.to_csv(folder / "patients.csv", index=False)
    found = secrets_of(read_cohort(folder), folder).texts
    assert "Quist" in found
    assert not {drug, "cardiac response", "12.5"} & found


def test_every_date_of_the_input_is_known():
    folder = TESTS / "bad_inputs" / "base-dates"
    found = secrets_of(read_cohort(folder), folder)
    for name in ("labs", "events"):
        written = pd.read_csv(folder / f"{name}.csv", dtype=str)["date"].dropna()
        assert {date.fromisoformat(text) for text in written} <= found.dates


def test_folders_named_with_words_of_the_page_are_not_searched(tmp_path):
    folder = real_cohort(tmp_path / "kidney")
    found = secrets_of(read_cohort(folder), folder, [Path("/srv/amyloid-notebooks/kidney/Kiruna")])
    assert not {"kidney", "amyloid-notebooks"} & found.names
    assert "Kiruna" in found.names


@pytest.mark.parametrize(
    ("identifier", "text", "is_found"),
    [
        ("12", "12 of 40", False),
        ("12", "patient 12 died", True),
        ("007", "value 0.07", False),
        ("007", "no 007 there", True),
        ("12345", "1 12345 2", True),
        ("12345", "3.12345", False),
        ("12345", "0123456", False),
        ("Ann", "an announcement", False),
        ("Anna", "Hannah and anna.", True),
        ("Anna", "Hannah", False),
        ("I20", "stage I\u241e20", False),
        ("I20", "i-20", True),
        ("A1B2C3", "xA1B2C3y", True),
        ("Østergård Åse", "by ØSTERGÅRD  ÅSE.", True),
        ("Straße9", "STRASSE9", True),
    ],
)
def test_identifiers_are_told_from_other_text(identifier, text, is_found):
    assert (IdentifierFinder([identifier]).find(normalize(text)) is not None) == is_found


def test_what_cannot_be_searched_is_said():
    assert Secrets(frozenset(["7", "12", "AB", "ZQX-1", "007"])).unsearchable() == ("12", "7", "AB")


def test_ten_thousand_identifiers_are_searched_quickly():
    import time

    secrets = Secrets(frozenset(f"PAT-{i:05d}" for i in range(10_000)))
    started = time.perf_counter()
    assert secrets.search("lorem ipsum 12 " * 2_000) == []
    assert secrets.search("lorem ipsum 12 " * 2_000 + "pat 09999") == [("identifier", "pat 09999")]
    assert time.perf_counter() - started < 10
