"""Find a Chromium that is already there; nothing is downloaded."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Options that keep it without a window and off the network."""


def find_chromium() -> Path | None:
    """Return the browser named in `AMYLOID_CHROMIUM`, or the first one on the path, or None."""
    named = os.environ.get("AMYLOID_CHROMIUM")
    for name in (named,) if named else NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None
