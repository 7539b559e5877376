"""The files of a reconstruction, as text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from amyloid.synthetic.assemble import Reconstruction, Rows


def file_texts(reconstruction: Reconstruction) -> dict[str, str]:
    """Return the text of every file by its name: four tables as CSV with plain line feeds, and the card."""
    texts = {f"{name}.csv": _csv(rows) for name, rows in reconstruction.tables.items()}
    return {**texts, "cohort.toml": reconstruction.card}


def write_files(reconstruction: Reconstruction, folder: Path) -> None:
    """Write the five files of a cohort into a folder that exists."""
    for name, text in file_texts(reconstruction).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _csv(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
