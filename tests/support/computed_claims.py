"""The published numbers computed a second time, from a cohort's rows through criteria and endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from studies import study_of

from amyloid.questions.claims import as_printed, published, reproduces_the_abstract

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort

RESPONSE: Final = ("hematologic_response", "boston-2007")
PROGRESSION: Final = ("hematologic_progression", "gertz-2005")
RENAL: Final = ("renal_response", "gertz-2005")
EARLY_MONTHS: Final = (3, 6)
COLUMNS: Final = ("id", "notebook", "quantity", "published", "computed", "agrees", "note")

Value = float | tuple[int, ...]


@dataclass(frozen=True)
class Derived:
    """What the analysis derives of a cohort: one row per patient, or per complete responder."""

    cohort: Cohort
    response: pd.DataFrame
    follow_up: pd.Series
    remissions: pd.DataFrame
    proteinuria: pd.DataFrame
    doses: pd.DataFrame


def compute(cohort: Cohort) -> pd.DataFrame:
    """Compute every published number from a cohort.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    pandas.DataFrame
        ``id``, ``computed`` (text, printed by the number's own rule; ``missing`` where the cohort cannot
        tell), ``value`` (the number itself, a share in percent) and ``denominator`` as found in the cohort.
    """
    import pandas as pd

    derived = _derive(cohort)
    found = {name: (value, n) for name, value, n in _all(derived)}
    table = published()
    rows = []
    for name, unit, printed, how in zip(
        table["id"], table["unit"], table["published"], table["how_printed"], strict=True
    ):
        value, n = found[name]
        if unit != "%":
            decimals = len(printed.partition(".")[2])
            rows.append((name, as_printed(value, decimals=decimals), value, n))
        elif n == 0:
            rows.append((name, as_printed(np.nan), np.nan, n))
        else:
            rows.append((name, as_printed(value, n, how), 100 * float(np.sum(value)) / n, n))
    return pd.DataFrame(rows, columns=["id", "computed", "value", "denominator"])


def compare(cohort: Cohort, notebook: str | None = None) -> pd.DataFrame:
    """Set the published numbers beside those computed from a cohort that stands for the abstract's trial.

    Parameters
    ----------
    cohort : Cohort
    notebook : str, optional
        Only the numbers of this notebook, such as ``"02"``.

    Returns
    -------
    pandas.DataFrame
        ``id, notebook, quantity, published, computed, agrees, note``. Empty for any other cohort:
        the abstract says nothing about it. `verdict` puts that into words.
    """
    table = published()
    if notebook is not None:
        table = table[table["notebook"] == notebook]
    if not reproduces_the_abstract(cohort):
        return table.iloc[:0].reindex(columns=list(COLUMNS)).astype({"agrees": bool})
    table = table.merge(compute(cohort)[["id", "computed"]], on="id", validate="one_to_one")
    table["agrees"] = table["published"] == table["computed"]
    return table[list(COLUMNS)]


def _derive(cohort: Cohort) -> Derived:
    from amyloid.adjudication.endpoints import endpoints
    from amyloid.adjudication.labs import gather_evidence
    from amyloid.adjudication.response import adjudicate
    from amyloid.questions.description import tolerated_doses
    from amyloid.questions.durability import remissions
    from amyloid.questions.kidneys import paired_proteinuria

    evidence = gather_evidence(cohort)
    table = adjudicate(evidence, (RESPONSE, PROGRESSION, RENAL), with_reasons=False)
    response, progression, renal = (
        table[(table["domain"] == domain) & (table["criteria"] == key)].reset_index(drop=True)
        for domain, key in (RESPONSE, PROGRESSION, RENAL)
    )
    ends = endpoints(cohort, evidence=evidence)
    follow_up = ends[ends["endpoint"] == "follow_up"]["months"].reset_index(drop=True)
    return Derived(
        cohort=cohort,
        response=response,
        follow_up=follow_up,
        remissions=remissions(study_of(cohort), response, progression),
        proteinuria=paired_proteinuria(cohort, evidence, response, renal),
        doses=tolerated_doses(cohort, follow_up, "lenalidomide"),
    )


Found = tuple[str, Value, int]


def _all(derived: Derived) -> Iterator[Found]:
    yield from _people(derived)
    yield from _treatment(derived)
    yield from _responses(derived)
    yield from _durability(derived)
    yield from _proteinuria(derived)


def _people(derived: Derived) -> Iterator[Found]:
    from amyloid.questions.description import organ_counts, untreated

    patients = derived.cohort.patients
    n = len(patients)
    group = patients["group"].astype(str).str.casefold()
    yield "C01", n, n
    yield "C02", int((group == "original").sum()), n
    yield "C03", int((group == "extension").sum()), n
    yield "C04", float(derived.follow_up.median()), n
    yield "C05", float(patients["age"].median()), n
    yield "C06", float(patients["age"].min()), n
    yield "C07", float(patients["age"].max()), n
    yield "C08", int((patients["sex"] == "male").sum()), n
    yield "C09", int((patients["light_chain"] == "lambda").sum()), n
    yield "C10", int((organ_counts(derived.cohort) >= 2).sum()), n
    for claim, column in (
        ("C11", "heart"),
        ("C12", "prior_melphalan"),
        ("C13", "prior_transplant"),
        ("C14", "prior_thalidomide"),
        ("C15", "prior_bortezomib"),
    ):
        yield claim, int(patients[column].sum()), n
    yield "C16", int(untreated(derived.cohort).sum()), n
    yield "C38", int(derived.follow_up.notna().sum()), n


def _treatment(derived: Derived) -> Iterator[Found]:
    doses = derived.doses
    for claim, column in (("C17", "first_dose"), ("C18", "days_per_cycle"), ("C19", "tolerated")):
        yield claim, float(doses[column].median()), len(doses)


def _responses(derived: Derived) -> Iterator[Found]:
    category = derived.response["category"]
    count = {name: int((category == name).sum()) for name in ("CR", "PR", "MR")}
    n = int((category != "NE").sum())
    yield "C20", count["CR"], n
    yield "C21", count["CR"], n
    yield "C22", count["PR"], n
    yield "C23", (count["CR"], count["PR"]), n
    yield "C24", count["MR"], n
    reached = np.sort(derived.remissions["start"].to_numpy(float))
    months = np.floor(reached + 0.5)
    late = reached[months > EARLY_MONTHS[1]]
    yield "C25", int(((months >= EARLY_MONTHS[0]) & (months <= EARLY_MONTHS[1])).sum()), len(reached)
    yield "C26", len(late), len(reached)
    yield "C27", _nth(late, 0), len(late)
    yield "C28", _nth(late, 1), len(late)


def _durability(derived: Derived) -> Iterator[Found]:
    remissions = derived.remissions
    n = len(remissions)
    kept = remissions[remissions["outcome"] != "relapse"]
    off = kept[kept["alive"] & (kept["off_months"] > 0)]
    yield "C29", int(remissions["alive"].sum()), n
    yield "C30", int((~remissions["alive"]).sum()), n
    yield "C31", n - len(kept), n
    yield "C32", len(kept), n
    yield "C33", float(kept["length"].min()), len(kept)
    yield "C34", float(kept["length"].max()), len(kept)
    yield "C35", len(off), n
    yield "C36", float(off["off_months"].min()), len(off)
    yield "C37", float(off["off_months"].max()), len(off)


def _proteinuria(derived: Derived) -> Iterator[Found]:
    table = derived.proteinuria
    n = len(table)
    resolved = table[table["outcome"] == "resolved"].sort_values("before")
    improved = int(table["outcome"].str.startswith("improved").sum())
    yield "C39", n, len(derived.remissions)
    yield "C40", len(resolved), n
    yield "C41", len(resolved), n
    for place, (before, after) in enumerate((("C42", "C43"), ("C44", "C45"))):
        yield before, 1000 * _nth(resolved["before"].to_numpy(float), place), len(resolved)
        yield after, 1000 * _nth(resolved["after"].to_numpy(float), place), len(resolved)
    yield "C46", improved, n
    yield "C47", improved, n
    yield "C48", n - len(resolved) - improved, n


def _nth(values: np.ndarray, place: int) -> float:
    return float(values[place]) if place < len(values) else float("nan")
