"""The facts of a case as each role may read them: what is known of a customer's value is for few.

Ids and what evidence refers to are null once they were erased.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from settlement.decision.answer import Part
from settlement.money import Money


class CaseFacts(Part):
    """Which case, through which channel, when."""

    id: str
    kind: str
    channel: str
    received_at: datetime
    occurred_on: date


class LossFacts(Part):
    """What the customer says was lost, and what of it is proven."""

    claimed: Money | None
    verified: Money | None


class EvidenceFacts(Part):
    kind: str
    ref: str | None


class SignalFacts(Part):
    """Marks of urgency and repetition."""

    repeat_contacts: int
    prior_complaints_12m: int
    negative_words: bool
    asks_escalation: bool
    threatens_publicity: bool
    vulnerable: bool
    broken_promises: int
    hours_waiting: int


class MatterFacts(Part):
    """What the complaint is about."""

    wants: str
    mood: str
    problem: str
    cause: str
    harm: str
    duration_h: int | None
    affected: str
    loss: LossFacts
    evidence: tuple[EvidenceFacts, ...] | None
    demand: Money | None
    signals: SignalFacts


class OrderFacts(Part):
    """The order complained of."""

    id: str | None
    paid: Money
    placed_on: date
    category: str


class ClaimFacts(Part):
    """A claim under a published pack."""

    pack: str
    facts: dict[str, str | int | bool | None]


class AbuseFacts(Part):
    """Signs of abuse, for a person to look at."""

    claims_90d: int
    repeat_claimant: bool
    established: bool


class CustomerFacts(Part):
    """Who complains."""

    id: str | None
    profile_free: bool
    abuse: AbuseFacts | None


class CustomerKnown(CustomerFacts):
    """The same with what value is estimated from, as it was sent."""

    history: dict[str, Any] | None
    lifetime: dict[str, Any] | None
    reach: dict[str, Any] | None
    referrals: tuple[dict[str, Any], ...] | None


class Facts(Part):
    """What is known, for those who talk and approve."""

    policy: str | None
    case: CaseFacts
    complaint: MatterFacts
    order: OrderFacts | None
    claims: tuple[ClaimFacts, ...] | None
    customer: CustomerFacts | None


class AllFacts(Facts):
    """What is known, for finance and auditors."""

    customer: CustomerKnown | None


_VALUED = ("history", "lifetime", "reach", "referrals")


def facts_shown(complaint: Mapping[str, Any]) -> Facts:
    """The facts of a complaint as it is recorded, without what value is estimated from."""
    customer = complaint["customer"]
    plain = customer and {name: each for name, each in customer.items() if name not in _VALUED}
    return Facts.model_validate({**complaint, "customer": plain})


def all_facts(complaint: Mapping[str, Any]) -> AllFacts:
    """All of the facts."""
    return AllFacts.model_validate(complaint)


def with_names(complaint: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A recorded complaint with what its references stand for; null for what was erased."""
    customer, order, matter = complaint["customer"], complaint["order"], complaint["complaint"]
    evidence = matter["evidence"]
    named = evidence and [{**each, "ref": names.get(each["ref"])} for each in evidence]
    return {
        **complaint,
        "customer": customer and {**customer, "id": names.get(customer["id"])},
        "order": order and {**order, "id": names.get(order["id"])},
        "complaint": {**matter, "evidence": named},
    }


def references_in(complaint: Mapping[str, Any]) -> list[str]:
    """The references of a recorded complaint: customer, order, evidence."""
    found = [each["id"] for each in (complaint["customer"], complaint["order"]) if each]
    return found + [each["ref"] for each in complaint["complaint"]["evidence"] or ()]
