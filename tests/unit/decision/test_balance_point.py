"""Floor, base, ceiling, balance point, opening: where each bound takes hold."""

from fractions import Fraction

import pytest

from settlement.decision.balance_point import desert, final_amount, settlement_range
from settlement.errors import CannotDecide
from settlement.money import CurrencyMismatch, Money
from settlement.rules.policy import BalanceTerms
from tests.builders import cny, decide_for

TERMS = BalanceTerms(
    kappa=Fraction(3, 2), small_room=cny("20.00"), beta=Fraction(1, 2), round_cost=cny("15.00")
)


def found(floor: str, deserved: str, interest: str, *, only_face: bool = False) -> str:
    settled = settlement_range(cny(floor), cny(deserved), cny(interest), TERMS, only_face=only_face)
    return " ".join(money.amount for _, money in settled)


@pytest.mark.parametrize(
    ("floor", "deserved", "interest", "expected"),
    [
        ("0.00", "100.00", "0.00", "0.00 100.00 100.00 100.00 100.00"),
        ("0.00", "100.00", "10.00", "0.00 100.00 105.00 110.00 110.00"),
        ("0.00", "100.00", "50.00", "0.00 100.00 125.00 150.00 140.00"),
        ("0.00", "100.00", "50.01", "0.00 100.00 125.00 150.00 140.00"),
        ("0.00", "39.99", "999.00", "0.00 39.99 49.99 59.99 59.99"),
        ("0.00", "40.01", "999.00", "0.00 40.01 50.01 60.01 60.01"),
        ("0.00", "40.03", "999.00", "0.00 40.03 50.04 60.04 60.04"),
        ("60.00", "40.00", "10.01", "60.00 100.00 105.01 110.01 110.01"),
    ],
)
def test_the_range_follows_from_floor_desert_and_interest(floor, deserved, interest, expected):
    assert found(floor, deserved, interest) == expected


def test_who_wants_face_only_opens_at_the_base_of_the_same_range():
    assert found("0.00", "100.00", "50.00", only_face=True) == "0.00 100.00 125.00 150.00 100.00"


def test_an_odd_fen_goes_to_the_customer():
    assert desert(Fraction(1, 2), cny("0.01")) == cny("0.01")
    assert desert(Fraction(3, 4), cny("150.00")) == cny("112.50")


@pytest.mark.parametrize(
    ("demand", "only_face", "expected"),
    [
        (None, False, "150.00"),
        (None, True, "100.00"),
        ("0.00", False, "140.00"),
        ("145.00", False, "145.00"),
        ("151.00", False, "150.00"),
        ("99.00", True, "100.00"),
        ("120.00", True, "120.00"),
        ("1000.00", True, "150.00"),
    ],
)
def test_the_final_sum_meets_the_demand_between_opening_and_ceiling(demand, only_face, expected):
    settled = settlement_range(cny("0.00"), cny("100.00"), cny("50.00"), TERMS, only_face=only_face)
    assert final_amount(settled, demand and cny(demand), only_face=only_face) == cny(expected)


def test_two_currencies_never_meet_in_one_range():
    with pytest.raises(CurrencyMismatch):
        settlement_range(cny("1.00"), Money(100, "EUR"), cny("0.00"), TERMS, only_face=False)


def test_a_sum_that_could_not_be_written_goes_to_a_person():
    with pytest.raises(CannotDecide, match="more than any amount may be: a person takes the case"):
        decide_for(verified="9999999999999.99")
