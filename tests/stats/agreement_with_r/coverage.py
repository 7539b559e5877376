"""All comparisons by file, and what of each file is not compared, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache

from agreement_with_r import comparing, curves, models, small_samples
from agreement_with_r.comparison import Comparison, leaves, records

FILES: dict[str, Callable[[], Iterator[Comparison]]] = {
    "km": curves.km,
    "reverse_km": curves.reverse_km,
    "rmst": curves.rmst,
    "logrank": comparing.logrank,
    "cif": comparing.cif,
    "cox": models.cox,
    "timedep": models.timedep,
    "landmark": models.landmark,
    "small_stats": small_samples.small_stats,
    "tiny": small_samples.tiny,
}

GIVEN = {
    "*": ["note", "times", "*.time", "time", "*.prob", "*.tau", "*tau_le_min_max_followup", "*max_time"],
    "km": ["groups.at.cum_*"],  # at_risk, events and censored of every row of the curve are compared instead
    "reverse_km": ["groups.n_tied_*", "groups.naive_*"],
    "rmst": [],
    "logrank": ["n_dropped_na", "trend_logrank.scores"],
    "cif": ["cause_codes.*", "groups.last_time", "groups.n_tied_*", "fine_gray.n_used"],
    "cox": ["*newdata*"],
    "timedep": ["*.note"],
    "landmark": ["landmark", "n_at_exact_L", "n_exposure_at_exact_L", "at.time_from_landmark"],
    "small_stats": [
        *("*.x", "*.y", "*.n", "*.conf", "*.table", "*.n1", "*.n2", "*.x1", "*.x2", "*.events"),
        *("*.scores", "*.groups", "*.ties", "*.zeros"),
    ],
    "tiny": ["logrank.steps.*", "cause?.d_*"],
}
"""Inputs, counts that describe the data, and steps of the reference's own working: nothing to compute."""

NOT_COVERED = {
    "cif": {
        "fine_gray.*": "Fine-Gray regression is not offered; causes are compared by Gray's test and by Cox"
    },
    "cox": {
        "*concordance*": "concordance is not reported by any notebook",
        "*basehaz*": "baseline hazards are not offered",
        "*predicted*": "predicted survival is not offered; curves are Kaplan-Meier's",
        "*robust_se*": "robust standard errors are not offered",
        "*wald.stat": "the same statistic rounded to two decimals by R; the full one is compared",
    },
    "timedep": {
        "*concordance*": "concordance is not reported by any notebook",
        "*wald.stat": "the same statistic rounded to two decimals by R; the full one is compared",
    },
    "small_stats": {
        "proportions*": "intervals other than Clopper-Pearson and Wilson, and the test against 1/2",
        "fisher.*": "chi-squared tests, the sample odds ratio, and the limits that R rounds",
        "mcnemar.*": "approximate and mid-p versions; the exact one is compared",
        "cochran_armitage.*": "the version with N - 1",
        "wilcoxon*": "the versions that R does not choose, and Hodges-Lehmann shifts",
        "correlation.*": "correlation is not offered",
    },
    "tiny": {"median.first_time_S_le_half": "the rule without the midpoint; R's rule is compared"},
}

EXCEPTIONS = {
    ("heart.km.simon_makuch", "groups.quantiles.lower", 16): (
        "the lower limit of this curve with delayed entry is below 0.75 from day 5, and a little higher from "
        "day 16; R looks the limits up in sorted order and answers 16; here it is the first, 5"
    ),
}
"""Numbers of the reference that are wrong or arbitrary, with the reason."""


@cache
def every(file: str) -> tuple[Comparison, ...]:
    """Every comparison of one file."""
    return tuple(FILES[file]())


def comparisons(file: str) -> list[Comparison]:
    """Every comparison of one file, exceptions left out."""
    return [one for one in every(file) if not excepted(one)]


def excepted(one: Comparison) -> bool:
    """Whether this is a number of the reference that we do not follow."""
    return not one.agrees and (one.record, one.path, one.expected) in EXCEPTIONS


def unaccounted(file: str) -> set[str]:
    """Paths of numbers in a file that are neither compared, nor given, nor named as not covered."""
    compared = {one.path for one in comparisons(file)}
    patterns = [*GIVEN["*"], *GIVEN[file], *NOT_COVERED.get(file, {})]
    rest = set(leaves(records(file))) - compared
    return {path for path in rest if not any(fnmatchcase(path, pattern) for pattern in patterns)}
