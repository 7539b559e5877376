"""The gate: read a finished zip file as a stranger would, and name everything that may not leave."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from amyloid.cohort.delivery import is_formula
from amyloid.press.disclosure.formats import PageReader, picture_faults, unpack
from amyloid.press.disclosure.search import BETWEEN_BLOCKS, Secrets, normalize

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


def inspect(packed: bytes, secrets: Secrets, own: frozenset[str] = frozenset()) -> list[Finding]:
    """Return everything in a zip file that may not leave; empty when it may.

    Parameters
    ----------
    packed
        The finished file.
    secrets
        What this cohort and this computer would be known by.
    own
        Texts of this program's own, as `search.normalize` gives them. One is not searched where it is the
        whole of a cell, a paragraph, a line or a value: a folder named after a clinic in one of them, or a
        count that is also a day, is no finding.

    Notes
    -----
    What cannot be read counts as found: an unknown kind of file, broken text, a damaged picture.
    """
    try:
        contents = unpack(packed)
    except ValueError as fault:
        return [Finding("the zip file", "as a whole", str(fault))]
    found = list(_manifest(contents))
    for name, content in contents.items():
        found += _File(name, secrets, own).findings(content)
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
    secrets: Secrets
    own: frozenset[str]

    def _fault(self, place: str, what: str, words: str = "") -> Finding:
        return Finding(self.name, place, what, words)

    def _search(self, place: str, *texts: str, joint: str = "") -> Iterator[Finding]:
        """Search some texts together; their parts that are the program's own are left out."""
        for what, words in self.secrets.search(joint.join(map(self._others, texts))):
            yield self._fault(place, what, words)

    def _others(self, text: str) -> str:
        """Return what is to be searched of a text, whose parts stand between marks of `BETWEEN_BLOCKS`."""
        parts = text.split(BETWEEN_BLOCKS)
        return BETWEEN_BLOCKS.join("" if normalize(part).strip() in self.own else part for part in parts)

    def findings(self, content: bytes) -> Iterator[Finding]:
        """Look at the file's name, and at what the file holds as its kind is read."""
        if not _NAME.fullmatch(self.name):
            yield self._fault("file name", "a kind of file or a name that may not leave")
        yield from self._search("file name", self.name)
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
        page = PageReader(html)
        yield from (self._fault(*fault) for fault in page.faults)
        for found in self._search("text", page.text):
            yield replace(found, place=self._column(html, found.words))
        for place, value in page.attributes:
            yield from self._search(place, value)

    def _column(self, html: str, words: str) -> str:
        """Name the column of the table cell that holds the words, or the text."""
        from bs4 import BeautifulSoup

        for cell in BeautifulSoup(html, "html.parser")(["td", "th"]):
            if any(words == found for _, found in self.secrets.search(cell.get_text())):
                number, table = len(cell.find_previous_siblings(["td", "th"])), cell.find_parent("table")
                headings = table.select("thead :is(th, td)")[number : number + 1] if table else []
                return f"column {''.join(head.get_text(strip=True) for head in headings) or number + 1}"
        return "text"

    def _json(self, text: str) -> Iterator[Finding]:
        try:
            values = list(strings(json.loads(text, object_pairs_hook=list)))  # a name may stand twice
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
        value = list(value.items())
    if isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)
    else:
        yield str(value)
