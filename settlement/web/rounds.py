"""The talks of a case: what happened goes in, the next step comes out."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from pydantic import RootModel

from settlement.cases.lifecycle import Case
from settlement.desk.case_file import read_case
from settlement.desk.negotiations import play_round as play
from settlement.desk.sitting import Sitting
from settlement.desk.talk_pages import advice_view
from settlement.negotiation.events import Accepted, OptionNumber, Round
from settlement.negotiation.views import AdviceForAgent, AdviceForApprover
from settlement.web.acting import (
    CASE_ID,
    Done,
    RequestPart,
    case_after,
    change_case,
    changing,
    etag,
    read_choice,
    read_model,
    shown,
    sitting_of,
)
from settlement.web.operations import Operation, answer
from settlement.web.requests import Caller, read_language, read_query, service


class RoundIn(RootModel[Round]):
    """What happened in the talks, in the past tense. `event` says what, and which other fields there are."""


_SUM = {"amount": "360.00", "currency": "CNY"}
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "confirmed": {"event": "confirmed"},
    "items_split": {
        "event": "items_split",
        "items": [
            {"kind": "money", "weight": "must", "words": "half of it back", "amount": _SUM},
            {"kind": "face", "weight": "want", "words": "an apology"},
            {"kind": "time", "weight": "nice", "by": "2026-03-10T18:00:00+08:00"},
        ],
    },
    "offered": {"event": "offered"},
    "overridden": {"event": "overridden", "amount": _SUM, "reason": "waited for a week"},
    "accepted": {"event": "accepted", "option": 1},
    "countered": {"event": "countered", "amount": _SUM},
    "ranked": {"event": "ranked", "order": [2, 1]},
    "wished": {"event": "wished", "kind": "credit"},
    "refused": {"event": "refused"},
    "silent": {"event": "silent"},
    "left": {"event": "left"},
    "threatened": {"event": "threatened", "kind": "violence"},
    "self_harm_told": {"event": "self_harm_told"},
    "safety_raised": {"event": "safety_raised"},
    "legal_action_taken": {"event": "legal_action_taken"},
    "part_blocked": {"event": "part_blocked", "instrument": "voucher"},
}
"""A body for each event."""


class AgreementIn(RequestPart):
    """The option of the last menu to which the customer said yes; null where there was none to choose."""

    option: OptionNumber | None


def play_round(caller: Caller, case_id: str) -> Response:
    """Tell what happened; the answer is the next step for the caller."""
    body = read_choice(RoundIn, "event")

    def change(sitting: Sitting, case: Case) -> Done:
        return Done.to(play(sitting, case, body.root)[0])

    return shown(caller, change_case(caller, case_id, "play_round", body, change), advised)


def agree(caller: Caller, case_id: str) -> Response:
    """The customer said yes: each part of the option becomes a promise with its date."""
    body = read_model(AgreementIn)

    def change(sitting: Sitting, case: Case) -> Done:
        return Done.to(play(sitting, case, Accepted(option=body.option))[0])

    return shown(caller, change_case(caller, case_id, "agree", body, change), advised)


def advised(sitting: Sitting, done: Done) -> AdviceForAgent | AdviceForApprover:
    """The advice as it stood right after a change."""
    return advice_view(sitting_of(sitting, done), case_after(sitting, done), read_language())


def get_advice(caller: Caller, case_id: str) -> Response:
    """The next step for the caller, with the ETag of the case."""
    read_query()
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        view = advice_view(sitting, read_case(sitting, case_id, "get_advice"), read_language())
    response = answer(view)
    response.headers["ETag"] = etag(view.version)
    return response


OPERATIONS = (
    Operation(
        name="get_advice",
        method="GET",
        path="/v1/cases/{case_id}/advice",
        summary="The next step in the talks: what may be offered, what to say, what to ask for in return",
        handler=get_advice,
        parameters=(CASE_ID,),
        answers={200: (AdviceForAgent, AdviceForApprover)},
        sends=("ETag",),
        problems=(401, 403, 404, 409, 422),
    ),
    changing(
        "play_round",
        "rounds",
        "Tell what happened in the talks; the answer is the next step",
        play_round,
        {200: (AdviceForAgent, AdviceForApprover)},
        RoundIn,
        examples=EXAMPLES,
    ),
    changing(
        "agree",
        "agreement",
        "The customer said yes to an option",
        agree,
        {200: (AdviceForAgent, AdviceForApprover)},
        AgreementIn,
    ),
)
