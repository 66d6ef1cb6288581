"""Promises: one row each; final states are never left."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, false, func, insert, select, update

from settlement.cases.promises import Promise, PromiseOver, PromiseState
from settlement.dates import read_duration
from settlement.errors import NotFound
from settlement.money import Money
from settlement.roles import Role
from settlement.store.cursors import position_of
from settlement.store.tables import cases, promises


def insert_promise(tx: Connection, promise: Promise) -> None:
    """Add a promise that was just made."""
    number = select(func.coalesce(func.max(promises.c.number), 0) + 1).scalar_subquery()
    tx.execute(
        insert(promises).values(
            number=number,
            id=promise.id,
            case_id=promise.case_id,
            talk=promise.talk,
            kind=promise.kind,
            what=promise.what,
            level=str(promise.level),
            amount=None if promise.amount is None else promise.amount.minor,
            currency=None if promise.amount is None else promise.amount.currency,
            state=str(promise.state),
            made_by=promise.made_by,
            made_at=promise.made_at,
            due_at=promise.due_at,
            replaces=promise.replaces,
            limit=promise.limit and str(promise.limit),
        )
    )


def move_promise(tx: Connection, promise: Promise, to: PromiseState, **said: Any) -> None:
    """Move a row that still stands where it was read. Raises PromiseOver when somebody was faster."""
    same = (promises.c.id == promise.id) & (promises.c.state == str(promise.state))
    found = tx.execute(update(promises).where(same).values(state=str(to), **said))
    if found.rowcount != 1:
        raise PromiseOver(f"promise {promise.id} is not {promise.state} any more")


def find_promise(tx: Connection, promise_id: str) -> Promise:
    """One promise. Raises NotFound."""
    row = tx.execute(select(promises).where(promises.c.id == promise_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no promise {promise_id!r}")
    return promise_from(row)


def told_before(tx: Connection, promise: Promise) -> list[Promise]:
    """A promise and those in whose place it was made, one after the other."""
    chain = [promise]
    while (before := chain[-1].replaces) is not None:
        chain.append(find_promise(tx, before))
    return chain


def undated_promises(tx: Connection) -> list[Promise]:
    """Promises that wait and of which no end is known."""
    undated = (promises.c.state == str(PromiseState.DUE)) & promises.c.due_at.is_(None)
    rows = tx.execute(select(promises).where(undated).order_by(promises.c.number)).mappings()
    return [promise_from(row) for row in rows]


def date_promise(tx: Connection, promise: Promise, due: datetime) -> None:
    """Fill in when it is due, once that is known."""
    tx.execute(update(promises).where(promises.c.id == promise.id).values(due_at=due))


def promises_of(tx: Connection, case_id: str) -> list[Promise]:
    """Every promise of a case, oldest first."""
    rows = tx.execute(
        select(promises).where(promises.c.case_id == case_id).order_by(promises.c.number)
    ).mappings()
    return [promise_from(row) for row in rows]


def list_promises(
    tx: Connection,
    *,
    filters: Mapping[str, str],
    person: str | None = None,
    due_before: datetime | None = None,
    now: datetime,
    before: str | None,
    limit: int,
) -> tuple[list[Promise], str | None]:
    """A page of promises, newest first, and the `before` of the next page; None when this was the last.

    `person` limits to cases that are theirs or offered to them.
    """
    query = select(promises).order_by(promises.c.number.desc()).limit(limit + 1)
    for name, value in filters.items():
        query = query.where(_stands(value, now) if name == "state" else promises.c[name] == value)
    if person is not None:
        theirs = (cases.c.owner == person) | (cases.c.offered_to == person)
        query = query.where(promises.c.case_id.in_(select(cases.c.id).where(theirs)))
    if due_before is not None:
        query = query.where(promises.c.due_at < due_before)
    if before is not None:
        query = query.where(promises.c.number < position_of(before))
    rows = tx.execute(query).mappings().all()
    more = len(rows) > limit
    return [promise_from(row) for row in rows[:limit]], str(rows[limit - 1]["number"]) if more else None


def overdue_promises(tx: Connection, now: datetime) -> list[Promise]:
    """Promises whose time is over and that nobody recorded as kept."""
    rows = tx.execute(select(promises).where(_overdue(now)).order_by(promises.c.number)).mappings()
    return [promise_from(row) for row in rows]


def unreminded_promise(tx: Connection, promise_id: str) -> Promise | None:
    """A promise of which nobody was reminded; None where somebody was."""
    same = (promises.c.id == promise_id) & promises.c.reminded_at.is_(None)
    row = tx.execute(select(promises).where(same)).mappings().one_or_none()
    return None if row is None else promise_from(row)


def mark_reminded(tx: Connection, promise: Promise, now: datetime) -> None:
    """Note that somebody was reminded."""
    tx.execute(update(promises).where(promises.c.id == promise.id).values(reminded_at=now))


def broken_promises(tx: Connection, case_ids: tuple[str, ...], now: datetime) -> int:
    """How many promises were ever broken in some cases; one that was kept late or replaced still counts.

    One whose time is over is broken, whether that was recorded by now or not.
    """
    query = select(func.count()).select_from(promises).where(promises.c.case_id.in_(case_ids))
    return tx.scalar(query.where(promises.c.broken_at.is_not(None) | _overdue(now))) or 0


def _overdue(now: datetime) -> ColumnElement[bool]:
    return (promises.c.state == str(PromiseState.DUE)) & func.coalesce(promises.c.due_at < now, false())


def _stands(state: str, now: datetime) -> ColumnElement[bool]:
    """What stands in a state now: what is overdue is broken, recorded or not."""
    if state == PromiseState.BROKEN:
        return (promises.c.state == state) | _overdue(now)
    return (promises.c.state == state) & ~_overdue(now)


def promise_from(row: Mapping[str, Any] | RowMapping) -> Promise:
    """The promise that a row tells."""
    return Promise(
        id=row["id"],
        case_id=row["case_id"],
        kind=row["kind"],
        what=row["what"],
        state=PromiseState(row["state"]),
        made_by=row["made_by"],
        made_at=row["made_at"],
        due_at=row["due_at"],
        talk=row["talk"],
        ended_at=row["ended_at"],
        broken_at=row["broken_at"],
        replaces=row["replaces"],
        limit=row["limit"] and read_duration(row["limit"]),
        level=Role(row["level"]),
        amount=None if row["amount"] is None else Money(row["amount"], row["currency"]),
    )
