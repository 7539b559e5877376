"""Keep what a page needs of a notebook's HTML, and nothing that could run, load or lead outside.

The list names what may stay. Everything else goes: unknown tags are unwrapped (their text stays),
active ones are dropped with what they hold, and every attribute that is not listed is removed.
Tables are made so that a screen reader can follow them: a caption, a scope on every heading, notes after it.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping

from bs4 import BeautifulSoup, Comment, Doctype, Tag
from bs4.element import NavigableString, PreformattedString

from amyloid.press.report.layout import STAMPS

_PLAIN = (
    "p br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd strong b em i s del sub sup small code pre kbd samp "
    "span div blockquote table caption colgroup thead tbody tfoot tr figure figcaption section cite q mark "
    "summary"
)
ALLOWED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_PLAIN.split(), ()),
    "a": ("href",),
    "abbr": ("title",),
    "col": ("span",),
    "details": ("open",),
    "img": ("src", "alt"),
    "th": ("scope", "colspan", "rowspan", "abbr"),
    "td": ("colspan", "rowspan"),
}
"""Tag to the attributes it may keep; `class` is filtered on its own."""

_ACTIVE = (
    "script style iframe frame frameset object embed applet template noscript noembed noframes svg math "
    "head title textarea select option button input audio video source track canvas link meta base "
    "dialog plaintext xmp portal"
)
DROPPED = frozenset(_ACTIVE.split())
"""Tags that go together with everything inside them."""

_CLASSES = re.compile(
    r"gt_(left|right|center|stub|heading|title|subtitle|group_heading|footnote|sourcenote|footnote_marks)"
    r"|gt_(col_heading|column_spanner|summary_row|grand_summary_row)|dataframe"
)
_VALUES = {
    **dict.fromkeys(("colspan", "rowspan", "span"), re.compile(r"[1-9]\d{0,2}")),
    "scope": re.compile("(col|row)(group)?"),
}
_ALIGN = re.compile(r"text-align:\s*(left|right|center)", re.IGNORECASE)
_PAGE_LINK = re.compile(r"(?:\./)?([A-Za-z0-9][\w-]*)\.(?:ipynb|html)(?:#[\w-]*)?")
_DOI = re.compile(r"(?:https?:)?//(?:dx\.)?doi\.org/(10\.\S+)", re.IGNORECASE)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(//)?", re.IGNORECASE)
# Bidirectional controls reorder what a reader sees; control characters have no place in a page.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_PNG = b"\x89PNG\r\n\x1a\n"


def visible(text: str) -> str:
    """Return the text without control characters and marks that reverse reading order."""
    return _UNSEEN.sub("", text)


def clean_html(html: str) -> str:
    """Return the HTML with allowed tags and attributes only.

    Parameters
    ----------
    html
        A fragment from a notebook output or from rendered Markdown. May be hostile.

    Returns
    -------
    str
        A balanced fragment: no script, no style, no event handler, no outside address. Images stay
        when they are PNG data; links stay when they lead to a sibling page or inside the page.
    """
    return str(_cleaned(html))


def _cleaned(html: str) -> BeautifulSoup:
    soup = BeautifulSoup(visible(html), "html.parser")
    for text in soup.find_all(string=True):
        if isinstance(text, Comment | Doctype | PreformattedString):
            text.extract()
    for tag in soup.find_all(True):
        if not tag.decomposed and tag.parent is not None:  # a link that became text let go what it held
            _clean_tag(tag)
    return soup


def _clean_tag(tag: Tag) -> None:
    name = tag.name.lower()
    if name in DROPPED:
        tag.decompose()
    elif name not in ALLOWED:
        tag.unwrap()
    else:
        tag.attrs = {**_kept_attributes(tag, ALLOWED[name])}
        if name == "a":
            _clean_link(tag)
        elif name == "img" and "src" not in tag.attrs:
            tag.replace_with(NavigableString(str(tag.get("alt", ""))))


def _kept_attributes(tag: Tag, allowed: Iterable[str]) -> dict[str, str]:
    """Return the attributes that may stay; of classes and styles what aligns and names parts of a table."""
    found = {key: tag.get(key) for key in allowed}
    kept = {key: value for key, value in found.items() if isinstance(value, str) and _is_valid(key, value)}
    classes = [c for c in tag.get_attribute_list("class") if c and _CLASSES.fullmatch(c)]
    if align := _ALIGN.search(str(tag.get("style", ""))):
        classes.append(f"gt_{align[1].lower()}")
    return kept | ({"class": " ".join(dict.fromkeys(classes))} if classes else {})


def _is_valid(key: str, value: str) -> bool:
    if key == "src":
        return is_png_uri(value)
    return key not in _VALUES or _VALUES[key].fullmatch(value) is not None


def is_png_uri(uri: str) -> bool:
    """Say whether the address is a PNG held in the page itself."""
    head, _, body = uri.partition(",")
    if head != "data:image/png;base64":
        return False
    try:
        return base64.b64decode(re.sub(r"\s", "", body), validate=True).startswith(_PNG)
    except (binascii.Error, ValueError):
        return False


def _clean_link(tag: Tag) -> None:
    """Keep a link inside the report; turn any other into its text, a DOI into a printed one."""
    href = str(tag.get("href", "")).strip()
    if tag.get_text(strip=True) == "¶":  # the mark that Markdown puts behind every heading
        tag.decompose()
        return
    page = _PAGE_LINK.fullmatch(href)
    if page:
        tag["href"] = f"{page[1]}.html"
        return
    doi = _DOI.fullmatch(href)
    text = tag.get_text()
    if doi:
        printed = f"doi:{doi[1]}"
        if doi[1] in text:
            tag.string = printed
        else:
            tag.append(f" ({printed})")
    elif text.strip() == href:
        tag.string = _SCHEME.sub("", href)
    tag.unwrap()


LONG, WORDY = 10, 800
"""A table of more rows, or of more characters, than this is folded on the screen."""


def accessible_html(html: str, caption: str = "") -> str:
    """Return cleaned HTML with every table captioned, scoped, and in a frame that scrolls by keyboard.

    Parameters
    ----------
    html
        HTML of a notebook output (pandas, great-tables or plain). May be hostile.
    caption
        Used for the first table when the table brings no title of its own.
    """
    soup = _cleaned(html)
    for number, table in enumerate(soup.find_all("table")):
        if table.decomposed:
            continue  # it stood in the heading of another
        words = _caption(soup, table, caption if number == 0 else "")
        _scopes(table)
        notes = _notes(soup, table)
        frame = soup.new_tag("div", attrs={"class": "table-frame", "role": "group", "tabindex": "0"})
        frame["aria-label"] = f"Table: {words}" if words else "Table"
        table.wrap(frame)
        if notes is not None:
            frame.insert_after(notes)
        rows = len(table.select("tbody tr"))
        if rows > LONG or len(table.get_text()) > WORDY:  # folded behind its title; on paper it is open
            details = frame.wrap(soup.new_tag("details", attrs={"class": "long"}))
            details.insert(0, soup.new_tag("summary", string=f"{words or 'Table'} ({rows:,} rows)"))
    return str(soup)


def _caption(soup: BeautifulSoup, table: Tag, fallback: str) -> str:
    """Give the table one caption, made of its own heading rows or of the fallback; return its text."""
    own = table.find("caption")
    if own is not None:
        return own.get_text(" ", strip=True)
    headings = table.select("td.gt_heading")
    parts = [cell.get_text(" ", strip=True) for cell in headings]
    for cell in headings:
        if not cell.decomposed:
            (cell.find_parent("tr") or cell).decompose()
    words = ". ".join(part.rstrip(".") for part in parts if part) or fallback
    if words:
        table.insert(0, soup.new_tag("caption", string=words))
    return words


def _scopes(table: Tag) -> None:
    for cell in table.find_all("th"):
        if not cell.get_text(strip=True):
            cell.name = "td"  # an empty heading says nothing and confuses a screen reader
            cell.attrs.pop("scope", None)
    for cell in table.select("thead th"):
        cell["scope"] = "colgroup" if int(str(cell.get("colspan", "1"))) > 1 else "col"
    for cell in table.select("tbody th, tfoot th"):
        cell["scope"] = cell.get("scope") or "row"


def _notes(soup: BeautifulSoup, table: Tag) -> Tag | None:
    """Move source notes and footnotes out of the table's foot into paragraphs below it."""
    cells = table.select("td.gt_sourcenote, td.gt_footnote")
    if not cells:
        return None
    notes = soup.new_tag("div", attrs={"class": "table-notes"})
    for cell in cells:
        if cell.decomposed:
            continue
        if cell.get_text(strip=True) not in STAMPS.values():  # which stands on top of the page
            paragraph = soup.new_tag("p")
            paragraph.extend(list(cell.contents))
            notes.append(paragraph)
        if cell.parent is not None and len(cell.parent.find_all(["td", "th"])) == 1:
            cell.parent.decompose()
        else:
            cell.decompose()
    for foot in table.find_all("tfoot"):
        if not foot.get_text(strip=True):
            foot.decompose()
    return notes if notes.contents else None
