"""The generator: reproducible, in the schema, believable, and varied where the abstract is silent."""

import math
from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from click.testing import CliRunner

from amyloid.adjudication.response import categories
from amyloid.cli.start import reconstruct as command
from amyloid.cohort import EMBEDDED_COHORT, read_cohort
from amyloid.cohort.schema import TABLES
from amyloid.synthetic import file_texts, reconstruct, write_files

MANY = range(50)


@pytest.fixture(scope="module")
def cohorts():
    return {seed: reconstruct(seed).tables for seed in MANY}


def rows_of(tables, patient, test):
    return [r for r in tables["labs"] if (r["patient_id"], r["test"]) == (patient, test)]


def test_the_embedded_cohort_is_seed_2007_byte_for_byte():
    for name, text in file_texts(reconstruct(2007)).items():
        assert (EMBEDDED_COHORT / name).read_bytes() == text.encode(), name


def test_a_seed_gives_the_same_text_and_another_seed_another():
    assert file_texts(reconstruct(3)) == file_texts(reconstruct(3))
    assert all(reconstruct(3).tables[name] != reconstruct(4).tables[name] for name in TABLES)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed -1 is negative"):
        reconstruct(-1)


@pytest.mark.parametrize("table", list(TABLES))
def test_columns_are_the_schema_s_and_nothing_is_derived(table, cohorts):
    columns = set(cohorts[0][table][0])
    assert columns <= set(TABLES[table].names)
    assert "recorded_response" not in columns


def test_the_cohort_is_read_without_a_complaint(tmp_path):
    write_files(reconstruct(11), tmp_path)
    notes = read_cohort(tmp_path).notes
    converted, others = notes[:3], notes[3:]
    assert all("was converted to" in note for note in converted)
    assert all("transplant is taken as the next line" in note for note in others)


def test_recorded_organs_agree_with_the_laboratory():
    cohort = read_cohort(EMBEDDED_COHORT)
    for organ in ("heart", "kidney", "liver"):
        judged = categories(cohort, [(f"involvement_{organ}", "consensus-2010")])
        recorded = cohort.patients[organ].map({True: "yes", False: "no"})
        decided = (judged["category"] != "NE").to_numpy()
        assert (judged["category"].to_numpy() == recorded.to_numpy())[decided].all()
        assert decided[(recorded == "yes").to_numpy()].all()


def test_nothing_is_sampled_or_given_after_the_end(cohorts):
    for tables in cohorts.values():
        end = {
            e["patient_id"]: float(e["month"])
            for e in tables["events"]
            if e["event"] in ("death", "last_contact")
        }
        assert all(float(r["month"]) <= end[r["patient_id"]] for r in tables["labs"])
        for cycle in tables["treatments"]:
            start, stop = float(cycle["start_month"]), float(cycle["end_month"] or math.inf)
            assert start < min(stop, end[cycle["patient_id"]])
            assert math.isinf(stop) or stop <= end[cycle["patient_id"]]


def test_cycles_of_one_drug_never_overlap(cohorts):
    for tables in cohorts.values():
        spans = defaultdict(list)
        for c in tables["treatments"]:
            spans[c["patient_id"], c["drug"]].append(
                (float(c["start_month"]), float(c["end_month"] or math.inf))
            )
        assert all(a[1] <= b[0] for s in spans.values() for a, b in pairwise(s))


def test_visits_are_monthly_for_six_months_then_every_three_with_gaps(cohorts):
    early, late = [], []
    for tables in cohorts.values():
        months = defaultdict(set)
        for r in tables["labs"]:
            months[r["patient_id"]].add(float(r["month"]))
        for seen in months.values():
            ordered = sorted(m for m in seen if m > 0)
            gaps = [b - a for a, b in pairwise(ordered)]
            early += [g for g, a in zip(gaps, ordered, strict=False) if a < 4]
            late += [g for g, a in zip(gaps, ordered, strict=False) if a > 7]
    assert sorted(early)[len(early) // 2] == pytest.approx(1.0, abs=0.1)
    assert sorted(late)[len(late) // 2] == pytest.approx(3.0, abs=0.25)
    assert 0.02 < sum(g > 1.6 for g in early) / len(early) < 0.2
    assert 0.02 < sum(g > 4.5 for g in late) / len(late) < 0.2


def test_bnp_rises_under_lenalidomide_as_in_the_same_trial(cohorts):
    """Blood 2010;116(21):3021: from at least 100 ng/L, 86 % rose by more than 30 % in three cycles."""
    risen = []
    for tables in cohorts.values():
        for p in tables["patients"]:
            bnp = [(float(r["month"]), float(r["value"])) for r in rows_of(tables, p["patient_id"], "bnp")]
            base = [v for m, v in bnp if m <= 0][-1]
            later = [v for m, v in bnp if 0 < m < 3.6]
            if base >= 100 and len(later) == 3:
                risen.append(max(later) > 1.3 * base)
    assert len(risen) > 300
    assert 0.78 < sum(risen) / len(risen) < 0.94


def test_baselines_lie_near_the_published_ones(cohorts):
    """Proteinuria of renal AL: median 5 g/24h (Pavia 2013) to 7 (Mayo 2008); light chain near 150 mg/L."""
    protein, involved = [], []
    for tables in cohorts.values():
        for p in tables["patients"]:
            if p["kidney"] == "yes":
                first = rows_of(tables, p["patient_id"], "urine_protein")[0]
                protein.append(float(first["value"]))
            first = rows_of(tables, p["patient_id"], f"{p['light_chain']}_flc")[0]
            involved.append(float(first["value"]) * (10 if first["unit"] == "mg/dL" else 1))
    assert 4.5 < sorted(protein)[len(protein) // 2] < 7
    assert 110 < sorted(involved)[len(involved) // 2] < 200


def test_what_the_abstract_leaves_open_varies(cohorts):
    deaths = Counter(sum(e["event"] == "death" for e in t["events"]) for t in cohorts.values())
    assert set(deaths) == {14, 15, 16, 17, 18}
    kidneys = {sum(p["kidney"] == "yes" for p in t["patients"]) for t in cohorts.values()}
    assert kidneys == {30, 31, 32}
    months = [float(e["month"]) for t in cohorts.values() for e in t["events"] if e["event"] == "death"]
    assert (
        sum(m < 12 for m in months) > 1.2 * sum(12 <= m < 24 for m in months) > sum(m >= 24 for m in months)
    )


def test_deaths_fall_more_often_on_the_heart(cohorts):
    dead, all_ = Counter(), Counter()
    for tables in cohorts.values():
        died = {e["patient_id"] for e in tables["events"] if e["event"] == "death"}
        for p in tables["patients"]:
            all_[p["heart"]] += 1
            dead[p["heart"]] += p["patient_id"] in died
    assert dead["yes"] / all_["yes"] > 1.3 * dead["no"] / all_["no"]


def test_planted_rows_are_there_in_every_cohort(cohorts):
    for tables in cohorts.values():
        units = {(r["test"], r["unit"]) for r in tables["labs"]}
        assert ("creatinine", "umol/L") in units
        assert {("kappa_flc", "mg/dL"), ("lambda_flc", "mg/dL")} <= units
        assert len({(r["patient_id"], r["month"]) for r in tables["labs"] if r["assay"] == "n_latex"}) == 1
        events = Counter(e["event"] for e in tables["events"])
        assert (events["dialysis"], events["heart_transplant"]) == (1, 1)
        protein = {
            p["patient_id"]: rows_of(tables, p["patient_id"], "urine_protein")[0]["value"]
            for p in tables["patients"]
        }
        assert "0.50" in protein.values()
        overflow = [p["patient_id"] for p in tables["patients"] if p["urine_albumin_predominant"] == "no"]
        assert [float(protein[p]) > 0.5 for p in overflow] == [True]
        assert any(r["value"] == "<0.006" for r in tables["labs"] if r["test"] == "troponin_i")


def test_a_heart_goes_to_a_recipient_of_at_most_sixty_with_an_involved_heart(cohorts):
    for tables in cohorts.values():
        who = next(e["patient_id"] for e in tables["events"] if e["event"] == "heart_transplant")
        person = next(p for p in tables["patients"] if p["patient_id"] == who)
        assert int(person["age"]) <= 60
        assert person["heart"] == "yes"


def test_command_writes_a_cohort_and_overwrites_only_by_force(tmp_path):
    out = tmp_path / "new" / "cohort"
    run = CliRunner()
    first = run.invoke(command, ["--seed", "5", "--out", str(out)])
    assert first.exit_code == 0
    assert "not patient data" in first.output
    assert {p.name: p.read_text(encoding="utf-8") for p in out.iterdir()} == file_texts(reconstruct(5))
    again = run.invoke(command, ["--seed", "6", "--out", str(out)])
    assert again.exit_code == 2
    assert "nothing was written" in again.output
    assert (out / "labs.csv").read_text(encoding="utf-8") == file_texts(reconstruct(5))["labs.csv"]
    forced = run.invoke(command, ["--seed", "6", "--out", str(out), "--force"])
    assert forced.exit_code == 0
    assert (out / "labs.csv").read_text(encoding="utf-8") == file_texts(reconstruct(6))["labs.csv"]
    assert [p.name for p in out.parent.iterdir()] == ["cohort"]


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
def test_command_refuses_a_seed_that_is_none(tmp_path, seed):
    result = CliRunner().invoke(command, [f"--seed={seed}", "--out", str(tmp_path / "c")])
    assert result.exit_code == 2
    assert not (tmp_path / "c").exists()
