"""POST /v1/suggestions: a complaint in, a recorded recommendation out."""

from datetime import date

from flask import Response, request

from settlement.complaint import Complaint, read_complaint
from settlement.decision.answer import Decision
from settlement.decision.views import AgentView, FullView, SupervisorView, full_view, view_for
from settlement.desk.idempotency import once
from settlement.desk.records import decision_of, phrases_for
from settlement.desk.suggestions import suggest, try_as_of
from settlement.store.decisions import find_decision
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import (
    Caller,
    as_date,
    read_body,
    read_key,
    read_language,
    read_query,
    service,
    writing,
)

IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "The same key with the same body gets the first answer again, for 30 days.",
)


def post_suggestion(caller: Caller) -> Response:
    """Decide a complaint and record it. 201 with the view of the caller's role; 422 lists every fault."""
    as_of: date | None = read_query(as_of=as_date)["as_of"]
    key = read_key()
    complaint = read_complaint(read_body())
    if as_of is not None:
        return _tried(caller, complaint, as_of)
    books = service().books
    fresh: dict[str, Decision] = {}

    with writing(caller) as sitting:

        def decide_and_record() -> str:
            advised = suggest(sitting, complaint)
            assert advised.record is not None
            fresh[advised.record.id] = advised.decision
            return advised.record.id

        found = once(
            sitting.tx,
            token=caller.token,
            route=f"{request.method} {request.path}",
            key=key,
            body=complaint.model_dump(mode="json"),
            now=sitting.now,
            make=decide_and_record,
        )
        decision = fresh.get(found) or decision_of(find_decision(sitting.tx, found))
    view = view_for(caller.actor.role, found, decision, phrases_for(decision, books, read_language()))
    response = answer(view, 201)
    response.headers["Location"] = f"/v1/decisions/{found}"
    return response


def _tried(caller: Caller, complaint: Complaint, as_of: date) -> Response:
    """The rules of another day: shown, never recorded, never offered."""
    books = service().books
    decision = try_as_of(books, complaint, caller.actor.role, as_of)
    return answer(full_view(None, decision, phrases_for(decision, books, read_language()), as_of))


OPERATIONS = (
    Operation(
        name="post_suggestion",
        method="POST",
        path="/v1/suggestions",
        summary="Decide a complaint: what is owed, what may be offered, who must agree, what to say",
        handler=post_suggestion,
        body=Complaint,
        parameters=(
            IDEMPOTENCY_KEY,
            Parameter(
                "as_of",
                "query",
                {"type": "string", "format": "date", "pattern": "^(18|19|20|21)[0-9]{2}-"},
                "Finance and auditors only: try the rules of another day. Never recorded, never offered.",
            ),
        ),
        answers={200: (FullView,), 201: (AgentView, SupervisorView)},
        sends=("Location",),
        problems=(400, 401, 403, 409, 413, 415, 422, 503),
    ),
)
