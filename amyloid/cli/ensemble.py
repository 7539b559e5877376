"""Summarize a sweep over reconstructions: this makes data/pinned.

Run as ``python -m amyloid.cli.ensemble SWEEP [FOLDER]`` (`make ensemble`, which makes the sweep first).
"""

import sys
from pathlib import Path
from typing import Any

from amyloid.press.runner.errors import RunError
from amyloid.press.runner.manifest import read_manifest
from amyloid.press.sweep.scenario import EMBEDDED
from amyloid.questions import pinned
from amyloid.questions.page import PACKAGES
from amyloid.questions.parameters import PARAMETERS


def summarize(sweep: Path, folder: Path) -> None:
    """Write the summary of a finished sweep.

    Parameters
    ----------
    sweep : Path
        Made by ``amyloid sweep --reconstructions N``.
    folder : Path
        Where the summary goes; made when missing.

    Raises
    ------
    RunError
        The sweep is not there, or is not one over reconstructions.
    """
    file = sweep / "comparison.csv"
    if not file.is_file():
        raise RunError(
            f"{sweep} holds no comparison.csv. Make it: amyloid sweep --reconstructions 200 --out {sweep}"
        )
    try:
        summary = pinned.summarize(pinned.read_comparison(file), EMBEDDED)
    except ValueError as error:
        raise RunError(f"{file}: {error}.") from None
    folder.mkdir(parents=True, exist_ok=True)
    pinned.write(summary, _made_with(sweep, int(summary["cohorts"].iloc[0])), folder)


def _made_with(sweep: Path, cohorts: int) -> dict[str, Any]:
    """Say what decides the numbers; no clock and no machine, so that the same sweep gives the same bytes."""
    manifest = read_manifest(sweep / "scenarios" / EMBEDDED)
    return {
        "made_by": "make ensemble",
        "seeds": [0, cohorts - 1],
        "embedded_fingerprint": manifest["cohort"]["fingerprint"],
        "parameters": {name: manifest["parameters"][name] for name in PARAMETERS},
        "versions": {package: manifest["versions"][package] for package in PACKAGES},
    }


def main() -> None:
    """Summarize the sweep named on the command line."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        summarize(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else pinned.FOLDER)
    except RunError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
