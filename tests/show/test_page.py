"""What a page's outputs say of themselves: label, title and caption apart, whatever words they hold."""

from pathlib import Path

import pandas as pd
import pytest

from amyloid.show import page
from amyloid.show.page import Page, Reading

RATES = pd.DataFrame({"category": ["CR"], "denominator": "all", "count": 1, "n": 2})
RATES = RATES.assign(estimate=0.5, lower=0.1, upper=0.9)


@pytest.fixture
def shown(monkeypatch) -> list[dict]:
    outputs: list[dict] = []
    monkeypatch.setattr(page, "display", lambda data, raw, metadata: outputs.append({**metadata, **data}))
    return outputs


@pytest.mark.parametrize("words", ["Figure 9 shows A vs. B, e.g. C. D", "No full stop", "Table 1. Twice."])
def test_label_title_and_caption_stand_apart(words: str, shown: list[dict], tmp_path: Path) -> None:
    show = Page("01_a", tmp_path, synthetic=True)
    for reading in (Reading("one", words, words), Reading("nothing", caption=words), Reading("two", words)):
        show.response_bars(RATES, reading)
        show.listing(RATES, reading)
    figures = [output for output in shown if output["amyloid"]["kind"] == "figure"]
    below = [output["text/plain"] for output in shown if output["amyloid"]["kind"] == "caption"]
    drawn = [output for output in shown if output["amyloid"]["kind"] == "table"]
    own = {"shareable": False, "title": words}
    captions = f"{words}. {words}", f"{words}."
    assert [output["amyloid"] for output in figures] == [
        {"kind": "figure", "name": name, "label": f"Figure {n}", "caption": caption, **own}
        for n, name, caption in zip((1, 2), ("one", "two"), captions, strict=True)
    ]
    assert below == [f"*Figure {n}. {caption}*" for n, caption in enumerate(captions, start=1)]
    assert [output["amyloid"] for output in drawn] == [
        {"kind": "table", "name": name, "label": f"Table {n}", **own}
        for n, name in enumerate(("one", "two"), start=1)
    ]
    assert [output["text/plain"] for output in drawn] == [f"Table {n}. {words}" for n in (1, 2)]
    assert len(shown) == 6
