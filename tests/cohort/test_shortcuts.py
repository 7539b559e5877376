"""What is done faster gives what the slow way gives."""

import hashlib
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from amyloid.cohort import parse_cohort, read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading import csvfile
from amyloid.cohort.reading.csvfile import find_dialect, read_fast, scan
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.raw import Fingerprint
from amyloid.cohort.reading.table import gather, one_dictionary
from amyloid.cohort.schema import TABLES

KINDS = (np.bool_, np.int8, np.int16, np.int32, np.int64, np.float64)


def rows_of(table):
    return [[column.at(row) for column in table.all_columns] for row in range(table.n_rows)]


@pytest.mark.parametrize("codes", [np.int8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("values", KINDS)
def test_gather_is_indexing(values, codes):
    rng = np.random.default_rng(1)
    few = rng.integers(0, 2, 9).astype(values)
    rows = rng.integers(0, 9, 100).astype(codes)
    for chosen in (rows, rows[3:50], rows[::7], rows[:0]):
        found = gather(few, chosen)
        assert found.dtype == few.dtype
        assert found.tolist() == few[chosen].tolist()


def test_gather_knows_no_row_before_the_first():
    with pytest.raises(IndexError):
        gather(np.zeros(3), np.array([-1], np.int8))


@pytest.mark.parametrize(("distinct", "kind"), [(1, np.int8), (127, np.int8), (128, np.int16)])
def test_one_dictionary_keeps_every_row(distinct, kind):
    rng = random.Random(2)
    rows = [str(number) for number in range(distinct)] + rng.choices(["0", None], k=50)
    chunks = [pa.array(rows[at : at + 20]).dictionary_encode() for at in range(0, len(rows), 20)]
    dictionary, codes = one_dictionary(chunks)
    assert [dictionary[int(code)].as_py() for code in codes] == rows
    assert len(dictionary) == distinct + 1
    assert codes.dtype == kind


@pytest.mark.parametrize("block", [101, 256, 1000, 4096])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_many_blocks_are_read_like_one(folder, monkeypatch, block, ends, quote):
    text = (folder.path / "labs.csv").read_text()
    text = text.replace("AL-002", f"{quote}AL-002{quote}").replace("\n", ends)
    data = text.encode()
    monkeypatch.setattr(csvfile, "BLOCK_BYTES", block)
    fast = read_fast(data, "labs", "x", find_dialect(data, set(TABLES["labs"].names)))
    exact = scan(data, "labs", "x", ",", Findings())
    assert fast is not None
    assert rows_of(fast) == rows_of(exact)
    assert [fast.line(row) for row in range(fast.n_rows)] == exact.lines.tolist()


ODD_VALUES = (
    "<1.5",
    ">9000",
    "\u2264 3",
    " 7.5 ",
    "+4",
    "2e1",
    "",
    "abc",
    "1,250",
    "-1",
    "1e400",
    "negative",
)
ODD_MONTHS = ("", " 3 ", "+1", "x", "<2", "700", "1e0", "-0.5")


def said_and_kept(path):
    """Every problem with its place, and the frames of a cohort that is not refused."""
    try:
        cohort = read_cohort(path)
    except CohortError as fault:
        return str(fault), None
    return "\n".join(cohort.notes), cohort


@pytest.mark.parametrize("seed", range(12))
def test_large_and_small_files_are_read_alike(folder, monkeypatch, seed):
    """Mapped into memory and read by Arrow in blocks, or scanned: the same problems, the same rows."""
    rng = random.Random(seed)
    header, *rows = folder.read("labs")
    for row in rng.sample(rows, seed):
        row[3] = rng.choice(ODD_VALUES)
        row[1] = rng.choice((*ODD_MONTHS, row[1]))
    if seed % 2:
        rng.shuffle(rows)
    if seed % 3 == 0:
        rows += rng.sample(rows, 5)
    folder.write("labs", [header, *rows])
    scanned = said_and_kept(folder.path)
    monkeypatch.setattr(csvfile, "WORTH_ARROW_BYTES", 1)
    monkeypatch.setattr(csvfile, "BLOCK_BYTES", 512)
    arrow = said_and_kept(folder.path)
    assert arrow[0] == scanned[0]
    assert (arrow[1] is None) == (scanned[1] is None)
    if scanned[1] is not None:
        assert arrow[1].fingerprint == scanned[1].fingerprint
        for name in TABLES:
            assert_frame_equal(getattr(arrow[1], name), getattr(scanned[1], name))


def test_rows_in_order_are_not_moved(folder):
    header, *rows = folder.read("labs")
    rows.sort(key=lambda row: (row[0], float(row[1])))
    folder.write("labs", [header, *rows])
    ordered, _ = parse_cohort(folder.path)
    assert ordered.lab_order.whole
    assert ordered.lab_order.of(ordered.labs.value) is ordered.labs.value
    expected = read_cohort(folder.path).labs
    folder.write("labs", [header, *reversed(rows)])
    moved, _ = parse_cohort(folder.path)
    assert not moved.lab_order.whole
    keys = ["patient_id", "month", "test"]
    found = read_cohort(folder.path).labs.sort_values(keys, ignore_index=True)
    assert_frame_equal(found, expected.sort_values(keys, ignore_index=True))


def test_rows_that_cannot_be_used_are_left_out_of_the_order(folder):
    folder.set("labs", 5, "value", "")
    parsed, _ = parse_cohort(folder.path)
    assert not parsed.lab_order.whole
    assert 3 not in parsed.lab_order.rows
    assert len(parsed.lab_order.rows) == len(parsed.labs.usable) - 1


def test_the_fingerprint_is_the_hash_of_names_lengths_and_bytes():
    fingerprint = Fingerprint()
    fingerprint.add("labs.csv", b"a,b\n" * 5000)
    fingerprint.update(b"end")
    expected = hashlib.sha256(b"labs.csv\x0020000\0" + b"a,b\n" * 5000 + b"end")
    assert fingerprint.hexdigest() == expected.hexdigest()


@pytest.mark.parametrize(("high", "whole_file"), [(3, False), (4, True)])
def test_the_unit_of_a_file_is_doubted_from_half_of_its_values_on(folder, high, whole_file):
    """Eight creatinines; the median of four likely and four far too high ones lies between the two."""
    header, *rows = folder.read("labs")
    rows = [row for row in rows if row[2] != "creatinine"]
    values = ["1.0"] * (8 - high) + ["90"] * high
    rows += [["AL-001", str(month), "creatinine", value, "mg/dL", ""] for month, value in enumerate(values)]
    folder.write("labs", [header, *rows])
    said = said_and_kept(folder.path)[0]
    assert ("the median of creatinine is 45.5 mg/dL" in said) == whole_file
    assert ("far above anything usual for creatinine" in said) != whole_file


@pytest.mark.parametrize("ids", [("AL-k", "al-K"), ("AL-k", "AL-\u212a"), ("AL-s", "AL-\u017f")], ids=ascii)
def test_ids_that_differ_by_capitals_are_found_beyond_ascii(folder, ids):
    """The Kelvin sign and the long s are a k and an s in capitals."""
    renamed = dict(zip(("AL-001", "AL-002"), ids, strict=True))
    for name in TABLES:
        folder.change(name, "patient_id", lambda row: renamed.get(row["patient_id"], row["patient_id"]))
    assert f"differs from '{ids[0]}' only by capitals" in said_and_kept(folder.path)[0]


def test_a_parquet_column_without_any_value_is_blank(folder):
    header, *rows = folder.read("labs")
    columns = {name: [row[at] or None for row in rows] for at, name in enumerate(header)}
    expected = read_cohort(folder.path).labs
    pq.write_table(pa.table({**columns, "assay": pa.nulls(len(rows))}), folder.path / "labs.parquet")
    (folder.path / "labs.csv").unlink()
    assert_frame_equal(read_cohort(folder.path).labs, expected)
