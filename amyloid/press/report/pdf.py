"""Pages on paper, by a Chromium that is already there."""

import subprocess
from pathlib import Path

from amyloid.cohort.leftovers import temporary_folder
from amyloid.press.report.browser import QUIET, find_chromium

SECONDS = 180


class ExportError(Exception):
    """An export that cannot be made here; its text is for the user."""


def write_pdf(pages: Path, folder: Path) -> list[Path]:
    """Print every page of a report as A4 PDF.

    Parameters
    ----------
    pages
        The run's `html` folder.
    folder
        Existing folder; one `.pdf` per page is written into it.

    Returns
    -------
    list of Path
        The files that were written, in order.

    Raises
    ------
    ExportError
        If there is no Chromium, or it could not print a page.
    """
    chromium = find_chromium()
    if chromium is None:
        raise ExportError(
            "PDF needs a Chromium or Chrome on this computer; none was found. AMYLOID_CHROMIUM names one."
        )
    return [_print(chromium, page, folder / f"{page.stem}.pdf") for page in sorted(pages.glob("*.html"))]


def _print(chromium: Path, page: Path, target: Path) -> Path:
    with temporary_folder() as profile:
        call = [
            str(chromium),
            *QUIET,
            f"--user-data-dir={profile}",
            "--proxy-server=http://127.0.0.1:9",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target.resolve()}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(call, check=True, capture_output=True, timeout=SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
            raise ExportError(f"{page.name} could not be printed by {chromium.name}.") from fault
    if not target.is_file():
        raise ExportError(f"{page.name} could not be printed by {chromium.name}.")
    return target
