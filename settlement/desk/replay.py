"""Deciding a recorded complaint again, by the books that it names, and comparing bytes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from settlement.decision.answer import METHOD
from settlement.decision.decide import decide
from settlement.desk.records import books_of, complaint_of, content_digest, granted_of, record_of, settled_of
from settlement.errors import SettlementError
from settlement.roles import Actor
from settlement.rules.library import Books
from settlement.rules.live_policy import Policy
from settlement.store.decisions import (
    DecisionRecord,
    SpoiltRecord,
    find_decision,
    record_from,
    stored_decisions,
)

METHODS = {METHOD: decide}
"""Every version of the formulas that ever decided; none is removed."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision and what differs on deciding it again; nothing, where the bytes are equal."""

    decision: str
    problem: str | None


def replay(tx: Connection, books: Books, decision_id: str) -> Replayed:
    """Decide one recorded complaint again. Raises NotFound."""
    return replay_record(find_decision(tx, decision_id), books)


def replay_all(tx: Connection, books: Books) -> Iterator[Replayed]:
    """Every record, oldest first."""
    for stored in stored_decisions(tx):
        try:
            yield replay_record(record_from(stored), books)
        except SpoiltRecord as spoilt:
            yield Replayed(stored["id"], str(spoilt))


def replay_record(record: DecisionRecord, books: Books) -> Replayed:
    """The same complaint under the same editions must give the same bytes."""
    if content_digest(asdict(record)) != record.digest:
        return Replayed(record.id, "the record does not fit its digest: it was changed after it was written")
    if record.method not in METHODS:
        return Replayed(record.id, f"no formulas {record.method!r} in this version")
    try:
        policy, packs = books_of(record, books)
        granted, settled = granted_of(record), settled_of(record)
        decision = METHODS[record.method](complaint_of(record), Policy.of(policy), packs, granted, settled)
    except SettlementError as error:
        return Replayed(record.id, f"cannot be decided again: {error}")
    again = record_of(
        decision,
        complaint_of(record),
        granted,
        settled,
        Actor(record.actor, record.role),
        decision_id=record.id,
        now=record.recorded_at,
    )
    differing = [
        name
        for name in ("request", "books", "output", "trace")
        if getattr(again, name) != getattr(record, name)
    ]
    return Replayed(record.id, f"differs in {', '.join(differing)}" if differing else None)
