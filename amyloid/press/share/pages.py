"""The page of a shared report on patients."""

import base64
from collections.abc import Mapping, Sequence

from amyloid.press.report.layout import STAMPS, TEMPLATE_FOLDER, content_policy, stylesheet
from amyloid.press.share.blocks import Block

TITLE = "AL amyloidosis: shared aggregates"
COHORT = "Cohort: "
LEFT_OUT = (
    "Swimmer plot, waterfall, laboratory courses and every list of patients: each line is one patient.",
    "Survival curves with a step for every event and marks for censored patients: "
    "they give back single times.",
    "Dates, minimum and maximum values, and free text of the input.",
    "The same response under a second version of the criteria: two tables side by side can give back "
    "what one of them hides.",
)


_PLACES = {"overall_survival": "time_to_event", "survival_by_group": "survival_by_group"}


def caption(number: int) -> str:
    """Return what stands below a figure."""
    return f"Figure {number}. Overall survival as points. {STAMPS['aggregates']}"


def opening(least: int, min_cell: int, asked: int, title: str | None) -> list[str]:
    """Return the sentences below the title: whose report it is, and the smallest count."""
    said = [f"{COHORT}{title}"] if title else []
    said += [
        "This report was built from aggregates for readers outside the center. "
        "It holds no line about a single patient.",
        f"The smallest count shown is {least}: no count below {min_cell} is shown, and every number stands "
        "for five counts or more.",
    ]
    if asked != min_cell:
        said.append(f"The run asked for {asked}; no report goes below {min_cell}.")
    return said


def shared_page(
    blocks: Sequence[Block], pictures: Mapping[str, tuple[bytes, str]], opening: Sequence[str]
) -> str:
    """Return the page."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER), autoescape=True, keep_trailing_newline=True
    )
    shown = [
        {
            "block": _PLACES[name],
            "png": base64.b64encode(picture).decode(),
            "alt": alt,
            "caption": caption(number),
        }
        for number, (name, (picture, alt)) in enumerate(pictures.items(), start=1)
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
