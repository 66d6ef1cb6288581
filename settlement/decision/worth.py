"""What settling well is worth to us: the customer's value, its bounds, and our interest N."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from settlement.complaint import Customer
from settlement.decision.answer import Value, ValuePart
from settlement.money import Money
from settlement.rules.evaluate import Evaluation
from settlement.rules.live_policy import Policy, money_of, rate_of
from settlement.valuation.influence import influence_value
from settlement.valuation.lifetime import Valued, lifetime_value
from settlement.valuation.retention import company_interest, retention_effect


@dataclass(frozen=True, slots=True)
class Worth:
    """V, W, the retention gain and the escalation cost, and N that follows from them before any bound."""

    past: Valued | None
    lifetime: Valued
    influence: Valued
    retention_gain: Fraction
    escalation_cost: Money
    interest: Money
    band: str
    abuse_established: bool
    evaluations: tuple[Evaluation, ...]
    yardsticks: tuple[Evaluation, ...]

    @property
    def warnings(self) -> list[str]:
        return list(dict.fromkeys((*self.lifetime.warnings, *self.influence.warnings)))

    @property
    def shown(self) -> Value:
        return Value(
            past=None if self.past is None else _shown(self.past),
            lifetime=_shown(self.lifetime),
            influence=_shown(self.influence),
            retention=self.retention_gain,
        )


def find_worth(customer: Customer | None, policy: Policy, day: date, grade: int, harm: str) -> Worth:
    """The value of a customer on the day the complaint came in, and what a good settlement keeps of it."""
    lifetime = lifetime_value(customer, policy, day)
    influence = influence_value(customer, lifetime.amount, policy, day)
    effect = retention_effect(grade, harm, policy)
    gain, escalation = rate_of(effect, "retention_gain"), money_of(effect, "escalation_cost")
    return Worth(
        past=_past(customer, day),
        lifetime=lifetime,
        influence=influence,
        retention_gain=gain,
        escalation_cost=escalation,
        interest=company_interest(gain, lifetime.amount, influence.amount, escalation),
        band=value_band(lifetime.amount, policy.terms.value.order_value),
        abuse_established=bool(customer and customer.abuse and customer.abuse.established),
        evaluations=(*lifetime.evaluations, *influence.evaluations, effect),
        yardsticks=lifetime.yardsticks or influence.yardsticks,
    )


def _past(customer: Customer | None, day: date) -> Valued | None:
    """Past spend as it stood on the day; nothing where it is unknown, or nothing may be known."""
    if customer is None or customer.profile_free or customer.history is None:
        return None
    return Valued(customer.history.spend, "history", day, "high")


def value_band(lifetime: Money, order_value: Money) -> str:
    """The lifetime value in words: below one usual order, below ten, or more."""
    if not lifetime:
        return "none"
    if lifetime < order_value:
        return "low"
    return "middle" if lifetime.minor < 10 * order_value.minor else "high"


def _shown(valued: Valued) -> ValuePart:
    return ValuePart(
        amount=valued.amount.amount,
        currency=valued.amount.currency,
        source=valued.source,
        as_of=valued.as_of.isoformat() if valued.as_of else None,
        confidence=valued.confidence,
        caps=valued.caps,
    )
