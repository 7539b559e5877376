"""What a page says about its own making: parameters, versions, data, criteria. No path, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import PurePath
from typing import Final

import pandas as pd

from amyloid.adjudication.criteria import CRITERIA
from amyloid.cohort import Cohort
from amyloid.questions.parameters import PARAMETERS, Value

PACKAGES: Final = ("amyloid-notebooks", "lifelines", "matplotlib", "numpy", "pandas", "scipy")
TITLE: Final = "Data, criteria and versions behind this page"
FOLDERS: Final = {
    "cohort_dir": ("lenalidomide-2007", "The cohort's folder or workbook."),
    "out_dir": ("notebooks", "Where figures and numbers are written."),
}


def parameter_table(values: Mapping[str, Value]) -> pd.DataFrame:
    """Parameters of a run beside their defaults.

    Parameters
    ----------
    values : mapping
        Name to value. Of a folder only the last name is shown.

    Returns
    -------
    DataFrame
        ``parameter, value, default, meaning`` as text.
    """
    rows = []
    for name, value in values.items():
        default, meaning = FOLDERS.get(name, ("", "")) if name in FOLDERS else _declared(name)
        shown = PurePath(str(value).replace("\\", "/")).name if name in FOLDERS else str(value)
        rows.append((name, shown, default, meaning))
    return pd.DataFrame(rows, columns=["parameter", "value", "default", "meaning"])


def _declared(name: str) -> tuple[str, str]:
    parameter = PARAMETERS[name]
    return str(parameter.default), parameter.help


def provenance_table(cohort: Cohort, criteria: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Data, criteria and versions behind a page.

    Parameters
    ----------
    cohort : Cohort
    criteria : iterable of (domain, key)
        The criteria that the notebook used.

    Returns
    -------
    DataFrame
        ``what, which`` as text.
    """
    card = cohort.card
    cutoff = "not stated" if card.data_cutoff is None else f"{card.data_cutoff:%d %B %Y}"
    rows = [
        ("Cohort", card.title),
        ("Source", card.source),
        ("Data cutoff", cutoff),
        ("Data, SHA-256", cohort.fingerprint),
    ]
    rows += [(f"{d.replace('_', ' ').capitalize()}, {k}", CRITERIA[d, k].source) for d, k in criteria]
    rows += [("Versions", ", ".join(f"{package} {version(package)}" for package in PACKAGES))]
    return pd.DataFrame(rows, columns=["what", "which"])
