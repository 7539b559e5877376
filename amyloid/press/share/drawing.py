"""The one figure of a shared report: survival as the points that may be shown, and no line between them."""

import io
from collections.abc import Mapping, Sequence

from amyloid.press.disclosure import ALL, Point, Release, png
from amyloid.press.share.blocks import point_limits
from amyloid.press.share.counts import Counted
from amyloid.press.share.names import ENDPOINTS

_LOOKS = (("#0b5a73", "o"), ("#b3541e", "s"), ("#4b7d2d", "^"), ("#6f4a8e", "D"))
_APART_MONTHS = 0.4
"""Between two groups' points of one month, so that both intervals can be seen."""


def survival_picture(release: Release, curves: Mapping[str, Sequence[Point]], confidence: float) -> bytes:
    """Return the points of overall survival as a PNG without metadata."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**mpl.rcParamsDefault, "font.family": "DejaVu Sans", "text.parse_math": False}):
        figure = Figure(figsize=(6.2, 3.6))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.14, 0.87, 0.82))
        axes.plot([0], [100], "o", color="#333333", markersize=5, label="_start")
        for number, (name, points) in enumerate(curves.items()):
            color, marker = _LOOKS[number % len(_LOOKS)]
            shift = _APART_MONTHS * number
            for point in points:
                limits = point_limits(release, point, confidence)
                if limits:
                    axes.vlines(point.month + shift, 100 * limits[0], 100 * limits[1], color=color, alpha=0.5)
            months = [point.month + shift for point in points]
            shares = [100 * point.share for point in points]
            axes.plot(months, shares, marker, color=color, markersize=6, label=name)
        ticks = {point.month for points in curves.values() for point in points}
        axes.set(xlabel="Months from the first dose", ylabel="Alive, %", ylim=(0, 103), xlim=(-1, None))
        axes.set_xticks([0, *sorted(ticks)])
        axes.spines[["top", "right"]].set_visible(False)
        if set(curves) != {ALL}:
            axes.legend(frameon=False, loc="lower left")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
    return png.strip(buffer.getvalue())


def survival_words(curves: Mapping[str, Sequence[Point]]) -> str:
    """Return the alternative text of the picture, from the numbers that it shows."""
    said = []
    for name, points in curves.items():
        shares = ", ".join(f"{100 * point.share:.0f} % at month {point.month:g}" for point in points)
        said.append(f"{name}: {shares}" if name else shares)
    return f"{ENDPOINTS['overall_survival']} as points: {'; '.join(said)}."


def pictures(counted: Counted, names: Sequence[str], confidence: float) -> dict[str, tuple[bytes, str]]:
    """Return PNG and words of each figure by name; none when no point may be shown."""
    found = {}
    curves = counted.curves.get("overall_survival")
    for key, columns in (("overall_survival", [ALL]), ("survival_by_group", names)):
        shown = {name: curves.points[name] for name in columns if curves and curves.points[name]}
        if shown:
            picture = survival_picture(counted.release, shown, confidence)
            found[key] = (picture, survival_words(shown))
    return found
