"""A table as it was typed: columns of text, each distinct text kept once, and the line of every row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Numbers = NDArray[Any]


def as_numpy(array: pa.Array) -> Numbers:
    """Values of an Arrow array of numbers or booleans without nulls (Arrow's way imports pandas)."""
    if pa.types.is_boolean(array.type):
        return as_numpy(array.cast(pa.uint8())).view(np.bool_)
    width = array.type.to_pandas_dtype()
    values: Numbers = np.frombuffer(array.buffers()[1], width)[array.offset : array.offset + len(array)]
    return values


def as_arrow(values: Numbers) -> pa.Array:
    """The same memory as an Arrow array (`pyarrow.array` imports pandas first)."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def gather(values: Numbers, codes: Numbers) -> Numbers:
    """Value of every row, where each row names one of a few values: ``values[codes]``."""
    if values.dtype == np.bool_:
        return gather(values.view(np.uint8), codes).view(np.bool_)
    return as_numpy(pc.take(as_arrow(values), as_arrow(codes)))


def one_dictionary(chunks: list[pa.DictionaryArray]) -> tuple[pa.Array, Numbers]:
    """Bring the chunks of a dictionary-encoded column to one dictionary.

    The distinct values by first appearance, and which of them stands in each row.
    """
    if not chunks:
        return pa.array([], pa.string()), np.zeros(0, np.int8)
    parts = [_without_nulls(chunk) for chunk in chunks]
    every = pa.concat_arrays([values for values, _ in parts]).dictionary_encode("encode")
    place = as_numpy(every.indices)
    place = place.astype(np.min_scalar_type(-max(len(every.dictionary), 1)))
    codes = np.empty(sum(map(len, chunks)), place.dtype)
    row = entry = 0
    for values, indices in parts:
        of_chunk = place[entry : (entry := entry + len(values))]
        codes[row : (row := row + len(indices))] = gather(of_chunk, as_numpy(indices))
    return every.dictionary, codes


def _without_nulls(chunk: pa.DictionaryArray) -> tuple[pa.Array, pa.Array]:
    """Distinct values and indices, where a null is the last of the values."""
    values, indices = chunk.dictionary, chunk.indices
    if not indices.null_count:
        return values, indices
    return pa.concat_arrays([values, pa.nulls(1, values.type)]), indices.fill_null(len(values))


Rows = NDArray[np.intp]
Codes = NDArray[np.signedinteger[Any]]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"


def fold(name: str) -> str:
    """Bring a header or a code word to one form: small letters, ``_`` for spaces, hyphens and dots.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return re.sub(r"[\s\-_.]+", "_", name.strip(INVISIBLE + " \t\r\n\u00a0*:").casefold()).strip("_")


_LETTERS = str.maketrans(
    {"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00df": "ss", "\u03ba": "kappa", "\u03bb": "lambda"}
)


def in_ascii(name: str) -> str:
    """Bring a folded name to plain letters, without accents: ``n°_patient`` is ``n_patient``."""
    if name.isascii():
        return name
    signs = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return re.sub(r"_+", "_", "".join(sign for sign in signs if sign.isascii())).strip("_")


def code(text: str) -> str:
    """Bring a code to the form in which it is matched: words folded, numbers and signs as they are.

    ``-99`` stays apart from ``99``.
    """
    return fold(text) if text[:1].isalpha() else text.strip().casefold()


CODE_NUMBERS = r"^-?(9{2,6}|8{2,6}|7{2,6}|9{1,4}\.9{1,2})(\.0+)?$"
"""Numbers that stand for a missing value in many projects."""


@dataclass(frozen=True)
class Column:
    """A column of text, dictionary-encoded.

    Attributes
    ----------
    header : str
        Name as typed.
    position : int
        0 for the first column of the file.
    dictionary : pyarrow.StringArray
        The distinct texts, as typed.
    codes : numpy.ndarray of signed integers, one per row
        Which text stands in the row.
    name : str
        Our name, when a mapping gives one; otherwise the header says it.
    as_typed : pyarrow.StringArray or None
        The distinct texts before a mapping changed them.
    origins : tuple of (str, int), and origin : numpy.ndarray of one per row, or None
        Header and position of the columns that the rows come from, where one was made of several.
    exact : frozenset of str
        Texts that come from numbers, such as cells of a workbook: their point is the decimal point.
    """

    header: str
    position: int
    dictionary: pa.StringArray
    codes: Codes
    name: str = ""
    as_typed: pa.StringArray | None = None
    origins: tuple[tuple[str, int], ...] = ()
    origin: Codes | None = None
    exact: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """Name as typed, without spaces around it."""
        return self.header.strip()

    @property
    def known_as(self) -> str:
        """Folded name by which the column is matched."""
        return self.name or fold(self.header)

    @cached_property
    def stripped(self) -> pa.StringArray:
        """The distinct texts without spaces around them, in our words."""
        return pc.utf8_trim_whitespace(self.dictionary)

    @cached_property
    def texts(self) -> list[str]:
        """`stripped` as a list, for what Arrow cannot do."""
        texts: list[str] = self.stripped.to_pylist()
        return texts

    @cached_property
    def blank_texts(self) -> Mask:
        """Which of the distinct texts are blank."""
        blank: Mask = as_numpy(pc.equal(self.stripped, ""))
        return blank

    def matching(self, pattern: str) -> Mask:
        """Which of the distinct texts hold what a regular expression (of RE2) finds."""
        found: Mask = as_numpy(pc.match_substring_regex(self.stripped, pattern))
        return found

    @property
    def blank(self) -> Mask:
        """Rows without a text."""
        return self.mask_of(self.blank_texts)

    def mask_of(self, chosen: Mask) -> Mask:
        """Mark the rows whose text is one of the chosen distinct texts."""
        if not chosen.any():
            return np.zeros(len(self.codes), np.bool_)
        if chosen.all():
            return np.ones(len(self.codes), np.bool_)
        return gather(chosen, self.codes)

    def where(self, fits: Callable[[str], bool]) -> Mask:
        """Mark the rows whose text fits; each distinct text is asked once."""
        return self.mask_of(np.array([fits(text) for text in self.texts], np.bool_))

    @property
    def typed(self) -> pa.StringArray:
        """The distinct texts before a mapping changed them."""
        return self.dictionary if self.as_typed is None else self.as_typed

    def at(self, row: int) -> str:
        """Text of one row, as typed."""
        text: str = self.typed[int(self.codes[row])].as_py()
        return text

    def with_texts(self, texts: Iterable[str]) -> Column:
        """The same column with other distinct texts, one for each; messages still show them as typed."""
        return replace(self, dictionary=pa.array(texts, pa.string()), as_typed=self.typed)

    def changed(self, change: Callable[[str], str], kept: Container[str] = ()) -> Column:
        """The same column with every distinct text changed that is not among those kept."""
        texts = [text if text in kept else change(text) for text in self.texts]
        return self if texts == self.texts else self.with_texts(texts)

    def overwritten(self, rows: Mask, text: str, typed: str = "") -> Column:
        """The same column with another text in some rows, and what was typed for it."""
        pairs = ((self.dictionary, text), (self.typed, typed))
        every, as_typed = (pa.concat_arrays([texts, pa.array([more])]) for texts, more in pairs)
        codes = np.where(rows, len(self.dictionary), self.codes).astype(np.int32)
        return replace(self, dictionary=every, as_typed=as_typed, codes=codes)

    def header_at(self, row: int) -> str:
        """Name as typed of the column that one row comes from."""
        return self.header if self.origin is None else self.origins[self.origin[row]][0]

    def position_at(self, row: int) -> int:
        """Position in the file of the column that one row comes from."""
        return self.position if self.origin is None else self.origins[self.origin[row]][1]

    def taken(self, rows: Rows) -> Column:
        """The same column with some of the rows."""
        origin = None if self.origin is None else self.origin[rows]
        return replace(self, codes=self.codes[rows], origin=origin)


@dataclass
class Table:
    """One of the four tables as it was typed.

    Attributes
    ----------
    name : str
        ``patients``, ``labs``, ``treatments`` or ``events``.
    file : str
        Name of the file.
    sheet : str or None
        Name of the sheet when the file is a workbook.
    all_columns : tuple of Column
        In the order of the file.
    lines : numpy.ndarray of int64 or None
        Physical line of each row; None when row 0 is line 2 and every row is one line.
    decimal_comma_possible : bool
        Whether a comma within a number may be a decimal comma (it is not what separates the fields).
    decimal : str
        The decimal sign where it is known, from a mapping or because the numbers were no texts.
    comma : bool or None
        Whether decimals have a comma, as the numbers of the table say; None where they do not.
    columns : dict
        Canonical name -> column, filled by matching the header.
    places : tuple of (str, str or None), and place_of : numpy.ndarray of one per row, or None
        File and sheet that each row comes from, where the table was made of several.
    """

    name: str
    file: str
    sheet: str | None
    all_columns: tuple[Column, ...]
    n_rows: int
    lines: NDArray[np.int64] | None = None
    decimal_comma_possible: bool = False
    decimal: str = ""
    comma: bool | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    places: tuple[tuple[str, str | None], ...] = ()
    place_of: Codes | None = None

    @property
    def header(self) -> tuple[str, ...]:
        """Names of all columns as typed."""
        return tuple(column.header for column in self.all_columns)

    @property
    def row_lines(self) -> NDArray[np.int64]:
        """Physical line of each row."""
        return np.arange(self.n_rows) + 2 if self.lines is None else self.lines

    def column(self, name: str) -> Column:
        """The column of one of our names; a blank one where the table has none."""
        return self.columns.get(name) or constant_column(name, len(self.all_columns), self.n_rows)

    def source(self, row: int) -> tuple[str, str | None]:
        """File and sheet that one row comes from."""
        return (self.file, self.sheet) if self.place_of is None else self.places[self.place_of[row]]

    def line(self, row: int) -> int:
        """Physical line (or row of the sheet) of one row."""
        return int(row) + 2 if self.lines is None else int(self.lines[row])

    def place(self, row: int) -> str:
        """Line of one row in words, with its file where the table was made of several."""
        return f"line {self.line(row)}" + (f" of {self.source(row)[0]}" if len(self.places) > 1 else "")

    def cell(self, row: int, column: Column) -> str | None:
        """Cell in a workbook, such as ``D29``; None for other files."""
        if not self.source(row)[1]:
            return None
        from openpyxl.utils import get_column_letter  # loaded already where there is a workbook

        return f"{get_column_letter(column.position_at(row) + 1)}{self.line(row)}"

    def patient(self, row: int) -> str | None:
        """Id in this row as typed, or None when the table has no such column or the cell is blank."""
        column = self.columns.get("patient_id")
        return column.at(row) or None if column is not None else None

    def one_patient(self, rows: Rows) -> bool:
        """Whether some rows have the same id."""
        column = self.columns.get("patient_id")
        return column is not None and bool((column.codes[rows] == column.codes[rows[0]]).all())

    def blank_in(self, names: Iterable[str]) -> Mask:
        """Rows in which all of some columns are blank that the table has."""
        blank = np.ones(self.n_rows, np.bool_)
        for column in (self.columns[name] for name in names if name in self.columns):
            blank &= column.blank
        return blank

    def further_down(self, lines: int) -> Table:
        """The same table, some lines further down in its file."""
        return replace(self, lines=self.row_lines + lines)

    def without(self, dropped: Mask) -> Table:
        """The same table without some of its rows."""
        rows = np.flatnonzero(~dropped)
        return replace(
            self,
            all_columns=tuple(column.taken(rows) for column in self.all_columns),
            columns={name: column.taken(rows) for name, column in self.columns.items()},
            n_rows=len(rows),
            lines=self.row_lines[rows],
            place_of=None if self.place_of is None else self.place_of[rows],
        )


def exact_of(columns: Iterable[Column]) -> frozenset[str]:
    """Texts that come from numbers in every column that has them."""
    columns = tuple(columns)
    exact = frozenset().union(*(column.exact for column in columns))
    return exact.difference(*(set(column.texts) - column.exact for column in columns)) if exact else exact


def stacked(columns: Sequence[Column], **known: Any) -> Column:
    """The rows of columns below one another; each knows the column that it comes from, or came from before.

    `known` has what differs from the first column, such as a name.
    """
    sizes = [len(column.dictionary) for column in columns]
    starts = np.cumsum([0, *sizes[:-1]], dtype=np.int32)
    origins: dict[tuple[str, int], int] = {}
    origin = []
    for column in columns:
        own = column.origins or ((column.header, column.position),)
        numbers = np.array([origins.setdefault(each, len(origins)) for each in own], np.int32)
        origin.append(
            numbers[np.zeros(len(column.codes), np.int8) if column.origin is None else column.origin]
        )
    return replace(
        columns[0],
        dictionary=pa.concat_arrays([column.dictionary for column in columns]),
        as_typed=pa.concat_arrays([column.typed for column in columns]),
        codes=np.concatenate(
            [column.codes.astype(np.int32) + start for column, start in zip(columns, starts, strict=True)]
        ),
        origins=tuple(origins),
        origin=np.concatenate(origin),
        exact=exact_of(columns),
        **known,
    )


def constant_column(name: str, position: int, n_rows: int, text: str = "") -> Column:
    """A column with the same text, or none, in every row."""
    return Column(name, position, pa.array([text], pa.string()), np.zeros(n_rows, np.int8))


class Encoder:
    """Dictionary-encode the fields of rows that arrive one by one."""

    def __init__(self, n_columns: int) -> None:
        self._seen: list[dict[str, int]] = [{} for _ in range(n_columns)]
        self._codes: list[list[int]] = [[] for _ in range(n_columns)]
        self.exact: list[set[str]] = [set() for _ in range(n_columns)]
        """Texts of each column that come from numbers."""
        self.lines: list[int] = []

    def append(self, fields: Iterable[str], line: int = 0) -> None:
        """Add one row with exactly as many fields as there are columns."""
        for text, seen, codes in zip(fields, self._seen, self._codes, strict=True):
            codes.append(seen.setdefault(text, len(seen)))
        self.lines.append(line)

    def table(self, name: str, file: str, sheet: str | None, header: Iterable[str], **known: Any) -> Table:
        """Finish the table; `known` has what is known of its decimal sign."""
        columns: list[Column] = []
        for title, seen, codes, exact in zip(header, self._seen, self._codes, self.exact, strict=True):
            texts, of_row = pa.array(list(seen), pa.string()), np.array(codes, np.int32)
            columns.append(Column(title, len(columns), texts, of_row, exact=frozenset(exact)))
        lines = np.array(self.lines, np.int64)
        return Table(name, file, sheet, tuple(columns), len(lines), lines, **known)
