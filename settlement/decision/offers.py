"""The offers: an opening, and a final rung where it is higher; each with menu, approval and gestures."""

from collections.abc import Iterable
from dataclasses import dataclass

from settlement.complaint import Complaint
from settlement.decision.answer import Approval, GiftGiven, Offer, Range, Rung
from settlement.decision.approval import Asked, Granted, approval_for
from settlement.decision.clocks import Deadlines
from settlement.decision.decided import Decided
from settlement.decision.gestures import choose_gestures, choose_prevention
from settlement.decision.menu import DueAfter, build_menu
from settlement.decision.position import Position
from settlement.money import Money
from settlement.rules.evaluate import Evaluation
from settlement.rules.live_policy import Policy
from settlement.rules.policy import Instrument, PolicyTerms


@dataclass(frozen=True, slots=True)
class Ground:
    """What every offer in a case rests on. `cash_owed` is the part of what is owed that only cash can pay."""

    complaint: Complaint
    grade: int
    liable: bool
    range: Range
    cash_owed: Money
    granted: Granted
    policy: Policy
    due_after: DueAfter


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the talks changed about an offer.

    counter   the highest sum that the customer named in them
    form      the kind of instrument wished for: it comes first beside cash
    blocked   instruments that cannot be given after all
    apologies how many levels up the apology has climbed
    """

    counter: Money | None = None
    form: str | None = None
    blocked: frozenset[str] = frozenset()
    apologies: int = 0


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Made:
    """One offer, and how its approval was found."""

    offer: Offer
    approval: Approval
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Offers:
    """The rungs in their order, the approval that the opening needs, and how each approval was found."""

    offers: tuple[Offer, ...]
    approval: Approval
    evaluations: tuple[Evaluation, ...]


def make_offers(ground: Ground, final: Money) -> Offers:
    """The opening, and the final rung where it is higher."""
    opening = ground.range.opening
    amounts = [(Rung.OPENING, opening)] + ([(Rung.FINAL, final)] if final > opening else [])
    made = [make_offer(ground, rung, amount, NO_WISHES) for rung, amount in amounts]
    return Offers(
        offers=tuple(each.offer for each in made),
        approval=made[0].approval,
        evaluations=tuple(each.evaluation for each in made),
    )


def make_offer(ground: Ground, rung: Rung, amount: Money, wishes: Wishes) -> Made:
    """One rung at any amount: menu, gestures, and who must agree. Raises CannotDecide as `approval_for`."""
    matter, terms = ground.complaint.complaint, ground.policy.terms
    paid = ground.complaint.order.paid if ground.complaint.order else None
    suited = [
        each
        for each in suited_instruments(ground.complaint, terms.instruments)
        if each.kind == "cash" or each.id not in wishes.blocked
    ]
    approval, evaluation = _approval(amount, ground, wishes.counter)
    offer = Offer(
        rung=rung,
        amount=amount,
        approval=approval.level,
        options=build_menu(
            amount, ground.cash_owed, paid, suited, terms.ladder, ground.due_after, wishes.form
        ),
        gestures=choose_gestures(matter, ground.grade, ground.liable, terms, wishes.apologies),
        prevention=choose_prevention(matter, terms),
    )
    return Made(offer, approval, evaluation)


def offer_at(decided: Decided, rung: Rung, amount: Money, wishes: Wishes = NO_WISHES) -> Made:
    """An offer of any amount in a case that is decided. Raises CannotDecide as `approval_for`."""
    deadlines = Deadlines(decided.moment, decided.policy.terms)
    ground = Ground(
        complaint=decided.complaint,
        grade=decided.decision.severity.grade,
        liable=decided.liable,
        range=decided.range,
        cash_owed=decided.cash_owed,
        granted=decided.granted,
        policy=decided.policy,
        due_after=deadlines.after,
    )
    return make_offer(ground, rung, amount, wishes)


def _approval(amount: Money, ground: Ground, counter: Money | None) -> tuple[Approval, Evaluation]:
    matter, customer = ground.complaint.complaint, ground.complaint.customer
    opening = ground.range.opening
    wants_more = any(sum_ is not None and sum_ > opening for sum_ in (matter.demand, counter))
    asked = Asked(amount, owed=ground.range.floor, grade=ground.grade, demand_above_opening=wants_more)
    return approval_for(asked, matter, customer.abuse if customer else None, ground.granted, ground.policy)


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
