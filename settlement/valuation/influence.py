"""What a customer's influence is worth: observed referrals, or predicted reach; never both, never above V.

    W = min(V, cap, max(observed, share x predicted))

Followers alone buy nothing: unverified, unmeasured or irrelevant reach is worth 0. What a customer
says about this complaint is no input, so that no threat can pay.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

from settlement.complaint import Customer, Reach, Referral
from settlement.dates import add_months
from settlement.money import Money, Rounding, round_whole
from settlement.rules.live_policy import Policy, rate_of
from settlement.rules.policy import InfluenceTerms
from settlement.valuation.estimate import new_customer_value
from settlement.valuation.exact import power
from settlement.valuation.lifetime import Valued, newcomer_evaluation

_MONTHS_BACK = 12


def influence_value(customer: Customer | None, lifetime: Money, policy: Policy, day: date) -> Valued:
    """W of a customer whose lifetime value is `lifetime`, on the day the complaint was received."""
    terms = policy.terms
    neutral = Fraction(terms.value.neutral.minor)
    if customer is None or customer.profile_free:
        return _bounded(neutral, lifetime, terms.influence, "neutral", ())
    worth: dict[str, Fraction] = {}
    warnings, yardsticks = [], []
    if customer.referrals is None:
        warnings.append("referrals_unknown")
    else:
        worth["referrals"] = observed_influence(customer.referrals, terms.influence, day)
    if customer.reach is None:
        warnings.append("reach_unknown")
    else:
        newcomer = newcomer_evaluation(policy)
        newcomer_value = new_customer_value(terms.value, rate_of(newcomer, "still_active"))
        worth["reach"] = predicted_influence(customer.reach, terms.influence, newcomer_value, day)
        yardsticks.append(newcomer)
    if warnings:
        worth["neutral"] = neutral
    source = max(worth, key=worth.__getitem__)  # of equal ones the first
    bounded = _bounded(worth[source], lifetime, terms.influence, source, tuple(warnings))
    return replace(bounded, yardsticks=tuple(yardsticks))


def _bounded(
    exact: Fraction, lifetime: Money, terms: InfluenceTerms, source: str, warnings: tuple[str, ...]
) -> Valued:
    amount = Money(round_whole(exact, Rounding.DOWN), lifetime.currency)
    bounds = {"lifetime": lifetime, "influence_cap": terms.cap}
    bounded = min(amount, *bounds.values())
    caps = tuple(name for name, bound in bounds.items() if bounded == bound and bounded < amount)
    return Valued(bounded, source, None, "low", caps, warnings)


def observed_influence(referrals: Iterable[Referral], terms: InfluenceTerms, day: date) -> Fraction:
    """Margin of customers whom this one verifiably brought, in minor units; it halves with age."""
    fresh = (
        referral.margin.minor * _freshness(referral.on, day, terms)
        for referral in referrals
        if referral.on <= day
    )
    return terms.observed_share * sum(fresh, Fraction(0))


def predicted_influence(reach: Reach | None, terms: InfluenceTerms, newcomer: Money, day: date) -> Fraction:
    """Margin of customers whom this one may bring by speaking well of us unasked, in minor units."""
    if reach is None or not reach.verified:
        return Fraction(0)
    first_day = add_months(day, -_MONTHS_BACK)
    recent = sorted((on for on in reach.mentions if first_day <= on < day), reverse=True)[
        : terms.mentions_cap
    ]
    mentions = sum((_freshness(on, day, terms) for on in recent), Fraction(0))
    engagement = min(reach.engagement, terms.engagement_cap)
    people = effective_reach(reach, terms) * engagement * reach.relevance * terms.conversion
    return terms.predicted_share * mentions * people * newcomer.minor


def effective_reach(reach: Reach, terms: InfluenceTerms) -> Fraction:
    """Followers who count: the real ones in full up to `full_reach`, beyond it by a root.

    Five million followers of whom 70 % are real act like 43,000.
    """
    real = reach.followers * reach.authentic
    if real <= terms.full_reach:
        return real
    return terms.full_reach * power(real / terms.full_reach, terms.exponent)


def _freshness(on: date, day: date, terms: InfluenceTerms) -> Fraction:
    half_lives = Fraction((day - on).days * 12, 365 * terms.half_life_months)
    return power(Fraction(1, 2), half_lives)
