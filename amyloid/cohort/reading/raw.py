"""A file before it is a table: what it really is, how much it may hold, its encoding, and the hash of all."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from amyloid.cohort.reading.findings import Findings, words
from amyloid.cohort.reading.table import Table

ASKED = "AMYLOID_READINGS"
"""Names a file into which every reading of a cohort is noted: the runner holds notebooks to one state."""


def note_reading(cohort: Path, fingerprint: str) -> None:
    """Note what was read, where it is asked for."""
    if os.environ.get(ASKED):
        with open(os.environ[ASKED], "a", encoding="utf-8") as file:
            file.write(f"{fingerprint} {cohort.resolve()}\n")


class Fingerprint:
    """SHA-256 of the input files in the order in which they are given.

    One thread hashes while the tables are parsed: hashing does not hold the interpreter's lock.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._worker = ThreadPoolExecutor(1)

    def add(self, name: str, data: bytes) -> None:
        """Take in a file under a name."""
        self.update(f"{name}\0{len(data)}\0".encode())
        self.update(data)

    def add_file(self, path: Path) -> None:
        """Take in a file by its own hash, so that it is never held in memory whole."""
        with path.open("rb") as file:
            self.update(hashlib.file_digest(file, "sha256").digest())

    def update(self, data: bytes) -> None:
        """Take in bytes."""
        self._worker.submit(self._digest.update, data)

    def hexdigest(self) -> str:
        """Wait for what is under way, and give the hash, hexadecimal; nothing can be added afterwards."""
        self._worker.shutdown()
        return self._digest.hexdigest()


def regular(path: Path, limit: int, findings: Findings) -> bool:
    """Whether a path is a regular file of a size that can be read; said when it is not."""
    try:
        state = path.stat()
    except OSError as fault:
        findings.say("unreadable", path.name, fault=fault.strerror)
        return False
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "no regular file (a pipe or device)"
        findings.say("not-a-file", path.name, kind=kind)
        return False
    if state.st_size >= limit:
        findings.say("too-large/file", path.name, size=state.st_size / 2**20, limit=limit / 2**20)
        return False
    return True


def small_file(found: list[Path], name: str, fingerprint: Fingerprint, findings: Findings) -> bytes | None:
    """The bytes of the first of some files of a name; None where there is none that can be read."""
    if not found or not regular(found[0], 1 << 20, findings):
        return None
    data = found[0].read_bytes()
    fingerprint.add(name, data)
    return data


def read_text(path: Path, fed_as: str, fingerprint: Fingerprint, findings: Findings) -> bytes | None:
    """Read a text file as UTF-8; None when it is none, which is said."""
    with path.open("rb") as file:
        kind = kind_of_file(file.read(1 << 16))
        if kind:
            findings.say("not-text/table", path.name, kind=kind[0], mend=kind[1])
            return None
        file.seek(0)
        data = file.read()
    fingerprint.add(fed_as, data)
    return to_utf8(data, path.name, findings) if lines_are_sound(data, path.name, findings) else None


MAX_LINE_BYTES: Final = 1 << 20
"""Of a text file; a line of 16,384 columns with 60 letters in each fits."""

MAX_CELL_BYTES: Final = 1 << 20
MAX_COLUMNS: Final = 1 << 14
"""As many as a spreadsheet has."""


def lines_are_sound(data: bytes, file: str, findings: Findings) -> bool:
    """Whether no line is longer, nor the first ones wider, than a table's can be; said if not."""
    first = data[:MAX_LINE_BYTES].splitlines()[:20]
    wide = max((line.count(sign) for line in first for sign in (b",", b";", b"\t")), default=0)
    if wide >= MAX_COLUMNS:
        findings.say("too-wide", file, most=MAX_COLUMNS)
        return False
    start = 0
    while len(data) - start > MAX_LINE_BYTES:
        window = start, start + MAX_LINE_BYTES + 1
        end = max(data.rfind(b"\n", *window), data.rfind(b"\r", *window))
        if end < 0:
            line = data.count(b"\n", 0, start) + 1
            findings.say("long-line", file, line=line, limit=MAX_LINE_BYTES >> 20)
            return False
        start = end + 1
    return True


def cells_are_sound(table: Table, findings: Findings) -> bool:
    """Whether no cell is longer than a text can be; said if not."""
    for column in table.all_columns:
        longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
        if longest > MAX_CELL_BYTES:
            size, limit = longest >> 20, MAX_CELL_BYTES >> 20
            findings.say("long-cell", table, column=column.header[:40], size=size, limit=limit)
            return False
    return True


LETTERS_SHARE = 0.5
"""Less of its foreign signs being letters speaks against an encoding."""

_UTF8_MARK = b"\xef\xbb\xbf"


def kind_of_file(head: bytes) -> tuple[str, str] | None:
    """Recognize a file that is not text by its first bytes.

    What it is and what to do; None for what may be text.
    """
    for kind in words()["file"]:
        if head.startswith(kind["start"].encode("latin-1")):
            return kind["it"], kind["mend"]
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and len(head) > 1:
        return "a Python pickle, which is never opened", "Export the table as CSV."
    if head.lstrip(_UTF8_MARK + b" \t\r\n")[:1] == b"<":
        return "a web page or XML", "The download may have stopped at a login page; export the table again."
    return None


def to_utf8(data: bytes, file: str, findings: Findings) -> bytes | None:
    """Bring the bytes of a text file to UTF-8 without byte-order mark.

    None when the file cannot be read, which has been said.
    """
    wide = _wide_encoding(data)
    if wide:
        name = wide.partition("-le")[0].partition("-be")[0].upper()
        try:
            data = data.decode(wide).encode("utf-8")
        except UnicodeError:
            findings.say("encoding/wide", file, name=name)
            return None
        findings.note(f"{file} was read as {name}.")
    while data.startswith(_UTF8_MARK):
        data = data[len(_UTF8_MARK) :]
    if (nul := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        findings.say("nul-byte", file, line=line)
        return None
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return _from_windows(data, fault.start, file, findings)
    return data


def _wide_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32 by its mark, or by a zero in every second byte; empty for other texts."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return "utf-32"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[: 1 << 12]
    zeros = [head[start::2].count(0) * 2 > len(head) * 0.8 for start in (0, 1)]
    return "utf-16-be" if zeros[0] and not zeros[1] else "utf-16-le" if zeros[1] and not zeros[0] else ""


def _from_windows(data: bytes, start: int, file: str, findings: Findings) -> bytes | None:
    """Read Latin letters of another encoding; say which one, and the first line that has them."""
    line = data.count(b"\n", 0, start) + 1
    odd = [part for part in data.split(b"\n") if not part.isascii() and not _is_utf8(part)]
    name, words = _likeliest(b" ".join(odd))
    if not name:
        findings.say("encoding/none", file, line=line, byte=f"{data[start]:#04x}")
        return None
    findings.say("encoding/latin", file, line=line, words=words)
    lines = (part if _is_utf8(part) else part.decode(name).encode("utf-8") for part in data.split(b"\n"))
    return b"\n".join(lines)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(data: bytes) -> tuple[str, str]:
    """The encoding in which most of the foreign signs are letters that European languages use."""
    best, best_score = ("", ""), 0.0
    for name, said in words()["latin"].items():
        try:
            foreign = [sign for sign in data.decode(name) if not sign.isascii()]
        except UnicodeDecodeError:
            continue
        score = sum(sign in words()["letters"] for sign in foreign) / len(foreign)
        if name == "cp1252" or score > max(best_score, LETTERS_SHARE):
            best, best_score = (name, said), score
    return best


MAX_UNPACKED_BYTES = 1 << 29
MAX_RATIO = 100
"""An ordinary sheet shrinks ten times when it is packed; a part that shrinks more than this is a trap."""

SMALL_PART_BYTES = 1 << 24


def may_be_opened(path: Path, findings: Findings) -> bool:
    """Whether a workbook is one, and a sound one; said if not, before anything is unpacked."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head.startswith(b"PK\x03\x04"):
        kind = kind_of_file(head)
        what = f"is {kind[0]}" if kind else "is no workbook (it looks like plain text)"
        findings.say("no-workbook", path.name, what=what)
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        findings.say("damaged-workbook/cut", path.name)
        return False
    total = sum(part.file_size for part in parts)
    large = [part for part in parts if part.file_size > SMALL_PART_BYTES]
    if total > MAX_UNPACKED_BYTES or any(part.file_size > MAX_RATIO * part.compress_size for part in large):
        findings.say("too-large/unpacked", path.name, size=total / 2**20)
        return False
    if all(part.filename != "xl/workbook.xml" for part in parts):
        findings.say("no-workbook/zip", path.name)
        return False
    return True
