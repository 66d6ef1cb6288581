"""Approvals: asked for what is due, then given, declined, amended or sent back by somebody else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from settlement.audit import canonical
from settlement.cases import approvals as pure
from settlement.cases.approvals import Approval, ApprovalState, Standin, check_other
from settlement.cases.authority import next_level, parts_of
from settlement.cases.lifecycle import Case
from settlement.dates import local_day
from settlement.decision.approval import Granted
from settlement.desk.case_file import customer_ref_of, facts_of, grade, kept, policy_of, read_case, record
from settlement.desk.delegations import stand_in
from settlement.desk.grants import level_needed, limits_passed
from settlement.desk.promises import due_after, fulfil_if_done
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault, NotAuthorised, Refused
from settlement.money import Money, write_money
from settlement.roles import LEVELS, Actor, Role, highest_level, may_grant
from settlement.rules.live_policy import Policy
from settlement.store import approvals as store
from settlement.store import grants

_OPEN = (ApprovalState.REQUESTED, ApprovalState.APPROVED)


def ask(
    sitting: Sitting, case: Case, *, asked: Mapping[str, Any], amount: Money, owed: Money, level: Role
) -> tuple[Case, Approval]:
    """Ask for somebody's yes to what is asked. Raises Refused where the same waits already."""
    digest = pure.digest_of(asked)
    for each in store.approvals_of(sitting.tx, case.id, case.talk):
        if each.state in _OPEN and pure.digest_of(each.granted) == digest:
            raise Refused(f"approval {each.id} for the same is {each.state} already")
    case = void_others(sitting, case, asked)
    policy = policy_of(sitting, case)
    approval = Approval(
        id=sitting.new_id("a"),
        case_id=case.id,
        talk=case.talk,
        state=ApprovalState.REQUESTED,
        level=level,
        asked=asked,
        digest=digest,
        sums=parts_of(amount, owed),
        requested_by=sitting.actor.name,
        requested_role=sitting.actor.role,
        requested_at=sitting.now,
        due_at=due_after(policy.terms.approval_clocks[level], sitting.now, policy.terms),
    )
    store.insert_approval(sitting.tx, approval)
    body = {"approval": approval.id, "level": str(level), "digest": digest, "asked": dict(asked)}
    return record(sitting, case, "approval_requested", body), approval


def level_to_ask(actor: Actor, needed: Role) -> Role:
    """Who must agree where somebody may not: the level that the rules name, but above the one who asks."""
    if actor.role not in LEVELS or not may_grant(actor.role, needed):
        return needed
    return next_level(actor.role) or Role.DIRECTOR


def give(
    sitting: Sitting, approval_id: str, *, seen: str, in_place_of: str | None = None, operation: str
) -> tuple[Case, Approval]:
    """Say yes to what was read. Raises SameApprover, NotAuthorised, OtherThing, ApprovalOver."""
    approval, case, who = _found(sitting, approval_id, in_place_of, operation)
    pure.check_same(approval, seen)
    return _given(sitting, case, approval, who, approval.asked, approval.sums.total, reason=None)


def amend(
    sitting: Sitting,
    approval_id: str,
    *,
    seen: str,
    asked: Mapping[str, Any],
    amount: Money,
    reason: str,
    operation: str,
    in_place_of: str | None = None,
) -> tuple[Case, Approval]:
    """Say yes to another sum than was asked, with a reason; never below what is owed."""
    approval, case, who = _found(sitting, approval_id, in_place_of, operation)
    pure.check_same(approval, seen)
    if approval.asked["kind"] == "owed":
        raise Refused(f"approval {approval.id} is for what is owed: give it as it is, or send it up")
    if amount < approval.sums.owed:
        least = f"write at least {approval.sums.owed}"
        raise BadInput([Fault("/amount", f"is below what is owed, {approval.sums.owed}", least)])
    return _given(sitting, case, approval, who, asked, amount, reason=reason)


def decline(
    sitting: Sitting, approval_id: str, *, reason: str, operation: str, in_place_of: str | None = None
) -> tuple[Case, Approval]:
    """Say no to the goodwill, with a reason. What is owed is never declined. Raises as `give`, Refused."""
    approval, case, who = _found(sitting, approval_id, in_place_of, operation)
    pure.check_declinable(approval)
    _refuse_lower(approval, who)
    said = kept(sitting, case, reason)
    _move(sitting, approval, ApprovalState.DECLINED, who, said)
    body = {"approval": approval.id, "reason": said, "in_place_of": who.giver}
    case = record(sitting, case, "approval_declined", body)
    case = record(sitting, case, "denied", {"approval": approval.id, "reason": said})
    return case, store.find_approval(sitting.tx, approval.id)


def send_back(
    sitting: Sitting, approval_id: str, *, reason: str, operation: str, in_place_of: str | None = None
) -> tuple[Case, Approval]:
    """Ask for something to be found out or mended first; the request is over, a new one may follow."""
    approval, case, who = _found(sitting, approval_id, in_place_of, operation)
    pure.check_declinable(approval)
    _refuse_lower(approval, who)
    said = kept(sitting, case, reason)
    _move(sitting, approval, ApprovalState.SENT_BACK, who, said)
    body = {"approval": approval.id, "reason": said, "in_place_of": who.giver}
    return record(sitting, case, "approval_sent_back", body), store.find_approval(sitting.tx, approval.id)


def assign(sitting: Sitting, approval_id: str, *, to: Actor, operation: str) -> tuple[Case, Approval]:
    """Give a request to a named person to decide. Raises Refused for the one who asked, NotAuthorised."""
    approval = store.find_approval(sitting.tx, approval_id)
    case, who = case_of(sitting, approval, operation), Standin.oneself(sitting.actor)
    # Somebody who is away cannot hand it on: whoever reaches the level may.
    check_other(replace(approval, assigned_to=None), who)
    _refuse_lower(approval, who)
    if to.name == approval.requested_by or not may_grant(to.role, approval.level):
        raise Refused(f"{to.name} cannot decide it: name somebody else, {approval.level} or above")
    pure.moved(approval, ApprovalState.APPROVED)
    store.change_approval(sitting.tx, approval, assigned_to=to.name)
    case = record(sitting, case, "approval_assigned", {"approval": approval.id, "to": to.name})
    return case, store.find_approval(sitting.tx, approval.id)


def bypass(
    sitting: Sitting,
    case: Case,
    *,
    asked: Mapping[str, Any],
    amount: Money,
    owed: Money,
    needed: Role,
    reason: str,
) -> tuple[Case, Approval]:
    """In an emergency somebody one level below goes ahead; somebody else looks at it afterwards.

    Raises NotAuthorised for more than one level, or where the case is no emergency.
    """
    matter = facts_of(sitting, case).complaint
    if matter.harm not in ("health", "safety") and not matter.signals.vulnerable:
        raise NotAuthorised("only harm to health or safety, or to a vulnerable person, is an emergency")
    if sitting.actor.role not in LEVELS or next_level(sitting.actor.role) != needed:
        raise NotAuthorised(f"this needs a {needed}; in an emergency one level may be passed, not more")
    policy, sums = policy_of(sitting, case), parts_of(amount, owed)
    if passed := emergency_passed(sitting, case, sums, Actor(sitting.actor.name, needed)):
        raise NotAuthorised(f"this passes even the limits of a {needed} ({', '.join(passed)})")
    terms = policy.terms
    approval = Approval(
        id=sitting.new_id("a"),
        case_id=case.id,
        talk=case.talk,
        state=ApprovalState.BYPASSED,
        level=needed,
        asked=asked,
        digest=pure.digest_of(asked),
        sums=sums,
        requested_by=sitting.actor.name,
        requested_role=sitting.actor.role,
        requested_at=sitting.now,
        due_at=due_after(terms.life.grants.bypass_review, sitting.now, terms),
        reason=kept(sitting, case, reason),
    )
    store.insert_approval(sitting.tx, approval)
    body = {
        "approval": approval.id,
        "level": str(needed),
        "digest": approval.digest,
        "asked": dict(asked),
        "reason": approval.reason,
    }
    case = record(sitting, case, "approval_bypassed", body)
    body = {"approval": approval.id, "level": str(needed), "amount": write_money(amount)}
    return record(sitting, case, "approved", body), approval


def emergency_passed(sitting: Sitting, case: Case, sums: Granted, passed: Actor) -> tuple[str, ...]:
    """What even the level that is passed may not grant; counted against whoever goes ahead."""
    policy, facts = policy_of(sitting, case), facts_of(sitting, case)
    return limits_passed(sitting, passed, sums, facts, policy, but=(case.id, case.talk), in_emergency=True)


def review_bypass(
    sitting: Sitting, approval_id: str, *, right: bool, reason: str, operation: str
) -> tuple[Case, Approval]:
    """Look at an emergency grant afterwards; never one's own. Raises SameApprover, NotAuthorised."""
    approval, case, who = _found(sitting, approval_id, None, operation)
    _refuse_lower(approval, who)
    to = pure.moved(approval, ApprovalState.REVIEWED)
    store.move_approval(sitting.tx, approval, to, reviewed_by=who.actor.name, reviewed_at=sitting.now)
    body = {"approval": approval.id, "right": right, "reason": kept(sitting, case, reason)}
    case = record(sitting, case, "bypass_reviewed", body)
    return fulfil_if_done(sitting, case), store.find_approval(sitting.tx, approval.id)


# ---------------------------------------------------------------- what time and facts do to them


def void_others(sitting: Sitting, case: Case, now_due: Mapping[str, Any] | None) -> Case:
    """Void what was asked for or given for something that is not due any more; the difference is recorded."""
    for each in store.approvals_of(sitting.tx, case.id, case.talk):
        if each.state not in _OPEN or each.asked["kind"] == "owed":
            continue
        if now_due is not None and pure.digest_of(each.granted) == pure.digest_of(now_due):
            continue
        case = void(sitting, case, each, pure.differences(each.granted, now_due or {}))
    return case


def void(sitting: Sitting, case: Case, approval: Approval, changed: Mapping[str, Any]) -> Case:
    """Let an approval be worth nothing any more, for what has changed since."""
    store.move_approval(sitting.tx, approval, pure.moved(approval, ApprovalState.VOIDED))
    return record(sitting, case, "approval_voided", {"approval": approval.id, "changed": dict(changed)})


def expire(sitting: Sitting, case: Case, approval: Approval) -> Case:
    """Note that a given approval has lapsed: facts grow old."""
    store.move_approval(sitting.tx, approval, pure.moved(approval, ApprovalState.EXPIRED))
    return record(sitting, case, "approval_expired", {"approval": approval.id})


def use(sitting: Sitting, approval: Approval) -> None:
    """The offer that was approved has been made."""
    store.move_approval(sitting.tx, approval, pure.moved(approval, ApprovalState.USED))


def commit(sitting: Sitting, case: Case, sums: Granted, policy: Policy, person: str, state: str) -> None:
    """What the talks commit us to now, in place of what stood before, and whose authority it rests on."""
    order = case.complaint.get("order")
    grants.put_commitment(
        sitting.tx,
        case_id=case.id,
        talk=case.talk,
        state=state,
        person=person,
        sums=sums,
        customer_ref=customer_ref_of(case),
        order_ref=order["id"] if order else None,
        day=local_day(sitting.now, policy.terms.time_zone),
        now=sitting.now,
    )


# ---------------------------------------------------------------- in common


def case_of(sitting: Sitting, approval: Approval, operation: str) -> Case:
    """The case of an approval, for somebody who may see it."""
    return read_case(sitting, approval.case_id, operation)


def _found(
    sitting: Sitting, approval_id: str, in_place_of: str | None, operation: str
) -> tuple[Approval, Case, Standin]:
    approval = store.find_approval(sitting.tx, approval_id)
    case = read_case(sitting, approval.case_id, operation)
    who = stand_in(sitting, in_place_of) if in_place_of else Standin.oneself(sitting.actor)
    check_other(approval, who)
    return approval, case, who


def _given(
    sitting: Sitting,
    case: Case,
    approval: Approval,
    who: Standin,
    asked: Mapping[str, Any],
    amount: Money,
    *,
    reason: str | None,
) -> tuple[Case, Approval]:
    policy, facts = policy_of(sitting, case), facts_of(sitting, case)
    sums = parts_of(amount, approval.sums.owed)
    person = Actor(who.person, who.level)
    but = (case.id, approval.talk)
    passed = limits_passed(sitting, person, sums, facts, policy, but=but)
    needed = level_needed(sitting, sums, facts, grade(facts, policy), policy, but=but)
    pure.check_approver(replace(approval, level=highest_level(approval.level, needed)), who, passed)
    stands = due_after(policy.terms.life.grants.approval_stands, sitting.now, policy.terms)
    amended = canonical(asked) if reason is not None else None
    said = kept(sitting, case, reason)
    _move(
        sitting,
        approval,
        ApprovalState.APPROVED,
        who,
        said,
        due_at=stands,
        amended=amended,
        granted_by=who.person,
    )
    body = {
        "approval": approval.id,
        "digest": pure.digest_of(asked),
        "asked": dict(asked),
        "in_place_of": who.giver,
        "amended": reason is not None,
        "amount": write_money(amount),
        "reason": said,
    }
    case = record(sitting, case, "approval_given", body)
    if approval.asked["kind"] == "offer":
        told = {"approval": approval.id, "level": str(who.level), "amount": write_money(amount)}
        case = record(sitting, case, "approved", told | {"amended": reason is not None})
    else:  # what is owed is paid without an offer: the yes itself commits us
        commit(sitting, replace(case, talk=approval.talk), sums, policy, who.person, "owed")
        use(sitting, store.find_approval(sitting.tx, approval.id))
        case = record(sitting, case, "approval_used", {"approval": approval.id})
    return case, store.find_approval(sitting.tx, approval.id)


def _move(
    sitting: Sitting, approval: Approval, to: ApprovalState, who: Standin, reason: str | None, **said: Any
) -> None:
    store.move_approval(
        sitting.tx,
        approval,
        pure.moved(approval, to),
        decided_by=who.actor.name,
        decided_at=sitting.now,
        reason=reason,
        **said,
    )


def _refuse_lower(approval: Approval, who: Standin) -> None:
    if not may_grant(who.level, approval.level):
        raise NotAuthorised(f"approval {approval.id} needs a {approval.level}; {who.level} is below that")
