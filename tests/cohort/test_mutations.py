"""Cohorts changed at random, many in one process: each is read or refused, none ends in an exception."""

import csv
import random
import shutil
import string
import time
from pathlib import Path

import pytest

from amyloid.cli.check import judgeable_lines, summary_lines
from amyloid.cohort import parse_cohort
from amyloid.cohort.errors import CohortError

BASES = [Path(__file__).parents[1] / "bad_inputs" / name for name in ("base", "base-dates")]
TABLES = ("patients", "labs", "treatments", "events")
COHORTS = 300
WORDS = """
0 -1 1e309 nan inf -0 1,5 1.000,5 <1 >5 < ++ \u22123 \u0663 yes no NA #N/A =1+1 TRUE positive trace N/A ? -
male kappa death 2006-02-30 06/07/2008 2006 2006-03 31.12.2006 99:99 0000-00-00
9999-12-31 38000 mg/dL mg/L g/24h
$$ <script> {x} %s \\ ' , ; \u00e9 \U0001f489 AL-001 al-001 AL-999 A
"""
SIGNS = ["", " ", "> 5", "\x00", "\x1b[31m", "\ufeff", "\u200b", "\r", "\t", "a\nb", '"']
SIGNS += ["x" * 5000, "9" * 5000]
ODD = [*WORDS.split(), *SIGNS]
"""Cells that are wrong in many ways, and some that are right in another place."""


def grids(chance: random.Random) -> tuple[Path, dict[str, list[list[str]]]]:
    base = chance.choice(BASES)
    found = {}
    for name in TABLES:
        with (base / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            found[name] = list(csv.reader(file))
    return base, found


def change(rows: list[list[str]], chance: random.Random) -> None:
    """Change a table in one way."""
    row, column = chance.randrange(len(rows)), chance.randrange(len(rows[0]))
    row = min(row, len(rows) - 1)
    match chance.randrange(12):
        case 0 | 1 | 2 | 3:
            rows[row][column % len(rows[row])] = chance.choice(ODD)
        case 4:
            word = chance.choice(ODD)
            for line in rows[1:]:
                line[column % len(line)] = word
        case 5:
            rows.insert(row, list(rows[chance.randrange(len(rows))]))
        case 6:
            del rows[row]
        case 7:
            del rows[row][column % len(rows[row])]
        case 8:
            rows[row].insert(column, chance.choice(ODD))
        case 9:
            chance.shuffle(rows[0])
        case 10:
            rows[0][column % len(rows[0])] = "".join(chance.choices(string.printable, k=chance.randrange(30)))
        case 11:
            del rows[chance.randrange(1, len(rows) + 1) :]
    if not rows or not rows[0]:
        rows[:] = [[""]]
    rows[:] = [line or [""] for line in rows]


def change_bytes(data: bytes, chance: random.Random) -> bytes:
    """Change a file as bytes in one way, or leave it."""
    at = chance.randrange(len(data) + 1)
    match chance.randrange(12):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + chance.randbytes(chance.randrange(1, 9)) + data[at:]
        case 2:
            return data.decode("utf-8", "replace").encode(chance.choice(["utf-16", "utf-8-sig", "utf-16-le"]))
        case 3:
            return data.replace(b",", chance.choice([b";", b"\t", b"|", b",,", b" "]))
        case 4:
            return data.replace(b"\n", chance.choice([b"\r", b"\r\n", b"\n\n", b"\n\r"]))
        case 5:
            return data.replace(b"\n", b'"\n', 1)
    return data


def write(folder: Path, chance: random.Random) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    base, found = grids(chance)
    card = (base / "cohort.toml").read_bytes()
    (folder / "cohort.toml").write_bytes(change_bytes(card, chance) if chance.random() < 0.2 else card)
    for name, rows in found.items():
        for _ in range(chance.choice([0, 0, 0, 0, 0, 0, 1, 1, 2, 5])):
            change(rows, chance)
        path = folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8", errors="surrogatepass") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        if chance.random() < 0.15:
            path.write_bytes(change_bytes(path.read_bytes(), chance))
        if chance.random() < 0.02:
            path.unlink()


@pytest.mark.slow
def test_no_changed_cohort_ends_in_an_exception(tmp_path, capsys):
    read = refused = 0
    slowest = 0.0
    for seed in range(COHORTS):
        chance = random.Random(seed)
        write(tmp_path / "cohort", chance)
        began = time.monotonic()
        print("seed", seed)  # shown when it fails
        try:
            parsed, findings = parse_cohort(tmp_path / "cohort")
            lines = [*summary_lines(parsed, findings), *judgeable_lines(parsed, findings)]
            read += 1
        except CohortError as fault:
            lines = [str(fault), fault.proposal]
            refused += 1
        slowest = max(slowest, time.monotonic() - began)
        assert all(sign.isprintable() or sign == "\n" for sign in "".join(lines)), seed
        assert slowest < 30, seed
    with capsys.disabled():
        print(f"\n{COHORTS} changed cohorts: {read} read, {refused} refused, the slowest {slowest:.1f} s")
    assert read > COHORTS / 20
    assert refused > COHORTS / 2
