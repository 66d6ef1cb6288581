"""Reading recorded decisions, each role what it may see."""

from sqlalchemy import Connection

from settlement.errors import NotFound
from settlement.permissions import Reach, need
from settlement.roles import Actor
from settlement.store.cases import find_case
from settlement.store.decisions import DecisionRecord, find_decision, list_decisions


def read_decision(tx: Connection, decision_id: str, actor: Actor) -> DecisionRecord:
    """One record. Raises NotFound, for an agent also where it is somebody else's; NotAuthorised."""
    reach = need(actor.role, "get_decision")
    record = find_decision(tx, decision_id)
    if reach is Reach.OWN and record.actor != actor.name and not _of_their_case(tx, record, actor):
        raise NotFound(f"no decision {decision_id!r} of yours")
    return record


def _of_their_case(tx: Connection, record: DecisionRecord, actor: Actor) -> bool:
    """Whether it is the newest decision of a case of theirs, which somebody else may have asked for."""
    try:
        case = find_case(tx, record.case_id)
    except NotFound:
        return False
    return case.owner == actor.name and case.decision == record.id


def page_of_decisions(
    tx: Connection, actor: Actor, *, case_id: str | None, before: str | None, limit: int
) -> tuple[list[DecisionRecord], str | None]:
    """A page of records, newest first, and where the next one begins; agents see their own."""
    own = actor.name if need(actor.role, "get_decisions") is Reach.OWN else None
    return list_decisions(tx, actor=own, case_id=case_id, before=before, limit=limit)
