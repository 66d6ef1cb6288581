"""Approvals: one row each, moved only forward. The table itself refuses one's own."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, false, func, insert, or_, select, update

from settlement.audit import canonical
from settlement.cases.approvals import Approval, ApprovalOver, ApprovalState, Standin
from settlement.decision.approval import Granted
from settlement.errors import NotFound
from settlement.money import Money
from settlement.roles import LEVELS, Actor, Role, may_grant
from settlement.store.cursors import position_of
from settlement.store.tables import approvals


def insert_approval(tx: Connection, approval: Approval) -> None:
    """Add a request."""
    number = select(func.coalesce(func.max(approvals.c.number), 0) + 1).scalar_subquery()
    tx.execute(
        insert(approvals).values(
            number=number,
            id=approval.id,
            case_id=approval.case_id,
            talk=approval.talk,
            state=str(approval.state),
            level=str(approval.level),
            requested_by=approval.requested_by,
            requested_role=str(approval.requested_role),
            requested_at=approval.requested_at,
            due_at=approval.due_at,
            digest=approval.digest,
            asked=canonical(approval.asked),
            currency=approval.sums.owed.currency,
            owed=approval.sums.owed.minor,
            goodwill=approval.sums.goodwill.minor,
            assigned_to=approval.assigned_to,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
            reason=approval.reason,
        )
    )


def move_approval(tx: Connection, approval: Approval, to: ApprovalState, **said: Any) -> None:
    """Move a row that still stands where it was read. Raises ApprovalOver when somebody was faster."""
    same = (approvals.c.id == approval.id) & (approvals.c.state == str(approval.state))
    found = tx.execute(update(approvals).where(same).values(state=str(to), **said))
    if found.rowcount != 1:
        raise ApprovalOver(f"approval {approval.id} is not {approval.state} any more")


def change_approval(tx: Connection, approval: Approval, **said: Any) -> None:
    """Change who decides or until when, while it waits."""
    tx.execute(update(approvals).where(approvals.c.id == approval.id).values(**said))


def find_approval(tx: Connection, approval_id: str) -> Approval:
    """One approval. Raises NotFound."""
    row = tx.execute(select(approvals).where(approvals.c.id == approval_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no approval {approval_id!r}")
    return approval_from(row)


def approvals_of(tx: Connection, case_id: str, talk: int) -> list[Approval]:
    """Every approval of a talk, oldest first."""
    rows = tx.execute(
        select(approvals)
        .where((approvals.c.case_id == case_id) & (approvals.c.talk == talk))
        .order_by(approvals.c.number)
    ).mappings()
    return [approval_from(row) for row in rows]


def list_approvals(
    tx: Connection,
    *,
    filters: Mapping[str, str],
    reader: Actor | None = None,
    places: Iterable[Standin] = (),
    now: datetime,
    before: str | None,
    limit: int,
) -> tuple[list[Approval], str | None]:
    """A page of approvals, newest first, and the `before` of the next page; None when this was the last.

    With a `reader`, only what concerns them: what they asked for, were given or decided, what is of their
    level, and what waits for those whose `places` they take.
    """
    query = select(approvals).order_by(approvals.c.number.desc()).limit(limit + 1)
    for name, value in filters.items():
        query = query.where(_stands(value, now) if name == "state" else approvals.c[name] == value)
    if reader is not None:
        names = (approvals.c[each] == reader.name for each in ("requested_by", "assigned_to", "decided_by"))
        of_level = approvals.c.level.in_(_reached(reader.role))
        query = query.where(or_(*names, of_level, *(_waits_for(place) for place in places)))
    if before is not None:
        query = query.where(approvals.c.number < position_of(before))
    found = [approval_from(row) for row in tx.execute(query).mappings()]
    return found[:limit], str(found[limit - 1].number) if len(found) > limit else None


def _stands(state: str, now: datetime) -> ColumnElement[bool]:
    """What stands in a state now: a given approval whose time is over has lapsed, recorded or not."""
    lapsed = (approvals.c.state == str(ApprovalState.APPROVED)) & func.coalesce(
        approvals.c.due_at < now, false()
    )
    if state == ApprovalState.EXPIRED:
        return (approvals.c.state == state) | lapsed
    return (approvals.c.state == state) & ~lapsed


def _waits_for(place: Standin) -> ColumnElement[bool]:
    """The same as `cases.approvals.waits_for`, asked of every row."""
    named = (place.actor.name, place.person)
    return and_(
        approvals.c.state == str(ApprovalState.REQUESTED),
        approvals.c.level.in_(_reached(place.level)),
        approvals.c.requested_by.not_in(named),
        or_(approvals.c.assigned_to.is_(None), approvals.c.assigned_to.in_(named)),
    )


def _reached(role: Role) -> list[str]:
    return [str(level) for level in LEVELS if role in LEVELS and may_grant(role, level)]


def overdue_approvals(tx: Connection, now: datetime) -> list[Approval]:
    """Requests that nobody decided in time, given ones that nobody used, bypasses that nobody looked at."""
    states = (ApprovalState.REQUESTED, ApprovalState.APPROVED, ApprovalState.BYPASSED)
    waiting = approvals.c.state.in_([str(state) for state in states])
    rows = tx.execute(
        select(approvals).where(waiting, approvals.c.due_at < now).order_by(approvals.c.number)
    ).mappings()
    return [approval_from(row) for row in rows]


def approval_from(row: RowMapping) -> Approval:
    """The approval that a row tells."""
    currency = row["currency"]
    return Approval(
        id=row["id"],
        case_id=row["case_id"],
        talk=row["talk"],
        state=ApprovalState(row["state"]),
        level=Role(row["level"]),
        asked=json.loads(row["asked"]),
        digest=row["digest"],
        sums=Granted(Money(row["owed"], currency), Money(row["goodwill"], currency)),
        requested_by=row["requested_by"],
        requested_role=Role(row["requested_role"]),
        requested_at=row["requested_at"],
        due_at=row["due_at"],
        assigned_to=row["assigned_to"],
        decided_by=row["decided_by"],
        granted_by=row["granted_by"],
        decided_at=row["decided_at"],
        reason=row["reason"],
        reviewed_by=row["reviewed_by"],
        amended=json.loads(row["amended"]) if row["amended"] else None,
        number=row["number"],
    )
