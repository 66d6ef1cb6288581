"""Steps in the life of a case: who has it, what the customer is told, how it ends, what is kept."""

from collections.abc import Callable
from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, Field, RootModel

from settlement.cases.lifecycle import Case
from settlement.cases.views import CaseMoved
from settlement.complaint import Identifier
from settlement.desk import cases, clocks
from settlement.desk.sitting import Sitting
from settlement.errors import BadInput, Fault
from settlement.permissions import need
from settlement.store.clocks import clocks_of
from settlement.web.acting import (
    Done,
    LongText,
    RequestPart,
    ShortText,
    change_case,
    changing,
    read_choice,
    read_model,
    shown,
)
from settlement.web.cases import moved
from settlement.web.operations import Operation
from settlement.web.requests import Caller

Channel = Literal["app", "web", "phone", "chat", "email", "social", "store", "other"]


def _stepped(
    caller: Caller,
    case_id: str,
    operation: str,
    body: BaseModel | None,
    step: Callable[[Sitting, Case], Case],
) -> Response:
    """Take a step with a case; 200 with where it stands then."""
    done = change_case(caller, case_id, operation, body, lambda sitting, case: Done.to(step(sitting, case)))
    return shown(caller, done, moved)


# ---------------------------------------------------------------- who has it


class OfferHandOver(RequestPart):
    """Ask somebody to take the case over; until they accept it stays with its owner."""

    action: Literal["offer"]
    to: Identifier
    reason: ShortText


class AcceptHandOver(RequestPart):
    """Take over what one was asked to take over."""

    action: Literal["accept"]


class DeclineHandOver(RequestPart):
    """Decline to take it over."""

    action: Literal["decline"]
    reason: ShortText


class TakeOver(RequestPart):
    """Step in without being asked; for supervisors and above."""

    action: Literal["take"]
    reason: ShortText


class HandOver(
    RootModel[
        Annotated[
            OfferHandOver | AcceptHandOver | DeclineHandOver | TakeOver,
            Field(discriminator="action"),
        ]
    ]
):
    """A step of handing a case over."""


def hand_over_case(caller: Caller, case_id: str) -> Response:
    """Offer a case to somebody, accept or decline it, or step in."""
    body = read_choice(HandOver, "action")
    if isinstance(body.root, TakeOver):
        need(caller.actor.role, "hand_over_case.take")

    def step(sitting: Sitting, case: Case) -> Case:
        match body.root:
            case OfferHandOver(to=to, reason=reason):
                return cases.offer_hand_over(sitting, case, to, reason)
            case AcceptHandOver():
                return cases.accept_hand_over(sitting, case)
            case DeclineHandOver(reason=reason):
                return cases.decline_hand_over(sitting, case, reason)
            case TakeOver(reason=reason):
                return cases.take_over(sitting, case, reason)

    return _stepped(caller, case_id, "hand_over_case", body, step)


# ---------------------------------------------------------------- what the customer is told


class Words(RequestPart):
    """What the customer was told, and through which channel."""

    text: LongText
    channel: Channel


class FollowUp(RequestPart):
    """The visit some days later.

    reached  the customer answered
    rating   1 to 5, where one was given
    solved   whether it is solved, in the customer's view
    answer   what they said to an open question
    """

    reached: bool
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    solved: Literal["yes", "partly", "no"] | None = None
    answer: LongText | None = None


def inform_customer(caller: Caller, case_id: str) -> Response:
    """Note that the customer was told news."""
    body = read_model(Words)
    return _stepped(
        caller,
        case_id,
        "inform_customer",
        body,
        lambda sitting, case: cases.inform(sitting, case, body.text, body.channel),
    )


def answer_case(caller: Caller, case_id: str) -> Response:
    """Answer a consultation or a suggestion."""
    body = read_model(Words)
    return _stepped(
        caller,
        case_id,
        "answer_case",
        body,
        lambda sitting, case: cases.answer_case(sitting, case, body.text, body.channel),
    )


def tell_result(caller: Caller, case_id: str) -> Response:
    """Note that the customer was told how it ended."""
    body = read_model(Words)
    return _stepped(
        caller,
        case_id,
        "tell_result",
        body,
        lambda sitting, case: cases.tell_result(sitting, case, body.text, body.channel),
    )


def follow_up_case(caller: Caller, case_id: str) -> Response:
    """Note how it went, in the customer's view."""
    body = read_model(FollowUp)

    def step(sitting: Sitting, case: Case) -> Case:
        return cases.follow_up(
            sitting, case, reached=body.reached, rating=body.rating, solved=body.solved, answer=body.answer
        )

    return _stepped(caller, case_id, "follow_up_case", body, step)


# ---------------------------------------------------------------- how it ends, and begins again


class Because(RequestPart):
    """Why."""

    reason: ShortText


class RequestReview(RequestPart):
    """The customer asks that somebody who was not involved looks again."""

    action: Literal["request"]
    reason: LongText


class DecideReview(RequestPart):
    """The answer of somebody who was not involved; for supervisors and above."""

    action: Literal["decide"]
    upheld: bool
    reason: LongText


class Review(RootModel[Annotated[RequestReview | DecideReview, Field(discriminator="action")]]):
    """A step of a review."""


def close_case(caller: Caller, case_id: str) -> Response:
    """Close a case whose result was told and in which nothing waits."""
    return _stepped(caller, case_id, "close_case", None, cases.close)


def reopen_case(caller: Caller, case_id: str) -> Response:
    """Take a closed case up again."""
    body = read_model(Because)
    return _stepped(
        caller, case_id, "reopen_case", body, lambda sitting, case: cases.reopen(sitting, case, body.reason)
    )


def review_case(caller: Caller, case_id: str) -> Response:
    """Ask for a review, or decide one."""
    body = read_choice(Review, "action")
    if isinstance(body.root, DecideReview):
        need(caller.actor.role, "review_case.decide")

    def step(sitting: Sitting, case: Case) -> Case:
        match body.root:
            case RequestReview(reason=reason):
                return cases.request_review(sitting, case, reason)
            case DecideReview(upheld=upheld, reason=reason):
                return cases.review(sitting, case, upheld=upheld, reason=reason)

    return _stepped(caller, case_id, "review_case", body, step)


# ---------------------------------------------------------------- how long it is kept, and what runs


class Hold(RequestPart):
    """Keep the case for longer, `legal` for ever, or, with null, no more. Either stops an erasure."""

    why: Literal["important", "legal"] | None


class PauseClock(RequestPart):
    """Let a clock stand while we wait for somebody else."""

    action: Literal["pause"]
    what: Identifier
    reason: ShortText


class ResumeClock(RequestPart):
    """Let it run on."""

    action: Literal["resume"]
    what: Identifier


class ClockMove(RootModel[Annotated[PauseClock | ResumeClock, Field(discriminator="action")]]):
    """A step with a clock of the case."""


def hold_case(caller: Caller, case_id: str) -> Response:
    """Mark a case to be kept for longer, or take the mark away."""
    body = read_model(Hold)

    def step(sitting: Sitting, case: Case) -> Case:
        return cases.hold(sitting, case, body.why) if body.why else cases.release_hold(sitting, case)

    return _stepped(caller, case_id, "hold_case", body, step)


def run_clocks(caller: Caller, case_id: str) -> Response:
    """Pause a clock with a reason, or let it run on."""
    body = read_choice(ClockMove, "action")

    def step(sitting: Sitting, case: Case) -> Case:
        names = sorted({each.what for each in clocks_of(sitting.tx, case.id)})
        if body.root.what not in names:
            raise BadInput([Fault("/what", "is no clock of this case", f"write one of {', '.join(names)}")])
        match body.root:
            case PauseClock(what=what, reason=reason):
                return clocks.pause_clock(sitting, case, what, reason)
            case ResumeClock(what=what):
                return clocks.resume_clock(sitting, case, what)

    return _stepped(caller, case_id, "run_clocks", body, step)


def _step(
    name: str,
    path: str,
    summary: str,
    handler: Callable[[Caller, str], Response],
    body: type[BaseModel] | None,
) -> Operation:
    return changing(name, path, summary, handler, {200: (CaseMoved,)}, body)


OPERATIONS = (
    _step(
        "hand_over_case",
        "hand-over",
        "Ask somebody to take a case over, accept, decline, or step in; a case always has an owner",
        hand_over_case,
        HandOver,
    ),
    _step("inform_customer", "news", "Note that the customer was told news", inform_customer, Words),
    _step("answer_case", "answer", "Answer a consultation or a suggestion", answer_case, Words),
    _step("tell_result", "result", "Note that the customer was told how it ended", tell_result, Words),
    _step(
        "follow_up_case", "follow-up", "Note how it went, in the customer's view", follow_up_case, FollowUp
    ),
    _step(
        "close_case",
        "close",
        "Close a case whose result was told and in which nothing waits",
        close_case,
        None,
    ),
    _step("reopen_case", "reopen", "Take a closed case up again", reopen_case, Because),
    _step(
        "review_case",
        "review",
        "Ask that somebody who was not involved looks again, or be that somebody",
        review_case,
        Review,
    ),
    _step("hold_case", "hold", "Keep a case for longer, or no more", hold_case, Hold),
    _step("run_clocks", "clocks", "Pause a clock with a reason, or let it run on", run_clocks, ClockMove),
)
