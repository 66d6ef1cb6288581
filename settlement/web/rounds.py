"""The talks of a case: what happened goes in, the next step comes out."""

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
    """What happened in the talks, in the past tense."""


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
