"""What differs between runs: of two, number by number and patient by patient, and over a whole sweep."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from amyloid.press.report.layout import csv_bytes
from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import differences, read_manifest

JUDGMENT = ["patient_id", "domain", "criteria"]
OWN = "the run's own criteria"
"""Stands for the criteria when two runs chose other ones: who changes category by that choice."""
_SAID = {"month": "month {}", "months": "{} months", "event": "event {}"}
"""How a value reads beside others: `CR, month 3.0` or `18.6 months, event 1`."""


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


def compare_runs(one: Path, other: Path) -> tuple[dict[str, pd.DataFrame], int]:
    """Compare two finished runs.

    Parameters
    ----------
    one, other : Path
        Folders that `amyloid run` made.

    Returns
    -------
    dict of DataFrame
        What differs in ``settings`` (parameters, cohort and versions), ``numbers``, ``categories`` and
        ``endpoints``: what it is, and the columns of `changes`.
    int
        How many numbers the two runs have between them.

    Raises
    ------
    RunError
        A run is incomplete or was changed by hand.
    """
    runs = one, other
    manifests = [open_run(run) for run in runs]
    numbers = [read_rows(run / "results.csv", ["id", "notebook", "quantity"], ["value"]) for run in runs]
    parameters = [manifest["parameters"] for manifest in manifests]
    endpoints = [
        read_rows(run / "endpoints.csv", ["patient_id", "endpoint"], ["months", "event"]) for run in runs
    ]
    found = {
        "settings": changes(*map(_settings, manifests)),
        "numbers": changes(*numbers),
        "categories": changes(*read_judgments(runs, parameters, ["category", "month"])),
        "endpoints": changes(*endpoints),
    }
    return found, len(pd.concat(numbers).drop_duplicates(["id", "notebook", "quantity"]))


def _settings(manifest: Mapping[str, Any]) -> pd.DataFrame:
    cohort = manifest["cohort"]
    settings = {
        "parameter": manifest["parameters"],
        "cohort": {"name": cohort["name"], "fingerprint": cohort["fingerprint"][:12]},
        "version": {"amyloid": manifest["amyloid"], **manifest["versions"]},
    }
    rows = [(kind, name, str(value)) for kind, own in settings.items() for name, value in own.items()]
    return pd.DataFrame(rows, columns=["kind", "name", "said"])


def read_rows(file: Path, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Read the key columns of a table, and as ``said`` its values in words; a missing table is empty."""
    if not file.is_file():
        return pd.DataFrame(columns=[*keys, "said"])
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    said = [_SAID.get(name, "{}") for name in values]
    words = [
        ", ".join(form.format(value) for form, value in zip(said, row, strict=True) if value)
        for row in rows[values].to_numpy()
    ]
    return rows[keys].assign(said=words)


def read_judgments(
    runs: Sequence[Path], parameters: Sequence[Mapping[str, Any]], values: list[str]
) -> list[pd.DataFrame]:
    """Read the categories of two runs, by patient, domain and criteria.

    Every criteria set is in every run, so the choice of one changes no row. Where the runs chose other sets
    for a domain, each patient's category by the run's own choice is added under `OWN`.
    """
    tables = [read_rows(run / "categories.csv", JUDGMENT, values) for run in runs]
    for name in parameters[0]:
        chosen = [of_run.get(name) for of_run in parameters]
        if name.endswith("_criteria") and chosen[0] != chosen[1]:
            domain = name.replace("_criteria", "_response")
            for place, table in enumerate(tables):
                own = table[(table["domain"] == domain) & (table["criteria"] == chosen[place])]
                tables[place] = pd.concat([table, own.assign(criteria=OWN)], ignore_index=True)
    return tables


def changes(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return what differs between two tables, in the order of the first.

    Returns
    -------
    DataFrame
        The keys; ``before`` and ``after``, as written, empty where a table does not have it; ``difference``,
        by how much a number moved, empty for words.
    """
    said = [table.set_index([*table.columns[:-1]])["said"] for table in (one, other)]
    either = said[0].index.union(said[1].index, sort=False)
    before, after = (of_one.reindex(either, fill_value="") for of_one in said)
    found = pd.DataFrame({"before": before, "after": after})[before != after].reset_index()
    return found.assign(difference=list(map(_difference, found["before"], found["after"])))


def _difference(before: str, after: str) -> str:
    try:
        return repr(float(after) - float(before))
    except ValueError:
        return ""


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
        Each number over all scenarios: the columns of summary.csv, ``denominator`` and ``unit``. It is
        ``absent`` where it is not reached, not estimable or not asked, and ``pinned`` where all have the
        same or none.
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
    moved = pd.concat(_moved(runs))
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
    summary = numbers.drop_duplicates("id").set_index("id").drop(columns=["scenario", "value", "n"])
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


def _moved(runs: Mapping[str, Path]) -> Iterator[pd.DataFrame]:
    columns = ["scenario", *JUDGMENT, "default", "category"]
    yield pd.DataFrame(columns=columns)
    reference, *others = runs.items()
    usual = read_manifest(reference[1])
    for name, run in others:
        manifest = read_manifest(run)
        if manifest["cohort"]["fingerprint"] == usual["cohort"]["fingerprint"]:
            parameters = [usual["parameters"], manifest["parameters"]]
            moved = changes(*read_judgments([reference[1], run], parameters, ["category"]))
            moved = moved.rename(columns={"before": "default", "after": "category"})
            yield moved.assign(scenario=name)[columns]


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
