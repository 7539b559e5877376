"""Change each number, comparison, and, or and not of the criteria in turn; say how many the tables catch.

Run ``python tests/mutation/run.py``; some minutes. Every change is adjudicated over the boundary tables and
the boundary suite, in this process. What can make no difference stands in ``EQUIVALENT`` with its reason.
"""

from __future__ import annotations

import ast
import copy
import csv
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "support"))

from boundary_tables import CASES, derived, disagreements  # noqa: E402
from courses import cohort_of  # noqa: E402

import amyloid.adjudication.criteria as criteria_package  # noqa: E402
from amyloid.adjudication.labs import gather_evidence  # noqa: E402
from amyloid.cohort import read_cohort  # noqa: E402

FOLDER = Path(criteria_package.__file__).parent
MODULES = (
    "hematologic",
    "hematologic_progression",
    "renal",
    "hepatic",
    "cardiac",
    "baseline",
)
FLIPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
}
SYMBOLS = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.BitAnd: "&", ast.BitOr: "|"}
NUDGE = 0.03
NEAR_ZERO = 0.004
COUNTS_UP_TO = 5

EQUIVALENT: tuple[tuple[str, str, str], ...] = (
    ("_immunofixation <", "", "immunofixation is 0 or 1: every limit between them is the same"),
    ("_immunofixation >", "", "immunofixation is 0 or 1: every limit between them is the same"),
    ("v.now.urine_protein > 1.0", "", "a rise of 1 g from a baseline above 0.5 g ends above 1.5 g"),
    ("_mayo_2004_points(v) >= 2", "2 to 1", "stage II has taken the patients with one point"),
    ("_boston_points(v) >= 2", "2 to 1", "stage II has taken the patients with one point"),
    ("v.base.nt_probnp > 8500", "> to >=", "stage IIIa has taken 8500 and less"),
    ("v.base.nt_probnp > 8500", "8500 to 8245", "stage IIIa has taken 8500 and less"),
    ("v.base.bnp > 700", "> to >=", "stage III has taken 700 and less"),
    ("v.base.bnp > 700", "700 to 679", "stage III has taken 700 and less"),
    ("v.nadir.nt_probnp * 1.3) > 0", "0 to 0.004", "peptides are printed in whole numbers"),
    ("mass_spectrometry <", "", "mass spectrometry is 0 or 1: every limit between them is the same"),
    ("mrd <", "", "residual disease is 0 or 1: every limit between them is the same"),
    ("v.base[other] > other_base", "> to >=", "at the limit neither peptide opens a way"),
    (
        '_nt_probnp_opens(650, "bnp", 150)',
        "150 to 145.5",
        "between the two limits neither peptide opens a way",
    ),
    ("float | None", "", "a type"),
    ("Quantity | None", "", "a type"),
)
"""Part of the expression, part of the change (blank is any), and why it can make no difference."""


@dataclass(frozen=True)
class Mutant:
    """One changed place of one module."""

    module: str
    line: int
    expression: str
    change: str
    tree: ast.Module


def mutants(module: str) -> Iterator[Mutant]:
    source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    places = list(_places(tree, tree))
    for path, parent in places:
        node = _at(tree, path)
        for change, replace in _changes(node):
            changed = copy.deepcopy(tree)
            replace(_at(changed, path), _at(changed, path[:-1]), path[-1])
            segment = ast.get_source_segment(source, parent) or ""
            yield Mutant(
                module, node.lineno, " ".join(segment.split()), change, ast.fix_missing_locations(changed)
            )


Step = tuple[str, int | None]


def _places(
    node: ast.AST, parent: ast.AST, path: tuple[Step, ...] = ()
) -> Iterator[tuple[tuple[Step, ...], ast.AST]]:
    """Every node below, with the way to it and the expression around it; printed texts stay as they are."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        children = value if isinstance(value, list) else [value]
        for number, child in enumerate(children):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr | ast.ImportFrom):
                continue
            step = (name, number if isinstance(value, list) else None)
            around = node if isinstance(child, ast.Constant) else child
            yield (*path, step), around
            yield from _places(child, child, (*path, step))


def _at(tree: ast.AST, path: tuple[Step, ...]):
    node = tree
    for name, number in path:
        node = getattr(node, name) if number is None else getattr(node, name)[number]
    return node


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in FLIPS:
        before, after = type(node.ops[0]), FLIPS[type(node.ops[0])]
        yield (
            f"{SYMBOLS[before]} to {SYMBOLS[after]}",
            lambda new, parent, step: new.ops.__setitem__(0, after()),
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        other = ast.BitOr if isinstance(node.op, ast.BitAnd) else ast.BitAnd
        yield (
            f"{SYMBOLS[type(node.op)]} to {SYMBOLS[other]}",
            lambda new, parent, step: setattr(new, "op", other()),
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield "~ left out", lambda new, parent, step: _put(parent, step, new.operand)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in _nudged(node.value):
            yield (
                f"{node.value} to {value:g}",
                lambda new, parent, step, value=value: setattr(new, "value", value),
            )
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield (
            f"{node.value} to {not node.value}",
            lambda new, parent, step: setattr(new, "value", not node.value),
        )


def _put(parent: ast.AST, step: Step, node: ast.AST) -> None:
    name, number = step
    if number is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[number] = node


def _nudged(value: float) -> tuple[float, float]:
    if value == 0:
        return NEAR_ZERO, -NEAR_ZERO
    if isinstance(value, int) and value <= COUNTS_UP_TO:
        return value + 1, value - 1
    return value * (1 + NUDGE), value * (1 - NUDGE)


def installed(module: str, tree: ast.Module) -> None:
    """Put a changed module in the place of the true one and rebuild the table of criteria."""
    made: dict[str, types.ModuleType] = {}
    for name in MODULES:
        full = f"amyloid.adjudication.criteria.{name}"
        made[name] = types.ModuleType(full)
        sys.modules[full] = made[name]
        code = tree if name == module else ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        exec(compile(code, full, "exec"), made[name].__dict__)
    groups = [
        made["hematologic"].RESPONSE,
        made["hematologic_progression"].PROGRESSION,
        made["hematologic"].DEPTH,
        *(getattr(made[m], g) for m in ("renal", "cardiac", "hepatic") for g in ("RESPONSE", "PROGRESSION")),
        made["baseline"].STAGES,
        made["renal"].STAGES,
        made["baseline"].INVOLVEMENT,
    ]
    table = {(item.domain, item.key): item for group in groups for item in group}
    assert set(table) == set(criteria_package.CRITERIA)
    criteria_package.CRITERIA.update(table)


def loads(mutant: Mutant) -> bool:
    """Put a changed module in place; a change that it cannot be loaded with needs no table."""
    try:
        installed(mutant.module, mutant.tree)
    except Exception:
        return False
    return True


def caught(cohorts: list[object], expected: list[tuple[str, str, str, str]]) -> bool:
    tables, suite = cohorts
    try:
        if disagreements(derived(evidence=gather_evidence(tables))):
            return True
        found = derived(evidence=gather_evidence(suite))
        return any(found[patient, domain, key][0] != category for patient, domain, key, category in expected)
    except Exception:
        return True


def expected_of_suite(folder: Path) -> list[tuple[str, str, str, str]]:
    with (folder / "expected_categories.csv").open(encoding="utf-8", newline="") as file:
        return [(r["patient_id"], r["domain"], r["criteria"], r["category"]) for r in csv.DictReader(file)]


def main() -> int:
    folder = TESTS / "literature" / "boundary-suite"
    cohorts = [cohort_of(case.patient for case in CASES), read_cohort(folder)]
    expected = expected_of_suite(folder)
    if caught(cohorts, expected):
        sys.exit("The unchanged criteria do not agree with the tables; mend that first.")
    total = found = equivalent = 0
    missed = []
    for module in MODULES:
        for mutant in mutants(module):
            if any(part in mutant.expression and how in mutant.change for part, how, _ in EQUIVALENT):
                equivalent += 1
                continue
            total += 1
            if not loads(mutant) or caught(cohorts, expected):
                found += 1
            else:
                missed.append(mutant)
                print(f"not caught: {module}.py:{mutant.line}: {mutant.change} in {mutant.expression[:160]}")
    if total == 0:
        sys.exit("No rule was found to change: the list of modules does not fit the criteria.")
    print(f"{found} of {total} changes caught; {equivalent} more can make no difference.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
