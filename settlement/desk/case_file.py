"""The file of a case: reading it, adding to it, and what it says now."""

import json
from typing import Any

from sqlalchemy import Connection

from settlement.audit import canonical
from settlement.cases.lifecycle import Case, Event, State, after
from settlement.complaint import Complaint
from settlement.decision.phrases import own_text
from settlement.decision.severity import diagnose, priority_of
from settlement.decision.views import StaleShown
from settlement.desk.privacy import keep_text
from settlement.desk.sitting import Sitting
from settlement.desk.suggestions import choose_books
from settlement.errors import NotFound
from settlement.permissions import Reach, reach
from settlement.roles import Actor
from settlement.rules.evaluate import LiveEdition
from settlement.rules.live_policy import Policy
from settlement.store import cases as store
from settlement.store.cases import StaleCase, linked_cases
from settlement.store.decisions import find_decision
from settlement.store.promises import broken_promises


def read_case(sitting: Sitting, case_id: str, operation: str, version: int | None = None) -> Case:
    """A case for somebody who may do something with it, as it was when they read it.

    Raises NotFound, also where it is none of theirs; StaleCase where it has moved on since `version`.
    """
    case = store.find_case(sitting.tx, case_id)
    if reach(sitting.actor.role, operation) is Reach.OWN and not _is_theirs(case, sitting.actor, operation):
        raise NotFound(f"no case {case_id!r} of yours")
    if version is not None and not case.changed <= version <= case.version:
        raise StaleCase(
            f"case {case_id} has {case.version} events and you read {version}: read it, then decide again"
        )
    return case


def _is_theirs(case: Case, actor: Actor, operation: str) -> bool:
    """Who is asked to take a case over may read it and answer; the work is its owner's until then."""
    may_answer = operation.startswith("get_") or operation == "hand_over_case"
    return actor.name == case.owner or (may_answer and actor.name == case.offered_to)


def record(sitting: Sitting, case: Case, name: str, body: dict[str, Any], **about: Any) -> Case:
    """Let something happen to a case: checked, added, audited. Raises IllegalMove; then nothing happened."""
    return add_event(sitting.tx, case, Event(name, sitting.now, sitting.actor, body), **about)


def add_event(tx: Connection, case: Case, event: Event, **about: Any) -> Case:
    """The same for an event that is told whole."""
    moved = after(case, event)
    store.append_event(tx, case.id, event, expected=case.version)
    store.update_case(tx, moved, **about)
    return moved


def facts_of(sitting: Sitting, case: Case) -> Complaint:
    """The facts as last known, with the promises that were broken since."""
    return with_broken_promises(sitting, case, Complaint.model_validate_json(json.dumps(case.complaint)))


def with_broken_promises(sitting: Sitting, case: Case, complaint: Complaint) -> Complaint:
    """A broken promise of this case, or of those before it, is a fact for severity."""
    signals = complaint.complaint.signals
    whose = linked_cases(sitting.tx, case.id)
    broken = max(signals.broken_promises, broken_promises(sitting.tx, whose, sitting.now))
    matter = complaint.complaint.model_copy(
        update={"signals": signals.model_copy(update={"broken_promises": broken})}
    )
    return complaint.model_copy(update={"complaint": matter})


def broken_since(sitting: Sitting, case: Case) -> int:
    """How many promises were broken since what runs was last decided; the next suggestion counts them."""
    if case.decision is None or case.state not in (State.SUGGESTED, State.TALKING):
        return 0
    request = json.loads(find_decision(sitting.tx, case.decision).request)
    known = facts_of(sitting, case).complaint.signals.broken_promises
    return int(known - request["complaint"]["signals"]["broken_promises"])


def stale_shown(sitting: Sitting, case: Case, language: str) -> StaleShown | None:
    """What the newest suggestion does not know yet; None where it knows everything."""
    broken = broken_since(sitting, case)
    if not broken:
        return None
    worse = grade(facts_of(sitting, case), policy_of(sitting, case))
    return StaleShown(
        broken_promises=broken, grade=worse, text=own_text("stale", f"broken:{broken}", language)
    )


def policy_of(sitting: Sitting, case: Case) -> Policy:
    """The edition of the policy that was in force on the day the case came in, pinned when it was opened."""
    return Policy.of(sitting.books.by_digest(case.edition))


def books_for(sitting: Sitting, case: Case, complaint: Complaint) -> tuple[Policy, dict[str, LiveEdition]]:
    """The pinned policy, and the newest edition of each claimed pack. Raises BadInput."""
    _, packs = choose_books(sitting.books, complaint)
    return policy_of(sitting, case), packs


def kept(sitting: Sitting, case: Case, text: str | None) -> str | None:
    """A text that belongs to a case, kept apart; the reference for it."""
    return keep_text(sitting, text, case.id)


def customer_ref_of(case: Case) -> str | None:
    """The reference of the customer; None where nobody is known."""
    customer = case.complaint.get("customer")
    return customer["id"] if customer else None


def written(complaint: Complaint) -> dict[str, Any]:
    """A complaint as it stands in an event."""
    written = json.loads(canonical(complaint.model_dump(mode="json")))
    assert isinstance(written, dict)
    return written


def about(complaint: Complaint, policy: Policy) -> dict[str, Any]:
    """What the row of a case holds beside its standing; the complaint names people by reference."""
    matter = complaint.complaint
    return {
        "policy": policy.edition.id,
        "channel": complaint.case.channel,
        "problem": matter.problem,
        "cause": matter.cause,
        "priority": priority_of(matter, found := grade(complaint, policy)),
        "grade": found,
        "customer_ref": complaint.customer.id if complaint.customer else None,
        "order_ref": complaint.order.id if complaint.order else None,
    }


def grade(complaint: Complaint, policy: Policy) -> int:
    """The grade of the harm, 1 to 5."""
    return diagnose(complaint.complaint, complaint.order, policy).grade
