"""What every figure owes its reader, whatever the cohort and the width."""

import doctest
import importlib
import inspect
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from amyloid.show import plots
from amyloid.show.plots.sheet import WIDTHS, Sheet
from amyloid.show.plots.style import LINES, LOOKS, legible, lines, looks
from amyloid.show.text import STAMP

Draw = Callable[..., plots.Panel]
LEAST_PT = 6.0
MODULES = sorted({getattr(plots, name).__module__ for name in plots.FIGURES})


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("n", [1, 8, 43, pytest.param(300, marks=pytest.mark.slow)])
def test_nothing_collides_and_everything_can_be_read(
    draw: Draw,
    n: int,
    width: int,
    collisions: Callable[[plots.Panel], list[str]],
    visible_texts: Callable[[plots.Panel], list[Text]],
) -> None:
    panel = draw(n, width=width)
    assert collisions(panel) == []
    assert {t.get_text(): t.get_fontsize() for t in visible_texts(panel) if t.get_fontsize() < LEAST_PT} == {}
    assert panel.get_suptitle() == "", "the caption has the title"
    assert round(panel.get_figwidth() * 25.4, 6) == width
    assert panel.get_figheight() * 25.4 <= 260, "taller than a page"
    assert len(panel.plotted) > 0
    assert "nan" not in panel.alt.lower()
    assert panel.alt.endswith(".")
    assert panel.words == "" or n <= 8


def test_nobody_gives_a_sentence_and_no_axis(draw: Draw) -> None:
    panel = draw(0)
    assert panel.words.endswith(".")
    assert [ax for ax in panel.axes if ax.axison] == []
    assert panel.words in " ".join(text.get_text() for text in panel.axes[0].texts).replace("\n", " ")
    assert panel.alt.startswith(f"No figure: {panel.words}")


def test_axes_of_the_readers_own_are_drawn_into(draw: Draw) -> None:
    alone = draw(43)
    shown = [ax for ax in alone.axes if ax.axison or ax.texts]
    name = inspect.getclosurevars(draw).globals and draw.__code__.co_names[1]
    several = "axes" in inspect.signature(getattr(plots, name)).parameters
    panels = len(alone.axes) if name == "upset" else len(shown)
    own = Figure(figsize=(7, 3 * panels), layout="constrained")
    given = own.subplots(panels, 1, squeeze=False)[:, 0]
    back = draw(43, axes=given) if several else draw(43, ax=given[0])
    assert np.ravel(np.array(back, dtype=object)).tolist() == given.tolist()
    assert own.axes == given.tolist()
    for ax, there in zip(given, alone.axes if name == "upset" else shown, strict=True):
        assert ax.axison == there.axison
        marks = [len(one.lines) + len(one.patches) + len(one.collections) > 0 for one in (ax, there)]
        assert marks[0] == marks[1]
    own.savefig(Path("/dev/null"), format="svg")


def test_too_few_axes_are_refused() -> None:
    curve = pd.DataFrame({"group": "a", "time": [1.0, 2.0], "at_risk": [6, 5], "events": 1, "censored": 0})
    curve = curve.assign(survival=[0.8, 0.6], lower=0.1, upper=0.9)
    with pytest.raises(ValueError, match="draws 2 panels, and `axes` holds 1"):
        plots.survival_pair(curve, curve, titles=("one", "other"), axes=[Figure().subplots()])


@pytest.mark.parametrize("name", [name for name in plots.FIGURES if name not in ("patient", "upset")])
def test_a_missing_column_is_named_once_with_those_that_are_needed(name: str) -> None:
    own = next(iter(inspect.signature(getattr(plots, name)).parameters))
    with pytest.raises(plots.ColumnsError, match=rf"^{name}: the frame `{own}` lacks (\w+, )*\w+\. It needs"):
        getattr(plots, name)(pd.DataFrame({"other": [1]}), *[pd.DataFrame()] * 2)


def test_columns_that_are_there_are_not_asked_for() -> None:
    with pytest.raises(plots.ColumnsError, match=r"lacks change, category\. .* it has patient_id, x\.$"):
        plots.waterfall(pd.DataFrame({"patient_id": ["a"], "x": [1.0]}))


@pytest.mark.parametrize("module", MODULES)
def test_the_example_in_each_docstring_runs(module: str) -> None:
    there = importlib.import_module(module)
    own = [name for name in plots.FIGURES if getattr(plots, name).__module__ == module]
    for name in own:
        found = doctest.DocTestFinder().find(getattr(there, name), name, globs=vars(there).copy())
        assert [len(test.examples) > 0 for test in found] == [True], name
        assert doctest.DocTestRunner(verbose=False).run(found[0]).failed == 0


def test_what_all_figures_share_stands_in_each_docstring_and_signature() -> None:
    for name in plots.FIGURES:
        draw = getattr(plots, name)
        shared = set(inspect.signature(draw).parameters) & {"synthetic", "width", "ax", "axes"}
        assert len(shared) == 3, name
        for heading in ("Parameters\n", "width : 85 or 170\n", "Returns\n", "Examples\n"):
            assert draw.__doc__.count(f"    {heading}") == 1, (name, heading)


def test_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="85 or 170 mm"):
        plots.upset(pd.DataFrame({"heart": [True]}), width=90)


def test_a_registry_does_not_hang(figures: dict[str, Draw]) -> None:
    for name in ("survival", "cumulative_incidence", "availability", "upset", "criteria_grid", "waterfall"):
        assert figures[name](20_000).words == ""


def test_stamp_stands_on_the_synthetic_ones_only(figures: dict[str, Draw]) -> None:
    def footer(name: str) -> str:
        return " ".join(text.get_text() for text in figures[name](43).texts if text.get_gid() == "footer")

    assert STAMP in footer("swimmer")
    assert STAMP in figures["swimmer"](43).alt
    assert STAMP not in footer("follow_up")


def test_words_carry_the_stamp() -> None:
    panel = Sheet(True, 85, ()).words("There are no renal data.")
    assert STAMP in panel.alt
    assert panel.plotted["note"].tolist() == ["There are no renal data."]


def test_the_readers_own_settings_change_nothing(figures: dict[str, Draw], tmp_path: Path) -> None:
    plain = plots.save(figures["forest"](43), tmp_path, "plain")["png"].read_bytes()
    with mpl.rc_context(
        {"font.size": 20, "axes.facecolor": "red", "savefig.bbox": "tight", "lines.linewidth": 9}
    ):
        odd = plots.save(figures["forest"](43), tmp_path, "odd")["png"].read_bytes()
    assert plain == odd


def lightness(color: str) -> float:
    """Relative luminance as a gray printer gives it."""
    return float(np.dot(to_rgb(color), [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize(
    "grades",
    [("CR", "VGPR", "PR", "MR", "NR"), ("I", "II", "III", "IV"), ("I", "II", "IIIa", "IIIb"),
     ("response", "no response"), ("yes", "no"), ("rise of", "rise by less")],
)  # fmt: skip
def test_ordered_grades_grow_paler_or_darker_step_by_step(grades: tuple[str, ...]) -> None:
    steps = np.diff([lightness(LOOKS[grade].color) for grade in grades])
    assert (np.abs(steps) > 0.07).all()
    assert len(set(np.sign(steps))) == 1
    assert {LOOKS[grade].hatch for grade in grades} == {""}


def test_not_evaluable_is_like_no_grade_in_gray() -> None:
    assert LOOKS["NE"].hatch
    assert LOOKS["NE"].color == "#ffffff"
    others = [look for name, look in LOOKS.items() if name != "NE"]
    assert all(look.hatch == "" and lightness(look.color) < 0.93 for look in others)


def test_lines_and_marks_can_be_seen_and_told_apart_without_color() -> None:
    assert all(lightness(look.line) < 0.75 for look in LOOKS.values())
    assert len({str(dashes) for _, dashes in LINES}) == len(LINES)
    for pair in (("response", "no response"), ("I", "II", "IIIa", "IIIb"), ("relapse", "death")):
        worn = [LOOKS[name] for name in pair]
        assert len({str(look.dashes) for look in worn}) == len({look.marker for look in worn}) == len(pair)


def test_names_of_lines_can_be_read() -> None:
    for look in LOOKS.values():
        channels = to_rgb(legible(look.line))
        red, green, blue = (((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in channels)
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5
    assert legible("#08306b") == "#08306b"


@pytest.mark.parametrize("worn", [looks, lines])
def test_a_meaning_has_its_look_whatever_else_is_drawn(worn: Callable[..., dict[str, object]]) -> None:
    several = ["resolved", "improved by half or more", "not improved by half", "death without response", "II"]
    together = worn(several)
    for name in several:
        assert worn([name, "other"])[name] == together[name]
    assert len({(look.line, look.marker) for look in together.values()}) == len(several)
    for one, other in pairwise(together.values()):
        assert one != other


def test_a_figure_never_asks_for_a_statistic() -> None:
    words = [inspect.getsource(importlib.import_module(module)) for module in MODULES]
    calls = (".median(", ".mean(", ".quantile(", ".std(", "np.percentile", ".fit(")
    assert [call for source in words for call in calls if call in source.replace("row.mean()", "")] == []
