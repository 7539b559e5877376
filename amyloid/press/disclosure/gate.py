"""The gate: read a finished zip file as a stranger would, and name everything that may not leave."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amyloid.cohort.delivery import is_formula
from amyloid.press.disclosure.formats import BETWEEN_BLOCKS, PageReader, picture_faults, unpack
from amyloid.press.disclosure.search import GENERAL, Finder, Secrets, normalize, search, without

MANIFEST = "manifest.json"
_NAME = re.compile(r"(?:[A-Za-z0-9_-]+/){0,3}[A-Za-z0-9_-]+\.(?:html|png|csv|json|txt)")
_HASH = re.compile(r"[0-9a-f]{64}")


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

    A text is its own where it is the whole of a cell, a paragraph, a line or a value, as `search.normalize`
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
        file = _File(name, finders, house)
        found += [*file.named(), *file.content(content)]
    return found


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


@dataclass(frozen=True)
class _File:
    """One file of the zip, and what to look for in it."""

    name: str
    finders: tuple[Finder, ...]
    house: House

    def _fault(self, place: str, what: str) -> Finding:
        return Finding(self.name, place, what)

    def _search(self, place: str, *texts: str, joint: str = "") -> Iterator[Finding]:
        """Search some texts together, those that are the program's own left out."""
        for what, words in search(joint.join(map(self.house.others, texts)), self.finders):
            yield Finding(self.name, place, what, words)

    def named(self) -> Iterator[Finding]:
        """Look at the file's name."""
        if not _NAME.fullmatch(self.name):
            yield self._fault("file name", "a kind of file or a name that may not leave")
        yield from self._search("file name", self.name)

    def content(self, content: bytes) -> Iterator[Finding]:
        """Look at what the file holds, as its kind is read."""
        kind = self.name.rpartition(".")[2]
        if kind == "png":
            yield from (self._fault("picture", fault) for fault in picture_faults(content))
            return
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            yield self._fault("as a whole", "not UTF-8 text")
            return
        readers = {"html": self._page, "json": self._json, "csv": self._csv}
        yield from readers.get(kind, self._lines)(text)

    def _page(self, html: str) -> Iterator[Finding]:
        page = PageReader(self.house.style, self.house.policy).read(html)
        yield from (self._fault(*fault) for fault in page.faults)
        for found in self._search("text", page.text):
            yield Finding(self.name, self._column(html, found.words), found.what, found.words)
        for place, value in page.attributes:
            yield from self._search(place, value)

    def _column(self, html: str, words: str) -> str:
        """Name the column of the table cell that holds the words, or the text."""
        from bs4 import BeautifulSoup

        for cell in BeautifulSoup(html, "html.parser")(["td", "th"]):
            if any(words == found for _, found in search(cell.get_text(), self.finders)):
                number, table = len(cell.find_previous_siblings(["td", "th"])), cell.find_parent("table")
                headings = (
                    [head.get_text(strip=True) for head in table.select("thead :is(th, td)")] if table else []
                )
                return f"column {''.join(headings[number : number + 1]) or number + 1}"
        return "text"

    def _json(self, text: str) -> Iterator[Finding]:
        try:
            values = list(strings(json.loads(text)))
        except ValueError:
            yield self._fault("as a whole", "not JSON")
            return
        for value in values:
            if not _HASH.fullmatch(value):
                yield from self._search("value", value)

    def _csv(self, text: str) -> Iterator[Finding]:
        for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
            yield from self._search(f"line {number}", *row, joint=" , ")
            for cell in filter(is_formula, row):
                yield self._fault(f"line {number}", f"a cell that a spreadsheet would run ({cell[:30]})")

    def _lines(self, text: str) -> Iterator[Finding]:
        lines = text.splitlines()
        for number, line in enumerate(lines, start=1):
            yield from self._search(f"line {number}", line)
        yield from self._search("text", *lines, joint="\n")


def strings(value: object) -> Iterator[str]:
    """Yield every key and value of data as it is written in JSON."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
    else:
        yield str(value)
