"""What every figure owes its reader, whatever the cohort."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from amyloid.show import plots
from amyloid.show.plots.canvas import STAMP, WIDTH_MM

Draw = Callable[[int], plots.Panel]


@pytest.mark.parametrize("n", [1, 43, pytest.param(300, marks=pytest.mark.slow)])
def test_one_patient_the_cohort_and_three_hundred(
    draw: Draw,
    n: int,
    collisions: Callable[[plots.Panel], list[str]],
    visible_texts: Callable[[plots.Panel], list[Text]],
) -> None:
    panel = draw(n)
    assert collisions(panel) == []
    assert {t.get_text(): t.get_fontsize() for t in visible_texts(panel) if t.get_fontsize() < 7.0} == {}
    assert panel.get_suptitle()
    assert round(panel.get_figwidth() * 25.4, 6) in WIDTH_MM.values()
    assert panel.get_figheight() * 25.4 <= 247, "taller than a page"
    assert len(panel.plotted) > 0
    assert "nan" not in panel.alt.lower()
    assert panel.alt.endswith(".")
    assert panel.words == "" or n == 1


def test_nobody_gives_a_sentence_and_no_axis(draw: Draw) -> None:
    panel = draw(0)
    assert panel.words.endswith(".")
    assert [ax for ax in panel.axes if ax.axison] == []
    assert panel.words in " ".join(text.get_text() for text in panel.axes[0].texts).replace("\n", " ")
    assert panel.alt.startswith(f"No figure: {panel.words}")


@pytest.mark.parametrize("name", ["waterfall", "courses", "swimmer", "remissions", "follow_up", "paired"])
def test_a_crowd_is_drawn_in_part_and_the_footer_says_so(figures: dict[str, Draw], name: str) -> None:
    panel = figures[name](2000)
    footer = next(text.get_text() for text in panel.texts if text.get_gid() == "footer")
    assert "150 of 2,000 patients drawn" in footer.replace("\n", " ")


def test_a_registry_does_not_hang(figures: dict[str, Draw]) -> None:
    for name in ("survival", "cumulative_incidence", "availability", "upset", "criteria_grid"):
        assert figures[name](20_000).words == ""


def test_stamp_stands_on_the_synthetic_ones_only(figures: dict[str, Draw]) -> None:
    def footer(name: str) -> str:
        return " ".join(text.get_text() for text in figures[name](43).texts if text.get_gid() == "footer")

    assert STAMP in footer("swimmer")
    assert STAMP in figures["swimmer"](43).alt
    assert STAMP not in footer("follow_up")


def test_words_carry_the_stamp() -> None:
    panel = plots.words("There are no renal data.", title="Renal response", synthetic=True)
    assert STAMP in panel.alt
    assert panel.plotted["note"].tolist() == ["There are no renal data."]


def test_the_readers_own_settings_change_nothing(figures: dict[str, Draw], tmp_path: Path) -> None:
    import matplotlib as mpl

    plain = plots.save(figures["forest"](43), tmp_path, "plain")["png"].read_bytes()
    with mpl.rc_context(
        {"font.size": 20, "axes.facecolor": "red", "savefig.bbox": "tight", "lines.linewidth": 9}
    ):
        odd = plots.save(figures["forest"](43), tmp_path, "odd")["png"].read_bytes()
    assert plain == odd


def test_grades_differ_in_lightness() -> None:
    from matplotlib.colors import to_rgb

    from amyloid.show.plots.style import LINES, LOOKS

    def lightness(color: str) -> float:
        return float(np.dot(to_rgb(color), [0.2126, 0.7152, 0.0722]))

    fills = [(lightness(LOOKS[k].color), LOOKS[k].hatch) for k in ("CR", "VGPR", "PR", "MR", "NR", "NE")]
    for (a, hatch_a), (b, hatch_b) in pairwise(fills):
        assert b - a > 0.05 or hatch_a != hatch_b
    assert len({str(dashes) for _, dashes in LINES}) == len(LINES)
    assert math.isclose(lightness("#ffffff"), 1.0)
