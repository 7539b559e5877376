"""The house style: type, palette, and how each grade is drawn.

Colors differ in lightness as well as in hue, and each level has a hatch, a marker or a line style of
its own, so that a figure stays readable on a gray printer and for color-blind readers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import pandas as pd
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Patch

INK, MUTED, FAINT = "#222222", "#5f5f5f", "#b8b8b8"
TEXT_PT, SMALL_PT, TITLE_PT = 7.5, 7.0, 9.0
LINES: tuple[tuple[str, Any], ...] = (
    ("#10375c", "-"), ("#d55e00", (0, (5, 1.5))), ("#3f9fd0", (0, (5, 1.5, 1, 1.5))),
    ("#7a3b8f", (0, (1, 1))), ("#8a8a2b", (0, (8, 2, 2, 2))),
)  # fmt: skip
CHIP = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"}
"""White ground under a number that stands on a color or a hatch."""
SHADES: tuple[str, ...] = ("#f2f2ee", "#cfe1ec", "#93bfd9", "#4f93bd", "#1f6091", "#0b3154")

_RC: dict[str, Any] = {
    "axes.axisbelow": True, "grid.color": ".8", "lines.solid_capstyle": "round",
    "patch.edgecolor": "w", "patch.force_edgecolor": True,
    "font.family": ["sans-serif"], "font.sans-serif": ["DejaVu Sans"], "mathtext.fontset": "dejavusans",
    "font.size": TEXT_PT, "axes.labelsize": TEXT_PT, "axes.titlesize": TEXT_PT + 0.5,
    "xtick.labelsize": SMALL_PT, "ytick.labelsize": SMALL_PT, "legend.fontsize": SMALL_PT,
    "legend.title_fontsize": SMALL_PT, "figure.titlesize": TITLE_PT, "axes.titlelocation": "left",
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.linewidth": 0.6, "lines.linewidth": 1.3, "patch.linewidth": 0.5,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5,
    "ytick.major.size": 2.5, "ytick.minor.size": 1.5, "ytick.minor.width": 0.4,
    "hatch.linewidth": 0.5, "hatch.color": INK, "legend.frameon": False, "axes.spines.top": False,
    "axes.spines.right": False, "axes.unicode_minus": True, "figure.dpi": 100, "savefig.dpi": 300,
    "figure.constrained_layout.h_pad": 0.03, "figure.constrained_layout.w_pad": 0.03,
    "savefig.bbox": None, "figure.facecolor": "white", "savefig.facecolor": "white",
    "svg.hashsalt": "amyloid", "svg.fonttype": "path", "path.simplify": True, "text.usetex": False,
    "text.hinting": "none", "text.parse_math": False,
}  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")


@functools.cache
def settings() -> Any:
    """Matplotlib settings of the house: the library's own, then ours, which begin with seaborn's ticks."""
    defaults = {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if not key.startswith("backend")}
    for key in ("interactive", "toolbar", "timezone", "webagg.address"):
        defaults.pop(key, None)
    return {**defaults, **_RC}


def house_style(function: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function under the house settings, whatever the reader's own are."""

    @functools.wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> T:
        with mpl.rc_context(settings()):
            return function(*args, **kwargs)

    return styled


@dataclass(frozen=True)
class Look:
    """How one level is drawn: fill, hatch, marker, and the words of the legend."""

    color: str
    hatch: str
    marker: str
    words: str


LOOKS: dict[str, Look] = {
    "CR": Look("#0b3154", "", "D", "CR, complete"),
    "VGPR": Look("#2f7aa8", "", "s", "VGPR, very good partial"),
    "PR": Look("#7fb8d6", "\\\\\\\\", "o", "PR, partial"),
    "MR": Look("#c9e0ec", "....", "v", "MR, minor"),
    "NR": Look("#f3e7cf", "", "X", "NR, none"),
    "NE": Look("#ffffff", "////", "P", "NE, not evaluable"),
    "response": Look("#1f6091", "", "D", "response"),
    "no response": Look("#f3e7cf", "", "X", "no response"),
    "progression": Look("#a63a00", "xxxx", "X", "progression"),
    "none": Look("#dfe8ee", "", "o", "none"),
    "yes": Look("#1f6091", "", "D", "yes"),
    "no": Look("#f3e7cf", "", "X", "no"),
}
_STAGES = ("#fbe6d4", "#f2bf92", "#dd8a52", "#c86f38", "#a3501f", "#6a2d0b")
LOOKS |= {
    name: Look(color, hatch, "o", f"stage {name}")
    for name, color, hatch in zip(
        ("I", "II", "III", "IIIa", "IIIb", "IV"),
        _STAGES,
        ("", "....", "", "\\\\\\\\", "xxxx", ""),
        strict=True,
    )
}
_SPARE = ("#3f2560", "#7d54a0", "#b493c9", "#dfcfe8", "#f4eef7")


def looks(levels: Iterable[str]) -> dict[str, Look]:
    """How each level is drawn; levels that have no look of their own get shades in their order."""
    spare = [
        (color, hatch, marker)
        for hatches in (("", "\\\\\\\\", "", "....", ""), ("xx", "", "--", "", "oo"))
        for color, hatch, marker in zip(_SPARE, hatches, "ov^sD", strict=True)
    ]
    found: dict[str, Look] = {}
    unknown = 0
    for level in levels:
        if level in LOOKS:
            found[level] = LOOKS[level]
        else:
            found[level] = Look(*spare[unknown % len(spare)], level)
            unknown += 1
    return found


def in_order(levels: Iterable[Any]) -> list[str]:
    """Levels in clinical order: grades best first, then unknown ones as they come, not evaluable last.

    Unknown levels of a categorical column come in the order of its categories.
    """
    found = dict.fromkeys(str(level) for level in levels if pd.notna(level))
    if isinstance(levels, pd.Series) and isinstance(levels.dtype, pd.CategoricalDtype):
        found = {name: None for name in map(str, levels.cat.categories) if name in found}
    known = [name for name in LOOKS if name in found and name != "NE"]
    other = [name for name in found if name not in LOOKS]
    return known + other + (["NE"] if "NE" in found else [])


def level_patches(drawn: Mapping[str, Look]) -> list[Patch]:
    """Legend entries of levels drawn as areas."""
    return [
        Patch(facecolor=one.color, hatch=one.hatch, edgecolor=INK, lw=0.5, label=one.words)
        for one in drawn.values()
    ]


def pale(color: str) -> str:
    """A color mixed with white, for the part of a line that few patients carry."""
    red, green, blue = (1 - 0.45 * (1 - channel) for channel in to_rgb(color))
    return to_hex((red, green, blue))
