"""A decision together with what it was made from: the ground on which further offers stand."""

from dataclasses import dataclass
from datetime import datetime

from settlement.complaint import Complaint
from settlement.decision.answer import Decision, Range
from settlement.decision.approval import Granted
from settlement.decision.entitlement import owed_in_money
from settlement.money import Money
from settlement.rules.live_policy import Policy


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided complaint; a consultation or a suggestion has no offers and cannot be talked about here.

    granted       what this order and customer had got before
    counted_from  the moment at which an offer is made and from which its dates count; without it,
                  the receipt of the complaint
    """

    decision: Decision
    complaint: Complaint
    policy: Policy
    granted: Granted
    counted_from: datetime | None = None

    def __post_init__(self) -> None:
        assert self.decision.range is not None, "only a complaint leads to offers"

    @property
    def range(self) -> Range:
        assert self.decision.range is not None
        return self.decision.range

    @property
    def liable(self) -> bool:
        """Whether the cause is ours in part, or something is owed."""
        return bool(self.decision.liability or any(each.amount for each in self.decision.owed))

    @property
    def cash_owed(self) -> Money:
        """The part of what is owed that only cash can pay, as far as it is not settled yet."""
        return min(owed_in_money(self.decision.owed, self.policy.currency), self.range.floor)

    @property
    def moment(self) -> datetime:
        return self.counted_from or self.complaint.case.received_at
