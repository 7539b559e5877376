"""Outputs of a notebook: figure, table, sentence; each says in its metadata what it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from IPython.display import display

from amyloid.show.plots import Panel, Width, png

SCREEN_DPI: Final = 150
"""Pixels per inch of the picture in the notebook; the saved PNG has 300."""


def numbers_only() -> bool:
    """Whether this run keeps numbers only and draws no figure; the runner says so in the environment."""
    return os.environ.get("AMYLOID_NUMBERS_ONLY") == "1"


def width() -> Width:
    """Millimeters of this run's figures, a column or a page of a journal; the runner says so too."""
    return 85 if os.environ.get("AMYLOID_WIDTH") == "85" else 170


def show_figure(panel: Panel, name: str, caption: str, *, shareable: bool) -> None:
    """Show a figure as PNG, with its alt text, and its caption below."""
    own = _own("figure", name, shareable, caption)
    _show({"image/png": png(panel, SCREEN_DPI), "text/plain": f"Figure: {panel.alt}"}, own, alt=panel.alt)
    show_text(f"*{caption}*", kind="caption", name=name, shareable=shareable)


def show_no_figure(name: str, words: str, *, shareable: bool) -> None:
    """Say in words why a figure was not drawn; a run does not miss it then."""
    show_text(words, kind="no_figure", name=name, shareable=shareable)


def show_table(
    html: str, words: str, name: str, caption: str, *, shareable: bool, data: Mapping[str, Any] | None = None
) -> None:
    """Show a table as HTML; `data` are the values of it that the index of a run repeats."""
    own = _own("table", name, shareable, caption) | ({"data": dict(data)} if data else {})
    _show({"text/html": html, "text/plain": words}, own)


def show_text(
    text: str,
    *,
    kind: str = "text",
    name: str = "",
    shareable: bool = False,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Show Markdown."""
    own = _own(kind, name, shareable) | ({"data": dict(data)} if data else {})
    _show({"text/markdown": text, "text/plain": text}, own)


def _own(kind: str, name: str, shareable: bool, caption: str = "") -> dict[str, Any]:
    own: dict[str, Any] = {"kind": kind, "name": name, "shareable": shareable}
    return own | ({"caption": caption} if caption else {})


def _show(data: Mapping[str, Any], own: dict[str, Any], alt: str = "") -> None:
    metadata: dict[str, Any] = {"amyloid": own}
    if alt:
        metadata["image/png"] = {"alt": alt}
    display(dict(data), raw=True, metadata=metadata)  # type: ignore[no-untyped-call]
