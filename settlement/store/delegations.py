"""Who may decide in whose place: one row for each time that it was lent, ended once."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from settlement.errors import NotFound
from settlement.roles import Role
from settlement.store.cursors import position_of
from settlement.store.tables import delegations


@dataclass(frozen=True, slots=True)
class Delegation:
    """A giver's level, lent from one moment to another, unless it was ended before."""

    id: str
    giver: str
    receiver: str
    level: Role
    made_at: datetime
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


_COLUMNS = [delegations.c[field.name] for field in fields(Delegation)]


def add_delegation(
    tx: Connection,
    delegation_id: str,
    *,
    giver: str,
    receiver: str,
    level: Role,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Let somebody approve in a giver's place for a time."""
    number = select(func.coalesce(func.max(delegations.c.number), 0) + 1).scalar_subquery()
    tx.execute(
        insert(delegations).values(
            number=number,
            id=delegation_id,
            giver=giver,
            receiver=receiver,
            level=str(level),
            made_at=now,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )


def end_delegation(tx: Connection, delegation_id: str, *, by: str, now: datetime) -> None:
    """End a delegation that was not ended yet."""
    same = (delegations.c.id == delegation_id) & delegations.c.ended_at.is_(None)
    ended = tx.execute(update(delegations).where(same).values(ended_at=now, ended_by=by))
    assert ended.rowcount == 1, "it was read in this transaction"


def find_delegation(tx: Connection, delegation_id: str) -> Delegation:
    """One delegation. Raises NotFound."""
    row = tx.execute(select(*_COLUMNS).where(delegations.c.id == delegation_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no delegation {delegation_id!r}")
    return _delegation_from(row)


def list_delegations(
    tx: Connection, *, person: str | None, before: str | None, limit: int
) -> tuple[list[Delegation], str | None]:
    """A page of delegations, newest first, and the `before` of the next page; None when this was the last.

    With `person`, only what they gave or got.
    """
    query = select(*_COLUMNS, delegations.c.number).order_by(delegations.c.number.desc()).limit(limit + 1)
    if person is not None:
        query = query.where((delegations.c.giver == person) | (delegations.c.receiver == person))
    if before is not None:
        query = query.where(delegations.c.number < position_of(before))
    rows = tx.execute(query).mappings().all()
    following = str(rows[limit - 1]["number"]) if len(rows) > limit else None
    return [_delegation_from(row) for row in rows[:limit]], following


def running_delegations(tx: Connection, person: str, now: datetime) -> list[Delegation]:
    """What somebody gave or got that is not over, also what is still to start; oldest first."""
    theirs = (delegations.c.giver == person) | (delegations.c.receiver == person)
    running = theirs & delegations.c.ended_at.is_(None) & (delegations.c.ends_at > now)
    rows = tx.execute(select(*_COLUMNS).where(running).order_by(delegations.c.number)).mappings()
    return [_delegation_from(row) for row in rows]


def delegated_to(tx: Connection, receiver: str, now: datetime) -> list[tuple[str, Role]]:
    """Whose place somebody may take now, and the level that goes with it."""
    rows = tx.execute(
        select(delegations.c.giver, delegations.c.level).where(
            delegations.c.receiver == receiver,
            delegations.c.starts_at <= now,
            delegations.c.ends_at > now,
            delegations.c.ended_at.is_(None),
        )
    )
    return [(row.giver, Role(row.level)) for row in rows]


def _delegation_from(row: RowMapping) -> Delegation:
    told = {field.name: row[field.name] for field in fields(Delegation)}
    return Delegation(**told | {"level": Role(row["level"])})
