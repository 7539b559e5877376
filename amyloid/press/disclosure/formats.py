"""Zip file, picture and page: made to hold nothing hidden, and read as a stranger would, to the last byte."""

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partialmethod
from html.parser import HTMLParser

from amyloid.press.disclosure.search import BETWEEN_BLOCKS
from amyloid.press.report.layout import content_policy, stylesheet

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE_CHUNKS = frozenset(b"IHDR PLTE IDAT IEND tRNS pHYs gAMA sRGB cHRM sBIT bKGD".split())
# Chunks that describe pixels. Text, time, EXIF and unknown chunks are not among them.
_INLINE = re.compile("a|abbr|b|cite|code|del|em|i|kbd|label|mark|q|s|samp|small|span|strong|sub|sup")
_BLOCK = re.compile(
    "html|head|meta|title|style|body|main|header|footer|nav|section|blockquote|br|caption|col|colgroup|dd|details"
    "|div|dl|dt|figcaption|figure|h[1-6]|hr|img|input|li|ol|p|pre|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_ATTRIBUTE = re.compile(
    "lang|charset|name|content|http-equiv|class|id|href|rel|src|alt|type|for|open|scope|colspan|rowspan|span"
    "|abbr|title|role|tabindex|aria-label|aria-current"
)
_METAS = frozenset({"viewport", "color-scheme", "referrer"})
_LINK = re.compile(r"(?:[A-Za-z0-9_-]+\.html)?(?:#[A-Za-z0-9_-]+)?")


def pack(contents: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, sorted by name, without clock, comment, owner or machine.

    The same contents give the same bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name; what is anything but what `pack` makes of them is a ValueError."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = archive.namelist()
            contents = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as fault:
        raise ValueError(f"not a readable zip file: {fault}") from fault
    if len(contents) != len(names):
        raise ValueError("a file name twice")
    if pack(contents) != packed:
        raise ValueError(
            "bytes that belong to no file: a comment, an extra field, a date or other hidden data"
        )
    return contents


def bare_picture(png: bytes) -> bytes:
    """Return a PNG without anything but its picture."""
    kept = [chunk for kind, chunk in _chunks(png) if kind in _PICTURE_CHUNKS]
    return b"".join([_PNG_SIGNATURE, *kept])


def picture_faults(png: bytes) -> list[str]:
    """Return in words what a PNG holds besides a picture; empty when nothing."""
    try:
        found = [kind for kind, _ in _chunks(png) if kind not in _PICTURE_CHUNKS]
    except ValueError as fault:
        return [str(fault)]
    return [f"PNG holds more than a picture: {kind.decode('latin-1')} chunk" for kind in found]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's type, and its bytes; what is not a whole PNG, or more than one, is a ValueError."""
    if not png.startswith(_PNG_SIGNATURE):
        raise ValueError("not a PNG")
    place, kind = len(_PNG_SIGNATURE), b""
    while place < len(png) and kind != b"IEND":
        if place + 12 > len(png):
            raise ValueError("PNG is cut")
        end = place + 12 + int.from_bytes(png[place : place + 4])
        kind, chunk = png[place + 4 : place + 8], png[place:end]
        if end > len(png) or zlib.crc32(chunk[4:-4]).to_bytes(4) != chunk[-4:]:
            raise ValueError("PNG is cut or changed")
        yield kind, chunk
        place = end
    if place != len(png):
        raise ValueError("bytes after the end of the PNG")


class PageReader(HTMLParser):
    """Collect the text and attributes of a page and every tag, attribute or address that may not be there.

    A page carries the one style sheet and the one content policy of this program.

    Attributes
    ----------
    text
        The page's text joined as a reader sees it, with `BETWEEN_BLOCKS` where a block begins or ends.
    attributes, faults
        Places, and the values there or what may not be there.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.faults: list[tuple[str, str]] = []
        self._policies = 0
        self._style: list[str] | None = None
        self.feed(html)
        self.close()
        if self._policies != 1:
            self._fault("page", "the content policy is missing or doubled")
        if self._style is not None:
            self._fault("page", "an open style element")
        self.text = "".join(self._parts)

    def _fault(self, place: str, what: str) -> None:
        self.faults.append((f"line {self.getpos()[0]}, {place}", what))

    def _mark(self, tag: str) -> None:
        """Check a tag that begins or ends; a block ends a word."""
        if not (_INLINE.fullmatch(tag) or _BLOCK.fullmatch(tag)):
            self._fault(f"<{tag}>", "a tag that may not be there")
        self._parts += [] if _INLINE.fullmatch(tag) else [BETWEEN_BLOCKS]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a tag and its attributes."""
        self._mark(tag)
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
        if not _ATTRIBUTE.fullmatch(key):
            self._fault(place, "an attribute that may not be there")
        if key == "href" and not (tag == "a" and _LINK.fullmatch(value)):
            self._fault(place, "an address")
        if key == "src":
            self._picture(place, value)
        elif not (tag == "meta" and key == "content" and value == content_policy()):
            self.attributes.append((place, value))

    def _meta(self, values: dict[str, str]) -> None:
        if "http-equiv" in values:
            self._policies += 1
            if values != {"http-equiv": "Content-Security-Policy", "content": content_policy()}:
                self._fault("<meta>", "another content policy")
        elif values != {"charset": "utf-8"} and values.get("name") not in _METAS:
            self._fault("<meta>", "metadata")

    def _picture(self, place: str, value: str) -> None:
        head, _, body = value.partition(",")
        try:
            faults = picture_faults(base64.b64decode(body, validate=True))
        except ValueError:
            faults = ["a picture that cannot be read"]
        if head != "data:image/png;base64":
            faults = ["a picture that is not a PNG held in the page"]
        for fault in faults:
            self._fault(place, fault)

    def handle_endtag(self, tag: str) -> None:
        """Compare the style sheet when it ends."""
        if tag == "style" and self._style is not None:
            if "".join(self._style) != stylesheet():
                self._fault("<style>", "another style sheet")
            self._style = None
        self._mark(tag)

    def handle_data(self, data: str) -> None:
        """Keep text; a style sheet's text is compared instead."""
        (self._parts if self._style is None else self._style).append(data)

    def _refuse(self, what: str, data: str) -> None:
        """Note what no page may hold, and let its words be searched."""
        self._fault(what, f"a {what}")
        self._parts.append(f" {data} ")

    handle_comment = partialmethod(_refuse, "comment")
    handle_pi = partialmethod(_refuse, "processing instruction")
    unknown_decl = partialmethod(_refuse, "marked section")

    def handle_decl(self, decl: str) -> None:
        """Refuse every declaration but the document type."""
        if decl.lower() != "doctype html":
            self._refuse("declaration", decl)
