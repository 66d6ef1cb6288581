"""A small house in which everybody does anything in any order: people, cases, and a clock that moves on.

Every step goes through the desk as the web would go, in a savepoint that a refusal takes back, and first past
the door: nobody acts who may not act now, nor in a role that they had. Steps are numbers, so that chance may
choose them; what a number means depends on where things stand.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from settlement.cases.authority import PersonLimits
from settlement.cases.lifecycle import PROGRAM, Case, Event, State
from settlement.complaint import Complaint
from settlement.desk import cases, negotiations, promises
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
from settlement.roles import LEVELS, Actor, Role
from settlement.rules.library import SHELF, Books, Release
from settlement.rules.live_policy import Policy
from settlement.rules.policy import Limits
from settlement.rules.reading import read_edition
from settlement.store import promises as promise_store
from settlement.store.cases import find_case, find_history
from tests.builders import a_customer, a_policy, a_request, books
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
"""Everybody, in the role that they begin with."""

OPENERS = ("Li", "Li", "Ma", "Ma", "Wang", "Chen", "Chen", "Gu")
"""Who opens cases: some often, so that their limits are passed, and one who may not."""

BY_NAME = {person.name: person for person in PEOPLE}
THE_PROGRAM = Actor(PROGRAM, Role.ADMIN)
WORKERS = [person for person in PEOPLE if person.role in LEVELS]
KEEPS, WORKS = "keep_promise", "play_round"

MATTERS: tuple[dict[str, Any], ...] = (
    {"verified": "80.00"},
    {"verified": "199.00"},
    {"verified": "199.00", "threatens_publicity": True},
    {"verified": "420.00", "demand": "600.00"},
    {"verified": None, "harm": "none", "wants": "face"},
    {"verified": "80.00", "harm": "health", "vulnerable": True},
    {"verified": "199.00", "vulnerable": True, "demand": "900.00"},
    {"verified": None, "cause": "customer"},
    {"verified": "310.00"},
)
ABROAD = 2 * len(MATTERS)
"""Matters from here on, one in three, are settled in the other currency."""

WHOSE = (
    ("K-1", "O-1"),
    ("K-1", "O-2"),
    ("K-2", "O-1"),
    ("K-2", "O-3"),
    (None, None),
    (" k-1", "Ｏ-1"),
    (None, "O-1"),
    ("Ｋ-1", None),
    ("K-2", "o-3 "),
    ("K-9", "O-9"),
)
"""Customers and orders: the same in other letters, one without the other, and nobody's."""

NAMELESS, A_STRANGER = WHOSE.index((None, None)), WHOSE.index(("K-9", "O-9"))
WORDS = (
    "The kettle leaks.",
    "I am angry and I will go public; I want the manager.",
    "我要曝光你们，我是孕妇",
    "There was smoke and somebody is injured.",
)
PASSING = (timedelta(minutes=5), timedelta(hours=5), timedelta(days=1), timedelta(days=4), timedelta(days=30))
A_MINUTE = timedelta(minutes=1)
MIDNIGHTS = (timedelta(hours=16), timedelta(hours=24))
"""In Shanghai, and by UTC."""

SUMS = ("60.00", "150.00", "330.00", "900.00", "3500.00")
TIMELY = ("promises_broken", "approvals_sent_up", "approvals_expired", "offers_lapsed")
MOST_CASES = 6

Thing = TypeVar("Thing")


def pick(number: int, things: Sequence[Thing]) -> Thing:
    return things[number % len(things)]


@cache
def shelf() -> Books:
    """The shelf, and on it the retail policy a second time, for those who pay in pounds."""
    [home] = [each for each in books().editions if each.id == a_policy().edition.id]
    text = (SHELF / home.file).read_text("utf-8")
    for old, new in (('currency = "CNY"', 'currency = "GBP"'), ('id = "retail-cn"', 'id = "retail-uk"')):
        assert text.count(old) == 1
        text = text.replace(old, new)
    abroad = read_edition(text, "policies/retail-uk/2026.1.toml")
    released = [each for each in (*books().editions, abroad) if books().is_released(each) or each is abroad]
    return Books((*books().editions, abroad), [Release(e.id, e.edition, e.digest) for e in released])


@cache
def policy_in(currency: str) -> Policy:
    name = {"CNY": "retail-cn", "GBP": "retail-uk"}[currency]
    return Policy.of(shelf().policy_for(name, START.date()))


def limits_times(share: int, currency: str = "CNY") -> PersonLimits:
    """Limits small enough that a few grants pass them."""

    def of(case: int, day: int, month: int) -> Limits:
        return Limits(*(Money(each * share, currency) for each in (case, day, month)))

    return PersonLimits(owed=of(15000, 17500, 25000), goodwill=of(6000, 7500, 10000))


@dataclass(frozen=True)
class Lent:
    """Who may decide in whose place, and when."""

    giver: Actor
    receiver: str
    starts: datetime
    ends: datetime


class World:
    """The state of the house, and what the laws need to know of its past."""

    def __init__(self, tx: Connection, look: Callable[["World"], None]) -> None:
        self.tx, self.look, self.now = tx, look, START
        self.cases: list[str] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.currencies: dict[str, str] = {}
        self.roles = {person.name: person.role for person in PEOPLE}
        self.gone: set[str] = set()
        self.limits: dict[tuple[str, Role, str], PersonLimits] = {}
        self.delegations: dict[str, Lent] = {}
        self.refusals: list[SettlementError] = []
        self.memory: dict[str, Any] = {}
        for person in PEOPLE:
            create_person(tx, name=person.name, role=person.role, by=THE_PROGRAM, now=START)
        for name, share in (("Li", 2), ("Ma", 8), ("Wang", 2), ("Zhou", 12), ("Chen", 1)):
            self.limit("Zhao", name, share)

    def standing(self, name: str) -> Role | None:
        """The role somebody has now; None for who is not let in."""
        return None if name in self.gone else self.roles[name]

    def works(self, name: str) -> bool:
        return self.standing(name) in LEVELS

    def attempt(self, who: str | Actor, act: Callable[[Sitting], Any]) -> bool:
        """Let somebody try something; whether it happened. The laws are looked at when it did."""
        savepoint = self.tx.begin_nested()
        try:
            act(self.sitting(who))
        except SettlementError as refused:
            savepoint.rollback()
            self.refusals.append(refused)
            return False
        savepoint.commit()
        self.look(self)
        return True

    def sitting(self, who: str | Actor) -> Sitting:
        """Somebody at work, as the door lets them in."""
        if isinstance(who, str):
            role = self.standing(who)
            if role is None:
                raise NotAuthorised(f"{who} is not let in")
            who = Actor(who, role)
        return Sitting(self.tx, shelf(), who, self.now, counting_id)

    def case(self, number: int) -> Case:
        assert self.cases, "every walk begins with a case"
        return find_case(self.tx, pick(number, self.cases))

    def history(self, case_id: str) -> list[Event]:
        return find_history(self.tx, case_id)

    def someone(self, number: int, case: Case | None = None) -> str:
        """The owner half of the time, else anybody."""
        if case is not None and number % 2:
            return case.owner
        return pick(number // 2, PEOPLE).name

    def able(self, level: Role) -> list[str]:
        """Who works here and reaches a level."""
        return [each.name for each in WORKERS if self.works(each.name) and _reaches(self, each.name, level)]

    def ids(self, table: Any, *states: str) -> list[str]:
        query = select(table.c.id).order_by(table.c.number)
        return list(self.tx.scalars(query.where(table.c.state.in_(states)) if states else query))

    # ---------------------------------------------------------------- steps

    def open(self, who: int, matter: int, whose: int) -> None:
        """A case, sometimes one that follows another."""
        if len(self.cases) == MOST_CASES:
            return
        name = f"C-{len(self.cases) + 1}"
        linked_to = pick(who // 5, self.cases) if self.cases and who % 5 == 0 else None
        self.currencies[name] = "GBP" if matter // ABROAD % 3 == 1 else "CNY"
        self.facts[name] = {"id": name, "received_at": self.now.isoformat()}
        complaint, said = self.complaint(name, matter, whose), pick(matter, WORDS)

        def act(sitting: Sitting) -> None:
            need(sitting.actor.role, "open_case")
            cases.open_case(sitting, complaint, said=said, linked_to=linked_to)
            self.cases.append(name)

        if self.attempt(pick(who, OPENERS), act):
            for _ in range(pick(whose, (2, 6))):
                self.push(self.cases.index(name))

    def complaint(self, name: str, matter: int, whose: int) -> Complaint:
        """What is known of a case now; kept as its facts."""
        customer, order = pick(whose, WHOSE)
        same = {each: self.facts[name][each] for each in ("id", "received_at")}
        self.facts[name] = {
            **same,
            **pick(matter, MATTERS),
            **({"order_id": order} if order else {"order": None}),
            "customer": a_customer(id=customer) if customer else None,
        }
        return self.known(name)

    def known(self, name: str) -> Complaint:
        text = json.dumps(a_request(**self.facts[name]))
        if self.currencies[name] == "GBP":
            text = text.replace('"CNY"', '"GBP"').replace('"retail-cn"', '"retail-uk"')
        return Complaint.model_validate_json(text)

    def push(self, number: int) -> None:
        """The owner does what comes next; where an offer is not theirs to put, they ask."""
        case = self.case(number)
        owner = case.owner
        if case.state in (State.SUGGESTED, State.TALKING):
            if not self.works(owner):
                return
            step = self._next_round(case, owner)
            if not self.play(case.id, owner, step) and isinstance(self.refusals[-1], NotAuthorised):
                self.ask(number, 1)
            return
        by_state: dict[State, Callable[[Sitting], Any]] = {
            State.OPENED: lambda s: cases.diagnose(s, case, self.known(case.id), None),
            State.DIAGNOSED: lambda s: cases.suggest_for_case(s, case),
            State.AGREED: lambda s: self._keep_next(s, case),
            State.UNSETTLED: lambda s: self._keep_next(s, case),
            State.FULFILLED: lambda s: cases.tell_result(s, case, "done", "phone"),
            State.FOLLOWED_UP: lambda s: cases.close(s, case),
            State.CLOSED: lambda s: cases.reopen(s, case, "again"),
        }
        went = self.attempt(owner, by_state[case.state])
        paid = case.state is State.UNSETTLED and not went
        if paid:
            self.attempt(owner, lambda s: cases.tell_result(s, case, "this is what you get", "phone"))
        if paid or case.state is State.FULFILLED:
            self.attempt(owner, lambda s: _visit(s, case.id))

    def _keep_next(self, sitting: Sitting, case: Case) -> None:
        waiting = [p for p in promise_store.promises_of(self.tx, case.id) if p.ended_at is None]
        promises.keep_promise(sitting, waiting[0].id if waiting else "none", KEEPS)

    def _next_round(self, case: Case, who: str) -> Any:
        by_state = {
            TalkState.LISTEN: told.Confirmed(),
            TalkState.DECOMPOSE: told.ItemsSplit(items=()),
            TalkState.DUE: told.Offered(),
        }
        advice = negotiations.advice_for(self.sitting(who), case)
        yes = told.Accepted(option=1 if advice.menu else None)  # nothing to choose where nothing is due
        return by_state.get(advice.state, yes)

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

    def money(self, case_id: str, amount: str) -> Money:
        return Money.of(amount, self.currencies[case_id])

    def sum_near(self, case: Case, number: int) -> Money:
        """A sum a little below, a little above or far above what is on the table, or any."""
        sums = [self.money(case.id, each) for each in SUMS]
        if case.ground is not None:
            on_table = negotiations.advice_for(self.sitting(Actor("Zhao", Role.DIRECTOR)), case).amount
            if on_table is not None and on_table.minor > 100:
                few, more = (self.money(case.id, each) for each in ("1.00", "40.00"))
                sums += [on_table - few, on_table + more, on_table + on_table]
        return pick(number, sums)

    def play(self, case_id: str, who: str, happened: Any) -> bool:
        return self.attempt(who, lambda s: negotiations.play_round(s, read(s, case_id, WORKS), happened))

    def ask(self, number: int, who: int) -> None:
        case = self.case(number)
        self.attempt(self.someone(who, case), lambda s: negotiations.ask_approval(s, read(s, case.id, WORKS)))

    def set_limits(self, who: int, whom: int, share: int) -> None:
        currency = "GBP" if share % 5 == 0 else "CNY"
        self.limit(pick(who, PEOPLE).name, pick(whom, PEOPLE).name, 2 + share % 8, currency)

    def limit(self, who: str, whom: str, share: int, currency: str = "CNY") -> None:
        limits, person = limits_times(share, currency), Actor(whom, self.roles[whom])

        def act(sitting: Sitting) -> None:
            granting.set_limits(sitting, person, limits, policy_in(currency))
            self.limits[whom, person.role, currency] = limits

        self.attempt(who, act)

    def pass_time(self, length: int) -> None:
        """Time goes on, and what it alone brings about: promises break, approvals lapse."""
        self.now = self._later(length)
        self.do_what_is_due()

    def let_go_by(self, length: int) -> None:
        """Time goes on, and no worker runs."""
        self.now = self._later(length)

    def do_what_is_due(self) -> None:
        for name in TIMELY:
            find, look = DUTIES[name]
            for key in find(self.tx, shelf(), self.now):
                self.attempt(THE_PROGRAM, lambda s, look=look, key=key: (look(s, *key) or _nothing)())

    def _later(self, length: int) -> datetime:
        """Some time from now, or a minute before or after midnight, there or by UTC."""
        if length % 4:
            return self.now + pick(length // 4, PASSING)
        today = self.now.replace(hour=0, minute=0)
        edge = today + pick(length // 4, MIDNIGHTS) + pick(length // 8, (-A_MINUTE, A_MINUTE))
        return edge if edge > self.now else self.now + A_MINUTE


def read(sitting: Sitting, case_id: str, operation: str) -> Case:
    """As every route does: first the role, then the case."""
    need(sitting.actor.role, operation)
    return read_case(sitting, case_id, operation)


def _reaches(world: World, name: str, level: Role) -> bool:
    return LEVELS.index(world.roles[name]) >= LEVELS.index(level)


def _visit(sitting: Sitting, case_id: str) -> None:
    case = read(sitting, case_id, WORKS)
    cases.follow_up(sitting, case, reached=True, rating=4, solved="yes", answer="fine")


def _nothing() -> None:
    """What a duty does that has nothing to do."""
