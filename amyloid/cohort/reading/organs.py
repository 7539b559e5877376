"""Organs that one text column lists, such as ``heart, kidney``: a yes/no column for each."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping_shapes import Wide
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Table, fold
from amyloid.cohort.schema import ORGANS

_SEPARATOR = re.compile(r"[,;/+&|\n]| and | und | et | y | e |(?<=\w)\s{2,}")
_WORDS: Final = {
    "heart": r"hearts?|cardiac|cardio\w*|myocard\w*|herz\w*|kardial\w*|coeur|cardiaque|corazon|cuore|h",
    "kidney": r"kidneys?|renal|neph\w*|nieren?|reins?|rinon\w*|renes?|k",
    "liver": r"liver|hepat\w*|leber\w*|foie|higado|fegato",
    "nerve": r"nerves?|neuro\w*|(peripheral|autonomic)_(nerv\w*|neur\w*)|pns|ans|nerv\w*|nerf\w*|pnp",
    "gastrointestinal": r"gi(_tract)?|gastro\w*|gut|bowel|intestin\w*|magen_?darm\w*|darm|git",
    "lung": r"lungs?|pulmon\w*|lungen?|poumons?|polmon\w*",
    "soft_tissue": r"soft_?tissues?|tongue|macroglossia|weichteil\w*|zunge|skin|carpal\w*|periorbital\w*",
}
_NOBODY = re.compile(r"none|no|keine?s?|nil|aucun|ninguno|nessuno|-")


def organ_columns(table: Table, wide: Wide, findings: Findings) -> Table:
    """Add a yes/no column for each organ that the column of `[wide.organs]` may list.

    Parameters
    ----------
    table : Table
    wide : Wide
    findings : Findings

    Returns
    -------
    Table
    """
    if not wide.organs:
        return table
    column = next((each for each in table.all_columns if fold(each.header) == fold(wide.organs)), None)
    if column is None:
        findings.say("wide-column/organs", table, name=shown(wide.organs))
        return table
    texts = column.texts
    listed = [_organs(text, wide.organ_words) for text in texts]
    unknown = np.array([None in organs for organs in listed], np.bool_)
    findings.say("unknown-organ", table, column.mask_of(unknown), column)
    named = {organ for organs in listed for organ in organs if organ}
    free = [organ for organ in ORGANS if organ not in {each.known_as for each in table.all_columns}]

    def flag(organ: str) -> Column:
        words = ("yes" if organ in organs else "no" for organs in listed)
        made = pa.array([word if text else "" for word, text in zip(words, texts, strict=True)], pa.string())
        return replace(column, name=organ, dictionary=made, as_typed=column.dictionary)

    every = (*(each for each in table.all_columns if each is not column), *map(flag, free))
    found = ", ".join(organ for organ in ORGANS if organ in named) or "-"
    findings.note(
        f"{column.header.strip()} was read as {found}; an organ that it does not list is not involved, "
        "a blank cell says nothing."
    )
    return replace(table, all_columns=every, header=tuple(each.header for each in every))


def _organs(text: str, words: dict[str, str]) -> set[str | None]:
    """The organs of one text; None among them for a word that is none."""
    found: set[str | None] = set()
    for part in _SEPARATOR.split(f"{text.casefold()}"):
        word = re.sub(r"_?(involvement|involved|amyloid\w*|befall|beteiligung)$", "", fold(part))
        if word in words:
            found |= {words[word]} - {""}
        elif word and not _NOBODY.fullmatch(word):
            found.add(next((organ for organ, pattern in _WORDS.items() if re.fullmatch(pattern, word)), None))
    return found


def lists_organs(column: Column) -> bool:
    """Whether most texts of a column are lists of organs.

    Parameters
    ----------
    column : Column

    Returns
    -------
    bool
    """
    texts = [text for text in column.texts if text][:200]
    named = [text for text in texts if (found := _organs(text, {})) and None not in found]
    return len(named) * 2 > len(texts) and bool(named)
