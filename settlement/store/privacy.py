"""Who is who, and what was said: the only place that knows. Records name people and texts by reference."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select

from settlement.ids import as_compared
from settlement.store.tables import case_events, cases, decisions, identities, private_texts


def find_reference(tx: Connection, kind: str, value: str) -> str | None:
    """The reference that stands for a customer or an order in records."""
    same = (identities.c.kind == kind) & (identities.c.compared == as_compared(value))
    return tx.scalar(select(identities.c.ref).where(same))


def add_identity(
    tx: Connection, ref: str, *, kind: str, value: str, customer_ref: str | None, now: datetime
) -> None:
    """Let a reference stand for a customer or an order."""
    tx.execute(
        insert(identities).values(
            ref=ref, kind=kind, value=value, compared=as_compared(value), customer_ref=customer_ref, at=now
        )
    )


def identity_of(tx: Connection, ref: str) -> str | None:
    """Whom or what a reference stands for; None after erasure."""
    return tx.scalar(select(identities.c.value).where(identities.c.ref == ref))


def customer_of(tx: Connection, ref: str) -> str | None:
    """The customer with whom an order or a piece of evidence came; None where nobody was known."""
    return tx.scalar(select(identities.c.customer_ref).where(identities.c.ref == ref))


def identities_of(tx: Connection, refs: Iterable[str]) -> dict[str, str]:
    """Whom or what references stand for; what was erased is not there."""
    rows = tx.execute(select(identities.c.ref, identities.c.value).where(identities.c.ref.in_(list(refs))))
    return {row.ref: row.value for row in rows}


def add_text(tx: Connection, ref: str, *, text: str, case_id: str, now: datetime) -> None:
    """Keep what somebody said, to be named by reference. It belongs to its case, whoever is known by then."""
    tx.execute(insert(private_texts).values(ref=ref, case_id=case_id, text=text, at=now))


def texts_of_case(tx: Connection, case_id: str) -> dict[str, str]:
    """What was said in a case, by reference; what was erased is not there."""
    rows = tx.execute(
        select(private_texts.c.ref, private_texts.c.text).where(private_texts.c.case_id == case_id)
    )
    return {row.ref: row.text for row in rows}


# ---------------------------------------------------------------- forgetting


@dataclass(frozen=True, slots=True)
class CaseOfSomebody:
    """A case that names somebody, as far as erasing asks.

    customer_ref  the reference of the customer, also once it stands for nobody
    said_at       when the last text was recorded of those that are still there
    """

    id: str
    state: str
    hold: str | None
    closed_at: datetime | None
    policy: str
    received_at: datetime
    customer_ref: str | None
    said_at: datetime | None


_SAID_AT = (
    select(func.max(private_texts.c.at))
    .where(private_texts.c.case_id == cases.c.id)
    .correlate(cases)
    .scalar_subquery()
)
_OF_SOMEBODY = [
    _SAID_AT.label(name) if name == "said_at" else cases.c[name]
    for name in CaseOfSomebody.__dataclass_fields__
]


def cases_naming(tx: Connection, ref: str) -> list[CaseOfSomebody]:
    """Every case in whose records a reference stands, also where it was corrected later."""
    naming = select(case_events.c.case_id).where(case_events.c.body.contains(ref, autoescape=True))
    rows = tx.execute(select(*_OF_SOMEBODY).where(cases.c.id.in_(naming)).order_by(cases.c.number)).mappings()
    return [CaseOfSomebody(**row) for row in rows]


def find_cases(tx: Connection, case_ids: Iterable[str]) -> list[CaseOfSomebody]:
    """Cases by their ids, in the order of opening."""
    query = select(*_OF_SOMEBODY).where(cases.c.id.in_(list(case_ids))).order_by(cases.c.number)
    return [CaseOfSomebody(**row) for row in tx.execute(query).mappings()]


def records_naming(tx: Connection, case_ids: Iterable[str], ref: str | None) -> Iterator[str]:
    """The texts of records of some cases, and of decisions that name a reference."""
    ids = list(case_ids)
    yield from tx.scalars(select(case_events.c.body).where(case_events.c.case_id.in_(ids)))
    naming = [decisions.c.request.contains(ref, autoescape=True)] if ref is not None else []
    yield from tx.scalars(select(decisions.c.request).where(or_(decisions.c.case_id.in_(ids), *naming)))


def is_named_elsewhere(tx: Connection, ref: str, but: Iterable[str]) -> bool:
    """Whether a case needs a reference that is neither one of `but` nor erased and closed itself."""
    closed = select(cases.c.id).where(cases.c.state == "closed")
    erased = select(case_events.c.case_id).where(
        case_events.c.event == "identity_erased", case_events.c.case_id.in_(closed)
    )
    others = case_events.c.case_id.not_in(list(but)) & case_events.c.case_id.not_in(erased)
    named = select(case_events.c.case_id).where(case_events.c.body.contains(ref, autoescape=True), others)
    return tx.execute(named.limit(1)).first() is not None


def is_decided_since(tx: Connection, ref: str, moment: datetime) -> bool:
    """Whether a decision that names a reference was recorded at or after a moment."""
    named = decisions.c.request.contains(ref, autoescape=True) & (decisions.c.recorded_at >= moment)
    return tx.execute(select(decisions.c.id).where(named).limit(1)).first() is not None


def identity_known_since(tx: Connection, ref: str) -> datetime | None:
    """Since when a reference stands for somebody; None where it stands for nobody."""
    return tx.scalar(select(identities.c.at).where(identities.c.ref == ref))


def forget(tx: Connection, refs: Iterable[str], case_ids: Iterable[str]) -> int:
    """Delete what references stand for, and every text of the cases; how many went."""
    gone = 0
    said = private_texts.c.case_id.in_(list(case_ids))
    for table, which in ((private_texts, said), (identities, identities.c.ref.in_(list(refs)))):
        gone += tx.scalar(select(func.count()).select_from(table).where(which)) or 0
        tx.execute(delete(table).where(which))
    return gone
