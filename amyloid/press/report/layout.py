"""What every page has: the stamp that says whose data it shows, the style sheet, the policy; rows of text."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup, escape

from amyloid.cohort.delivery import defused

if TYPE_CHECKING:
    from jinja2 import Environment

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


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    html = select_autoescape(["html.j2"])
    made = Environment(loader=FileSystemLoader(TEMPLATE_FOLDER), autoescape=html, keep_trailing_newline=True)
    made.globals |= {"style": stylesheet(), "policy": content_policy()}
    made.filters["breakable"] = _breakable
    return made


def rendered(template: str, **values: object) -> str:
    """Fill a template, which knows the style sheet and the policy; what is filled into HTML is escaped."""
    return _environment().get_template(template).render(**values)


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
    return str(_parts().figure(png, alt, caption, name))


def html_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    most: int = MOST_ROWS,
    numeric: Sequence[str] = (),
) -> str:
    """Return rows of text as an HTML table; beyond `most` rows it says how many more."""
    return str(_parts().table(caption, head, rows, most, numeric))


def _parts() -> Any:
    return _environment().get_template("parts.html.j2").module


def _breakable(cell: str) -> Markup:
    """Escape a cell; a long id or name of a scenario may break after a dot, a comma or an underscore."""
    return Markup(re.sub(r"([.,_])(?=[a-z])", r"\1<wbr>", str(escape(cell))))


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV with every formula defused."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[defused(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode()
