"""What a sweep found: which numbers moved and by how much, and who was judged differently."""

import csv
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amyloid.press.disclosure import defused
from amyloid.press.runner.comparing import JUDGMENT, changes, read_judgments
from amyloid.press.runner.manifest import read_manifest


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
    reference = {spread.number.id: spread.reference for spread in findings.spreads}
    named = ["scenario", "id", "notebook", "quantity", "value", "n", "denominator"]
    header = [*named, "default", "difference", "unit"]
    rows = (
        [
            name,
            *_cells(number),
            _text(reference[key]),
            _text(_less(number.value, reference[key])),
            number.unit,
        ]
        for name, numbers in findings.numbers.items()
        for key, number in numbers.items()
    )
    _write(folder / "comparison.csv", header, rows)
    header = ["id", "notebook", "quantity", "default", "scenarios", "absent"]
    _write(
        folder / "summary.csv",
        [*header, "lowest", "median", "highest", "width", "pinned"],
        (_summary(spread) for spread in findings.spreads),
    )
    header = ["scenario", *JUDGMENT, "default", "category"]
    _write(
        folder / "patients.csv",
        header,
        ([m.scenario, *m.judgment, m.before, m.after] for m in findings.moved),
    )


def _summary(spread: Spread) -> list[str]:
    number, values = spread.number, spread.values
    middle = [min(values), statistics.median(values), max(values), spread.width] if values else [None] * 4
    counts = [str(len(values) + spread.absent), str(spread.absent)]
    named = [number.id, number.notebook, number.quantity, _text(spread.reference), *counts]
    return [*named, *map(_text, middle), "yes" if spread.pinned else "no"]


def _cells(number: Number) -> list[str]:
    counts = ["" if count is None else str(count) for count in (number.n, number.denominator)]
    return [number.id, number.notebook, number.quantity, _text(number.value), *counts]


def _less(value: float | None, reference: float | None) -> float | None:
    return None if value is None or reference is None else value - reference


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([defused(cell) for cell in row] for row in rows)
