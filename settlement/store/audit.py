"""The stored audit log: added to, read, never changed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from settlement.audit import GENESIS, Entry, Head, canonical, link
from settlement.errors import Refused
from settlement.store import tables


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


def entries(tx: Connection) -> Iterator[Entry]:
    """The whole log in order, a few at a time."""
    query = select(*(tables.audit.c[field.name] for field in fields(Entry))).order_by(tables.audit.c.seq)
    with tx.execute(query, execution_options={"yield_per": 500}) as rows:
        for row in rows:
            yield Entry(*row)


def head(tx: Connection) -> Head:
    """How many entries were ever added and the hash of the last; a lost head counts as none."""
    row = tx.execute(select(tables.audit_head.c.count, tables.audit_head.c.last_hash)).first()
    return Head(0, GENESIS) if row is None else Head(*row)
