"""Tables as centers have them: each becomes the same cohort after at most one pasted proposal, or is said.

Every `kind` changes the tables of one sound cohort; what is offered is pasted, units filled in, and then the
cohort has the values of the sound one. `SAID` lists what has to be refused or said instead.
"""

import csv
import datetime as dt
import io
import re

import pytest
from click.testing import CliRunner

from amyloid.cli.check import command
from amyloid.cohort import read_cohort

CARD = 'title = "Center"\nsource = "made up"\nsynthetic = true\n'
PEOPLE = [
    ("P01", 61, "female", "lambda", "2021-03-10", "yes", 12, 310, 2400, 1.1, 6.1, "alive", "2022-04-14"),
    ("P02", 70, "male", "lambda", "2021-05-04", "no", 9, 220, 5200, 1.4, 4.4, "dead", "2022-07-08"),
    ("P03", 55, "male", "kappa", "2021-06-21", "yes", 480, 14, 8600, 1.9, 3.2, "alive", "2022-09-24"),
]
UNITS = {
    "kappa_flc": "mg/L",
    "lambda_flc": "mg/L",
    "nt_probnp": "ng/L",
    "creatinine": "mg/dL",
    "urine_protein": "g/24h",
}
SHARES = {-3: 1.0, 92: 0.4, 184: 0.12}


def sound():
    made = {"patients": [], "labs": [], "treatments": [], "events": []}
    for name, age, sex, chain, start, heart, *first, status, seen in PEOPLE:
        who = {"patient_id": name}
        zero = dt.date.fromisoformat(start)
        made["patients"].append(who | {"age": str(age), "sex": sex, "light_chain": chain})
        made["patients"][-1] |= {"treatment_start": start, "heart": heart}
        for days, share in SHARES.items():
            day = str(zero + dt.timedelta(days))
            for (test, unit), value in zip(UNITS.items(), first, strict=True):
                value = round(value * (share if test.startswith(chain) else 1), 1)
                row = {"date": day, "test": test, "value": f"{value:g}", "unit": unit}
                made["labs"].append(who | row)
        for drug in ("bortezomib", "dexamethasone"):
            end = str(zero + dt.timedelta(160))
            made["treatments"].append(who | {"drug": drug, "start_date": start, "end_date": end})
        event = "death" if status == "dead" else "last_contact"
        made["events"].append(who | {"date": seen, "event": event})
    return made


def written(folder, made, delimiter=",", encoding="utf-8", names=()):
    folder.mkdir(exist_ok=True)
    (folder / "cohort.toml").write_text(CARD)
    for table, rows in made.items():
        if rows:
            text = io.StringIO()
            header = dict.fromkeys(key for row in rows for key in row)
            writer = csv.DictWriter(text, header, restval="", delimiter=delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            name = dict(names).get(table, f"{table}.csv")
            (folder / name).write_bytes(text.getvalue().encode(encoding))
    return folder


def facts(folder):
    cohort = read_cohort(folder)
    labs = [
        (row.patient_id, row.test, round(row.month, 1), float(f"{row.value:.3g}"), row.bound)
        for row in cohort.labs.itertuples()
    ]
    patients = cohort.patients[["patient_id", "age", "sex", "light_chain"]].astype(str).values.tolist()
    events = [(row.patient_id, row.event, round(row.month, 1)) for row in cohort.events.itertuples()]
    drugs = [(row.patient_id, row.drug, round(row.start_month, 1)) for row in cohort.treatments.itertuples()]
    return sorted(labs), sorted(patients), sorted(events), sorted(drugs)


def check(folder):
    done = CliRunner().invoke(command, [str(folder), "--no-map"])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def cells(made, column, change):
    """Change the cells of a column in every table; `change` takes the text and the row."""
    for rows in made.values():
        for row in rows:
            if row.get(column):
                row[column] = change(row[column], row)
    return made


def words(made, column, **known):
    return cells(made, column, lambda text, _: known.get(text, text))


def dated(made, change):
    for column in ("date", "treatment_start", "start_date", "end_date"):
        cells(made, column, lambda text, _: change(dt.date.fromisoformat(text)))
    return made


def named(made, table, **names):
    made[table] = [{names.get(key, key): text for key, text in row.items()} for row in made[table]]
    return made


def number(text):
    return f"{float(text):,.2f}"


def without(made, table, column):
    for row in made[table]:
        del row[column]
    return made


def told(made, **columns):
    """Follow-up in columns of patients, each made from status, last contact and start."""
    for row, person in zip(made["patients"], PEOPLE, strict=True):
        row |= {name: make(*person[-2:], person[4]) for name, make in columns.items()}
    return made | {"events": []}


def months(seen, start):
    return f"{(dt.date.fromisoformat(seen) - dt.date.fromisoformat(start)).days / 30.4375:.3f}"


KINDS = {}


def kind(**options):
    """A change that is read, or read after one pasted proposal; `options` are those of `written`."""

    def kept(change):
        KINDS[change.__name__] = change, options
        return change

    return kept


@kind(names={"labs": "biologie.csv", "treatments": "traitements.csv", "events": "evenements.csv"})
def french(made):
    dated(made, lambda day: f"{day:%d/%m/%Y}")
    words(made, "sex", male="H", female="F")
    words(made, "heart", yes="oui", no="non")
    words(made, "event", death="d\u00e9c\u00e8s", last_contact="derni\u00e8res nouvelles")
    chain = "Cha\u00eenes l\u00e9g\u00e8res libres"
    words(
        made, "test", kappa_flc=f"{chain} kappa", lambda_flc=f"{chain} lambda", creatinine="Cr\u00e9atinine"
    )
    words(made, "test", urine_protein="Prot\u00e9inurie des 24 h", nt_probnp="NT-proBNP")
    who = {"patient_id": "N\u00b0 patient"}
    named(made, "patients", age="\u00c2ge", sex="Sexe", light_chain="Cha\u00eene l\u00e9g\u00e8re", **who)
    named(made, "patients", heart="Atteinte cardiaque", treatment_start="D\u00e9but traitement")
    named(made, "labs", date="Date de pr\u00e9l\u00e8vement", test="Analyse", value="R\u00e9sultat", **who)
    named(made, "labs", unit="Unit\u00e9")
    named(
        made,
        "treatments",
        drug="M\u00e9dicament",
        start_date="Date de d\u00e9but",
        end_date="Date de fin",
        **who,
    )
    return named(made, "events", date="Date", event="\u00c9v\u00e9nement", **who)


@kind(
    delimiter=";",
    names={
        "patients": "pazienti.csv",
        "labs": "esami.csv",
        "treatments": "terapie.csv",
        "events": "eventi.csv",
    },
)
def italian(made):
    words(made, "event", death="decesso", last_contact="ultimo contatto")
    for chain in ("kappa", "lambda"):
        words(made, "test", **{f"{chain}_flc": f"Catene leggere libere {chain}"})
    words(made, "test", creatinine="Creatinina", urine_protein="Proteinuria 24h")
    cells(made, "value", lambda text, _: text.replace(".", ","))
    who = {"patient_id": "ID paziente"}
    named(made, "patients", age="Et\u00e0", sex="Sesso", light_chain="Catena leggera", heart="Cuore", **who)
    named(made, "patients", treatment_start="Data inizio terapia")
    named(
        made,
        "labs",
        date="Data prelievo",
        test="Esame",
        value="Risultato",
        unit="Unit\u00e0 di misura",
        **who,
    )
    named(made, "treatments", drug="Farmaco", start_date="Data inizio", end_date="Data fine", **who)
    return named(made, "events", date="Data", event="Evento", **who)


@kind(names={"patients": "dm.csv", "labs": "lb.csv", "treatments": "ex.csv", "events": "ds.csv"})
def submission_data(made):
    dated(made, lambda day: f"{day:%d%b%Y}".upper())
    for table in made:
        named(made, table, patient_id="USUBJID")
    named(made, "labs", test="LBTESTCD", value="LBORRES", unit="LBORRESU", date="LBDTC")
    named(made, "treatments", drug="EXTRT", start_date="EXSTDTC", end_date="EXENDTC")
    return named(made, "events", event="DSDECOD", date="DSSTDTC")


@kind()
def prefixes_of_fields(made):
    named(made, "labs", date="lb_dat", test="lb_test", value="lb_res", unit="lb_unit")
    return named(made, "treatments", drug="tx_drug", start_date="tx_start", end_date="tx_stop")


@kind(delimiter="|")
def names_of_laboratories(made):
    words(made, "test", kappa_flc="Kappa Free Light Chain, S", lambda_flc="freie Lambda-Leichtketten")
    return words(made, "test", nt_probnp="PROBNP", creatinine="KREA", urine_protein="Total Protein, 24 HR, U")


@kind(delimiter=";")
def thousands_with_a_space(made):
    return cells(made, "value", lambda text, _: number(text).replace(",", "\u202f").replace(".", ","))


@kind()
def thousands_with_an_apostrophe(made):
    return cells(made, "value", lambda text, _: number(text).replace(",", "'"))


@kind()
def flags(made):
    beside = {"nt_probnp": " *", "creatinine": " (!)", "lambda_flc": " H", "kappa_flc": " HH"}
    return cells(made, "value", lambda text, row: text + beside.get(row["test"], ""))


@kind()
def units_in_the_cells_of_value(made):
    return without(cells(made, "value", lambda text, row: f"{text} {row['unit']}"), "labs", "unit")


@kind()
def units_behind_the_name_of_the_test(made):
    return without(cells(made, "test", lambda text, row: f"{text} [{row['unit']}]"), "labs", "unit")


@kind()
def no_unit(made):
    return without(made, "labs", "unit")


@kind()
def units_in_a_second_row(made):
    visits = {}
    for row in made["labs"]:
        visits.setdefault((row["patient_id"], row["date"]), {})[row["test"]] = row["value"]
    units = {test: f"[{unit}]" for test, unit in UNITS.items()}
    rows = [{"patient_id": who, "date": day} | values for (who, day), values in visits.items()]
    return made | {"labs": [{"patient_id": "", "date": ""} | units, *rows]}


@kind()
def units_as_laboratories_write_them(made):
    typed = {"kappa_flc": "\u00b5g/mL", "creatinine": "mg/100 mL", "urine_protein": "g/Tag"}
    return cells(made, "unit", lambda text, row: typed.get(row["test"], text))


@kind()
def light_chains_in_grams(made):
    cells(made, "value", lambda text, row: f"{float(text) / 1000:.6g}" if "flc" in row["test"] else text)
    return cells(made, "unit", lambda text, row: "g/L" if "flc" in row["test"] else text)


@kind()
def numbers_of_days(made):
    return dated(made, lambda day: str((day - dt.date(1899, 12, 30)).days))


@kind()
def dates_written_in_three_ways(made):
    ways = {"P01": "%d-%b-%Y", "P02": "%Y-%m-%d", "P03": "%d.%m.%Y"}
    return cells(made, "date", lambda text, row: f"{dt.date.fromisoformat(text):{ways[row['patient_id']]}}")


@kind()
def visits_in_weeks(made):
    """One row a patient; the visits are said in weeks."""
    for row in made["labs"]:
        person = next(person for person in PEOPLE if person[0] == row["patient_id"])
        days = (dt.date.fromisoformat(row["date"]) - dt.date.fromisoformat(person[4])).days
        patient = next(each for each in made["patients"] if each["patient_id"] == row["patient_id"])
        patient[f"{row['test']}_W{max(0, round(days / 7))} ({row['unit']})"] = row["value"]
    return made | {"labs": []}


@kind()
def what_goes_on(made):
    return cells(made, "end_date", lambda *_: "ongoing")


@kind()
def ages_and_chains_in_words(made):
    words(made, "light_chain", **{"lambda": "AL \u03bb", "kappa": "IgG kappa"})
    return cells(made, "age", lambda text, _: f"{text} yrs")


@kind()
def lost_to_follow_up(made):
    return words(made, "event", death="Dead", last_contact="LTFU")


@kind()
def an_exact_copy_of_a_patient(made):
    return made | {"patients": [*made["patients"], made["patients"][0]]}


@kind()
def totals_and_notes(made):
    below = [{"patient_id": "Total", "value": "45"}, {"patient_id": "* measured with Freelite"}]
    return made | {"labs": [*made["labs"], *below]}


@kind()
def cancelled_results(made):
    valid = [{"status": "final"} | row for row in made["labs"]]
    return made | {"labs": [*valid, valid[0] | {"value": "999", "status": "cancelled"}]}


@kind()
def a_cause_behind_the_status(made):
    said = {"dead": "Dead of disease", "alive": "Alive, in CR"}
    return told(made, status=lambda status, *_: said[status], last_contact_date=lambda _, seen, __: seen)


@kind()
def dead_is_one(made):
    return told(made, dead=lambda status, *_: str(int(status == "dead")), os_date=lambda _, seen, __: seen)


@kind()
def survival_in_months(made):
    told(made, os_months=lambda _, seen, start: months(seen, start))
    return told(made, os_status=lambda status, *_: status)


def units_filled(text):
    return re.sub(r'# (\w+) = ""(.*): (\S+).*', r'\1 = "\3"', text)


@pytest.mark.parametrize("name", KINDS)
def test_a_table_as_it_is_becomes_the_same_cohort(name, tmp_path):
    change, options = KINDS[name]
    folder = written(tmp_path / "export", change(sound()), **options)
    code, said = check(folder)
    if code == 1:
        (folder / "mapping.toml").write_text(units_filled(said.split("meant:\n\n")[1]), encoding="utf-8")
        code, said = check(folder)
    assert code == 0, said
    found, wanted = facts(folder), facts(written(tmp_path / "sound", sound()))
    if name == "visits_in_weeks":  # of 0, 13 and 26 weeks
        wanted = sorted(
            (who, test, {-0.1: 0, 3: 3, 6: 6}[month], *rest) for who, test, month, *rest in wanted[0]
        )
        found, wanted = found[0], wanted
    assert found == wanted


def with_test(test, value, unit=""):
    """A change that adds one value of another test for every patient."""
    rows = [
        {"patient_id": person[0], "date": person[4], "test": test, "value": value, "unit": unit}
        for person in PEOPLE
    ]
    return lambda made: made | {"labs": [*made["labs"], *rows]}


def with_columns(table, **columns):
    return lambda made: made | {table: [row | columns for row in made[table]]}


def with_words(column, **known):
    return lambda made: words(made, column, **known)


def of_two_countries(made):
    return cells(
        dated(made, lambda day: f"{day:%d/%m/%Y}"),
        "date",
        lambda text, row: f"{text[3:6]}{text[:3]}{text[6:]}" if row["patient_id"] == "P01" else text,
    )


def negative_twice(made):
    return with_test("urine_immunofixation", "negative")(with_test("serum_m_protein", "negative")(made))


def with_names(made):
    return cells(made, "patient_id", lambda text, _: f"Anna von {'ABC'[int(text[-1]) - 1]}erg")


JSON = {"patient_id": "P01", "date": "2021-03-10", "results": '[{"test": "kappa_flc"}]'}
SAID = {
    "M beside H": (with_words("sex", male="H", female="M"), 1, "may mean mujer", 'M = "male"'),
    "dates of two countries": (of_two_countries, 1, "cannot be of one format", '\nformat = "'),
    "a concentration of urine": (
        lambda made: cells(made, "unit", lambda text, _: text.removesuffix("/24h") + "/L"),
        1,
        "multiply it by the volume",
        "",
    ),
    "troponin T": (with_test("troponin_t", "45", "ng/L"), 0, "hs_troponin_t", ""),
    "a troponin": (with_test("Troponin", "45", "ng/L"), 0, "does not say which troponin", ""),
    "dFLC": (with_test("dFLC", "298", "mg/L"), 0, "kappa_flc and lambda_flc are needed", ""),
    "no chains": (
        with_words("test", kappa_flc="dFLC", lambda_flc="iFLC"),
        0,
        "no row is a free light chain",
        "",
    ),
    "a word for a number": (negative_twice, 1, '# negative = ""', "\nnegative ="),
    "an end of NYHA": (with_test("nyha_class", "NYHA III"), 1, '"NYHA III" = "III"', ""),
    "a regimen": (with_words("drug", bortezomib="Bor/Cyc/Dex"), 0, "names several drugs", ""),
    "a dose per m2": (
        with_columns("treatments", dose="1.3", dose_unit="mg/m2"),
        0,
        "'dose': the column is not known",
        "dose_mg",
    ),
    "a drug as a column": (
        with_columns("patients", bortezomib="1"),
        0,
        "'bortezomib': the column is not known",
        "prior_bortezomib",
    ),
    "names as ids": (with_names, 1, "looks like a person's name", "Anna"),
    "JSON in cells": (lambda made: made | {"labs": [JSON]}, 1, "holds JSON", 'value = "results"'),
}


@pytest.mark.parametrize("name", SAID)
def test_what_cannot_be_read_is_said(name, tmp_path):
    change, expected, says, never = SAID[name]
    code, said = check(written(tmp_path / "export", change(sound())))
    assert code == expected, said
    assert says in said, said
    assert not never or never not in said, said


def test_an_event_dates_no_value(tmp_path):
    columns = {
        "date_last_contact": "2022-01-01",
        "lab_date": "2021-04-01",
        "nt_probnp": "1",
        "kappa_flc": "1",
    }
    made = sound() | {"labs": [{"patient_id": person[0]} | columns for person in PEOPLE]}
    _, said = check(written(tmp_path / "export", made))
    assert 'nt_probnp = { column = "nt_probnp", unit = "", date = "lab_date" }' in said


def test_files_that_are_not_read_are_named(tmp_path):
    folder = written(tmp_path / "export", sound())
    for name in ("labs.csv", "events.csv"):
        (folder / name).rename(folder / f"{name}.gz")
    (folder / "old.sav").write_bytes(b"$FL2")
    code, said = check(folder)
    assert code == 1
    assert "labs.csv.gz: warning: is not read. Unpack it into the folder." in said
    assert "old.sav: warning: is not read. Export its tables as CSV." in said
    assert 'labs = "labs.csv.gz"' not in said


def test_a_second_version_and_a_folder_of_tables_are_named(tmp_path):
    folder = written(tmp_path / "export", sound())
    (folder / "labs_old.csv").write_bytes((folder / "labs.csv").read_bytes())
    assert "labs_old.csv: warning: lies beside labs.csv and is not read." in check(folder)[1]
    _, said = check(tmp_path)
    assert "export: is a folder with tables in it. Give that folder." in said


@pytest.mark.parametrize(("typed", "bound"), [("less than 12", -1), ("kleiner 12", -1), ("above 12", 1)])
def test_words_of_a_bound(typed, bound, tmp_path):
    made = sound()
    made["labs"][0]["value"] = typed
    labs = read_cohort(written(tmp_path / "export", made)).labs
    assert (labs.value.iloc[0], labs.bound.iloc[0]) == (12, bound)


def test_a_proposal_repeats_what_the_mapping_says(tmp_path):
    folder = written(tmp_path / "export", words(sound(), "sex", male="1", female="w"))
    mapping = '[numbers]\ndecimal = "."\n\n[codes.sex]\nw = "female"\n'
    (folder / "mapping.toml").write_text(mapping)
    code, said = check(folder)
    assert code == 1
    assert said.split("meant:\n\n")[1] == mapping + '# 1 = ""  # female or male?\n'


def test_visits_that_are_counted_are_no_months(tmp_path):
    made = sound()
    for row in made["patients"]:
        row |= {f"nt_probnp_{visit}": "500" for visit in (1, 2, 3)}
    _, said = check(written(tmp_path / "export", made | {"labs": []}))
    assert 'column = "nt_probnp_{visit}", unit = "", date = ""' in said


def test_ids_that_only_zeros_set_apart_are_offered_as_one(tmp_path):
    made = cells(sound(), "patient_id", lambda text, _: f"0{text[1:]}")
    folder = written(tmp_path / "export", made)
    wanted = facts(folder)
    for row in made["labs"]:
        row["patient_id"] = f"{int(row['patient_id'])}.0"
    code, said = check(written(folder, made))
    assert code == 1
    assert said.count("is not in patients.") == 1
    assert "patients has '001' and this table '1.0'" in said
    (folder / "mapping.toml").write_text(said.split("meant:\n\n")[1], encoding="utf-8")
    assert facts(folder) == wanted


def test_zeros_that_set_two_patients_apart_are_not_offered(tmp_path):
    made = sound()
    made["patients"].append(made["patients"][0] | {"patient_id": "0P01"})
    for row in made["labs"]:
        row["patient_id"] = f"00{row['patient_id']}"
    _, said = check(written(tmp_path / "export", made))
    assert '00P02 = "P02"' in said
    assert "00P01 =" not in said


def test_a_file_that_is_alone_is_named(tmp_path):
    chain = {"kappa_flc (mg/L)": "12", "lambda_flc (mg/L)": "310"}
    rows = [row | chain for row in sound()["patients"]]
    folder = written(tmp_path / "export", {"patients": rows}, names={"patients": "registry.csv"})
    code, said = check(folder)
    assert code == 1
    assert "patients.csv: is missing. Is it 'registry.csv'?" in said
    assert 'patients = "registry.csv"' in said
    assert "registry.csv, line 1: tests stand in columns of their own: kappa_flc, lambda_flc." in said
