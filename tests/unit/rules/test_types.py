"""Facts and literals of every type: what is taken, what is refused, and that neither is guessed at."""

from fractions import Fraction

import pytest

from settlement.rules.types import BadValue, Kind, Type

COUNT, FLAG = Type(Kind.INTEGER), Type(Kind.BOOLEAN)
SUM, RATE = Type(Kind.MONEY, "EUR"), Type(Kind.RATE)


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        (COUNT, True),
        (COUNT, False),
        (COUNT, "1"),
        (COUNT, 1.0),
        (FLAG, 1),
        (FLAG, 0),
        (FLAG, "true"),
        (SUM, 1),
        (SUM, "1"),
        (SUM, "1.0"),
        (SUM, "１.00"),
        (SUM, "+1.00"),
        (SUM, "1.00\n"),
        (SUM, "1.00\0"),
        (RATE, "0,5"),
        (RATE, "5%%"),
        (RATE, "0.00000001"),
        (Type(Kind.DATE), "2026-02-29"),
        (Type(Kind.DATE), "1799-12-31"),
        (Type(Kind.DATE), "20260101"),
        (Type(Kind.ENUM, values=("a", "b")), "A"),
        (COUNT, None),
        (COUNT, 10**15 + 1),
        (SUM, "10000000000000.01"),
    ],
    ids=repr,
)
def test_a_fact_is_never_converted(type_, raw):
    with pytest.raises(BadValue) as refused:
        type_.read_fact(raw)
    assert refused.value.problem
    assert refused.value.remedy


def test_a_fact_may_leave_the_percent_sign_out_and_a_cell_may_not():
    assert RATE.read_fact("8.25%") == RATE.read_fact("8.25") == Fraction(825, 10_000)
    assert RATE.read_literal("8.25%") == Fraction(825, 10_000)
    with pytest.raises(BadValue):
        RATE.read_literal("8.25")


def test_the_engine_knows_rates_and_decimals_in_billionths_and_members_by_their_place():
    assert RATE.number(Fraction(825, 10_000)) == 82_500_000
    assert Type(Kind.DECIMAL).number(Fraction(37, 2)) == 18_500_000_000
    assert Type(Kind.ENUM, values=("a", "b")).number("b") == 1
    assert Type(Kind.DECIMAL).write(Fraction(37, 2)) == "18.5"
    with pytest.raises(BadValue, match="round it first"):
        RATE.number(Fraction(1, 3))


@pytest.mark.parametrize("digits", [42, 4_301, 100_000])
def test_a_number_of_thousands_of_digits_is_refused_in_a_short_message(digits):
    for type_ in (COUNT, SUM, RATE, Type(Kind.DECIMAL)):
        with pytest.raises(BadValue) as refused:
            type_.read_literal("9" * digits)
        assert len(str(refused.value)) < 300
    with pytest.raises(BadValue) as refused:
        COUNT.read_fact(10 ** (digits - 1))
    assert len(str(refused.value)) < 300
