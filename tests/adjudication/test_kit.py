"""The criteria as data: complete, in their schema, and evaluated apart from the code that made them."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.criteria.kit import OPERATORS, criteria_data
from amyloid.cli import group

SCHEMA = Path(__file__).parents[2] / "docs" / "criteria.schema.json"


@pytest.fixture(scope="module")
def data():
    return criteria_data()


def test_every_criterion_is_there_and_fits_the_schema(data):
    jsonschema.validate(data, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [(one["domain"], one["key"]) for one in data["criteria"]] == list(CRITERIA)
    assert json.loads(json.dumps(data)) == data


def steps(expression):
    if isinstance(expression, list):
        yield expression[0]
        for part in expression[1:]:
            yield from steps(part)


def test_every_operator_that_is_used_is_explained(data):
    used = {
        step
        for one in data["criteria"]
        for rule in one["rules"]
        for name in ("holds", "applies", "within", "blocks")
        for step in steps(rule[name])
    }
    names = {*data["units"], "iflc", "uflc", "dflc", "flc_ratio", "egfr"}
    unexplained = used - set(OPERATORS) - names
    assert unexplained == set()


def value(expression, now, base):
    """A plain evaluator of the rules that only compare values now with values before."""
    if not isinstance(expression, list):
        return expression
    step, *parts = expression
    if step == "<":
        return value(parts[0], now, base) < parts[1]
    if step == ">":
        return value(parts[0], now, base) > parts[1]
    if step == ">=":
        return value(parts[0], now, base) >= parts[1]
    measure = parts[0]
    before, after = base[step], now[step]
    return {"now": after, "base": before, "fall": (before - after) / before}[measure]


@pytest.mark.parametrize(
    ("category", "now", "holds"),
    [("VGPR", 39.9, True), ("VGPR", 40.0, False), ("PR", 49.9, True), ("PR", 50.0, False)],
)
def test_the_rules_of_2012_say_what_the_paper_says(data, category, now, holds):
    """dFLC below 40 mg/L; a fall of more than 50 % from 100 (Palladini, J Clin Oncol 2012)."""
    (isa,) = [
        one for one in data["criteria"] if (one["domain"], one["key"]) == ("hematologic_response", "isa-2012")
    ]
    (rule,) = [rule for rule in isa["rules"] if rule["category"] == category]
    assert value(rule["holds"], {"dflc": now}, {"dflc": 100.0}) is holds


def test_the_boundary_rows_come_along(data):
    rows = data["boundary_rows"]
    assert {row["patient_id"] for row in rows["expected_categories"]} <= {
        row["patient_id"] for row in rows["patients"]
    }
    assert len(rows["expected_categories"]) > 100


def test_the_command_lists_and_writes(tmp_path):
    listed = CliRunner().invoke(group, ["criteria"])
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) == len(CRITERIA)
    file = tmp_path / "criteria.json"
    assert CliRunner().invoke(group, ["criteria", "--json", str(file)]).exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["format"] == 1
    assert CliRunner().invoke(group, ["criteria", "--json", str(file)]).exit_code == 2
    printed = CliRunner().invoke(group, ["criteria", "--json", "-"])
    assert json.loads(printed.stdout) == json.loads(file.read_text(encoding="utf-8"))
