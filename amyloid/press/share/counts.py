"""From a run's frames to the counts of a release: tables, curves, and what is known of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from amyloid.press.disclosure import ALL, GROUPS, Curves, Release, add_curves, quartiles
from amyloid.press.share.names import ENDPOINTS, GRADES, LEVELS, MEASUREMENTS

if TYPE_CHECKING:
    import pandas as pd

MISSING: Final = "not recorded"
OTHERS: Final = "other or not recorded"
RESPONSE: Final = "Hematologic response"
DRUG: Final = "Drug: "
DEATH: Final = "Death during follow-up"
NEITHER_FOR: Final = {"cardiac_response": "Heart involved", "renal_response": "Kidney involved"}
"""A response of an organ that is not involved is not evaluable: who reads both tables knows."""
GROUP_ROUNDING: Final = 10
"""Sizes of groups are rounded to this at the least: who has no group must not be the rest of two sizes."""
_RESPONDED: Final = ("CR", "VGPR", "PR")
_DURATION: Final = "duration_of_response"


@dataclass(frozen=True)
class Source:
    """What a release is counted from.

    Attributes
    ----------
    patients, baseline
        One row per patient.
    categories, endpoints
        As in the run.
    treatments
        `patient_id`, `drug`.
    chosen
        Domain to criteria. One version each: two versions beside each other would give hidden counts back.
    grades
        Domain to the grades that its version knows.
    groups
        Group of each patient by `patient_id`, everybody in one; None without a comparison.
    drugs
        Drugs that may be named.
    reference
        The group that the others are held against; the largest where it is none of them.
    """

    patients: "pd.DataFrame"
    baseline: "pd.DataFrame"
    categories: "pd.DataFrame"
    endpoints: "pd.DataFrame"
    treatments: "pd.DataFrame"
    chosen: Mapping[str, str]
    grades: Mapping[str, Sequence[str]]
    groups: "pd.Series | None" = None
    drugs: Sequence[str] = ()
    reference: str = ""

    @property
    def names(self) -> list[str]:
        """The groups: the reference, then the larger ones first, those that are left over last."""
        if self.groups is None:
            return []
        counts = self.groups[self.groups != OTHERS].value_counts()
        return [*sorted(counts.index, key=lambda name: (name != self.reference, -counts[name], name)), OTHERS]

    def group_of(self, patients: "pd.Series") -> "pd.Series":
        """Return the group of each patient of a column of ids."""
        assert self.groups is not None
        found: pd.Series = patients.astype(object).map(self.groups.to_dict())
        return found

    def in_group(self, values: "pd.Series", name: str) -> "pd.Series":
        """Return the values of one group's patients, from values by `patient_id`."""
        return values[(self.group_of(values.index.to_series()) == name).to_numpy()]


@dataclass
class Counted:
    """The counts of a release, by the table of the page that prints them.

    Attributes
    ----------
    release
        Every count, to be protected.
    patients, responses, drugs, measured, compared
        Names of the release's tables: title to rows.
    curves
        Curves by endpoint.
    """

    release: Release
    patients: dict[str, list[str]] = field(default_factory=dict)
    responses: dict[str, list[str]] = field(default_factory=dict)
    drugs: dict[str, list[str]] = field(default_factory=dict)
    measured: dict[str, list[str]] = field(default_factory=dict)
    compared: dict[str, list[str]] = field(default_factory=dict)
    curves: dict[str, Curves] = field(default_factory=dict)


def divided(title: str) -> str:
    """Return the name of a table that is divided by group."""
    return f"{title}, by group"


def count(source: Source, min_cell: int) -> Counted:
    """Count everything that the release of a cohort prints."""
    found = Counted(Release(len(source.patients), min_cell))
    _print(found.release, found.patients, level_counts(source.patients))
    _print(found.release, found.responses, grade_counts(source))
    death = _yes_no(_known_deaths(source), "yes", "no")
    _print(found.release, found.responses, {DEATH: _tally(death, ["yes", "no", MISSING])})
    _print(found.release, found.drugs, drug_counts(source, found.release.least))
    _print(found.release, found.measured, measured_counts(source.baseline))
    _know_quartiles(found.release, source.baseline)
    if source.groups is not None:
        _compare(found, source, death)
    _follow(found, source)
    _know_what_belongs_together(found, source)
    return found


def _print(release: Release, names: dict[str, list[str]], tables: "Mapping[str, pd.Series]") -> None:
    for title, counts in tables.items():
        release.one_way(title, {str(row): int(n) for row, n in counts.items()})
        names[title] = [str(row) for row in counts.index]


def level_counts(patients: "pd.DataFrame") -> "dict[str, pd.Series]":
    """Count the patients of each level of the shown columns; what was not recorded is a level of its own."""
    return {
        words: _tally(_levels(patients[column], levels), [*levels.values(), MISSING])
        for column, (words, levels) in LEVELS.items()
    }


def _tally(values: "pd.Series", rows: Sequence[str]) -> "pd.Series":
    """Count each row's patients; each has a line, zeros too."""
    return values.value_counts().reindex(list(rows), fill_value=0)


def _levels(values: "pd.Series", levels: Mapping[object, str]) -> "pd.Series":
    """Return the word of each value, `MISSING` where it has none."""
    return values.astype(object).map(levels).fillna(MISSING)


def grade_counts(source: Source) -> "dict[str, pd.Series]":
    """Count the patients of each grade, for one criteria version of each domain.

    Each grade has a line, reached or not, and so has NE: a line that was left out would say that nobody
    is in it.
    """
    found = {}
    for domain in source.chosen:
        categories = _categories(source, domain)
        if len(categories):
            found[_title(source, domain)] = _tally(categories, _known_grades(source, domain))
    return found


def _known_grades(source: Source, domain: str) -> list[str]:
    return [grade for grade in GRADES[domain][1] if grade in {*source.grades[domain], "NE"}]


def _categories(source: Source, domain: str) -> "pd.Series":
    """Return the category of every patient by `patient_id`; who has no row is NE."""
    rows = source.categories
    rows = rows[(rows["domain"] == domain) & (rows["criteria"] == source.chosen[domain])]
    found: pd.Series = rows.set_index("patient_id")["category"]
    unknown = set(found) - set(_known_grades(source, domain))
    if unknown:
        raise ValueError(
            f"categories.csv, {domain}: {len(unknown)} categories that no criteria version knows"
        )
    return found.reindex(source.patients["patient_id"].astype(str), fill_value="NE") if len(found) else found


def drug_counts(source: Source, least: int) -> "dict[str, pd.Series]":
    """Count who was given each drug that many were given; the others are not named."""
    import pandas as pd

    given = source.treatments.drop_duplicates(["patient_id", "drug"])["drug"].value_counts()
    n = len(source.patients)
    named = [drug for drug in source.drugs if given.get(drug, 0) >= least]
    return {
        f"{DRUG}{drug}": pd.Series({"given": given[drug], "not given": n - given[drug]})
        for drug in sorted(named)
    }


def measured_counts(baseline: "pd.DataFrame") -> "dict[str, pd.Series]":
    """Count who has each baseline value, and who has not."""
    import pandas as pd

    known = {
        words: int(baseline[name].notna().sum()) for name, words in MEASUREMENTS.items() if name in baseline
    }
    n = len(baseline)
    return {words: pd.Series({"measured": k, "not measured": n - k}) for words, k in known.items()}


def _know_quartiles(release: Release, baseline: "pd.DataFrame") -> None:
    """A quartile that is printed says that enough patients lie on each side of it."""
    for name, words in MEASUREMENTS.items():
        if name in baseline and any(measured_quartiles(baseline[name], release)):
            release.know(release.cells((words, "measured", ALL)), low=2 * release.min_cell, high=release.n)


def measured_quartiles(
    values: "pd.Series", release: Release
) -> tuple[float | None, float | None, float | None]:
    """Return the quartiles of a baseline value; none where they alone would tell how many have it."""
    if release.n < 3 * release.min_cell:
        return None, None, None
    return quartiles(values.astype(float).tolist(), release.min_cell)


def _known_deaths(source: Source) -> "pd.Series":
    rows = source.endpoints
    rows = rows[rows["endpoint"] == "overall_survival"].set_index("patient_id")
    died: pd.Series = (rows["event"] == 1).where(rows["months"].notna()).astype(object)
    return died.reindex(source.patients["patient_id"].astype(str))


def _yes_no(values: "pd.Series", yes: str, no: str) -> "pd.Series":
    return _levels(values, {True: yes, False: no})


def _compare(found: Counted, source: Source, death: "pd.Series") -> None:
    """Count the groups, and in each of them heart involvement, cardiac stage, response and death."""
    release = found.release
    assert source.groups is not None
    sizes = _tally(source.groups, source.names)
    release.one_way(GROUPS, {str(name): int(n) for name, n in sizes.items()}, base=GROUP_ROUNDING)
    by_patient = source.patients.set_index(source.patients["patient_id"].astype(str))
    heart, levels = LEVELS["heart"]
    tables = {heart: (_levels(by_patient["heart"], levels), [*levels.values(), MISSING])}
    stage = _title(source, "cardiac_stage")
    if stage in found.responses:
        tables[stage] = (_categories(source, "cardiac_stage"), found.responses[stage])
    responses = _categories(source, "hematologic_response")
    if len(responses):
        merged = {**dict.fromkeys(_RESPONDED, "response"), "NE": "NE"}
        tables[RESPONSE] = (responses.map(merged).fillna("no response"), ["response", "no response", "NE"])
    tables[DEATH] = (death, ["yes", "no", MISSING])
    for title, (values, rows) in tables.items():
        _print_by_group(found, source, title, values, rows)
    for name in source.names:
        if name != OTHERS:
            release.know(release.cells((GROUPS, name, ALL)), low=2 * release.least, high=release.n)
        release.spare((GROUPS, name, ALL), (divided(DEATH), "yes", name))
        if RESPONSE in tables:
            release.spare((divided(RESPONSE), "response", name))


def _print_by_group(
    found: Counted, source: Source, title: str, values: "pd.Series", rows: Sequence[str]
) -> None:
    counts = {name: source.in_group(values, name).value_counts() for name in source.names}
    table = divided(title)
    found.release.by_group(
        table, {name: {row: int(n.get(row, 0)) for row in rows} for name, n in counts.items()}
    )
    found.compared[title] = list(rows)
    for row in rows:
        parts = found.release.cells(*((table, row, name) for name in source.names))
        whole = _same_patients(found, source, title, row)
        if whole:
            found.release.know(parts, whole)


def _same_patients(found: Counted, source: Source, title: str, row: str) -> tuple[int, ...]:
    """Return the cells of the undivided table that hold the patients of a row of a divided one."""
    if title != RESPONSE:
        return found.release.cells((title, row, ALL))
    whole = _title(source, "hematologic_response")
    others = [grade for grade in found.responses[whole] if grade not in {*_RESPONDED, "NE"}]
    grades = {"response": list(_RESPONDED), "NE": ["NE"], "no response": others}[row]
    return found.release.cells(*((whole, grade, ALL) for grade in grades if grade in found.responses[whole]))


def _title(source: Source, domain: str) -> str:
    return f"{GRADES[domain][0]} ({source.chosen[domain]})"


def _follow(found: Counted, source: Source) -> None:
    """Add the curves; overall survival also by group."""
    for endpoint in ENDPOINTS:
        rows = source.endpoints
        rows = rows[(rows["endpoint"] == endpoint) & rows["months"].notna()]
        if len(rows):
            groups: list[str] = []
            if endpoint == "overall_survival" and source.groups is not None:
                groups = source.names
                rows = rows.assign(group=source.group_of(rows["patient_id"]))
            found.curves[endpoint] = add_curves(found.release, endpoint, rows, groups)


def _know_what_belongs_together(found: Counted, source: Source) -> None:
    """Add what a reader knows who puts two tables together: responders, deaths, organs not involved."""
    release, n = found.release, found.release.n
    response = _title(source, "hematologic_response")
    if _DURATION in found.curves and response in found.responses:
        grades = [grade for grade in _RESPONDED if grade in found.responses[response]]
        responders = release.cells(*((response, grade, ALL) for grade in grades))
        release.suppose(found.curves[_DURATION].entered[ALL], responders)
    if "overall_survival" in found.curves:
        curves = found.curves["overall_survival"]
        release.suppose(curves.events[ALL], release.cells((DEATH, "yes", ALL)))
        for name in source.names:
            release.suppose(curves.events[name], release.cells((divided(DEATH), "yes", name)))
        _know_who_is_alive(found)
    for domain, organ in NEITHER_FOR.items():
        if domain in source.chosen and _title(source, domain) in found.responses:
            spared = release.cells((organ, "no", ALL))
            release.suppose(release.cells((_title(source, domain), "NE", ALL)), spared, high=n)


def _know_who_is_alive(found: Counted) -> None:
    """Who is followed without another event is alive at that month."""
    release = found.release
    alive = {point.month: point.at_risk for point in found.curves["overall_survival"].points[ALL]}
    for endpoint in sorted(found.curves.keys() - {"overall_survival", _DURATION}):
        for point in found.curves[endpoint].points[ALL]:
            if point.month in alive:
                both = release.cells(alive[point.month]), release.cells(point.at_risk)
                release.suppose(*both, high=release.n)
