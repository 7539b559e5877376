"""Two finished runs side by side: parameters, numbers, and the patients that differ."""

import csv
from collections.abc import Iterator, Mapping, Sequence
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
