"""What is said: place, value, what was expected, how to mend it."""

import re
from pathlib import Path

import pytest

from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError, Problem, arranged
from amyloid.cohort.reading.findings import rules

READING = Path(__file__).parents[2] / "amyloid" / "cohort"


def said(folder):
    try:
        cohort = read_cohort(folder.path)
    except CohortError as fault:
        return str(fault)
    return "\n".join(cohort.notes)


TRANSPLANTS = (
    "events.csv, lines 15, 47: the stem cell transplant is taken as the next line of therapy; "
    "where it belongs to this treatment, fill in line = 1."
)


def test_of_the_clean_cohort_only_the_transplants_are_said(folder, dated):
    assert said(folder) == said(dated) == TRANSPLANTS


@pytest.mark.parametrize(
    ("table", "line", "column", "value", "message"),
    [
        (
            "labs", 43, "value", "7290",
            "labs.csv, line 43, column value (AL-002): '7290' g/24h is far above anything usual for "
            "urine_protein; "
            "expected 0 to 30 g/24h. If it is in mg/24h, write that in unit.",
        ),
        (
            "events", 5, "event", "dead",
            "events.csv, line 5, column event (AL-003): 'dead' is no event; expected death, "
            "last_contact, dialysis, "
            "kidney_transplant, heart_transplant, stem_cell_transplant, next_treatment, withdrawal, "
            "lvad, balloon_pump, dialysis_end. "
            "Did you mean 'death'?",
        ),
        (
            "patients", 4, "age", "1951",
            "patients.csv, line 4, column age (AL-003): '1951' is a year of birth, not an age. "
            "Write the age in years at the first dose.",
        ),
        (
            "labs", 11, "value", "1,250",
            "labs.csv, line 11, column value (AL-001): '1,250' is no value of nt_probnp. "
            "It can be read in two ways; write decimals with a point and no sign for thousands, "
            "or say [numbers] decimal in mapping.toml.",
        ),
        (
            "labs", 406, "unit", "",
            "labs.csv, line 406, column unit (AL-013): unit of nt_probnp is missing; it is never assumed. "
            "Expected ng/L, pg/mL, pmol/L.",
        ),
        (
            "events", 19, "month", "200603",
            "events.csv, line 19, column month (AL-013): '200603' is no month: more than 50 years from "
            "the first "
            "dose. It looks like year and month run together; count months from the first dose.",
        ),
        (
            "treatments", 5, "end_month", "ongoing",
            "treatments.csv, line 5, column end_month (AL-002): 'ongoing' is no number for end_month. "
            "Leave the cell blank while the patient is still on it.",
        ),
    ],
)  # fmt: skip
def test_one_fault_is_said_exactly(folder, table, line, column, value, message):
    folder.set(table, line, column, value)
    assert said(folder).splitlines()[0] == message


def test_a_date_that_is_a_serial_number_says_which_day_it_is(dated):
    dated.set("events", 5, "date", "38400")
    assert "looks like Excel's number of a date (2005-02-17)" in said(dated)


def test_all_problems_come_at_once_sorted_by_file_and_line(folder):
    folder.set("events", 30, "month", "later")
    folder.set("events", 5, "event", "deceased")
    folder.set("labs", 77, "unit", "stone")
    folder.set("labs", 38, "value", "abc")
    folder.set("patients", 2, "age", "-5")
    places = [line.split(", column")[0] for line in said(folder).splitlines() if " column " in line]
    assert places == [
        "patients.csv, line 2",
        "labs.csv, line 38",
        "labs.csv, line 77",
        "events.csv, line 5",
        "events.csv, line 30",
    ]


def test_an_equal_problem_is_one_line_however_often_it_comes(folder):
    folder.change("labs", "value", lambda row: "error" if row["test"] == "kappa_flc" else row["value"])
    lines = said(folder).splitlines()
    assert lines[0].startswith(
        "labs.csv, lines 2, 17, 24, 31 and 145 more, column value: 'error' is no value of kappa_flc."
    )
    assert lines[1:] == ["The cohort cannot be used as it stands: 1 problem to mend."]


def test_each_distinct_value_comes_once_with_its_count(folder):
    words = iter(["IgG lambda"] * 29 + ["faint band"] + ["negative"] * 999)
    immunofixation = lambda row: row["test"] == "serum_immunofixation"  # noqa: E731
    folder.change("labs", "value", lambda row: next(words) if immunofixation(row) else row["value"])
    first = said(folder).splitlines()[0]
    assert "and 26 more, column value: 'IgG lambda' (29), 'faint band' (1): is no value of" in first


def test_values_that_differ_beyond_twenty_are_counted(folder):
    number = iter(range(999))
    folder.change("events", "month", lambda row: f"later {next(number)}")
    first = said(folder).splitlines()[0]
    assert "'later 19', 37 other values: is no number for month." in first


def test_problems_that_differ_are_listed_up_to_twenty_then_counted():
    problems = [Problem("a", "labs.csv", f"x{n}", line=n + 2) for n in range(30)]
    kept = arranged([*problems, Problem("b", "labs.csv", "y", line=3), Problem("b", "labs.csv", "y", line=9)])
    assert [problem.unlisted for problem in kept if problem.unlisted] == [10]
    assert str(kept[-1]) == "labs.csv, line 21: x19\n    and 10 more of this kind"
    assert [(problem.line, problem.repeats) for problem in kept if problem.rule == "b"] == [(3, 1)]


def test_control_characters_are_made_visible_and_long_values_cut():
    text = str(Problem("a", "labs\x1b.csv", "x", line=2, patient="AL\u200b1"))
    assert text == "labs\\x1b.csv, line 2 (AL\\u200b1): x"


def test_a_person_is_never_repeated(folder):
    folder.change(
        "patients", "patient_id", lambda row: row["patient_id"].replace("AL-040", "jane@example.org")
    )
    folder.set("events", 4, "detail", "+49 6221 123456")
    folder.set("patients", 7, "sex", "john@example.org")
    text = said(folder)
    assert "example.org" not in text
    assert "123456" not in text
    assert (
        "patients.csv, line 41, column patient_id (id hidden): patient_id looks like an e-mail address."
        in text
    )


def test_warnings_become_notes(folder):
    folder.set("labs", 408, "value", "1.5")
    note = said(folder).removeprefix(TRANSPLANTS).strip()
    assert note.startswith(
        "labs.csv, line 408, column value (AL-013): warning: '1.5' mm is far below anything usual"
    )


def test_copies_are_left_out_and_contradictions_kept(folder):
    before = read_cohort(folder.path)
    rows = folder.read("labs")
    folder.write("labs", [*rows, rows[1], [*rows[1][:3], "58.9", *rows[1][4:]]])
    cohort = read_cohort(folder.path)
    assert len(cohort.labs) == len(before.labs) + 1
    assert any("line 1295" in note and "exact copy of line 2 and left out" in note for note in cohort.notes)
    assert any("'58.9' is another kappa_flc of the same time than line 2" in note for note in cohort.notes)


def test_lines_count_blank_lines_and_breaks_in_quotes(folder):
    folder.set("events", 5, "detail", "cardiac,\nsudden")
    folder.set("events", 10, "event", "vanished")
    text = (folder.path / "events.csv").read_text()
    (folder.path / "events.csv").write_text(text.replace("AL-001,35.9", "\n\nAL-001,35.9"))
    assert "events.csv, line 13, column event" in said(folder)


def test_a_swallowing_quote_is_said_where_it_opens(folder):
    text = (folder.path / "events.csv").read_text().splitlines(keepends=True)
    text[9] = text[9].replace("next_treatment,", 'next_treatment,"', 1)
    text[20] = text[20].rstrip("\n") + '"\n'
    (folder.path / "events.csv").write_text("".join(text))
    assert "events.csv, line 10: a quotation mark" in said(folder)


def test_a_header_that_comes_again_is_the_only_thing_said(folder):
    rows = folder.read("labs")
    folder.write("labs", [*rows[:500], rows[0], *rows[500:]])
    lines = said(folder).splitlines()
    assert lines[0].startswith("labs.csv, line 501")
    assert "the header line comes again here" in lines[0]
    assert len(lines) == 2


def test_months_in_days_are_said_once(folder):
    folder.change("labs", "month", lambda row: f"{float(row['month']) * 30.4375:.6g}")
    lines = said(folder).splitlines()
    assert len(lines) == 2
    assert "these are probably days" in lines[0]


def test_a_partial_date_is_imputed_with_its_bounds(dated):
    dated.set("events", 5, "date", "2007-06")
    cohort = read_cohort(dated.path)
    assert any(
        "was read as 2007-06-15; it lies between 2007-06-01 and 2007-06-30" in note for note in cohort.notes
    )


def test_a_partial_date_is_not_imputed_before_the_first_dose(dated):
    dated.append(
        "patients", patient_id="X", age="60", sex="male", light_chain="kappa", treatment_start="2006-03-28"
    )
    dated.append("events", patient_id="X", date="2006-03", event="death")
    events = read_cohort(dated.path).events
    assert events[events.patient_id == "X"].month.tolist() == [0.0]


@pytest.mark.parametrize(
    ("age", "sex", "missing"), [("", "male", "age"), ("NA", "male", "age"), ("60", "", "sex")]
)
def test_a_blank_that_matters_is_said(folder, age, sex, missing):
    folder.append("patients", patient_id="X", age=age, sex=sex, light_chain="kappa")
    text = said(folder)
    assert f"column {missing} (X)" in text


def test_an_isotype_against_the_light_chains_is_said_and_kept(folder):
    folder.set("patients", 11, "light_chain", "kappa")
    cohort = read_cohort(folder.path)
    assert cohort.patients.light_chain[9] == "kappa"
    assert any("(AL-010)" in note and "contradicts the free light chains" in note for note in cohort.notes)


def test_censored_values_keep_their_bound(folder):
    folder.set("labs", 2, "value", "<1.5")
    folder.set("labs", 3, "value", ">9000")
    labs = read_cohort(folder.path).labs
    first = labs[(labs.patient_id == "AL-001") & (labs.month == 0)].set_index("test")
    assert first.loc["kappa_flc", ["value", "bound"]].tolist() == [1.5, -1]
    assert first.loc["lambda_flc", ["value", "bound"]].tolist() == [9000.0, 1]


def test_a_proposal_names_the_columns_that_are_close(folder):
    rows = folder.read("labs")
    rows[0][3], rows[0][4] = "Result", "Units"
    folder.write("labs", rows)
    with pytest.raises(CohortError) as caught:
        read_cohort(folder.path)
    expected = '[columns.labs]\nvalue = "Result"  # such as 14.2\nunit = "Units"  # such as mg/L'
    assert caught.value.proposal == expected
    (folder.path / "mapping.toml").write_text(caught.value.proposal)
    assert len(read_cohort(folder.path).labs) == 1293


def test_a_wrong_mapping_is_said(folder):
    (folder.path / "mapping.toml").write_text(
        '[colums.labs]\nvalue = "x"\n[columns.labs]\nvalue = "Nowhere"\n[tests]\nA = "kappa"\n'
        '[codes.sex]\n1 = "man"\n'
    )
    text = said(folder)
    for part in (
        "'colums'",
        "'Nowhere': labs.csv has no such column",
        "'kappa': the right side is no test",
        "'man'",
    ):
        assert part in text


def test_every_rule_that_is_said_has_its_words_and_every_word_is_said():
    code = "\n".join(path.read_text(encoding="utf-8") for path in READING.rglob("*.py"))
    said = set(re.findall(r'findings\.say\(\s*"([a-z{}/-]+)"', code))
    named = set(re.findall(r'"([a-z{}/-]+)"', code))
    assert said <= set(rules()) <= named
    assert all(set(entry) <= {"says", "mend", "warning", "quote", "examples"} for entry in rules().values())
