"""Opening cases and reading them: a page of them, one, its history."""

from typing import Any

from flask import Response

from settlement.cases.history import HistoryForApprovers, HistoryPage, WholeHistory
from settlement.cases.lifecycle import State
from settlement.cases.views import CaseInShort, CaseMoved, CasePage, CaseView, FullCaseView
from settlement.complaint import CaseKind, Complaint, Identifier
from settlement.desk.case_file import read_case
from settlement.desk.case_pages import case_moved, case_view, history_of
from settlement.desk.cases import open_case as open_for
from settlement.desk.sitting import Sitting
from settlement.permissions import Reach, reach
from settlement.store.cases import CaseRow, list_cases
from settlement.web.acting import (
    CASE_ID,
    Done,
    LongText,
    RequestPart,
    act,
    case_after,
    etag,
    faults_under,
    read_model,
    shown,
)
from settlement.web.operations import Operation, Parameter, answer
from settlement.web.possible import route_for
from settlement.web.requests import (
    Caller,
    as_limit,
    as_one_of,
    as_position,
    as_text,
    read_language,
    read_query,
    service,
)
from settlement.web.suggestions import IDEMPOTENCY_KEY

_PAGE = 50


class CaseIn(RequestPart):
    """A complaint that comes in, through whichever channel; who sends it owns the case.

    said       what the customer said or wrote, in their words
    linked_to  the case that this one goes on from
    """

    complaint: Complaint
    said: LongText | None = None
    linked_to: Identifier | None = None


def open_case(caller: Caller) -> Response:
    """Open a case. 201 with where it stands; 422 lists every fault."""
    body = read_model(CaseIn)

    def make(sitting: Sitting) -> Done:
        with faults_under("/complaint"):
            case = open_for(sitting, body.complaint, said=body.said, linked_to=body.linked_to)
        return Done.to(case)

    done = act(caller, body, make)
    response = shown(caller, done, moved, 201)
    response.headers["Location"] = f"/v1/cases/{done.case}"
    return response


def moved(sitting: Sitting, done: Done) -> CaseMoved:
    """Where a case stood right after a change."""
    return case_moved(sitting, case_after(sitting, done), read_language(), route_for(done.case))


def get_cases(caller: Caller) -> Response:
    """A page of cases; agents see their own and those that they are asked to take over."""
    query = read_query(**_FILTERS, before=as_text, limit=as_limit)
    own = reach(caller.actor.role, "get_cases") is Reach.OWN
    filters = {name: query[name] for name in _FILTERS if query[name] is not None}
    with service().database.reading() as tx:
        rows, following = list_cases(
            tx,
            filters=filters,
            person=caller.actor.name if own else None,
            before=query["before"],
            limit=query["limit"] or _PAGE,
        )
    return answer(CasePage(cases=tuple(_in_short(row) for row in rows), next=following))


def _in_short(row: CaseRow) -> CaseInShort:
    names = [name for name in CaseInShort.model_fields if name not in ("case", "state")]
    return CaseInShort(case=row.id, state=State(row.state), **{name: getattr(row, name) for name in names})


def get_case(caller: Caller, case_id: str) -> Response:
    """One case as the caller's role may see it, with its ETag."""
    read_query()
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        view = case_view(
            sitting, read_case(sitting, case_id, "get_case"), read_language(), route_for(case_id)
        )
    response = answer(view)
    response.headers["ETag"] = etag(view.version)
    return response


def get_case_events(caller: Caller, case_id: str) -> Response:
    """What happened in a case, oldest first."""
    query = read_query(after=as_position, limit=as_limit)
    with service().database.reading() as tx:
        sitting = Sitting.begin(tx, service().books, caller.actor)
        case = read_case(sitting, case_id, "get_case_events")
        page = history_of(
            sitting, case, read_language(), after=query["after"] or 0, limit=query["limit"] or _PAGE
        )
    response = answer(_without_blanks(page))
    response.headers["ETag"] = etag(case.version)
    return response


def _without_blanks(page: HistoryPage | HistoryForApprovers | WholeHistory) -> dict[str, Any]:
    """A page in which no event says what it does not tell of."""
    written = page.model_dump(mode="json")
    if not isinstance(page, WholeHistory):
        for event, kept in zip(written["events"], page.events, strict=True):
            event["told"] = {name: event["told"][name] for name in kept.told.model_fields_set}
    return written


_FILTERS = {
    "state": as_one_of(*State),
    "owner": as_text,
    "kind": as_one_of(*CaseKind),
    "priority": as_one_of("high", "normal"),
    "policy": as_text,
}
TEXT = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00-\x1f\x7f]*$"}
BEFORE = Parameter(
    "before", "query", {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}, "`next` of the page before."
)
LIMIT = Parameter(
    "limit", "query", {"type": "integer", "minimum": 1, "maximum": 200}, f"Length of a page; {_PAGE}."
)


def one_of(*values: str) -> dict[str, Any]:
    """The schema of a parameter that is one of some words."""
    return {"type": "string", "enum": [str(value) for value in values]}


OPERATIONS = (
    Operation(
        name="open_case",
        method="POST",
        path="/v1/cases",
        summary="Open a case: a complaint, a consultation or a suggestion, through whichever channel",
        handler=open_case,
        body=CaseIn,
        parameters=(IDEMPOTENCY_KEY,),
        answers={201: (CaseMoved,)},
        sends=("ETag", "Location"),
        problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
    ),
    Operation(
        name="get_cases",
        method="GET",
        path="/v1/cases",
        summary="Cases, newest first; agents see their own and those that they are asked to take over",
        handler=get_cases,
        parameters=(
            Parameter("state", "query", one_of(*State), "Only cases that stand there."),
            Parameter("owner", "query", TEXT, "Only cases of this person."),
            Parameter("kind", "query", one_of(*CaseKind), "Only cases of this kind."),
            Parameter("priority", "query", one_of("high", "normal"), "Only cases of this priority."),
            Parameter("policy", "query", TEXT, "Only cases under this policy."),
            BEFORE,
            LIMIT,
        ),
        answers={200: (CasePage,)},
        problems=(401, 403, 422),
    ),
    Operation(
        name="get_case",
        method="GET",
        path="/v1/cases/{case_id}",
        summary="One case: where it stands, what is known, what runs, what was promised and asked for",
        handler=get_case,
        parameters=(CASE_ID,),
        answers={200: (CaseView, FullCaseView)},
        sends=("ETag",),
        problems=(401, 403, 404, 422),
    ),
    Operation(
        name="get_case_events",
        method="GET",
        path="/v1/cases/{case_id}/events",
        summary="What happened in a case, oldest first",
        handler=get_case_events,
        parameters=(
            CASE_ID,
            Parameter(
                "after",
                "query",
                {"type": "integer", "minimum": 0, "maximum": 10**9},
                "`next` of the page before.",
            ),
            LIMIT,
        ),
        answers={200: (HistoryPage, HistoryForApprovers, WholeHistory)},
        sends=("ETag",),
        problems=(401, 403, 404, 422),
    ),
)
