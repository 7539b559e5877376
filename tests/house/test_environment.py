"""The lock, the conda file and the package's metadata say the same; every license is permissive."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
META = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = (PROJECT / "environment.yml").read_text(encoding="utf-8")
PINNED = re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)(?: ; (.*?))? \\$", LOCK, re.MULTILINE)
PERMISSIVE = re.compile(
    r"MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|HPND|Zlib|CC0|Unlicense", re.I
)
COPYLEFT = re.compile(r"GPL|General Public|EUPL|SSPL|CC-BY-SA|CC-BY-NC|Commons Clause", re.IGNORECASE)


def test_every_requirement_of_the_package_is_locked_in_range():
    extras = [line for lines in META["optional-dependencies"].values() for line in lines]
    for line in [*META["dependencies"], *extras]:
        wanted = Requirement(line)
        versions = [version for name, version, _ in PINNED if name == canonicalize_name(wanted.name)]
        assert versions, f"{wanted.name} is not in requirements.lock"
        assert all(wanted.specifier.contains(version) for version in versions), line


def test_the_lock_pins_with_hashes_and_holds_no_address():
    lines = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(PINNED) > 100
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK
    assert "index-url" not in LOCK.replace("--no-emit-index-url", "")


def test_conda_installs_the_same_lock_on_the_same_pythons():
    assert "- -r requirements.lock" in CONDA
    (python,) = re.findall(r"- python(.+)", CONDA)
    assert SpecifierSet(python) == SpecifierSet(META["requires-python"])
    others = [line.strip().split(">")[0] for line in CONDA.partition("dependencies:")[2].splitlines()]
    assert [line for line in others if line] == [
        "- python",
        "- pip",
        "- pip:",
        "- -r requirements.lock",
    ]


def test_make_takes_the_same_pythons():
    assert "(3, 11) <= sys.version_info < (3, 14)" in (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert META["requires-python"] == ">=3.11,<3.14"


def test_the_installed_versions_are_the_locked_ones():
    for name, version, marker in PINNED:
        if not marker or Marker(marker).evaluate():
            try:
                assert metadata.version(name) == version
            except metadata.PackageNotFoundError:
                pytest.fail(f"{name} {version} is locked and not installed")


def licenses(name: str) -> str:
    """What a distribution says about its license, in the order of how binding it is."""
    said = metadata.metadata(name)
    if expression := said.get("License-Expression"):
        return str(expression)
    classifiers = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License")]
    if said_so := " ".join(classifiers) or str(said.get("License", "")).partition("\n")[0]:
        return said_so
    files = [file for file in metadata.files(name) or [] if file.name.upper().startswith("LICENSE")]
    return " ".join(file.read_text().partition("\n")[0] for file in files)


def test_every_license_of_the_closure_is_permissive():
    odd = {}
    for name in sorted({name for name, _, _ in PINNED}):
        try:
            said = licenses(name)
        except metadata.PackageNotFoundError:
            continue  # locked for another system or Python
        if COPYLEFT.search(said) or not PERMISSIVE.search(said):
            odd[name] = said
    assert odd == {}


def test_the_citation_and_the_package_name_the_same_version():
    citation = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {META['version']}\n" in citation
    assert metadata.version("amyloid-notebooks") == META["version"]
