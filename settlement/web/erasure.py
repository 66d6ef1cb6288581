"""Forgetting a customer."""

from collections.abc import Mapping
from typing import Annotated, Literal

from flask import Response, request
from pydantic import RootModel, StringConstraints

from settlement.complaint import Identifier
from settlement.decision.answer import Part
from settlement.desk import erasure
from settlement.desk.erasure import Erased, Why
from settlement.desk.idempotency import once
from settlement.desk.sitting import Sitting
from settlement.strict_json import read_json
from settlement.web.acting import RequestPart, read_model
from settlement.web.operations import Operation, answer
from settlement.web.requests import Caller, read_body, read_key, read_query, service, writing
from settlement.web.suggestions import IDEMPOTENCY_KEY


class _Whose(RequestPart):
    reason: Literal["asked", "consent_withdrawn", "purpose_ended", "unlawful"]


class EraseCustomer(_Whose):
    """Forget a customer, by the id that came with their orders."""

    customer: Identifier


class EraseOrder(_Whose):
    """Forget the customer who had an order, by the order's own id."""

    order: Identifier


class EraseCase(_Whose):
    """Forget the customer of a case; where nobody is known, what was said in it."""

    case: Identifier


class EraseReference(_Whose):
    """Forget the customer for whom, or for whose order, a reference stands in our records."""

    reference: Annotated[str, StringConstraints(pattern=r"^[ko]-[0-9a-z]{16}$")]


class ErasureIn(RootModel[EraseCustomer | EraseOrder | EraseCase | EraseReference]):
    """Whom to forget, by one of four names; why in a word, for a sentence might tell who it was."""


_KINDS: Mapping[str, type[_Whose]] = {
    "customer": EraseCustomer,
    "order": EraseOrder,
    "case": EraseCase,
    "reference": EraseReference,
}


class ErasureDone(Part):
    """What was forgotten: in which cases, and how many names and texts. Amounts and decisions stay."""

    cases: tuple[str, ...]
    entries: int


def post_erasure(caller: Caller) -> Response:
    """Forget a customer. 409 names every case that is open, held or under review, and what to do first."""
    read_query()
    body = _read()
    with writing(caller) as sitting:
        kept = once(
            sitting.tx,
            token=caller.token,
            route=f"{request.method} {request.path}",
            key=read_key(),
            body=body.model_dump(mode="json"),
            now=sitting.now,
            make=lambda: _done(_erased(sitting, body)),
        )
    service().database.scrub()
    return answer(ErasureDone.model_validate_json(kept))


def _read() -> _Whose:
    """The body, by the first of the names that it gives; a second one is a fault."""
    data = read_json(read_body())
    given = (name for name in _KINDS if isinstance(data, dict) and name in data)
    return read_model(_KINDS[next(given, "customer")])


def _erased(sitting: Sitting, body: _Whose) -> Erased:
    why = Why(body.reason)
    match body:
        case EraseCustomer(customer=customer):
            return erasure.erase_customer(sitting, customer, why)
        case EraseOrder(order=order):
            return erasure.erase_order(sitting, order, why)
        case EraseCase(case=case):
            return erasure.erase_case(sitting, case, why)
        case EraseReference(reference=reference):
            return erasure.erase_reference(sitting, reference, why)
    raise AssertionError("one of the four kinds")


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
