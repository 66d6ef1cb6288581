"""Talks round by round: what happened goes in, the next step comes out, and what it commits us to is kept."""

from dataclasses import dataclass, replace
from typing import Any

from settlement.cases import approvals as pure
from settlement.cases.approvals import Approval, ApprovalState
from settlement.cases.authority import parts_of
from settlement.cases.lifecycle import Case, may_happen
from settlement.cases.lifecycle import State as CaseState
from settlement.cases.obligations import Accepted, obligations, owed_alone
from settlement.decision.answer import Offer, Option, Rung
from settlement.decision.decided import Decided
from settlement.decision.offers import offer_at
from settlement.desk import approvals
from settlement.desk.case_file import kept, record
from settlement.desk.clocks import follow
from settlement.desk.delegations import standing_of
from settlement.desk.grants import granted_before, limits_passed
from settlement.desk.promises import fulfil_if_done, promise_each, take_back_promises
from settlement.desk.sitting import Sitting
from settlement.desk.talk_table import Table, read_table
from settlement.errors import BadInput, Fault, NotAuthorised, Refused
from settlement.money import Money, write_money
from settlement.negotiation import events as told
from settlement.negotiation.advice import Advice, advise_next
from settlement.negotiation.events import FactsChanged, Happened, Overridden, check_currency, danger_of
from settlement.negotiation.moves import fold, of_another_sum
from settlement.negotiation.talks import TERMINAL, Authority, NoEffect, Settled, State, Talk, step_text
from settlement.roles import Actor, Role, may_grant
from settlement.store import approvals as approval_store
from settlement.store.grants import mark_commitment


def advice_for(sitting: Sitting, case: Case) -> Advice:
    """The next step for whoever asks. Raises Refused where there are no talks."""
    table = read_table(sitting, case)
    return advise_next(table.decided, Authority(sitting.actor.role), table.history)


def play_round(sitting: Sitting, case: Case, happened: Happened) -> tuple[Case, Advice]:
    """Let something happen in the talks, and what follows from it.

    Raises Refused for what has no effect now, NotAuthorised for an offer above what somebody may grant,
    BadInput for amounts in another currency.
    """
    if case.ground and may_happen(case, "danger_heard") and (danger := danger_of(happened)):
        return _heard_since(sitting, case, danger)
    table = read_table(sitting, case)
    check_currency(happened, table.decided.policy.currency)
    grant = None
    if isinstance(happened, told.Offered | Overridden):
        happened, grant = authorised(sitting, case, table, happened)
    before = _fold(sitting, table, table.history)
    after = _fold(sitting, table, (*table.history, happened))
    if after == before:
        raise NoEffect(_name(happened), before)
    if case.state is CaseState.AGREED:
        case = take_back_promises(sitting, case, _name(happened))
        mark_commitment(sitting.tx, case.id, case.talk, "offered")
    case = record(sitting, case, _name(happened), _recorded(sitting, case, happened, after))
    if not isinstance(happened, told.Silent):
        case = follow(sitting, case, "informed", table.decided.policy)
    if grant is not None:
        assert after.table is not None, "an offer that was put lies on the table"
        sums = parts_of(after.table.amount, after.decided.range.floor)
        approvals.commit(sitting, case, sums, table.decided.policy, grant.person, "offered")
        if grant.approval is not None:
            approvals.use(sitting, grant.approval)
            case = record(sitting, case, "approval_used", {"approval": grant.approval.id})
    return conclude(sitting, case)


def _heard_since(sitting: Sitting, case: Case, danger: str) -> tuple[Case, Advice]:
    """A danger that comes up once the talks are over is kept in the record; they stay over."""
    case = record(sitting, case, "danger_heard", {"kind": danger})
    return case, advice_for(sitting, case)


def conclude(sitting: Sitting, case: Case) -> tuple[Case, Advice]:
    """What follows: approvals that fit no more are void, and talks that ended are settled or end."""
    table = read_table(sitting, case)
    talk = _fold(sitting, table, table.history)
    advice = advise_next(table.decided, Authority(sitting.actor.role), table.history)
    due = _asked(case, _due(talk)) if talk.state is State.DUE else None
    case = approvals.void_others(sitting, case, due)
    if talk.state not in TERMINAL:
        return case, advice
    if talk.settled is not None:
        return _agree(sitting, case, talk, talk.settled), advice
    return _end(sitting, case, talk), advice


def ask_approval(sitting: Sitting, case: Case) -> tuple[Case, Approval]:
    """Ask for a yes to the offer that is due. Raises Refused where none is due, or one may put it oneself."""
    case = _void_spent(sitting, case, _talk_with_due(sitting, case))
    talk = _talk_with_due(sitting, case)
    due, own = _due(talk), sitting.actor
    if may_grant(own.role, due.approval) and not _passed(sitting, case, talk.decided, due.amount, own):
        raise Refused("you may put this offer yourself: no approval is needed")
    return approvals.ask(
        sitting,
        case,
        asked=_asked(case, due),
        amount=due.amount,
        owed=talk.decided.range.floor,
        level=approvals.level_to_ask(own, due.approval),
    )


def bypass_approval(sitting: Sitting, case: Case, reason: str) -> tuple[Case, Approval]:
    """Go ahead in an emergency, one level below what is needed; somebody else looks at it afterwards."""
    talk = _talk_with_due(sitting, case)
    due = _due(talk)
    return approvals.bypass(
        sitting,
        case,
        asked=_asked(case, due),
        amount=due.amount,
        owed=talk.decided.range.floor,
        needed=due.approval,
        reason=reason,
    )


def _talk_with_due(sitting: Sitting, case: Case) -> Talk:
    table = read_table(sitting, case)
    talk = _today(sitting, case, _fold(sitting, table, table.history))
    if talk.state is not State.DUE:
        raise Refused(f"no offer is due; next: {step_text(talk, 'en')}")
    return talk


def amend_approval(
    sitting: Sitting,
    approval_id: str,
    *,
    seen: str,
    amount: Money,
    reason: str,
    operation: str,
    in_place_of: str | None = None,
) -> tuple[Case, Approval]:
    """Say yes to another sum; the one who asked may then put that one."""
    approval = approval_store.find_approval(sitting.tx, approval_id)
    case = approvals.case_of(sitting, approval, operation)
    table = read_table(sitting, case)
    talk = _fold(sitting, table, table.history)
    offer = offer_at(talk.decided, Rung(approval.asked["rung"]), amount, talk.wishes).offer
    found = approvals.amend(
        sitting,
        approval_id,
        seen=seen,
        asked=_asked(case, offer),
        amount=amount,
        reason=reason,
        operation=operation,
        in_place_of=in_place_of,
    )
    if of_another_sum(talk, amount) is None:
        raise BadInput([Fault("/amount", "is below the offer, or has no ground", "give it as it is")])
    return found


def decline_approval(
    sitting: Sitting, approval_id: str, *, reason: str, operation: str, in_place_of: str | None = None
) -> tuple[Case, Approval]:
    """Say no; where nothing was offered yet the talks end, and what is owed is paid."""
    case, approval = approvals.decline(
        sitting, approval_id, reason=reason, operation=operation, in_place_of=in_place_of
    )
    return conclude(sitting, case)[0], approval


# ---------------------------------------------------------------- the talks in the records


def _fold(sitting: Sitting, table: Table, history: tuple[Happened, ...]) -> Talk:
    return fold(table.decided, Authority(sitting.actor.role), history)


def _name(happened: Happened) -> str:
    return "facts_changed" if isinstance(happened, FactsChanged) else happened.event


def _recorded(sitting: Sitting, case: Case, happened: Happened, after: Talk) -> dict[str, Any]:
    """What an event keeps: the customer's words only by reference, and the sum of an offer that was put."""
    assert not isinstance(happened, FactsChanged), "new facts are recorded with the diagnosis"
    body = happened.model_dump(mode="json")
    del body["event"]
    for item in body.get("items", ()):
        item["words"] = kept(sitting, case, item["words"] or None) or ""
    if "reason" in body:
        body["reason"] = kept(sitting, case, body["reason"])
    if isinstance(happened, told.Offered) and after.table is not None:
        body["amount"] = write_money(after.table.amount)
    return body


# ---------------------------------------------------------------- who may put an offer


@dataclass(frozen=True, slots=True)
class _Grant:
    """Whose authority an offer rests on, and the approval that gave it."""

    person: str
    approval: Approval | None = None


def authorised(
    sitting: Sitting, case: Case, table: Table, happened: told.Offered | Overridden
) -> tuple[Happened, _Grant]:
    """The event with the level that stands behind it. Raises NotAuthorised, saying what to do."""
    talk = _today(sitting, case, _fold(sitting, table, table.history))
    offer = _due(talk)
    if isinstance(happened, Overridden):
        offer = offer_at(talk.decided, talk.rung, happened.amount, talk.wishes).offer
    own = sitting.actor
    passed = _passed(sitting, case, talk.decided, offer.amount, own)
    is_own = may_grant(own.role, offer.approval) and not passed
    asked = pure.digest_of(_asked(case, offer))
    for each in (each for each in table.approvals if pure.digest_of(each.granted) == asked):
        if is_own and not each.amended:  # but a sum that an approver set stays theirs
            continue
        if each.state is ApprovalState.BYPASSED and _went_ahead(sitting, each):
            urgent = Actor(each.requested_by, each.level)
            sums = parts_of(offer.amount, talk.decided.range.floor)
            passed = approvals.emergency_passed(sitting, case, sums, urgent)
            if may_grant(urgent.role, offer.approval) and not passed:
                return happened.model_copy(update={"level": urgent.role}), _Grant(urgent.name)
        if each.state is ApprovalState.APPROVED and _holds(sitting, case, talk, offer, each):
            giver = _giver(case, each)
            return happened.model_copy(update={"level": giver.role}), _Grant(giver.name, each)
    if is_own:
        return happened.model_copy(update={"level": own.role}), _Grant(own.name)
    short = not may_grant(own.role, offer.approval)
    why = f"it needs a {offer.approval}" if short else f"it passes the limits ({', '.join(passed)})"
    raise NotAuthorised(f"this offer is not yours to put: {why}; ask for approval first")


def _holds(sitting: Sitting, case: Case, talk: Talk, offer: Offer, approval: Approval) -> bool:
    """Whether who said yes may say so still: their limits may be used up, or more be needed by now."""
    giver = _giver(case, approval)
    level = standing_of(sitting.tx, giver.name, giver.role)
    if level is None or not may_grant(level, offer.approval):
        return False
    return not _passed(sitting, case, talk.decided, offer.amount, Actor(giver.name, level))


def _went_ahead(sitting: Sitting, approval: Approval) -> bool:
    """Whether who went ahead in an emergency could do so still: one level below, and let in."""
    role = approval.requested_role
    return standing_of(sitting.tx, approval.requested_by, role) is role


def _void_spent(sitting: Sitting, case: Case, talk: Talk) -> Case:
    """An approval whose giver may not grant it any more gives way, so that somebody else can be asked."""
    for each in approval_store.approvals_of(sitting.tx, case.id, case.talk):
        if each.state is ApprovalState.APPROVED and pure.is_late(each, sitting.now):
            case = approvals.expire(sitting, case, each)
        elif each.state is ApprovalState.APPROVED:
            amount = Money.of(**each.granted["amount"])
            offer = offer_at(talk.decided, talk.rung, amount, talk.wishes).offer
            if not _holds(sitting, case, talk, offer, each):
                giver = {"was": _giver(case, each).name, "is": None}
                case = approvals.void(sitting, case, each, {"authority": giver})
    return case


def _giver(case: Case, approval: Approval) -> Actor:
    """Whose yes it was, and the level that it was given at."""
    given = next(
        each for each in case.rounds if each.name == "approved" and each.body["approval"] == approval.id
    )
    return Actor(approval.granted_by or approval.requested_by, Role(given.body["level"]))


def _passed(sitting: Sitting, case: Case, decided: Decided, amount: Money, person: Actor) -> tuple[str, ...]:
    sums = parts_of(amount, decided.range.floor)
    return limits_passed(sitting, person, sums, decided.complaint, decided.policy, but=(case.id, case.talk))


def _today(sitting: Sitting, case: Case, talk: Talk) -> Talk:
    """The talks with what order and customer have got by now: who must agree is asked anew for each offer."""
    decided = talk.decided
    granted = granted_before(sitting, decided.complaint, decided.policy, but=(case.id, case.talk))
    return replace(talk, decided=replace(decided, granted=granted))


def _due(talk: Talk) -> Offer:
    return offer_at(talk.decided, talk.rung, talk.due, talk.wishes).offer


def _asked(case: Case, offer: Offer) -> dict[str, Any]:
    """What an approval is bound to: the sum and the options, by the decision they come from."""
    return {
        "kind": "offer",
        "decision": case.decision,
        "rung": str(offer.rung),
        "amount": write_money(offer.amount),
        "options": [_choice(option) for option in offer.options],
    }


def _choice(option: Option) -> dict[str, Any]:
    """An option without its date, which moves with the day it is accepted."""
    parts = [{"instrument": part.instrument, "face": write_money(part.face)} for part in option.parts]
    return {"id": option.id, "cash": write_money(option.cash), "parts": parts}


# ---------------------------------------------------------------- how talks end


def _agree(sitting: Sitting, case: Case, talk: Talk, settled: Settled) -> Case:
    """The customer said yes: each part becomes a promise with its date."""
    option, gift = settled.option, talk.gift
    said = {
        "amount": write_money(settled.amount),
        "option": option and _choice(option),
        "gift": gift and {"instrument": gift.instrument, "face": write_money(gift.face)},
        "decision": case.decision,
    }
    case = record(sitting, case, "agreed", said)
    mark_commitment(sitting.tx, case.id, case.talk, "agreed")
    assert talk.table is not None, "a yes answers an offer"
    accepted = Accepted(option, gift, talk.table.gestures, talk.table.prevention)
    terms = talk.decided.policy.terms
    return fulfil_if_done(sitting, promise_each(sitting, case, obligations(accepted, terms), terms))


def _end(sitting: Sitting, case: Case, talk: Talk) -> Case:
    """The talks ended without a yes: what is owed is promised all the same."""
    case = record(sitting, case, "talks_ended", {"stop": talk.stop})
    policy, floor = talk.decided.policy, talk.decided.range.floor
    if floor:
        case = promise_each(sitting, case, [owed_alone(floor, policy.terms)], policy.terms)
        if talk.table is None or talk.table.amount < floor:
            case = _grant_owed(sitting, case, talk)
    return follow(sitting, case, "talks_ended", policy)


def _grant_owed(sitting: Sitting, case: Case, talk: Talk) -> Case:
    """No offer covers what is owed: whoever may grants it, else a request that nobody can decline."""
    floor, talk = talk.decided.range.floor, _today(sitting, case, talk)
    offer = offer_at(talk.decided, Rung.OPENING, floor, talk.wishes).offer
    own = sitting.actor
    if may_grant(own.role, offer.approval) and not _passed(sitting, case, talk.decided, floor, own):
        approvals.commit(sitting, case, parts_of(floor, floor), talk.decided.policy, own.name, "owed")
        return case
    level = approvals.level_to_ask(own, offer.approval)
    asked = {**_asked(case, offer), "kind": "owed"}
    return approvals.ask(sitting, case, asked=asked, amount=floor, owed=floor, level=level)[0]
