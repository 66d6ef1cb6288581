"""The customer's letter about how talks ended."""

from flask import Response

from settlement.decision.answer import Part
from settlement.desk.case_file import read_case
from settlement.desk.letters import customer_letter
from settlement.desk.sitting import Sitting
from settlement.web.acting import CASE_ID
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_limit, read_language, read_query, service


class Letter(Part):
    """Plain text for the customer: what they get, why, by when, and how to contest it.

    talk      which talks of the case it is about: 2 are those after it was opened again
    decision  id of the decision that they rest on
    """

    case: str
    talk: int
    decision: str
    text: str


def get_agreement(caller: Caller, case_id: str) -> Response:
    """The letter in the reader's language; 404 where no talks have ended."""
    talk = read_query(talk=as_limit)["talk"]
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        case = read_case(sitting, case_id, "get_agreement")
        letter = customer_letter(sitting, case, read_language(), talk)
    return answer(Letter(case=case_id, talk=letter.talk, decision=letter.decision, text=letter.text))


OPERATIONS = (
    Operation(
        name="get_agreement",
        method="GET",
        path="/v1/cases/{case_id}/agreement",
        summary="The letter to the customer: what they get, reasons, due dates, how to contest",
        handler=get_agreement,
        parameters=(
            CASE_ID,
            Parameter(
                "talk",
                "query",
                {"type": "integer", "minimum": 1, "maximum": 200},
                "Which talks, where a case was opened again; else the last that ended.",
            ),
        ),
        answers={200: (Letter,)},
        problems=(401, 403, 404, 422),
    ),
)
