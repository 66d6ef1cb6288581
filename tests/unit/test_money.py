"""Money: whole minor units, named roundings, nothing lost."""

from fractions import Fraction

import pytest

from settlement.errors import BadInput
from settlement.money import CurrencyMismatch, Money, Rounding, read_rate, round_whole, write_rate


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("250.00", "EUR", 25000), ("30000", "JPY", 30000), ("1.005", "BHD", 1005), ("0.0001", "CLF", 1),
     ("-0.01", "EUR", -1), ("0.00", "CNY", 0), ("7.50", "XDR", 750)],
)  # fmt: skip
def test_an_amount_has_exactly_the_decimals_of_its_currency(amount, currency, minor):
    money = Money.of(amount, currency)
    assert money == Money(minor, currency)
    assert (money.amount, str(money)) == (amount, f"{amount} {currency}")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("250", "EUR"), ("250.0", "EUR"), ("250.000", "EUR"), ("1.0", "JPY"), ("1e2", "JPY"), ("+1.00", "EUR"),
     (" 1.00", "EUR"), ("01.00", "EUR"), (".50", "EUR"), ("1,00", "EUR"), ("", "EUR"), ("٣.00", "EUR"),
     ("1.00", "ABC"), ("1.00", "eur"), ("99999999999999.99", "EUR"), ("10000000000000.01", "EUR"),
     ("-10000000000000.01", "EUR"), ("-0.00", "EUR"), ("-0", "JPY"), ("9" * 5000 + ".00", "EUR"), ("1.00\n", "EUR")],
)  # fmt: skip
def test_anything_else_is_refused_with_what_to_write(amount, currency):
    with pytest.raises(BadInput) as refused:
        Money.of(amount, currency)
    assert refused.value.faults[0].remedy


def test_amounts_of_one_currency_add_subtract_and_compare():
    more, less = Money(250, "EUR"), Money(100, "EUR")
    assert (more + less, more - less, less - more) == (
        Money(350, "EUR"),
        Money(150, "EUR"),
        Money(-150, "EUR"),
    )
    assert (less < more, more < more, more <= more, more > less, more > more, more >= more) == (
        True, False, True, True, False, True,
    )  # fmt: skip
    assert (bool(Money.zero("EUR")), bool(less)) == (False, True)


def test_an_amount_times_a_rate_is_rounded_by_name():
    assert [Money(333, "EUR").scale(Fraction(1, 2), way).minor for way in Rounding] == [167, 166, 167]


def test_currencies_never_mix():
    for operation in ("__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(CurrencyMismatch):
            getattr(Money(1, "EUR"), operation)(Money(1, "USD"))
    assert Money(1, "EUR") != Money(1, "USD")


@pytest.mark.parametrize(
    ("exact", "up", "down", "half_up"),
    [("1/3", 1, 0, 0), ("1/2", 1, 0, 1), ("-1/2", -1, 0, -1), ("-1/3", -1, 0, 0), ("2", 2, 2, 2), ("0", 0, 0, 0),
     ("-5/2", -3, -2, -3)],
)  # fmt: skip
def test_up_is_away_from_zero_and_down_towards_it(exact, up, down, half_up):
    found = [round_whole(Fraction(exact), Rounding(way)) for way in ("up", "down", "half_up")]
    assert found == [up, down, half_up]


def test_a_split_keeps_every_unit_and_gives_the_odd_ones_to_the_largest_remainders():
    assert [part.minor for part in Money(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Money(7, "JPY").split([0, 2, 1])] == [0, 5, 2]
    assert [part.minor for part in Money(-1, "EUR").split([1, 1])] == [0, -1]


@pytest.mark.parametrize(
    ("text", "rate"), [("0", "0"), ("1", "1"), ("0.7", "7/10"), ("0.000000001", "1/1000000000")]
)
def test_a_rate_is_written_as_a_fraction_of_one(text, rate):
    assert read_rate(text) == Fraction(rate)
    assert write_rate(read_rate(text)) == text


@pytest.mark.parametrize("text", ["0.0000000001", "70%", "1e-1", "-0.1", ".5", "", "1/2", "٠"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(BadInput):
        read_rate(text)


def test_money_is_frozen():
    with pytest.raises(AttributeError):
        Money(1, "EUR").minor = 2  # type: ignore[misc]
