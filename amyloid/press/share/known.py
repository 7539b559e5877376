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
    cohort: "Cohort", places: Iterable[Path], compare_by: str = "none", typed: Iterable[str] = ()
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
    typed
        From `typed_texts`.
    """
    groups = [cohort.patients[name] for name in {"group", compare_by} & set(cohort.patients.columns)]
    texts = (text for column in groups for text in column.dropna().astype(str))
    return Secrets(
        identifiers=frozenset(map(str, cohort.patients["patient_id"])),
        names=frozenset([*machine_names(), *(part for place in places for part in _parts(place))])
        - _own_words(),
        dates=frozenset(_dates(cohort)),
        texts=frozenset([*texts, *typed, cohort.card.title, cohort.card.source]),
    )


def typed_texts(cohort: "Cohort", place: Path, compare_by: str = "none") -> frozenset[str]:
    """Return the details of events, and every text and whole number of columns that the format does not know.

    Drugs and texts made of a report's own words are not among them.

    Parameters
    ----------
    cohort
        The run's cohort.
    place
        Its folder or workbook: the reader keeps no names and no record numbers.
    compare_by
        The column whose values are groups.
    """
    drugs = " ".join(cohort.treatments["drug"].dropna().astype(str))
    ordinary = _own_words() | ORDINARY | _words(drugs)
    found = {*cohort.events["detail"].dropna().astype(str), *_unknown(place, compare_by)}
    return frozenset(text for text in found if not _words(text) <= ordinary)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text.casefold()))


def _unknown(place: Path, compare_by: str) -> Iterator[str]:
    """Yield the texts and whole numbers of the columns that the format does not know, in any table."""
    from amyloid.cohort.reading.assemble import load
    from amyloid.cohort.reading.findings import Findings
    from amyloid.cohort.schema import TABLES

    for name, table in load(place, Findings()).tables.items():
        known = {"", compare_by, *TABLES[name].names}
        for column in table.all_columns if table else ():
            if column.known_as not in known:
                yield from (text for text in column.texts if len(text) > 1 and not _DECIMAL.fullmatch(text))


def found_in(
    text: str, secrets: Secrets, typed: frozenset[str], allowed: Iterable[str]
) -> list[tuple[str, str]]:
    """Return what a title, drug or group as it was typed holds that may not leave, as kinds and words.

    Parameters
    ----------
    text
        As it was typed.
    secrets
        What the finished file is searched for.
    typed
        From `typed_texts`: what of other texts is looked for in it.
    allowed
        Words that may leave, for a reason that was given.
    """
    same = {other for other in typed if other.casefold() == text.casefold()}
    others = replace(secrets, texts=typed - same)
    return search(without(text, allowed), (*GENERAL, *others.finders()))


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
