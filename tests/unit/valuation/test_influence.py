"""W: observed referrals or predicted reach, halved with age, never above V or the cap."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from settlement.complaint import Reach
from settlement.money import Money
from settlement.valuation.influence import (
    effective_reach,
    influence_value,
    observed_influence,
    predicted_influence,
)
from settlement.valuation.lifetime import Valued
from tests.builders import DAY, a_customer, a_policy, cny

TERMS = a_policy().terms.influence
RICH = cny("100000.00")


def ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


def a_reach(**said: Any) -> Reach:
    wide = {"followers": 10_000, "verified": True, "authentic": "1", "engagement": "0.05", "relevance": "1"}
    return a_customer(**{**wide, "mentions": [ago(365)], **said}).reach


def predicted(**said: Any) -> Fraction:
    return predicted_influence(a_reach(**said), TERMS, cny("100.00"), DAY)


def observed(*referrals: tuple[str, str]) -> Fraction:
    return observed_influence(a_customer(referrals=referrals).referrals, TERMS, DAY)


def influence(lifetime: Money = RICH, **said: Any) -> Valued:
    return influence_value(a_customer(**said), lifetime, a_policy(), DAY)


@pytest.mark.parametrize(
    ("followers", "authentic", "acts_like"),
    [
        (0, "1", 0),
        (9_999, "1", 9_999),
        (10_000, "1", 10_000),
        (160_000, "1", 20_000),
        (20_000, "0.5", 10_000),
        (5_000_000, "0.7", 43_253),
        (5_000_000, "0", 0),
    ],
)
def test_followers_count_in_full_up_to_ten_thousand_and_then_by_a_root(followers, authentic, acts_like):
    found = effective_reach(a_reach(followers=followers, authentic=authentic), TERMS)
    assert found.numerator // found.denominator == acts_like


def test_a_mention_predicts_customers_and_half_of_them_count():
    """10,000 x 5 % x 100 % x 0.5 % = 2.5 people of 100.00; half for the guess, half for a year's age."""
    assert predicted() == Fraction("62.50") * 100


@pytest.mark.parametrize(
    "said",
    [
        {"verified": False},
        {"authentic": "0"},
        {"engagement": "0"},
        {"relevance": "0"},
        {"mentions": []},
        {"followers": 0},
    ],
)
def test_followers_alone_buy_nothing(said):
    assert predicted(**said) == 0


def test_engagement_counts_up_to_five_percent():
    assert predicted(engagement="1") == predicted(engagement="0.05")
    assert predicted(engagement="0.02") == predicted() * Fraction(2, 5)


def test_the_two_newest_mentions_of_the_year_before_count():
    assert predicted(mentions=[ago(366)]) == 0
    assert predicted(mentions=[ago(0)]) == 0  # the day of the complaint is not before it
    assert predicted(mentions=[ago(365), ago(365), ago(365)]) == 2 * predicted()
    newest = predicted(mentions=[ago(1), ago(2)])
    assert predicted(mentions=[ago(300), ago(2), ago(200), ago(1)]) == newest


def test_a_referral_counts_half_and_halves_with_each_year():
    assert observed((ago(0), "100.00")) == cny("50.00").minor
    assert observed((ago(365), "100.00")) == cny("25.00").minor
    assert observed((ago(730), "100.00"), (ago(0), "100.00")) == cny("62.50").minor


def test_a_referral_after_the_complaint_does_not_count():
    assert observed((ago(-1), "100.00")) == 0


def test_the_larger_of_observed_and_predicted_counts_never_their_sum():
    wide = {"followers": 10_000, "verified": True, "authentic": "1", "engagement": "0.05", "relevance": "1"}
    both = influence(**wide, mentions=[ago(365)], referrals=[(ago(0), "100.00")])
    assert (both.amount, both.source) == (cny("109.02"), "reach")  # of a newcomer's 174.44
    both = influence(**wide, mentions=[ago(365)], referrals=[(ago(0), "300.00")])
    assert (both.amount, both.source) == (cny("150.00"), "referrals")


@pytest.mark.parametrize(
    ("lifetime", "amount", "caps"),
    [
        ("100000.00", "5000.00", ("influence_cap",)),
        ("5000.00", "5000.00", ("lifetime", "influence_cap")),
        ("80.00", "80.00", ("lifetime",)),
        ("0.00", "0.00", ("lifetime",)),
    ],
)
def test_influence_is_never_worth_more_than_the_customer_or_the_cap(lifetime, amount, caps):
    found = influence(cny(lifetime), referrals=[(ago(0), "99999.00")])
    assert (found.amount, found.caps) == (cny(amount), caps)


def test_no_cap_is_named_where_none_binds():
    found = influence(cny("50.00"), referrals=[(ago(0), "100.00")])
    assert (found.amount, found.caps) == (cny("50.00"), ())


def test_what_is_unknown_is_named_and_never_called_known():
    found = influence(reach=None, referrals=None)
    assert (found.source, found.warnings) == ("neutral", ("referrals_unknown", "reach_unknown"))
    found = influence(referrals=None)
    assert (found.source, found.warnings) == ("reach", ("referrals_unknown",))
    found = influence(reach=None)
    assert (found.source, found.warnings) == ("referrals", ("reach_unknown",))


def test_a_stranger_and_who_wants_no_profile_have_neutral_influence():
    assert influence_value(None, RICH, a_policy(), DAY).source == "neutral"
    assert influence(profile_free=True, referrals=[(ago(0), "100.00")]).source == "neutral"
