"""Kinds of faults of exports, each made from one sound case: what is said, and what is read in the end."""

import csv
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.styles import Font

from amyloid.cli.check import command
from amyloid.cohort import read_cohort

CASES = Path(__file__).parents[1] / "cases" / "exports"
LIS, BOOK = CASES / "20-lis-specimen-column", CASES / "25-workbook-one-text-comma" / "cohort.xlsx"
REDCAP = CASES / "10-redcap-row-numbers"
SECOND_VISIT = ("P01", "2021-06-10")


def said_of(path, code):
    done = CliRunner().invoke(command, [str(path), "--no-map"])
    assert done.exit_code == code, done.output
    return done.output


def copied(case, target):
    shutil.copytree(case, target, ignore=shutil.ignore_patterns("expect.toml"))
    return target


def changed_labs(target, change, delimiter=","):
    """The laboratory dump without its column `material` and its extra urine rows, every row changed."""
    with open(copied(LIS, target) / "labs.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["material"] == "serum" or "urine" in row["test"]]
    for row in rows:
        del row["material"]
    rows = [change(row) for row in rows]
    with open(target / "labs.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return target


def low(row):
    return "<" if row["test"] == "nt_probnp" and row["date"] == "2021-09-10" else "="


def with_points(row):
    value = float(row["value"])
    return row | {
        "value": f"{value:,.0f}".replace(",", ".") if row["test"] == "nt_probnp" else f"{value:.0f}"
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: row | {"operator": low(row)}, "comparator = 'operator'"),
        (lambda row: row | {"qualifier": {"<": "lt"}.get(low(row), "")}, "comparator = 'qualifier'"),
        (lambda row: row | {"kit": "N Latex" if row["patient_id"] == "P03" else "Freelite"}, "assay = 'kit'"),
        (lambda row: row | {"system": "U" if row["test"] == "lambda_flc" else "S"}, "specimen = 'system'"),
        (
            lambda row: row | {"probe": "Harn" if row["test"] == "creatinine" else "Serum"},
            "specimen = 'probe'",
        ),
    ],
)
def test_a_column_that_decides_has_to_be_named(tmp_path, change, says):
    assert says in said_of(changed_labs(tmp_path / "dump", change), 1)


def test_a_specimen_of_another_fluid_and_a_comparator_that_contradicts(tmp_path):
    urine = changed_labs(
        tmp_path / "urine", lambda row: row | {"specimen": "urine" if "kappa" in row["test"] else ""}
    )
    assert "18 rows of kappa_flc are from urine" in said_of(urine, 0)
    both = changed_labs(
        tmp_path / "both", lambda row: row | {"comparator": low(row), "value": f">{row['value']}"}
    )
    assert "contradicts the sign in value" in said_of(both, 1)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_points_of_thousands_are_refused_until_they_are_declared(tmp_path, delimiter):
    folder = changed_labs(tmp_path / "points", with_points, delimiter)
    assert "'2.400'" in said_of(folder, 1)
    for sign, value in ((",", 2400), (".", 2.4)):
        (folder / "mapping.toml").write_text(f'[numbers]\ndecimal = "{sign}"\n')
        labs = read_cohort(folder).labs
        assert labs[labs.test == "nt_probnp"].value.iloc[0] == value


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("999", "'999' stands 3 times for nt_probnp"),
        ("-9", r'codes = \["-9"\]'),
        ("NASK", r'codes = \["NASK"\]'),
    ],
)
def test_codes_for_missing_values_are_said(tmp_path, code, says):
    def change(row):
        return row | {"value": code} if (row["patient_id"], row["test"]) == ("P03", "nt_probnp") else row

    folder = changed_labs(tmp_path / "codes", change)
    assert re.search(says, said_of(folder, 0 if code == "999" else 1))
    (folder / "mapping.toml").write_text(f'[missing]\ncodes = ["{code}"]\n')
    assert "3 missing codes in value of labs were read as blank" in said_of(folder, 0)


def test_a_code_of_minus_99_is_not_99(tmp_path):
    def change(row):
        return row | {"value": "99"} if (row["patient_id"], row["date"]) == SECOND_VISIT else row

    folder = changed_labs(tmp_path / "signs", change)
    (folder / "mapping.toml").write_text('[missing]\ncodes = ["-99"]\n[codes.value]\n"-99" = ""\n')
    labs = read_cohort(folder).labs
    assert (labs[(labs.patient_id == "P01") & (labs.month > 1)].value.iloc[:5] == 99).all()


NAMES = {
    "kappa_flc": ("FLC kappa", "kappa_flc"),
    "lambda_flc": ("lamda flc", "lambda_flc"),
    "creatinine": ("CREA", "creatinine"),
    "nt_probnp": ("NT-proBNP (ng/L)", "nt_probnp"),
    "urine_protein": ("Total protein", None),
}


def test_a_proposal_names_the_test_its_rows_and_a_value(tmp_path):
    said = said_of(changed_labs(tmp_path / "names", lambda row: row | {"test": NAMES[row["test"]][0]}), 1)
    assert '"FLC kappa" = "kappa_flc"  # 18 rows, such as 12 mg/L' in said
    for theirs, ours in NAMES.values():
        assert bool(re.search(rf'"?{re.escape(theirs)}"? = "{ours}"', said)) == (ours is not None), theirs


def test_one_sample_in_another_unit_and_one_with_swapped_chains(tmp_path):
    def tenth(row):
        here = (row["patient_id"], row["date"]) == SECOND_VISIT and "flc" in row["test"]
        return row | {"value": float(row["value"]) / 10} if here else row

    def swapped(row):
        other = {"kappa_flc": "lambda_flc", "lambda_flc": "kappa_flc"}
        here = (row["patient_id"], row["date"]) == SECOND_VISIT
        return row | {"test": other.get(row["test"], row["test"])} if here else row

    assert "both chains are about ten times off" in said_of(changed_labs(tmp_path / "tenth", tenth), 0)
    assert "the two chains look swapped" in said_of(changed_labs(tmp_path / "swapped", swapped), 0)
    sound = said_of(changed_labs(tmp_path / "sound", lambda row: row), 0)
    assert "warning" not in sound


def book_with(path, change):
    book = openpyxl.load_workbook(BOOK)
    change(book)
    book.save(path)
    return path


def strike(book):
    book["labs"]["D5"].font = Font(strike=True)


def hide(book):
    book["labs"].sheet_state = "hidden"
    book["labs"].row_dimensions[5].hidden = True
    book["patients"].column_dimensions["F"].hidden = True


def truths(book):
    for row in range(2, 8):
        book["patients"].cell(row, 6).value = "=TRUE()"
    book["cohort"]["B4"].value = "=TRUE()"


def shares(book):
    for patient in ("P01", "P02", "P04"):
        book["labs"].append([patient, "2021-03-07", "marrow_plasma_cells", 0.22, "%"])


def percent(book):
    book["labs"]["D5"].number_format = "0%"


def start(book):
    book["patients"]["E2"].value = "2021-02-20"


def points(book):
    book["treatments"]["E2"].value = "1.800"


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (strike, 0, ["struck-through cells D5: read all the same"]),
        (hide, 0, ["hidden rows 5", "hidden columns F", "the hidden sheet labs"]),
        (truths, 0, ["6 patients"]),
        (shares, 0, ["a share in place of a percentage"]),
        (percent, 1, ["'110%' is no value of creatinine. It is a percentage"]),
        (start, 0, ["is time zero, but no drug starts then: the nearest starts in month 0.6"]),
        (points, 1, ["'1.800' is no number for dose_mg. It can be read in two ways"]),
    ],
)
def test_cells_of_a_workbook(tmp_path, change, code, says):
    said = said_of(book_with(tmp_path / "book.xlsx", change), code)
    assert [sentence for sentence in says if sentence in said] == says


def export(target, change, extra=()):
    """The REDCap export without its row numbers, each row changed to one row or several."""
    with open(copied(REDCAP, target) / "AL_DATA.csv", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    for row in rows:
        del row[""]
    rows = [new for row in rows for new in change(row)]
    header = list(dict.fromkeys(key for row in [*extra, *rows] for key in row))
    with open(target / "AL_DATA.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return target


def is_patient(row):
    return not row["redcap_repeat_instrument"]


def two_events(row):
    if not is_patient(row):
        return [row | {"redcap_event_name": "follow_up_arm_1"}]
    organs = {name: row[name] for name in ("patient_id", "heart", "kidney")}
    return [
        row | {"redcap_event_name": "screening_arm_1", "heart": "", "kidney": ""},
        organs | {"redcap_event_name": "baseline_arm_1"},
    ]


@pytest.mark.parametrize("record", ["\u00b2", "9" * 30, "9" * 5000], ids=["superscript", "long", "endless"])
def test_a_record_that_no_counter_wrote_is_no_row_number(tmp_path, record):
    folder = export(tmp_path / "odd", lambda row: [row])
    with open(folder / "AL_DATA.csv", "a", newline="") as file:
        file.write(f"{record}\n")
    assert "numbers its rows" not in said_of(folder, 1)


def test_events_of_a_record_are_one_patient(tmp_path):
    cohort = read_cohort(export(tmp_path / "joined", two_events))
    assert len(cohort.patients) == 6
    assert cohort.patients.heart.all()
    against = export(
        tmp_path / "against",
        lambda row: [
            new | {"age": "50"} if "heart" in new and new.get("heart") else new for new in two_events(row)
        ],
    )
    assert "contradicts an earlier event of the same record" in said_of(against, 1)


def test_exports_saved_again_by_r_and_by_pandas(tmp_path):
    r = export(tmp_path / "r", lambda row: [{key: text or "NA" for key, text in row.items()}])
    assert "NA in AL_DATA.csv was read as blank" in said_of(r, 0)
    numbers = ("age", "heart", "kidney")
    pandas = export(
        tmp_path / "pandas",
        lambda row: [{key: f"{text}.0" if key in numbers and text else text for key, text in row.items()}],
    )
    assert read_cohort(pandas).patients.heart.all()


def organs_form(row):
    mine = is_patient(row)
    del row["heart"], row["kidney"]
    if not mine:
        return [row]
    checked, unknown, status = {
        "P02": ("0", "0", "0"),
        "P03": ("0", "0", ""),
        "P04": ("0", "1", "2"),
        "P05": ("0", "0", "2"),
    }.get(row["patient_id"], ("1", "0", "2"))
    form = {
        "organs___heart": checked,
        "organs___kidney": "0",
        "organs___unk": unknown,
        "organs_form_complete": status,
    }
    return [row | form]


def test_a_form_never_opened_is_not_no(tmp_path):
    folder = export(tmp_path / "forms", organs_form)
    said = said_of(folder, 0)
    assert "2 patients have a form organs_form that was never opened" in said
    assert "1 patients have nothing checked in 'organs'" in said
    heart = read_cohort(folder).patients.heart
    assert heart.isna().tolist() == [False, True, True, True, False, False]
    assert heart.dropna().tolist() == [True, False, True]


def test_instruments_of_other_names_are_offered(tmp_path):
    names = {"labs": "laboratory_values", "treatments": "therapy", "events": "outcome"}
    folder = export(
        tmp_path / "names",
        lambda row: [row | {"redcap_repeat_instrument": names.get(row["redcap_repeat_instrument"], "")}],
    )
    said = said_of(folder, 1)
    mapping = "[files]\n" + "\n".join(f'{ours} = "{theirs}"' for ours, theirs in names.items())
    assert all(line in said for line in mapping.splitlines())
    (folder / "mapping.toml").write_text(mapping)
    assert "90 laboratory values" in said_of(folder, 0)


UNITS = {
    "kappa_flc": "mg/L",
    "lambda_flc": "mg/L",
    "urine_protein": "g/24h",
    "creatinine": "mg/dL",
    "nt_probnp": "ng/L",
}


def visits(folder, by_event):
    """The export as projects for one disease have it: a field for each test, a status, no events."""
    with open(copied(REDCAP, folder) / "AL_DATA.csv", newline="") as file:
        rows = [{key: text for key, text in row.items() if key} for row in csv.DictReader(file)]
    sampled, told, out = {}, {}, []
    for row in rows:
        kind = row["redcap_repeat_instrument"]
        if kind == "labs":
            sample = sampled.setdefault((row["patient_id"], row["lab_date"]), {"visit_date": row["lab_date"]})
            sample[row["lab_test"]] = row["lab_value"]
        elif kind == "events":
            status = "dead" if row["event_event"] == "death" else "alive"
            told[row["patient_id"]] = {"status": status, "last_contact_date": row["event_date"]}
        else:
            out.append(row)
    out = [row | (told[row["patient_id"]] if is_patient(row) else {}) for row in out]
    for (patient, _), sample in sampled.items():
        place = {"redcap_event_name": "visit_arm_1"} if by_event else {"redcap_repeat_instrument": "visit"}
        out.append(sample | place | {"patient_id": patient})
    header = [
        key
        for key in dict.fromkeys(key for row in out for key in row)
        if not key.startswith(("lab", "event"))
    ]
    with open(folder / "AL_DATA.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(out)
    return folder


@pytest.mark.parametrize("by_event", [False, True])
def test_a_project_of_visits_needs_one_round(tmp_path, by_event):
    folder = visits(tmp_path / "visits", by_event)
    _, _, proposal = said_of(folder, 1).partition("are meant:\n")
    for test, unit in UNITS.items():
        proposal = re.sub(rf'(?m)^({test} = .*unit = )""', rf'\1"{unit}"', proposal)
    (folder / "mapping.toml").write_text(proposal)
    assert "6 patients, 90 laboratory values, 6 treatment intervals, 6 events, 1 deaths" in said_of(folder, 0)


def test_a_hidden_sheet_beside_the_tables_is_said(tmp_path):
    def old(book):
        book.copy_worksheet(book["labs"]).title = "labs 2019"
        book["labs 2019"].sheet_state = "hidden"

    assert "labs 2019: warning: the sheet is hidden and not read" in said_of(
        book_with(tmp_path / "b.xlsx", old), 0
    )


def test_a_name_and_a_specimen_may_say_the_test_together(tmp_path):
    def fixations(row):
        if row["test"] not in ("creatinine", "urine_protein"):
            return row
        kind = "urine" if row["test"] == "urine_protein" else "serum"
        return row | {
            "test": "IFE",
            "value": "positive" if kind == "urine" else "negative",
            "unit": "",
            "specimen": kind,
        }

    folder = changed_labs(tmp_path / "ife", lambda row: fixations(row | {"specimen": ""}))
    assert "does not say its specimen" in said_of(folder, 0)
    (folder / "mapping.toml").write_text(
        '[tests]\n"IFE|urine" = "urine_immunofixation"\n"IFE|serum" = "serum_immunofixation"\n'
    )
    labs = read_cohort(folder).labs
    assert (labs[labs.test == "urine_immunofixation"].value == 1).sum() == 18
    assert (labs[labs.test == "serum_immunofixation"].value == 0).sum() == 18
