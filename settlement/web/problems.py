"""Errors as RFC 9457 problems: the class of an error decides the status, every fault has its pointer."""

import logging
from typing import Any

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException

from settlement.errors import (
    BadInput,
    CannotDecide,
    EnginesDisagree,
    Fault,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    Refused,
    SettlementError,
    Unavailable,
)
from settlement.rules.evaluate import EditionLatched
from settlement.store.cases import StaleCase
from settlement.store.decisions import SpoiltRecord
from settlement.strict_json import MOST_BYTES, NotJson
from settlement.web.meters import TooMany

log = logging.getLogger("settlement")
alarm = logging.getLogger("settlement.alarm")


class Unauthenticated(SettlementError):
    """No bearer token, or one that stands for nobody."""


class WrongForm(SettlementError):
    """A request that this route does not take in this form."""

    def __init__(self, status: int, problem: str) -> None:
        self.status = status
        super().__init__(problem)


_KINDS: tuple[tuple[type[SettlementError], int, str, str], ...] = (
    (NotJson, 400, "not-json", "The body is not one plain JSON value"),
    (BadInput, 422, "bad-input", "The request has faults"),
    (Unauthenticated, 401, "unauthenticated", "Who is asking?"),
    (NotAuthorised, 403, "not-authorised", "Not allowed for this role"),
    (NotFound, 404, "not-found", "Not found"),
    (CannotDecide, 409, "cannot-decide", "The rules give no answer: a person takes the case"),
    (StaleCase, 412, "stale", "The case has moved on since it was read"),
    (Refused, 409, "refused", "Not allowed as things stand"),
    (EnginesDisagree, 503, "engines-disagree", "Nothing was decided: the rules engine is in doubt"),
    (Unavailable, 503, "unavailable", "The database cannot be reached, or not in time"),
    (OutcomeUnknown, 503, "outcome-unknown", "The database was lost at the last moment"),
    (SpoiltRecord, 500, "spoilt-record", "A stored record was changed from outside: run audit verify"),
)

_WHAT_TO_DO = {
    404: "There is no such route. GET /openapi.json and /docs list those there are.",
    405: "This route does not take this method. The header Allow names those it takes.",
    413: f"The body is too large: at most {MOST_BYTES} bytes.",
}
MEDIA_TYPE = "application/problem+json"
MOST_LISTED = 500
"""A body of one faulty name after another must not make an answer many times its size."""
_STANDING_OFF = (
    "This edition of the rules was switched off in this process. Tell operations; a person takes the case."
)


def problem(status: int, kind: str, title: str, detail: str, faults: tuple[Fault, ...] = ()) -> Response:
    """One problem. A fault's `pointer` is one into the body (RFC 6901), or names a header or a parameter."""
    body: dict[str, Any] = {
        "type": f"urn:settlement:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if faults:
        listed = faults[:MOST_LISTED]
        body["errors"] = [{"pointer": f.place, "detail": f.problem, "remedy": f.remedy} for f in listed]
    response = jsonify(body)
    response.status_code = status
    response.mimetype = MEDIA_TYPE
    response.headers["Content-Language"] = "en"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_error(error: SettlementError) -> Response:
    """The problem for an error raised on purpose."""
    if isinstance(error, WrongForm):
        return problem(error.status, "wrong-form", "The request has the wrong form", str(error))
    if isinstance(error, TooMany):
        response = problem(429, "too-many", "Too many requests", str(error))
        response.headers["Retry-After"] = str(error.wait_s)
        return response
    if isinstance(error, EnginesDisagree):
        return _engine_problem(error)
    if isinstance(error, Unavailable | OutcomeUnknown):
        return _database_problem(error)
    found = next((kind for kind in _KINDS if isinstance(error, kind[0])), None)
    if found is None:
        return of_bug(error)
    _, status, kind, title = found
    if isinstance(error, CannotDecide | SpoiltRecord):
        log.warning("refused: %s", error.__cause__ or error)
    faults = error.faults if isinstance(error, BadInput) else ()
    detail = str(error).partition("\n")[0].removeprefix(": ")
    if faults and not isinstance(error, NotJson):
        detail = _counted(len(faults))
    return problem(status, kind, title, detail, faults)


def _counted(faults: int) -> str:
    if faults > MOST_LISTED:
        return f"{faults} faults: the first {MOST_LISTED} are in errors"
    return "1 fault: see errors" if faults == 1 else f"{faults} faults: see errors"


def _engine_problem(error: EnginesDisagree) -> Response:
    """Facts and rules stay in the log; the caller learns only that nothing was decided."""
    if isinstance(error, EditionLatched):
        log.error("refused, edition latched off: %s", error)
    else:
        alarm.critical("ALARM engines disagree, edition latched off: %s", error)
    title = next(t for cls, _, _, t in _KINDS if cls is EnginesDisagree)
    return problem(503, "engines-disagree", title, _STANDING_OFF)


def _database_problem(error: Unavailable | OutcomeUnknown) -> Response:
    """What the driver says stays in the log; the caller learns whether it is safe to send again."""
    log.error("database away: %s", error.__cause__ or error)
    _, status, kind, title = next(kind for kind in _KINDS if isinstance(error, kind[0]))
    response = problem(status, kind, title, str(error))
    response.headers["Retry-After"] = "5"
    return response


def of_http(error: HTTPException) -> Response:
    """The problem for what the web framework refused by itself: no such route, no such method."""
    status = error.code or 500
    detail = _WHAT_TO_DO.get(status) or error.description or error.name
    response = problem(status, "http", error.name, detail)
    if valid := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def of_bug(error: Exception) -> Response:
    """A mistake of ours: logged whole, told in short."""
    log.exception("unexpected error", exc_info=error)
    return problem(500, "bug", "A mistake of ours", "It was logged; nothing was recorded. Please report it.")
