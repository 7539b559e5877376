"""Sweeps: the grid is checked whole, what is done is skipped, one failure leaves the rest."""

import csv
import subprocess
import sys

import pandas as pd
import pytest

from amyloid.cli.grid import read_grid, scenarios
from amyloid.cli.sweep import _scenarios
from amyloid.press.runner import RunError
from amyloid.press.sweep.findings import Findings, read_findings, summarize, write_tables
from amyloid.press.sweep.page import choose, draw, page
from amyloid.press.sweep.scenarios import Scenario, is_done, on_cluster, run_here, run_plan
from amyloid.questions.parameters import ParameterError, defaults


def test_a_grid_is_every_combination_and_the_defaults_come_first():
    found = scenarios({"grid": {"landmark_months": [6, 12], "confirm": ["none", "28-days"]}})
    assert [scenario.name for scenario in found] == [
        "default",
        "confirm=28-days",
        "landmark_months=12",
        "landmark_months=12,confirm=28-days",
    ]
    assert found[0].parameters == defaults()
    assert found[3].parameters == {**defaults(), "landmark_months": 12, "confirm": "28-days"}


def test_seeds_and_cohorts_multiply_with_settings(tmp_path):
    place = tmp_path / "our cohort"
    place.mkdir()
    found = scenarios({"seeds": [7], "cohorts": [str(place)], "grid": {"confidence": [0.9]}})
    assert [scenario.name for scenario in found] == [
        "1-our-cohort+default",
        "1-our-cohort+confidence=0.9",
        "seed-7+default",
        "seed-7+confidence=0.9",
    ]
    assert [scenario.name for scenario in scenarios({"seeds": [0, 1]})] == ["seed-0", "seed-1"]


def test_every_problem_of_a_grid_is_said_at_once(tmp_path):
    file = tmp_path / "grid.toml"
    file.write_text(
        "colour = 1\nseeds = [-1, true]\ncohorts = ['nowhere']\n"
        "[grid]\nconfidence = [0.95, 95]\n"
        "[[scenario]]\nconfirm = 'none'\n[[scenario]]\nname = '../x'\n[[scenario]]\nlandmark_month = 3\n"
    )
    with pytest.raises(ParameterError) as error:
        read_grid(file)
    said = str(error.value)
    for words in (
        "'colour' is not known",
        "seeds: -1 is not a whole number",
        "seeds: True is not a whole number",
        "cohorts: 'nowhere' is not a folder",
        "grid, set 2: confidence: 95 is out of range",
        "scenario 2: '../x' may hold",
        "scenario 3: 'landmark_month' is not a parameter. Did you mean landmark_months?",
    ):
        assert words in said


EMPTY = {
    "nothing": ("", "says nothing to run"),
    "no list": ("[grid]\n", "says nothing to run"),
    "an empty list": ("[grid]\nconfidence = []\n", "grid: confidence has no value"),
    "no seeds": ("seeds = []\n", "says nothing to run"),
    "no section": ("grid = 3\n", "grid: expected a section"),
    "no sets": ("scenario = [1]\n", "scenario 1: expected a set of values"),
    "too many": (
        f"[grid]\nlandmark_months = {[*range(1, 60)]}\nmin_cell = {[*range(5, 60)]}\n",
        "3245 combinations",
    ),
    "a long name": (f"[[scenario]]\nname = '{'x' * 300}'\n", "120 at most"),
    "a NUL": ('cohorts = ["a\\u0000b"]\n', "cannot be a name"),
    "digits": (f"seeds = [{'9' * 400}]\n", "seeds: 9999"),
    "deep": (f"x = {'[' * 2000}{']' * 2000}\n", "nested more than 16 deep"),
}


@pytest.mark.parametrize(("text", "said"), EMPTY.values(), ids=EMPTY)
def test_a_grid_that_asks_for_nothing_or_too_much_is_refused(tmp_path, text, said):
    file = tmp_path / "grid.toml"
    file.write_text(text)
    with pytest.raises(ParameterError) as error:
        read_grid(file)
    assert said in str(error.value)


def test_names_of_scenarios_fit_a_disk():
    found = scenarios({"grid": {"landmark_months": [6, 7], "compare_by": ["x" * 300 + "/y"]}})
    names = [scenario.name for scenario in found]
    assert len(set(names)) == 3
    assert all(len(name) <= 120 and "/" not in name for name in names)


def test_a_misspelt_third_set_stops_the_sweep_before_the_first_run(tmp_path):  # R09
    (tmp_path / "grid.toml").write_text("[[scenario]]\n[[scenario]]\n[[scenario]]\nmincell = 11\n")
    call = [sys.executable, "-m", "amyloid.cli", "sweep", "grid.toml", "--out", "out"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "scenario 3: 'mincell' is not a parameter. Did you mean min_cell?" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["grid.toml"]


@pytest.fixture
def plans(plan, notebook):
    """Three scenarios over one tiny notebook that fails under a confidence of 0.5."""
    notebook("01_one", "assert confidence != 0.5, 'too little'")

    def make(*confidences: float):
        usual = defaults()
        return [
            plan(
                f"sweep/c{share}",
                parameters={**usual, "confidence": share, "landmark_months": 10 * share},
                jobs=1,
            )
            for share in confidences
        ]

    return make


def test_what_succeeded_is_kept_and_what_is_done_is_skipped(plans, tmp_path):
    three = plans(0.9, 0.5, 0.95)
    told = {plan.target.name: fault for plan, fault in run_here(three, 2)}
    assert [is_done(plan) for plan in three] == [True, False, True]
    assert "too little" in told.pop("c0.5")
    assert told == {"c0.9": None, "c0.95": None}
    (three[0].target / "results.csv").write_text("")
    assert not is_done(three[0])
    assert not is_done(plans(0.8)[0])


def test_the_tables_say_which_numbers_moved(plans, tmp_path):
    both = plans(0.9, 0.8)
    assert len(list(run_here(both, 1))) == 2
    for plan, category in zip(both, ("CR", "PR"), strict=True):
        rows = f"A,h,isa-2012,{category},3,x\nB,h,isa-2012,NR,,x\n"
        header = "patient_id,domain,criteria,category,month,reason\n"
        (plan.target / "categories.csv").write_text(header + rows)
    findings = read_findings({plan.target.name: plan.target for plan in both})
    write_tables(findings, tmp_path)
    with (tmp_path / "summary.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["default"], row["lowest"], row["highest"], row["width"], row["pinned"]) == (
        "9",
        "8",
        "9",
        "1",
        "no",
    )
    assert (tmp_path / "comparison.csv").read_text().splitlines()[
        2
    ] == "c0.8,01-1,01_one,landmark,8,1,1,9,-1,"
    assert (tmp_path / "patients.csv").read_text().splitlines()[1:] == ["c0.8,A,h,isa-2012,CR,PR"]


def found(**values: list[float | None]) -> Findings:
    """Two scenarios; each number has its values in them."""
    names = {"cr": "02.cr.percent", "small": "02.small.percent", "never": "04.os.median", "many": "02.many.n"}
    rows = [
        {
            **{"scenario": scenario, "id": names[key], "notebook": names[key][:2]},
            **{"quantity": f"share {names[key]}, %", "value": pair[place], "default": pair[0]},
            **{"unit": "%" if names[key].endswith("percent") else ""},
            **{"n": None if pair[place] is None else 8, "denominator": 7 if key == "small" else 33},
        }
        for place, scenario in enumerate(("default", "other"))
        for key, pair in values.items()
    ]
    kinds = {"value": "float64", "default": "float64", "n": "Int64", "denominator": "Int64"}
    numbers = pd.DataFrame(rows).astype(kinds)
    moved = pd.DataFrame(columns=["scenario", "patient_id", "domain", "criteria", "default", "category"])
    return Findings(["default", "other"], numbers, summarize(numbers, 2), moved)


def test_a_number_that_no_scenario_has_did_not_move():
    never, once = found(never=[None, None]).summary, found(never=[None, 30.0]).summary
    assert (never["pinned"].tolist(), once["pinned"].tolist()) == (["yes"], ["no"])


def test_shares_of_a_handful_are_drawn_only_when_asked_for():
    findings = found(cr=[24.0, 30.0], small=[0.0, 100.0])
    assert choose(findings) == ["02.cr.percent"]
    assert choose(findings, ["02.small.percent"]) == ["02.small.percent"]


def test_a_misspelt_quantity_is_said_with_the_nearest():
    with pytest.raises(RunError, match=r"--quantity 02\.cr\.percnt: .* Did you mean 02\.cr\.percent\?"):
        choose(found(cr=[24.0, 30.0]), ["02.cr.percnt"])


def test_a_readers_matplotlibrc_does_not_change_the_figure():  # R15
    import matplotlib as mpl

    findings, usual = found(cr=[24.0, 30.0]), {"default": 0.95, "other": 0.95}
    plain, words, _ = draw(findings, "02.cr.percent", usual)
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 20}):
        odd, *_ = draw(findings, "02.cr.percent", usual)
    assert plain == odd
    assert words == "Share 02.cr.percent: 24% to 30% in 2 scenarios; default gives 24%."


def test_the_page_puts_first_what_moved_farthest_and_names_the_reference():
    findings = found(cr=[24.0, 30.0], small=[1.0, 100.0], never=[None, None])
    scenarios_ = [Scenario("default", defaults()), Scenario("other", {**defaults(), "confidence": 0.9})]
    html = page(scenarios_, {}, findings, "synthetic")
    assert html.index("02.<wbr>small.<wbr>percent") < html.index("02.<wbr>cr.<wbr>percent")
    assert "04." not in html
    assert "2 of 3 numbers differ" in html
    assert '<th scope="col" class="gt_right">default</th>' in html
    assert "24% to 30% in 2 scenarios; default gives 24%." in html
    assert "Synthetic, built from published aggregates, not patient data." in html
    assert "<script" not in html


def test_reconstructions_are_compared_with_the_embedded_cohort():
    _, made = _scenarios((), 2)
    assert [(s.name, s.seed) for s in made] == [("embedded", None), ("seed-0", 0), ("seed-1", 1)]


@pytest.mark.slow
def test_a_cluster_finishes_although_a_worker_is_killed(cluster, plans):
    address, workers = cluster
    told = {}
    four = plans(0.9, 0.8, 0.7, 0.6)
    for plan, fault in on_cluster(address, run_plan, four):
        if not told:
            workers[0].kill()
        told[plan.target.name] = fault
    assert told == {plan.target.name: None for plan in four}
    for plan in four:
        assert (plan.target / "manifest.json").is_file()


@pytest.mark.slow
def test_a_scenario_that_is_done_is_not_run_again(plans):
    (plan,) = plans(0.9)
    assert run_plan(plan) is None
    written = (plan.target / "manifest.json").stat().st_mtime_ns
    assert run_plan(plan) is None
    assert (plan.target / "manifest.json").stat().st_mtime_ns == written
