"""Head and foot of every page: whose data, who is in it, parameters, criteria, versions. No path, no time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import pandas as pd

from amyloid.adjudication.criteria import CHOSEN, CRITERIA, DEFAULT, leading
from amyloid.cohort import Card
from amyloid.questions import names
from amyloid.questions.curves import records
from amyloid.questions.description import by_size, recorded_groups
from amyloid.questions.parameters import PARAMETERS, PLACES, Value, printed
from amyloid.questions.words import Told, plain, span

if TYPE_CHECKING:
    from amyloid.questions.study import Study

PACKAGES: Final = ("amyloid-notebooks", "lifelines", "matplotlib", "numpy", "pandas", "scipy")


NOTES_SHOWN: Final = 8


def tell_stamp(study: Study) -> Told:
    """What reading the files changed."""
    notes = study.cohort.notes
    return {
        "notes": [plain(note) for note in notes[:NOTES_SHOWN]],
        "more": len(notes[NOTES_SHOWN:]),
        "data": {"synthetic": study.synthetic, "reconstruction": study.reconstruction},
    }


def tell_who(study: Study, follow_up: pd.DataFrame, reverse: pd.DataFrame) -> Told:
    """Patients by group, largest first, drugs, and the years of the first doses."""
    years = pd.to_datetime(study.cohort.patients["treatment_start"]).dt.year.dropna().astype(int).tolist()
    return {
        "groups": [(str(name), int(n)) for name, n in by_size(recorded_groups(study.cohort)).items()],
        "drugs": [plain(drug) for drug in study.drugs],
        "years": span(years) if years else "",
    }


def tell_claims(study: object, found: pd.DataFrame) -> Told:
    """How many of the abstract's numbers come out as printed."""
    others = found[~found["agrees"].astype(bool)]
    score = {"total": len(found), "agree": len(found) - len(others)}
    names = (others["id"] + " " + others["quantity"]).tolist()
    return {**score, "ids": others["id"].tolist(), "data": score | {"others": names}}


def tell_parameters(study: Study, shown: pd.DataFrame) -> Told:
    """Parameters for the index: name, value, and whether it is not the default; folders are left out."""
    own = shown[~shown["parameter"].isin(PLACES)]
    return {"data": {"rows": [[row.parameter, row.value, row.value != row.default] for row in records(own)]}}


def tell_provenance(study: Study, used: Iterable[tuple[str, str]]) -> Told:
    """Sources of the criteria that the page used, and words of the pages with what they mean."""
    named = [
        (domain.replace("_", " ").capitalize(), key, CRITERIA[domain, key].source) for domain, key in used
    ]
    return {"sources": named, "data": {"glossary": names("glossary")}}


def parameter_table(values: Mapping[str, Value], card: Card) -> pd.DataFrame:
    """Parameters of a run beside their defaults.

    Parameters
    ----------
    values : mapping
        Name to resolved value. Of a folder only the last name is shown.
    card : Card
        Says which criteria lead by default.

    Returns
    -------
    DataFrame
        ``parameter, value, default, meaning`` as text.
    """
    rows = []
    for name, value in values.items():
        if name in PLACES:  # where a cohort lies has no default that another one differs from
            rows.append((name, *[_last_name(value)] * 2, PLACES[name].help))
            continue
        default = leading(card, name, DEFAULT) if name in CHOSEN else PARAMETERS[name].default
        pair = [printed(name, each, card) for each in (value, default)]
        rows.append((name, *pair, PARAMETERS[name].help))
    return pd.DataFrame(rows, columns=["parameter", "value", "default", "meaning"])


def _last_name(folder: Value) -> str:
    return PurePath(str(folder).replace("\\", "/")).name
