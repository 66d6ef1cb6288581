"""What waits in cases that are open: read for the list of what is due and for the duties of the worker.

Of a case only its owner and its rules are read, never a customer or a sum.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, false, func, select

from settlement.cases.approvals import ApprovalState
from settlement.cases.promises import PromiseState
from settlement.store.tables import (
    approvals,
    case_events,
    cases,
    clocks,
    commitments,
    identities,
    private_texts,
    promises,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row that waits, and of its case the owner, the policy and the day it came in."""

    row: dict[str, Any]
    owner: str
    policy: str
    received_at: datetime


def ticking_clocks(tx: Connection) -> list[Waiting]:
    """Clocks that have not stopped."""
    return _waiting(tx, clocks, clocks.c.stopped_at.is_(None), (clocks.c.case_id, clocks.c.what))


def open_approvals(tx: Connection) -> list[Waiting]:
    """Requests that nobody decided, approvals that nobody used, and emergencies that nobody looked at.

    Without what was asked for: the list must not order by it.
    """
    states = (ApprovalState.REQUESTED, ApprovalState.APPROVED, ApprovalState.BYPASSED)
    waits = approvals.c.state.in_([str(state) for state in states])
    return _waiting(tx, approvals, waits, (approvals.c.number,), but=("asked", "amended", "owed", "goodwill"))


def open_promises(tx: Connection) -> list[Waiting]:
    """Promises that wait to be kept, broken ones too; without their sums, as approvals."""
    waits = promises.c.state.in_([str(PromiseState.DUE), str(PromiseState.BROKEN)])
    return _waiting(tx, promises, waits, (promises.c.number,), but=("amount", "currency"))


def offered_hand_overs(tx: Connection) -> list[Waiting]:
    """Cases that somebody was asked to take over, and since when."""
    asked = (
        select(case_events.c.case_id, func.max(case_events.c.at).label("since"))
        .where(case_events.c.event == "hand_over_offered")
        .group_by(case_events.c.case_id)
        .subquery()
    )
    rows = tx.execute(
        select(
            cases.c.id.label("case_id"),
            cases.c.offered_to,
            asked.c.since,
            cases.c.owner,
            cases.c.policy,
            cases.c.received_at,
        )
        .join(asked, asked.c.case_id == cases.c.id)
        .where(cases.c.offered_to.is_not(None))
        .order_by(cases.c.number)
    ).mappings()
    return [_one({**row}) for row in rows]


def _waiting(
    tx: Connection, table: Table, which: Any, order: Iterable[Any], but: tuple[str, ...] = ()
) -> list[Waiting]:
    columns = [column for column in table.c if column.name not in but]
    query = select(*columns, cases.c.owner, cases.c.policy, cases.c.received_at)
    query = query.join(cases, cases.c.id == table.c.case_id).where(which).order_by(*order)
    return [_one({**row}) for row in tx.execute(query).mappings()]


def _one(row: dict[str, Any]) -> Waiting:
    about = {name: row.pop(name) for name in ("owner", "policy", "received_at")}
    return Waiting(row, **about)


# ---------------------------------------------------------------- what time alone ends


def standing_offers(tx: Connection) -> list[tuple[str, int]]:
    """Talks, by case and number, that are over and whose last offer counts although nobody said yes."""
    over = (cases.c.talk > commitments.c.talk) | cases.c.state.not_in(("talking", "agreed"))
    rows = tx.execute(
        select(commitments.c.case_id, commitments.c.talk)
        .join(cases, cases.c.id == commitments.c.case_id)
        .where(commitments.c.state == "offered", over)
        .order_by(commitments.c.at)
    )
    return [(row.case_id, row.talk) for row in rows]


@dataclass(frozen=True, slots=True)
class KeptSince:
    """What was closed after these moments is kept by every policy: usually, and where it is important."""

    usual: datetime
    important: datetime

    def is_kept(self) -> ColumnElement[bool]:
        """Cases that are kept for certain: open ones, young ones, and those under a legal hold."""
        closed = cases.c.closed_at
        young = (closed > self.usual) | ((cases.c.hold == "important") & (closed > self.important))
        return func.coalesce(closed.is_(None) | young | (cases.c.hold == "legal"), false())


def customers_unseen_since(tx: Connection, since: KeptSince) -> list[str]:
    """Customers whom we have known for longer, and none of whose cases is kept for certain."""
    kept = exists().where(and_(cases.c.customer_ref == identities.c.ref, since.is_kept()))
    known = (identities.c.kind == "customer") & (identities.c.at < since.usual)
    return list(tx.scalars(select(identities.c.ref).where(known, ~kept).order_by(identities.c.ref)))


def nameless_cases_closed_before(tx: Connection, since: KeptSince) -> list[str]:
    """Cases that are not kept for certain and whose customer is not known, or not any more.

    Those that were forgotten, and in which nothing was said since, are left out.
    """
    known = exists().where(identities.c.ref == cases.c.customer_ref)
    said = exists().where(private_texts.c.case_id == cases.c.id)
    erased = exists().where(
        and_(
            case_events.c.case_id == cases.c.id,
            case_events.c.event == "identity_erased",
            case_events.c.at >= cases.c.closed_at,
        )
    )
    old = ~known & ~since.is_kept() & (said | ~erased)
    return list(tx.scalars(select(cases.c.id).where(old).order_by(cases.c.number)))


def stray_identities_before(tx: Connection, moment: datetime) -> list[str]:
    """Orders and evidence known for longer whose customer is not, or not any more."""
    customer = identities.alias()
    known = exists().where(customer.c.ref == identities.c.customer_ref)
    stray = (identities.c.kind != "customer") & (identities.c.at < moment) & ~known
    return list(tx.scalars(select(identities.c.ref).where(stray).order_by(identities.c.ref)))
