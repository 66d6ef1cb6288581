"""A small house in which everybody does anything in any order: people, cases, and a clock that moves on.

Every step goes through the desk as the web would go, in a savepoint that a refusal takes back. Steps are
numbers, so that hypothesis, or chance, may choose them; what a number means depends on where things stand.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from settlement.cases.authority import PersonLimits
from settlement.cases.lifecycle import PROGRAM, Case, Event, State
from settlement.desk import approvals, cases, clocks, delegations, negotiations, promises
from settlement.desk import grants as granting
from settlement.desk.case_file import read_case
from settlement.desk.duties import DUTIES
from settlement.desk.people import create_person
from settlement.desk.sitting import Sitting
from settlement.errors import NotAuthorised, SettlementError
from settlement.money import Money
from settlement.negotiation import events as told
from settlement.negotiation.talks import State as TalkState
from settlement.permissions import need
from settlement.roles import LEVELS, Actor, Role, may_grant
from settlement.rules.policy import Limits
from settlement.store import approvals as approval_store
from settlement.store import promises as promise_store
from settlement.store.cases import find_case, find_history
from settlement.store.tables import approvals as approval_rows
from settlement.store.tables import clocks as clock_rows
from settlement.store.tables import promises as promise_rows
from tests.builders import a_complaint, a_customer, a_policy, books, cny
from tests.sittings import counting_id

START = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
"""Two days before a month ends."""

PEOPLE = (
    Actor("Li", Role.AGENT),
    Actor("Ma", Role.AGENT),
    Actor("Sun", Role.SENIOR_AGENT),
    Actor("Wang", Role.SUPERVISOR),
    Actor("Qian", Role.SUPERVISOR),
    Actor("Zhou", Role.MANAGER),
    Actor("Zhao", Role.DIRECTOR),
    Actor("Chen", Role.DIRECTOR),
    Actor("Fei", Role.FINANCE),
    Actor("Gu", Role.AUDITOR),
    Actor("Hu", Role.ADMIN),
)
OPENERS = ("Li", "Li", "Ma", "Ma", "Wang", "Chen", "Chen", "Gu")
"""Who opens cases: some often, so that their limits are passed, and one who may not."""

BY_NAME = {person.name: person for person in PEOPLE}
THE_PROGRAM = Actor(PROGRAM, Role.ADMIN)
WORKERS = [person for person in PEOPLE if person.role in LEVELS]
DECIDES, KEEPS, WORKS, REVIEWS = "decide_approval", "keep_promise", "play_round", "review_case.decide"

MATTERS: tuple[dict[str, Any], ...] = (
    {"verified": "80.00"},
    {"verified": "199.00"},
    {"verified": "199.00", "threatens_publicity": True},
    {"verified": "420.00", "demand": "600.00"},
    {"verified": None, "harm": "none", "wants": "face"},
    {"verified": "80.00", "harm": "health", "vulnerable": True},
    {"verified": "199.00", "vulnerable": True, "demand": "900.00"},
    {"verified": None, "cause": "customer"},
)
WHOSE = (("K-1", "O-1"), ("K-1", "O-2"), ("K-2", "O-1"), ("K-2", "O-3"), (None, None))
PASSING = (timedelta(minutes=5), timedelta(hours=5), timedelta(days=1), timedelta(days=4), timedelta(days=30))
SUMS = ("60.00", "150.00", "330.00", "900.00", "3500.00")
TIMELY = ("promises_broken", "approvals_sent_up", "approvals_expired", "offers_lapsed")
MOST_CASES = 6

Thing = TypeVar("Thing")


def pick(number: int, things: Sequence[Thing]) -> Thing:
    return things[number % len(things)]


def limits_times(share: int) -> PersonLimits:
    """Limits small enough that a few grants pass them."""

    def of(case: int, day: int, month: int) -> Limits:
        return Limits(*(Money(each * share, "CNY") for each in (case, day, month)))

    return PersonLimits(owed=of(15000, 17500, 25000), goodwill=of(6000, 7500, 10000))


class World:
    """The state of the house, and what the laws need to know of its past."""

    def __init__(self, tx: Connection, look: Callable[["World"], None]) -> None:
        self.tx, self.look, self.now = tx, look, START
        self.cases: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.limits: dict[str, PersonLimits] = {}
        self.delegations: list[tuple[str, str, datetime, datetime]] = []
        self.refusals: list[SettlementError] = []
        self.memory: dict[str, Any] = {}
        for person in PEOPLE:
            create_person(tx, name=person.name, role=person.role, by=THE_PROGRAM, now=START)
        for name, share in (("Li", 2), ("Ma", 8), ("Wang", 2), ("Zhou", 12), ("Chen", 1)):
            self._limit("Zhao", name, share)

    def attempt(self, who: Actor, act: Callable[[Sitting], Any]) -> bool:
        """Let somebody try something; whether it happened. The laws are looked at when it did."""
        savepoint = self.tx.begin_nested()
        try:
            act(Sitting(self.tx, books(), who, self.now, counting_id))
        except SettlementError as refused:
            savepoint.rollback()
            self.refusals.append(refused)
            return False
        savepoint.commit()
        self.look(self)
        return True

    def case(self, number: int) -> Case:
        assert self.cases, "every walk begins with a case"
        return find_case(self.tx, pick(number, self.cases))

    def history(self, case_id: str) -> list[Event]:
        return find_history(self.tx, case_id)

    def someone(self, number: int, case: Case | None = None) -> Actor:
        """The owner half of the time, else anybody."""
        if case is not None and number % 2:
            return BY_NAME[case.owner]
        return pick(number // 2, PEOPLE)

    # ---------------------------------------------------------------- steps

    def open(self, who: int, matter: int, whose: int) -> None:
        if len(self.cases) == MOST_CASES:
            return
        name = f"C-{len(self.cases) + 1}"
        linked_to = self.cases[-1] if self.cases and who % 5 == 0 else None
        self.facts[name] = {"id": name, "received_at": self.now.isoformat()}
        complaint = self._complaint(name, matter, whose)

        def act(sitting: Sitting) -> None:
            need(sitting.actor.role, "open_case")
            cases.open_case(sitting, complaint, linked_to=linked_to)
            self.cases.append(name)

        if self.attempt(BY_NAME[pick(who, OPENERS)], act):
            for _ in range(pick(whose, (2, 6))):
                self.push(self.cases.index(name))

    def _complaint(self, name: str, matter: int, whose: int) -> Any:
        customer, order = pick(whose, WHOSE)
        same = {each: self.facts[name][each] for each in ("id", "received_at")}
        self.facts[name] = {
            **same,
            **pick(matter, MATTERS),
            **({"order_id": order} if order else {"order": None}),
            "customer": a_customer(id=customer) if customer else None,
        }
        return a_complaint(**self.facts[name])

    def push(self, number: int) -> None:
        """The owner does what comes next; where an offer is not theirs to put, they ask."""
        case = self.case(number)
        owner = BY_NAME[case.owner]
        if case.state in (State.SUGGESTED, State.TALKING):
            step = self._next_round(case, owner)
            if not self.play(case.id, owner, step) and isinstance(self.refusals[-1], NotAuthorised):
                self.ask(number, 1)
            return
        by_state: dict[State, Callable[[Sitting], Any]] = {
            State.OPENED: lambda s: cases.diagnose(s, case, a_complaint(**self.facts[case.id]), None),
            State.DIAGNOSED: lambda s: cases.suggest_for_case(s, case),
            State.AGREED: lambda s: self._keep_next(s, case),
            State.UNSETTLED: lambda s: self._keep_next(s, case),
            State.FULFILLED: lambda s: cases.tell_result(s, case, "done", "phone"),
            State.FOLLOWED_UP: lambda s: cases.close(s, case),
            State.CLOSED: lambda s: cases.reopen(s, case, "again"),
        }
        if not self.attempt(owner, by_state[case.state]) and case.state is State.UNSETTLED:
            self.finish(number, 1, 0)
        if case.state is State.FULFILLED:
            self.finish(number, 1, 1)

    def _keep_next(self, sitting: Sitting, case: Case) -> None:
        waiting = [p for p in promise_store.promises_of(self.tx, case.id) if p.ended_at is None]
        promises.keep_promise(sitting, waiting[0].id if waiting else "none", KEEPS)

    def _next_round(self, case: Case, who: Actor) -> Any:
        sitting = Sitting(self.tx, books(), who, self.now, counting_id)
        by_state = {
            TalkState.LISTEN: told.Confirmed(),
            TalkState.DECOMPOSE: told.ItemsSplit(items=()),
            TalkState.DUE: told.Offered(),
        }
        return by_state.get(negotiations.advice_for(sitting, case).state, told.Accepted(option=1))

    def talk(self, number: int, who: int, what: int, sum_: int) -> None:
        """Anybody lets anything happen in the talks of a case."""
        case = self.case(number)
        amount = self.sum_near(case, sum_)
        happened = pick(
            what,
            (
                told.Offered(),
                told.Countered(amount=amount),
                told.Overridden(amount=amount, reason="long wait"),
                told.Accepted(option=1),
                told.Accepted(option=2),
                told.Wished(kind="credit"),
                told.PartBlocked(instrument="voucher"),
                told.Refused(),
                told.Left(),
                told.Silent(),
                told.SafetyRaised(),
            ),
        )
        self.play(case.id, self.someone(who, case), happened)

    def sum_near(self, case: Case, number: int) -> Money:
        """A sum a little below, a little above or far above what is on the table, or any."""
        sums = [cny(each) for each in SUMS]
        if case.ground is not None:
            sitting = Sitting(self.tx, books(), BY_NAME["Zhao"], self.now, counting_id)
            on_table = negotiations.advice_for(sitting, case).amount
            if on_table is not None and on_table.minor > 100:
                sums += [on_table - cny("1.00"), on_table + cny("40.00"), on_table + on_table]
        return pick(number, sums)

    def play(self, case_id: str, who: Actor, happened: Any) -> bool:
        def act(sitting: Sitting) -> None:
            negotiations.play_round(sitting, _read(sitting, case_id, WORKS), happened)

        return self.attempt(who, act)

    def ask(self, number: int, who: int) -> None:
        case = self.case(number)
        self.attempt(
            self.someone(who, case),
            lambda s: negotiations.ask_approval(s, _read(s, case.id, WORKS)),
        )

    def bypass(self, number: int, who: int) -> None:
        case = self.case(number)
        self.attempt(
            self.someone(who, case),
            lambda s: negotiations.bypass_approval(s, _read(s, case.id, WORKS), "somebody is hurt"),
        )

    def decide(self, number: int, who: int, verb: int, place: int, sum_: int) -> None:
        """Anybody decides an approval in any way, in their own place or in somebody's."""
        waiting = self.ids(approval_rows, "requested", "bypassed") or self.ids(approval_rows)
        if not waiting:
            return
        approval = approval_store.find_approval(self.tx, pick(number, waiting))
        stand = pick(place // 2, WORKERS).name if place % 2 else None
        seen, to = approval.digest, pick(place, WORKERS)
        said = {"operation": DECIDES, "in_place_of": stand}
        verbs: tuple[Callable[[Sitting], Any], ...] = (
            lambda s: approvals.give(s, approval.id, seen=seen, **said),
            lambda s: negotiations.amend_approval(
                s, approval.id, seen=seen, amount=cny(pick(sum_, SUMS)), reason="fairer", **said
            ),
            lambda s: negotiations.decline_approval(s, approval.id, reason="no", **said),
            lambda s: approvals.send_back(s, approval.id, reason="a photo is missing", **said),
            lambda s: approvals.assign(s, approval.id, to=to, operation=DECIDES),
            lambda s: approvals.review_bypass(s, approval.id, right=True, reason="yes", operation=DECIDES),
        )
        act = verbs[5] if approval.state == "bypassed" else pick(verb, (verbs[0], *verbs[:5]))
        self.attempt(pick(who, WORKERS), act)

    def agree(self, number: int, who: int, place: int) -> None:
        """Somebody who reaches the level says yes, and whoever asked puts the offer."""
        waiting = self.ids(approval_rows, "requested")
        if not waiting:
            return
        approval = approval_store.find_approval(self.tx, pick(number, waiting))
        able = [each for each in WORKERS if may_grant(each.role, approval.level)]
        giver = pick(who, able)
        stands = [pair[1] for pair in self.delegations if pair[0] == giver.name]
        actor, stand = (BY_NAME[pick(place, stands)], giver.name) if stands else (giver, None)
        given = self.attempt(
            actor,
            lambda s: approvals.give(
                s, approval.id, seen=approval.digest, in_place_of=stand, operation=DECIDES
            ),
        )
        if given and place % 3:
            self.push(self.cases.index(approval.case_id))

    def delegate(self, giver: int, receiver: int, length: int) -> None:
        to, ends = pick(receiver, PEOPLE), self.now + pick(length, PASSING)

        def act(sitting: Sitting) -> None:
            delegations.delegate(sitting, to=to, starts_at=self.now, ends_at=ends)
            self.delegations.append((sitting.actor.name, to.name, self.now, ends))

        self.attempt(pick(giver, PEOPLE), act)

    def promise(self, number: int, who: int, verb: int) -> None:
        waiting = self.ids(promise_rows, "due", "broken") if who % 4 else self.ids(promise_rows)
        if not waiting:
            return
        promise = promise_store.find_promise(self.tx, pick(number, waiting))
        case, later = find_case(self.tx, promise.case_id), self.now + timedelta(days=2)
        verbs: tuple[Callable[[Sitting], Any], ...] = (
            lambda s: promises.keep_promise(s, promise.id, KEEPS),
            lambda s: promises.replace_promise(
                s, promise.id, KEEPS, what=promise.what, due=later, reason="the bank is shut"
            ),
            lambda s: promises.tell_date(s, _read(s, case.id, WORKS), "call", later),
        )
        self.attempt(self.someone(who, case), pick(verb, (verbs[0], *verbs)))

    def hand(self, number: int, who: int, verb: int, to: int) -> None:
        case = self.case(number)
        name = pick(to, PEOPLE).name
        verbs: tuple[Callable[[Sitting, Case], Any], ...] = (
            lambda s, c: cases.offer_hand_over(s, c, name, "on leave"),
            lambda s, c: cases.accept_hand_over(s, c),
            lambda s, c: cases.decline_hand_over(s, c, "no time"),
            lambda s, c: cases.take_over(s, c, "it is stuck"),
        )
        actor = BY_NAME[case.offered_to] if case.offered_to and who % 3 else self.someone(who, case)
        self.attempt(actor, lambda s: pick(verb, verbs)(s, _read(s, case.id, WORKS)))

    def finish(self, number: int, who: int, verb: int) -> None:
        case = self.case(number)
        verbs: tuple[Callable[[Sitting, Case], Any], ...] = (
            lambda s, c: cases.tell_result(s, c, "this is how it ended", "phone"),
            lambda s, c: cases.follow_up(s, c, reached=True, rating=4, solved="yes", answer="fine"),
            cases.close,
            lambda s, c: cases.reopen(s, c, "it broke again"),
            lambda s, c: cases.request_review(s, c, "not content"),
            lambda s, c: cases.inform(s, c, "we are at it", "phone"),
            lambda s, c: cases.review(s, c, upheld=bool(who % 2), reason="read again"),
        )
        operation = REVIEWS if verb % len(verbs) == 6 else WORKS
        self.attempt(self.someone(who, case), lambda s: pick(verb, verbs)(s, _read(s, case.id, operation)))

    def change_facts(self, number: int, who: int, matter: int, whose: int) -> None:
        case = self.case(number)
        before = self.facts[case.id]
        complaint = self._complaint(case.id, matter, whose)

        def act(sitting: Sitting) -> None:
            changed = cases.diagnose(sitting, _read(sitting, case.id, WORKS), complaint, "found out")
            if changed.state is State.TALKING:
                negotiations.conclude(sitting, changed)

        if not self.attempt(self.someone(who, case), act):
            self.facts[case.id] = before

    def clock(self, number: int, who: int, verb: int) -> None:
        case = self.case(number)
        what = pick(verb, ("resolution", "progress", "visit"))
        act = clocks.pause_clock if verb % 2 else clocks.resume_clock
        said = ("we wait for the maker",) if verb % 2 else ()
        self.attempt(self.someone(who, case), lambda s: act(s, _read(s, case.id, WORKS), what, *said))

    def set_limits(self, who: int, whom: int, share: int) -> None:
        self._limit(pick(who, PEOPLE).name, pick(whom, PEOPLE).name, 2 + share % 8)

    def _limit(self, who: str, whom: str, share: int) -> None:
        limits = limits_times(share)

        def act(sitting: Sitting) -> None:
            granting.set_limits(sitting, BY_NAME[whom], limits, a_policy())
            self.limits[whom] = limits

        self.attempt(BY_NAME[who], act)

    def pass_time(self, length: int) -> None:
        """Time goes on, and what it alone brings about: promises break, approvals lapse."""
        self.now += pick(length, PASSING)
        for name in TIMELY:
            find, look = DUTIES[name]
            for key in find(self.tx, books(), self.now):
                self.attempt(THE_PROGRAM, lambda s, look=look, key=key: (look(s, *key) or _nothing)())

    def ids(self, table: Any, *states: str) -> list[str]:
        query = select(table.c.id).order_by(table.c.number)
        return list(self.tx.scalars(query.where(table.c.state.in_(states)) if states else query))

    def running_clocks(self) -> list[tuple[str, str]]:
        query = select(clock_rows.c.case_id, clock_rows.c.what).where(clock_rows.c.stopped_at.is_(None))
        return [(row.case_id, row.what) for row in self.tx.execute(query)]


def _nothing() -> None:
    """What a duty does that has nothing to do."""


def _read(sitting: Sitting, case_id: str, operation: str) -> Case:
    """As every route does: first the role, then the case."""
    need(sitting.actor.role, operation)
    return read_case(sitting, case_id, operation)
