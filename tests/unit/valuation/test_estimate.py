"""The unfitted estimate of customer value: published figures, and what moves it."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from settlement.complaint import History
from settlement.money import Money
from settlement.rules.policy import ValueTerms
from settlement.valuation.estimate import (
    cap_at_past,
    discounted_years,
    estimate_value,
    idle_gaps,
    new_customer_value,
)
from tests.builders import DAY, a_customer, a_policy, cny, decide_for

SHIPPED = a_policy().terms.value
FIGURES = replace(SHIPPED, order_value=cny("80.00"))
"""The terms behind the published figures: gap 91 days, margin 30 %, a usual order of 80.00."""


def a_history(repeats: int, order: str, days: int, idle: int) -> History:
    spend = Money(cny(order).minor * (repeats + 1), "CNY")
    first, last = DAY - timedelta(days=days), DAY - timedelta(days=idle)
    return History(purchase_days=repeats + 1, spend=spend, margin_12m=None, first_on=first, last_on=last)


def value(history: History, terms: ValueTerms, still_active: str) -> Money:
    return estimate_value(history, DAY, terms, Fraction(still_active))[0]


def test_three_years_with_six_of_ten_kept_and_ten_percent_discount_make_1_757():
    assert round(discounted_years(SHIPPED), 3) == Fraction("1.757")


def test_an_ordinary_customer_of_four_repeats_in_a_year_is_worth_99():
    history = a_history(repeats=4, order="80.00", days=365, idle=100)
    assert Fraction(1) < idle_gaps(history, DAY, 91) <= 2
    found = value(history, FIGURES, "0.65")
    assert found == cny("98.73")
    assert round(Fraction(found.minor, 100)) == 99


def test_a_high_spender_of_24_repeats_in_two_years_is_worth_about_4339_without_a_cap():
    history = a_history(repeats=24, order="900.00", days=2 * 364, idle=14)
    assert idle_gaps(history, DAY, 91) <= 1
    found = value(history, replace(FIGURES, order_cap_multiple=Fraction(100)), "0.9")
    assert abs(found.minor - 433900) < 433900 * Fraction(1, 1000)


def test_one_large_order_is_capped_and_the_cap_is_named():
    capped = estimate_value(a_history(4, "400.01", 365, 100), DAY, FIGURES, Fraction("0.65"))
    full = estimate_value(a_history(4, "400.00", 365, 100), DAY, FIGURES, Fraction("0.65"))
    assert capped == (full[0], True)
    assert full[1] is False


def test_who_bought_once_is_worth_the_orders_that_a_newcomer_may_still_make():
    assert new_customer_value(SHIPPED, Fraction("0.55")) == cny("174.44")
    once = a_history(repeats=0, order="999999.00", days=0, idle=0)
    assert value(once, SHIPPED, "0.55") == cny("174.44")


def test_no_customer_is_worth_more_than_three_times_last_years_margin_and_a_newcomer():
    assert cap_at_past(cny("100.00"), SHIPPED, cny("174.44")) == cny("474.44")


@pytest.mark.parametrize(
    ("repeats", "days", "idle", "gaps"),
    [
        (0, 0, 0, "0"),
        (0, 91, 91, "1"),
        (0, 182, 182, "2"),
        (4, 365, 0, "0"),
        (4, 265, 100, "1.953125000"),
    ],
)
def test_idle_time_is_counted_in_the_customers_own_gaps(repeats, days, idle, gaps):
    assert idle_gaps(a_history(repeats, "80.00", days, idle), DAY, 91) == Fraction(gaps)


def test_idle_time_just_over_a_gap_is_over_it():
    assert idle_gaps(a_history(2, "80.00", 100, 34), DAY, 91) == Fraction("0.649681529")
    over = idle_gaps(a_history(2, "80.00", 100, 53), DAY, 91)
    assert over > Fraction(53 * 3, 138)  # rounded up, so that a bound is never met by rounding


def test_value_is_rounded_down_once():
    once = value(a_history(0, "0.00", 0, 0), SHIPPED, "0.55")
    exact = Fraction(1, 2) / 91 * 365 * Fraction("0.55") * discounted_years(SHIPPED) * 30000 * Fraction("0.3")
    assert once.minor == exact.numerator // exact.denominator


BANDS = {0: ".55 .40 .25 .10", 1: ".75 .55 .35 .15", 3: ".85 .65 .35 .10", 7: ".90 .65 .30 .05"}


@pytest.mark.parametrize("repeats", [0, 1, 2, 3, 6, 7, 40])
@pytest.mark.parametrize("band", range(4))
def test_the_share_still_active_follows_repeats_and_idle_time(repeats, band):
    """The shipped table is the published one."""
    share = BANDS[max(least for least in BANDS if least <= repeats)].split()[band]
    gaps = ["1", "2", "4", "1000"][band]
    found = a_policy().evaluate({"repeat_orders": repeats, "idle_gaps": Fraction(gaps)}, ["still_active"])
    assert found.values["still_active"] == Fraction(share)


def test_the_estimate_of_a_complaint_counts_to_the_day_received():
    customer = a_customer(
        purchase_days=5, spend="400.00", margin_12m=None, first_on="2025-03-03", last_on="2025-11-23"
    )
    policy = a_policy(('order_value = "300.00"', 'order_value = "80.00"'))
    lifetime = decide_for(customer=customer, policy=policy).value.lifetime
    assert (lifetime.amount, lifetime.source, lifetime.as_of) == ("98.73", "estimate", "2026-03-03")
    assert date.fromisoformat(lifetime.as_of) == DAY
