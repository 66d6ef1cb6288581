"""Whom a request may name: people who talk to customers and may act today."""

from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.roles import LEVELS, Actor
from settlement.store.people import find_person


def colleague(sitting: Sitting, name: str, place: str) -> Actor:
    """Somebody with a name and a role from agent to director. Raises BadInput, at a place of the request."""
    person = find_person(sitting.tx, name)
    if person is None or person.role not in LEVELS or person.disabled_at is not None:
        remedy = "name somebody who talks to customers, as settlement user list shows them"
        raise BadInput([Fault(place, f"{name!r} cannot be asked", remedy)])
    return Actor(person.name, person.role)


def works_here(sitting: Sitting, name: str) -> bool:
    """Whether somebody may still have cases; a demonstration's token, which is nobody on record, may."""
    person = find_person(sitting.tx, name)
    return person is None or (person.role in LEVELS and person.disabled_at is None)
