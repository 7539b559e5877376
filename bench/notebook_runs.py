"""How fast a run and a sweep are, as ratios against plain papermill measured in the same minutes.

``make bench`` runs this. Plain papermill starts a fresh kernel for each notebook, one after the other.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def timed(*call: str, cwd: Path = PROJECT) -> float:
    """Run a program and return its seconds."""
    started = time.perf_counter()
    subprocess.run(call, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def papermill(notebook: Path, out: Path) -> float:
    """Time one notebook under plain papermill."""
    call = [sys.executable, "-m", "papermill", str(notebook), str(out / notebook.name), "--cwd", "notebooks"]
    return timed(*call, "-p", "out_dir", str(out))


def amyloid(*arguments: str) -> float:
    """Time one command of the command line."""
    return timed(sys.executable, "-m", "amyloid.cli", *arguments)


def main() -> None:
    """Measure, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=10, help="how many scenarios the sweep has")
    scenarios = parser.parse_args().scenarios
    with tempfile.TemporaryDirectory(prefix="amyloid-") as place:
        out = Path(place)
        grid = out / "grid.toml"
        months = ", ".join(str(month) for month in range(1, scenarios + 1))
        grid.write_text(f"[grid]\nlandmark_months = [{months}]\n")
        amyloid("run", "--fresh", "--out", str(out / "warm-up"))
        alone = {notebook.stem: papermill(notebook, out) for notebook in NOTEBOOKS}
        run = amyloid("run", "--fresh", "--out", str(out / "run"))
        sweep = amyloid("sweep", str(grid), "--out", str(out / "sweep"))
        done = len(list((out / "sweep" / "scenarios").glob("*/manifest.json")))
    for stem, seconds in alone.items():
        print(f"{stem} under plain papermill: {seconds:.1f} s")
    print(f"amyloid run of all: {run:.1f} s, {run / max(alone.values()):.2f} times the slowest alone")
    print(f"amyloid run against all of them one by one: {sum(alone.values()) / run:.2f} times as fast")
    shell = done * sum(alone.values())
    print(f"amyloid sweep, {done} scenarios: {sweep:.1f} s; a papermill loop {shell:.0f} s")
    print(f"amyloid sweep: {shell / sweep:.2f} times the throughput")


if __name__ == "__main__":
    main()
