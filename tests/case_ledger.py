"""What the laws of cases remember: the events of a step, and every grant added up again from them.

Nothing here uses the code that is judged: who granted what to whom is told by the events alone, and the
sum of an offer by the adviser.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from settlement.cases.lifecycle import Case, Event
from settlement.cases.lifecycle import fold as fold_case
from settlement.decision.approval import Granted
from settlement.desk import negotiations
from settlement.money import Money
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import Authority, Talk
from settlement.roles import LEVELS, Role
from settlement.store.tables import approvals, cases, commitments, promises
from tests.case_world import THE_PROGRAM, World

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
    def currency(self) -> str:
        return self.sums.owed.currency

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()


class Past:
    """What the laws remember of a world between steps, and where things stand after this one.

    new     events of this step: case, place in its history, event
    now     the rows of approvals, promises and cases as they stand now; `before` as they stood
    words   whose word an approval is, and the level that it was given at
    refs    the reference by which a customer or an order is known, by kind and by the name as one reads it
    """

    def __init__(self) -> None:
        self.new: list[tuple[str, int, Event]] = []
        self.histories: dict[str, list[Event]] = {}
        self.cases: dict[str, Case] = {}
        self.ledger: dict[tuple[str, int], Grant] = {}
        self.granted: list[tuple[Grant, list[Grant], Talk]] = []
        self.now: dict[str, list[Any]] = {}
        self.before: dict[str, dict[str, Any]] = {"approvals": {}, "promises": {}, "cases": {}}
        self.offered: dict[tuple[str, int], Money] = {}
        self.words: dict[str, tuple[str, Role]] = {}
        self.refs: dict[tuple[str, str], str] = {}
        self._talks: dict[str, tuple[int, datetime, Talk]] = {}

    def talk_of(self, world: World, case_id: str) -> Talk:
        """The talks of a case as they stand, folded once for each step."""
        version, at, talk = self._talks.get(case_id, (0, world.now, None))
        case = self.cases[case_id]
        if talk is None or version != case.version or at != world.now:
            talk = _talk_of(world, case)
            self._talks[case_id] = case.version, world.now, talk
        return talk


def learn(world: World, past: Past) -> None:
    """Read what happened since the last step."""
    past.new, past.granted = [], []
    past.now = {
        table.name: world.tx.execute(select(table).order_by(table.c.number)).all()
        for table in (approvals, promises, cases)
    }
    for row in past.now["cases"]:
        seen = past.histories.get(row.id, [])
        if row.version != len(seen):
            past.histories[row.id] = history = world.history(row.id)
            past.cases[row.id] = fold_case(row.id, history)
            past.new += [(row.id, place, history[place]) for place in range(len(seen), len(history))]
    for case_id, place, event in past.new:
        if event.name == "approval_given":
            past.words[event.body["approval"]] = _stands(world, event)
        if event.name in ("offered", "overridden", "talks_ended", "approval_given"):
            _learn_grant(world, past, case_id, place, event)
        if event.name == "offer_lapsed":
            grant = past.ledger[case_id, event.body["talk"]]
            sums = Granted(grant.sums.owed, Money.zero(grant.currency))
            past.ledger[case_id, event.body["talk"]] = replace(grant, sums=sums)
        if event.name == "facts_changed":
            _learn_names(past, case_id, event)


def _learn_grant(world: World, past: Past, case_id: str, place: int, event: Event) -> None:
    history, case = past.histories[case_id], past.cases[case_id]
    talk = past.talk_of(world, case_id)
    floor, key = talk.decided.range.floor, (case_id, case.talk)
    before = past.ledger.get(key)
    in_emergency = False
    if event.name in ("offered", "overridden"):
        assert talk.table is not None
        amount = talk.table.amount
        person, level, in_emergency = _behind(world, past, case, place, amount)
    elif event.name == "talks_ended":
        waits = [e for e in history[place:] if e.name == "approval_requested"]
        if waits or not floor or (before and before.sums.total >= floor):
            return
        amount, person, level = floor, event.actor.name, event.actor.role
    else:
        if asked_in(history, event.body["approval"])["kind"] != "owed":
            return
        amount = floor
        person, level = past.words[event.body["approval"]]
    sums = Granted(min(floor, amount), max(amount - floor, Money.zero(amount.currency)))
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


def _learn_names(past: Past, case_id: str, event: Event) -> None:
    """Whose order it is may become known later; it counts for them from then on."""
    key = case_id, past.cases[case_id].talk
    if (grant := past.ledger.get(key)) is not None:
        customer, order = (event.body["complaint"].get(name) for name in ("customer", "order"))
        past.ledger[key] = replace(
            grant,
            customer=grant.customer or (customer and customer["id"]),
            order=grant.order or (order and order["id"]),
        )


def _behind(world: World, past: Past, case: Case, place: int, amount: Money) -> tuple[str, Role, bool]:
    """Whose word an offer rests on: an approval that was used for it, an emergency, or one's own.

    Whoever it is works here now, and counts for no more than they are now.
    """
    history = past.histories[case.id]
    event = history[place]
    used = next((e for e in history[place:] if e.name == "approval_used"), None)
    if used is not None:
        name = used.body["approval"]
        given = [e for e in history[:place] if e.name == "approval_given" and e.body["approval"] == name]
        assert len(given) == 1, "an approval that is used was given once"
        assert Money.of(**given[0].body["asked"]["amount"]) == amount, "for another sum than was approved"
        person, level = past.words[name]
        return person, _still(world, person, level), False
    urgent = [e.actor for e in history[:place] if e.name == "approval_bypassed"]
    on_record = world.tx.scalar(
        select(commitments.c.person).where(commitments.c.case_id == case.id, commitments.c.talk == case.talk)
    )
    own = event.actor
    by_level = Role(event.body["level"]) is not own.role
    if urgent and (by_level or on_record != own.name):
        return urgent[-1].name, _still(world, urgent[-1].name, urgent[-1].role), True
    return own.name, own.role, False


def _stands(world: World, given: Event) -> tuple[str, Role]:
    """Who said yes, or in whose place: then they asked for it, and the time for it runs."""
    name = given.body["in_place_of"]
    if name is None:
        return given.actor.name, given.actor.role
    asked = [
        lent.giver.role
        for lent in world.delegations.values()
        if (lent.giver.name, lent.receiver) == (name, given.actor.name)
        and lent.starts <= given.at < lent.ends
    ]
    assert asked, f"{name} asked nobody called {given.actor.name} to stand in"
    return name, max((_still(world, name, level) for level in asked), key=LEVELS.index)


def _still(world: World, name: str, level: Role) -> Role:
    assert world.works(name), f"on the word of {name}, who may say nothing any more"
    return min(level, world.roles[name], key=LEVELS.index)


def asked_in(history: list[Event], approval: str) -> Any:
    return next(
        e.body["asked"]
        for e in history
        if e.name in ("approval_requested", "approval_bypassed") and e.body["approval"] == approval
    )


def _talk_of(world: World, case: Case) -> Talk:
    table = negotiations.read_table(world.sitting(THE_PROGRAM), case)
    return fold(table.decided, Authority(Role.DIRECTOR), table.history)


def remember(past: Past) -> None:
    """Keep where things stand, to be held against the next step."""
    past.before = {name: {row.id: row for row in rows} for name, rows in past.now.items()}
