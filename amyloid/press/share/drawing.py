"""The one figure of a shared report: survival with as many corners as points that may be shown."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from amyloid.press.disclosure import png
from amyloid.press.share.blocks import ENDPOINTS

if TYPE_CHECKING:
    import pandas as pd


def survival_picture(curve: "pd.DataFrame") -> bytes:
    """Return the coarse curve as a PNG without metadata.

    Parameters
    ----------
    curve
        `time` (months), `survival`, `lower`, `upper` from `disclosure.coarsen`, two rows or more.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**mpl.rcParamsDefault, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(6.2, 3.6))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.14, 0.87, 0.82))
        axes.fill_between(
            curve["time"], 100 * curve["lower"], 100 * curve["upper"], step="post", color="#c9dfe8"
        )
        axes.step(curve["time"], 100 * curve["survival"], where="post", color="#0b5a73", linewidth=2)
        axes.plot(curve["time"], 100 * curve["survival"], "o", color="#0b5a73", markersize=5)
        axes.set(xlabel="Months from the first dose", ylabel="Alive, %", ylim=(0, 103), xlim=(0, None))
        axes.set_xticks(list(curve["time"]))
        axes.spines[["top", "right"]].set_visible(False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
    return png.strip(buffer.getvalue())


def survival_words(curve: "pd.DataFrame") -> str:
    """Return the alternative text of the picture, from the numbers that it shows."""
    points = ", ".join(
        f"{100 * point['survival']:.0f} % at month {point['time']:g}" for point in curve.to_dict("records")
    )
    return f"{ENDPOINTS['overall_survival']}, coarse steps: {points}."


def pictures(curves: Mapping[str, "pd.DataFrame"]) -> dict[str, tuple[bytes, str]]:
    """Return PNG and words of each figure by name; none when no step may be shown."""
    curve = curves.get("overall_survival")
    if curve is None or len(curve) < 2:
        return {}
    return {"overall_survival": (survival_picture(curve), survival_words(curve))}
