"""What is true of a database whatever was killed and whoever raced: all that is there belongs together."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from settlement.desk.audit import verify_records
from settlement.desk.replay import replay_all
from settlement.money import Money
from settlement.rules.library import load_books
from settlement.store.cases import find_history
from settlement.store.database import Database
from settlement.store.tables import (
    approvals,
    cases,
    clocks,
    commitments,
    idempotency,
    identities,
    private_texts,
    promises,
)

_STATES = {
    "promise_made": "due",
    "promise_broken": "broken",
    "promise_replaced": "replaced",
    "approval_requested": "requested",
    "approval_given": "approved",
    "approval_declined": "declined",
    "approval_sent_back": "sent_back",
    "approval_voided": "voided",
    "approval_expired": "expired",
    "approval_used": "used",
    "approval_bypassed": "bypassed",
    "bypass_reviewed": "reviewed",
}
"""How a promise or an approval stands after each event about it; one that was kept says itself how."""


@dataclass
class _Told:
    """What the events of all cases tell of the rows beside them."""

    states: dict[str, str] = field(default_factory=dict)
    clocks: set[tuple[str, str]] = field(default_factory=set)
    stopped: Counter[tuple[str, str]] = field(default_factory=Counter)
    agreed: dict[tuple[str, int], Money] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)


def faults_in(database: Database) -> list[str]:
    """Everything that is half there, or does not add up."""
    with database.reading() as tx:
        faults = [finding.problem for finding in verify_records(tx)[2]]
        faults += [each.problem for each in replay_all(tx, load_books()) if each.problem]
        unanswered = select(func.count()).select_from(idempotency).where(idempotency.c.answer.is_(None))
        if half := tx.scalar(unanswered):
            faults.append(f"{half} keys were claimed and not answered")
        told = _told(tx)
        return [*faults, *_rows_without_events(tx, told), *_names_left(tx, told)]


def _told(tx: Connection) -> _Told:
    told = _Told()
    for case in tx.scalars(select(cases.c.id)):
        talk = 1
        for event in find_history(tx, case):
            body = event.body
            if event.name in _STATES:
                told.states[body.get("promise") or body["approval"]] = _STATES[event.name]
            elif event.name == "promise_kept":
                told.states[body["promise"]] = body["state"]
            elif event.name == "clocks_started":
                told.clocks |= {(case, each["what"]) for each in body["clocks"]}
            elif event.name == "clock_stopped":
                told.stopped[case, body["what"]] += 1
            elif event.name == "agreed":
                told.agreed[case, talk] = Money.of(**body["amount"])
            elif event.name == "reopened":
                talk += 1
            elif event.name == "identity_erased":
                told.erased.add(case)
    return told


def _rows_without_events(tx: Connection, told: _Told) -> Iterator[str]:
    """Rows that no event tells of, and the other way round."""
    states = {row.id: row.state for of in (promises, approvals) for row in tx.execute(select(of))}
    for name in sorted(states.keys() | told.states.keys()):
        if states.get(name) != told.states.get(name):
            yield f"{name} is {states.get(name)}, and {told.states.get(name)} by the events of its case"
    running = {(row.case_id, row.what) for row in tx.execute(select(clocks))}
    yield from (f"clock {each} is not both a row and an event" for each in sorted(running ^ told.clocks))
    ended = select(clocks).where(clocks.c.stopped_at.is_not(None))
    stopped = Counter((row.case_id, row.what) for row in tx.execute(ended))
    if stopped != told.stopped:
        yield f"clocks stopped otherwise than told: {stopped - told.stopped}, {told.stopped - stopped}"
    agreed = {
        (row.case_id, row.talk): Money(row.owed + row.goodwill, row.currency)
        for row in tx.execute(select(commitments).where(commitments.c.state == "agreed"))
    }
    if agreed != told.agreed:
        yield f"granted is not what was agreed: {sorted(agreed.items() ^ told.agreed.items(), key=str)}"


def _names_left(tx: Connection, told: _Told) -> Iterator[str]:
    """Texts of cases in which somebody was forgotten, and customers who were forgotten in no case."""
    known = set(tx.scalars(select(identities.c.ref)))
    kept = set(tx.scalars(select(private_texts.c.case_id)))
    for row in tx.execute(select(cases)):
        is_known = row.customer_ref in known
        if row.customer_ref is not None and is_known == (row.id in told.erased):
            yield f"the customer of case {row.id} is {'known' if is_known else 'forgotten'}, and should not be"
        if row.id in told.erased and row.id in kept:
            yield f"what was said in case {row.id} was not forgotten"
