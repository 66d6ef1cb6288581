"""The customer's letter about what was agreed."""

from flask import Response

from settlement.decision.answer import Part
from settlement.desk.case_file import read_case
from settlement.desk.letters import customer_letter
from settlement.desk.sitting import Sitting
from settlement.web.acting import CASE_ID
from settlement.web.operations import Operation, answer
from settlement.web.requests import Caller, read_language, read_query, service


class Letter(Part):
    """Plain text for the customer: what was agreed, why, by when, and how to contest it."""

    case: str
    text: str


def get_agreement(caller: Caller, case_id: str) -> Response:
    """The letter in the reader's language; 404 where nothing was agreed."""
    read_query()
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        text = customer_letter(sitting, read_case(sitting, case_id, "get_agreement"), read_language())
    return answer(Letter(case=case_id, text=text))


OPERATIONS = (
    Operation(
        name="get_agreement",
        method="GET",
        path="/v1/cases/{case_id}/agreement",
        summary="The letter to the customer: the accepted offer, reasons, due dates, how to contest",
        handler=get_agreement,
        parameters=(CASE_ID,),
        answers={200: (Letter,)},
        problems=(401, 403, 404, 422),
    ),
)
