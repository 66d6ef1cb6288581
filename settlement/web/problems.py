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
    Refused,
    SettlementError,
)
from settlement.rules.evaluate import EditionLatched
from settlement.strict_json import NotJson

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
    (Refused, 409, "refused", "Not allowed as things stand"),
    (EnginesDisagree, 503, "engines-disagree", "Nothing was decided: the rules engine is in doubt"),
)

MEDIA_TYPE = "application/problem+json"
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
        body["errors"] = [{"pointer": f.place, "detail": f.problem, "remedy": f.remedy} for f in faults]
    response = jsonify(body)
    response.status_code = status
    response.mimetype = MEDIA_TYPE
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_error(error: SettlementError) -> Response:
    """The problem for an error raised on purpose."""
    if isinstance(error, WrongForm):
        return problem(error.status, "wrong-form", "The request has the wrong form", str(error))
    if isinstance(error, EnginesDisagree):
        return _engine_problem(error)
    status, kind, title = next((s, k, t) for cls, s, k, t in _KINDS if isinstance(error, cls))
    faults = error.faults if isinstance(error, BadInput) else ()
    many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    detail = (
        f"{many}: see errors"
        if faults and not isinstance(error, NotJson)
        else str(error).partition("\n")[0].removeprefix(": ")
    )
    return problem(status, kind, title, detail, faults)


def _engine_problem(error: EnginesDisagree) -> Response:
    """Facts and rules stay in the log; the caller learns only that nothing was decided."""
    if isinstance(error, EditionLatched):
        log.error("refused, edition latched off: %s", error)
    else:
        alarm.critical("ALARM engines disagree, edition latched off: %s", error)
    title = next(t for cls, _, _, t in _KINDS if cls is EnginesDisagree)
    return problem(503, "engines-disagree", title, _STANDING_OFF)


def of_http(error: HTTPException) -> Response:
    """The problem for what the web framework refused by itself: no such route, no such method."""
    response = problem(error.code or 500, "http", error.name, error.description or error.name)
    if valid := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def of_bug(error: Exception) -> Response:
    """A mistake of ours: logged whole, told in short."""
    log.exception("unexpected error", exc_info=error)
    return problem(500, "bug", "A mistake of ours", "It was logged; nothing was recorded. Please report it.")
