"""What stands in the repository: no place of a machine, no address of a registry, nothing heavy."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MACHINE = re.compile(r"(?<![\w.\-/])/(work|tmp|root)/[\w.-]+")
PERSON = re.compile(r"(?<![\w.\-/])/(home|Users)/[\w.-]+")
REGISTRY = re.compile(r"pypi[.]org|python[h]osted|registry[.]npmjs|deb[.]debian")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".cff", ".ipynb"}
BINARY = {".png", ".xlsx", ".parquet", ".zip", ".gz", ".docx", ".woff2"}
HEAVY_BYTES = 3_000_000


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    paths = [PROJECT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {
        str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8", errors="replace")
        for path in tracked()
        if path.suffix not in BINARY
    }


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine path", "registry address"])
def test_no_place_and_no_registry_stands_in_a_file(texts, pattern):
    found = {name: match.group() for name, text in texts.items() if (match := pattern.search(text))}
    assert found == {}


def test_no_home_folder_stands_outside_the_tests(texts):
    found = {
        name: match.group()
        for name, text in texts.items()
        if not name.startswith("tests/") and (match := PERSON.search(text))
    }
    assert found == {}


def test_no_file_is_heavy():
    heavy = [str(p.relative_to(PROJECT)) for p in tracked() if p.stat().st_size > HEAVY_BYTES]
    assert heavy == []


def test_text_files_end_with_a_line_feed_and_use_no_carriage_return():
    odd = []
    for path in tracked():
        if (
            path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".cff", ".ipynb"}
            or path.name == "Makefile"
        ):
            content = path.read_bytes()
            if b"\r\n" in content or (content and not content.endswith(b"\n")):
                odd.append(str(path.relative_to(PROJECT)))
    assert odd == []
