"""One entry a route: what goes in and out; read by Flask, OpenAPI and the documentation.

Who may is in settlement/permissions.py, by the name of the operation.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g
from pydantic import BaseModel

from settlement.permissions import OPEN, PERMISSIONS, need
from settlement.web.requests import Caller, read_caller, read_language, service

Handler = Callable[..., Response]
Answers = tuple[type[BaseModel], ...] | str
"""JSON of one of these models, none for an empty answer; or text of a media type."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a route, in `path`, `query` or `header`, with its JSON schema."""

    name: str
    place: str
    schema: Mapping[str, Any]
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """A route; its name has a row in PERMISSIONS or stands in OPEN.

    also      media types of text in which a 200 comes as well
    sends     headers of the answer that the caller needs: ETag, and Location with a 201
    examples  bodies by name, where a body is one of several
    """

    name: str
    method: str
    path: str
    summary: str
    handler: Handler
    answers: Mapping[int, Answers]
    problems: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    also: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)


def mount(app: Flask, operations: tuple[Operation, ...]) -> None:
    """Put every operation on its route."""
    for operation in operations:
        rule = operation.path.replace("{", "<").replace("}", ">")
        view = _view(operation)
        app.add_url_rule(rule, operation.name, view, methods=[operation.method], strict_slashes=True)


def _view(operation: Operation) -> Handler:
    def view(**path: str) -> Response:
        if operation.name in OPEN:
            return operation.handler(**path)
        return operation.handler(caller=_caller(operation.name), **path)

    assert operation.name in OPEN or operation.name in PERMISSIONS, f"{operation.name} has no permissions"
    return view


def _caller(name: str) -> Caller:
    with service().database.reading() as tx:
        caller = read_caller(tx)
    service().meter.count(caller.token)
    need(caller.actor.role, name)
    g.caller = caller  # a refusal says what this person can do instead
    return caller


def answer(body: BaseModel | Mapping[str, Any], status: int = 200) -> Response:
    """JSON in the reader's language."""
    text = (
        body.model_dump_json(by_alias=True)
        if isinstance(body, BaseModel)
        else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    )
    response = Response(text + "\n", status, mimetype="application/json")
    response.headers["Content-Language"] = read_language()
    response.headers["Vary"] = "Accept-Language, Authorization"
    return response
