"""What a good settlement keeps, and our interest in it."""

from fractions import Fraction

import pytest

from settlement.rules.live_policy import money_of, rate_of
from settlement.valuation.exact import power
from settlement.valuation.retention import company_interest, retention_effect
from tests.builders import a_policy, cny

SHARE_LOST = ("0.05", "0.10", "0.18", "0.28", "0.40")
WON_BACK_WELL, WON_BACK_OWED = Fraction("0.70"), Fraction("0.35")


@pytest.mark.parametrize("grade", range(1, 6))
def test_the_gain_is_the_share_lost_times_what_a_good_settlement_wins_back_beyond_the_remedy(grade):
    gain = rate_of(retention_effect(grade, "financial", a_policy()), "retention_gain")
    assert abs(gain - Fraction(SHARE_LOST[grade - 1]) * (WON_BACK_WELL - WON_BACK_OWED)) <= Fraction("0.0005")


def test_the_shipped_figures_are_those_of_the_design():
    effects = [retention_effect(grade, "none", a_policy()) for grade in range(1, 6)]
    assert [str(float(rate_of(effect, "retention_gain"))) for effect in effects] == [
        "0.018",
        "0.035",
        "0.063",
        "0.098",
        "0.14",
    ]
    costs = [money_of(effect, "escalation_cost").amount for effect in effects]
    assert costs == ["6.00", "27.00", "112.00", "480.00", "1200.00"]


@pytest.mark.parametrize(
    ("gain", "lifetime", "influence", "cost", "expected"),
    [
        ("0.035", "120.00", "0.00", "27.00", "31.20"),
        ("0.035", "20000.00", "5000.00", "27.00", "902.00"),
        ("0.035", "100.00", "900.00", "0.00", "7.00"),
        ("0.018", "0.01", "0.00", "0.00", "0.01"),
        ("0", "120.00", "120.00", "27.00", "27.00"),
    ],
)
def test_the_interest_is_rounded_up_and_counts_influence_up_to_the_value(
    gain, lifetime, influence, cost, expected
):
    found = company_interest(Fraction(gain), cny(lifetime), cny(influence), cny(cost))
    assert found == cny(expected)


def test_a_power_is_exact_to_28_digits():
    assert power(Fraction(16), Fraction(1, 4)) == 2
    assert power(Fraction(1, 2), Fraction(0)) == 1
    assert abs(power(Fraction(2), Fraction(1, 2)) ** 2 - 2) < Fraction(1, 10**26)
