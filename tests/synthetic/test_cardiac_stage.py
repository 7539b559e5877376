"""Deaths follow the heart: hazard and survival by Boston University stage, by loops over the raw rows."""

from itertools import pairwise

import pytest

from amyloid.synthetic import reconstruct

STAGES = ("I", "II", "III", "IIIb")


def number(text):
    return float(text.lstrip("<"))  # "<0.006" is far below the limit of 0.1


def stage_of(rows):
    """Lilleness 2019 from the last values at month 0 or before: BNP 81 and 700 ng/L, troponin I 0.1 ug/L."""
    last = {}
    for row in sorted(rows, key=lambda row: float(row["month"])):
        if float(row["month"]) <= 0 and row["test"] in ("bnp", "troponin_i"):
            last[row["test"]] = number(row["value"])
    high = (last["bnp"] > 81) + (last["troponin_i"] > 0.1)
    return "IIIb" if high == 2 and last["bnp"] > 700 else STAGES[high]


def followed(seed):
    """Stage, months and whether the patient died, of all 43."""
    tables = reconstruct(seed).tables
    labs = {}
    for row in tables["labs"]:
        labs.setdefault(row["patient_id"], []).append(row)
    end = {}
    for event in tables["events"]:
        if event["event"] in ("death", "last_contact"):
            end[event["patient_id"]] = (float(event["month"]), event["event"] == "death")
    return [(stage_of(labs[patient]), *end[patient]) for patient in labs]


@pytest.fixture(scope="module")
def pooled():
    return [row for seed in range(200) for row in followed(seed)]


def test_the_hazard_of_death_rises_with_the_stage(pooled):
    hazard = []
    for stage in STAGES:
        own = [(months, died) for found, months, died in pooled if found == stage]
        assert len(own) > 400
        hazard.append(sum(died for _, died in own) / sum(months for months, _ in own))
    for milder, worse in pairwise(hazard):
        assert worse > 1.3 * milder


def alive_at(rows, month):
    """Kaplan-Meier by hand."""
    share = 1.0
    for when in sorted({months for months, died in rows if died and months <= month}):
        at_risk = sum(months >= when for months, _ in rows)
        share *= 1 - sum(died and months == when for months, died in rows) / at_risk
    return share


def test_survival_at_24_months_falls_with_the_stage_in_the_embedded_cohort_and_pooled(pooled):
    for rows in (followed(2007), pooled):
        alive = [alive_at([(m, d) for found, m, d in rows if found == stage], 24) for stage in STAGES]
        assert alive == sorted(alive, reverse=True)
        assert alive[0] > 0.75
        assert alive[-1] < 0.5


def test_functional_class_and_nt_probnp_go_with_the_stage():
    """Class I, II, III as 1, 2, 3; NT-proBNP of stage IIIb above the 8,500 ng/L of the European IIIb."""
    classes, peptides = {stage: [] for stage in STAGES}, {stage: [] for stage in STAGES}
    for seed in range(30):
        rows = {}
        for row in reconstruct(seed).tables["labs"]:
            rows.setdefault(row["patient_id"], []).append(row)
        for own in rows.values():
            stage = stage_of(own)
            first = [row for row in own if float(row["month"]) <= 0]
            classes[stage] += [len(row["value"]) for row in first if row["test"] == "nyha_class"]
            peptides[stage] += [number(row["value"]) for row in first if row["test"] == "nt_probnp"]
    means = [sum(values) / len(values) for values in classes.values()]
    assert means == sorted(means)
    assert max(peptides["I"]) < 332 < min(peptides["II"])
    assert max(peptides["III"]) <= 8500 < min(peptides["IIIb"])
