"""Cases: their events, added once and never changed, and a row that says where each stands."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Text, func, insert, select, type_coerce, update

from settlement.audit import canonical, digest
from settlement.cases.lifecycle import Case, Event, fold
from settlement.errors import NotFound, Refused
from settlement.roles import Actor, Role
from settlement.store.audit import append
from settlement.store.cursors import position_of
from settlement.store.tables import case_events, cases


class StaleCase(Refused):
    """Somebody else wrote to the case since it was read: read it again, then decide again."""


class CaseExists(Refused):
    """There is a case with this id already."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the list of cases."""

    id: str
    number: int
    kind: str
    state: str
    owner: str
    offered_to: str | None
    policy: str
    channel: str
    problem: str
    cause: str
    priority: str
    grade: int | None
    version: int
    received_at: datetime
    opened_at: datetime
    closed_at: datetime | None


_ROW = [cases.c[name] for name in CaseRow.__dataclass_fields__]


def find_history(tx: Connection, case_id: str) -> list[Event]:
    """Every event of a case, in order. Raises NotFound."""
    rows = tx.execute(
        select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.position)
    ).mappings()
    history = [event_from(row) for row in rows]
    if not history:
        raise NotFound(f"no case {case_id!r}")
    return history


def find_case(tx: Connection, case_id: str) -> Case:
    """A case as its events leave it. Raises NotFound."""
    return fold(case_id, find_history(tx, case_id))


def linked_cases(tx: Connection, case_id: str) -> tuple[str, ...]:
    """A case and those it follows, one after the other; what was opened under no case is alone."""
    chain = [case_id]
    while following := tx.scalar(select(cases.c.linked_to).where(cases.c.id == chain[-1])):
        chain.append(following)
    return tuple(chain)


def tied_cases(tx: Connection, case_id: str) -> tuple[str, ...]:
    """A case, those it follows and those that follow any of them: one matter, however it was split."""
    tied, new = {case_id}, {case_id}
    while new:
        either = cases.c.id.in_(new) | cases.c.linked_to.in_(new)
        rows = tx.execute(select(cases.c.id, cases.c.linked_to).where(either))
        new = {each for row in rows for each in row if each is not None} - tied
        tied |= new
    return tuple(sorted(tied))


def append_event(tx: Connection, case_id: str, event: Event, *, expected: int) -> None:
    """Add one event to the end of a case's history and link it into the audit log.

    `expected` is how many events the caller had read. Raises StaleCase when somebody wrote first.
    """
    count = select(func.count()).select_from(case_events).where(case_events.c.case_id == case_id)
    found = tx.scalar(count) or 0
    if found != expected:
        raise StaleCase(f"case {case_id} has {found} events and {expected} were read: read it again")
    body = canonical(event.body)
    tx.execute(
        insert(case_events).values(
            case_id=case_id,
            position=found + 1,
            at=event.at,
            actor=event.actor.name,
            role=str(event.actor.role),
            event=event.name,
            body=body,
        )
    )
    append(
        tx,
        at=event.at,
        actor=event.actor.name,
        role=event.actor.role,
        event=f"case_{event.name}",
        subject=case_id,
        body={"position": found + 1, "digest": digest(body)},
    )


def insert_case(tx: Connection, case: Case, about: Mapping[str, Any]) -> None:
    """The row of a new case; `about` holds what the list shows beside the state. Raises CaseExists."""
    if tx.scalar(select(cases.c.id).where(cases.c.id == case.id)) is not None:
        raise CaseExists(f"there is a case {case.id!r} already; give the new one another id")
    number = select(func.coalesce(func.max(cases.c.number), 0) + 1).scalar_subquery()
    tx.execute(insert(cases).values(id=case.id, number=number, **about, **_standing(case)))


def update_case(tx: Connection, case: Case, **about: Any) -> None:
    """Move the row of a case to where its events leave it."""
    moved = tx.execute(update(cases).where(cases.c.id == case.id).values(**_standing(case), **about))
    assert moved.rowcount == 1, "every case has its row"


def list_cases(
    tx: Connection, *, filters: Mapping[str, str], person: str | None, before: str | None, limit: int
) -> tuple[list[CaseRow], str | None]:
    """A page of cases, newest first, and the `before` of the next page; None when this was the last.

    `filters` are columns and what they hold; `person` limits to cases that are theirs or offered to them.
    """
    query = select(*_ROW).order_by(cases.c.number.desc()).limit(limit + 1)
    for name, value in filters.items():
        query = query.where(cases.c[name] == value)
    if person is not None:
        query = query.where((cases.c.owner == person) | (cases.c.offered_to == person))
    if before is not None:
        query = query.where(cases.c.number < position_of(before))
    rows = [CaseRow(**row) for row in tx.execute(query).mappings()]
    return rows[:limit], str(rows[limit - 1].number) if len(rows) > limit else None


def stored_events(tx: Connection) -> Iterator[dict[str, Any]]:
    """Every event as the texts that are stored, case by case. Nothing is read into them."""
    columns = [
        type_coerce(column, Text).label(column.name) for column in case_events.c if column.name != "position"
    ]
    query = select(case_events.c.position, *columns).order_by(case_events.c.case_id, case_events.c.position)
    with tx.execute(query, execution_options={"yield_per": 200}) as rows:
        yield from (dict(row) for row in rows.mappings())


def standing_differs(tx: Connection, case: Case) -> list[str]:
    """The columns of a case's row that are not what its events say; "missing" where there is no row."""
    row = tx.execute(select(cases).where(cases.c.id == case.id)).mappings().one_or_none()
    if row is None:
        return ["missing"]
    return [name for name, value in _standing(case).items() if row[name] != value]


def _standing(case: Case) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "state": str(case.state),
        "owner": case.owner,
        "offered_to": case.offered_to,
        "linked_to": case.linked_to,
        "hold": case.hold,
        "talk": case.talk,
        "version": case.version,
        "opened_at": case.opened_at,
        "fulfilled_at": case.fulfilled_at,
        "closed_at": case.closed_at,
    }


def event_from(row: RowMapping) -> Event:
    """The event that a row tells."""
    return Event(row["event"], row["at"], Actor(row["actor"], Role(row["role"])), json.loads(row["body"]))
