"""Everything that a shared file prints, solved together by a reader who knows how many patients there are."""

import json

import pytest
from attack import Attack, too_narrow
from followed_cohort import GRADES, PARAMETERS, followed_cohort

from amyloid.press.share.build import aggregate_report

COHORTS = {
    "small": (1, 43, ()),
    "not divided": (2, 120, ()),
    "two groups": (3, 150, ("A-arm", "B-arm")),
}
MORE = {
    **{f"not divided, seed {seed}": (seed, 60 + 37 * seed, ()) for seed in range(4, 11)},
    **{f"two groups, seed {seed}": (seed, 30 * seed, ("A-arm", "B-arm")) for seed in range(11, 16)},
    "three groups": (20, 400, ("A-arm", "B-arm", "C-arm")),
    "400 patients": (21, 400, ("A-arm", "B-arm")),
}


def attacked(seed, n, groups):
    contents = aggregate_report(followed_cohort(seed, n, groups), PARAMETERS, GRADES).contents
    proof = json.loads(contents["manifest.json"])["proof"]
    narrow, hidden = too_narrow(contents, n)
    assert narrow == {}
    assert hidden == proof["hidden"] > 0
    assert proof["narrowest"] >= 11


@pytest.mark.parametrize("cohort", COHORTS.values(), ids=COHORTS)
def test_no_hidden_count_can_be_told(cohort):
    attacked(*cohort)


@pytest.mark.parametrize(("min_cell", "least"), [(5, 8), (12, 13), (20, 23)])
def test_no_hidden_count_can_be_told_under_another_rule(min_cell, least):
    given = {**PARAMETERS, "min_cell": min_cell}
    contents = aggregate_report(followed_cohort(30, 130), given, GRADES).contents
    narrow, hidden = too_narrow(contents, 130, min_cell, least)
    assert narrow == {}
    assert hidden > 0


@pytest.mark.slow
@pytest.mark.parametrize("cohort", MORE.values(), ids=MORE)
def test_no_hidden_count_of_more_cohorts_can_be_told(cohort):
    attacked(*cohort)


def test_the_attack_wins_where_one_more_number_is_printed():
    """The attacker is able: with one hidden number shown, another one is told."""
    frames = followed_cohort(2, 120)
    contents = aggregate_report(frames, PARAMETERS, GRADES).contents
    lines = contents["tables/patients.csv"].decode().splitlines(keepends=True)
    (place,) = [
        i
        for i, line in enumerate(lines)
        if line in ("Sex,female,hidden,hidden\n", "Sex,male,hidden,hidden\n")
    ]
    count = (frames["patients"]["sex"] == lines[place].split(",")[1]).sum()
    lines[place] = lines[place].replace("hidden,hidden", f"{5 * round(count / 5)},0")
    low, high = Attack(contents, 120).ranges()["Sex", "not recorded"]
    assert high - low >= 11
    narrow, _ = too_narrow({**contents, "tables/patients.csv": "".join(lines).encode()}, 120)
    assert ("Sex", "not recorded") in narrow
