"""The house style: type, palette, and how each grade is drawn.

Ordered grades differ in lightness and only what is not evaluable is hatched; each meaning has a marker and a
line style of its own, so that a figure stays readable on a gray printer and for color-blind readers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
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
    "font.size": SMALL_PT, "axes.labelsize": TEXT_PT, "axes.titlesize": TEXT_PT + 0.5,
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
    "svg.hashsalt": "amyloid", "svg.fonttype": "none", "pdf.fonttype": 42, "path.simplify": True,
    "text.usetex": False,
    "text.hinting": "none", "text.parse_math": False,
}  # fmt: skip


@functools.cache
def _settings() -> Any:
    """Matplotlib settings of the house: the library's own, then ours, which begin with seaborn's ticks."""
    defaults = {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if not key.startswith("backend")}
    for key in ("interactive", "toolbar", "timezone", "webagg.address"):
        defaults.pop(key, None)
    return {**defaults, **_RC}


def house_style() -> AbstractContextManager[None]:
    """Settings of the house for a `with` block; only those that differ are set, which saves much time."""
    return mpl.rc_context({key: value for key, value in _settings().items() if mpl.rcParams[key] != value})


@dataclass(frozen=True)
class Look:
    """How one meaning is drawn: as an area, as a mark and as a line, and the words of the legend.

    `ink` is the color of a line or a mark, darker than an area where that would be too pale for it.
    """

    color: str
    words: str
    marker: str = "o"
    ink: str = ""
    hatch: str = ""
    dashes: Any = "-"

    @property
    def line(self) -> str:
        """Color of a line or a mark."""
        return self.ink or self.color


_LONG, _SHORT, _MIXED = (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5))
_YES, _NO = "#1f6091", "#eceae4"
_RUST, _GOLD = "#d55e00", "#c79a00"
LOOKS: dict[str, Look] = {
    "CR": Look("#08306b", "CR, complete", "D"),
    "VGPR": Look("#2b7bba", "VGPR, very good partial", "s", dashes=_MIXED),
    "PR": Look("#7db8da", "PR, partial", "o", "#3f9fd0", dashes=_LONG),
    "MR": Look("#bcd9ea", "MR, minor", "v", "#8fb8cf", dashes=_SHORT),
    "NR": Look(_NO, "NR, none", "X", _RUST, dashes=_LONG),
    "NE": Look("#ffffff", "NE, not evaluable", "P", FAINT, "////", _SHORT),
    "response": Look(_YES, "response", "D"),
    "no response": Look(_NO, "no response", "X", _RUST, dashes=_LONG),
    "yes": Look(_YES, "yes", "D"),
    "no": Look(_NO, "no", "X", _RUST, dashes=_LONG),
    "resolved": Look("#08306b", "resolved", "D"),
    "improved": Look("#3f9fd0", "improved", "o", dashes=_MIXED),
    "not improved": Look(_NO, "not improved", "X", _RUST, dashes=_LONG),
    "rise of": Look("#a63a00", "rise", "^"),
    "rise by less": Look("#f2c9a1", "smaller rise", "v", _RUST, dashes=_LONG),
    "progression": Look("#a63a00", "progression", "X", _RUST, dashes=_LONG),
    "renal progression": Look("#a63a00", "renal progression", "X", _RUST, dashes=_LONG),
    "relapse": Look(_RUST, "relapse or progression", "X", dashes=_LONG),
    "next": Look(_GOLD, "next treatment", "^", dashes=_MIXED),
    "transplant": Look("#8e5ea2", "transplant", "P", dashes=_SHORT),
    "dialysis": Look("#6d8b1f", "dialysis", "h", dashes=_MIXED),
    "death": Look("#222222", "death", "x", dashes=_SHORT),
    "heart involved": Look(_RUST, "heart involved", "D", dashes=_LONG),
    "heart not involved": Look(_YES, "heart not involved", "o"),
    "none": Look("#dfe8ee", "none", "o", MUTED),
}  # fmt: skip
"""One look for each meaning, in every figure and for every cohort; ordered grades grow paler."""
_STAGES = {
    "I": ("#fbe3cd", "#c98238", "-"), "II": ("#eeb582", "#a95c1c", _LONG),
    "III": ("#cf7a3c", "#7d3a10", _MIXED), "IIIa": ("#cf7a3c", "#7d3a10", _MIXED),
    "IIIb": ("#9c4a17", "#5a2307", _SHORT), "IV": ("#5a2307", "#2f1002", _SHORT),
}  # fmt: skip
LOOKS |= {
    name: Look(color, f"stage {name}", marker, ink, dashes=dashes)
    for (name, (color, ink, dashes)), marker in zip(_STAGES.items(), "o^sDvX", strict=True)
}
_SPARE = tuple(zip(("#3f2560", "#7d54a0", "#a98bc4", "#cdb9de", "#e9e0f1"), "ov^sD", strict=True))


def look_of(name: str) -> Look | None:
    """Look of a meaning: of its own name, of its stage, or of the longest known beginning of it."""
    bare = name.removeprefix("stage ")
    if bare in LOOKS:
        return LOOKS[bare]
    known = [key for key in LOOKS if key.islower() and name.casefold().startswith(f"{key} ")]
    return replace(LOOKS[max(known, key=len)], words=name) if known else None


def looks(levels: Iterable[str]) -> dict[str, Look]:
    """How each level is drawn; levels without a look of their own get shades in their order."""
    found: dict[str, Look] = {}
    unknown = 0
    for level in levels:
        look = look_of(level)
        if look is None:
            color, marker = _SPARE[unknown % len(_SPARE)]
            look = Look(color, level, marker, hatch=("", "xx", "..")[unknown // len(_SPARE) % 3])
            unknown += 1
        found[level] = look
    return found


def lines(names: Iterable[str]) -> dict[str, Look]:
    """How each curve is drawn: known meanings by their look, the others by their order."""
    found: dict[str, Look] = {}
    for name in names:
        color, dashes = LINES[sum(look_of(other) is None for other in found) % len(LINES)]
        marker = "oDs^v"[len(found) % 5]
        look = look_of(name) or Look(color, name, marker, dashes=dashes)
        found[name] = look if name in _STAGES else replace(look, words=name)
    return found


def in_order(levels: Iterable[Any]) -> list[str]:
    """Levels in clinical order: grades best first, then unknown ones as they come, not evaluable last.

    Unknown levels of a categorical column come in the order of its categories.
    """
    distinct = levels.unique() if isinstance(levels, pd.Series) else levels
    found = dict.fromkeys(str(level) for level in distinct if pd.notna(level))
    if isinstance(levels, pd.Series) and isinstance(levels.dtype, pd.CategoricalDtype):
        found = {name: None for name in map(str, levels.cat.categories) if name in found}
    known = [name for name in (*_STAGES, *LOOKS) if name in found and name != "NE"]
    known = list(dict.fromkeys(known))
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


def legible(color: str) -> str:
    """A color darkened until words in it can be read on white (a contrast of 4.5)."""
    channels = np.array(to_rgb(color))
    while 1.05 / (_luminance(channels) + 0.05) < 4.5:
        channels = channels * 0.95
    return to_hex(tuple(channels))


def _luminance(channels: np.ndarray) -> float:
    """Relative luminance of a color of the screen (WCAG 2)."""
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
