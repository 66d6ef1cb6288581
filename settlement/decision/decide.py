"""decide(): the whole process on one screen. Read this first.

A pure function of the complaint, the books and what was granted before. What is owed and deserved
comes from functions that are not given the customer; value enters at `find_worth`, above the base.
"""

from collections.abc import Iterable, Mapping

from settlement.complaint import CaseKind, Complaint
from settlement.decision.answer import METHOD, Approval, BookRef, Decision, Severity, Trace
from settlement.decision.approval import Granted
from settlement.decision.check import CheckedClaim, check_complaint, day_received
from settlement.decision.clocks import Deadlines, case_clocks, later_clocks
from settlement.decision.entitlement import find_owed, unasked
from settlement.decision.gestures import first_advice
from settlement.decision.offers import Ground, courtesy, make_offers
from settlement.decision.position import left_after, take_position
from settlement.decision.severity import GRADES, Diagnosis, diagnose, priority_of
from settlement.decision.tracing import bound_reasons, reasons_of, sums_left, sums_of, traced
from settlement.decision.unknowns import settled_before, unannounced, unknowns
from settlement.decision.worth import find_worth
from settlement.roles import Role
from settlement.rules.evaluate import LiveEdition
from settlement.rules.live_policy import Policy

Packs = Mapping[str, LiveEdition]
"""The edition of each claimed pack, by its id."""


def decide(
    complaint: Complaint, policy: Policy, packs: Packs, granted: Granted, settled: Granted | None = None
) -> Decision:
    """What may be offered, what is fair, who must agree, and what to say first.

    `granted` is what this order and customer already got, which moves who must agree; `settled` what this
    very complaint got in talks before, which is taken off.
    Raises BadInput with every fault, CannotDecide where the rules have no answer, EnginesDisagree.
    """
    matter, kind, terms = complaint.complaint, complaint.case.kind, policy.terms
    claims = check_complaint(complaint, policy, packs)
    deadlines = Deadlines(complaint.case.received_at, terms)
    diagnosis = diagnose(matter, complaint.order, policy)
    grade = diagnosis.grade
    if kind is not CaseKind.COMPLAINT:
        return _without_offers(complaint, policy, claims, diagnosis, deadlines)

    entitled = find_owed(claims, diagnosis.liability, matter.loss.verified, policy.currency)
    worth = find_worth(complaint.customer, policy, day_received(complaint, policy), grade, matter.harm)
    whole = take_position(matter, diagnosis, entitled.floor, worth, policy)
    position = left_after(whole, settled) if settled else whole
    owed = min(entitled.in_money, position.range.floor)
    ground = Ground(complaint, grade, position.liable, position.range, owed, granted, policy, deadlines.after)
    made = make_offers(ground, position.final)
    later = later_clocks(position.range.opening, made.approval.level, terms)

    found = (*diagnosis.evaluations, *entitled.evaluations)
    weighed = (position.evaluation, *worth.evaluations)
    decisive = (*found, *(weighed if position.liable else ()), made.evaluations[0])
    return Decision(
        policy=_reference(policy),
        packs=entitled.answers,
        method=METHOD,
        kind=kind,
        priority=priority_of(matter, grade),
        severity=Severity(grade=grade, name=GRADES[grade]),
        liability=diagnosis.liability,
        lead=diagnosis.lead,
        owed=entitled.owed,
        range=position.range,
        award=position.award,
        interest=position.interest,
        value=worth.shown,
        value_band=worth.band,
        offers=made.offers,
        gift=None if settled else courtesy(position, worth.abuse_established, terms),
        approval=made.approval,
        advice=first_advice(matter, liable=position.liable),
        clocks=case_clocks(kind, grade, terms, deadlines.after) + later,
        reasons=reasons_of(decisive) + bound_reasons(whole, matter, terms.balance),
        warnings=(*unknowns(complaint), *worth.warnings, *unannounced(deadlines), *settled_before(settled)),
        trace=Trace(
            evaluations=traced((*found, *weighed, *worth.yardsticks, *made.evaluations)),
            sums=sums_of(entitled.owed, matter, worth, whole, terms.balance)
            + sums_left(whole, position, settled),
        ),
    )


def _without_offers(
    complaint: Complaint,
    policy: Policy,
    claims: Iterable[CheckedClaim],
    diagnosis: Diagnosis,
    deadlines: Deadlines,
) -> Decision:
    """A consultation or a suggestion gets clocks and an answer, and no offers."""
    matter, kind, grade = complaint.complaint, complaint.case.kind, diagnosis.grade
    names_a_loss = bool(complaint.claims or matter.loss.claimed or matter.loss.verified)
    clocks = case_clocks(kind, grade, policy.terms, deadlines.after)
    return Decision(
        policy=_reference(policy),
        packs=tuple(unasked(claim) for claim in claims),
        method=METHOD,
        kind=kind,
        priority=priority_of(matter, grade),
        severity=Severity(grade=grade, name=GRADES[grade]),
        liability=diagnosis.liability,
        lead=diagnosis.lead,
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
        reasons=reasons_of(diagnosis.evaluations),
        warnings=(
            *unknowns(complaint),
            *(["not_a_complaint"] if names_a_loss else []),
            *unannounced(deadlines),
        ),
        trace=Trace(evaluations=traced(diagnosis.evaluations), sums=()),
    )


def _reference(policy: Policy) -> BookRef:
    return BookRef(id=policy.edition.id, edition=policy.edition.edition, digest=policy.edition.digest)
