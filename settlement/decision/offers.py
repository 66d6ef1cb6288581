"""The offers: an opening, and a final rung where it is higher; each with menu, approval and gestures."""

from collections.abc import Iterable
from dataclasses import dataclass

from settlement.complaint import Complaint
from settlement.decision.answer import Approval, GiftGiven, Offer, Rung
from settlement.decision.approval import Asked, Granted, approval_for
from settlement.decision.clocks import Deadlines
from settlement.decision.gestures import choose_gestures, choose_prevention
from settlement.decision.menu import build_menu
from settlement.decision.position import Position
from settlement.money import Money
from settlement.rules.evaluate import Evaluation
from settlement.rules.live_policy import Policy
from settlement.rules.policy import Instrument, PolicyTerms


@dataclass(frozen=True, slots=True)
class Offers:
    """The rungs in their order, the approval that the opening needs, and how each approval was found."""

    offers: tuple[Offer, ...]
    approval: Approval
    evaluations: tuple[Evaluation, ...]


def make_offers(
    complaint: Complaint,
    grade: int,
    cash_owed: Money,
    position: Position,
    granted: Granted,
    policy: Policy,
    deadlines: Deadlines,
) -> Offers:
    """One offer a rung. `cash_owed` is the part of what is owed that only cash can pay."""
    amounts = {Rung.OPENING: position.range.opening, Rung.FINAL: position.final}
    if position.final <= position.range.opening:
        del amounts[Rung.FINAL]
    matter, paid = complaint.complaint, complaint.order.paid if complaint.order else None
    suited = suited_instruments(complaint, policy.terms.instruments)
    offers, approvals, evaluations = [], [], []
    for rung, amount in amounts.items():
        approval, evaluation = _approval(amount, complaint, grade, position, granted, policy)
        menu = build_menu(amount, cash_owed, paid, suited, policy.terms.ladder, deadlines.after)
        approvals.append(approval)
        evaluations.append(evaluation)
        offers.append(
            Offer(
                rung=rung,
                amount=amount,
                approval=approval.level,
                options=menu,
                gestures=choose_gestures(matter, grade, position.liable, policy.terms),
                prevention=choose_prevention(matter, policy.terms),
            )
        )
    return Offers(tuple(offers), approvals[0], tuple(evaluations))


def _approval(
    amount: Money, complaint: Complaint, grade: int, position: Position, granted: Granted, policy: Policy
) -> tuple[Approval, Evaluation]:
    matter, customer = complaint.complaint, complaint.customer
    wants_more = matter.demand is not None and matter.demand > position.range.opening
    asked = Asked(amount, owed=position.range.floor, grade=grade, demand_above_opening=wants_more)
    return approval_for(asked, matter, customer.abuse if customer else None, granted, policy)


def suited_instruments(complaint: Complaint, instruments: Iterable[Instrument]) -> list[Instrument]:
    """The instruments that fit the problem and the goods."""
    category, problem = complaint.order and complaint.order.category, complaint.complaint.problem
    return [
        each
        for each in instruments
        if (not each.categories or category in each.categories)
        and (not each.problems or problem in each.problems)
    ]


def courtesy(position: Position, abuse_established: bool, terms: PolicyTerms) -> GiftGiven | None:
    """The policy's small gift where nothing is due; never a reward for abuse."""
    if terms.gift is None or position.liable or abuse_established:
        return None
    return GiftGiven(instrument=terms.gift.instrument, face=terms.gift.face)
