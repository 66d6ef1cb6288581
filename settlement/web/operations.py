"""One entry a route: who may, what goes in and out; read by Flask, OpenAPI and the documentation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response
from pydantic import BaseModel

from settlement.roles import LEVELS, Role
from settlement.web.requests import Caller, read_caller, read_language, require, service

Handler = Callable[..., Response]

ASKERS = frozenset(LEVELS)
CHECKERS = frozenset({Role.FINANCE, Role.AUDITOR})
READERS = ASKERS | CHECKERS
EVERYBODY = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a route, in `path`, `query` or `header`, with its JSON schema."""

    name: str
    place: str
    schema: Mapping[str, Any]
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A route. `roles` None lets anybody in without a token."""

    name: str
    method: str
    path: str
    summary: str
    handler: Handler
    roles: frozenset[Role] | None
    answers: Mapping[int, tuple[type[BaseModel], ...]]
    problems: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None


def mount(app: Flask, operations: tuple[Operation, ...]) -> None:
    """Put every operation on its route."""
    for operation in operations:
        rule = operation.path.replace("{", "<").replace("}", ">")
        view = _view(operation)
        app.add_url_rule(rule, operation.name, view, methods=[operation.method], strict_slashes=True)


def _view(operation: Operation) -> Handler:
    def view(**path: str) -> Response:
        if operation.roles is None:
            return operation.handler(**path)
        return operation.handler(caller=_caller(operation.roles), **path)

    return view


def _caller(roles: frozenset[Role]) -> Caller:
    with service().database.reading() as tx:
        caller = read_caller(tx)
    require(caller, roles)
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
