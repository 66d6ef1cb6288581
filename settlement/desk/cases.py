"""The life of a case, one function for each thing a person does to it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from settlement.cases.lifecycle import MOVES, Case, Event, State, may_happen
from settlement.cases.lifecycle import open_case as opened_by
from settlement.complaint import Complaint
from settlement.decision.check import check_complaint, check_word
from settlement.desk.case_file import (
    about,
    books_for,
    broken_since,
    facts_of,
    grade,
    kept,
    policy_of,
    read_case,
    record,
    with_broken_promises,
    written,
)
from settlement.desk.clocks import follow, regrade, start_case_clocks, start_clocks
from settlement.desk.colleagues import colleague, is_gone
from settlement.desk.grants import granted_before
from settlement.desk.negotiations import conclude, play_round
from settlement.desk.privacy import hide, keep_text
from settlement.desk.sitting import Sitting
from settlement.desk.suggestions import Advised, choose_books, record_decision
from settlement.errors import BadInput, Fault, NotAuthorised
from settlement.negotiation.events import DANGERS
from settlement.roles import Role, may_grant
from settlement.rules.evaluate import LiveEdition
from settlement.rules.live_policy import Policy
from settlement.rules.talk import SIGNALS
from settlement.store import cases as store
from settlement.store.grants import name_commitment, settled_before
from settlement.store.privacy import identity_of

_CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def open_case(
    sitting: Sitting, complaint: Complaint, *, said: str | None = None, linked_to: str | None = None
) -> Case:
    """Take a complaint in, through whichever channel; whoever opens it owns it.

    Raises BadInput with every fault, NotAuthorised, CaseExists, NotFound for a linked case.
    """
    if not _CASE_ID.fullmatch(complaint.case.id):
        remedy = "write 1 to 64 letters, digits, dots, hyphens or low lines: it becomes part of an address"
        raise BadInput([Fault("/case/id", "cannot be the id of a case", remedy)])
    policy, packs = choose_books(sitting.books, complaint)
    check_complaint(complaint, policy, packs)
    check_word(complaint, policy, sitting.actor.role)
    if linked_to is not None:
        read_case(sitting, linked_to, "get_case")
    hidden = hide(sitting, complaint)
    body = {
        "complaint": written(hidden),
        "edition": policy.edition.digest,
        "said": keep_text(sitting, said, complaint.case.id),
        "linked_to": linked_to,
    }
    event = Event("opened", sitting.now, sitting.actor, body)
    case = opened_by(complaint.case.id, event)
    store.insert_case(
        sitting.tx,
        case,
        about(hidden, policy) | {"received_at": complaint.case.received_at},
    )
    store.append_event(sitting.tx, case.id, event, expected=0)
    return start_case_clocks(sitting, case, policy, grade(hidden, policy))


# ---------------------------------------------------------------- who has it


def offer_hand_over(sitting: Sitting, case: Case, to: str, reason: str) -> Case:
    """Ask somebody to take a case over; until they do it stays with its owner."""
    colleague(sitting, to, "/to")
    return record(sitting, case, "hand_over_offered", {"to": to, "reason": kept(sitting, case, reason)})


def accept_hand_over(sitting: Sitting, case: Case) -> Case:
    return record(sitting, case, "handed_over", {})


def decline_hand_over(sitting: Sitting, case: Case, reason: str) -> Case:
    return record(sitting, case, "hand_over_declined", {"reason": kept(sitting, case, reason)})


def take_over(sitting: Sitting, case: Case, reason: str) -> Case:
    """Step in: a supervisor or above takes a case without waiting for an answer. Raises NotAuthorised."""
    if not may_grant(sitting.actor.role, Role.SUPERVISOR):
        raise NotAuthorised(f"the role {sitting.actor.role} takes over only what it is offered")
    return record(sitting, case, "taken_over", {"reason": kept(sitting, case, reason)})


# ---------------------------------------------------------------- what is known


def diagnose(sitting: Sitting, case: Case, complaint: Complaint, found: str | None) -> Case:
    """Write down what was found out, with its evidence; in running talks the decision is made anew.

    Raises BadInput with every fault, NotAuthorised, IllegalMove.
    """
    faults = _diagnosis_faults(case, complaint)
    if faults:
        raise BadInput(faults)
    policy, packs = books_for(sitting, case, complaint)
    check_complaint(complaint, policy, packs)
    check_word(complaint, policy, sitting.actor.role)
    hidden, contradicts = _with_confirmed_signals(case, _with_known_value(case, hide(sitting, complaint)))
    if faults := _others_than_in_talks(sitting, case, hidden):
        raise BadInput(faults)
    body: dict[str, Any] = {"complaint": written(hidden), "found": keep_text(sitting, found, case.id)}
    if contradicts:
        body["contradicts"] = contradicts
    shown = about(with_broken_promises(sitting, case, hidden), policy)
    if case.state is not State.TALKING:
        case = record(sitting, case, "diagnosed", body, **shown)
        case = follow(sitting, case, "diagnosed", policy)
        return regrade(sitting, case, policy, grade(hidden, policy))
    return _decided_anew(sitting, case, hidden, body)[0]


def _decided_anew(
    sitting: Sitting, case: Case, hidden: Complaint, body: dict[str, Any]
) -> tuple[Case, Advised]:
    """Running talks go on from a new decision; what was offered stays."""
    policy, packs = books_for(sitting, case, hidden)
    facts = with_broken_promises(sitting, case, hidden)
    advised, shown = _decided(sitting, case, facts, policy, packs), about(facts, policy)
    name_commitment(sitting.tx, case.id, case.talk, shown["customer_ref"], shown["order_ref"])
    case = record(sitting, case, "facts_changed", body | {"decision": _id_of(advised)}, **shown)
    case = regrade(sitting, case, policy, grade(hidden, policy))
    return conclude(sitting, case)[0], advised


def confirm_signals(
    sitting: Sitting, case: Case, signals: Mapping[str, bool], reason: str | None = None
) -> Case:
    """Set signals that a person confirmed, or take some back, which needs a reason.

    A confirmed danger ends the talks: those that run at once, others before any offer. Raises BadInput
    with every fault.
    """
    facts = Complaint.model_validate_json(json.dumps(case.complaint))
    flags = {name: value for name, value in facts.complaint.signals if isinstance(value, bool)}
    standing = {*case.signals, *(name for name, is_so in flags.items() if is_so)}
    withdrawn = sorted(name for name, is_so in signals.items() if not is_so and name in standing)
    if faults := _signal_faults(signals, withdrawn, reason):
        raise BadInput(faults)
    known = {name: is_so for name, is_so in signals.items() if name in flags}
    marked = facts.complaint.signals.model_copy(update=known)
    matter = facts.complaint.model_copy(update={"signals": marked})
    changed = facts.model_copy(update={"complaint": matter})
    policy, facts_now = policy_of(sitting, case), {"complaint": written(changed)}
    said = {"signals": sorted(name for name, is_so in signals.items() if is_so), "withdrawn": withdrawn}
    body = facts_now | said | ({"reason": kept(sitting, case, reason)} if reason else {})
    shown = about(with_broken_promises(sitting, case, changed), policy)
    was_suggested = case.state is State.SUGGESTED
    case = record(sitting, case, "signals_confirmed", body, **shown)
    if case.state is State.TALKING:
        case = _decided_anew(sitting, case, changed, facts_now | {"contradicts": list(case.contradicted)})[0]
        return _stopped_by_danger(sitting, case)
    if was_suggested and any(name in DANGERS for name in said["signals"]):
        return suggest_for_case(sitting, case)[0]
    return regrade(sitting, case, policy, grade(changed, policy))


def _signal_faults(signals: Mapping[str, bool], withdrawn: list[str], reason: str | None) -> list[Fault]:
    faults = [
        Fault(f"/signals/{name}", "cannot be confirmed", f"confirm some of {', '.join(SIGNALS)}")
        for name in sorted(set(signals) - set(SIGNALS))
    ]
    if withdrawn and reason is None:
        faults.append(Fault("/reason", "is missing", f"write why {', '.join(withdrawn)} is taken back"))
    return faults


def _stopped_by_danger(sitting: Sitting, case: Case) -> Case:
    """Talks end where a person confirmed a danger; the first ends them, the others are kept beside it."""
    heard = {str(each.body.get("kind", each.name)) for each in case.rounds}
    for name in case.signals:
        danger = DANGERS.get(name)
        if danger is not None and case.ground is not None and not heard & {name, danger.event}:
            case = play_round(sitting, case, danger)[0]
    return case


def suggest_for_case(sitting: Sitting, case: Case) -> tuple[Case, Advised]:
    """Decide a diagnosed case by the policy of the day it came in. Raises as `suggest`, and IllegalMove.

    Running talks are decided anew where promises were broken since; what was offered stays.
    """
    if case.state is State.TALKING and broken_since(sitting, case):
        known = Complaint.model_validate_json(json.dumps(case.complaint))
        return _decided_anew(
            sitting, case, known, {"complaint": written(known), "contradicts": list(case.contradicted)}
        )
    facts = facts_of(sitting, case)
    policy, packs = books_for(sitting, case, facts)
    advised = _decided(sitting, case, facts, policy, packs)
    case = record(
        sitting, case, "suggested", {"decision": _id_of(advised)}, grade=advised.decision.severity.grade
    )
    return _stopped_by_danger(sitting, case), advised


def _decided(
    sitting: Sitting, case: Case, facts: Complaint, policy: Policy, packs: dict[str, LiveEdition]
) -> Advised:
    granted = granted_before(sitting, facts, policy, but=(case.id, case.talk))
    settled = settled_before(sitting.tx, case.id, case.talk, policy.currency) if case.talk > 1 else None
    return record_decision(sitting, facts, policy, packs, granted, settled)


def _id_of(advised: Advised) -> str:
    assert advised.record is not None
    return advised.record.id


def _with_known_value(case: Case, complaint: Complaint) -> Complaint:
    """What was known of the customer's value stays known where a diagnosis leaves it out.

    Those who diagnose do not see it and cannot tell it again.
    """
    known = Complaint.model_validate_json(json.dumps(case.complaint)).customer
    customer = complaint.customer
    if known is None or customer is None or known.id != customer.id:
        return complaint
    blocks = ("history", "lifetime", "reach", "referrals")
    kept_blocks = {name: getattr(known, name) for name in blocks if getattr(customer, name) is None}
    return complaint.model_copy(update={"customer": customer.model_copy(update=kept_blocks)})


def _with_confirmed_signals(case: Case, complaint: Complaint) -> tuple[Complaint, list[str]]:
    """What a person confirmed stays until a person takes it back; what the diagnosis says against it."""
    told = complaint.complaint.signals
    contradicts = [name for name in case.signals if getattr(told, name, None) is False]
    marked = told.model_copy(update=dict.fromkeys(contradicts, True))
    matter = complaint.complaint.model_copy(update={"signals": marked})
    return complaint.model_copy(update={"complaint": matter}), contradicts


def _diagnosis_faults(case: Case, complaint: Complaint) -> list[Fault]:
    before = case.complaint["case"]
    faults = []
    if complaint.complaint.evidence is None:
        faults.append(
            Fault("/complaint/evidence", "is missing", "list the evidence; an empty list where there is none")
        )
    for name in ("id", "kind", "received_at"):
        if complaint.case.model_dump(mode="json")[name] != before[name]:
            problem = f"is not that of case {case.id}"
            faults.append(Fault(f"/case/{name}", problem, f"leave it {before[name]}"))
    return faults


def _others_than_in_talks(sitting: Sitting, case: Case, hidden: Complaint) -> list[Fault]:
    """Once talks began, what was offered counts for the customer and the order that they began with.

    Whoever was forgotten since cannot be named again: they are somebody new, or nobody.
    """
    if case.state is not State.TALKING and case.talk == 1:
        return []
    known = {"customer": hidden.customer, "order": hidden.order}
    problem, remedy = "is not that of the talks", "leave it; open another case for somebody else"
    return [
        Fault(f"/{name}", problem, remedy)
        for name, now in known.items()
        if (before := case.complaint.get(name))
        and (now is None or now.id != before["id"])
        and identity_of(sitting.tx, before["id"]) is not None
    ]


# ---------------------------------------------------------------- how it ends


def inform(sitting: Sitting, case: Case, text: str, channel: str) -> Case:
    """Note that the customer was told news; the clock for the next news starts again."""
    case = record(sitting, case, "informed", {"said": kept(sitting, case, text), "channel": channel})
    return follow(sitting, case, "informed", policy_of(sitting, case))


def answer_case(sitting: Sitting, case: Case, text: str, channel: str) -> Case:
    """Answer a consultation or a suggestion. Raises IllegalMove for a complaint."""
    case = record(sitting, case, "answered", {"said": kept(sitting, case, text), "channel": channel})
    return follow(sitting, case, "answered", policy_of(sitting, case))


def tell_result(sitting: Sitting, case: Case, text: str, channel: str) -> Case:
    """Note that the customer was told how it ended, in which words and by which channel."""
    case = record(sitting, case, "result_told", {"said": kept(sitting, case, text), "channel": channel})
    return follow(sitting, case, "result_told", policy_of(sitting, case))


def follow_up(
    sitting: Sitting, case: Case, *, reached: bool, rating: int | None, solved: str | None, answer: str | None
) -> Case:
    """Note the visit some days later: an open question, its answer, and a rating where one was given."""
    body = {"reached": reached, "rating": rating, "solved": solved, "said": kept(sitting, case, answer)}
    case = record(sitting, case, "followed_up", body)
    return follow(sitting, case, "followed_up", policy_of(sitting, case))


def close(sitting: Sitting, case: Case) -> Case:
    """Close a case whose result was told and in which nothing waits. Raises IllegalMove.

    Nobody can take it over any more: who was asked to is asked no longer.
    """
    asked = case.offered_to
    if asked is not None and may_happen(case, "closed"):
        case = record(sitting, case, "hand_over_lapsed", {"to": asked})
    case = record(sitting, case, "closed", {})
    return follow(sitting, case, "closed", policy_of(sitting, case))


def reopen(sitting: Sitting, case: Case, reason: str) -> Case:
    """Take a closed case up again: new talks; what was granted in the old ones still counts.

    Where its owner works on no case any more, whoever takes it up owns it.
    """
    return _opened_again(sitting, case, {"reason": kept(sitting, case, reason)})


def _opened_again(sitting: Sitting, case: Case, body: dict[str, Any]) -> Case:
    case, policy = record(sitting, case, "reopened", body), policy_of(sitting, case)
    if is_gone(sitting.tx, case.owner):
        case = record(sitting, case, "taken_over", {"reason": None})
    case = follow(sitting, case, "reopened", policy)
    return start_case_clocks(sitting, case, policy, grade(facts_of(sitting, case), policy))


def request_review(sitting: Sitting, case: Case, reason: str) -> Case:
    """Ask, for the customer, that somebody who was not involved looks again."""
    case = record(sitting, case, "review_requested", {"reason": kept(sitting, case, reason)})
    return follow(sitting, case, "review_requested", policy_of(sitting, case))


def review(sitting: Sitting, case: Case, *, upheld: bool, reason: str) -> Case:
    """The answer of somebody who was not involved. Raises IllegalMove for somebody who was.

    Either way the customer is told, with a clock. What is to be changed is put right: the case is opened
    again, whether it was closed or not, and cannot be closed before its new result is told.
    """
    outcome, policy = "upheld" if upheld else "changed", policy_of(sitting, case)
    body = {"outcome": outcome, "reason": kept(sitting, case, reason)}
    case = follow(sitting, record(sitting, case, "reviewed", body), "reviewed", policy)
    if not upheld and case.state in MOVES["review_requested"][0]:  # it had ended; running talks just go on
        return _opened_again(sitting, case, {"reason": body["reason"], "review": outcome})
    tell = policy.terms.life.follow_up.review_told
    return start_clocks(sitting, case, policy, {"review_told": tell}, sitting.now)


def hold(sitting: Sitting, case: Case, why: str) -> Case:
    """Keep a case for longer: `important`, or `legal`, for ever. Either stops an erasure."""
    return record(sitting, case, "held", {"why": why})


def release_hold(sitting: Sitting, case: Case) -> Case:
    return record(sitting, case, "hold_released", {})
