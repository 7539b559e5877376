"""The criteria as data: complete, in their schema, and evaluated apart from the code that made them."""

import json
import math
import operator
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.kit import OPERATORS, criteria_data
from amyloid.cli import group
from amyloid.cohort.schema import REFERENCE_RANGES

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
    rules = [rule for one in data["criteria"] for rule in one["rules"]]
    expressions = [rule[name] for rule in rules for name in ("holds", "applies", "within", "blocks")]
    expressions += [closure["holds"] for one in data["criteria"] for closure in one["closed"]]
    used = {step for expression in expressions for step in steps(expression)}
    names = {*data["units"], "iflc", "uflc", "dflc", "flc_ratio", "egfr", "until_next_line"}
    assert used - names <= set(OPERATORS)


def test_the_schema_refuses_what_no_engine_can_read():
    data = criteria_data(boundary_rows=False)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for part in ("evidence", "endpoints", "accepted_units"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value for name, value in data.items() if name != part}, schema)
    spoilt = json.loads(json.dumps(data))
    del spoilt["criteria"][0]["rules"][0]["rests_on"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, schema)


STEPS = {
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "not": operator.not_,
    "shown": bool,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "-": operator.sub,
    "*": operator.mul,
}


def value(expression, now, base, ranges=REFERENCE_RANGES):
    """A plain evaluator of what only compares values now with values before; what is missing is no."""
    if not isinstance(expression, list):
        return expression
    step, *parts = expression
    if step in STEPS:
        return STEPS[step](*(value(part, now, base) for part in parts))
    if step in ("lower", "upper"):
        return ranges[parts[0][1]][step == "upper"]
    before, after = base.get(step, math.nan), now.get(step, math.nan)
    return {"now": after, "today": after, "base": before, "fall": (before - after) / before}[parts[0]]


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


def naive(data, domain, key, patient_id):
    """What twenty lines make of a patient: no window, no line, nothing carried, no bound, no doubt."""
    (wanted,) = [one for one in data["criteria"] if (one["domain"], one["key"]) == (domain, key)]
    days = {}
    for row in data["boundary_rows"]["labs"]:
        if row["patient_id"] == patient_id:
            coded = {"negative": 0.0, "positive": 1.0}.get(row["value"])
            number = float(row["value"].lstrip("<>")) if coded is None else coded
            days.setdefault(float(row["month"]), {})[row["test"]] = number
    for day in days.values():
        kappa, lambda_ = day.get("kappa_flc", math.nan), day.get("lambda_flc", math.nan)
        day |= {"iflc": lambda_, "dflc": lambda_ - kappa, "flc_ratio": kappa / lambda_}
    base = {test: number for month in sorted(days) if month <= 0 for test, number in days[month].items()}
    reached = [wanted["otherwise"]]
    for month in (month for month in days if month > 0):
        for rule in wanted["rules"]:
            opens = rule["applies"] is None or value(rule["applies"], days[month], base)
            if opens and value(rule["holds"], days[month], base):
                reached.append(rule["category"])
    return min(reached, key=wanted["categories"].index)


TRAPS = {
    "BW": "baseline window",
    "CA": "carried values",
    "LI": "lines of therapy",
    "CE": "values with a bound",
}


@pytest.mark.parametrize("trap", TRAPS, ids=TRAPS.get)
def test_a_naive_engine_falls_into_every_kind_of_trap(data, trap):
    rows = [
        row
        for row in data["boundary_rows"]["expected_categories"]
        if row["patient_id"].startswith(f"{trap}-") and row["domain"] == "hematologic_response"
    ]
    wrong = [
        row["patient_id"]
        for row in rows
        if row["category"] != naive(data, row["domain"], row["criteria"], row["patient_id"])
    ]
    assert len(wrong) >= 2, wrong


def test_the_naive_engine_is_right_where_nothing_is_in_its_way(data):
    for name, expected in {"H12-02": "VGPR", "H12-11": "VGPR", "H12-17": "NR", "LI-3": "VGPR"}.items():
        assert naive(data, "hematologic_response", "isa-2012", name) == expected


def test_the_boundary_rows_come_along(data):
    rows = data["boundary_rows"]
    assert {row["patient_id"] for row in rows["expected_categories"]} <= {
        row["patient_id"] for row in rows["patients"]
    }
    assert len(rows["expected_categories"]) == 176
    assert len(rows["expected_endpoints"]) == 26
    assert {row["line"] for row in rows["treatments"] if "line" in row} == {"", "1", "2"}


def test_the_command_lists_and_writes(tmp_path):
    listed = CliRunner().invoke(group, ["criteria"])
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) == len(CRITERIA)
    file = tmp_path / "criteria.json"
    assert CliRunner().invoke(group, ["criteria", "--json", str(file)]).exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["format"] == 2
    assert CliRunner().invoke(group, ["criteria", "--json", str(file)]).exit_code == 2
    printed = CliRunner().invoke(group, ["criteria", "--json", "-"])
    assert json.loads(printed.stdout) == json.loads(file.read_text(encoding="utf-8"))
