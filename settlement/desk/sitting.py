"""One person at work: in one transaction, at one moment, with the books in force and a source of ids."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from settlement.ids import record_id
from settlement.roles import Actor
from settlement.rules.library import Books


@dataclass(frozen=True, slots=True)
class Sitting:
    """What every use case works with; `new_id` makes an id of the kind that a prefix names."""

    tx: Connection
    books: Books
    actor: Actor
    now: datetime
    new_id: Callable[[str], str]

    @classmethod
    def begin(cls, tx: Connection, books: Books, actor: Actor) -> "Sitting":
        """At the edge: now, with random ids."""
        return cls(tx, books, actor, datetime.now(UTC), random_id)


def random_id(prefix: str) -> str:
    return record_id(prefix, secrets.randbits(80))
