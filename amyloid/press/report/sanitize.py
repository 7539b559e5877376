"""Keep what a page needs of a notebook's HTML, and nothing that could run, load or lead outside.

The list names what may stay. Everything else goes: unknown tags are unwrapped (their text stays),
active ones are dropped with what they hold, and every attribute that is not listed is removed.
"""

import base64
import binascii
import re
from collections.abc import Mapping

from bs4 import BeautifulSoup, Comment, Doctype, Tag
from bs4.element import NavigableString, PreformattedString

_PLAIN = (
    "p br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd strong b em i s del sub sup small code pre kbd samp "
    "span div blockquote table caption colgroup thead tbody tfoot tr figure figcaption section cite q mark"
)
ALLOWED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_PLAIN.split(), frozenset[str]()),
    "a": frozenset({"href"}),
    "abbr": frozenset({"title"}),
    "col": frozenset({"span"}),
    "details": frozenset({"open"}),
    "summary": frozenset(),
    "img": frozenset({"src", "alt"}),
    "th": frozenset({"scope", "colspan", "rowspan", "abbr"}),
    "td": frozenset({"colspan", "rowspan"}),
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
    return str(clean_tree(BeautifulSoup(visible(html), "html.parser")))


def clean_tree(soup: BeautifulSoup) -> BeautifulSoup:
    """Clean a parsed fragment in place and return it; see `clean_html`."""
    for text in soup.find_all(string=True):
        if isinstance(text, Comment | Doctype | PreformattedString):
            text.extract()
    for tag in soup.find_all(True):
        if not tag.decomposed:
            _clean_tag(tag)
    return soup


def _clean_tag(tag: Tag) -> None:
    name = tag.name.lower()
    if name in DROPPED:
        tag.decompose()
    elif name not in ALLOWED:
        tag.unwrap()
    else:
        tag.attrs = {key: value for key, value in _kept_attributes(tag, name).items() if value is not None}
        if name == "a":
            _clean_link(tag)
        elif name == "img" and "src" not in tag.attrs:
            tag.replace_with(NavigableString(str(tag.get("alt", ""))))


def _kept_attributes(tag: Tag, name: str) -> dict[str, str | None]:
    kept: dict[str, str | None] = {}
    for key in ALLOWED[name]:
        value = tag.get(key)
        if isinstance(value, str):
            kept[key] = value
    for key in ("colspan", "rowspan", "span"):
        if key in kept and not re.fullmatch(r"[1-9]\d{0,2}", str(kept[key])):
            kept[key] = None
    if kept.get("scope") not in {"col", "row", "colgroup", "rowgroup"}:
        kept.pop("scope", None)
    if "src" in kept and not is_png_uri(str(kept["src"])):
        kept["src"] = None
    classes = [c for c in tag.get_attribute_list("class") if c and _CLASSES.fullmatch(c)]
    align = _ALIGN.search(str(tag.get("style", "")))
    if align:
        classes.append(f"gt_{align[1].lower()}")
    kept["class"] = " ".join(dict.fromkeys(classes)) or None
    return kept


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
