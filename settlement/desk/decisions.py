"""Reading recorded decisions, each role what it may see."""

from sqlalchemy import Connection

from settlement.errors import NotAuthorised, NotFound
from settlement.roles import Actor, Role
from settlement.store.decisions import DecisionRecord, find_decision, list_decisions

_OWN_ONLY = (Role.AGENT, Role.SENIOR_AGENT)


def read_decision(tx: Connection, decision_id: str, actor: Actor) -> DecisionRecord:
    """One record. Raises NotFound, for an agent also where it is somebody else's; NotAuthorised."""
    _refuse_admin(actor)
    record = find_decision(tx, decision_id)
    if actor.role in _OWN_ONLY and record.actor != actor.name:
        raise NotFound(f"no decision {decision_id!r} of yours")
    return record


def page_of_decisions(
    tx: Connection, actor: Actor, *, case_id: str | None, before: str | None, limit: int
) -> tuple[list[DecisionRecord], str | None]:
    """A page of records, newest first, and where the next one begins; agents see their own."""
    _refuse_admin(actor)
    own = actor.name if actor.role in _OWN_ONLY else None
    return list_decisions(tx, actor=own, case_id=case_id, before=before, limit=limit)


def _refuse_admin(actor: Actor) -> None:
    if actor.role is Role.ADMIN:
        raise NotAuthorised("the role admin sees no decision")
