"""Approvals: asked for what is due, then decided by somebody else, on what they have seen."""

from collections.abc import Callable
from typing import Annotated, Literal

from flask import Response
from pydantic import Field, RootModel, StringConstraints, TypeAdapter

from settlement.cases import approvals as pure
from settlement.cases.approval_views import (
    ApprovalPage,
    ApprovalPriced,
    ApprovalToDecide,
    ApprovalView,
)
from settlement.cases.approvals import Approval, ApprovalState
from settlement.cases.lifecycle import Case
from settlement.complaint import Identifier
from settlement.desk import approvals, negotiations
from settlement.desk.approval_pages import CaseAt, approval_view, page_of_approvals, read_approval
from settlement.desk.colleagues import colleague
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.money import Money
from settlement.roles import LEVELS
from settlement.store.approvals import find_approval
from settlement.web.acting import (
    Done,
    RequestPart,
    ShortText,
    act,
    case_after,
    change_case,
    changing,
    read_choice,
    read_model,
    shown,
    sitting_of,
)
from settlement.web.cases import BEFORE, LIMIT, TEXT, one_of
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import (
    Caller,
    as_limit,
    as_one_of,
    as_text,
    read_language,
    read_query,
    service,
)
from settlement.web.suggestions import IDEMPOTENCY_KEY

_PAGE = 50
_BY = "decide_approval"
Digest = Annotated[
    str,
    StringConstraints(pattern="^[0-9a-f]{64}$"),
    Field(description="The `digest` of the request as it was read: what is approved is what was seen."),
]


class _Verdict(RequestPart):
    seen: Digest


class Approve(_Verdict):
    """Say yes to what was asked for; `in_place_of` names who asked one to decide for them."""

    verdict: Literal["approve"]
    in_place_of: Identifier | None = None


class Amend(_Verdict):
    """Say yes to another sum, never below what is owed."""

    verdict: Literal["amend"]
    amount: Money
    reason: ShortText
    in_place_of: Identifier | None = None


class Decline(_Verdict):
    """Say no to the goodwill; what is owed cannot be declined."""

    verdict: Literal["decline"]
    reason: ShortText
    in_place_of: Identifier | None = None


class SendBack(_Verdict):
    """Ask for something to be found out or mended first."""

    verdict: Literal["send_back"]
    reason: ShortText
    in_place_of: Identifier | None = None


class Assign(_Verdict):
    """Give it to a named person to decide."""

    verdict: Literal["assign"]
    to: Identifier


class ReviewBypass(_Verdict):
    """Look afterwards at what was done in an emergency."""

    verdict: Literal["review"]
    right: bool
    reason: ShortText


class Verdict(
    RootModel[
        Annotated[
            Approve | Amend | Decline | SendBack | Assign | ReviewBypass, Field(discriminator="verdict")
        ]
    ]
):
    """What somebody else says to a request."""


class BypassIn(RequestPart):
    """Why it cannot wait."""

    reason: ShortText


_STOOD: TypeAdapter[Approval] = TypeAdapter(Approval)
View = ApprovalView | ApprovalToDecide | ApprovalPriced


def ask_approval(caller: Caller, case_id: str) -> Response:
    """Ask for a yes to the offer that is due. 201 with the request."""

    def change(sitting: Sitting, case: Case) -> Done:
        return _asked(sitting, negotiations.ask_approval(sitting, case))

    return _created(caller, change_case(caller, case_id, "ask_approval", None, change))


def bypass_approval(caller: Caller, case_id: str) -> Response:
    """Go ahead in an emergency; somebody else looks at it afterwards. 201 with the grant."""
    body = read_model(BypassIn)

    def change(sitting: Sitting, case: Case) -> Done:
        return _asked(sitting, negotiations.bypass_approval(sitting, case, body.reason))

    return _created(caller, change_case(caller, case_id, "bypass_approval", body, change))


def _asked(sitting: Sitting, found: tuple[Case, Approval]) -> Done:
    case, approval = found
    stands = find_approval(sitting.tx, approval.id)
    return Done.to(case, stands.id, _STOOD.dump_json(stands).decode())


def _created(caller: Caller, done: Done) -> Response:
    response = shown(caller, done, _shown, 201)
    response.headers["Location"] = f"/v1/approvals/{done.thing}"
    return response


def _shown(sitting: Sitting, done: Done) -> View:
    then = CaseAt(sitting_of(sitting, done), case_after(sitting, done))
    return approval_view(sitting, _STOOD.validate_json(done.stood), read_language(), then)


def get_approvals(caller: Caller) -> Response:
    """A page of requests; agents see their own and those that they may decide."""
    query = read_query(**_FILTERS, case=as_text, before=as_text, limit=as_limit)
    filters = {name: query[name] for name in _FILTERS if query[name] is not None}
    if query["case"] is not None:
        filters["case_id"] = query["case"]
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        page = page_of_approvals(
            sitting, filters=filters, before=query["before"], limit=query["limit"] or _PAGE
        )
    return answer(page)


def get_approval(caller: Caller, approval_id: str) -> Response:
    """One request as the caller may see it."""
    read_query()
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        view = approval_view(sitting, read_approval(sitting, approval_id), read_language())
    return answer(view)


def decide_approval(caller: Caller, approval_id: str) -> Response:
    """Say yes, yes to another sum, no, or send it on. 409 where what is asked for is not what was seen."""
    body = read_choice(Verdict, "verdict")

    def make(sitting: Sitting) -> Done:
        approval = read_approval(sitting, approval_id)
        found = _decided(sitting, approval, body)
        pure.check_same(approval, body.root.seen)  # last, so that who may not decide is told that first
        return _asked(sitting, found)

    return shown(
        caller,
        act(caller, body, make),
        _shown,
        may_see=lambda sitting, done: read_approval(sitting, done.thing),
    )


def _decided(sitting: Sitting, approval: Approval, body: Verdict) -> tuple[Case, Approval]:
    match body.root:
        case Approve(seen=seen, in_place_of=giver):
            return approvals.give(sitting, approval.id, seen=seen, in_place_of=giver, operation=_BY)
        case Amend(seen=seen, amount=amount, reason=reason, in_place_of=giver):
            _check_currency(approval, amount)
            return negotiations.amend_approval(
                sitting,
                approval.id,
                seen=seen,
                amount=amount,
                reason=reason,
                operation=_BY,
                in_place_of=giver,
            )
        case Decline(reason=reason, in_place_of=giver):
            return negotiations.decline_approval(
                sitting, approval.id, reason=reason, operation=_BY, in_place_of=giver
            )
        case SendBack(reason=reason, in_place_of=giver):
            return approvals.send_back(sitting, approval.id, reason=reason, operation=_BY, in_place_of=giver)
        case Assign(to=to):
            return approvals.assign(sitting, approval.id, to=colleague(sitting, to, "/to"), operation=_BY)
        case ReviewBypass(right=right, reason=reason):
            return approvals.review_bypass(sitting, approval.id, right=right, reason=reason, operation=_BY)


def _check_currency(approval: Approval, amount: Money) -> None:
    currency = approval.sums.owed.currency
    if amount.currency != currency:
        raise BadInput([Fault("/amount", f"is in {amount.currency}", f"write it in {currency}")])


_FILTERS: dict[str, Callable[[str], str]] = {
    "state": as_one_of(*ApprovalState),
    "level": as_one_of(*LEVELS),
    "requested_by": as_text,
    "assigned_to": as_text,
}
_ID = Parameter("approval_id", "path", {"type": "string", "maxLength": 64}, "The id of the request.")
_VIEWS = (ApprovalView, ApprovalToDecide, ApprovalPriced)

OPERATIONS = (
    changing(
        "ask_approval",
        "approvals",
        "Ask for somebody's yes to the offer that is due",
        ask_approval,
        {201: _VIEWS},
        sends=("ETag", "Location"),
    ),
    changing(
        "bypass_approval",
        "bypass",
        "Go ahead in an emergency, one level below what is needed; somebody else reviews it",
        bypass_approval,
        {201: _VIEWS},
        BypassIn,
        sends=("ETag", "Location"),
    ),
    Operation(
        name="get_approvals",
        method="GET",
        path="/v1/approvals",
        summary="Requests, newest first; agents see their own and those that they may decide",
        handler=get_approvals,
        parameters=(
            Parameter("state", "query", one_of(*ApprovalState), "Only requests that stand there."),
            Parameter("level", "query", one_of(*LEVELS), "Only requests that need this level."),
            Parameter("requested_by", "query", TEXT, "Only requests of this person."),
            Parameter("assigned_to", "query", TEXT, "Only requests that were given to this person."),
            Parameter("case", "query", TEXT, "Only requests of this case."),
            BEFORE,
            LIMIT,
        ),
        answers={200: (ApprovalPage,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="get_approval",
        method="GET",
        path="/v1/approvals/{approval_id}",
        summary="One request: what came of it, and for who may say yes, what it is about",
        handler=get_approval,
        parameters=(_ID,),
        answers={200: _VIEWS},
        problems=(401, 403, 404, 422),
    ),
    Operation(
        name="decide_approval",
        method="POST",
        path="/v1/approvals/{approval_id}",
        summary="Say yes, yes to another sum, or no; send it back, or give it to somebody. Never one's own",
        handler=decide_approval,
        body=Verdict,
        parameters=(_ID, IDEMPOTENCY_KEY),
        answers={200: _VIEWS},
        sends=("ETag",),
        problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
    ),
)
