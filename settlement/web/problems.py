"""Errors as RFC 9457 problems: the class of an error decides the status, every fault has its pointer."""

import logging
import tomllib
from functools import cache
from pathlib import Path
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
from settlement.web.languages import read_language
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


_KINDS: tuple[tuple[type[SettlementError], int, str], ...] = (
    (NotJson, 400, "not-json"),
    (BadInput, 422, "bad-input"),
    (Unauthenticated, 401, "unauthenticated"),
    (NotAuthorised, 403, "not-authorised"),
    (NotFound, 404, "not-found"),
    (CannotDecide, 409, "cannot-decide"),
    (StaleCase, 412, "stale"),
    (Refused, 409, "refused"),
    (EnginesDisagree, 503, "engines-disagree"),
    (Unavailable, 503, "unavailable"),
    (OutcomeUnknown, 503, "outcome-unknown"),
    (SpoiltRecord, 500, "spoilt-record"),
)


@cache
def _titles() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "problems.toml").read_text("utf-8"))


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


def problem(
    status: int, kind: str, detail: str, faults: tuple[Fault, ...] = (), *, name: str | None = None
) -> Response:
    """One problem, its title in the reader's language and the rest in English.

    A fault's `pointer` is one into the body (RFC 6901), or names a header or a parameter. `name` is
    what the web framework calls a problem of its own.
    """
    title = _titles()[kind] if name is None else _titles()["http"].get(str(status))
    language = read_language() if title else "en"
    body: dict[str, Any] = {
        "type": f"urn:settlement:{kind}",
        "title": title[language] if title else name,
        "status": status,
        "detail": detail,
    }
    if faults:
        listed = faults[:MOST_LISTED]
        body["errors"] = [{"pointer": f.place, "detail": f.problem, "remedy": f.remedy} for f in listed]
    response = jsonify(body)
    response.status_code = status
    response.mimetype = MEDIA_TYPE
    response.headers["Content-Language"] = "en" if language == "en" else f"{language}, en"
    response.headers["Vary"] = "Accept-Language, Authorization"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_error(error: SettlementError) -> Response:
    """The problem for an error raised on purpose."""
    if isinstance(error, WrongForm):
        return problem(error.status, "wrong-form", str(error))
    if isinstance(error, TooMany):
        response = problem(429, "too-many", str(error))
        response.headers["Retry-After"] = str(error.wait_s)
        return response
    if isinstance(error, EnginesDisagree):
        return _engine_problem(error)
    if isinstance(error, Unavailable | OutcomeUnknown):
        return _database_problem(error)
    found = next((kind for kind in _KINDS if isinstance(error, kind[0])), None)
    if found is None:
        return of_bug(error)
    _, status, kind = found
    if isinstance(error, CannotDecide | SpoiltRecord):
        log.warning("refused: %s", error.__cause__ or error)
    faults = error.faults if isinstance(error, BadInput) else ()
    detail = str(error).partition("\n")[0].removeprefix(": ")
    if faults and not isinstance(error, NotJson):
        detail = _counted(len(faults))
    return problem(status, kind, detail, faults)


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
    return problem(503, "engines-disagree", _STANDING_OFF)


def _database_problem(error: Unavailable | OutcomeUnknown) -> Response:
    """What the driver says stays in the log; the caller learns whether it is safe to send again."""
    log.error("database away: %s", error.__cause__ or error)
    _, status, kind = next(kind for kind in _KINDS if isinstance(error, kind[0]))
    response = problem(status, kind, str(error))
    response.headers["Retry-After"] = "5"
    return response


def of_http(error: HTTPException) -> Response:
    """The problem for what the web framework refused by itself: no such route, no such method."""
    status = error.code or 500
    detail = _WHAT_TO_DO.get(status) or error.description or error.name
    response = problem(status, "http", detail, name=error.name)
    if valid := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def of_bug(error: Exception) -> Response:
    """A mistake of ours: logged whole, told in short."""
    log.exception("unexpected error", exc_info=error)
    return problem(500, "bug", "It was logged; nothing was recorded. Please report it.")
