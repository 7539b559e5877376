"""An executed notebook and a run, invented for the tests of pages: figures, tables, hostile text."""

import base64
import struct
import zlib

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

HOSTILE = (
    "<script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "=cmd|' /C calc'!A0",
    "$$\\require{html}\\href{javascript:document.title='ran'}{x}$$",
    "![](patients.csv)",
    "[click](javascript:alert(1))",
    "\u202eevil\u202c",
    "</style><style>body{display:none}</style>",
    "<!-- ",
    "{{ 7 * 7 }}{% raw %}",
    "\x00\x08",
)
NAMES = ("01_cohort_description", "02_response", "03_durability")
ALT = "Survival falls from 1 to 0.25 over nine months"


def png(width=800, height=450):
    """Return a striped picture, written by hand so that no drawing library is needed."""
    rows = b"".join(
        b"\0" + bytes((x // 40 + y // 40) % 2 * 200 + 55 for x in range(width)) for y in range(height)
    )

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def shown(data, **metadata):
    return new_output("display_data", data={"text/plain": "plain", **data}, metadata=metadata)


def figure(picture):
    own = {"kind": "figure", "name": "survival", "label": "Figure 1", "title": "Survival of 43 patients"}
    own["caption"] = "Survival of 43 patients. All of them."
    return shown(
        {"image/png": base64.b64encode(picture).decode()}, **{"image/png": {"alt": ALT}, "amyloid": own}
    )


def table():
    import great_tables as gt

    frame = pd.DataFrame({"group": "Response", "grade": HOSTILE, "n": range(len(HOSTILE))})
    drawn = gt.GT(frame, rowname_col="grade", groupname_col="group", id="best")
    html = (
        drawn.tab_header("Best response", "33 evaluable").tab_source_note("Counts of patients.").as_raw_html()
    )
    return shown({"text/html": html}, amyloid={"kind": "table", "name": "best", "title": "Best response"})


def claims():
    frame = pd.DataFrame(
        {"id": ["C20", "C21"], "quantity": ["complete responses", "rate"], "agrees": ["agrees", "differs"]}
    )
    own = {"kind": "table", "name": "claims", "data": {"total": 2, "agree": 1, "others": ["C21 rate"]}}
    return shown({"text/html": frame.to_html(index=False)}, amyloid=own)


def answer():
    return shown(
        {"text/markdown": "**8 of 33** <b>reached</b> CR, as a landmark."}, amyloid={"kind": "answer"}
    )


def about():
    return shown({"text/markdown": "**43 patients**, treated with a drug."}, amyloid={"kind": "cohort"})


def kept(name, **data):
    """A table of the page's foot with what the notebook keeps beside it."""
    return shown(
        {"text/html": "<table><tr><td>Source</td><td>foot</td></tr></table>"},
        amyloid={"kind": "table", "name": name, "data": data},
    )


GLOSSARY = {"CR": "complete response", "landmark": "a month"}


def written(name, text):
    """A paragraph that the notebook wrote."""
    return shown({"text/markdown": text}, amyloid={"kind": "text", "name": name})


def notebook(name="02_response", picture=None):
    parameters = "cohort_dir = '../data/x'\nmin_cell = 11"
    injected = "# Parameters\ncohort_dir = '../data/My {cohort} \"2009\"'\nmin_cell = 12"
    return new_notebook(
        cells=[
            new_markdown_cell(
                f"# How many respond? ({name})\n\nThis page counts responses. It has one table. "
                "[Next](03_durability.ipynb), [paper](https://doi.org/10.1182/blood.V110), https://example.org/a"
            ),
            new_code_cell(parameters, metadata={"tags": ["parameters"]}, execution_count=1),
            new_code_cell(injected, metadata={"tags": ["injected-parameters"]}, execution_count=2),
            new_markdown_cell(
                "## Who is in it\n\n### In words\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
                + "\n\n".join(HOSTILE)
            ),
            new_code_cell(
                "book.figure()  # <b>draws</b>",
                execution_count=3,
                outputs=[
                    figure(picture or png()),
                    shown({"text/markdown": "*Figure 1.*"}, amyloid={"kind": "caption", "name": "survival"}),
                ],
            ),
            new_code_cell(
                "book.table()",
                execution_count=4,
                outputs=[
                    table(),
                    shown({"text/html": pd.DataFrame({"drug": HOSTILE}).to_html()}),
                    *(shown({"text/markdown": text}) for text in HOSTILE),
                    shown({"application/javascript": "document.title='ran'", "text/plain": HOSTILE[0]}),
                    shown({"image/svg+xml": "<svg onload=\"document.title='ran'\"/>"}),
                    new_output("stream", name="stdout", text=HOSTILE[0] + "\n"),
                ],
            ),
            new_markdown_cell("## Published against computed"),
            new_code_cell(
                "book.claims()",
                execution_count=5,
                outputs=[
                    answer(),
                    about(),
                    claims(),
                    written("note", "For the reader."),
                    written("methods", "**Methods.** As planned."),
                    written("results", "**Results.** *All* is well."),
                    kept("provenance", glossary=GLOSSARY),
                ],
            ),
        ]
    )


def write_run(folder, picture=None):
    """Write a run's notebooks into a folder and return it."""
    (folder / "notebooks").mkdir(parents=True)
    for name in NAMES:
        nbformat.write(notebook(name, picture), folder / "notebooks" / f"{name}.ipynb")
    return folder
