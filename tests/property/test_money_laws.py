"""Money: laws over all amounts."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from settlement.money import EXPONENTS, Money, Rounding, round_whole

whole = st.integers(-(10**15), 10**15)
currencies = st.sampled_from(sorted(EXPONENTS))


@given(whole, currencies)
def test_what_is_written_reads_back_as_the_same(minor, currency):
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money


@given(whole, st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any))
def test_the_parts_of_a_split_add_up_and_are_fair(minor, weights):
    parts = Money(minor, "EUR").split(weights)
    assert sum(part.minor for part in parts) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor - Fraction(minor * weight, sum(weights))) < 1


@given(st.fractions(), st.sampled_from(Rounding))
def test_rounding_moves_by_less_than_one_the_way_it_says(exact, rounding):
    whole_number = round_whole(exact, rounding)
    assert abs(whole_number - exact) < 1
    if rounding is Rounding.UP:
        assert abs(whole_number) >= abs(exact)
    if rounding is Rounding.DOWN:
        assert abs(whole_number) <= abs(exact)
    if rounding is Rounding.HALF_UP:
        assert abs(whole_number - exact) <= Fraction(1, 2)
    assert round_whole(-exact, rounding) == -whole_number
