"""The page of a shared report on patients."""

import base64
from collections.abc import Mapping, Sequence

from amyloid.press.report.pages import TEMPLATE_FOLDER, content_policy, stylesheet
from amyloid.press.report.stamps import STAMPS
from amyloid.press.share.blocks import Block

TITLE = "AL amyloidosis: shared aggregates"
LEFT_OUT = (
    "Swimmer plot, waterfall, laboratory courses and every list of patients: each line is one patient.",
    "Survival curves with a step for every event and marks for censored patients: "
    "they give back single times.",
    "Dates, minimum and maximum values, and free text of the input.",
    "The same response under a second version of the criteria: two tables side by side can give back "
    "what one of them hides.",
)


def shared_page(
    blocks: Sequence[Block], pictures: Mapping[str, tuple[bytes, str]], min_cell: int, asked: int
) -> str:
    """Return the page.

    Parameters
    ----------
    blocks
        Its tables.
    pictures
        PNG and alternative text by name.
    min_cell, asked
        Smallest count shown, and what was asked for; when they differ, the page says so.
    """
    from jinja2 import Environment, FileSystemLoader

    opening = [
        "This report was built from aggregates for readers outside the center. "
        "It holds no line about a single patient.",
        f"The smallest count shown is {min_cell}.",
    ]
    if asked != min_cell:
        opening.append(f"The run asked for {asked}; no report goes below {min_cell}.")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER), autoescape=True, keep_trailing_newline=True
    )
    shown = [
        {
            "block": "time_to_event",
            "png": base64.b64encode(picture).decode(),
            "alt": alt,
            "caption": f"Figure {number}. Overall survival in coarse steps. {STAMPS['aggregates']}",
        }
        for number, (picture, alt) in enumerate(pictures.values(), start=1)
    ]
    html: str = environment.get_template("shared.html.j2").render(
        title=TITLE,
        kind="aggregates",
        stamp=STAMPS["aggregates"],
        style=stylesheet(),
        policy=content_policy(),
        opening=opening,
        blocks=blocks,
        pictures=shown,
        left_out=LEFT_OUT,
    )
    return html
