"""Random patients: courses of light chains with what goes wrong in practice, and of organ tests."""

from __future__ import annotations

import random

from courses import Patient


def random_patient(name: str, rng: random.Random) -> Patient:
    """Draw a patient with missing, censored and doubled values and some N Latex samples."""
    person = Patient(name, light_chain=rng.choice(["kappa", "lambda"]))
    involved = rng.choice([15, 35, 45, 60, 110, 250, 800]) * rng.uniform(0.9, 1.1)
    months = [rng.choice([-3.5, -2, -0.5, 0, 0]), 0.0][: rng.choice([0, 1, 1, 2, 2, 2])]
    months += sorted(rng.uniform(0.3, 24) for _ in range(rng.randint(0, 5)))
    depth = 1.0
    serum_m = rng.choice([None, 0.4, 0.5, 0.9, 2.0])
    urine_m = rng.choice([None, 90.0, 100.0, 150.0, 600.0])
    for month in months:
        if month > 0:
            depth *= rng.choice([0.05, 0.2, 0.5, 0.74, 0.8, 1.0, 1.3])
        for shift in [0.0, rng.choice([0.0, 0.1, 0.2])][: rng.choice([1, 1, 1, 2])]:
            sample(person, month + shift, involved * depth, serum_m, urine_m, depth, rng)
    if rng.random() < 0.2:
        person.events.append((rng.uniform(1, 20), rng.choice(["next_treatment", "stem_cell_transplant"])))
    return person


def sample(person, month, involved, serum_m, urine_m, depth, rng) -> None:
    assay = "n_latex" if rng.random() < 0.05 else "freelite"
    chains = {"kappa": "kappa_flc", "lambda": "lambda_flc"}
    own = chains.pop(person.light_chain)
    (other,) = chains.values()
    negative = rng.random() < (0.75 if depth < 0.3 else 0.1)
    normal = rng.choice([8.0, 10.0, 16.5])
    values = {
        own: (rng.choice([5.0, 10.0, 16.5, 26.0]) if negative else involved, 0.93),
        other: (normal, 0.93),
        "serum_immunofixation": ("neg" if negative else "pos", 0.85),
        "urine_immunofixation": ("neg" if negative and rng.random() < 0.9 else "pos", 0.85),
        "marrow_plasma_cells": (rng.choice([2.0, 4.9, 5.0, 8.0]), 0.4),
    }
    if serum_m is not None:
        values["serum_m_protein"] = (round(serum_m * rng.choice([depth, 1.0, 0.5, 0.75]), 3), 0.8)
    if urine_m is not None:
        values["urine_m_protein"] = (round(urine_m * rng.choice([depth, 1.0, 0.5]), 2), 0.8)
    for test, (value, chance) in values.items():
        if rng.random() < chance:
            text = value if isinstance(value, str) else repr(round(value, 2))
            if not isinstance(value, str) and rng.random() < 0.05:
                text = rng.choice("<>") + text
            person.labs.append((month, test, text, assay if test.endswith("_flc") else "freelite"))


def random_organs(person: Patient, rng: random.Random) -> Patient:
    """Add kidney, heart and liver tests, flags and events."""
    levels = {
        "urine_protein": rng.choice([0.4, 0.5, 1.5, 6.0]),
        "creatinine": rng.choice([0.9, 1.4, 3.0]),
        "nt_probnp": rng.choice([300.0, 650.0, 2_000.0, 9_000.0]),
        "bnp": rng.choice([60.0, 150.0, 800.0]),
        "troponin_t": rng.choice([0.01, 0.035, 0.1]),
        "troponin_i": rng.choice([0.05, 0.1, 0.3]),
        "nyha_class": rng.choice([1, 2, 3, 4]),
        "wall_thickness": rng.choice([10.0, 12.0, 15.0]),
        "ejection_fraction": rng.choice([35.0, 55.0]),
        "alkaline_phosphatase": rng.choice([90.0, 180.0, 500.0]),
        "liver_span": rng.choice([12.0, 18.0]),
    }
    for month in sorted({0.0, *(row[0] for row in person.labs)}):
        for test, level in levels.items():
            if rng.random() < 0.75:
                change = rng.choice([0.15, 0.4, 0.5, 0.7, 1.0, 1.3, 1.6]) if month > 0 else 1.0
                text = repr(round(level * change, 3))
                if test == "nyha_class":
                    text = rng.choice(["I", "II", "III", "IV"])
                elif test == "ejection_fraction":
                    text = rng.choice(["35", "45", "55"])
                person.labs.append((month, test, text, "freelite"))
    for flag in (
        "heart",
        "kidney",
        "liver",
        "atrial_fibrillation",
        "heart_failure",
        "urine_albumin_predominant",
    ):
        person.flags[flag] = rng.choice(["yes", "yes", "no", ""])
    for event, chance in (
        ("dialysis", 0.2),
        ("heart_transplant", 0.1),
        ("death", 0.3),
        ("last_contact", 0.5),
    ):
        if rng.random() < chance:
            person.events.append((rng.uniform(-1, 24), event))
    if rng.random() < 0.3:
        person.drugs.append(("lenalidomide", 0.0, rng.choice([6.0, float("nan")])))
    return person
