"""Who is compared with whom: the groups of one column of patients, and which of them is the reference."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import pandas as pd

from amyloid.cohort.reading.patients import MOST_GROUPS
from amyloid.cohort.reading.table import fold

SMALLEST: Final = 5
"""A group of fewer patients is shown and not compared."""
SCHEME: Final = frozenset(
    {
        *("response", "evaluable", "cr", "vgpr_or_better", "os", "mod_pfs", "hematologic_efs"),
        *("time_to_next_treatment", "time_to_response", "cardiac_response", "renal_response", "groups"),
        *("missing", "n", "responders", "difference", "lower", "upper", "p", "fisher", "gray", "logrank"),
        *("hazard_ratio", "stratified", "adjusted", "firth", "weighted", "effective", "proportional"),
        *("interaction", "rmst", "tau", "tests"),
    }
)
"""Words that stand in the ids of results.csv, which a group's name must not repeat."""


@dataclass(frozen=True)
class Groups:
    """The groups of a column.

    Attributes
    ----------
    column : str
        The column of patients; ``none`` compares nobody.
    of : Series
        Group of each patient by ``patient_id``: a category, the reference first, then by the alphabet;
        missing where none is recorded.
    reference : str
        What the others are held against; empty without a comparison.
    others : tuple of str
        Groups of `SMALLEST` or more beside the reference.
    small : tuple of str
        Groups that are shown and not compared.
    """

    column: str
    of: pd.Series
    reference: str = ""
    others: tuple[str, ...] = ()
    small: tuple[str, ...] = ()

    @property
    def compared(self) -> tuple[str, ...]:
        """The reference and the others; empty where no two groups are large enough."""
        return (self.reference, *self.others) if self.others else ()

    @property
    def two(self) -> bool:
        """Whether two groups are compared, so that a number needs no group's name."""
        return len(self.others) == 1

    @property
    def sizes(self) -> pd.DataFrame:
        """``group, n, role``: each group, and those without one; the role is what becomes of it."""
        counts = self.of.value_counts(sort=False)
        role = {self.reference: "reference", **dict.fromkeys(self.others, "compared")}
        rows = [(str(name), int(n), role.get(str(name), "shown only")) for name, n in counts.items()]
        rows.append(("not recorded", int(self.of.isna().sum()), "left out"))
        return pd.DataFrame(rows, columns=["group", "n", "role"])

    def join(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the compared patients, their group beside them as a category, the reference first."""
        group = pd.Categorical(frame["patient_id"].map(self.of.astype(object)), categories=self.compared)
        return frame.assign(group=group)[group.notna()].reset_index(drop=True)


def read_groups(patients: pd.DataFrame, column: str, reference: str | None = None) -> Groups:
    """Read the groups of a column.

    Parameters
    ----------
    patients : DataFrame
        ``patient_id`` and the column: text, categories or yes/no.
    column : str
        ``none`` compares nobody.
    reference : str, optional
        The group that the cohort's card names; else the larger one, of equal ones the first of the alphabet.

    Returns
    -------
    Groups

    Raises
    ------
    ValueError
        With every problem: a column that is not there, numbers, a name with a point, a word of the ids, or
        names that differ only by case; a reference that is no group of the column ``group``.
    """
    if column == "none":
        return Groups(column, pd.Series(pd.Categorical([None] * len(patients)), index=patients["patient_id"]))
    names = _names(patients, column if column in patients else fold(column))
    counts = names.value_counts()
    problems = _problems(sorted(counts.index), column, reference)
    if problems:
        raise ValueError("\n".join(problems))
    ordered = sorted(counts.index, key=lambda name: (name != reference, -counts[name], name))
    first, rest = ordered[:1], sorted(ordered[1:])
    of = pd.Series(pd.Categorical(names, categories=[*first, *rest]), index=patients["patient_id"])
    large = [name for name in [*first, *rest] if counts[name] >= SMALLEST]
    if len(large) < 2 or large[0] != first[0]:
        return Groups(column, of, small=(*first, *rest))
    return Groups(column, of, large[0], tuple(large[1:]), tuple(name for name in rest if name not in large))


def _names(patients: pd.DataFrame, column: str) -> pd.Series:
    """The column as text, missing where blank."""
    if column not in patients or column == "patient_id":
        near = get_close_matches(column, [str(name) for name in patients if name != column], 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"compare_by: patients has no column {column!r} of at most {MOST_GROUPS} names.{hint}"
        )
    values = patients[column]
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.map({True: "yes", False: "no"}).astype("string")
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        raise ValueError(f"compare_by: {column} holds numbers or dates; it takes a column of names.")
    text: pd.Series = values.astype("string").str.strip()
    return text.mask(text == "")


def _problems(names: list[str], column: str, reference: str | None) -> list[str]:
    if len(names) > MOST_GROUPS:
        said = f"{column} has {len(names)} different values; at most {MOST_GROUPS} can be compared."
        return [f"compare_by: {said}"]
    found = []
    for name in names:
        if "." in name:
            found.append(f"compare_by: the group {name!r} has a point in its name; write it without.")
        if name in SCHEME:
            found.append(f"compare_by: the group {name!r} is named as a word of results.csv; rename it.")
    folded = pd.Series(names, dtype=object).groupby([name.casefold() for name in names]).agg(list)
    for alike in folded[folded.map(len) > 1]:
        told = ", ".join(map(repr, alike))
        found.append(f"compare_by: {told} differ only by case; write one group one way.")
    if reference and column == "group" and names and reference not in names:
        told = ", ".join(names)
        found.append(f"[comparison] reference = {reference!r} is no group of the cohort; the groups: {told}.")
    return found
