"""From a run's frames to the counts of a release: tables, curves, and what is known of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from amyloid.press.disclosure.curves import Curve, Point, add_curves
from amyloid.press.disclosure.release import ALL, GROUPS, Release, least_shown, quartiles
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


@dataclass
class Counted:
    """What a shared report counts, and the counts, by the table of the page that prints them.

    Attributes
    ----------
    frames
        `patients` and `baseline`, one row per patient (of `patients` the index is the patient's id);
        `categories` and `endpoints` as in the run; `treatments` with `patient_id` and `drug`.
    release
        Every count, to be protected.
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
    tables
        By block of the page, each of the release's tables by title: the row of each patient, a categorical.
        Every one of its rows has a line, reached or not: one left out would say that nobody is in it.
    quartiles
        Of baseline values, by title.
    curves
        Endpoint to its curves, of everybody and of each group.
    """

    frames: Mapping[str, pd.DataFrame]
    release: Release
    chosen: Mapping[str, str]
    grades: Mapping[tuple[str, str], Sequence[str]]
    groups: pd.Series | None
    column: str
    drugs: Sequence[str]
    confidence: float
    tables: dict[str, Tables] = field(default_factory=dict)
    quartiles: dict[str, Quartiles] = field(default_factory=dict)
    curves: dict[str, dict[str, Curve]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The groups in order."""
        return [] if self.groups is None else list(self.groups.cat.categories)

    def title(self, domain: str) -> str:
        """Return the name of a domain's table."""
        return f"{WORDS['domains'][domain]} ({self.chosen[domain]})"

    def followed(self, endpoint: str) -> pd.DataFrame:
        """Return who was followed for an endpoint, and until when; with the group, if there are any."""
        rows = self.frames["endpoints"]
        rows = rows[(rows["endpoint"] == endpoint) & rows["months"].notna()]
        if self.groups is None:
            return rows
        return rows.assign(group=rows["patient_id"].map(self.groups.astype(object)))

    def points(self, endpoint: str, column: str) -> Sequence[Point]:
        """Return where a curve may be shown; nowhere where nobody was followed."""
        return self.curves[endpoint][column].points if endpoint in self.curves else ()


def groups_of(patients: pd.DataFrame, column: str, min_cell: int, reference: str = "") -> pd.Series | None:
    """Return the group of each patient by `patient_id`, None where no two are large enough.

    Smaller groups are put together as `OTHERS`, with those whose group is not recorded. In order are the
    reference, which the others are held against, then the larger groups first, and those that are left over.
    """
    if column not in patients or column == "patient_id":
        return None
    values = patients[column]
    if pd.api.types.is_bool_dtype(values.dtype):
        values = values.map({True: "yes", False: "no"})
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return None
    names = values.astype("string").str.strip().astype(object).fillna(OTHERS).replace("", OTHERS)
    counts = names[names != OTHERS].value_counts()
    large = counts[counts >= 2 * least_shown(min_cell)].index
    if len(large) < 2:
        return None
    order = [*sorted(large, key=lambda name: (name != reference, -counts[name], name)), OTHERS]
    found = pd.Categorical(names.where(names.isin(large), OTHERS), order)
    return pd.Series(found, index=patients["patient_id"].astype(str))


def count(counted: Counted) -> None:
    """Count everything that the release of a cohort prints."""
    release = counted.release
    counted.tables = {
        "patients": _levels(counted.frames["patients"]),
        "responses": _grades(counted),
        "drugs": _drugs(counted),
        "quartiles": _measured(counted.frames["baseline"]),
    }
    for tables in counted.tables.values():
        for title, values in tables.items():
            release.one_way(title, _tally(values))
    _take_quartiles(counted)
    if counted.groups is not None:
        _compare(counted, counted.groups)
    for endpoint in WORDS["endpoints"]:
        followed = counted.followed(endpoint)
        if len(followed):
            names = counted.names if endpoint == _SURVIVAL else []
            counted.curves[endpoint] = add_curves(release, endpoint, followed, names)
    _know_what_belongs_together(counted)


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


def _grades(counted: Counted) -> Tables:
    """Return the grade of each patient by one criteria version of each domain, and who died; no row is NE."""
    found: Tables = {}
    everybody, known = counted.frames["patients"].index, counted.grades
    for domain, criteria in counted.chosen.items():
        grades = [each for each in WORDS["grades"][domain] if each in {*known[domain, criteria], "NE"}]
        rows = counted.frames["categories"]
        rows = rows[(rows["domain"] == domain) & (rows["criteria"] == criteria)]
        if unknown := set(rows["category"]) - set(grades):
            said = f"categories.csv, {domain}: {len(unknown)} categories that no criteria version knows"
            raise ValueError(said)
        if len(rows):
            values = rows.set_index("patient_id")["category"]
            found[counted.title(domain)] = _rows(values.reindex(everybody, fill_value="NE"), grades)
    rows = counted.frames["endpoints"]
    rows = rows[rows["endpoint"] == _SURVIVAL].set_index("patient_id")
    found[DEATH] = _yes_no((rows["event"] == 1).where(rows["months"].notna()).reindex(everybody))
    return found


def _drugs(counted: Counted) -> Tables:
    """Return who was given each drug that many were given; the others are not named."""
    found: Tables = {}
    given, everybody = counted.frames["treatments"], counted.frames["patients"].index.to_series()
    for drug in sorted(counted.drugs):
        was_given = everybody.isin(given.loc[given["drug"] == drug, "patient_id"].astype(str))
        if was_given.sum() >= counted.release.least:
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


def _take_quartiles(counted: Counted) -> None:
    """Take the quartiles of baseline values; none where they alone would tell how many have it.

    A quartile that is printed says that enough patients lie on each side of it.
    """
    release, baseline = counted.release, counted.frames["baseline"]
    many = release.n >= 3 * release.min_cell
    for name, title in WORDS["measurements"].items():
        if title in counted.tables["quartiles"]:
            found = quartiles(baseline[name].astype(float) if many else [], release.min_cell)
            counted.quartiles[title] = found
            if found != (None, None, None):
                measured = release.cells((title, "measured", ALL))
                release.know(measured, low=2 * release.min_cell, high=release.n)


def _compare(counted: Counted, groups: pd.Series) -> None:
    """Count the groups, and in each of them heart involvement, cardiac stage, response and death."""
    release, names, grades = counted.release, counted.names, counted.tables["responses"]
    release.one_way(GROUPS, _tally(groups), base=GROUP_ROUNDING)
    heart, response = WORDS["columns"]["heart"], counted.title("hematologic_response")
    known = list(grades[response].cat.categories) if response in grades else []
    merged = dict.fromkeys(known, "no response") | dict.fromkeys(_RESPONDED, "response") | {"NE": "NE"}
    tables = {heart: counted.tables["patients"][heart], **grades}
    if known:
        tables[RESPONSE] = _rows(tables[response].map(merged), ["response", "no response", "NE"])
    shown = (heart, counted.title("cardiac_stage"), RESPONSE, DEATH)
    counted.tables["groups"] = {title: tables[title] for title in shown if title in tables}
    for title, values in counted.tables["groups"].items():
        for name in names:
            release.one_way(title, _tally(values[groups == name]), group=name)
        for row in values.cat.categories:
            whole = [(title, row, ALL)]
            if title == RESPONSE:
                whole = [(response, grade, ALL) for grade in known if merged[grade] == row]
            if whole:
                release.know(release.cells(*((title, row, name) for name in names)), release.cells(*whole))
    for name in names:
        if name != OTHERS:
            release.know(release.cells((GROUPS, name, ALL)), low=2 * release.least, high=release.n)
        release.spare((GROUPS, name, ALL), (DEATH, "yes", name), (RESPONSE, "response", name))


def _know_what_belongs_together(counted: Counted) -> None:
    """Add what a reader knows who puts two tables together: responders, deaths, organs not involved."""
    release, grades, curves = counted.release, counted.tables["responses"], counted.curves
    response = counted.title("hematologic_response")
    if _DURATION in curves and response in grades:
        known = [grade for grade in _RESPONDED if grade in grades[response].cat.categories]
        responders = release.cells(*((response, grade, ALL) for grade in known))
        release.suppose(curves[_DURATION][ALL].after(), responders)
    for column, curve in curves.get(_SURVIVAL, {}).items():
        release.suppose(curve.events(), release.cells((DEATH, "yes", column)))
    # Who is followed without another event is alive at that month.
    alive = {point.month: point.at_risk for point in counted.points(_SURVIVAL, ALL)}
    for endpoint in sorted(curves.keys() - {_SURVIVAL, _DURATION}):
        for point in counted.points(endpoint, ALL):
            if point.month in alive:
                both = release.cells(alive[point.month]), release.cells(point.at_risk)
                release.suppose(*both, high=release.n)
    for domain, organ in NEITHER_FOR.items():
        title = counted.title(domain)
        if title in grades:
            spared = release.cells((WORDS["columns"][organ], "no", ALL))
            release.suppose(release.cells((title, "NE", ALL)), spared, high=release.n)
