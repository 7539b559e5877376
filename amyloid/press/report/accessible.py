"""Tables that a screen reader can follow: a caption, a scope on every heading, notes after the table."""

from bs4 import BeautifulSoup, Tag

from amyloid.press.report.sanitize import clean_tree, visible
from amyloid.press.report.stamps import STAMPS

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
    soup = clean_tree(BeautifulSoup(visible(html), "html.parser"))
    for number, table in enumerate(soup.find_all("table")):
        words = _caption(soup, table, caption if number == 0 else "")
        _scopes(table)
        notes = _notes(soup, table)
        frame = soup.new_tag("div", attrs={"class": "table-frame", "role": "group", "tabindex": "0"})
        frame["aria-label"] = f"Table: {words}" if words else "Table"
        table.wrap(frame)
        if notes is not None:
            frame.insert_after(notes)
        rows = len(table.select("tbody tr"))
        if rows > LONG or len(table.get_text()) > WORDY:
            _fold(soup, frame, f"{words or 'Table'} ({rows:,} rows)")
    return str(soup)


def _fold(soup: BeautifulSoup, frame: Tag, words: str) -> None:
    """Fold a long table behind its title; on paper it is open."""
    details, summary = soup.new_tag("details", attrs={"class": "long"}), soup.new_tag("summary")
    summary.string = words
    frame.wrap(details)
    details.insert(0, summary)


def _caption(soup: BeautifulSoup, table: Tag, fallback: str) -> str:
    """Give the table one caption, made of its own heading rows or of the fallback; return its text."""
    own = table.find("caption")
    if own is not None:
        return own.get_text(" ", strip=True)
    headings = table.select("td.gt_heading")
    parts = [cell.get_text(" ", strip=True) for cell in headings]
    for row in {id(cell.parent): cell.parent for cell in headings}.values():
        if row is not None:
            row.decompose()
    words = ". ".join(part.rstrip(".") for part in parts if part) or fallback
    if words:
        element = soup.new_tag("caption")
        element.string = words
        table.insert(0, element)
    return words


def _scopes(table: Tag) -> None:
    for cell in table.find_all("th"):
        if not cell.get_text(strip=True):
            cell.name = "td"  # an empty heading says nothing and confuses a screen reader
            cell.attrs.pop("scope", None)
    for head in table.find_all("thead"):
        for cell in head.find_all("th"):
            cell["scope"] = "colgroup" if int(str(cell.get("colspan", "1"))) > 1 else "col"
    for body in table.find_all(["tbody", "tfoot"]):
        for cell in body.find_all("th"):
            cell["scope"] = cell.get("scope") or "row"


def _notes(soup: BeautifulSoup, table: Tag) -> Tag | None:
    """Move source notes and footnotes out of the table's foot into paragraphs below it."""
    cells = table.select("td.gt_sourcenote, td.gt_footnote")
    if not cells:
        return None
    notes = soup.new_tag("div", attrs={"class": "table-notes"})
    for cell in cells:
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
