"""What waits for somebody: cases, requests given to them to decide, promises of their cases."""

from sqlalchemy import Connection, select

from settlement.cases.approvals import Approval, ApprovalState
from settlement.cases.lifecycle import State
from settlement.cases.promises import PromiseState
from settlement.store.approvals import approval_from
from settlement.store.tables import approvals, cases, promises


def cases_with(tx: Connection, name: str) -> list[str]:
    """Open cases that somebody has, or is asked to take over, in the order of opening."""
    theirs = (cases.c.owner == name) | (cases.c.offered_to == name)
    is_open = cases.c.state != str(State.CLOSED)
    return list(tx.scalars(select(cases.c.id).where(theirs, is_open).order_by(cases.c.number)))


def approvals_given_to(tx: Connection, name: str) -> list[Approval]:
    """Requests that wait for this person and nobody else, oldest first."""
    waits = approvals.c.state.in_([str(ApprovalState.REQUESTED), str(ApprovalState.BYPASSED)])
    query = select(approvals).where(approvals.c.assigned_to == name, waits).order_by(approvals.c.number)
    return [approval_from(row) for row in tx.execute(query).mappings()]


def promises_waiting(tx: Connection, case_id: str) -> list[str]:
    """Promises of a case that are still to be kept, oldest first; whoever has the case keeps them."""
    waits = promises.c.state.in_([str(PromiseState.DUE), str(PromiseState.BROKEN)])
    query = select(promises.c.id).where(promises.c.case_id == case_id, waits).order_by(promises.c.number)
    return list(tx.scalars(query))
