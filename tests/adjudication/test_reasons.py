# ruff: noqa: E501 -- one situation per line reads best
"""The sentence of typical situations, word for word, as a hematologist reads it."""

import numpy as np
import pytest
from courses import cohort_of, patient

from amyloid.adjudication.decidable import Quantity, exact
from amyloid.adjudication.response import categories
from amyloid.adjudication.texts import number, percent

HEME = "hematologic_response"
BASE = "0: kappa=10 lambda=192 sife=pos uife=pos | "
SITUATIONS = {
    "PR by dFLC": (
        BASE + "5.9: kappa=10 lambda=81 sife=pos",
        "",
        (HEME, "isa-2012"),
        "PR at month 5.9: dFLC 182 -> 71 mg/L, fall 61 % (> 50 %)",
    ),
    "CR": (
        BASE + "6: kappa=10 lambda=12 sife=neg uife=neg marrow=3",
        "",
        (HEME, "gertz-2005"),
        "CR at month 6.0: immunofixation serum negative, urine negative; kappa/lambda ratio 0.8333; "
        "marrow plasma cells 3 % (ratio 0.26-1.65, marrow < 5 %)",
    ),
    "CR undecidable without urine": (
        BASE + "6: kappa=10 lambda=12 sife=neg",
        "",
        (HEME, "isa-2012"),
        "VGPR at month 6.0: dFLC 182 -> 2 mg/L, fall 99 % (< 40 mg/L); CR not decidable at month 6.0 "
        "(immunofixation serum negative, urine missing; kappa/lambda ratio 0.8333)",
    ),
    "CR undecidable without marrow": (
        BASE + "6: kappa=10 lambda=12 sife=neg uife=neg",
        "",
        (HEME, "boston-2007"),
        "PR at month 6.0: iFLC 192 -> 12 mg/L, fall 94 % (>= 50 %); CR not decidable at month 6.0 "
        "(immunofixation serum negative, urine negative; kappa/lambda ratio 0.8333; marrow plasma cells missing)",
    ),
    "VGPR with negative dFLC": (
        BASE + "6: kappa=30 lambda=14 sife=pos",
        "",
        (HEME, "isa-2012"),
        "VGPR at month 6.0: dFLC 182 -> -16 mg/L (< 40 mg/L)",
    ),
    "VGPR by a limit of the laboratory": (
        BASE + "6: kappa=<3 lambda=<3 sife=pos",
        "",
        (HEME, "isa-2012"),
        "VGPR at month 6.0: dFLC 182 -> <3 mg/L, fall at least 98 % (< 40 mg/L)",
    ),
    "NR just short": (
        "0: kappa=10 lambda=200 sm=1 | 3: kappa=10 lambda=150.2 sm=0.9 sife=pos | 6: kappa=10 lambda=180 sm=0.8",
        "",
        (HEME, "boston-2007"),
        "NR: nearest at month 3.0, iFLC 200 -> 150.2 mg/L, fall 24.9 % (needs >= 25 %); "
        "nearest at month 6.0, serum M-protein 1 -> 0.8 g/dL, fall 20 % (needs >= 25 %)",
    ),
    "baseline too low": (
        "0: kappa=10 lambda=52 sife=pos | 3: kappa=10 lambda=20 sife=pos",
        "",
        (HEME, "isa-2012"),
        "NE: baseline dFLC 42 mg/L (needs dFLC >= 50 mg/L)",
    ),
    "baseline missing": (
        "3: kappa=10 lambda=20 sife=pos",
        "",
        (HEME, "isa-2012"),
        "NE: baseline dFLC missing (needs dFLC >= 50 mg/L)",
    ),
    "no sample": (
        BASE,
        "",
        (HEME, "isa-2012"),
        "NE: no sample after baseline before any next line of therapy",
    ),
    "tests missing": (
        BASE + "3: sife=neg uife=neg",
        "",
        (HEME, "isa-2012"),
        "NE: kappa/lambda ratio and dFLC missing after baseline",
    ),
    "other chain": (
        "0: kappa=192 lambda=10 | 3: kappa=10 lambda=12 sife=pos",
        "",
        (HEME, "low-dflc-2017"),
        "NE: baseline dFLC -182 mg/L (needs dFLC of 20 to < 50 mg/L); "
        "flag: the baseline ratio points away from the amyloid's isotype",
    ),
    "N Latex": (
        BASE + "3: kappa=10 lambda=81 sife=pos | 6: kappa=10 lambda=12 n_latex",
        "",
        (HEME, "isa-2012"),
        "PR at month 3.0: dFLC 182 -> 71 mg/L, fall 61 % (> 50 %); "
        "flag: N Latex free light chains from month 6.0 are not used",
    ),
    "CR undecidable at the visit that says most": (
        BASE + "1: creatinine=1 | 2: sife=neg | 6: kappa=10 lambda=12 sife=neg | 8: uife=neg",
        "",
        (HEME, "isa-2012"),
        "VGPR at month 6.0: dFLC 182 -> 2 mg/L, fall 99 % (< 40 mg/L); CR not decidable at month 6.0 "
        "(immunofixation serum negative, urine missing; kappa/lambda ratio 0.8333)",
    ),
    "loss of CR": (
        BASE
        + "3: kappa=10 lambda=12 sife=neg uife=neg marrow=3 | 9: kappa=10 lambda=12 sife=pos uife=neg sm=0.3",
        "",
        ("hematologic_progression", "gertz-2005"),
        "progression at month 9.0: immunofixation serum positive, urine negative; serum M-protein 0.3 g/dL "
        "(detectable after complete response)",
    ),
    "relapse by free light chain": (
        BASE + "3: kappa=10 lambda=60 | 9: kappa=10 lambda=120",
        "",
        ("hematologic_progression", "gertz-2005"),
        "progression at month 9.0: iFLC 120 mg/L, 100 % above nadir 60 (>= 50 %, > 100 mg/L)",
    ),
    "Pavia from a nadir below zero": (
        BASE + "3: kappa=15 lambda=12 | 9: kappa=10 lambda=60",
        "",
        ("hematologic_progression", "pavia-2018"),
        "progression at month 9.0: dFLC 50 mg/L, nadir -3, baseline 182 "
        "(> 20 mg/L, > 20 % of baseline, > 50 % above nadir)",
    ),
    "renal response": (
        "0: urine_protein=8.8 egfr=60 | 12: urine_protein=0.14 egfr=58",
        "",
        ("renal_response", "palladini-2014"),
        "response at month 12.0: proteinuria 8.8 -> 0.14 g/24h, fall 98 %; "
        "eGFR 60 -> 58 mL/min/1.73m2, fall 3 % (>= 30 % or < 0.5 g/24h, eGFR fall < 25 %)",
    ),
    "renal response undone by creatinine": (
        "0: urine_protein=6 creatinine=1.2 | 6: urine_protein=3 creatinine=1.5",
        "",
        ("renal_response", "gertz-2005"),
        "no response: nearest at month 6.0, proteinuria 6 -> 3 g/24h, fall 50 % and 3 g/24h; "
        "creatinine 1.2 -> 1.5 mg/dL, rise 25 % (needs >= 50 % and >= 0.5 g/24h, creatinine rise < 25 %)",
    ),
    "renal response undone by dialysis": (
        "0: urine_protein=6 egfr=30 | 5: !dialysis | 6: urine_protein=1 egfr=8",
        "",
        ("renal_response", "graded-2018"),
        "NR: nearest at month 6.0, proteinuria 6 -> 1 g/24h, fall 83 %; eGFR 30 -> missing; "
        "dialysis (needs > 30 %, eGFR fall < 25 %)",
    ),
    "on dialysis": (
        "-1: !dialysis | 0: urine_protein=6 | 6: urine_protein=1",
        "",
        ("renal_response", "graded-2018"),
        "NE: on dialysis or transplanted before treatment",
    ),
    "dialysis": (
        "0: egfr=30 | 5: !dialysis",
        "",
        ("renal_progression", "palladini-2014"),
        "progression at month 5.0: dialysis",
    ),
    "cardiac response just short": (
        "0: nt_probnp=1000 | 6: nt_probnp=700",
        "",
        ("cardiac_response", "isa-2012"),
        "no response: nearest at month 6.0, NT-proBNP 1000 -> 700 ng/L, fall 30 % and 300 ng/L "
        "(needs > 30 % and > 300 ng/L)",
    ),
    "NYHA": (
        "0: nyha=IV | 6: nyha=II",
        "",
        ("cardiac_response", "isa-2012"),
        "response at month 6.0: NYHA class IV -> II (>= 2 classes)",
    ),
    "NT-proBNP while the kidney worsens": (
        "0: nt_probnp=2000 egfr=60 | 6: nt_probnp=13500 egfr=45",
        "",
        ("cardiac_progression", "isa-2012"),
        "NE: NT-proBNP 2000 -> 13500 ng/L, rise 575 % and 11500 ng/L; eGFR 60 -> 45 mL/min/1.73m2, fall 25 % "
        "at month 6.0: a rise is not scorable under an IMiD, or while renal function worsens or is unknown",
    ),
    "under lenalidomide": (
        "0: nt_probnp=2000 | 6: nt_probnp=900",
        "drug=lenalidomide:0:12",
        ("cardiac_response", "graded-2023"),
        "NE: no visit has every value it takes; held back: natriuretic peptide under an IMiD (imid_confounded), "
        "by the numbers alone PR at month 6.0",
    ),
    "ejection fraction": (
        "0: ef=55 | 6: ef=45",
        "",
        ("cardiac_progression", "isa-2012"),
        "progression at month 6.0: ejection fraction 55 -> 45 %, fall 10 points (fall >= 10 points)",
    ),
    "stage": (
        "0: nt_probnp=8501 troponin_t=0.05",
        "",
        ("cardiac_stage", "mayo-2004-european"),
        "IIIb: NT-proBNP 8501 ng/L; troponin T 0.05 ug/L",
    ),
    "stage undecidable": (
        "0: urine_protein=6",
        "",
        ("renal_stage", "palladini-2014"),
        "NE: baseline proteinuria 6 g/24h; eGFR missing (needs proteinuria and eGFR)",
    ),
    "heart not judged in atrial fibrillation": (
        "0: wall_thickness=11 nt_probnp=900 egfr=75",
        "atrial_fibrillation=yes",
        ("involvement_heart", "consensus-2010"),
        "NE: baseline wall thickness 11 mm; NT-proBNP 900 ng/L; eGFR 75 mL/min/1.73m2; atrial fibrillation yes "
        "(needs a wall > 12 mm, or a wall and an NT-proBNP, low or usable (eGFR >= 15, no atrial fibrillation))",
    ),
}


@pytest.fixture(scope="module")
def reasons():
    people = [patient(name, course, traits) for name, (course, traits, _, _) in SITUATIONS.items()]
    wanted = list(dict.fromkeys(pair for _, _, pair, _ in SITUATIONS.values()))
    table = categories(cohort_of(people), wanted)
    return table.set_index(["patient_id", "domain", "criteria"])


@pytest.mark.parametrize("name", SITUATIONS)
def test_sentence(reasons, name):
    _, _, pair, sentence = SITUATIONS[name]
    row = reasons.loc[(name, *pair)]
    assert row["reason"] == sentence
    assert sentence.startswith((f"{row['category']} at month", f"{row['category']}:"))


def sentence_when_confirmed(course):
    return categories(cohort_of([patient("P1", course)]), [(HEME, "isa-2012")], confirm="28-days").loc[
        0, "reason"
    ]


def test_confirmation_in_words():
    alone = sentence_when_confirmed(BASE + "3: kappa=10 lambda=30 sife=pos")
    assert alone == "NR: VGPR at month 3.0 was not confirmed 28 days later"
    assert sentence_when_confirmed(
        BASE + "3: kappa=10 lambda=30 sife=pos | 5: kappa=10 lambda=81 sife=pos"
    ) == (
        "PR at month 3.0: dFLC 182 -> 20 mg/L, fall 89 % (< 40 mg/L), a VGPR that the next sample confirms as PR"
    )
    text = sentence_when_confirmed(
        BASE
        + "2: kappa=10 lambda=81 sife=pos | 4: kappa=10 lambda=30 sife=pos | 6: kappa=10 lambda=81 sife=pos"
    )
    assert text == (
        "PR at month 2.0: dFLC 182 -> 71 mg/L, fall 61 % (> 50 %); VGPR at month 4.0 was not confirmed 28 days later"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (39.996, "39.996"),
        (39.9, "39.9"),
        (40.0, "40"),
        (0.0349, "0.0349"),
        (63.5234, "63.52"),
        (12345.0, "12345"),
        (0.0, "0"),
        (-16.0, "-16"),
        (np.nan, "missing"),
    ],
)
def test_a_number_never_reads_as_the_threshold_next_to_it(value, text):
    assert number(exact(np.array([value]))).to_pylist() == [text]


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.0, 1.5 * (1 - 1e-6), "<1.5"),
        (9000 * (1 + 1e-6), np.inf, ">9000"),
        (3.0, 5.0, "3 to 5"),
        (-9.0, 5.0, "<5"),
    ],
)
def test_limits_in_words(low, high, text):
    assert number(Quantity(np.array([low]), np.array([high]))).to_pylist() == [text]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.61, "61 %"),
        (0.5, "50 %"),
        (0.4996, "49.96 %"),
        (0.499, "49.9 %"),
        (0.25001, "25.001 %"),
        (0.98, "98 %"),
    ],
)
def test_a_percentage_never_reads_as_the_threshold_next_to_it(share, text):
    assert percent(np.array([share])).to_pylist() == [text]
