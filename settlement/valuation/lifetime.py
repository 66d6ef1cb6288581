"""The customer's lifetime value V: what the caller sends, else our estimate, else the neutral amount."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from settlement.complaint import Customer, History, Lifetime
from settlement.money import Money
from settlement.rules.evaluate import Evaluation, Known
from settlement.rules.live_policy import Policy, rate_of
from settlement.rules.policy import ValueTerms
from settlement.valuation.estimate import cap_at_past, estimate_value, idle_gaps, new_customer_value


@dataclass(frozen=True, slots=True)
class Valued:
    """One part of a customer's value, in whole minor units, with where it comes from and what bounds it.

    evaluations   what the policy was asked about this customer
    yardsticks    what it was asked about a newcomer, to compare with: no reason of this customer's
    """

    amount: Money
    source: str
    as_of: date | None
    confidence: str
    caps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    yardsticks: tuple[Evaluation, ...] = ()


def lifetime_value(customer: Customer | None, policy: Policy, day: date) -> Valued:
    """V of a customer on the day the complaint was received.

    Unknown, stale or doubtful is neutral, never zero.
    """
    terms = policy.terms.value
    if customer is None:
        return _neutral(terms, "customer_unknown")
    if customer.profile_free:
        return _neutral(terms, "profile_free")
    if customer.lifetime is not None:
        return _from_caller(customer.lifetime, terms, day)
    if customer.history is not None:
        return _estimated(customer.history, policy, day)
    return _neutral(terms, "value_unknown")


def _neutral(terms: ValueTerms, warning: str) -> Valued:
    return Valued(terms.neutral, "neutral", None, "low", warnings=(warning,))


def _from_caller(lifetime: Lifetime, terms: ValueTerms, day: date) -> Valued:
    if lifetime.confidence == "low":
        return _neutral(terms, "lifetime_doubtful")
    if lifetime.as_of < day - timedelta(days=terms.stale_after_days):
        return _neutral(terms, "lifetime_stale")
    return Valued(lifetime.value, lifetime.source, lifetime.as_of, lifetime.confidence)


def _estimated(history: History, policy: Policy, day: date) -> Valued:
    terms = policy.terms.value
    evaluation = active_evaluation(policy, history, day)
    value, order_capped = estimate_value(history, day, terms, rate_of(evaluation, "still_active"))
    caps = ("order_value",) if order_capped else ()
    confidence = "medium" if history.purchase_days >= 4 else "low"
    estimated = Valued(value, "estimate", day, confidence, caps, (), (evaluation,))
    if history.margin_12m is None:
        return replace(estimated, warnings=("margin_unknown",))
    newcomer = newcomer_evaluation(policy)
    newcomer_value = new_customer_value(terms, rate_of(newcomer, "still_active"))
    ceiling = cap_at_past(history.margin_12m, terms, newcomer_value)
    if value > ceiling:
        estimated = replace(estimated, amount=ceiling, caps=(*caps, "past_margin"))
    return replace(estimated, yardsticks=(newcomer,))


def active_evaluation(policy: Policy, history: History, day: date) -> Evaluation:
    """The policy's word on whether a customer with this history still buys."""
    facts: dict[str, Known] = {
        "repeat_orders": history.purchase_days - 1,
        "idle_gaps": idle_gaps(history, day, policy.terms.value.gap_days),
    }
    return policy.evaluate(facts, ["still_active"])


def newcomer_evaluation(policy: Policy) -> Evaluation:
    """The same for somebody who bought for the first time today."""
    return policy.evaluate({"repeat_orders": 0, "idle_gaps": 0}, ["still_active"])
