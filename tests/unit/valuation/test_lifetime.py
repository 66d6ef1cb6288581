"""V: what the caller sends, else our estimate, else the neutral amount."""

from datetime import timedelta
from typing import Any

import pytest

from settlement.valuation.lifetime import Valued, lifetime_value
from tests.builders import DAY, a_customer, a_policy, cny


def found(customer: Any) -> Valued:
    return lifetime_value(customer, a_policy(), DAY)


def source_of(valued: Valued) -> tuple[str, str, tuple[str, ...]]:
    return valued.amount.amount, valued.source, valued.warnings


LOYAL = {"purchase_days": 12, "first_on": "2024-01-01", "last_on": "2026-02-20"}


def test_a_value_from_elsewhere_stands_in_for_our_estimate():
    valued = found(a_customer(**LOYAL, value="77.00", confidence="medium"))
    assert source_of(valued) == ("77.00", "crm", ())
    assert (valued.as_of.isoformat(), valued.confidence) == ("2026-02-28", "medium")


def test_a_value_of_low_confidence_is_neutral_and_warns():
    assert source_of(found(a_customer(value="77.00", confidence="low"))) == (
        "0.00",
        "neutral",
        ("lifetime_doubtful",),
    )


@pytest.mark.parametrize(("age", "stale"), [(0, False), (180, False), (181, True)])
def test_a_value_older_than_the_policy_allows_is_neutral_and_warns(age, stale):
    customer = a_customer(value="77.00", as_of=(DAY - timedelta(days=age)).isoformat())
    expected = ("0.00", "neutral", ("lifetime_stale",)) if stale else ("77.00", "crm", ())
    assert source_of(found(customer)) == expected


def test_a_stale_value_is_not_replaced_by_our_estimate():
    assert found(a_customer(**LOYAL, value="77.00", as_of="2020-01-01")).source == "neutral"


def test_without_a_value_the_history_is_estimated():
    valued = found(a_customer(**LOYAL, spend="3600.00", margin_12m="5000.00"))
    assert (valued.source, valued.confidence, valued.caps, valued.warnings) == ("estimate", "medium", (), ())
    assert valued.amount > cny("500.00")


def test_a_short_history_is_of_low_confidence():
    assert found(a_customer(purchase_days=3, last_on="2026-02-20")).confidence == "low"


def test_last_years_margin_caps_the_estimate_and_is_named():
    valued = found(a_customer(**LOYAL, spend="3600.00", margin_12m="10.00"))
    assert (valued.amount, valued.caps) == (cny("204.44"), ("past_margin",))


def test_both_caps_may_bind():
    valued = found(a_customer(**LOYAL, spend="99999.00", margin_12m="10.00"))
    assert (valued.amount, valued.caps) == (cny("204.44"), ("order_value", "past_margin"))


def test_without_last_years_margin_its_cap_is_not_applied_and_warns():
    valued = found(a_customer(**LOYAL, spend="3600.00", margin_12m=None))
    assert (valued.caps, valued.warnings, valued.yardsticks) == ((), ("margin_unknown",), ())


@pytest.mark.parametrize(
    ("customer", "warning"),
    [
        (None, "customer_unknown"),
        (a_customer(profile_free=True, value="9.00"), "profile_free"),
        (a_customer(lifetime=None, history=None), "value_unknown"),
    ],
)
def test_an_unknown_customer_is_neutral_and_warns(customer, warning):
    assert source_of(found(customer)) == ("0.00", "neutral", (warning,))
