"""A case as it is read: where it stands, what is known, what runs, what was promised and asked for."""

from collections.abc import Iterable
from datetime import datetime

from settlement.cases import clocks as running
from settlement.cases.approvals import Approval
from settlement.cases.clocks import RunningClock
from settlement.cases.facts import AllFacts, Facts
from settlement.cases.lifecycle import State
from settlement.cases.promises import Promise, standing
from settlement.decision.answer import Part
from settlement.decision.phrases import Phrases
from settlement.decision.views import StaleShown
from settlement.money import Money
from settlement.roles import Role

DATES = ("answer", "call_back", "delivery", "news", "payment", "repair", "visit")
"""What a date may be told for; each has its text."""


class CaseInShort(Part):
    """A line of the list of cases."""

    case: str
    kind: str
    state: State
    owner: str
    offered_to: str | None
    policy: str
    channel: str
    problem: str
    cause: str
    priority: str
    grade: int | None
    version: int
    received_at: datetime
    opened_at: datetime
    closed_at: datetime | None


class CasePage(Part):
    """A page of cases, newest first; `next` is the `before` of the next page, null on the last."""

    cases: tuple[CaseInShort, ...]
    next: str | None


class Possible(Part):
    """Something that can be done with a case now, in words, and by which route."""

    operation: str
    text: str
    method: str
    path: str


class CaseMoved(Part):
    """Where a case stands right after a change; the change has the number `version` in its history.

    possible      what its state allows now, and this role may do
    contradicted  signals that a person confirmed and the newest diagnosis says are not so: they stay
                  until a person takes them back with a reason
    """

    case: str
    version: int
    state: State
    owner: str
    offered_to: str | None
    contradicted: tuple[str, ...]
    possible: tuple[Possible, ...]


class SignalProposed(Part):
    """A signal that the customer's words hint at, for a person to confirm; nothing follows by itself.

    effect  what follows once it is confirmed
    """

    signal: str
    text: str
    words_found: tuple[str, ...]
    effect: str


class SignalConfirmed(Part):
    """A signal that a person confirmed, and what follows from it."""

    signal: str
    text: str
    effect: str


class ClockSeen(Part):
    """A limit of the case; `due` is null where its year is not announced, `in_time` until it has stopped.

    paused_until  when a clock that stands runs on by itself
    """

    what: str
    text: str
    limit: str
    started_at: datetime
    due: datetime | None
    paused_at: datetime | None
    paused_until: datetime | None
    stopped_at: datetime | None
    in_time: bool | None


class PromiseSeen(Part):
    """A promise; `due` is null where no date could be told yet.

    level   who does it at least
    amount  the face of what is given; null where it is no thing of value
    """

    promise: str
    case: str
    kind: str
    what: str
    text: str
    level: Role
    amount: Money | None
    state: str
    made_by: str
    made_at: datetime
    due: datetime | None
    ended_at: datetime | None
    broken_at: datetime | None
    replaces: str | None


class ApprovalSeen(Part):
    """A request for somebody's yes, without what it is about: that is for who may say it."""

    approval: str
    case: str
    state: str
    level: Role
    requested_by: str
    requested_role: Role
    requested_at: datetime
    due: datetime | None
    assigned_to: str | None
    decided_by: str | None
    decided_at: datetime | None
    reviewed_by: str | None


class CaseView(CaseMoved):
    """A case, for those who talk and approve.

    decision  id of the newest decision
    said      what the customer said, as it was written down; null once erased
    proposed  signals that it hints at and that are not set
    stale     why the newest suggestion does not fit any more; null while it does
    confirmed signals that a person confirmed
    """

    kind: str
    opened_at: datetime
    closed_at: datetime | None
    fulfilled_at: datetime | None
    talk: int
    told: bool
    review: str | None
    hold: str | None
    linked_to: str | None
    decision: str | None
    stale: StaleShown | None
    said: str | None
    proposed: tuple[SignalProposed, ...]
    confirmed: tuple[SignalConfirmed, ...]
    clocks: tuple[ClockSeen, ...]
    promises: tuple[PromiseSeen, ...]
    approvals: tuple[ApprovalSeen, ...]
    facts: Facts


class FullCaseView(CaseView):
    """The same for finance and auditors, with what the customer's value was estimated from."""

    facts: AllFacts


class PromisePage(Part):
    """A page of promises, newest first; `next` is the `before` of the next page, null on the last."""

    promises: tuple[PromiseSeen, ...]
    next: str | None


class Fulfilment(Part):
    """The promises of a case, oldest first."""

    case: str
    version: int
    state: State
    promises: tuple[PromiseSeen, ...]


def clock_seen(clock: RunningClock, phrases: Phrases) -> ClockSeen:
    """A clock with its name in words."""
    return ClockSeen(
        what=clock.what,
        text=phrases.own("clock", clock.what),
        limit=str(clock.limit),
        started_at=clock.started_at,
        due=clock.due_at,
        paused_at=clock.paused_at,
        paused_until=clock.paused_until,
        stopped_at=clock.stopped_at,
        in_time=running.was_kept(clock),
    )


def promise_seen(promise: Promise, phrases: Phrases) -> PromiseSeen:
    """A promise with what it is in words."""
    return PromiseSeen(
        promise=promise.id,
        case=promise.case_id,
        kind=promise.kind,
        what=promise.what,
        text=phrases.promised(promise.kind, promise.what),
        level=promise.level,
        amount=promise.amount,
        state=promise.state,
        made_by=promise.made_by,
        made_at=promise.made_at,
        due=promise.due_at,
        ended_at=promise.ended_at,
        broken_at=promise.broken_at,
        replaces=promise.replaces,
    )


def approval_seen(approval: Approval) -> ApprovalSeen:
    """A request without its sums."""
    return ApprovalSeen(
        approval=approval.id,
        case=approval.case_id,
        state=approval.state,
        level=approval.level,
        requested_by=approval.requested_by,
        requested_role=approval.requested_role,
        requested_at=approval.requested_at,
        due=approval.due_at,
        assigned_to=approval.assigned_to,
        decided_by=approval.decided_by,
        decided_at=approval.decided_at,
        reviewed_by=approval.reviewed_by,
    )


def promises_seen(promises: Iterable[Promise], phrases: Phrases, now: datetime) -> tuple[PromiseSeen, ...]:
    """Promises in their order, as they stand now."""
    return tuple(promise_seen(standing(each, now), phrases) for each in promises)
