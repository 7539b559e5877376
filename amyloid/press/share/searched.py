"""What a shared file is searched for, gathered only for that, and its own texts, which are not searched."""

import contextlib
import getpass
import os
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path

from amyloid.cohort import Cohort
from amyloid.cohort.reading.assemble import load
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.schema import TABLES
from amyloid.press.disclosure.search import ORDINARY, Secrets, normalize
from amyloid.press.report.layout import STAMPS
from amyloid.press.share import WORDS
from amyloid.press.share.blocks import Block

DAYS_PER_MONTH = 30.4375
_DECIMAL = re.compile(r"[-+]?\d*[.,]\d+")
_NUMBERS = r"[-+]?[\d.]+\+?(?: to [-+]?[\d.]+| \([\d.]+ %\))?|(?:below|above) [\d.]+"


def secrets_of(
    cohort: Cohort,
    place: Path,
    others: Iterable[Path] = (),
    compare_by: str = "none",
    allowed: Iterable[str] = (),
) -> Secrets:
    """Return the identifiers, names, dates and typed texts that may not leave.

    Drugs and texts made of a report's own words are not among them.

    Parameters
    ----------
    cohort
        The run's cohort.
    place
        Its folder or workbook, of which the reader keeps no names and no record numbers.
    others
        More folders whose names may not leave: the run's.
    compare_by
        The column whose values are groups.
    allowed
        Words that may leave, for a reason that was given.
    """
    parts = [part for each in (place, *others) for part in each.resolve().parts[1:]]
    names = machine_names().union(parts, (Path(part).stem for part in parts))
    columns = {"group", compare_by} & set(cohort.patients.columns)
    groups = [group for name in columns for group in cohort.patients[name].dropna().astype(str)]
    drugs = " ".join(cohort.treatments["drug"].dropna().astype(str))
    ordinary = _own_words() | ORDINARY | _words(drugs)
    typed = {*cohort.events["detail"].dropna().astype(str), *_unknown(place, compare_by)}
    return Secrets(
        identifiers=frozenset(map(str, cohort.patients["patient_id"])),
        names=frozenset(names - _own_words()),
        dates=frozenset(_dates(cohort)),
        texts=frozenset(text for text in typed if not _words(text) <= ordinary),
        headings=frozenset([*groups, cohort.card.title, cohort.card.source]),
        allowed=frozenset(allowed),
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text.casefold()))


def _unknown(place: Path, compare_by: str) -> Iterator[str]:
    """Yield the texts and whole numbers of the columns that the format does not know, in any table."""
    for name, table in load(place, Findings()).tables.items():
        known = {"", compare_by, *TABLES[name].names}
        for column in table.all_columns if table else ():
            if column.known_as not in known:
                yield from (text for text in column.texts if len(text) > 1 and not _DECIMAL.fullmatch(text))


def machine_names() -> frozenset[str]:
    """Return what the user, the home folder and the computer are called."""
    variables = ("USER", "USERNAME", "LOGNAME", "COMPUTERNAME", "HOSTNAME")
    host = socket.gethostname()
    names = [*map(os.environ.get, variables), host, host.partition(".")[0], Path.home().name]
    with contextlib.suppress(OSError, KeyError):  # a user without a name has none to search for
        names.append(getpass.getuser())
    return frozenset(filter(None, names))


def _own_words() -> frozenset[str]:
    """Return every word of an empty shared page, and the program: a folder of that name points nowhere."""
    names = [name for table in ("columns", "domains", "endpoints") for name in WORDS[table].values()]
    said = re.findall(r"\w+", " ".join([WORDS["title"], *WORDS["left_out"], *names]))
    return frozenset([*said, *(word.casefold() for word in said), WORDS["program"]])


def _dates(cohort: Cohort) -> Iterator[date]:
    """Yield the first dose, the cutoff, and every later day that the tables' months stand for."""
    if cohort.card.data_cutoff is not None:
        yield cohort.card.data_cutoff
    starts = cohort.patients.set_index("patient_id")["treatment_start"].dropna()
    yield from starts.to_numpy("datetime64[D]").tolist()
    columns = ((cohort.labs, "month"), (cohort.events, "month"), (cohort.treatments, "start_month"))
    for table, column in (*columns, (cohort.treatments, "end_month")):
        rows = table[["patient_id", column]].dropna()
        rows = rows[rows["patient_id"].isin(starts.index)]
        first = rows["patient_id"].map(starts).to_numpy("datetime64[D]")
        days = (rows[column].to_numpy(float) * DAYS_PER_MONTH).round().astype("timedelta64[D]")
        yield from (first + days).tolist()


def own_texts(blocks: Sequence[Block], said: Iterable[str], typed: Iterable[str]) -> frozenset[str]:
    """Return every text of a report that needs no search, normalized and whole.

    Parameters
    ----------
    blocks
        Its tables. A cell is the program's own only where it is one of its words, a typed text that was
        searched before, or holds numbers alone.
    said
        Its other texts that are the program's own.
    typed
        Names of drugs and groups.
    """
    texts = [WORDS["title"], WORDS["program"], "aggregates overview", *WORDS["left_out"], *STAMPS.values()]
    texts += said
    known = {*typed, *WORDS["cells"], *chain(*WORDS["grades"].values())}
    known |= {word for table in ("columns", "endpoints", "measurements") for word in WORDS[table].values()}
    domain = rf"(?:{'|'.join(map(re.escape, WORDS['domains'].values()))}) \([a-z0-9-]+\)"
    for block in blocks:
        texts += [block.caption, f"{block.caption}. {STAMPS['aggregates']}", f"Table: {block.caption}"]
        texts += [block.key, *block.header, *block.notes]
        cells = {cell for row in block.rows for cell in row}
        texts += [cell for cell in cells if cell in known or re.fullmatch(rf"{_NUMBERS}|{domain}", cell)]
    return frozenset(normalize(text).strip() for text in texts)
