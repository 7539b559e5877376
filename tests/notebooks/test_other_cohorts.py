"""Pages speak of the cohort that they show: no word of the embedded one on another's."""

import json
import re

import pytest
from notebook_cohorts import NOTEBOOKS, PROJECT

ORDINARY = PROJECT / "tests" / "cases" / "ordinary-centre"
EMBEDDED_WORDS = re.compile(r"lenalidomide|\babstract\b|reconstruct|\b43 patients|forty-three|LEN-\d", re.I)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_markdown_cells_hold_for_any_cohort(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            assert not EMBEDDED_WORDS.search("".join(cell["source"]))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_of_the_embedded_cohort_is_said_of_an_ordinary_centre(path, run_notebook):
    ran = run_notebook(path, ORDINARY)
    citations = "Data, criteria and versions behind this page"  # where papers are named as they are
    for text in ran.said:
        assert text.strip().startswith(citations) or not EMBEDDED_WORDS.search(text), text
    assert [own["kind"] for own, _, _ in ran.outputs].count("answer") == 1
