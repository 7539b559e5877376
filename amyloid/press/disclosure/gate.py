"""The gate: read a finished zip file as a stranger would, and name everything that may not leave."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amyloid.press.disclosure import png
from amyloid.press.disclosure.archive import unpack
from amyloid.press.disclosure.markup import BETWEEN_BLOCKS, PageReader, Reading
from amyloid.press.disclosure.rules import is_formula
from amyloid.press.disclosure.words import GENERAL, Finder, Secrets, normalize, search, without

MANIFEST = "manifest.json"
_NAME = re.compile(r"(?:[A-Za-z0-9_-]+/){0,3}[A-Za-z0-9_-]+\.(?:html|png|csv|json|txt)")
_HASH = re.compile(r"[0-9a-f]{64}")

Finders = tuple[Finder, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that may not leave: in which file, where in it, what it is, and its words."""

    file: str
    place: str
    what: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.what}{f' ({self.words})' if self.words else ''}"


@dataclass(frozen=True)
class House:
    """What pages of this program carry, word for word: style sheet, content policy, and texts of its own.

    A text is its own where it is the whole of a cell, a paragraph, a line or a value, as `words.normalize`
    gives it. A folder named after a clinic in one of them, or a count that is also a day, is no finding.
    What is allowed was found before, and somebody gave a reason why it may leave.
    """

    style: str
    policy: str
    own: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()

    def others(self, text: str) -> str:
        """Return what is to be searched of a text; its parts stand between marks of `BETWEEN_BLOCKS`."""
        parts = text.split(BETWEEN_BLOCKS)
        left = BETWEEN_BLOCKS.join("" if normalize(part).strip() in self.own else part for part in parts)
        return without(left, self.allowed) if self.allowed else left


def inspect(packed: bytes, secrets: Secrets, house: House) -> list[Finding]:
    """Return everything in a zip file that may not leave; empty when it may.

    Parameters
    ----------
    packed
        The finished file.
    secrets
        What this cohort and this computer would be known by.
    house
        Style sheet and content policy that each page must carry.

    Notes
    -----
    What cannot be read counts as found: an unknown kind of file, broken text, a damaged picture.
    """
    try:
        contents = unpack(packed)
    except ValueError as fault:
        return [Finding("the zip file", "as a whole", str(fault))]
    finders = (*GENERAL, *secrets.finders())
    found = list(_manifest(contents))
    for name, content in contents.items():
        found += _name(name, finders, house)
        found += _content(name, content, finders, house)
    return found


def _name(name: str, finders: Finders, house: House) -> Iterator[Finding]:
    if not _NAME.fullmatch(name):
        yield Finding(name, "file name", "a kind of file or a name that may not leave")
    for what, words in search(house.others(name), finders):
        yield Finding(name, "file name", what, words)


def _content(name: str, content: bytes, finders: Finders, house: House) -> Iterator[Finding]:
    if name.endswith(".png"):
        for fault in png.faults(content):
            yield Finding(name, "picture", fault)
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield Finding(name, "as a whole", "not UTF-8 text")
        return
    if name.endswith(".html"):
        yield from _page(name, text, finders, house)
    elif name.endswith(".json"):
        yield from _json(name, text, finders, house)
    elif name.endswith(".csv"):
        yield from _csv(name, text, finders, house)
    else:
        yield from _lines(name, text, finders, house)


def _page(name: str, text: str, finders: Finders, house: House) -> Iterator[Finding]:
    reading = PageReader(house.style, house.policy).read(text)
    for place, fault in reading.faults:
        yield Finding(name, place, fault)
    for what, words in search(house.others(reading.text), finders):
        yield Finding(name, _place(reading, words, finders), what, words)
    for place, value in reading.attributes:
        for what, words in search(house.others(value), finders):
            yield Finding(name, place, what, words)


def _place(reading: Reading, words: str, finders: Finders) -> str:
    """Name the column of the table cell that holds the words, or the text."""
    for place, text in reading.cells:
        if any(words == found for _, found in search(text, finders)):
            return place
    return "text"


def _json(name: str, text: str, finders: Finders, house: House) -> Iterator[Finding]:
    try:
        texts = list(_strings(json.loads(text)))
    except ValueError:
        yield Finding(name, "as a whole", "not JSON")
        return
    for value in texts:
        if not _HASH.fullmatch(value):
            for what, words in search(house.others(value), finders):
                yield Finding(name, "value", what, words)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    else:
        yield str(value)


def _csv(name: str, text: str, finders: Finders, house: House) -> Iterator[Finding]:
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        for what, words in search(" , ".join(house.others(cell) for cell in row), finders):
            yield Finding(name, f"line {number}", what, words)
        for cell in row:
            if is_formula(cell):
                yield Finding(name, f"line {number}", f"a cell that a spreadsheet would run ({cell[:30]})")


def _lines(name: str, text: str, finders: Finders, house: House) -> Iterator[Finding]:
    lines = [house.others(line) for line in text.splitlines()]
    for number, line in enumerate(lines, start=1):
        for what, words in search(line, finders):
            yield Finding(name, f"line {number}", what, words)
    for what, words in search("\n".join(lines), finders):
        yield Finding(name, "text", what, words)


def _manifest(contents: Mapping[str, bytes]) -> Iterator[Finding]:
    """Compare the manifest with the files: each listed with its hash, and no other."""
    try:
        listed = json.loads(contents[MANIFEST])["files"]
    except (KeyError, TypeError, ValueError):
        yield Finding(MANIFEST, "as a whole", "missing or unreadable")
        return
    for name in sorted(set(contents) - {MANIFEST} | set(listed)):
        if name not in listed or name not in contents:
            yield Finding(name, "manifest", "listed without being there" if name in listed else "not listed")
        elif listed[name] != hashlib.sha256(contents[name]).hexdigest():
            yield Finding(name, "manifest", "changed: its hash does not fit")
