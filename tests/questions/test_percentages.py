"""The audit of percentages: hand-worked examples, thirteen published abstracts, planted slips."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from amyloid.cli import group
from amyloid.questions.percentages import (
    Claim,
    ClaimsError,
    explanations,
    group_words,
    groups,
    half_to_even,
    read_claims,
    rounded,
    truncated,
    verdicts,
)

PUBLISHED = Path(__file__).parents[1] / "cases" / "audit" / "published_percentages.csv"


@pytest.mark.parametrize(
    ("count", "n", "scale", "up", "even", "cut"),
    [
        (1, 8, 1, 13, 12, 12),  # 12.5: half up 13, half to even 12
        (3, 8, 1, 38, 38, 37),  # 37.5: both go up to 38, which is even
        (10, 17, 1, 59, 59, 58),  # 58.82
        (18, 43, 10, 419, 419, 418),  # 41.860 as 41.9
        (0, 5, 1, 0, 0, 0),
        (5, 5, 10, 1000, 1000, 1000),
    ],
)
def test_the_three_ways_of_printing(count, n, scale, up, even, cut):
    assert (rounded(count, n, scale), half_to_even(count, n, scale), truncated(count, n, scale)) == (
        up,
        even,
        cut,
    )


def one(**fields) -> tuple[str, str]:
    (verdict,) = verdicts([Claim("A", "response", **fields)])
    return verdict.code, verdict.words


def test_words_say_what_can_carry_it_and_never_that_it_is_wrong():
    assert one(percent="71", n=17) == ("rounded", "can be rounded from the stated n, from 12 of 17")
    assert one(percent="12", count=1, n=8)[0] == "rounded half to even"
    assert one(percent="58", count=10, n=17) == (
        "truncated",
        "cannot be rounded from the stated n 17 with the printed count 10; can be cut from 10 of 17",
    )
    assert one(percent="68", count=19, n=27) == (
        "other denominator",
        "cannot be rounded from the stated n 27 with the printed count 19; can be from 19 of 28",
    )
    assert one(percent="46.5", count=6, n=13)[0] == "none"
    assert one(percent="65.0") == ("no n stated", "no n is stated")
    assert "wrong" not in "".join(verdict.words for verdict in verdicts(read_claims(PUBLISHED)))


def test_a_sum_of_rounded_parts_needs_a_named_group():
    """24 % + 36 % = 60 % of 33, where 20 of 33 rounds to 61 %."""
    parts = [Claim("A", "CR", "24", 8, 33, "g"), Claim("A", "PR", "36", 12, 33, "g")]
    total = Claim("A", "CR + PR", "60", None, 33, "g")
    found = {v.claim.quantity: v for v in verdicts([*parts, total])}
    assert found["CR + PR"].code == "truncated"
    ways = {e.how for e in explanations(total, parts, [33])}
    assert ways == {"truncated", "sum of rounded parts"}
    alone = [Claim(c.publication, c.quantity, c.percent, c.count, c.n) for c in (*parts, total)]
    assert {e.how for e in explanations(alone[2], (), [33])} == {"truncated"}


def test_the_two_denominators_of_one_abstract_are_found():
    """Pavia 2013 states 27 patients; its baseline percentages are those of 28."""
    claims = [c for c in read_claims(PUBLISHED) if c.publication.startswith("PDex Pavia")]
    assert "28 carries 8, 27 carries 7" in group_words(claims)
    (key, members), *_ = [item for item in groups(claims).items() if item[0][1] == "n = 27"]
    assert len(members) == 14
    assert key[0] == claims[0].publication


def test_every_published_percentage_is_judged():
    found = verdicts(read_claims(PUBLISHED))
    assert len(found) == 68
    assert len({verdict.claim.publication for verdict in found}) == 13
    by_quantity = {(v.claim.publication[:5], v.claim.quantity): v for v in found}
    assert by_quantity["CVD s", "VGPR-dFLC"].words.endswith("can be from 18 of 35, or from 19 of 37")
    assert by_quantity["Pomal", "VGPR at 3 months"].words.endswith("can be cut from 10 of 28")
    for verdict in found:
        for e in verdict.found:
            exact = Fraction(100 * e.count, e.denominator)
            assert abs(exact - Fraction(verdict.claim.percent)) < Fraction(1, verdict.claim.scale)


def made_up(rng: np.random.Generator, way: int) -> list[Claim]:
    """A consistent table of one publication: five to twelve percentages of two denominators."""
    n, part = int(rng.integers(15, 90)), int(rng.integers(10, 15))
    decimals = int(rng.integers(0, 2))
    rows = []
    for number in range(int(rng.integers(5, 13))):
        of = n if number % 3 else part
        count = int(rng.integers(0, of + 1))
        units = (rounded, half_to_even, truncated)[way](count, of, 10**decimals)
        text = str(units) if not decimals else f"{units // 10}.{units % 10}"
        rows.append(Claim("made up", f"item {number}", text, count if rng.random() < 0.7 else None, of))
    return rows


def test_no_alarm_on_a_hundred_consistent_tables():
    rng = np.random.default_rng(20)
    tables = [made_up(rng, way=number % 3) for number in range(100)]
    assert [t for t in tables if any(v.remarkable for v in verdicts(t))] == []


def test_planted_slips_are_found_in_ninety_of_a_hundred():
    """One percentage with a printed count is moved by one to nine points, or its digits change places."""
    rng = np.random.default_rng(21)
    found = 0
    for number in range(100):
        table = made_up(rng, way=0)
        at = next((i for i, c in enumerate(table) if c.count is not None), 0)
        claim = table[at]
        moved = claim.units + int(rng.integers(1, 10)) * claim.scale * (1 if number % 2 else -1)
        moved = min(max(moved, 0), 100 * claim.scale)
        if moved == claim.units:
            moved = 50 * claim.scale
        text = str(moved) if claim.scale == 1 else f"{moved // 10}.{moved % 10}"
        table[at] = Claim(claim.publication, claim.quantity, text, claim.count, claim.n)
        found += verdicts(table)[at].remarkable
    assert found >= 90


def test_a_table_is_refused_with_all_its_problems(tmp_path):
    file = tmp_path / "claims.csv"
    file.write_text('quantity,percent,count,n\nA,"41,9",1,2\nB,101,x,0\n', encoding="utf-8")
    with pytest.raises(ClaimsError) as error:
        read_claims(file)
    assert [(p.line, p.column) for p in error.value.problems] == [
        (2, "percent"),
        (3, "percent"),
        (3, "count"),
        (3, "n"),
    ]
    file.write_text("what,share\nA,1\n", encoding="utf-8")
    with pytest.raises(ClaimsError, match="no column 'percent'"):
        read_claims(file)


def test_the_command_writes_a_page_and_a_table(tmp_path):
    out = tmp_path / "audit.html"
    call = ["audit", str(PUBLISHED), "--out", str(out)]
    done = CliRunner().invoke(group, call)
    assert done.exit_code == 0, done.output
    assert "68 percentages; 16 marked *" in done.output
    page = out.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "never says that an author is wrong" in page
    rows = out.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("publication,quantity,percent")
    assert len(rows) > 68
    assert CliRunner().invoke(group, call).exit_code == 2
    assert CliRunner().invoke(group, [*call, "--force"]).exit_code == 0
