"""Promises: what customers were told will be done, and whether it was."""

from collections.abc import Callable
from typing import Annotated, Literal

from flask import Response
from pydantic import Field, RootModel, TypeAdapter

from settlement.cases.lifecycle import Case
from settlement.cases.promises import Promise, PromiseState, standing
from settlement.cases.views import Fulfilment, PromisePage, PromiseSeen, promise_seen
from settlement.complaint import Identifier, Moment
from settlement.desk import promises
from settlement.desk.case_file import read_case
from settlement.desk.case_pages import fulfilment_of, phrases_of
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.permissions import Reach, reach
from settlement.store.cases import find_case
from settlement.store.promises import find_promise, list_promises, promises_of
from settlement.web.acting import (
    CASE_ID,
    Done,
    RequestPart,
    ShortText,
    act,
    case_after,
    change_case,
    changing,
    etag,
    read_choice,
    read_model,
    shown,
)
from settlement.web.cases import BEFORE, LIMIT, TEXT, one_of
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import (
    Caller,
    as_limit,
    as_moment,
    as_one_of,
    as_text,
    read_language,
    read_query,
    service,
)
from settlement.web.suggestions import IDEMPOTENCY_KEY

_PAGE = 50
_STOOD: TypeAdapter[tuple[Promise, ...]] = TypeAdapter(tuple[Promise, ...])
_BY = "keep_promise"


class DateIn(RequestPart):
    """A date that the customer was told, and for what."""

    what: Literal["answer", "call_back", "delivery", "news", "payment", "repair", "visit"]
    due: Moment


class KeepPromise(RequestPart):
    """It was done."""

    action: Literal["keep"]


class ReplacePromise(RequestPart):
    """The customer was told another date, and why."""

    action: Literal["replace"]
    due: Moment
    reason: ShortText


class PromiseMove(RootModel[Annotated[KeepPromise | ReplacePromise, Field(discriminator="action")]]):
    """A step with a promise."""


class FulfilIn(RequestPart):
    """The promise of this case that was kept."""

    promise: Identifier


def promise_date(caller: Caller, case_id: str) -> Response:
    """Note a date that the customer was told. 201 with the promise."""
    body = read_model(DateIn)

    def change(sitting: Sitting, case: Case) -> Done:
        return _done(sitting, promises.tell_date(sitting, case, body.what, body.due))

    return shown(caller, change_case(caller, case_id, "promise_date", body, change), _shown, 201)


def get_promises(caller: Caller) -> Response:
    """A page of promises; agents see those of their own cases."""
    query = read_query(**_FILTERS, case=as_text, due_before=as_moment, before=as_text, limit=as_limit)
    own = reach(caller.actor.role, "get_promises") is Reach.OWN
    filters = {name: query[name] for name in _FILTERS if query[name] is not None}
    if query["case"] is not None:
        filters["case_id"] = query["case"]
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        found, following = list_promises(
            tx,
            filters=filters,
            person=caller.actor.name if own else None,
            due_before=query["due_before"],
            now=sitting.now,
            before=query["before"],
            limit=query["limit"] or _PAGE,
        )
        page = PromisePage(promises=tuple(_seen(sitting, each) for each in found), next=following)
    return answer(page)


def keep_promise(caller: Caller, promise_id: str) -> Response:
    """Note that a promise was kept, or that the customer was told another date."""
    body = read_choice(PromiseMove, "action")

    def make(sitting: Sitting) -> Done:
        match body.root:
            case KeepPromise():
                return _done(sitting, promises.keep_promise(sitting, promise_id, _BY))
            case ReplacePromise(due=due, reason=reason):
                what = find_promise(sitting.tx, promise_id).what
                found = promises.replace_promise(sitting, promise_id, _BY, what=what, due=due, reason=reason)
                return _done(sitting, found)

    return shown(caller, act(caller, body, make), _shown)


def get_fulfilment(caller: Caller, case_id: str) -> Response:
    """The promises of a case, with its ETag."""
    read_query()
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        view = fulfilment_of(sitting, read_case(sitting, case_id, "get_fulfilment"), read_language())
    response = answer(view)
    response.headers["ETag"] = etag(view.version)
    return response


def fulfil(caller: Caller, case_id: str) -> Response:
    """Note that a promise of a case was kept; with the last one the case is fulfilled."""
    body = read_model(FulfilIn)

    def change(sitting: Sitting, case: Case) -> Done:
        own = [each.id for each in promises_of(sitting.tx, case.id)]
        if body.promise not in own:
            raise BadInput(
                [Fault("/promise", "is no promise of this case", f"write one of {', '.join(own)}")]
            )
        return _done(sitting, promises.keep_promise(sitting, body.promise, "fulfil", case.version))

    done = change_case(caller, case_id, "fulfil", body, change)
    return shown(caller, done, _fulfilment)


def _fulfilment(sitting: Sitting, done: Done) -> Fulfilment:
    return fulfilment_of(
        sitting, case_after(sitting, done), read_language(), _STOOD.validate_json(done.stood)
    )


def _done(sitting: Sitting, found: tuple[Case, Promise]) -> Done:
    case, promise = found
    stand = tuple(promises_of(sitting.tx, case.id))
    return Done.to(case, promise.id, _STOOD.dump_json(stand).decode())


def _shown(sitting: Sitting, done: Done) -> PromiseSeen:
    stood = _STOOD.validate_json(done.stood)
    return _seen(sitting, next(each for each in stood if each.id == done.thing))


def _seen(sitting: Sitting, promise: Promise) -> PromiseSeen:
    promise = standing(promise, sitting.now)
    return promise_seen(promise, phrases_of(sitting, find_case(sitting.tx, promise.case_id), read_language()))


_FILTERS: dict[str, Callable[[str], str]] = {"state": as_one_of(*PromiseState)}

OPERATIONS = (
    changing(
        "promise_date",
        "promises",
        "Note a date that the customer was told: a promise",
        promise_date,
        {201: (PromiseSeen,)},
        DateIn,
    ),
    Operation(
        name="get_fulfilment",
        method="GET",
        path="/v1/cases/{case_id}/fulfilment",
        summary="The promises of a case, oldest first",
        handler=get_fulfilment,
        parameters=(CASE_ID,),
        answers={200: (Fulfilment,)},
        sends=("ETag",),
        problems=(401, 403, 404, 422),
    ),
    changing(
        "fulfil",
        "fulfilment",
        "Note that a promise of a case was kept; with the last one the case is fulfilled",
        fulfil,
        {200: (Fulfilment,)},
        FulfilIn,
    ),
    Operation(
        name="get_promises",
        method="GET",
        path="/v1/promises",
        summary="Promises, newest first; agents see those of their own cases",
        handler=get_promises,
        parameters=(
            Parameter("state", "query", one_of(*PromiseState), "Only promises that stand there."),
            Parameter("case", "query", TEXT, "Only promises of this case."),
            Parameter(
                "due_before",
                "query",
                {"type": "string", "format": "date-time", "pattern": "^(18|19|20|21)[0-9]{2}-"},
                "Only promises that are due before this moment.",
            ),
            BEFORE,
            LIMIT,
        ),
        answers={200: (PromisePage,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="keep_promise",
        method="POST",
        path="/v1/promises/{promise_id}",
        summary="Note that a promise was kept, or that the customer was told another date; each ends once",
        handler=keep_promise,
        body=PromiseMove,
        parameters=(
            Parameter("promise_id", "path", {"type": "string", "maxLength": 64}, "The id of the promise."),
            IDEMPOTENCY_KEY,
        ),
        answers={200: (PromiseSeen,)},
        sends=("ETag",),
        problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
    ),
)
