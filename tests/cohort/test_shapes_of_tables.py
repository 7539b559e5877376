"""Formats of dates, rows of column names and names of wide columns: what is read, what is left open."""

import tomllib

import pytest

from amyloid.cohort.mapping import read_mapping
from amyloid.cohort.reading.dates import date_format, in_iso, proof
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.headers import find_header, header_of_rows
from amyloid.cohort.reading.shapes import named
from amyloid.cohort.toml import proposal


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["07.03.2021", "21.06.2021"], ("DD.MM.YYYY",)),
        (["07.03.2021", "12.06.2021"], ("DD.MM.YYYY", "MM.DD.YYYY")),
        (["3/7/2021", "6/13/2021"], ("MM/DD/YYYY",)),
        (["3/7/2021", "6/12/2021"], ("DD/MM/YYYY", "MM/DD/YYYY")),
        (["10-MAR-2021"], ("DD-MMM-YYYY",)),
        (["10-mai-21"], ("DD-MMM-YY",)),
        (["12. M\u00e4rz 2021"], ("DD. MMM YYYY",)),
        (["Mar 10, 2021"], ("MMM DD, YYYY",)),
        (["10MAR2021"], ("DDMMMYYYY",)),
        (["2021/03/10"], ("YYYY/MM/DD",)),
        (["07.03.2021 08:15", "2021-03-07", "", "unknown", "31.12.2021"], ("DD.MM.YYYY",)),
        (["21/06/2021", "6/21/2021"], ()),
        (["32.01.2021"], ()),
    ],
)
def test_a_column_proves_a_format_only_where_every_date_fits_it_alone(texts, formats):
    assert proof(texts).formats == formats


@pytest.mark.parametrize(
    ("text", "format_", "iso"),
    [
        ("07.03.2021", "DD.MM.YYYY", "2021-03-07"),
        ("7.3.2021 8:15", "dd.mm.yyyy", "2021-03-07"),
        ("03/07/2021 08:15 PM", "MM/DD/YYYY", "2021-03-07"),
        ("31-f\u00e9vr.-99", "DD-MMM-YY", "1999-02-31"),
        ("00.03.2021", "DD.MM.YYYY", "2021-03"),
        ("03/2021", "MM/YYYY", "2021-03"),
        ("2021-03-07", "DD.MM.YYYY", "2021-03-07"),
        ("07-03-2021", "DD.MM.YYYY", "07-03-2021"),
        ("later", "DD.MM.YYYY", "later"),
    ],
)
def test_a_date_that_fits_becomes_iso_and_any_other_stays(text, format_, iso):
    assert in_iso(text, [date_format(format_)]) == iso


@pytest.mark.parametrize("text", ["DD.DD.YYYY", "DD.MM", "%d.%m.%Y", "TT.MM.JJJJ", "DD.YYYY", ""])
def test_what_is_no_format_is_refused(text):
    findings = Findings()
    read_mapping(f'[dates]\nformat = "{text}"\n'.encode(), findings)
    assert "is no format of dates" in findings.problems[0].message


KNOWN = {"patient_id", "date", "test", "value", "unit"}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["patient_id", "date", "value"], ["P1", "2021-01-01", "3"]], (1,)),
        ([["Our laboratory"], [], ["patient_id", "date", "value"], ["P1", "2021-01-01", "3"]], (3,)),
        ([["Patient", "Sample", ""], ["patient_id", "date", "value"], ["P1", "2021-01-01", "3"]], (2,)),
        ([["ID", "Base", "", "M3", ""], ["", "kappa", "date", "kappa", "date"]], (1, 2)),
        (
            [["title", "", "", "", ""], ["ID", "Base", "", "M3", ""], ["", "kappa", "date", "kappa", "date"]],
            (2, 3),
        ),
        ([["patient_id", "heart", "kidney"], ["P1", "yes", "yes"]], (1,)),
        ([["patient_id", "heart", ""], ["P1", "yes", "5"]], (1,)),
    ],
)
def test_the_column_names_are_found_further_down_and_in_two_rows(rows, found):
    assert find_header(rows, KNOWN.__contains__) == found


def test_of_two_rows_only_a_name_that_comes_again_gets_its_group():
    rows = [["ID", "Base", "", "M3", "", ""], ["", "kappa", "date", "kappa", "date", "status"]]
    assert header_of_rows(rows) == ("ID", "Base kappa", "Base date", "M3 kappa", "M3 date", "status")


def test_merged_cells_say_where_a_group_ends():
    rows = [["Base", "", ""], ["kappa", "kappa", "kappa"]]
    assert header_of_rows(rows, [(0, 1)]) == ("Base kappa", "Base kappa", "kappa")


@pytest.mark.parametrize(
    ("header", "test", "unit", "visit"),
    [
        ("kappa_flc_v1", "kappa_flc", "", "v1"),
        ("V1 Lambda FLC [mg/L]", "lambda_flc", "mg/L", "v1"),
        ("sFLC-kappa [mg/dL] (Month 3)", "kappa_flc", "mg/dL", "month_3"),
        ("KappaV2", "kappa_flc", "", "v2"),
        ("NT-proBNP baseline", "nt_probnp", "", "baseline"),
        ("creatinine_umol_l_m6", "creatinine", "umol/L", "m6"),
        ("Datum V2", "date", "", "v2"),
    ],
)
def test_a_name_is_read_as_test_unit_and_visit(header, test, unit, visit):
    found = named(header)
    assert (found.test, found.unit, found.visit) == (test, unit, visit)


@pytest.mark.parametrize(
    "header", ["kappa_lambda_ratio_v1", "urine_kappa_flc_v1", "hemoglobin_v1", "date_of_birth"]
)
def test_a_name_of_something_else_is_no_test_of_ours(header):
    found = named(header)
    assert found is None or found.test == "date"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[wide]\nkapa_flc = { column = "k", unit = "mg/L" }', "is no test"),
        ('[wide]\nkappa_flc = { column = "k" }', "its unit is missing; it is never assumed"),
        ('[wide]\nkappa_flc = { column = "k", unit = "mol" }', "'mol' is no unit of it"),
        ('[wide]\nkappa_flc = { column = "k", unit = "mg/L", day = "d" }', "the key 'day' is not known"),
        ('[wide]\nkappa_flc = "k"', "has to be a table"),
        ('[wide.events]\ndead = { column = "s", date = "d" }', "is no event"),
        ('[wide.events]\ndeath = { column = "s", value = "x" }', "date is missing"),
        ('[wide.organs]\ncolumn = "o"\nwords = { x = "hart" }', "the right side is no organ"),
        ('[wide.organs]\ncolumn = "o"\nwords = 3', "has to be a table"),
        ("[header]\nlabs = 0", "cannot be used"),
        ("[header]\nlabs = [2, 1]", "cannot be used"),
        ("[files]\nlabs = [1]", "has to be a name or a list of names"),
        ('[dates.lab]\nformat = "DD.MM.YYYY"', "'lab' is not known"),
    ],
)
def test_a_line_that_cannot_be_meant_is_said(text, said):
    findings = Findings()
    read_mapping(text.encode(), findings)
    assert said in findings.problems[0].message


def test_an_offer_joins_the_entries_of_one_test_in_two_columns():
    first, second = ({"column": name, "unit": "mg/L"} for name in "ab")
    offered = proposal({"wide": {"kappa_flc": ([second], "why")}}, {"wide": {"kappa_flc": [first, second]}})
    assert tomllib.loads(offered) == {"wide": {"kappa_flc": [first, second]}}


def test_an_offer_repeats_whatever_the_user_s_own_mapping_holds():
    """A day where a text is expected is said to be none; the offer beside it still has to be TOML."""
    present = tomllib.loads(
        "[codes.event]\nlab = 2006-01-01\n[header]\nlabs = inf\n[numbers]\nflags = [1.5, true]"
    )
    offered = proposal({"missing": {"codes": (["-9"], "why")}}, present)
    assert tomllib.loads(offered) == present | {"missing": {"codes": ["-9"]}}
