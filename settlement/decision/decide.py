"""decide(): the whole process on one screen. Read this first.

A pure function of the complaint, the books and what was granted before. The steps that find what
is owed and deserved are not given the customer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from settlement.complaint import CaseKind, Complaint, Wants
from settlement.decision.answer import (
    METHOD,
    Approval,
    BookRef,
    Decision,
    GiftGiven,
    Offer,
    Owed,
    Range,
    Reason,
    Rung,
    Severity,
    Sum,
    Trace,
)
from settlement.decision.approval import Asked, Granted, approval_for
from settlement.decision.balance_point import check_size, desert, final_amount, nothing, settlement_range
from settlement.decision.check import CheckedClaim, check_complaint, day_received
from settlement.decision.clocks import Deadlines, case_clocks, later_clocks
from settlement.decision.entitlement import floor_of, owed_by_head, owed_in_money, run_claim, unasked
from settlement.decision.gestures import choose_gestures, choose_prevention, first_advice
from settlement.decision.menu import build_menu
from settlement.decision.severity import (
    GRADES,
    award_for,
    find_lead,
    find_liability,
    grade_severity,
    priority_of,
)
from settlement.decision.tracing import ceiling_reason, opening_reason, row_reasons, sums_of, traced
from settlement.decision.unknowns import unknowns
from settlement.decision.worth import find_worth
from settlement.money import Money
from settlement.roles import Role
from settlement.rules.evaluate import Evaluation, LiveEdition
from settlement.rules.live_policy import Policy, count_of, money_of, rate_of, word_of
from settlement.rules.policy import Instrument


@dataclass
class _Notes:
    """What was evaluated and noticed on the way."""

    evaluations: list[Evaluation] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    named: set[tuple[str | None, ...]] = field(default_factory=set)
    sums: list[Sum] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def keep(self, evaluation: Evaluation) -> Evaluation:
        """Remember an evaluation, and each row that decided it as a reason, once."""
        self.evaluations.append(evaluation)
        for reason in row_reasons(evaluation):
            named = reason.book, reason.table, reason.row
            if named not in self.named:
                self.named.add(named)
                self.reasons.append(reason)
        return evaluation


def decide(
    complaint: Complaint, policy: Policy, packs: Mapping[str, LiveEdition], granted: Granted
) -> Decision:
    """What may be offered, what is fair, who must agree, and what to say first.

    `packs` holds the edition of each claimed pack; `granted` what this order and customer already got.
    Raises BadInput with every fault, CannotDecide where the rules have no answer, EnginesDisagree.
    """
    matter, terms, currency = complaint.complaint, policy.terms, policy.currency
    claims = check_complaint(complaint, policy, packs)
    notes = _Notes(warnings=unknowns(complaint))
    deadlines = Deadlines(complaint.case.received_at, terms)

    graded = notes.keep(grade_severity(matter, policy))
    grade = count_of(graded, "grade")
    liability = rate_of(notes.keep(find_liability(matter, policy)), "liability_rate")
    lead = word_of(notes.keep(find_lead(matter, complaint.order, policy)), "lead")
    if complaint.case.kind is not CaseKind.COMPLAINT:
        return _without_offers(complaint, policy, claims, grade, liability, lead, notes, deadlines)

    entitlements = [run_claim(claim) for claim in claims]
    for entitlement in entitlements:
        notes.keep(entitlement.evaluation)
    owed = owed_by_head(entitlements, liability, matter.loss.verified)
    floor = floor_of(owed, currency)
    award = money_of(notes.keep(award_for(graded, matter, policy)), "award")

    worth = find_worth(complaint.customer, policy, day_received(complaint, policy), grade, matter.harm)
    liable = bool(liability or floor)
    interest = worth.interest if liable and not worth.abuse_established else Money.zero(currency)
    only_face = matter.wants is Wants.FACE
    found = nothing(currency)
    if liable:
        found = settlement_range(
            floor, desert(liability, award), interest, terms.balance, only_face=only_face
        )
    check_size(found, interest, granted.owed + granted.goodwill)
    final = final_amount(found, matter.demand, only_face=only_face) if liable else found.opening

    for evaluation in worth.evaluations:
        notes.keep(evaluation)
    notes.evaluations += worth.yardsticks
    notes.warnings += worth.warnings
    notes.reasons += [
        ceiling_reason(found, interest, terms.balance),
        opening_reason(found, only_face=only_face),
    ]
    notes.sums += sums_of(owed, liability, matter, award, worth, interest, found, final, terms.balance)
    offers, approval = _offers(
        complaint, policy, grade, liable, owed, found, final, granted, deadlines, notes
    )
    clocks = case_clocks(complaint.case.kind, grade, terms, deadlines.after) + later_clocks(
        approval.level, terms
    )
    notes.warnings += [f"year_not_announced:{year}" for year in sorted(deadlines.unannounced)]
    gives_gift = terms.gift is not None and not liable and not worth.abuse_established

    return Decision(
        policy=_reference(policy),
        packs=tuple(entitlement.answer for entitlement in entitlements),
        method=METHOD,
        kind=complaint.case.kind,
        priority=priority_of(matter, grade),
        severity=Severity(grade=grade, name=GRADES[grade]),
        liability=liability,
        lead=lead,
        owed=owed,
        range=found,
        award=award,
        interest=interest,
        value=worth.shown,
        value_band=worth.band,
        offers=offers,
        gift=GiftGiven(instrument=terms.gift.instrument, face=terms.gift.face)
        if gives_gift and terms.gift
        else None,
        approval=approval,
        advice=first_advice(matter, liable=liable),
        clocks=clocks,
        reasons=tuple(notes.reasons),
        warnings=tuple(notes.warnings),
        trace=Trace(evaluations=traced(notes.evaluations), sums=tuple(notes.sums)),
    )


def _offers(
    complaint: Complaint,
    policy: Policy,
    grade: int,
    liable: bool,
    owed: tuple[Owed, ...],
    found: Range,
    final: Money,
    granted: Granted,
    deadlines: Deadlines,
    notes: _Notes,
) -> tuple[tuple[Offer, ...], Approval]:
    """The opening, then the final rung where it is higher; and the approval that the opening needs."""
    matter, terms = complaint.complaint, policy.terms
    abuse = complaint.customer.abuse if complaint.customer else None
    cash_owed, paid = owed_in_money(owed, policy.currency), complaint.order.paid if complaint.order else None
    louder = matter.demand is not None and matter.demand > found.opening
    suited = _suited(complaint, terms.instruments)
    offers, approvals = [], []
    for rung, amount in ((Rung.OPENING, found.opening), (Rung.FINAL, final)):
        if rung is Rung.FINAL and amount <= found.opening:
            continue
        asked = Asked(amount=amount, owed=found.floor, grade=grade, demand_above_opening=louder)
        approval, evaluation = approval_for(asked, matter, abuse, granted, policy)
        approvals.append(approval)
        if rung is Rung.OPENING:
            notes.keep(evaluation)
        else:
            notes.evaluations.append(evaluation)
        offers.append(
            Offer(
                rung=rung,
                amount=amount,
                approval=approval.level,
                options=build_menu(amount, cash_owed, paid, suited, terms.ladder, deadlines.after)
                if amount
                else (),
                gestures=choose_gestures(matter, grade, liable, terms),
                prevention=choose_prevention(matter, terms),
            )
        )
    return tuple(offers), approvals[0]


def _suited(complaint: Complaint, instruments: Iterable[Instrument]) -> list[Instrument]:
    """The instruments that fit the problem and the goods; money fits everything."""
    category = complaint.order.category if complaint.order else None
    return [
        instrument
        for instrument in instruments
        if instrument.kind == "cash"
        or (
            (not instrument.categories or category in instrument.categories)
            and (not instrument.problems or complaint.complaint.problem in instrument.problems)
        )
    ]


def _without_offers(
    complaint: Complaint,
    policy: Policy,
    claims: Iterable[CheckedClaim],
    grade: int,
    liability: Fraction,
    lead: str,
    notes: _Notes,
    deadlines: Deadlines,
) -> Decision:
    """A consultation or a suggestion gets clocks and an answer, and no offers."""
    matter = complaint.complaint
    clocks = case_clocks(complaint.case.kind, grade, policy.terms, deadlines.after)
    if complaint.claims or matter.loss.claimed or matter.loss.verified:
        notes.warnings.append("not_a_complaint")
    notes.warnings += [f"year_not_announced:{year}" for year in sorted(deadlines.unannounced)]
    return Decision(
        policy=_reference(policy),
        packs=tuple(unasked(claim) for claim in claims),
        method=METHOD,
        kind=complaint.case.kind,
        priority=priority_of(matter, grade),
        severity=Severity(grade=grade, name=GRADES[grade]),
        liability=liability,
        lead=lead,
        owed=(),
        range=None,
        award=None,
        interest=None,
        value=None,
        value_band="none",
        offers=(),
        gift=None,
        approval=Approval(level=Role.AGENT, reasons=("nothing_to_grant",)),
        advice=first_advice(matter, liable=False),
        clocks=clocks,
        reasons=tuple(notes.reasons),
        warnings=tuple(notes.warnings),
        trace=Trace(evaluations=traced(notes.evaluations), sums=()),
    )


def _reference(policy: Policy) -> BookRef:
    return BookRef(id=policy.edition.id, edition=policy.edition.edition, digest=policy.edition.digest)
