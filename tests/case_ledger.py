"""What the laws of cases remember: the events of a step, and every grant added up again from them.

Nothing here uses the code that is judged: who granted what to whom is told by the events alone, and the
sum of an offer by the adviser.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from settlement.cases.lifecycle import Event
from settlement.decision.approval import Granted
from settlement.desk import negotiations
from settlement.desk.sitting import Sitting
from settlement.money import Money
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import Authority, Talk
from settlement.roles import Role
from settlement.store.cases import find_case
from settlement.store.tables import approvals, cases, promises
from tests.builders import books
from tests.case_world import BY_NAME, World
from tests.sittings import counting_id

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Grant:
    """What a talk has committed us to, and whose word stands behind it."""

    case: str
    talk: int
    person: str
    level: Role
    sums: Granted
    at: datetime
    customer: str | None
    order: str | None
    in_emergency: bool = False

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()


class Past:
    """What the laws remember of a world between steps."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.new: list[tuple[str, int, Event]] = []
        self.histories: dict[str, list[Event]] = {}
        self.ledger: dict[tuple[str, int], Grant] = {}
        self.granted: list[tuple[Grant, list[Grant], Talk]] = []
        self.approvals: dict[str, str] = {}
        self.promises: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.offered: dict[tuple[str, int], Money] = {}


def learn(world: World, past: Past) -> None:
    """Read what happened since the last step."""
    past.new, past.granted = [], []
    versions = {row.id: row.version for row in world.tx.execute(select(cases.c.id, cases.c.version))}
    for case_id in sorted(name for name, version in versions.items() if version != past.seen.get(name)):
        history = world.history(case_id)
        past.histories[case_id] = history
        seen = past.seen.get(case_id, 0)
        past.new += [(case_id, place, history[place]) for place in range(seen, len(history))]
        past.seen[case_id] = len(history)
    for case_id, place, event in past.new:
        if event.name in ("offered", "overridden", "talks_ended", "approval_given"):
            _learn_grant(world, past, case_id, place, event)
        if event.name == "offer_lapsed":
            grant = past.ledger[case_id, event.body["talk"]]
            sums = Granted(grant.sums.owed, Money.zero("CNY"))
            past.ledger[case_id, event.body["talk"]] = replace(grant, sums=sums)
        if event.name == "facts_changed":
            _learn_names(world, past, case_id, event)


def _learn_grant(world: World, past: Past, case_id: str, place: int, event: Event) -> None:
    history, case = past.histories[case_id], find_case(world.tx, case_id)
    talk = talk_of(world, case_id)
    floor, key = talk.decided.range.floor, (case_id, case.talk)
    before = past.ledger.get(key)
    if event.name in ("offered", "overridden"):
        assert talk.table is not None
        amount = talk.table.amount
        person, level, in_emergency = _behind(world, history, place, amount)
    elif event.name == "talks_ended":
        waits = [e for e in history[place:] if e.name == "approval_requested"]
        if waits or not floor or (before and before.sums.total >= floor):
            return
        amount, person, level, in_emergency = floor, event.actor.name, event.actor.role, False
    else:
        if asked_in(history, event.body["approval"])["kind"] != "owed":
            return
        amount = floor
        person, level = _stands(world, event)
        in_emergency = False
    sums = Granted(min(floor, amount), max(amount - floor, Money.zero("CNY")))
    customer, order = case.complaint.get("customer"), case.complaint.get("order")
    grant = Grant(
        case_id,
        case.talk,
        person,
        level,
        sums,
        event.at,
        customer and customer["id"],
        order and order["id"],
        in_emergency,
    )
    others = [each for at, each in past.ledger.items() if at != key]
    past.granted.append((grant, others, talk))
    past.ledger[key] = grant


def _learn_names(world: World, past: Past, case_id: str, event: Event) -> None:
    """Whose order it is may become known later; it counts for them from then on."""
    key = case_id, find_case(world.tx, case_id).talk
    if (grant := past.ledger.get(key)) is not None:
        customer, order = (event.body["complaint"].get(name) for name in ("customer", "order"))
        past.ledger[key] = replace(
            grant,
            customer=grant.customer or (customer and customer["id"]),
            order=grant.order or (order and order["id"]),
        )


def _behind(world: World, history: list[Event], place: int, amount: Money) -> tuple[str, Role, bool]:
    """Whose word an offer rests on: an approval that was used for it, an emergency, or one's own."""
    event = history[place]
    used = next((e for e in history[place:] if e.name == "approval_used"), None)
    if used is not None:
        given = [
            e
            for e in history[:place]
            if e.name == "approval_given" and e.body["approval"] == used.body["approval"]
        ]
        assert len(given) == 1, "an approval that is used was given once"
        assert Money.of(**given[0].body["asked"]["amount"]) == amount, "for another sum than was approved"
        return *_stands(world, given[0]), False
    urgent = [e for e in history[:place] if e.name == "approval_bypassed"]
    if urgent and Role(event.body["level"]) is not event.actor.role:
        return urgent[-1].actor.name, urgent[-1].actor.role, True
    return event.actor.name, event.actor.role, False


def _stands(world: World, given: Event) -> tuple[str, Role]:
    giver = given.body["in_place_of"]
    if giver is None:
        return given.actor.name, given.actor.role
    assert any(
        (giver, given.actor.name) == pair[:2] and pair[2] <= given.at < pair[3] for pair in world.delegations
    ), f"{giver} asked nobody called {given.actor.name} to stand in"
    return giver, BY_NAME[giver].role


def asked_in(history: list[Event], approval: str) -> Any:
    return next(
        e.body["asked"]
        for e in history
        if e.name in ("approval_requested", "approval_bypassed") and e.body["approval"] == approval
    )


def talk_of(world: World, case_id: str) -> Talk:
    sitting = Sitting(world.tx, books(), BY_NAME["Zhao"], world.now, counting_id)
    table = negotiations.read_table(sitting, find_case(world.tx, case_id))
    return fold(table.decided, Authority(Role.DIRECTOR), table.history)


def remember(world: World, past: Past) -> None:
    """Keep where things stand, to be held against the next step."""

    def by_id(table: Any, column: str) -> dict[str, str]:
        return {row[0]: row[1] for row in world.tx.execute(select(table.c.id, table.c[column]))}

    past.approvals, past.promises = by_id(approvals, "state"), by_id(promises, "state")
    past.states, past.owners = by_id(cases, "state"), by_id(cases, "owner")
