"""Formulas: what they give, and what has no meaning. Read through small books."""

import pytest

from tests.books import answer, faults_in, formula_pack

INPUTS = """
fare = { type = "money", min = "0.00", nullable = true }
late = "integer"
share = "rate"
weight = "decimal"
start = "date"
end = "date"
size = { type = "enum", values = ["small", "large"] }
"""
FACTS = {"any": True, "fare": "100.00", "late": 8, "share": "8.25", "weight": "1.5", "start": "2024-01-31",
         "end": "2025-03-01", "size": "small"}  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("fare", "100.00"),
        ("-fare + 150.00", "50.00"),
        ("fare - 30.50", "69.50"),
        ("2 * fare", "200.00"),
        ("fare * share", "8.25"),
        ("fare * 8.25%", "8.25"),
        ("fare / 4", "25.00"),
        ("fare / 500.00 * 20", "4.00"),
        ("20.00 + 10.00 * late", "100.00"),
        ("2 * late", "16.00"),
        ("min(200% * fare, 150.00)", "150.00"),
        ("max(fare, 500)", "500.00"),
        ("round(fare / 3, half_up, 0.01)", "33.33"),
        ("round(fare / 3, up, 0.50)", "33.50"),
        ("round(fare / 3, down, 1)", "33.00"),
        ("10.00 * round(late / 12, down, 1)", "0.00"),
        ("10.00 * round(late / 12, up, 1)", "10.00"),
        ("1.00 * (end - start)", "395.00"),
        ("1.00 * (start - end + 400)", "5.00"),
        ("1.00 * months(start, end)", "13.00"),
        ("1.00 * (end - add_months(start, 1))", "366.00"),
        ("1.00 * ((start + 30) - start)", "30.00"),
        ("5% * min(fare, 60.00) + 2% * max(fare - 60.00, 0.00)", "3.80"),
        ("fare * weight", "150.00"),
        ("((fare))", "100.00"),
        ("fare*2+1-1", "200.00"),
        ("fare - 10 - 20", "70.00"),
        ("fare / 2 / 5", "10.00"),
        ("fare * (fare / (fare / 2))", "200.00"),
        ("10.00 * (500.00 / fare)", "50.00"),
        ("2 * (3 + 4) - -1", "15.00"),
        ("max(1, 2.50)", "2.50"),
        ("round(-fare / 3, half_up, 0.01) + fare", "66.67"),
        ("10.00 * round(-5 / 2, half_up, 1) + fare", "70.00"),
        ("fare * 10 %", "10.00"),
    ],
)
def test_a_formula_gives_its_exact_value(formula, value):
    assert answer(formula_pack(INPUTS, formula), **FACTS).written("value") == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [("late", 8), ("late * 2 - 1", 15), ("share", "8.25%"), ("100% - share", "91.75%"), ("late / 4 * 1.5", "3"),
     ("weight + late", "9.5"), ("start", "2024-01-31"), ("start + late", "2024-02-08"),
     ("max(start, end)", "2025-03-01"), ("fare / (fare / 2)", "2"), ("min(late, 3)", 3),
     ("round(weight, half_up, 1)", 2), ("round(weight, half_up, 0.1)", "1.5"), ("max(share, 100%)", "100%"),
     ("start - late", "2024-01-23"), ("late - 9", -1), ("-late", -8), ("100%", "100%"), ("50", 50)],
)  # fmt: skip
def test_a_formula_may_give_a_number_or_a_date(formula, value):
    assert answer(formula_pack(INPUTS, formula, kind="number"), **FACTS).written("value") == value


@pytest.mark.parametrize(
    "formula", ["fare", "min(fare, 5.00)", "round(fare, up, 1)", "fare / 2", "-fare + 5.00"]
)
def test_unknown_in_any_operand_gives_unknown(formula):
    assert answer(formula_pack(INPUTS, formula), **FACTS | {"fare": None}).written("value") is None


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("fare * fare", "money * money"),
        ("fare + late", "has no meaning"),
        ("late / fare", "has no meaning"),
        ("start + end", "has no meaning"),
        ("start * 2", "a date cannot be multiplied"),
        ("fare + start", "has no meaning"),
        ("-start", "a date has no minus"),
        ("round(start, up, 1)", "cannot be rounded"),
        ("add_months(start, late / 2)", "whole number of months"),
        ("add_months(start)", "takes two arguments"),
        ("start + late / 2", "has no meaning"),
        ("size", "cannot calculate with enum"),
        ("any", "cannot calculate with boolean"),
        ("nothing_such", "is not a name of this book"),
        ("far", "is not a name of this book"),
        ("sqrt(late)", "is not a function"),
        ("round(fare, nearest, 1)", "is not a rounding"),
        ("round(fare, up, 0)", "above 0"),
        ("day_sum(late, start, end)", "has no value for each day"),
        ("fare +", "stands where"),
        ("(fare", "stands where"),
        ("fare fare", "stands where"),
        ("1.2.3 * fare", "cannot be read"),
        ("fare; drop", "cannot be read"),
        ("fare if late", "stands where"),
        ("late < 3", "cannot be read"),
        ("late", "gives a number"),
        ("fare * share * fare", "money * money"),
        ("8.25% + fare", "has no meaning"),
        ("late / fare * 2", "has no meaning"),
        ("late - start", "has no meaning"),
        ("min(fare, late)", "has no meaning"),
        ("min(start, 5)", "has no meaning"),
        ("add_months(late, 1)", "a number stands where a date should"),
        ("months(start, late)", "a number stands where a date should"),
        ("add_months(start, 100%)", "whole number of months"),
        ("months(start)", "takes two arguments"),
        ("day_sum(late)", "day_sum takes an output and two dates"),
        ("day_sum(2 * late, start, end)", "day_sum takes an output and two dates"),
        ("round(fare, up, 50%)", "above 0"),
        ("round(fare, up, late)", "stands where a number should"),
        ("round(fare, up, -1)", "stands where a number should"),
        ("round(fare, up)", "stands where ',' should"),
        ("min()", "stands where a number or a name should"),
        ("min(fare,)", "stands where a number or a name should"),
        ("min", "is not a name of this book"),
        ("", "is: is missing"),
        ("007 * fare", "is not a number of a formula"),
        ("12345678901234567 * fare", "is not a number of a formula"),
        ("0.1234567890 * fare", "is not a number of a formula"),
        ("٣ * fare", "cannot be read"),
        ("1e3 * fare", "stands where the end should"),
        ("fare" + " + 1" * 60, "rest on one another"),
        ("(" * 60 + "fare" + ")" * 60, "nested too deeply"),
        ("fare" + " + fare" * 200, "too long"),
        ("--" * 40 + "fare", "nested too deeply"),
    ],
)
def test_what_has_no_meaning_is_refused(formula, problem):
    assert any(problem in fault for fault in faults_in(formula_pack(INPUTS, formula))), formula


def test_a_near_miss_of_a_name_is_guessed():
    from tests.books import faults_of

    assert "did you mean 'fare'" in faults_of(formula_pack(INPUTS, "far"))[0].remedy


def test_names_that_go_in_a_circle_are_told_as_a_circle():
    circle = '[[formula]]\nid = "one"\nis = "two"\n[[formula]]\nid = "two"\nis = "one"\n'
    text = formula_pack(INPUTS, "one").replace("[words]", f"{circle}\n[words]")
    assert any("one -> two -> one" in fault for fault in faults_in(text))
