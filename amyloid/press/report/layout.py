"""What every page has: the stamp that says whose data it shows, the style sheet, the policy; rows of text."""

import base64
import csv
import hashlib
import io
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal

from amyloid.cohort.delivery import defused

Kind = Literal["synthetic", "made-up", "patient-data", "aggregates"]
Paper = Literal["a4", "letter"]

STAMPS: dict[Kind, str] = {
    "synthetic": "Synthetic, built from published aggregates, not patient data.",
    "made-up": "Synthetic, not patient data.",
    "patient-data": (
        "This report holds patient data. Do not send it on: amyloid share makes the version that may leave."
    ),
    "aggregates": "Aggregates only: small numbers are hidden and the others are rounded.",
}


TEMPLATE_FOLDER = Path(__file__).parent / "template"
MOST_ROWS = 60


@cache
def stylesheet() -> str:
    """Return the one style sheet that every page carries."""
    return (TEMPLATE_FOLDER / "style.css").read_text(encoding="utf-8")


@cache
def content_policy() -> str:
    """Return the content policy: nothing but this style sheet (by hash) and pictures held in the page."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def rendered(template: str, **values: object) -> str:
    """Fill a template; one of HTML is escaped, and gets the style sheet and the policy."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER), autoescape="html" in template, keep_trailing_newline=True
    )
    page = environment.get_template(template)
    return page.render(style=stylesheet(), policy=content_policy(), **values)


def plain_page(title: str, body: str, *, stamp: str, kind: str = "overview") -> str:
    """Return one self-contained HTML page.

    Parameters
    ----------
    title, stamp : str
        Text, escaped here; the stamp says whose data it is.
    body : str
        HTML that the caller has escaped.
    kind : str
        Classes of the body: whose data it is.
    """
    return rendered("plain.html.j2", title=title, body=body, stamp=stamp, kind=kind)


def html_figure(png: str, alt: str, caption: str, name: str = "Figure") -> str:
    """Return a PNG (base64) as an HTML figure that keeps its size on a phone: its frame scrolls."""
    return (
        f'<figure><div class="picture" role="group" tabindex="0" aria-label="{escape(name)}">'
        f'<img src="data:image/png;base64,{escape(png)}" alt="{escape(alt)}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def html_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    most: int = MOST_ROWS,
    numeric: Sequence[str] = (),
) -> str:
    """Return rows of text as an HTML table; beyond `most` rows it says how many more."""
    sides = [' class="gt_right"' if name in numeric else "" for name in head]
    cells = "".join(
        f'<th scope="col"{side}>{escape(name)}</th>' for name, side in zip(head, sides, strict=True)
    )
    lines = [
        "<tr>"
        + "".join(f"<td{s}>{_breakable(cell)}</td>" for cell, s in zip(row, sides, strict=True))
        + "</tr>"
        for row in rows[:most]
    ]
    more = f"<p>And {len(rows) - most} more in the CSV files.</p>" if len(rows) > most else ""
    return (
        f'<div class="table-frame" role="group" tabindex="0" aria-label="Table: {escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{cells}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>{more}"
    )


def _breakable(cell: str) -> str:
    """Escape a cell; a long id or name of a scenario may break after a dot, a comma or an underscore."""
    return re.sub(r"([.,_])(?=[a-z])", r"\1<wbr>", escape(cell))


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV with every formula defused."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[defused(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode()
