"""`amyloid doctor`: the installation looked over in seconds, each fault with its mend."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata, util
from pathlib import Path

import click

from amyloid.cli.choices import LocalPath
from amyloid.cohort import CHECKOUT, NOTEBOOKS, ROOT
from amyloid.cohort.delivery import clean as remove_leftover
from amyloid.cohort.delivery import find_leftovers, temporary_folder
from amyloid.cohort.errors import CohortError
from amyloid.press.runner import PlaceError, RunError
from amyloid.press.runner.notebooks import find

LOCK = ROOT / "requirements.lock"
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)(?: ; (.*?))? \\$", re.MULTILINE)
NEEDED_DISK_BYTES = 500_000_000
HERE = (Path(), Path("runs"))
REINSTALL = (
    "In the project's folder: make clean report. With conda: conda env update -f environment.yml."
    if CHECKOUT
    else "Install it again with the locked versions, as the README says."
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    well : bool
        Whether it is as it should be.
    what : str
        What was found.
    mend : str
        What to do, when it is not well.
    """

    well: bool
    what: str
    mend: str = ""


Check = Callable[[], Iterator[Finding]]


@click.command()
@click.argument("folders", type=LocalPath(), nargs=-1, metavar="[FOLDER]...")
@click.option("--clean", is_flag=True, help="Remove what commands that were killed have left.")
def command(folders: tuple[Path, ...], clean: bool) -> None:
    """Check Python, versions, kernel, fonts, data and disk, and say how to mend what is wrong.

    What a killed command has left is looked for here, in runs/, in each FOLDER, among the temporary files,
    and wherever a command of this user was writing.
    """
    ill = 0
    if clean:
        for leftover in find_leftovers(*HERE, *folders):
            remove_leftover(leftover)
            click.echo(f"clean {leftover} is removed")
    checks: list[Check] = [*CHECKS, partial(check_leftovers, folders)]
    for check in checks:
        for finding in check():
            click.echo(f"{'ok   ' if finding.well else 'FAULT'} {finding.what}")
            if not finding.well:
                click.echo(f"      {finding.mend}")
                ill += 1
    click.echo("All is well." if not ill else f"{ill} fault{'s' if ill > 1 else ''}.")
    sys.exit(1 if ill else 0)


def check_python() -> Iterator[Finding]:
    """Look at the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    well = (3, 11) <= sys.version_info < (3, 14)
    yield Finding(
        well, f"Python {version}", "Python 3.11, 3.12 or 3.13 is needed: make report PYTHON=python3.12"
    )


def check_versions() -> Iterator[Finding]:
    """Compare the installed versions with the lock."""
    from packaging.markers import Marker
    from packaging.utils import canonicalize_name

    if not LOCK.is_file():
        yield Finding(False, "requirements.lock is not there", "Clone the project again.")
        return
    installed = {canonicalize_name(one.name): one.version for one in metadata.distributions()}
    wanted = [
        (name, version)
        for name, version, marker in PINNED.findall(LOCK.read_text(encoding="utf-8"))
        if not marker or Marker(marker).evaluate()
    ]
    other = [
        f"{name} {installed.get(name, 'not installed')} (locked: {version})"
        for name, version in wanted
        if installed.get(name) != version
    ]
    said = f"{len(wanted)} packages as locked" if not other else "Other than locked: " + ", ".join(other)
    yield Finding(not other, said, REINSTALL)


def check_fonts() -> Iterator[Finding]:
    """Look for the font that every figure uses; matplotlib brings it."""
    spec = util.find_spec("matplotlib")
    font = Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if spec and spec.origin else None
    yield Finding(font is not None and font.is_file(), "The figures' font DejaVu Sans", REINSTALL)


def check_data() -> Iterator[Finding]:
    """Read the embedded cohort, and count the notebooks."""
    from amyloid.cohort import EMBEDDED_COHORT, read_cohort

    restore = "In the project's folder: git checkout -- data notebooks" if CHECKOUT else REINSTALL
    try:
        cohort = read_cohort(EMBEDDED_COHORT)
        yield Finding(True, f"The embedded cohort: {len(cohort.patients)} patients")
    except CohortError as error:
        yield Finding(False, f"The embedded cohort cannot be read: {error}", restore)
    try:
        yield Finding(True, f"{len(find(NOTEBOOKS))} notebooks")
    except PlaceError as error:
        yield Finding(False, str(error), restore)


def check_disk() -> Iterator[Finding]:
    """Look at the space for runs, and whether runs can be written."""
    free = shutil.disk_usage(Path.cwd()).free
    mend = "Free some space, or give --out on another disk."
    yield Finding(free > NEEDED_DISK_BYTES, f"{free / 1e9:.1f} GB free for runs", mend)
    writable = os.access(Path.cwd(), os.W_OK)
    yield Finding(writable, "Runs can be written here", "Change to a folder of yours, or give --out.")


def check_leftovers(folders: Sequence[Path] = ()) -> Iterator[Finding]:
    """Look for what commands that were killed have left."""
    found = find_leftovers(*HERE, *folders)
    for leftover in found:
        what = f"{leftover} was left by a command that was killed; patients may be in it"
        yield Finding(False, what, "amyloid doctor --clean removes it.")
    if not found:
        yield Finding(True, "Nothing was left behind by a command that was killed")


def check_kernel() -> Iterator[Finding]:
    """Start a kernel and let it compute."""
    import nbformat

    from amyloid.press.runner.pool import Pool

    with temporary_folder() as work:
        (work / "notebooks").mkdir()
        small = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
        nbformat.write(small, work / "small.ipynb")
        job = {"id": "small", "notebook": str(work / "small.ipynb"), "stem": "small", "work": str(work)}
        faults: list[str] = []
        try:
            with Pool(()) as pool:
                pool.run([job], 1, lambda _: None, lambda _, outcome: faults.append(outcome["fault"] or ""))
        except RunError as error:
            faults.append(str(error))
    fault = "".join(faults)
    yield Finding(not fault, f"A kernel starts and computes{': ' + fault if fault else ''}", REINSTALL)


CHECKS: tuple[Check, ...] = (check_python, check_versions, check_fonts, check_data, check_disk, check_kernel)
