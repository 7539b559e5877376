"""What stands beside a value: its specimen, its comparator, and columns of other names that hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.arrays import gather
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Mask, Table, fold
from amyloid.cohort.schema import LABS, LIGHT_CHAINS, SERUM_TESTS, TESTS

_NAMES = tuple(TESTS)
_FLUID = np.array([0 if name in SERUM_TESTS else 1 if name.startswith("urine_") else -1 for name in _NAMES])
"""Test -> 0 for serum, 1 for urine, -1 where it is no fluid's."""

_WORDS = (
    re.compile(r".*(serum|plasma|blood|blut|sang|suero|siero).*|s|p|b|ser([_/].*)?|bld"),
    re.compile(r".*(urin|harn|orina).*|u|ur"),
)
_LIKE_SPECIMEN = re.compile(r".*(specimen|material|sample|probe|matrix|fluid|system|muestra|campione).*")
BOUNDS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(("<", "<=", "=<", "\u2264", "lt", "le", "&lt;"), -1)
    | dict.fromkeys((">", ">=", "=>", "\u2265", "gt", "ge", "&gt;"), 1)
    | dict.fromkeys(("=", "eq", ""), 0)
)
ASSAY_WORDS: Mapping[str, str] = MappingProxyType(
    {"nlatex": "n_latex", "n_latex_flc": "n_latex", "freelite_flc": "freelite"}
)


def _specimens(column: Column) -> NDArray[np.int8]:
    """Distinct texts as 0 for serum or plasma, 1 for urine, -1 for anything else."""
    found = [[bool(word.fullmatch(fold(text))) for word in _WORDS] for text in column.texts]
    return np.array([kinds.index(True) if sum(kinds) == 1 else -1 for kinds in found], np.int8)


def of_its_specimen(table: Table, test: NDArray[np.int8], findings: Findings) -> NDArray[np.int8]:
    """Leave out rows whose specimen is not that of their test, and say them.

    Parameters
    ----------
    table : Table
    test : numpy.ndarray of int8
        Number of the test in `schema.TESTS`, -1 for a test that is not used.
    findings : Findings

    Returns
    -------
    numpy.ndarray of int8
        -1 for the rows that are left out, too.
    """
    column = table.columns.get("specimen")
    if column is None or not table.n_rows:
        return test
    fluid = gather(_FLUID, np.maximum(test, 0))
    kind = gather(_specimens(column), column.codes)
    of_fluid = (test >= 0) & (fluid >= 0) & ~column.blank
    findings.say("unknown-specimen", table, of_fluid & (kind < 0), column, test=lambda row: _NAMES[test[row]])
    other = of_fluid & (kind >= 0) & (kind != fluid)
    for number in np.unique(test[other]):
        rows = np.flatnonzero(other & (test == number))
        findings.say(
            "other-specimen",
            table,
            column=column.header.strip(),
            the_rows=len(rows),
            number=_NAMES[number],
            text=column.at(rows[0]).strip(),
            the_line=table.line(rows[0]),
        )
    return np.where(other, np.int8(-1), test)


def with_comparator(
    table: Table, bound: NDArray[np.int8], used: Mask, findings: Findings
) -> NDArray[np.int8]:
    """Bound of every value from the column `comparator`, where the value itself has no sign.

    Parameters
    ----------
    table : Table
    bound : numpy.ndarray of int8
        -1 for ``<``, +1 for ``>``, 0 otherwise, from the value.
    used : numpy.ndarray of bool
    findings : Findings

    Returns
    -------
    numpy.ndarray of int8
    """
    column = table.columns.get("comparator")
    if column is None or column.blank_texts.all():
        return bound
    signs = np.array([BOUNDS.get(text.casefold(), 9) for text in column.texts], np.int8)
    beside = gather(signs, column.codes)
    wrong = used & ((beside == 9) | ((beside != 0) & (bound != 0) & (beside != bound)))
    findings.say("comparator", table, wrong, column)
    return np.where((bound == 0) & ~wrong, beside, bound)


def say_undecided(table: Table, test: NDArray[np.int8], findings: Findings) -> NDArray[np.int8]:
    """Refuse a column of another name that says which specimen, sign or assay a value has.

    Parameters
    ----------
    table : Table
    test : numpy.ndarray of int8
    findings : Findings

    Returns
    -------
    numpy.ndarray of int8
        -1 for the rows of another specimen, too, so that they are not compared with others.
    """
    known = {column.position for column in table.columns.values()}
    for column in table.all_columns:
        if column.position in known or not column.header.strip() or not 1 < len(column.texts) <= 50:
            continue
        for name, decides in (("specimen", _other_fluid), ("comparator", _signed), ("assay", _other_assay)):
            rows = decides(column, test) if name not in table.columns else test < -1
            if not rows.any():
                continue
            first = int(np.argmax(rows))
            counts = np.bincount(column.codes, minlength=len(column.texts))
            kinds = ", ".join(
                f"{shown(text) if text else 'blank'} ({count} rows)"
                for text, count in zip(column.texts[:6], counts, strict=False)
            )
            findings.propose("columns.labs", name, column.header.strip(), kinds)
            findings.say(
                "undecided-column",
                table,
                line=1,
                header=shown(column.header.strip()),
                kinds=kinds,
                test=_NAMES[test[first]],
                the_line=table.line(first),
                name=name,
            )
            test = np.where(rows, np.int8(-1), test)
    return test


def _other_fluid(column: Column, test: NDArray[np.int8]) -> Mask:
    kinds = _specimens(column)
    sure = max(map(len, column.texts)) > 2 and not ((kinds < 0) & ~column.blank_texts).any()
    if not sure and not _LIKE_SPECIMEN.fullmatch(column.known_as):
        return test < -1
    kind: NDArray[np.int8] = gather(kinds, column.codes)
    fluid = gather(_FLUID, np.maximum(test, 0))
    other: Mask = (test >= 0) & (fluid >= 0) & (kind >= 0) & (kind != fluid)
    return other


def _signed(column: Column, test: NDArray[np.int8]) -> Mask:
    if not all(text.casefold() in BOUNDS for text in column.texts):
        return test < -1
    signed: Mask = gather(np.array([BOUNDS[text.casefold()] != 0 for text in column.texts]), column.codes)
    return (test >= 0) & signed


def _other_assay(column: Column, test: NDArray[np.int8]) -> Mask:
    codes = LABS.field("assay").codes
    words = [ASSAY_WORDS.get(fold(text), fold(text)) for text in column.texts]
    if not set(words) <= {"", *codes}:
        return test < -1
    other: Mask = gather(np.array([word == "n_latex" for word in words]), column.codes)
    chosen: Mask = (test >= 0) & (test < len(LIGHT_CHAINS)) & other
    return chosen
