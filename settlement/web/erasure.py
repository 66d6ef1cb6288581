"""Forgetting a customer."""

from typing import Literal

from flask import Response, request

from settlement.complaint import Identifier
from settlement.decision.answer import Part
from settlement.desk.erasure import Erased, Why, erase_customer
from settlement.desk.idempotency import once
from settlement.desk.sitting import Sitting
from settlement.web.acting import RequestPart, read_model
from settlement.web.operations import Operation, answer
from settlement.web.requests import Caller, read_key, read_query, service
from settlement.web.suggestions import IDEMPOTENCY_KEY


class ErasureIn(RequestPart):
    """Whom to forget, by the id that came with their orders; why in a word, for a sentence might tell who."""

    customer: Identifier
    reason: Literal["asked", "consent_withdrawn", "purpose_ended", "unlawful"]


class ErasureDone(Part):
    """What was forgotten: in which cases, and how many names and texts. Amounts and decisions stay."""

    cases: tuple[str, ...]
    entries: int


def post_erasure(caller: Caller) -> Response:
    """Forget a customer. 409 names every case that is open or held."""
    read_query()
    body = read_model(ErasureIn)
    with service().database.transaction() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        kept = once(
            tx,
            token=caller.token,
            route=f"{request.method} {request.path}",
            key=read_key(),
            body=body.model_dump(mode="json"),
            now=sitting.now,
            make=lambda: _done(erase_customer(sitting, body.customer, Why(body.reason))),
        )
    service().database.scrub()
    return answer(ErasureDone.model_validate_json(kept))


def _done(erased: Erased) -> str:
    return ErasureDone(cases=erased.cases, entries=erased.entries).model_dump_json()


OPERATIONS = (
    Operation(
        name="post_erasure",
        method="POST",
        path="/v1/erasures",
        summary="Forget who a customer is and what they said; decisions and amounts stay",
        handler=post_erasure,
        body=ErasureIn,
        parameters=(IDEMPOTENCY_KEY,),
        answers={200: (ErasureDone,)},
        problems=(400, 401, 403, 404, 409, 413, 415, 422),
    ),
)
