"""From a run's frames to the counts of a release: tables, curves, and what is known of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from amyloid.press.disclosure.curves import Curves, add_curves
from amyloid.press.disclosure.release import ALL, GROUPS, Key, Release, quartiles
from amyloid.press.share import WORDS

MISSING: Final = "not recorded"
OTHERS: Final = "other or not recorded"
RESPONSE: Final = "Hematologic response"
DRUG: Final = "Drug: "
DEATH: Final = "Death during follow-up"
NEITHER_FOR: Final = {"cardiac_response": "heart", "renal_response": "kidney"}
"""A response of an organ that is not involved is not evaluable: who reads both tables knows."""
GROUP_ROUNDING: Final = 10
"""Sizes of groups are rounded to this at the least: who has no group must not be the rest of two sizes."""
_RESPONDED: Final = ("CR", "VGPR", "PR")
_DURATION: Final = "duration_of_response"
_SURVIVAL: Final = "overall_survival"

Quartiles = tuple[float | None, float | None, float | None]
Table = tuple[pd.Series, Sequence[str]]
"""The row of each patient, and the rows in order: each has a line, reached or not.

A line that was left out would say that nobody is in it.
"""


@dataclass(frozen=True)
class Source:
    """What a release is counted from.

    Attributes
    ----------
    patients, baseline
        One row per patient; of `patients` the index is the patient's id.
    categories, endpoints
        As in the run.
    treatments
        `patient_id`, `drug`.
    chosen
        Domain to criteria. One version each: two versions beside each other would give hidden counts back.
    grades
        Domain to the grades that its version knows.
    groups
        Group of each patient by id, a categorical with `OTHERS` last; None without a comparison.
    drugs
        Drugs that may be named.
    """

    patients: pd.DataFrame
    baseline: pd.DataFrame
    categories: pd.DataFrame
    endpoints: pd.DataFrame
    treatments: pd.DataFrame
    chosen: Mapping[str, str]
    grades: Mapping[str, Sequence[str]]
    groups: pd.Series | None = None
    drugs: Sequence[str] = ()

    @property
    def names(self) -> list[str]:
        """The groups in order."""
        return [] if self.groups is None else list(self.groups.cat.categories)

    def title(self, domain: str) -> str:
        """Return the name of a domain's table."""
        return f"{WORDS['domains'][domain]} ({self.chosen[domain]})"

    def followed(self, endpoint: str) -> pd.DataFrame:
        """Return who was followed for an endpoint, and until when; with the group, if there are any."""
        rows = self.endpoints
        rows = rows[(rows["endpoint"] == endpoint) & rows["months"].notna()]
        return (
            rows
            if self.groups is None
            else rows.assign(group=rows["patient_id"].map(self.groups.astype(object)))
        )


@dataclass
class Counted:
    """The counts of a release, by the table of the page that prints them.

    Attributes
    ----------
    release
        Every count, to be protected.
    tables
        Names of the release's tables, by block of the page: title to rows.
    quartiles
        Of baseline values, by title.
    curves
        Curves by endpoint.
    """

    release: Release
    tables: dict[str, dict[str, Sequence[str]]] = field(default_factory=dict)
    quartiles: dict[str, Quartiles] = field(default_factory=dict)
    curves: dict[str, Curves] = field(default_factory=dict)


def divided(title: str) -> str:
    """Return the name of a table that is divided by group."""
    return f"{title}, by group"


def count(source: Source, min_cell: int) -> Counted:
    """Count everything that the release of a cohort prints."""
    found = Counted(Release(len(source.patients), min_cell))
    levels, grades = _levels(source.patients), _grades(source)
    grades[DEATH] = _deaths(source)
    blocks = {"patients": levels, "responses": grades}
    blocks |= {"drugs": _drugs(source, found.release.least), "quartiles": _measured(source.baseline)}
    for block, tables in blocks.items():
        for title, (values, rows) in tables.items():
            found.release.one_way(title, _tally(values, rows))
        found.tables[block] = {title: rows for title, (_, rows) in tables.items()}
    _take_quartiles(found, source.baseline)
    if source.groups is not None:
        _compare(found, source, {**levels, **grades})
    for endpoint in WORDS["endpoints"]:
        followed = source.followed(endpoint)
        if len(followed):
            names = source.names if endpoint == _SURVIVAL else []
            found.curves[endpoint] = add_curves(found.release, endpoint, followed, names)
    _know_what_belongs_together(found, source)
    return found


def _tally(values: pd.Series, rows: Sequence[str]) -> dict[str, int]:
    counts = values.value_counts()
    return {row: int(counts.get(row, 0)) for row in rows}


def _levels(patients: pd.DataFrame) -> dict[str, Table]:
    """Return the level of each patient in the shown columns; what was not recorded is one of its own."""
    return {
        title: _table(patients[column], WORDS["levels"].get(column, ["yes", "no"]))
        for column, title in WORDS["columns"].items()
    }


def _table(values: pd.Series, rows: Sequence[str]) -> Table:
    words: dict[object, str] = {True: "yes", False: "no", **{row: row for row in rows}}
    return values.astype(object).map(words).fillna(MISSING), [*rows, MISSING]


def _deaths(source: Source) -> Table:
    rows = source.endpoints[source.endpoints["endpoint"] == _SURVIVAL].set_index("patient_id")
    died = (rows["event"] == 1).where(rows["months"].notna())
    return _table(died.reindex(source.patients.index), ["yes", "no"])


def _grades(source: Source) -> dict[str, Table]:
    """Return the grade of each patient by one criteria version of each domain; who has no row is NE."""
    found: dict[str, Table] = {}
    for domain, criteria in source.chosen.items():
        grades = [grade for grade in WORDS["grades"][domain] if grade in {*source.grades[domain], "NE"}]
        rows = source.categories
        rows = rows[(rows["domain"] == domain) & (rows["criteria"] == criteria)]
        unknown = set(rows["category"]) - set(grades)
        if unknown:
            raise ValueError(
                f"categories.csv, {domain}: {len(unknown)} categories that no criteria version knows"
            )
        if len(rows):
            values = rows.set_index("patient_id")["category"]
            found[source.title(domain)] = values.reindex(source.patients.index, fill_value="NE"), grades
    return found


def _drugs(source: Source, least: int) -> dict[str, Table]:
    """Return who was given each drug that many were given; the others are not named."""
    found: dict[str, Table] = {}
    for drug in sorted(source.drugs):
        given = source.treatments.loc[source.treatments["drug"] == drug, "patient_id"].astype(str)
        words = source.patients.index.to_series().isin(given).map({True: "given", False: "not given"})
        if (words == "given").sum() >= least:
            found[f"{DRUG}{drug}"] = words, ["given", "not given"]
    return found


def _measured(baseline: pd.DataFrame) -> dict[str, Table]:
    """Return who has each baseline value, and who has not."""
    words = {True: "measured", False: "not measured"}
    return {
        title: (baseline[name].notna().map(words), list(words.values()))
        for name, title in WORDS["measurements"].items()
        if name in baseline
    }


def _take_quartiles(found: Counted, baseline: pd.DataFrame) -> None:
    """Take the quartiles of baseline values; none where they alone would tell how many have it.

    A quartile that is printed says that enough patients lie on each side of it.
    """
    release = found.release
    for name, title in WORDS["measurements"].items():
        if title in found.tables["quartiles"]:
            many = release.n >= 3 * release.min_cell
            found.quartiles[title] = quartiles(baseline[name].astype(float) if many else [], release.min_cell)
            if found.quartiles[title] != (None, None, None):
                measured = release.cells((title, "measured", ALL))
                release.know(measured, low=2 * release.min_cell, high=release.n)


def _compare(found: Counted, source: Source, tables: Mapping[str, Table]) -> None:
    """Count the groups, and in each of them heart involvement, cardiac stage, response and death."""
    release, heart = found.release, WORDS["columns"]["heart"]
    assert source.groups is not None
    release.one_way(GROUPS, _tally(source.groups, source.names), base=GROUP_ROUNDING)
    found.tables["groups"] = {}
    for title in (heart, source.title("cardiac_stage")):
        if title in tables:
            values, rows = tables[title]
            _print_by_group(found, source, title, values, {row: [(title, row, ALL)] for row in rows})
    response = source.title("hematologic_response")
    if response in tables:
        values, grades = tables[response]
        merged = dict.fromkeys(grades, "no response")
        merged |= {**dict.fromkeys(_RESPONDED, "response"), "NE": "NE"}
        whole = {
            row: [(response, grade, ALL) for grade in grades if merged[grade] == row]
            for row in ("response", "no response", "NE")
        }
        _print_by_group(found, source, RESPONSE, values.map(merged), whole)
    values, rows = tables[DEATH]
    _print_by_group(found, source, DEATH, values, {row: [(DEATH, row, ALL)] for row in rows})
    for name in source.names:
        if name != OTHERS:
            release.know(release.cells((GROUPS, name, ALL)), low=2 * release.least, high=release.n)
        release.spare((GROUPS, name, ALL), (divided(DEATH), "yes", name))
        if response in tables:
            release.spare((divided(RESPONSE), "response", name))


def _print_by_group(
    found: Counted, source: Source, title: str, values: pd.Series, whole: Mapping[str, Sequence[Key]]
) -> None:
    """Print a table of each group; a row's patients are those of some counts that are not divided."""
    for name in source.names:
        counts = _tally(values[source.groups == name], list(whole))
        found.release.one_way(divided(title), counts, group=name)
    found.tables["groups"][title] = list(whole)
    for row, keys in whole.items():
        parts = found.release.cells(*((divided(title), row, name) for name in source.names))
        if keys:
            found.release.know(parts, found.release.cells(*keys))


def _know_what_belongs_together(found: Counted, source: Source) -> None:
    """Add what a reader knows who puts two tables together: responders, deaths, organs not involved."""
    release, tables, curves = found.release, found.tables["responses"], found.curves
    response = source.title("hematologic_response")
    if _DURATION in curves and response in tables:
        grades = [grade for grade in _RESPONDED if grade in tables[response]]
        responders = release.cells(*((response, grade, ALL) for grade in grades))
        release.suppose(curves[_DURATION].entered[ALL], responders)
    if _SURVIVAL in curves:
        release.suppose(curves[_SURVIVAL].events[ALL], release.cells((DEATH, "yes", ALL)))
        for name in source.names:
            release.suppose(curves[_SURVIVAL].events[name], release.cells((divided(DEATH), "yes", name)))
        _know_who_is_alive(found)
    for domain, organ in NEITHER_FOR.items():
        title = source.title(domain)
        if title in tables:
            spared = release.cells((WORDS["columns"][organ], "no", ALL))
            release.suppose(release.cells((title, "NE", ALL)), spared, high=release.n)


def _know_who_is_alive(found: Counted) -> None:
    """Who is followed without another event is alive at that month."""
    release = found.release
    alive = {point.month: point.at_risk for point in found.curves[_SURVIVAL].points[ALL]}
    for endpoint in sorted(found.curves.keys() - {_SURVIVAL, _DURATION}):
        for point in found.curves[endpoint].points[ALL]:
            if point.month in alive:
                both = release.cells(alive[point.month]), release.cells(point.at_risk)
                release.suppose(*both, high=release.n)
