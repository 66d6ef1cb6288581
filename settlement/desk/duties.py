"""What time alone brings about: each in a short transaction of its own, done once by however many workers.

Every duty looks first and hands back what there is to do; the same look is taken again under the lock, so
that whoever comes second finds nothing. One case that cannot be handled does not keep the others waiting.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from settlement.cases.approvals import Approval, ApprovalState, is_late
from settlement.cases.authority import next_level
from settlement.cases.clocks import RunningClock, is_overdue
from settlement.cases.due import is_nearly_due
from settlement.cases.lifecycle import PROGRAM, Case, ends_of_talks
from settlement.cases.promises import PromiseState
from settlement.cases.promises import is_overdue as is_promise_overdue
from settlement.desk import retention
from settlement.desk.approvals import expire
from settlement.desk.case_file import policy_of, record
from settlement.desk.clocks import calendar_of, date_clock, run_on
from settlement.desk.colleagues import level_above, level_above_owner
from settlement.desk.promises import break_promise, date_promise, due_after
from settlement.desk.sitting import Sitting, random_id
from settlement.desk.suggestions import terms_for
from settlement.errors import OutcomeUnknown, SettlementError, Unavailable
from settlement.money import write_money
from settlement.roles import Actor, Role
from settlement.rules.library import Books
from settlement.rules.policy import PolicyTerms
from settlement.store import approvals, cases, clocks, due, grants, promises
from settlement.store.database import Database
from settlement.store.due import Waiting

log = logging.getLogger("settlement")

TIME = Actor(PROGRAM, Role.ADMIN)
"""Who acts where time alone did."""

ONCE_A_DAY = timedelta(days=1)

Key = tuple[Any, ...]
Deed = Callable[[], object] | None
"""What there is to do; None where there is nothing, any more or yet."""


def run_duties(
    database: Database, books: Books, now: datetime, new_id: Callable[[str], str] = random_id
) -> Counter[str]:
    """Do everything that time has brought about by now; how much of each, and how much `failed`.

    Raises Unavailable, OutcomeUnknown: then the rest waits for the next round.
    """
    done: Counter[str] = Counter()
    for name, (find, look) in DUTIES.items():
        with database.reading() as tx:
            sitting = Sitting(tx, books, TIME, now, new_id)
            keys = [key for key in find(tx, books, now) if _seems_due(look, sitting, key, name, done)]
        for key in keys:
            try:
                with database.transaction() as tx:
                    deed = look(Sitting(tx, books, TIME, now, new_id), *key)
                    if deed is not None:
                        deed()
                        done[name] += 1
            except (Unavailable, OutcomeUnknown):
                raise
            except Exception:
                _tell(name, key, done)
    if any(done[name] for name in FORGETTING):
        database.scrub()
    return done


def _seems_due(look: Callable[..., Deed], sitting: Sitting, key: Key, name: str, done: Counter[str]) -> bool:
    try:
        return look(sitting, *key) is not None
    except (Unavailable, OutcomeUnknown):
        raise
    except Exception:
        _tell(name, key, done)
        return False


def _tell(name: str, key: Key, done: Counter[str]) -> None:
    log.exception("duty %s of %s failed; the others go on", name, key)
    done["failed"] += 1


# ---------------------------------------------------------------- promises


def _overdue_promises(tx: Connection, _books: Books, now: datetime) -> list[Key]:
    return [(each.id,) for each in promises.overdue_promises(tx, now)]


def _break(sitting: Sitting, promise_id: str) -> Deed:
    """A promise whose time is over is broken."""
    promise = promises.find_promise(sitting.tx, promise_id)
    if not is_promise_overdue(promise, sitting.now):
        return None
    return lambda: break_promise(sitting, cases.find_case(sitting.tx, promise.case_id), promise)


def _promises_to_come(tx: Connection, books: Books, now: datetime) -> list[Key]:
    def near(waiting: Waiting) -> bool:
        row = waiting.row
        if row["reminded_at"] is not None or row["due_at"] is None or row["due_at"] < now:
            return False
        whole: timedelta = row["due_at"] - row["made_at"]
        used: timedelta = now - row["made_at"]
        return used >= _part(whole, _rules(waiting, books).life.follow_up.remind_at)

    return [(each.row["id"],) for each in due.open_promises(tx) if _is_worth_a_look(near, each)]


def _rules(waiting: Waiting, books: Books) -> PolicyTerms:
    return terms_for(books, waiting.policy, waiting.received_at)


def _is_worth_a_look(near: Callable[[Waiting], bool], waiting: Waiting) -> bool:
    """A cheap test, so that a round does not read every open case; what it cannot tell, the look will."""
    try:
        return near(waiting)
    except SettlementError:
        return True


def _remind_of_promise(sitting: Sitting, promise_id: str) -> Deed:
    """Whoever has the case is reminded of a promise, when its time is nearly over."""
    promise = promises.unreminded_promise(sitting.tx, promise_id)
    if promise is None or promise.state is not PromiseState.DUE:
        return None
    due_at = promise.due_at
    if due_at is None or due_at < sitting.now:
        return None
    case = cases.find_case(sitting.tx, promise.case_id)
    if sitting.now - promise.made_at < _part(due_at - promise.made_at, _remind_at(sitting, case)):
        return None
    body = {"promise": promise.id, "what": promise.what, "due": due_at.isoformat(), "to": case.owner}

    def remind() -> None:
        promises.mark_reminded(sitting.tx, promise, sitting.now)
        record(sitting, case, "reminded", body)

    return remind


def _part(whole: timedelta, share: Fraction) -> timedelta:
    return whole * share.numerator / share.denominator


def _remind_at(sitting: Sitting, case: Case) -> Fraction:
    return policy_of(sitting, case).terms.life.follow_up.remind_at


# ---------------------------------------------------------------- clocks


def _overstood_clocks(tx: Connection, _books: Books, now: datetime) -> list[Key]:
    return [(clock.case_id, clock.what, clock.number) for clock in clocks.overstood_clocks(tx, now)]


def _run_on(sitting: Sitting, case_id: str, what: str, number: int) -> Deed:
    """A clock that has stood for as long as it may runs on."""
    clock = clocks.find_clock(sitting.tx, case_id, what, number)
    if clock.stopped_at or clock.paused_until is None or sitting.now <= clock.paused_until:
        return None
    return lambda: run_on(sitting, cases.find_case(sitting.tx, case_id), clock)


def _undated_clocks(tx: Connection, _books: Books, _now: datetime) -> list[Key]:
    return [(clock.case_id, clock.what, clock.number) for clock in clocks.undated_clocks(tx)]


def _date_clock(sitting: Sitting, case_id: str, what: str, number: int) -> Deed:
    """A clock gets its end once the working days that it waits for are announced."""
    clock = clocks.find_clock(sitting.tx, case_id, what, number)
    if clock.stopped_at or clock.due_at is not None:
        return None
    return date_clock(sitting, cases.find_case(sitting.tx, case_id), clock)


def _undated_promises(tx: Connection, _books: Books, _now: datetime) -> list[Key]:
    return [(each.id,) for each in promises.undated_promises(tx)]


def _date_promise(sitting: Sitting, promise_id: str) -> Deed:
    """A promise gets its date once the working days that it waits for are announced."""
    promise = promises.find_promise(sitting.tx, promise_id)
    if promise.state is not PromiseState.DUE or promise.due_at is not None:
        return None
    return date_promise(sitting, cases.find_case(sitting.tx, promise.case_id), promise)


def _clocks_to_remind_of(tx: Connection, books: Books, now: datetime) -> list[Key]:
    def near(waiting: Waiting) -> bool:
        terms, clock = _rules(waiting, books), clocks.clock_from(waiting.row)
        return is_nearly_due(clock, now, terms.life.follow_up.remind_at, calendar_of(terms))

    unmarked = [each for each in due.ticking_clocks(tx) if each.row["reminded_at"] is None]
    found = [each.row for each in unmarked if _is_worth_a_look(near, each)]
    return [(row["case_id"], row["what"], row["number"]) for row in found]


def _clocks_to_escalate(tx: Connection, _books: Books, now: datetime) -> list[Key]:
    found = clocks.unmarked_clocks(tx, "escalated_at", now)
    return [(clock.case_id, clock.what, clock.number) for clock in found if is_overdue(clock, now)]


def _remind_of_clock(sitting: Sitting, case_id: str, what: str, number: int) -> Deed:
    """The owner of a case is reminded when a clock's time is nearly over."""
    clock = clocks.unmarked_clock(sitting.tx, case_id, what, number, "reminded_at")
    if clock is None:
        return None
    case = cases.find_case(sitting.tx, case_id)
    terms = policy_of(sitting, case).terms
    if not is_nearly_due(clock, sitting.now, terms.life.follow_up.remind_at, calendar_of(terms)):
        return None
    return lambda: _mark(sitting, case, clock, "reminded_at", "reminded", {"to": case.owner})


def _escalate_clock(sitting: Sitting, case_id: str, what: str, number: int) -> Deed:
    """A clock whose time is over is told to the level above whoever has the case."""
    clock = clocks.unmarked_clock(sitting.tx, case_id, what, number, "escalated_at")
    if clock is None or not is_overdue(clock, sitting.now):
        return None
    case = cases.find_case(sitting.tx, case_id)
    to = level_above_owner(sitting, case)
    return lambda: _mark(sitting, case, clock, "escalated_at", "escalated", {"to": str(to)})


def _mark(
    sitting: Sitting, case: Case, clock: RunningClock, column: str, event: str, body: Mapping[str, str]
) -> None:
    assert clock.due_at is not None, "a clock without an end is never due"
    clocks.mark_clock(sitting.tx, clock, column, sitting.now)
    told = {"what": clock.what, "number": clock.number, "due": clock.due_at.isoformat(), **body}
    record(sitting, case, event, told)


# ---------------------------------------------------------------- approvals


def _late_approvals(*states: ApprovalState) -> Callable[[Connection, Books, datetime], list[Key]]:
    def find(tx: Connection, _books: Books, now: datetime) -> list[Key]:
        return [(each.id,) for each in approvals.overdue_approvals(tx, now) if each.state in states]

    return find


def _late(sitting: Sitting, approval_id: str, state: ApprovalState) -> Approval | None:
    """The approval, where it still stands so and its time is over."""
    approval = approvals.find_approval(sitting.tx, approval_id)
    return approval if approval.state is state and is_late(approval, sitting.now) else None


def _send_up(sitting: Sitting, approval_id: str) -> Deed:
    """A request that nobody decided in time goes a level up; at the top somebody is reminded each day."""
    approval = _late(sitting, approval_id, ApprovalState.REQUESTED)
    if approval is None:
        return None
    case = cases.find_case(sitting.tx, approval.case_id)
    to = next_level(approval.level)
    if to is None:
        return _remind_the_top(sitting, case, approval)
    terms = policy_of(sitting, case).terms
    new_due = due_after(terms.approval_clocks[to], sitting.now, terms)
    body = {
        "approval": approval.id,
        "from": str(approval.level),
        "to": str(to),
        "due": new_due and new_due.isoformat(),
    }

    def send() -> None:
        approvals.change_approval(sitting.tx, approval, level=str(to), due_at=new_due, assigned_to=None)
        record(sitting, case, "approval_escalated", body)

    return send


def _remind_the_top(sitting: Sitting, case: Case, approval: Approval) -> Deed:
    for event in reversed(cases.find_history(sitting.tx, case.id)):
        mine = event.name == "reminded" and event.body.get("approval") == approval.id
        if mine and sitting.now - event.at < ONCE_A_DAY:
            return None
    assert approval.due_at is not None, "it is late"
    body = {"approval": approval.id, "due": approval.due_at.isoformat(), "to": str(approval.level)}
    return lambda: record(sitting, case, "reminded", body)


def _expire(sitting: Sitting, approval_id: str) -> Deed:
    """An approval that nobody used in time lapses: facts grow old."""
    approval = _late(sitting, approval_id, ApprovalState.APPROVED)
    if approval is None:
        return None
    case = cases.find_case(sitting.tx, approval.case_id)
    return lambda: expire(sitting, case, approval)


def _escalate_bypass(sitting: Sitting, approval_id: str) -> Deed:
    """An emergency grant that nobody looked at in time is told a level higher, once."""
    approval = _late(sitting, approval_id, ApprovalState.BYPASSED)
    if approval is None:
        return None
    case = cases.find_case(sitting.tx, approval.case_id)
    history = cases.find_history(sitting.tx, case.id)
    if any(event.name == "escalated" and event.body.get("approval") == approval.id for event in history):
        return None
    assert approval.due_at is not None, "it is late"
    body = {
        "what": "bypass_review",
        "approval": approval.id,
        "due": approval.due_at.isoformat(),
        "to": str(level_above(approval.level)),
    }
    return lambda: record(sitting, case, "escalated", body)


# ---------------------------------------------------------------- offers


def _standing_offers(tx: Connection, _books: Books, _now: datetime) -> list[Key]:
    return list(due.standing_offers(tx))


def _lapse(sitting: Sitting, case_id: str, talk: int) -> Deed:
    """An offer that nobody took counts as granted until it stands no more; what is owed counts on."""
    found = grants.find_commitment(sitting.tx, case_id, talk)
    if found is None or found.state != "offered":
        return None
    end = ends_of_talks(case_id, cases.find_history(sitting.tx, case_id)).get(talk)
    if end is None:
        return None
    case, terms = cases.find_case(sitting.tx, case_id), policy_of(sitting, end[0]).terms
    until = due_after(terms.ladder.offer_stands, end[1].at, terms)
    if until is None or sitting.now <= until:
        return None
    body = {"talk": talk, "stood_until": until.isoformat(), "goodwill": write_money(found.sums.goodwill)}

    def lapse() -> None:
        grants.lapse(sitting.tx, case_id, talk)
        record(sitting, case, "offer_lapsed", body)

    return lapse


Finder = Callable[[Connection, Books, datetime], Iterable[Key]]
DUTIES: Mapping[str, tuple[Finder, Callable[..., Deed]]] = {
    "promises_dated": (_undated_promises, _date_promise),
    "clocks_resumed": (_overstood_clocks, _run_on),
    "clocks_dated": (_undated_clocks, _date_clock),
    "promises_broken": (_overdue_promises, _break),
    "promises_reminded": (_promises_to_come, _remind_of_promise),
    "clocks_reminded": (_clocks_to_remind_of, _remind_of_clock),
    "clocks_escalated": (_clocks_to_escalate, _escalate_clock),
    "approvals_sent_up": (_late_approvals(ApprovalState.REQUESTED), _send_up),
    "approvals_expired": (_late_approvals(ApprovalState.APPROVED), _expire),
    "bypasses_escalated": (_late_approvals(ApprovalState.BYPASSED), _escalate_bypass),
    "offers_lapsed": (_standing_offers, _lapse),
    "customers_forgotten": (retention.old_customers, retention.forget_customer),
    "cases_forgotten": (retention.old_nameless_cases, retention.forget_case),
    "strays_forgotten": (retention.old_strays, retention.forget_old_stray),
}
"""How each is found without the lock, and how it is looked at."""

FORGETTING = ("customers_forgotten", "cases_forgotten", "strays_forgotten")
