"""What this cohort and this computer would be known by: gathered only to be searched for."""

import contextlib
import getpass
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from amyloid.press.disclosure.words import Secrets
from amyloid.press.share.blocks import ENDPOINTS, GRADES, LEVELS
from amyloid.press.share.checklist import PROGRAM
from amyloid.press.share.pages import LEFT_OUT, TITLE

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort

DAYS_PER_MONTH = 30.4375
_KNOWN_TEXT = frozenset({"patient_id", "sex", "light_chain", "group", "recorded_response"})


def secrets_of(cohort: "Cohort", places: Iterable[Path]) -> Secrets:
    """Return the identifiers, names and dates that may not leave.

    Parameters
    ----------
    cohort
        The run's cohort.
    places
        Folders whose names may not leave: the cohort's and the run's.
    """
    return Secrets(
        identifiers=frozenset(_identifiers(cohort.patients)),
        names=frozenset([*machine_names(), *(part for place in places for part in _parts(place))])
        - _own_words(),
        dates=frozenset(_dates(cohort)),
    )


def machine_names() -> Iterator[str]:
    """Yield what the user, the home folder and the computer are called."""
    for variable in ("USER", "USERNAME", "LOGNAME", "COMPUTERNAME", "HOSTNAME"):
        if os.environ.get(variable):
            yield os.environ[variable]
    with contextlib.suppress(OSError, KeyError):  # a user without a name has none to search for
        yield getpass.getuser()
    host = socket.gethostname()
    yield host
    yield host.partition(".")[0]
    yield Path.home().name


def _own_words() -> frozenset[str]:
    """Return every word of an empty shared page, and the program: a folder of that name points nowhere."""
    said = re.findall(
        r"\w+", " ".join([TITLE, *LEFT_OUT, *_texts(LEVELS), *_texts(GRADES), *ENDPOINTS.values()])
    )
    return frozenset([*said, *(word.casefold() for word in said), PROGRAM])


def _texts(table: Mapping[str, tuple[str, object]]) -> list[str]:
    return [words for words, _ in table.values()]


def _parts(place: Path) -> Iterator[str]:
    for part in place.resolve().parts[1:]:
        yield part
        yield Path(part).stem


def _identifiers(patients: "pd.DataFrame") -> Iterator[str]:
    """Yield patient ids, and every text of a column that the format does not know."""
    from amyloid.cohort.schema import PATIENTS

    yield from map(str, patients["patient_id"])
    for column in patients.columns:
        if column not in _KNOWN_TEXT and column not in PATIENTS.names and patients[column].dtype == object:
            yield from (str(value) for value in patients[column].dropna())


def _dates(cohort: "Cohort") -> Iterator[date]:
    """Yield the first dose, the cutoff, and every later day that the tables' months stand for."""
    if cohort.card.data_cutoff is not None:
        yield cohort.card.data_cutoff
    starts = cohort.patients.set_index("patient_id")["treatment_start"].dropna()
    for start in starts:
        yield start.date()
    columns = ((cohort.labs, "month"), (cohort.events, "month"), (cohort.treatments, "start_month"))
    for table, column in (*columns, (cohort.treatments, "end_month")):
        rows = table[["patient_id", column]].dropna()
        rows = rows[rows["patient_id"].isin(starts.index)]
        for patient, month in zip(rows["patient_id"], rows[column], strict=True):
            yield starts[patient].date() + timedelta(days=round(month * DAYS_PER_MONTH))
