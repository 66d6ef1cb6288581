"""What a good settlement keeps: the retention it adds, and the escalation it spares."""

from fractions import Fraction

from settlement.money import Money, Rounding
from settlement.rules.evaluate import Evaluation
from settlement.rules.live_policy import Policy


def retention_effect(grade: int, harm: str, policy: Policy) -> Evaluation:
    """The policy's `retention_gain` (a rate) and `escalation_cost` (money) for this harm."""
    return policy.evaluate({"grade": grade, "harm": harm}, ["retention_gain", "escalation_cost"])


def company_interest(gain: Fraction, lifetime: Money, influence: Money, escalation_cost: Money) -> Money:
    """N: what a good settlement is worth to us, an odd fraction of a unit going to the customer.

    gain x (V + min(W, V)) + escalation cost, the statistical one, never the threatened one.
    """
    return (lifetime + min(influence, lifetime)).scale(gain, Rounding.UP) + escalation_cost
