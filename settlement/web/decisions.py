"""Reading decisions: one, a page of them, the trace of one."""

import json
from datetime import datetime
from typing import Any

from flask import Response

from settlement.decision.answer import BookRef, Part, Trace
from settlement.decision.views import AgentView, FullView, SupervisorView, view_for
from settlement.desk.decisions import page_of_decisions, read_decision
from settlement.desk.records import decision_of, phrases_for
from settlement.roles import Role
from settlement.store.decisions import DecisionRecord
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.requests import Caller, as_limit, as_text, read_language, read_query, service

_PAGE = 50


class DecisionInShort(Part):
    """A line of the list."""

    decision: str
    recorded_at: datetime
    actor: str
    role: Role
    case: str
    policy: str
    edition: str


class DecisionPage(Part):
    """A page, newest first; `next` is the `before` of the next page, null on the last."""

    decisions: tuple[DecisionInShort, ...]
    next: str | None


class TraceShown(Part):
    """The way to every amount, with the books and the digest that pin it."""

    decision: str
    digest: str
    method: str
    books: tuple[BookRef, ...]
    trace: Trace


def get_decisions(caller: Caller) -> Response:
    """A page of decisions; agents see their own."""
    query: dict[str, Any] = read_query(case=as_text, before=as_text, limit=as_limit)
    with service().database.reading() as tx:
        records, following = page_of_decisions(
            tx, caller.actor, case_id=query["case"], before=query["before"], limit=query["limit"] or _PAGE
        )
    return answer(DecisionPage(decisions=tuple(_in_short(record) for record in records), next=following))


def _in_short(record: DecisionRecord) -> DecisionInShort:
    return DecisionInShort(
        decision=record.id,
        recorded_at=record.recorded_at,
        actor=record.actor,
        role=record.role,
        case=record.case_id,
        policy=record.policy,
        edition=record.edition,
    )


def get_decision(caller: Caller, decision_id: str) -> Response:
    """One decision in the view of the caller's role."""
    read_query()
    with service().database.reading() as tx:
        record = read_decision(tx, decision_id, caller.actor)
    decision = decision_of(record)
    phrases = phrases_for(decision, service().books, read_language())
    return answer(view_for(caller.actor.role, record.id, decision, phrases))


def get_trace(caller: Caller, decision_id: str) -> Response:
    """The whole way to the amounts."""
    read_query()
    with service().database.reading() as tx:
        record = read_decision(tx, decision_id, caller.actor)
    return answer(
        TraceShown(
            decision=record.id,
            digest=record.digest,
            method=record.method,
            books=tuple(BookRef(**book) for book in json.loads(record.books)),
            trace=Trace.model_validate_json(record.trace),
        )
    )


_ID = Parameter(
    "decision_id", "path", {"type": "string", "maxLength": 64}, "The id that a suggestion was given."
)
_TEXT = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00-\x1f\x7f]*$"}

OPERATIONS = (
    Operation(
        name="get_decisions",
        method="GET",
        path="/v1/decisions",
        summary="Recorded decisions, newest first; agents see their own",
        handler=get_decisions,
        parameters=(
            Parameter("case", "query", _TEXT, "Only decisions of this case."),
            Parameter(
                "before",
                "query",
                {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"},
                "`next` of the page before.",
            ),
            Parameter(
                "limit",
                "query",
                {"type": "integer", "minimum": 1, "maximum": 200},
                f"Length of a page; {_PAGE}.",
            ),
        ),
        answers={200: (DecisionPage,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="get_decision",
        method="GET",
        path="/v1/decisions/{decision_id}",
        summary="One decision, as the caller's role may see it",
        handler=get_decision,
        parameters=(_ID,),
        answers={200: (AgentView, SupervisorView, FullView)},
        problems=(401, 403, 404, 422),
    ),
    Operation(
        name="get_trace",
        method="GET",
        path="/v1/decisions/{decision_id}/trace",
        summary="The way to every amount: rows, formulas, sums, books",
        handler=get_trace,
        parameters=(_ID,),
        answers={200: (TraceShown,)},
        problems=(401, 403, 404, 422),
    ),
)
