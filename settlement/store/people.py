"""People: one name, one role at a time. Never removed, since records name them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Text, insert, select, type_coerce, update

from settlement.errors import NotFound, Refused
from settlement.ids import as_compared
from settlement.roles import Role
from settlement.store.tables import users


class PersonExists(Refused):
    """There is somebody with this name already."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person who may act, and what is known for letting them in."""

    name: str
    role: Role
    created_at: datetime
    created_by: str
    password_hash: str | None = None
    disabled_at: datetime | None = None
    failed_logins: int = 0  # in a row
    locked_until: datetime | None = None


_COLUMNS = [users.c[name] for name in Person.__dataclass_fields__]


def add_person(tx: Connection, user: Person) -> None:
    """Add a person. Raises PersonExists, also for a name that looks like somebody else's."""
    compared = as_compared(user.name)
    if found := tx.scalar(select(users.c.name).where(users.c.compared == compared)):
        looks = "" if found == user.name else f", and {user.name!r} looks like it"
        raise PersonExists(f"there is a user {found!r} already{looks}")
    tx.execute(insert(users).values(asdict(user) | {"role": str(user.role), "compared": compared}))


def find_person(tx: Connection, name: str) -> Person | None:
    """The person with a name; None if there is none."""
    row = tx.execute(select(*_COLUMNS).where(users.c.name == name)).mappings().one_or_none()
    return None if row is None else _person(row)


def the_person(tx: Connection, name: str) -> Person:
    """The person with a name. Raises NotFound."""
    found = find_person(tx, name)
    if found is None:
        raise NotFound(f"no user {name!r}; settlement user list names them")
    return found


def change_person(tx: Connection, name: str, **changes: Any) -> None:
    """Write some columns of a person who is there."""
    moved = tx.execute(update(users).where(users.c.name == name).values(**changes))
    assert moved.rowcount == 1, "only somebody who was found is changed"


def all_people(tx: Connection) -> list[Person]:
    """Everybody, by name."""
    rows = tx.execute(select(*_COLUMNS).order_by(users.c.name)).mappings()
    return [_person(row) for row in rows]


def _person(row: RowMapping) -> Person:
    return Person(**{**row, "role": Role(row["role"])})


def stored_people(tx: Connection) -> Iterator[dict[str, str | None]]:
    """Everybody as the texts that are stored, by name; nothing is read into them."""
    names = ("name", "compared", "role", "password_hash", "disabled_at")
    texts = [type_coerce(users.c[name], Text).label(name) for name in names]
    rows = tx.execute(select(*texts).order_by(users.c.name)).mappings()
    yield from ({name: row[name] for name in names} for row in rows)
