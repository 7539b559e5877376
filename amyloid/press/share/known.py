"""What this cohort and this computer would be known by: gathered only to be searched for."""

import contextlib
import getpass
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from amyloid.press.disclosure.words import GENERAL, ORDINARY, Secrets, search, without
from amyloid.press.share.checklist import PROGRAM
from amyloid.press.share.names import ENDPOINTS, GRADES, LEVELS
from amyloid.press.share.pages import LEFT_OUT, TITLE

if TYPE_CHECKING:
    from amyloid.cohort import Cohort

DAYS_PER_MONTH = 30.4375
_DECIMAL = re.compile(r"[-+]?\d*[.,]\d+")


def secrets_of(
    cohort: "Cohort", places: Iterable[Path], compare_by: str = "none", unknown: Iterable[str] = ()
) -> Secrets:
    """Return the identifiers, names, dates and typed texts that may not leave.

    Parameters
    ----------
    cohort
        The run's cohort.
    places
        Folders whose names may not leave: the cohort's and the run's.
    compare_by
        The column whose values are groups.
    unknown
        From `unknown_texts`.
    """
    return Secrets(
        identifiers=frozenset([*map(str, cohort.patients["patient_id"]), *unknown]),
        names=frozenset([*machine_names(), *(part for place in places for part in _parts(place))])
        - _own_words(),
        dates=frozenset(_dates(cohort)),
        texts=frozenset(_texts_of(cohort, compare_by)),
    )


def unknown_texts(place: Path, compare_by: str = "none") -> frozenset[str]:
    """Return every text and whole number of the columns that the format does not know, in any table.

    Parameters
    ----------
    place
        The cohort's folder or workbook: the reader keeps no names and no record numbers.
    compare_by
        The column whose values are groups.
    """
    from amyloid.cohort.reading.assemble import load
    from amyloid.cohort.reading.findings import Findings
    from amyloid.cohort.schema import TABLES

    found: set[str] = set()
    for name, table in load(place, Findings()).tables.items():
        known = {"", compare_by, *TABLES[name].names}
        for column in table.all_columns if table else ():
            if column.known_as not in known:
                found.update(text for text in column.texts if len(text) > 1 and not _DECIMAL.fullmatch(text))
    return frozenset(found)


def may_be_printed(text: str, secrets: Secrets, details: Iterable[str], allowed: Iterable[str]) -> bool:
    """Whether a text as it was typed - title, drug or group - holds nothing that may not leave.

    Parameters
    ----------
    text
        As it was typed.
    secrets
        What the finished file is searched for.
    details
        Details of events, which are searched for in it too.
    allowed
        Words that may leave, for a reason that was given.
    """
    others = replace(secrets, texts=frozenset(details) - {text})
    return not search(without(text, allowed), (*GENERAL, *others.finders()))


def details_of(cohort: "Cohort") -> frozenset[str]:
    """Return the details of events, but drugs and words of an empty report."""
    drugs = {drug.casefold() for drug in cohort.treatments["drug"].dropna().astype(str)}
    ordinary = _own_words() | ORDINARY | drugs
    found = cohort.events["detail"].dropna().astype(str)
    return frozenset(text for text in found if not set(re.findall(r"[\w-]+", text.casefold())) <= ordinary)


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


def _texts_of(cohort: "Cohort", compare_by: str) -> Iterator[str]:
    """Yield groups, details of events, title and source."""
    yield from details_of(cohort)
    yield from (cohort.card.title, cohort.card.source)
    for column in {"group", compare_by} & set(cohort.patients.columns):
        yield from cohort.patients[column].dropna().astype(str)


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
