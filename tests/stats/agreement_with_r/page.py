"""The page docs/validation.md: the statistics against R, and published patients against their authors."""

from __future__ import annotations

import math
import re
from pathlib import Path

from published_patients import section

from agreement_with_r.comparison import Comparison
from agreement_with_r.coverage import EXCEPTIONS, FILES, NOT_COVERED, comparisons

PAGE = Path(__file__).parents[3] / "docs" / "validation.md"
BOUND = re.compile(r"(?<=\| )(?:none|below 1e-\d+)(?= \|$)", re.MULTILINE)

HEAD = """\
# Validation

Two parts: [the statistics](#the-statistics) against R, and [published patients](#published-patients)
against what their authors called them. Written by `python tests/stats/agreement_with_r`; a test fails when
the page is out of date.

# The statistics

Every number that a function of `amyloid.stats` computes on the reference data is compared with the number
of R 4.2.2 (survival 3.5-3, cmprsk 2.2-11) on the public data sets of R's survival package, or with an exact
fraction. The references are in `tests/literature/oracle/`. Required is a relative difference of at most
1e-9; 1e-6 for Cox models, where R itself stops iterating; and no difference at all for medians. References
below 1e-12 are compared absolutely, and a value that is missing in one place must be missing in the other.
"""

KEYS = {
    "km": "R, survival and its curves",
    "reverse_km": "R, survival and prodlim",
    "rmst": "R, survival",
    "logrank": "R, survival",
    "cif": "R, survival and cmprsk",
    "cox": "R, survival",
    "timedep": "R, survival",
    "landmark": "R, survival",
    "small_stats": "R, stats and exact tests",
    "tiny": "exact fractions",
}

OTHERS = """\
## Checked in other ways

| function | against |
|---|---|
| `standardized_difference` | values worked by hand, and the two-level category against the yes/no formula |
| `kappa` limits | the delta method with a numerical gradient |
| `propensity_weights` | the likelihood maximized by scipy, and a table of two by two by hand |
| `weighted_difference`, `effective_size` | values worked by hand |
| `weighted_hazard_ratio` | lifelines without ties, and its equations written out with ties |
| `split_at_status` | the rows of R's `tmerge` on the heart transplant data |
| `cox` with strata | lifelines |
| `firth` | printed output of R's coxphf, a closed form, and a program of loops with a general optimizer |
"""


def bound(differences: list[float]) -> str:
    """The largest difference as a power of ten that it stays under, 1e-12 at the least."""
    largest = max(differences)
    return "none" if largest == 0 else f"below 1e{max(math.floor(math.log10(largest)) + 1, -12)}"


def bounds(text: str) -> list[float]:
    """The bounds printed in a page, 0 for none."""
    return [0.0 if found == "none" else float(found.split()[1]) for found in BOUND.findall(text)]


def without_bounds(text: str) -> str:
    """The page but for the bounds."""
    return BOUND.sub("", text)


def render() -> str:
    """The whole page."""
    every = [one for file in FILES for one in comparisons(file)]
    lines = [HEAD, f"{len(every)} numbers are compared.\n", "## What was compared\n"]
    lines += [
        "| function | compared with | file | numbers | largest relative difference |",
        "|---|---|---|---|---|",
    ]
    lines += _rows(every)
    lines += [
        "",
        OTHERS,
        "## What of the references is not covered, and why\n",
        "| file | numbers | reason |",
    ]
    lines += ["|---|---|---|"]
    for file, patterns in NOT_COVERED.items():
        lines += [f"| {file} | `{pattern}` | {reason} |" for pattern, reason in patterns.items()]
    lines += ["", "## Where we differ from R, and why\n"]
    lines += [f"- {record}, `{path}`: {reason}." for (record, path, _), reason in EXCEPTIONS.items()]
    return "\n".join([*lines, "", section()])


def _rows(every: list[Comparison]) -> list[str]:
    groups: dict[tuple[str, str], list[float]] = {}
    for one in every:
        groups.setdefault((one.function, one.file), []).append(one.difference)
    return [
        f"| `{function}` | {KEYS[file]} | {file} | {len(found)} | {bound(found)} |"
        for (function, file), found in sorted(groups.items())
    ]
