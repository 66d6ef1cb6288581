"""Promises: made with an accepted offer or a date that was told; kept, broken or replaced on record."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from settlement.cases.approvals import ApprovalState
from settlement.cases.due import earliest_end
from settlement.cases.lifecycle import PROGRAM, Case, State
from settlement.cases.obligations import Obligation
from settlement.cases.promises import (
    DONE,
    FINAL,
    Promise,
    PromiseState,
    is_overdue,
    when_kept,
    when_replaced,
)
from settlement.dates import Duration, DurationUnit, YearNotAnnounced, due_at, working_days
from settlement.desk.case_file import kept, policy_of, read_case, record
from settlement.desk.clocks import calendar_of, follow
from settlement.desk.colleagues import level_above_owner
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault, NotAuthorised, Refused
from settlement.money import Money, write_money
from settlement.roles import Role, highest_level, may_grant
from settlement.rules.policy import PolicyTerms
from settlement.store import promises as store
from settlement.store.approvals import approvals_of
from settlement.store.grants import find_commitment


def make_promise(
    sitting: Sitting,
    case: Case,
    *,
    kind: str,
    what: str,
    due: datetime | None,
    limit: Duration | None = None,
    replaces: str | None = None,
    level: Role = Role.AGENT,
    amount: Money | None = None,
) -> tuple[Case, Promise]:
    """Something that the customer was told will be done; `due` None where `limit` has no date yet."""
    promise = Promise(
        id=sitting.new_id("p"),
        case_id=case.id,
        kind=kind,
        what=what,
        state=PromiseState.DUE,
        made_by=sitting.actor.name,
        made_at=sitting.now,
        due_at=due,
        talk=case.talk,
        replaces=replaces,
        limit=limit,
        level=level,
        amount=amount,
    )
    store.insert_promise(sitting.tx, promise)
    body = {
        "promise": promise.id,
        "kind": kind,
        "what": what,
        "level": level,
        "amount": None if amount is None else write_money(amount),
        "due": due and due.isoformat(),
        "replaces": replaces,
    }
    return record(sitting, case, "promise_made", body), promise


def promise_each(sitting: Sitting, case: Case, agreed: Iterable[Obligation], terms: PolicyTerms) -> Case:
    """Promise each part of an agreement with its date; what was kept of an earlier one is not due again."""
    made = store.promises_of(sitting.tx, case.id)
    done = {(each.kind, each.what) for each in made if each.talk == case.talk and each.state in DONE}
    for part in agreed:
        if (part.kind, part.what) not in done:
            case, _ = make_promise(
                sitting,
                case,
                kind=part.kind,
                what=part.what,
                due=due_after(part.limit, sitting.now, terms),
                limit=part.limit,
                level=part.level,
                amount=part.amount,
            )
    return case


def tell_date(sitting: Sitting, case: Case, what: str, due: datetime) -> tuple[Case, Promise]:
    """A date told to the customer is a promise; `what` is a code, never words. Raises BadInput."""
    _refuse_past(due, sitting.now)
    return make_promise(sitting, case, kind="date", what=what, due=due)


def keep_promise(
    sitting: Sitting, promise_id: str, operation: str, version: int | None = None
) -> tuple[Case, Promise]:
    """Note that it was done; with the last one the case is fulfilled. Raises PromiseOver, NotAuthorised."""
    promise, case = _found(sitting, promise_id, operation, version)
    if sitting.actor.name == PROGRAM:
        raise NotAuthorised("a person keeps a promise, never the program")
    if promise.kind == "owed":
        _refuse_ungranted(sitting, promise)
    if is_overdue(promise, sitting.now):
        case, promise = break_promise(sitting, case, promise)
    to = when_kept(promise, sitting.now)
    store.move_promise(sitting.tx, promise, to, ended_at=sitting.now)
    case = record(sitting, case, "promise_kept", {"promise": promise.id, "state": str(to)})
    return fulfil_if_done(sitting, case), store.find_promise(sitting.tx, promise.id)


def replace_promise(
    sitting: Sitting,
    promise_id: str,
    operation: str,
    *,
    what: str,
    due: datetime,
    reason: str,
    version: int | None = None,
) -> tuple[Case, Promise]:
    """Tell the customer something else instead, with its own date; how often and how late has an end.

    Raises PromiseOver, BadInput, Refused, NotAuthorised where money is owed and nobody above agreed.
    """
    promise, case = _found(sitting, promise_id, operation, version)
    when_replaced(promise)
    _refuse_past(due, sitting.now)
    _refuse_too_late(sitting, case, promise, due)
    _refuse_without_a_word(sitting, case, promise)
    if is_overdue(promise, sitting.now):
        case, promise = break_promise(sitting, case, promise)
    case, new = make_promise(
        sitting,
        case,
        kind=promise.kind,
        what=what,
        due=due,
        replaces=promise.id,
        level=promise.level,
        amount=promise.amount,
    )
    store.move_promise(sitting.tx, promise, when_replaced(promise), ended_at=sitting.now)
    body = {"promise": promise.id, "by": new.id, "reason": kept(sitting, case, reason)}
    return record(sitting, case, "promise_replaced", body), new


def break_promise(sitting: Sitting, case: Case, promise: Promise) -> tuple[Case, Promise]:
    """Note that its time is over: a harm of its own, which the next decision sees.

    It was broken when its time was over, however much later that is noticed. Clocks of the case go on with
    the limits that they have: a promise that we broke gives us no more time.
    """
    store.move_promise(sitting.tx, promise, PromiseState.BROKEN, broken_at=promise.due_at)
    due = promise.due_at and promise.due_at.isoformat()
    body = {"promise": promise.id, "what": promise.what, "due": due, "to": case.owner}
    case = record(sitting, case, "promise_broken", body)
    return case, store.find_promise(sitting.tx, promise.id)


def date_promise(sitting: Sitting, case: Case, promise: Promise) -> Callable[[], Case] | None:
    """What fills in the date of a promise; None where its working days are not announced yet."""
    if promise.limit is None:
        return None
    due = due_after(promise.limit, promise.made_at, policy_of(sitting, case).terms)
    if due is None:
        return None

    def fill_in() -> Case:
        store.date_promise(sitting.tx, promise, due)
        body = {"promise": promise.id, "what": promise.what, "due": due.isoformat()}
        return record(sitting, case, "dated", body)

    return fill_in


def fulfil_if_done(sitting: Sitting, case: Case) -> Case:
    """A case that was agreed and in which nothing waits is fulfilled."""
    if case.state is not State.AGREED or case.open_duties:
        return case
    case = record(sitting, case, "fulfilled", {})
    return follow(sitting, case, "fulfilled", policy_of(sitting, case))


def due_after(limit: Duration, now: datetime, terms: PolicyTerms) -> datetime | None:
    """When a limit from now ends; None where its year is not announced yet."""
    try:
        return due_at(now, limit, terms.time_zone, working_days(terms.calendar))
    except YearNotAnnounced:
        return None


def _found(sitting: Sitting, promise_id: str, operation: str, version: int | None) -> tuple[Promise, Case]:
    promise = store.find_promise(sitting.tx, promise_id)
    return promise, read_case(sitting, promise.case_id, operation, version)


def _refuse_ungranted(sitting: Sitting, promise: Promise) -> None:
    """What is owed is paid once somebody with the authority has said yes; nobody can say no."""
    for approval in approvals_of(sitting.tx, promise.case_id, promise.talk):
        if approval.owed_alone and approval.state is ApprovalState.REQUESTED:
            raise Refused(f"approval {approval.id} for what is owed has not been given yet")


def _refuse_past(due: datetime, now: datetime) -> None:
    if due <= now:
        raise BadInput([Fault("/due", "is over already", "tell a date to come")])


def _refuse_too_late(sitting: Sitting, case: Case, promise: Promise, due: datetime) -> None:
    """A customer is not put off for ever: what cannot be put off any more stays broken until it is done."""
    terms = policy_of(sitting, case).terms
    bounds, told = terms.life.delays, store.told_before(sitting.tx, promise)
    if len(told) > bounds.postponements:
        raise Refused(
            f"promise {promise.id} was told another date {len(told) - 1} times already: do it, then note it"
        )
    first = told[-1]
    since = first.due_at or earliest_end(
        first.made_at, first.limit or Duration(0, DurationUnit.DAYS), calendar_of(terms)
    )
    latest = since + timedelta(days=bounds.postponed_days)
    if due > latest:
        problem = f"is more than {bounds.postponed_days} days after what was told first"
        raise BadInput([Fault("/due", problem, f"tell a date until {latest.isoformat()}")])


def _refuse_without_a_word(sitting: Sitting, case: Case, promise: Promise) -> None:
    """Money that is owed is put off only by somebody above who has the case, not by who promised it."""
    committed = find_commitment(sitting.tx, case.id, promise.talk)
    is_owed = promise.kind == "owed" or (promise.kind == "cash" and (not committed or committed.sums.owed))
    if not is_owed:
        return
    level, who = highest_level(Role.SUPERVISOR, level_above_owner(sitting, case)), sitting.actor
    if who.name in (case.owner, promise.made_by) or not may_grant(who.role, level):
        raise NotAuthorised(
            f"promise {promise.id} is money that is owed: somebody else, a {level} or above, may put it off"
        )


def take_back_promises(sitting: Sitting, case: Case, reason: str) -> Case:
    """What was agreed is chosen anew: its open promises give way. Raises Refused where one was kept."""
    of_talk = [each for each in store.promises_of(sitting.tx, case.id) if each.talk == case.talk]
    material = [each for each in of_talk if each.kind in ("cash", "part")]  # a courtesy moves no sum
    if any(each.state in FINAL for each in material):
        raise Refused("part of what was agreed is done already: replace the promise that cannot be kept")
    for each in of_talk:
        if each.state not in FINAL:
            if is_overdue(each, sitting.now):
                case, each = break_promise(sitting, case, each)
            store.move_promise(sitting.tx, each, when_replaced(each), ended_at=sitting.now)
            body = {"promise": each.id, "by": None, "reason": reason}
            case = record(sitting, case, "promise_replaced", body)
    return case
