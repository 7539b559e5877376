"""What every statistic refuses, in one place: each refusal is a ValueError with a sentence that says what is
wrong.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Values: TypeAlias = Any  # list, tuple, ndarray, Series, Index or Categorical of one dimension
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Ints: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Bools: TypeAlias = npt.NDArray[np.bool_]

ROUNDING: Final = float(np.sqrt(np.finfo(float).eps))
"""Two times are one when they differ by less than this share of the mean distinct time (the rule of R's
`timefix`)."""

LARGEST: Final = 1e100
"""Larger numbers are refused: their squares and sums are beyond what a number can hold."""

INTERVALS: Final = ("log-log", "log", "plain")


def numbers(values: Values, name: str) -> Floats:
    """One-dimensional float copy-or-view of `values`; NaN marks what is missing."""
    series = values if isinstance(values, pd.Series | pd.Index) else None
    try:
        if series is not None and not isinstance(series.dtype, np.dtype):
            array = np.asarray(series.to_numpy(dtype=float, na_value=np.nan))
        else:
            raw = np.asarray(values)
            if raw.dtype.kind not in "biufO":
                raise TypeError(raw.dtype)
            array = raw.astype(float, copy=False)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers") from None
    if array.ndim != 1:
        raise ValueError(f"{name} must be one column of values, not an array of {array.ndim} dimensions")
    if array.size == 0:
        raise ValueError(f"{name} is empty")
    return array


def finite(values: Values, name: str) -> Floats:
    """Numbers without missing or infinite values, none beyond `LARGEST`."""
    array = numbers(values, name)
    far = max(array.max(), -array.min())
    if far <= LARGEST:  # never where a value is missing
        return array
    if not np.isfinite(array).all():
        missing = int(np.isnan(array).sum())
        infinite = int(np.isinf(array).sum())
        what = f"{missing} missing" if missing else f"{infinite} infinite"
        raise ValueError(f"{name} holds {what} of {array.size} values; leave those rows out first")
    raise ValueError(f"{name} holds {far:g} in size; beyond {LARGEST:g} nothing can be computed")


def times(values: Values, name: str = "durations") -> Floats:
    """Finite times at or after zero."""
    array = finite(values, name)
    if array.min() < 0:
        raise ValueError(
            f"{name} holds negative times (the smallest is {array.min():g}); time runs from zero"
        )
    return array


def flags(values: Values, name: str = "events") -> Bools:
    """Codes 0 and 1 (or booleans) as booleans; any other code, such as a status of 1 and 2, is refused."""
    array = np.asarray(values)
    if array.dtype == bool and array.ndim == 1 and array.size:
        return array
    number = numbers(values, name)
    flag = number == 1
    if not (flag | (number == 0)).all():
        finite(number, name)  # says first what is missing
        codes = ", ".join(f"{code:g}" for code in np.unique(number)[:5])
        raise ValueError(f"{name} must be 0 (no) and 1 (yes), but holds the codes {codes}")
    return np.asarray(flag)


def cause_codes(values: Values, name: str = "causes") -> Ints:
    """Whole numbers from zero: 0 censored, 1, 2, ... the causes."""
    number = finite(values, name)
    code = number.astype(np.int64)
    if (code != number).any() or code.min() < 0:
        raise ValueError(f"{name} must be whole numbers: 0 for censored and 1, 2, ... for the causes")
    return code


def levels(values: Values, name: str = "groups") -> tuple[Ints, list[Any]]:
    """Codes 0..k-1 and the k levels present: in category order if categorical, else sorted, else as they
    come.
    """
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype):
        values = values.array
    if isinstance(values, pd.Categorical):
        values = values.remove_unused_categories()
        code, level = np.asarray(values.codes, dtype=np.int64), list(values.categories)
    else:
        factor, unique = pd.factorize(values if isinstance(values, pd.Series) else np.asarray(values))
        code, level = np.asarray(factor, dtype=np.int64), list(unique)
        code, level = _sorted_levels(code, level)
    if code.size == 0:
        raise ValueError(f"{name} is empty")
    if code.min() < 0:
        missing = int((code < 0).sum())
        raise ValueError(f"{name} holds {missing} missing of {code.size} values; leave those rows out first")
    return code, level


def _sorted_levels(code: Ints, level: list[Any]) -> tuple[Ints, list[Any]]:
    try:
        order = sorted(range(len(level)), key=level.__getitem__)
    except TypeError:  # levels of mixed kinds have no order of their own
        return code, level
    if order == list(range(len(level))):
        return code, level
    rank = np.append(np.argsort(order), -1)  # what is missing has code -1 and stays so
    return rank[code], [level[position] for position in order]


def same_length(**columns: npt.NDArray[Any] | None) -> None:
    """Refuse columns whose lengths differ."""
    sizes = {name: len(column) for name, column in columns.items() if column is not None}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"the columns differ in length: {told}")


def normal_quantile(confidence: float) -> float:
    """Two-sided standard normal quantile: 1.96 for a confidence of 0.95."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence:g}")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def choice(value: str, allowed: tuple[str, ...], name: str) -> None:
    """Refuse a value that is not one of the allowed words."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def two_sided(estimate: float, se: float) -> float:
    """Two-sided normal p value of estimate / se; NaN when the standard error is 0 or NaN."""
    return math.erfc(abs(estimate / se) / math.sqrt(2)) if se > 0 else float("nan")


def chi2_tail(chi2: float, df: int) -> float:
    """Upper tail of the chi-squared distribution; NaN without degrees of freedom."""
    from scipy.special import chdtrc  # scipy is loaded only when asked for

    return float(chdtrc(df, chi2)) if df else float("nan")


def counts(values: Values, name: str) -> Floats:
    """Whole numbers from zero."""
    number = finite(values, name)
    if (number < 0).any() or (number != np.floor(number)).any():
        raise ValueError(f"{name} must be counts: whole numbers from 0")
    return number


def table(values: Values, name: str = "table") -> Floats:
    """A table of counts, at least two by two, with somebody in it."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a table of counts") from None
    if array.ndim != 2 or min(array.shape) < 2:
        raise ValueError(f"{name} must have at least two rows and two columns, not shape {array.shape}")
    counts(array.ravel(), name)
    if not array.any():
        raise ValueError(f"{name} holds nobody")
    return array
