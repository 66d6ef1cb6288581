"""Somebody stops working on cases: what waits for them is named, or handed over in the same transaction.

One transaction writes at a time, and who acts is read again within it: whoever was first, a case is never
left with somebody who cannot work on it.
"""

from datetime import datetime

from sqlalchemy import Connection

from settlement.cases.approvals import Approval
from settlement.cases.lifecycle import Event
from settlement.desk.case_file import add_event
from settlement.desk.colleagues import named_colleague
from settlement.errors import BadInput, Fault, Refused
from settlement.roles import LEVELS, Actor, Role, may_grant
from settlement.store.approvals import change_approval
from settlement.store.audit import append
from settlement.store.cases import find_case
from settlement.store.delegations import end_delegation, running_delegations
from settlement.store.holdings import approvals_given_to, cases_with, promises_waiting

_TO = "--hand-over-to"


class StillNeeded(Refused):
    """Something waits for this person, which nobody else may do."""


def leave(
    tx: Connection, name: str, becomes: Role | None, hand_over_to: str | None, *, by: Actor, now: datetime
) -> None:
    """Let somebody go who is stopped, or gets the role `becomes`: others do what they cannot do then.

    Raises StillNeeded naming everything where nobody is named to take it; BadInput for a name that cannot,
    Refused naming every request that is not theirs to decide.
    """
    works = becomes in LEVELS
    cases = [] if works else cases_with(tx, name)
    given = [
        each for each in approvals_given_to(tx, name) if becomes is None or not may_grant(becomes, each.level)
    ]
    if cases or given:
        if hand_over_to is None:
            raise StillNeeded(_needed(tx, name, cases, given))
        _hand_over(tx, name, _receiver(tx, name, hand_over_to), cases, given, by, now)
    if not works:
        _end_delegations(tx, name, by, now)


def _end_delegations(tx: Connection, name: str, by: Actor, now: datetime) -> None:
    """Nobody decides in their place any more, nor they in anybody's."""
    for each in running_delegations(tx, name, now):
        end_delegation(tx, each.id, by=by.name, now=now)
        body = {"giver": each.giver, "to": each.receiver}
        append(tx, at=now, actor=by.name, role=by.role, event="delegation_ended", subject=each.id, body=body)


def _needed(tx: Connection, name: str, cases: list[str], given: list[Approval]) -> str:
    waiting = [_case_in_words(tx, name, case_id) for case_id in cases]
    waiting += [f"approval {each.id} of case {each.case_id}, given to them to decide" for each in given]
    return f"these wait for {name}: {'; '.join(waiting)}. Name somebody to take them: {_TO} NAME"


def _case_in_words(tx: Connection, name: str, case_id: str) -> str:
    if find_case(tx, case_id).owner != name:
        return f"case {case_id}, which they were asked to take over"
    promised = promises_waiting(tx, case_id)
    return f"case {case_id}" + (f" with the promises {', '.join(promised)}" if promised else "")


def _receiver(tx: Connection, name: str, to: str) -> Actor:
    if to == name:
        raise BadInput([Fault(_TO, "is the same person", "name somebody else")])
    return named_colleague(tx, to, _TO)


def _hand_over(
    tx: Connection, name: str, to: Actor, cases: list[str], given: list[Approval], by: Actor, now: datetime
) -> None:
    if beyond := [
        f"approval {each.id} was asked for by {to.name}"
        if each.requested_by == to.name
        else f"approval {each.id} needs a {each.level}"
        for each in given
        if each.requested_by == to.name or not may_grant(to.role, each.level)
    ]:
        raise Refused(f"{to.name} cannot decide all of it: {'; '.join(beyond)}. Name somebody else")
    for case_id in cases:
        body = {"from": name, "to": to.name}
        add_event(tx, find_case(tx, case_id), Event("reassigned", now, by, body))
    for each in given:
        change_approval(tx, each, assigned_to=to.name)
        body = {"approval": each.id, "to": to.name}
        add_event(tx, find_case(tx, each.case_id), Event("approval_assigned", now, by, body))
