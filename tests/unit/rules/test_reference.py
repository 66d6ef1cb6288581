"""The plain walker: what a table means."""

from datetime import date
from fractions import Fraction

import pytest

from settlement.rules.cells import ANYTHING, read_cell
from settlement.rules.reference import cell_holds, matching_rows
from settlement.rules.types import Kind, Type
from tests.random_tables import table_of

COUNT = Type(Kind.INTEGER, nullable=True)
FARE = Type(Kind.MONEY, currency="EUR")
RATE = Type(Kind.RATE)
DAY = Type(Kind.DATE)
LATE = Type(Kind.BOOLEAN, nullable=True)
TIER = Type(Kind.ENUM, values=("basic", "silver", "gold"))


@pytest.mark.parametrize(
    ("text", "type_", "holds", "fails"),
    [
        ("3", COUNT, [3], [2, 4]),
        ("1, 3", COUNT, [1, 3], [0, 2, 4]),
        ("< 3", COUNT, [-1000, 2], [3, 4]),
        ("<= 3", COUNT, [2, 3], [4]),
        ("> 3", COUNT, [4, 1000], [2, 3]),
        (">= 3", COUNT, [3, 4], [2]),
        ("[3..5]", COUNT, [3, 4, 5], [2, 6]),
        ("(3..5)", COUNT, [4], [3, 5]),
        ("[3..5)", COUNT, [3, 4], [2, 5]),
        ("(3..5]", COUNT, [4, 5], [3, 6]),
        ("not(3)", COUNT, [2, 4], [3]),
        ("not(3, >= 10)", COUNT, [2, 9], [3, 10, 11]),
        ("not([3..5), 7)", COUNT, [2, 5, 6], [3, 4, 7]),
        ("< 12.50", FARE, [1249], [1250, 1251]),
        ("8.25%", RATE, [Fraction(825, 10000)], [Fraction(826, 10000), 0]),
        ("(0%..50%]", RATE, [Fraction(1, 10**9), Fraction(1, 2)], [0, Fraction(1, 2) + Fraction(1, 10**9)]),
        ("[2024-02-29..2025-01-01)", DAY, [date(2024, 2, 29), date(2024, 12, 31)], [date(2025, 1, 1)]),
        ("true", LATE, [True], [False]),
        ("not(true)", LATE, [False], [True]),
        ("silver, gold", TIER, ["silver", "gold"], ["basic"]),
        ("not(silver)", TIER, ["basic", "gold"], ["silver"]),
    ],
)
def test_a_cell_holds_for_the_values_that_it_names(text, type_, holds, fails):
    cell = read_cell(text, type_)
    assert [cell_holds(cell, value) for value in holds] == [True] * len(holds)
    assert [cell_holds(cell, value) for value in fails] == [False] * len(fails)


@pytest.mark.parametrize("text", ["null", "null, 3", "3, null"])
def test_unknown_is_met_by_null(text):
    assert cell_holds(read_cell(text, COUNT), None)


@pytest.mark.parametrize(
    "text", ["3", "< 7", ">= -7", "[1..2]", "not(3)", "not(null)", "not(null, 3)", "not(< 7)"]
)
def test_unknown_is_met_by_no_comparison_and_no_negation(text):
    assert not cell_holds(read_cell(text, COUNT), None)


def test_a_dash_is_met_by_everything_unknown_too():
    assert cell_holds(ANYTHING, None)
    assert cell_holds(ANYTHING, 0)


def test_null_is_not_met_by_a_known_value_and_not_null_by_every_one():
    assert not cell_holds(read_cell("null", COUNT), 0)
    assert cell_holds(read_cell("not(null)", COUNT), 0)
    assert cell_holds(read_cell("not(null, 3)", COUNT), 2)
    assert not cell_holds(read_cell("not(null, 3)", COUNT), 3)


def test_a_row_matches_when_every_cell_holds_and_rows_count_from_0():
    table = table_of(
        {"count": COUNT, "tier": TIER},
        ["-", "-"],
        ["> 2", "gold"],
        ["> 2", "basic"],
        ["null", "-"],
    )
    assert matching_rows(table, [3, "gold"]) == {0, 1}
    assert matching_rows(table, [3, "basic"]) == {0, 2}
    assert matching_rows(table, [2, "gold"]) == {0}
    assert matching_rows(table, [None, "gold"]) == {0, 3}


def test_a_table_without_rows_matches_nothing():
    assert matching_rows(table_of({"count": COUNT}), [3]) == frozenset()


def test_a_number_that_is_whole_may_come_as_a_fraction():
    assert matching_rows(table_of({"count": COUNT}, ["3"]), [Fraction(3)]) == {0}
