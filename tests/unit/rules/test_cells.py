"""Conditions as they are written in a cell."""

from datetime import date
from fractions import Fraction

import pytest

from settlement.rules.cells import read_cell
from settlement.rules.reference import cell_holds
from settlement.rules.types import BadValue, Kind, Type

COUNT = Type(Kind.INTEGER, nullable=True)
MONEY = Type(Kind.MONEY, "EUR", low=0)
RATE = Type(Kind.RATE)
DECIMAL = Type(Kind.DECIMAL)
DATE = Type(Kind.DATE)
TRUTH = Type(Kind.BOOLEAN)
SIZE = Type(Kind.ENUM, values=("small", "large", "extra large"), nullable=True)


@pytest.mark.parametrize(
    ("type_", "text", "inside", "outside"),
    [
        (COUNT, "-", [-5, 0, None], []),
        (COUNT, "5", [5], [4, 6, None]),
        (COUNT, "-5, 7", [-5, 7], [5, None]),
        (COUNT, "< 5", [4], [5, None]),
        (COUNT, "<= 5", [5], [6, None]),
        (COUNT, "> 5", [6], [5, None]),
        (COUNT, ">=5", [5], [4, None]),
        (COUNT, "[1..3]", [1, 3], [0, 4, None]),
        (COUNT, "(1..3)", [2], [1, 3, None]),
        (COUNT, "null", [None], [0]),
        (COUNT, "null, > 5", [None, 6], [5]),
        (COUNT, "not(null)", [0], [None]),
        (COUNT, "not(3)", [2], [3, None]),
        (COUNT, "not(< 3, 7)", [3, 8], [2, 7, None]),
        (MONEY, "[1.00..2.50)", [100, 249], [99, 250]),
        (RATE, "< 8.25%", [Fraction("0.08")], [Fraction("0.0825")]),
        (DECIMAL, "<= 18.5", [Fraction("18.5")], [Fraction("18.6")]),
        (DATE, "[2021-04-13..2025-01-22)", [date(2021, 4, 13), date(2025, 1, 21)], [date(2025, 1, 22)]),
        (TRUTH, "true", [True], [False]),
        (SIZE, "small, extra large", ["small", "extra large"], ["large", None]),
        (SIZE, "not(small)", ["large"], ["small", None]),
    ],
)
def test_a_cell_holds_for_what_it_says(type_, text, inside, outside):
    cell = read_cell(text, type_)
    assert all(cell_holds(cell, value) for value in inside)
    assert not any(cell_holds(cell, value) for value in outside)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (COUNT, ""), (COUNT, "5,"), (COUNT, "-, 5"), (COUNT, "5.0"), (COUNT, "five"), (COUNT, "=5"),
        (COUNT, "[3..1]"), (COUNT, "(1..2)"), (COUNT, "(1..1]"), (COUNT, "[1..]"), (COUNT, "not()"),
        (COUNT, "not(-)"), (COUNT, "not(not(3))"), (COUNT, "> 1000000000000000"), (COUNT, "9" * 20),
        (MONEY, "5"), (MONEY, "5.0"), (MONEY, "EUR 5.00"), (MONEY, "< 0.00"), (MONEY, "null"),
        (RATE, "8.25"), (RATE, "8.25 %"), (DECIMAL, "1e3"), (DECIMAL, "0.1234567891"),
        (DATE, "2025-02-30"), (DATE, "1799-12-31"), (DATE, "2025-1-2"), (DATE, "> 2199-12-31"),
        (TRUTH, "yes"), (TRUTH, "< true"), (TRUTH, "null"), (TRUTH, "not(true, false)"),
        (SIZE, "tiny"), (SIZE, "<= small"), (SIZE, "Small"), (SIZE, "not(small, large, extra large)"),
        (COUNT, "٣"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_what_to_write(type_, text):
    with pytest.raises(BadValue) as refused:
        read_cell(text, type_)
    assert refused.value.problem
    assert refused.value.remedy
