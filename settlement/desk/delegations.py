"""Who decides in whose place: lent from one moment to another, taken back, and what it reaches."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from settlement.cases.approvals import Standin
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault, NotAuthorised, NotFound, Refused
from settlement.permissions import Reach, need
from settlement.roles import LEVELS, Actor, Role
from settlement.store import delegations as store
from settlement.store.audit import append
from settlement.store.delegations import Delegation
from settlement.store.people import find_person


def delegate(sitting: Sitting, *, to: Actor, starts_at: datetime, ends_at: datetime) -> str:
    """Let somebody approve in one's place for a time; never the other way round, never oneself.

    The id of the delegation. Raises BadInput.
    """
    giver = sitting.actor
    faults = []
    if to.name == giver.name:
        faults.append(Fault("/to", "is yourself", "name somebody else"))
    if to.role not in LEVELS or giver.role not in LEVELS:
        faults.append(Fault("/to", "approves nothing", "name somebody from agent to director"))
    if not sitting.now <= ends_at or ends_at <= starts_at:
        faults.append(Fault("/ends_at", "is over, or before it starts", "give a later moment"))
    if faults:
        raise BadInput(faults)
    delegation = sitting.new_id("g")
    store.add_delegation(
        sitting.tx,
        delegation,
        giver=giver.name,
        receiver=to.name,
        level=giver.role,
        starts_at=starts_at,
        ends_at=ends_at,
        now=sitting.now,
    )
    body = {"to": to.name, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    _log(sitting, "delegated", delegation, body)
    return delegation


def end_delegation(sitting: Sitting, delegation_id: str) -> None:
    """Take back what was lent, from now on: what was decided stays decided, what waits is the giver's again.

    For the giver, and for whoever is above the level that was lent. Raises NotFound, for an agent also where
    it is none of theirs; NotAuthorised; Refused where it is over already.
    """
    found = store.find_delegation(sitting.tx, delegation_id)
    actor = sitting.actor
    if need(actor.role, "end_delegation") is Reach.OWN and actor.name not in (found.giver, found.receiver):
        raise NotFound(f"no delegation {delegation_id!r} of yours")
    if actor.name != found.giver and LEVELS.index(actor.role) <= LEVELS.index(found.level):
        raise NotAuthorised(f"{found.giver} ends it, or somebody above a {found.level}")
    if found.ended_at is not None or found.ends_at <= sitting.now:
        raise Refused(f"delegation {delegation_id} is over already")
    store.end_delegation(sitting.tx, delegation_id, by=actor.name, now=sitting.now)
    _log(sitting, "delegation_ended", delegation_id, {"giver": found.giver, "to": found.receiver})


def page_of_delegations(
    sitting: Sitting, *, before: str | None, limit: int
) -> tuple[list[Delegation], str | None]:
    """A page of delegations, newest first, and where the next begins; agents see what they gave or got."""
    own = need(sitting.actor.role, "get_delegations") is Reach.OWN
    person = sitting.actor.name if own else None
    return store.list_delegations(sitting.tx, person=person, before=before, limit=limit)


def stand_in(sitting: Sitting, giver: str) -> Standin:
    """Oneself in the place of somebody who asked one to decide for them. Raises NotAuthorised."""
    actor = sitting.actor
    if giver not in (name for name, _ in store.delegated_to(sitting.tx, actor.name, sitting.now)):
        raise NotAuthorised(f"{giver} has not asked {actor.name} to decide in their place today")
    found = [each for each in places_of(sitting.tx, actor, sitting.now) if each.person == giver]
    if not found:
        raise NotAuthorised(f"{giver} may decide nothing any more, nor anybody in their place")
    return max(found, key=lambda each: LEVELS.index(each.level))


def places_of(tx: Connection, actor: Actor, now: datetime) -> Sequence[Standin]:
    """Whose place somebody may take now, and up to which level; not of givers who may decide no more."""
    return [
        Standin(actor, giver, still)
        for giver, level in store.delegated_to(tx, actor.name, now)
        if (still := standing_of(tx, giver, level)) is not None
    ]


def standing_of(tx: Connection, name: str, level: Role) -> Role | None:
    """A level that somebody had, but never more than they have by now; None for who may decide no more."""
    person = find_person(tx, name)
    if person is None:
        return level  # a demonstration's token
    if person.disabled_at is not None or person.role not in LEVELS:
        return None
    return min(level, person.role, key=LEVELS.index)


def _log(sitting: Sitting, event: str, delegation: str, body: dict[str, str]) -> None:
    actor = sitting.actor
    append(
        sitting.tx,
        at=sitting.now,
        actor=actor.name,
        role=actor.role,
        event=event,
        subject=delegation,
        body=body,
    )
