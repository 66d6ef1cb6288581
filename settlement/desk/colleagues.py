"""Whom a request may name: people who talk to customers and may act today."""

from sqlalchemy import Connection

from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.roles import LEVELS, Actor
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
