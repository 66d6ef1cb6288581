"""Who decides in whose place: lent for a time, listed, taken back."""

from dataclasses import replace
from datetime import datetime

from flask import Response

from settlement.complaint import Identifier, Moment
from settlement.decision.answer import Part
from settlement.desk import delegations
from settlement.desk.colleagues import colleague
from settlement.desk.sitting import Sitting
from settlement.roles import Role
from settlement.store.delegations import Delegation as Lent
from settlement.store.delegations import find_delegation
from settlement.web.acting import Done, RequestPart, act, read_model
from settlement.web.cases import BEFORE, LIMIT
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_limit, as_text, read_query, service
from settlement.web.suggestions import IDEMPOTENCY_KEY

_PAGE = 50


class DelegationIn(RequestPart):
    """Somebody who approves in one's place from one moment to another."""

    to: Identifier
    starts_at: Moment
    ends_at: Moment


class Delegation(Part):
    """Who decides in whose place, up to which level, and how long; `ended_at` where it was ended before."""

    delegation: str
    giver: str
    to: str
    level: Role
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class DelegationPage(Part):
    """A page of delegations, newest first; `next` is the `before` of the next page, null on the last."""

    delegations: tuple[Delegation, ...]
    next: str | None


def delegate(caller: Caller) -> Response:
    """Let somebody approve in one's place for a time. 201 with the delegation."""
    body = read_model(DelegationIn)

    def make(sitting: Sitting) -> Done:
        to = colleague(sitting, body.to, "/to")
        made = delegations.delegate(sitting, to=to, starts_at=body.starts_at, ends_at=body.ends_at)
        return Done("-", 0, made)

    made = _found(act(caller, body, make))
    return answer(
        _shown(replace(made, ended_at=None, ended_by=None)), 201
    )  # as it was made, also when asked again


def get_delegations(caller: Caller) -> Response:
    """A page of delegations; agents see what they gave or got."""
    query = read_query(before=as_text, limit=as_limit)
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        found, following = delegations.page_of_delegations(
            sitting, before=query["before"], limit=query["limit"] or _PAGE
        )
    return answer(DelegationPage(delegations=tuple(_shown(each) for each in found), next=following))


def end_delegation(caller: Caller, delegation_id: str) -> Response:
    """Take back what was lent, from now on."""
    read_query()

    def make(sitting: Sitting) -> Done:
        delegations.end_delegation(sitting, delegation_id)
        return Done("-", 0, delegation_id)

    return answer(_shown(_found(act(caller, None, make))))


def _found(done: Done) -> Lent:
    with service().database.reading() as tx:
        return find_delegation(tx, done.thing)


def _shown(lent: Lent) -> Delegation:
    names = ("giver", "level", "starts_at", "ends_at", "ended_at", "ended_by")
    told = {name: getattr(lent, name) for name in names}
    return Delegation(delegation=lent.id, to=lent.receiver, **told)


OPERATIONS = (
    Operation(
        name="delegate",
        method="POST",
        path="/v1/delegations",
        summary="Let somebody approve in one's place for a time; they still approve nothing of their own",
        handler=delegate,
        body=DelegationIn,
        parameters=(IDEMPOTENCY_KEY,),
        answers={201: (Delegation,)},
        problems=(400, 401, 403, 409, 413, 415, 422),
    ),
    Operation(
        name="get_delegations",
        method="GET",
        path="/v1/delegations",
        summary="Who decides in whose place, newest first; agents see what they gave or got",
        handler=get_delegations,
        parameters=(BEFORE, LIMIT),
        answers={200: (DelegationPage,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="end_delegation",
        method="POST",
        path="/v1/delegations/{delegation_id}/end",
        summary="Take back what was lent, from now on; for the giver, and for whoever is above that level",
        handler=end_delegation,
        parameters=(
            Parameter(
                "delegation_id", "path", {"type": "string", "maxLength": 64}, "The id of the delegation."
            ),
            IDEMPOTENCY_KEY,
        ),
        answers={200: (Delegation,)},
        problems=(401, 403, 404, 409, 422),
    ),
)
