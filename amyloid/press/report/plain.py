"""A page without a notebook behind it: a title, a stamp, and what is put into it; no script, no address."""

import re
from collections.abc import Sequence
from html import escape

from amyloid.press.report.pages import content_policy, stylesheet

MOST_ROWS = 60


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
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(content_policy())}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{stylesheet()}</style></head>\n"
        f'<body class="{kind}"><header><p class="stamp">{escape(stamp)}</p></header>\n'
        f'<main id="content">{body}</main></body></html>\n'
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
