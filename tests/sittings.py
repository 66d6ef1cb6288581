"""People at work in tests: at a fixed moment unless said, with ids that count up."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import Connection

from settlement.desk.sitting import Sitting
from settlement.ids import record_id
from settlement.roles import Actor, Role
from settlement.rules.library import Books
from tests.builders import books as shelf

NOW = datetime(2026, 3, 3, 2, 20, tzinfo=UTC)
"""Five minutes after the default complaint came in."""

_numbers = count(1)


def counting_id(prefix: str) -> str:
    return record_id(prefix, next(_numbers))


def a_sitting(
    tx: Connection,
    actor: Actor | None = None,
    *,
    now: datetime = NOW,
    books: Books | None = None,
    new_id: Callable[[str], str] = counting_id,
) -> Sitting:
    """Somebody at work; an agent unless said."""
    return Sitting(tx, books or shelf(), actor or Actor("Li", Role.AGENT), now, new_id)
