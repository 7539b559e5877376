"""Files on disk: the same bytes, no date, no formula."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from amyloid.show import plots
from amyloid.show.plots import panel
from amyloid.show.plots.panel import steady_ids
from amyloid.show.plots.sheet import Sheet
from amyloid.show.tables import defused

Draw = Callable[[int], plots.Panel]


def test_four_files_the_same_twice(figures: dict[str, Draw], tmp_path: Path) -> None:
    first = plots.save(figures["mosaic"](43), tmp_path / "a", "mosaic")
    second = plots.save(figures["mosaic"](43), tmp_path / "b", "mosaic")
    assert sorted(first) == ["csv", "pdf", "png", "svg"]
    for ending in first:
        assert first[ending].read_bytes() == second[ending].read_bytes(), ending


def test_nothing_says_when_or_with_what(figures: dict[str, Draw], tmp_path: Path) -> None:
    paths = plots.save(figures["forest"](5), tmp_path, "forest")
    svg = paths["svg"].read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert "Matplotlib v" not in svg
    assert "<dc:title>forest</dc:title>" in svg.replace("\n", "").replace("    ", "")
    pdf = paths["pdf"].read_bytes()
    assert b"CreationDate" not in pdf
    assert b"Matplotlib" not in pdf
    png = paths["png"].read_bytes()
    assert b"Software" not in png
    assert b"tEXt" not in png


def test_text_stays_text_in_svg_and_pdf(figures: dict[str, Draw], tmp_path: Path) -> None:
    paths = plots.save(figures["survival"](43), tmp_path, "curve")
    svg = paths["svg"].read_text(encoding="utf-8")
    assert ">Months from first dose</text>" in svg
    assert "DejaVu Sans" in svg
    pdf = paths["pdf"].read_bytes()
    assert b"/Subtype /Type0" in pdf or b"/Subtype /TrueType" in pdf
    assert b"/Type3" not in pdf


def test_a_pdf_from_small_fonts_is_the_one_from_whole_fonts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {
        "latin": "fifty \N{LESS-THAN OR EQUAL TO} 50%",
        "others": "\N{CYRILLIC CAPITAL LETTER ZHE} fifty",
    }
    sheets = {name: Sheet(False, 85, ()).words(sentence) for name, sentence in words.items()}
    small = {name: plots.save(sheet, tmp_path / "small", name)["pdf"] for name, sheet in sheets.items()}
    panel._small_font.cache_clear()
    monkeypatch.setattr(panel, "_SIGNS", frozenset())  # then every letter comes from the whole font
    whole = {name: plots.save(sheet, tmp_path / "whole", name)["pdf"] for name, sheet in sheets.items()}
    panel._small_font.cache_clear()
    for name in words:
        assert small[name].read_bytes() == whole[name].read_bytes(), name


def test_png_is_a_journal_column_at_300_dots_per_inch(figures: dict[str, Draw], tmp_path: Path) -> None:
    png = plots.save(figures["log_log"](43, width=85), tmp_path, "half")["png"].read_bytes()
    assert abs(int.from_bytes(png[16:20], "big") - 85 / 25.4 * 300) < 2


def test_the_page_shows_the_saved_picture_at_half_its_size(figures: dict[str, Draw], tmp_path: Path) -> None:
    panel = figures["forest"](5)
    with Image.open(plots.save(panel, tmp_path, "forest")["png"]) as saved:
        assert saved.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        half = saved.reduce(2)
    with Image.open(io.BytesIO(plots.png(panel, 150))) as shown:
        assert shown.info["dpi"] == pytest.approx((150, 150), abs=0.1)
        assert shown.tobytes() == half.tobytes()


def test_every_file_of_a_figure_has_one_layout(figures: dict[str, Draw], tmp_path: Path) -> None:
    panel = figures["survival"](43)
    plots.save(panel, tmp_path, "curve")
    placed = [ax.get_position().bounds for ax in panel.axes]
    panel.savefig(io.BytesIO(), format="png", dpi=40)
    assert [ax.get_position().bounds for ax in panel.axes] == placed


def test_csv_holds_what_is_drawn_in_ten_digits(tmp_path: Path) -> None:
    panel = Sheet(False, 85, ()).words("Nothing.")
    frame = pd.DataFrame({"share": [1 / 3], "name": ["é"], "n": [8]})
    panel.plotted = frame
    raw = plots.save(panel, tmp_path, "numbers")["csv"].read_bytes()
    assert raw == "share,name,n\n0.3333333333,é,8\n".encode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_cannot_act_as_a_formula(start: str) -> None:
    frame = pd.DataFrame({f"{start}head": [f"{start}1+1", "plain"], "number": [-1.0, 2.0]})
    safe = defused(frame)
    assert safe.columns[0] == f"'{start}head"
    assert safe.iloc[:, 0].tolist() == [f"'{start}1+1", "plain"]
    assert safe["number"].tolist() == [-1.0, 2.0]


def test_categories_are_defused_too() -> None:
    frame = pd.DataFrame({"patient_id": pd.Categorical(["=A1", None])})
    assert defused(frame)["patient_id"].tolist()[0] == "'=A1"


def test_a_name_with_a_folder_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no folder"):
        plots.save(Sheet(False, 85, ()).words("Nothing."), tmp_path, "../escape")


def test_clip_paths_are_named_by_their_order():
    drawn = '<g clip-path="url(#{a})"/><g clip-path="url(#{b})"/><clipPath id="{b}"/><clipPath id="{a}"/>'
    one = steady_ids(drawn.format(a="p0123456789", b="pabcdef0123"))
    two = steady_ids(drawn.format(a="pfedcba9876", b="p9999999999"))
    assert one == two == drawn.format(a="clip0", b="clip1")
