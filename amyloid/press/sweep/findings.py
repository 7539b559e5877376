"""What differs between runs: of two, number by number and patient by patient, and over a whole sweep."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from amyloid.press.report.layout import csv_bytes
from amyloid.press.runner import RunError
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
class Findings:
    """All that a sweep found.

    Attributes
    ----------
    scenarios : sequence of str
        Those that have a run; the first is the reference.
    numbers : DataFrame
        Every number of every scenario: the columns of comparison.csv, where ``default`` is the reference's.
    summary : DataFrame
        Each number over all scenarios: the columns of summary.csv, and ``denominator``. It is ``absent``
        where it is not reached, not estimable or not asked, and ``pinned`` where all have the same or none.
    moved : DataFrame
        Patients who are judged differently: the columns of patients.csv.
    """

    scenarios: Sequence[str]
    numbers: pd.DataFrame
    summary: pd.DataFrame
    moved: pd.DataFrame


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
    numbers = pd.concat([_numbers(name, run / "results.csv") for name, run in runs.items()])
    reference = numbers.loc[numbers["scenario"] == next(iter(runs))].set_index("id")["value"]
    numbers["default"] = numbers["id"].map(reference)
    numbers["difference"] = numbers["value"] - numbers["default"]
    moved = pd.DataFrame(list(_moved(runs)), columns=["scenario", *JUDGMENT, "default", "category"])
    return Findings(list(runs), numbers, summarize(numbers, len(runs)), moved)


def _numbers(scenario: str, file: Path) -> pd.DataFrame:
    kinds = {"value": "float64", "n": "Int64", "denominator": "Int64"}
    numbers = pd.read_csv(
        file, dtype="string", keep_default_na=False, na_values={name: [""] for name in kinds}
    ).astype(kinds)
    return numbers.assign(scenario=scenario)


def summarize(numbers: pd.DataFrame, scenarios: int) -> pd.DataFrame:
    """Put each number's values side by side, in the order of the reference; see `Findings`."""
    values = numbers.groupby("id", sort=False)["value"]
    summary = numbers.drop_duplicates("id").set_index("id").drop(columns=["scenario", "value", "n", "unit"])
    summary = summary.assign(
        scenarios=scenarios,
        absent=scenarios - values.count(),
        lowest=values.min(),
        median=values.median(),
        highest=values.max(),
    )
    summary["width"] = summary["highest"] - summary["lowest"]
    everywhere = summary["absent"].isin([0, scenarios])
    summary["pinned"] = (everywhere & ~(summary["width"] > 0)).map({True: "yes", False: "no"})
    return summary.reset_index()


def _moved(runs: Mapping[str, Path]) -> Iterator[tuple[str, ...]]:
    reference, *others = runs.items()
    usual = read_manifest(reference[1])
    for name, run in others:
        manifest = read_manifest(run)
        if manifest["cohort"]["fingerprint"] == usual["cohort"]["fingerprint"]:
            parameters = [usual["parameters"], manifest["parameters"]]
            before, after = read_judgments([reference[1], run], parameters, ("category",))
            yield from ((name, *moved.what, moved.before, moved.after) for moved in changes(before, after))


_NAMED = ["id", "notebook", "quantity"]
_SPREAD = ["default", "scenarios", "absent", "lowest", "median", "highest", "width", "pinned"]
_VALUES = ["value", "n", "denominator", "default", "difference", "unit"]


def write_tables(findings: Findings, folder: Path) -> None:
    """Write `comparison.csv` (every number of every scenario), `summary.csv` and `patients.csv`."""
    tables = {
        "comparison": findings.numbers[["scenario", *_NAMED, *_VALUES]],
        "summary": findings.summary[[*_NAMED, *_SPREAD]],
        "patients": findings.moved,
    }
    for name, table in tables.items():
        rows = [list(table), *zip(*(map(_text, table[column]) for column in table), strict=True)]
        (folder / f"{name}.csv").write_bytes(csv_bytes(rows))


def _text(value: str | float | None) -> str:
    """Return a number with ten digits, a count or a word; nothing for what is missing."""
    if pd.isna(value):
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
