"""From a run's frames to the counts of a release: tables, curves, and what is known of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from amyloid.press.disclosure.curves import Curve, Point, add_curves
from amyloid.press.disclosure.release import ALL, GROUPS, Release, quartiles
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
Tables = dict[str, pd.Series]


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
        Domain and criteria to the grades that they know.
    groups
        Group of each patient by id, a categorical with `OTHERS` last; None without a comparison.
    column
        What the groups are told by.
    drugs
        Drugs that may be named.
    confidence
        Of the intervals.
    """

    patients: pd.DataFrame
    baseline: pd.DataFrame
    categories: pd.DataFrame
    endpoints: pd.DataFrame
    treatments: pd.DataFrame
    chosen: Mapping[str, str]
    grades: Mapping[tuple[str, str], Sequence[str]]
    groups: pd.Series | None
    column: str
    drugs: Sequence[str]
    confidence: float

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
        if self.groups is None:
            return rows
        return rows.assign(group=rows["patient_id"].map(self.groups.astype(object)))


@dataclass
class Counted:
    """The counts of a release, by the table of the page that prints them.

    Attributes
    ----------
    source
        What they are counted from.
    release
        Every count, to be protected.
    tables
        By block of the page, each of the release's tables by title: the row of each patient, a categorical.
        Every one of its rows has a line, reached or not: one left out would say that nobody is in it.
    quartiles
        Of baseline values, by title.
    curves
        Endpoint to its curves, of everybody and of each group.
    """

    source: Source
    release: Release
    tables: dict[str, Tables] = field(default_factory=dict)
    quartiles: dict[str, Quartiles] = field(default_factory=dict)
    curves: dict[str, dict[str, Curve]] = field(default_factory=dict)

    def points(self, endpoint: str, column: str) -> Sequence[Point]:
        """Return where a curve may be shown; nowhere where nobody was followed."""
        return self.curves[endpoint][column].points if endpoint in self.curves else ()


def divided(title: str) -> str:
    """Return the name of a table that is divided by group."""
    return f"{title}, by group"


def count(source: Source, min_cell: int) -> Counted:
    """Count everything that the release of a cohort prints."""
    found = Counted(source, Release(len(source.patients), min_cell))
    release = found.release
    found.tables = {
        "patients": _levels(source.patients),
        "responses": _grades(source),
        "drugs": _drugs(source, release.least),
        "quartiles": _measured(source.baseline),
    }
    for table in found.tables.values():
        for title, values in table.items():
            release.one_way(title, _tally(values))
    _take_quartiles(found)
    if source.groups is not None:
        _compare(found, source.groups)
    for endpoint in WORDS["endpoints"]:
        followed = source.followed(endpoint)
        if len(followed):
            names = source.names if endpoint == _SURVIVAL else []
            found.curves[endpoint] = add_curves(release, endpoint, followed, names)
    _know_what_belongs_together(found)
    return found


def _tally(values: pd.Series) -> dict[str, int]:
    """Count the patients in each row of a table."""
    return {str(row): int(number) for row, number in values.value_counts(sort=False).items()}


def _rows(values: pd.Series, rows: Sequence[str]) -> pd.Series:
    """Return the row of each patient in a table."""
    return values.astype(pd.CategoricalDtype(list(rows)))


def _yes_no(values: pd.Series, rows: Sequence[str] = ("yes", "no")) -> pd.Series:
    """Return the level of each patient; what was not recorded is one of its own."""
    words: dict[object, str] = {True: "yes", False: "no", **{row: row for row in rows}}
    return _rows(values.astype(object).map(words).fillna(MISSING), [*rows, MISSING])


def _levels(patients: pd.DataFrame) -> Tables:
    """Return the level of each patient in the shown columns."""
    return {
        title: _yes_no(patients[column], WORDS["levels"].get(column, ["yes", "no"]))
        for column, title in WORDS["columns"].items()
    }


def _grades(source: Source) -> Tables:
    """Return the grade of each patient by one criteria version of each domain, and who died; no row is NE."""
    found: Tables = {}
    everybody = source.patients.index
    for domain, criteria in source.chosen.items():
        grades = [
            each for each in WORDS["grades"][domain] if each in {*source.grades[domain, criteria], "NE"}
        ]
        rows = source.categories
        rows = rows[(rows["domain"] == domain) & (rows["criteria"] == criteria)]
        unknown = set(rows["category"]) - set(grades)
        if unknown:
            raise ValueError(
                f"categories.csv, {domain}: {len(unknown)} categories that no criteria version knows"
            )
        if len(rows):
            values = rows.set_index("patient_id")["category"]
            found[source.title(domain)] = _rows(values.reindex(everybody, fill_value="NE"), grades)
    rows = source.endpoints[source.endpoints["endpoint"] == _SURVIVAL].set_index("patient_id")
    found[DEATH] = _yes_no((rows["event"] == 1).where(rows["months"].notna()).reindex(everybody))
    return found


def _drugs(source: Source, least: int) -> Tables:
    """Return who was given each drug that many were given; the others are not named."""
    found: Tables = {}
    for drug in sorted(source.drugs):
        given = source.treatments.loc[source.treatments["drug"] == drug, "patient_id"].astype(str)
        was_given = source.patients.index.to_series().isin(given)
        if was_given.sum() >= least:
            words = was_given.map({True: "given", False: "not given"})
            found[f"{DRUG}{drug}"] = _rows(words, ["given", "not given"])
    return found


def _measured(baseline: pd.DataFrame) -> Tables:
    """Return who has each baseline value, and who has not."""
    words = {True: "measured", False: "not measured"}
    return {
        title: _rows(baseline[name].notna().map(words), list(words.values()))
        for name, title in WORDS["measurements"].items()
        if name in baseline
    }


def _take_quartiles(found: Counted) -> None:
    """Take the quartiles of baseline values; none where they alone would tell how many have it.

    A quartile that is printed says that enough patients lie on each side of it.
    """
    release, baseline = found.release, found.source.baseline
    many = release.n >= 3 * release.min_cell
    for name, title in WORDS["measurements"].items():
        if title in found.tables["quartiles"]:
            found.quartiles[title] = quartiles(baseline[name].astype(float) if many else [], release.min_cell)
            if found.quartiles[title] != (None, None, None):
                measured = release.cells((title, "measured", ALL))
                release.know(measured, low=2 * release.min_cell, high=release.n)


def _compare(found: Counted, groups: pd.Series) -> None:
    """Count the groups, and in each of them heart involvement, cardiac stage, response and death."""
    release, source, grades = found.release, found.source, found.tables["responses"]
    release.one_way(GROUPS, _tally(groups), base=GROUP_ROUNDING)
    heart, response = WORDS["columns"]["heart"], source.title("hematologic_response")
    known = list(grades[response].cat.categories) if response in grades else []
    merged = dict.fromkeys(known, "no response") | dict.fromkeys(_RESPONDED, "response") | {"NE": "NE"}
    tables = {heart: found.tables["patients"][heart], **grades}
    if known:
        tables[RESPONSE] = _rows(tables[response].map(merged), ["response", "no response", "NE"])
    shown = (heart, source.title("cardiac_stage"), RESPONSE, DEATH)
    found.tables["groups"] = {title: tables[title] for title in shown if title in tables}
    for title, values in found.tables["groups"].items():
        for name in source.names:
            release.one_way(divided(title), _tally(values[groups == name]), group=name)
        for row in values.cat.categories:
            whole = [(title, row, ALL)]
            if title == RESPONSE:
                whole = [(response, grade, ALL) for grade in known if merged[grade] == row]
            parts = release.cells(*((divided(title), row, name) for name in source.names))
            if whole:
                release.know(parts, release.cells(*whole))
    for name in source.names:
        if name != OTHERS:
            release.know(release.cells((GROUPS, name, ALL)), low=2 * release.least, high=release.n)
        release.spare(
            (GROUPS, name, ALL), (divided(DEATH), "yes", name), (divided(RESPONSE), "response", name)
        )


def _know_what_belongs_together(found: Counted) -> None:
    """Add what a reader knows who puts two tables together: responders, deaths, organs not involved."""
    release, source, grades, curves = found.release, found.source, found.tables["responses"], found.curves
    response = source.title("hematologic_response")
    if _DURATION in curves and response in grades:
        known = [grade for grade in _RESPONDED if grade in grades[response].cat.categories]
        responders = release.cells(*((response, grade, ALL) for grade in known))
        release.suppose(curves[_DURATION][ALL].after(), responders)
    if _SURVIVAL in curves:
        release.suppose(curves[_SURVIVAL][ALL].events(), release.cells((DEATH, "yes", ALL)))
        for name in source.names:
            died = release.cells((divided(DEATH), "yes", name))
            release.suppose(curves[_SURVIVAL][name].events(), died)
        _know_who_is_alive(found)
    for domain, organ in NEITHER_FOR.items():
        title = source.title(domain)
        if title in grades:
            spared = release.cells((WORDS["columns"][organ], "no", ALL))
            release.suppose(release.cells((title, "NE", ALL)), spared, high=release.n)


def _know_who_is_alive(found: Counted) -> None:
    """Who is followed without another event is alive at that month."""
    release = found.release
    alive = {point.month: point.at_risk for point in found.curves[_SURVIVAL][ALL].points}
    for endpoint in sorted(found.curves.keys() - {_SURVIVAL, _DURATION}):
        for point in found.curves[endpoint][ALL].points:
            if point.month in alive:
                both = release.cells(alive[point.month]), release.cells(point.at_risk)
                release.suppose(*both, high=release.n)
