"""Decision records: added once, never changed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Text, func, insert, select, type_coerce

from settlement.errors import NotFound, SettlementError
from settlement.roles import Role
from settlement.store.cursors import position_of
from settlement.store.tables import decisions


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """All that is needed to show a decision and to compute it again, byte for byte."""

    id: str
    recorded_at: datetime  # aware; comes back in UTC
    actor: str
    role: Role
    case_id: str
    policy: str
    edition: str
    digest: str  # covers all but id and time
    # canonical JSON, but for the method:
    request: str
    granted: str  # what this order and customer already had
    books: str  # editions and their digests
    method: str  # the formulas' version: "balance/1"
    output: str  # amounts and codes, no texts
    trace: str


_NAMES = [field.name for field in fields(DecisionRecord)]
_TEXTS = [type_coerce(decisions.c[name], Text).label(name) for name in _NAMES]


def insert_decision(tx: Connection, record: DecisionRecord) -> None:
    """Add a record after all others."""
    next_position = select(func.coalesce(func.max(decisions.c.position), 0) + 1).scalar_subquery()
    tx.execute(
        insert(decisions).values(position=next_position, **asdict(record) | {"role": str(record.role)})
    )


def find_decision(tx: Connection, decision_id: str) -> DecisionRecord:
    """The record with an id. Raises NotFound."""
    row = tx.execute(select(*_TEXTS).where(decisions.c.id == decision_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no decision {decision_id!r}; an id looks like 'd-' and 16 letters and digits")
    return record_from(row)


def count_decisions(tx: Connection) -> int:
    """How many records there are: they are numbered without gaps."""
    return tx.scalar(select(func.coalesce(func.max(decisions.c.position), 0))) or 0


def list_decisions(
    tx: Connection, *, actor: str | None, case_id: str | None, before: str | None, limit: int
) -> tuple[list[DecisionRecord], str | None]:
    """A page of records, newest first, and the `before` of the next page; None when this was the last.

    A page never shifts while new records arrive. Raises BadInput for a `before` that we did not give out.
    """
    assert limit > 0
    query = select(*_TEXTS, decisions.c.position).order_by(decisions.c.position.desc()).limit(limit + 1)
    if actor is not None:
        query = query.where(decisions.c.actor == actor)
    if case_id is not None:
        query = query.where(decisions.c.case_id == case_id)
    if before is not None:
        query = query.where(decisions.c.position < position_of(before))
    rows = tx.execute(query).mappings().all()
    more = len(rows) > limit
    return [record_from(row) for row in rows[:limit]], str(rows[limit - 1]["position"]) if more else None


class SpoiltRecord(SettlementError):
    """A stored record that was changed from outside, so that it cannot be read any more."""


def stored_decisions(tx: Connection) -> Iterator[dict[str, str]]:
    """Every record as the texts that are stored, oldest first, a few at a time. Nothing is read into them."""
    query = select(*_TEXTS).order_by(decisions.c.position)
    with tx.execute(query, execution_options={"yield_per": 50}) as rows:
        yield from ({name: row[name] for name in _NAMES} for row in rows.mappings())


def record_from(stored: Mapping[str, Any] | RowMapping) -> DecisionRecord:
    """The record that stored texts tell. Raises SpoiltRecord."""
    texts = {name: stored[name] for name in _NAMES}
    try:
        read = {"role": Role(texts["role"]), "recorded_at": datetime.fromisoformat(texts["recorded_at"])}
    except ValueError as error:
        raise SpoiltRecord(f"decision {texts['id']} cannot be read any more: {error}") from None
    return DecisionRecord(**texts | read)
