"""The stored audit log: added to, read, never changed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from settlement.audit import GENESIS, Entry, Head, canonical, link
from settlement.errors import Refused
from settlement.store import tables
from settlement.store.cursors import position_of

_ENTRY = [tables.audit.c[field.name] for field in fields(Entry)]


class BrokenLog(Refused):
    """The log was changed from outside: nothing can be added until somebody has looked at it."""


def append(
    tx: Connection,
    *,
    at: datetime,
    actor: str,
    role: str,
    event: str,
    subject: str,
    body: Mapping[str, object],
) -> Entry:
    """Add an entry to the end of the log and move its head. Raises BrokenLog when the two do not fit."""
    last = head(tx)
    entry = link(
        last.last_hash,
        seq=last.count + 1,
        at=tables.utc_text(at),
        actor=actor,
        role=str(role),
        event=event,
        subject=subject,
        body=canonical(body),
    )
    try:
        tx.execute(insert(tables.audit).values(asdict(entry)))
    except IntegrityError as error:
        raise BrokenLog("the audit log was changed from outside; run: settlement audit verify") from error
    moved = tx.execute(update(tables.audit_head).values(count=entry.seq, last_hash=entry.hash))
    if moved.rowcount != 1:
        raise BrokenLog("the audit log has lost its head; run: settlement audit verify")
    return entry


def entries(tx: Connection, event: str | None = None) -> Iterator[Entry]:
    """The whole log in order, or one kind of event of it, a few at a time."""
    query = select(*_ENTRY).order_by(tables.audit.c.seq)
    return _streamed(tx, query if event is None else query.where(tables.audit.c.event == event))


def entries_by_subject(tx: Connection, prefix: str) -> Iterator[Entry]:
    """Kinds of events whose names begin so, subject by subject, each in order, a few at a time."""
    which = tables.audit.c.event.startswith(prefix, autoescape=True)
    return _streamed(tx, select(*_ENTRY).where(which).order_by(tables.audit.c.subject, tables.audit.c.seq))


def _streamed(tx: Connection, query: Select[Any]) -> Iterator[Entry]:
    with tx.execute(query, execution_options={"yield_per": 500}) as rows:
        for row in rows:
            yield Entry(*row)


def head(tx: Connection) -> Head:
    """How many entries were ever added and the hash of the last; a lost head counts as none."""
    row = tx.execute(select(tables.audit_head.c.count, tables.audit_head.c.last_hash)).first()
    return Head(0, GENESIS) if row is None else Head(*row)


def list_entries(
    tx: Connection,
    *,
    filters: Mapping[str, str],
    case_id: str | None,
    first: datetime | None,
    end: datetime | None,
    before: str | None,
    limit: int,
) -> tuple[list[Entry], str | None]:
    """A page of entries, newest first, and the `before` of the next page; None when this was the last.

    `filters` are columns and what they hold; `case_id` finds what happened to a case and its decisions;
    from the moment `first` until before `end`.
    """
    log = tables.audit
    query = select(*_ENTRY).order_by(log.c.seq.desc()).limit(limit + 1)
    for name, value in filters.items():
        query = query.where(log.c[name] == value)
    if case_id is not None:
        decided = select(tables.decisions.c.id).where(tables.decisions.c.case_id == case_id)
        query = query.where((log.c.subject == case_id) | log.c.subject.in_(decided))
    if first is not None:
        query = query.where(log.c.at >= tables.utc_text(first))
    if end is not None:
        query = query.where(log.c.at < tables.utc_text(end))
    if before is not None:
        query = query.where(log.c.seq < position_of(before))
    found = [Entry(*row) for row in tx.execute(query)]
    return found[:limit], str(found[limit - 1].seq) if len(found) > limit else None
