"""Colleagues: whom a request may name, and who is above whoever has a case."""

from sqlalchemy import Connection

from settlement.cases.authority import next_level
from settlement.cases.lifecycle import Case
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.roles import LEVELS, Actor, Role
from settlement.store.cases import find_history
from settlement.store.people import Person, find_person


def colleague(sitting: Sitting, name: str, place: str) -> Actor:
    """Somebody with a name and a role from agent to director. Raises BadInput, at a place of the request."""
    return named_colleague(sitting.tx, name, place)


def named_colleague(tx: Connection, name: str, place: str) -> Actor:
    """The same for whoever has no sitting of their own."""
    person = find_person(tx, name)
    if person is None or not _works(person):
        remedy = "name somebody who talks to customers, as settlement user list shows them"
        raise BadInput([Fault(place, f"{name!r} cannot be asked", remedy)])
    return Actor(person.name, person.role)


def is_gone(tx: Connection, name: str) -> bool:
    """Whether somebody on record works on cases no more; a demonstration's token is not on record."""
    person = find_person(tx, name)
    return person is not None and not _works(person)


def _works(person: Person) -> bool:
    return person.role in LEVELS and person.disabled_at is None


def level_above_owner(sitting: Sitting, case: Case) -> Role:
    """The level above whoever has a case; at the top its own."""
    return level_above(_role_of_owner(sitting, case))


def level_above(role: Role) -> Role:
    """The level above a role; at the top its own."""
    return (next_level(role) if role in LEVELS else None) or Role.DIRECTOR


def _role_of_owner(sitting: Sitting, case: Case) -> Role:
    """The role of whoever has a case; as they last acted in it, where nobody has that name any more."""
    person = find_person(sitting.tx, case.owner)
    if person is not None:
        return person.role
    acted = [e.actor.role for e in find_history(sitting.tx, case.id) if e.actor.name == case.owner]
    return acted[-1] if acted else Role.AGENT
