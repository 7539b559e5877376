"""What differs between runs: of two, number by number and patient by patient, and over a whole sweep."""

import csv
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amyloid.press.runner.errors import RunError
from amyloid.press.runner.manifest import differences, read_manifest

ABSENT = ""
JUDGMENT = ("patient_id", "domain", "criteria")
OWN = "the run's own criteria"
"""Stands for the criteria when two runs chose other ones: who changes category by that choice."""


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    Attributes
    ----------
    what : tuple of str
        What it is: a number's id, notebook and quantity; or a patient and a judgment.
    before, after : str
        As written in the two runs; empty where a run does not have it.
    """

    what: tuple[str, ...]
    before: str
    after: str

    @property
    def difference(self) -> float | None:
        """By how much a number moved; None for words."""
        try:
            return float(self.after) - float(self.before)
        except ValueError:
            return None


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    Attributes
    ----------
    settings, numbers, categories, endpoints : tuple of Change
        Parameters, cohort and versions; rows of results.csv; patients' categories and endpoints.
    compared : int
        How many numbers the two runs have between them.
    """

    settings: tuple[Change, ...]
    numbers: tuple[Change, ...]
    categories: tuple[Change, ...]
    endpoints: tuple[Change, ...]
    compared: int


def open_run(run: Path) -> dict[str, Any]:
    """Read a run's manifest and hold the run to it.

    Raises
    ------
    RunError
        The run is incomplete or was changed by hand.
    """
    manifest = read_manifest(run)
    changed = differences(run, manifest)
    if changed:
        raise RunError(f"{run} does not fit its manifest: {' '.join(changed)}")
    return manifest


def compare_runs(one: Path, other: Path) -> Comparison:
    """Compare two finished runs.

    Parameters
    ----------
    one, other : Path
        Folders that `amyloid run` made.

    Returns
    -------
    Comparison
        Everything that differs, in the order of the files.

    Raises
    ------
    RunError
        A run is incomplete or was changed by hand.
    """
    runs = one, other
    manifests = [open_run(run) for run in runs]
    numbers = [read_rows(run / "results.csv", ("id", "notebook", "quantity"), ("value",)) for run in runs]
    categories = read_judgments(runs, [m["parameters"] for m in manifests], ("category", "month"))
    endpoints = [
        read_rows(run / "endpoints.csv", ("patient_id", "endpoint"), ("months", "event")) for run in runs
    ]
    return Comparison(
        tuple(changes(*map(_settings, manifests))),
        tuple(changes(*numbers)),
        tuple(changes(*categories)),
        tuple(changes(*endpoints)),
        len(numbers[0].keys() | numbers[1].keys()),
    )


def _settings(manifest: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    cohort = manifest["cohort"]
    settings = {("parameter", name): str(value) for name, value in manifest["parameters"].items()}
    settings[("cohort", "name")] = cohort["name"]
    settings[("cohort", "fingerprint")] = cohort["fingerprint"][:12]
    settings[("version", "amyloid")] = manifest["amyloid"]
    return settings | {("version", name): version for name, version in manifest["versions"].items()}


def read_rows(file: Path, keys: tuple[str, ...], values: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    """Read a table as key columns to the value columns, joined in words; a missing table is empty."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as handle:
        return {
            tuple(row[key] for key in keys): _words({value: row[value] for value in values})
            for row in csv.DictReader(handle)
        }


def read_judgments(
    runs: Sequence[Path], parameters: Sequence[Mapping[str, Any]], values: tuple[str, ...]
) -> list[dict[tuple[str, ...], str]]:
    """Read the categories of two runs, by patient, domain and criteria.

    Every criteria set is in every run, so the choice of one changes no row. Where the runs chose other sets
    for a domain, each patient's category by the run's own choice is added under `OWN`.
    """
    tables = [read_rows(run / "categories.csv", JUDGMENT, values) for run in runs]
    for name in parameters[0]:
        chosen = [of_run.get(name) for of_run in parameters]
        if not name.endswith("_criteria") or chosen[0] == chosen[1]:
            continue
        domain = name.replace("_criteria", "_response")
        for table, key in zip(tables, chosen, strict=True):
            own = {what[0]: said for what, said in table.items() if what[1:] == (domain, key)}
            table.update({(patient, domain, OWN): said for patient, said in own.items()})
    return tables


def _words(values: Mapping[str, str]) -> str:
    """Join values in words: `CR, month 3.0` or `18.6 months, event 1`."""
    words = {"month": "month {}", "months": "{} months", "event": "event {}"}
    return ", ".join(words.get(name, "{}").format(value) for name, value in values.items() if value)


def changes(one: Mapping[tuple[str, ...], str], other: Mapping[tuple[str, ...], str]) -> Iterator[Change]:
    """Yield what differs between two tables, in the order of the first."""
    for what in [*one, *(key for key in other if key not in one)]:
        before, after = one.get(what, ABSENT), other.get(what, ABSENT)
        if before != after:
            yield Change(what, before, after)


@dataclass(frozen=True)
class Number:
    """One number of one scenario, as its notebook kept it."""

    id: str
    notebook: str
    quantity: str
    value: float | None
    n: int | None
    denominator: int | None
    unit: str = ""


@dataclass(frozen=True)
class Spread:
    """One number over all scenarios.

    Attributes
    ----------
    number : Number
        As the reference scenario has it, or the first that has it.
    reference : float or None
        The reference scenario's value.
    values : tuple of float
        The values of the scenarios that have one.
    absent : int
        How many scenarios have none: not reached, not estimable, or not asked.
    """

    number: Number
    reference: float | None
    values: tuple[float, ...]
    absent: int

    @property
    def width(self) -> float:
        """The largest value less the smallest."""
        return max(self.values) - min(self.values) if self.values else 0.0

    @property
    def pinned(self) -> bool:
        """Whether every scenario has the same value, or none has one."""
        return self.width == 0 and (not self.absent or not self.values)


@dataclass(frozen=True)
class Moved:
    """One patient who is judged differently in a scenario."""

    scenario: str
    judgment: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True)
class Findings:
    """All that a sweep found; the first scenario is the reference."""

    numbers: Mapping[str, Mapping[str, Number]]
    spreads: Sequence[Spread]
    moved: Sequence[Moved]


def read_findings(runs: Mapping[str, Path]) -> Findings:
    """Read the finished runs of a sweep.

    Parameters
    ----------
    runs : mapping
        Scenario to its run, the reference first.

    Returns
    -------
    Findings
        Judgments are compared only with scenarios over the reference's own patients.
    """
    numbers = {name: _numbers(run / "results.csv") for name, run in runs.items()}
    return Findings(numbers, _spreads(list(numbers.values())), list(_moved(runs)))


def _numbers(file: Path) -> dict[str, Number]:
    with file.open(encoding="utf-8", newline="") as handle:
        return {
            row["id"]: Number(
                row["id"],
                row["notebook"],
                row["quantity"],
                float(row["value"]) if row["value"] else None,
                int(row["n"]) if row["n"] else None,
                int(row["denominator"]) if row["denominator"] else None,
                row["unit"],
            )
            for row in csv.DictReader(handle)
        }


def _spreads(scenarios: Sequence[Mapping[str, Number]]) -> list[Spread]:
    first = scenarios[0]
    known = {key: number for numbers in reversed(scenarios) for key, number in numbers.items()}
    order = [*first, *(key for key in known if key not in first)]
    spreads = []
    for key in order:
        found = [numbers[key].value for numbers in scenarios if key in numbers]
        values = tuple(value for value in found if value is not None)
        reference = first[key].value if key in first else None
        spreads.append(Spread(known[key], reference, values, len(scenarios) - len(values)))
    return spreads


def _moved(runs: Mapping[str, Path]) -> Iterable[Moved]:
    reference, *others = runs.items()
    usual = read_manifest(reference[1])
    for name, run in others:
        manifest = read_manifest(run)
        if manifest["cohort"]["fingerprint"] == usual["cohort"]["fingerprint"]:
            parameters = [usual["parameters"], manifest["parameters"]]
            before, after = read_judgments([reference[1], run], parameters, ("category",))
            yield from (Moved(name, c.what, c.before, c.after) for c in changes(before, after))


def write_tables(findings: Findings, folder: Path) -> None:
    """Write `comparison.csv` (every number of every scenario), `summary.csv` and `patients.csv`."""
    from amyloid.press.report.spreadsheets import csv_bytes

    reference = {spread.number.id: spread.reference for spread in findings.spreads}
    named = ["id", "notebook", "quantity"]
    tables = {
        "comparison": [
            ["scenario", *named, "value", "n", "denominator", "default", "difference", "unit"],
            *(
                [name, *_cells(number, reference[key])]
                for name, numbers in findings.numbers.items()
                for key, number in numbers.items()
            ),
        ],
        "summary": [
            [*named, "default", "scenarios", "absent", "lowest", "median", "highest", "width", "pinned"],
            *map(_summary, findings.spreads),
        ],
        "patients": [
            ["scenario", *JUDGMENT, "default", "category"],
            *([m.scenario, *m.judgment, m.before, m.after] for m in findings.moved),
        ],
    }
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(rows))


def _summary(spread: Spread) -> list[str]:
    number, values = spread.number, spread.values
    middle = [min(values), statistics.median(values), max(values), spread.width] if values else [None] * 4
    counts = [str(len(values) + spread.absent), str(spread.absent)]
    named = [number.id, number.notebook, number.quantity, _text(spread.reference), *counts]
    return [*named, *map(_text, middle), "yes" if spread.pinned else "no"]


def _cells(number: Number, reference: float | None) -> list[str]:
    less = None if number.value is None or reference is None else number.value - reference
    counts = ["" if count is None else str(count) for count in (number.n, number.denominator)]
    values = [_text(number.value), *counts, _text(reference), _text(less)]
    return [number.id, number.notebook, number.quantity, *values, number.unit]


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
