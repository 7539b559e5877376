"""Run a notebook's cells inside a test, on any cohort."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from notebook_cohorts import BOUNDARY_SUITE, EMBEDDED, TWO_REGIMENS, VARIANTS

from amyloid.press.runner.notebooks import source
from amyloid.show import page, plots


@pytest.fixture(scope="session")
def cohort_of(tmp_path_factory) -> Callable[[str], Path]:
    """Folder of a cohort by its name, written once."""
    made = {"embedded": EMBEDDED, "boundary_suite": BOUNDARY_SUITE, "two_regimens": TWO_REGIMENS}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            for table, frame in VARIANTS[name]().items():
                frame.to_csv(made[name] / f"{table}.csv", index=False)
            card = f'title = "{name}"\nsource = "A test"\nsynthetic = true\n'
            (made[name] / "cohort.toml").write_text(card, encoding="utf-8")
        return made[name]

    return folder


class _Words(HTMLParser):
    """The text of a page without its style sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)


@dataclass
class Ran:
    """What a notebook showed."""

    outputs: list[tuple[dict[str, Any], dict[str, Any], str]] = field(default_factory=list)
    panels: list[Any] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    results: Path = Path()

    def keep(self, data: dict[str, Any], *, raw: bool, metadata: dict[str, Any]) -> None:
        """Take an output in place of showing it."""
        assert raw
        self.outputs.append((metadata["amyloid"], data, metadata.get("image/png", {}).get("alt", "")))

    @property
    def said(self) -> list[str]:
        """Every sentence, and every cell of every table."""
        texts = []
        for _, data, alt in self.outputs:
            if "text/html" in data:
                words = _Words()
                words.feed(data["text/html"])
                texts.append(" ".join(words.words))
            texts += [data["text/markdown"]] if "text/markdown" in data else []
            texts += [alt] if alt else []
        return [re.sub(r"\s+", " ", text) for text in texts]


@pytest.fixture
def run_notebook(monkeypatch, tmp_path) -> Callable[..., Ran]:
    """Run a notebook's code cells on a cohort, with small pictures and without saving them."""

    def run(path: Path, cohort: Path, **parameters: object) -> Ran:
        ran = Ran(results=tmp_path / "notebooks" / "results" / f"{path.stem[:2]}.csv")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(page, "SCREEN_DPI", 20)
        monkeypatch.setattr(page, "display", ran.keep)
        monkeypatch.setattr(
            plots, "save", lambda panel, folder, name: ran.panels.append(panel), raising=False
        )
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec(compile(source(cell), path.stem, "exec"), ran.names)
            if "parameters" in cell["metadata"].get("tags", []):
                ran.names |= {"cohort_dir": str(cohort), "out_dir": str(tmp_path / "notebooks"), **parameters}
        return ran

    return run
