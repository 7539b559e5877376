"""Read a finished page as a stranger would: which tags, which attributes, which text, in which place."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from amyloid.press.disclosure import png

_TAGS_WORDS = (
    "html head meta title style body main header footer nav section a abbr b blockquote br caption cite "
    "code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img input kbd "
    "label li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr "
    "ul"
)
TAGS = frozenset(_TAGS_WORDS.split())
_ATTRIBUTES_WORDS = (
    "lang charset name content http-equiv class id href rel src alt type for open scope colspan rowspan "
    "span abbr title role tabindex aria-label aria-current"
)
ATTRIBUTES = frozenset(_ATTRIBUTES_WORDS.split())
BETWEEN_BLOCKS = "\u241e"
"""Stands between two blocks in the joined text, so that two cells are not one number."""
_INLINE_WORDS = "a abbr b cite code del em i kbd label mark q s samp small span strong sub sup"
_INLINE = frozenset(_INLINE_WORDS.split())
_LINK = re.compile(r"(?:[A-Za-z0-9_-]+\.html)?(?:#[A-Za-z0-9_-]+)?")
_METAS = frozenset({"viewport", "color-scheme", "referrer"})


@dataclass
class Reading:
    """What a page holds: its text joined as a reader sees it, its attributes, and what may not be there."""

    text: str = ""
    cells: list[tuple[str, str]] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)


class CellReader:
    """Collect each table cell's text under the heading of its column, so that a finding can name it."""

    def __init__(self, cells: list[tuple[str, str]]) -> None:
        self._cells = cells
        self._headings: list[str] = []
        self._column = 0
        self._in_head = False
        self._text: list[str] | None = None

    def start(self, tag: str) -> None:
        """A tag opens."""
        if tag == "table":
            self._headings = []
        elif tag == "tr":
            self._column = 0
        elif tag in {"td", "th"}:
            self._text = []
        elif tag == "thead":
            self._in_head = True

    def text(self, data: str) -> None:
        """Text follows."""
        if self._text is not None:
            self._text.append(data)

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag == "thead":
            self._in_head = False
        if tag not in {"td", "th"} or self._text is None:
            return
        words = "".join(self._text).strip()
        if self._in_head:
            self._headings.append(words)
        heading = self._headings[self._column] if self._column < len(self._headings) else ""
        self._cells.append((f"column {heading or self._column + 1}", words))
        self._column += 1
        self._text = None


class PageReader(HTMLParser):
    """Collect the text and attributes of a page and every tag, attribute or address that may not be there.

    Parameters
    ----------
    style
        The one style sheet that a page may carry.
    policy
        The content policy that a page must carry.
    """

    def __init__(self, style: str, policy: str) -> None:
        super().__init__(convert_charrefs=True)
        self.style, self.policy = style, policy
        self.reading = Reading()
        self.policies = 0
        self._parts: list[str] = []
        self._cells = CellReader(self.reading.cells)
        self._style: list[str] | None = None

    def read(self, html: str) -> Reading:
        """Read a whole page."""
        self.feed(html)
        self.close()
        self.reading.text = "".join(self._parts)
        if self.policies != 1:
            self._fault("page", "the content policy is missing or doubled")
        if self._style is not None:
            self._fault("page", "an open style element")
        return self.reading

    def _fault(self, place: str, what: str) -> None:
        self.reading.faults.append((f"line {self.getpos()[0]}, {place}", what))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a tag and its attributes."""
        if tag not in TAGS:
            self._fault(f"<{tag}>", "a tag that may not be there")
        self._cells.start(tag)
        if tag not in _INLINE:
            self._parts.append(BETWEEN_BLOCKS)
        if tag == "style":
            self._style = []
        values = {key: value or "" for key, value in attrs}
        if len(values) != len(attrs):
            self._fault(f"<{tag}>", "an attribute twice")
        for key, value in values.items():
            self._attribute(tag, key, value)
        if tag == "meta":
            self._meta(values)
        if tag == "input" and values.get("type") != "checkbox":
            self._fault("<input>", "a field")

    def _attribute(self, tag: str, key: str, value: str) -> None:
        place = f"<{tag} {key}>"
        if key not in ATTRIBUTES:
            self._fault(place, "an attribute that may not be there")
        if key == "href" and not (tag == "a" and _LINK.fullmatch(value)):
            self._fault(place, "an address")
        if key == "src":
            self._picture(place, value)
        elif not (tag == "meta" and key == "content" and value == self.policy):
            self.reading.attributes.append((place, value))

    def _meta(self, values: dict[str, str]) -> None:
        if "http-equiv" in values:
            self.policies += 1
            if values != {"http-equiv": "Content-Security-Policy", "content": self.policy}:
                self._fault("<meta>", "another content policy")
        elif values != {"charset": "utf-8"} and values.get("name") not in _METAS:
            self._fault("<meta>", "metadata")

    def _picture(self, place: str, value: str) -> None:
        head, _, body = value.partition(",")
        if head != "data:image/png;base64":
            self._fault(place, "a picture that is not a PNG held in the page")
            return
        try:
            picture = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            self._fault(place, "a picture that cannot be read")
            return
        for fault in png.faults(picture):
            self._fault(place, fault)

    def handle_endtag(self, tag: str) -> None:
        """Compare the style sheet when it ends; a block ends a word."""
        if tag == "style" and self._style is not None:
            if "".join(self._style) != self.style:
                self._fault("<style>", "another style sheet")
            self._style = None
        self._cells.end(tag)
        if tag not in _INLINE:
            self._parts.append(BETWEEN_BLOCKS)

    def handle_data(self, data: str) -> None:
        """Keep text; a style sheet's text is compared instead."""
        if self._style is None:
            self._parts.append(data)
            self._cells.text(data)
        else:
            self._style.append(data)

    def handle_comment(self, data: str) -> None:
        """Refuse a comment."""
        self._fault("comment", "a comment")
        self._parts.append(f" {data} ")

    def handle_decl(self, decl: str) -> None:
        """Refuse every declaration but the document type."""
        if decl.lower() != "doctype html":
            self._fault("declaration", "a declaration")

    def handle_pi(self, data: str) -> None:
        """Refuse a processing instruction."""
        self._fault("processing instruction", "a processing instruction")
        self._parts.append(f" {data} ")

    def unknown_decl(self, data: str) -> None:
        """Refuse a marked section."""
        self._fault("marked section", "a marked section")
        self._parts.append(f" {data} ")
