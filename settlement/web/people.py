"""Logging in and out, and who one is."""

import secrets
from datetime import UTC, datetime

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from settlement.complaint import validated
from settlement.decision.answer import Part
from settlement.desk.login import MOST_LENGTH, log_in
from settlement.desk.tokens import revoke_token
from settlement.errors import Refused
from settlement.permissions import PERMISSIONS, Reach, reach
from settlement.roles import Role
from settlement.strict_json import read_json
from settlement.web.operations import Operation, answer
from settlement.web.problems import Unauthenticated
from settlement.web.requests import Caller, read_body, read_query, service

_WRONG = (
    "the name or the password is wrong, or too many tries have locked the name for a quarter of an hour; "
    "an admin helps with: settlement user enable, settlement user set-password"
)


class LoginIn(BaseModel):
    """A name and its password."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=MOST_LENGTH, repr=False)


class Session(Part):
    """A bearer token that ends; `POST /v1/logout` ends it before."""

    token: str
    expires_at: datetime
    name: str
    role: Role


class Myself(Part):
    """Who the token stands for; `may` says how far each permission goes: to one's `own`, or to `all`."""

    name: str
    role: Role
    may: dict[str, Reach]


def post_login() -> Response:
    """A token for whoever knows the password of a name. 401 does not tell why."""
    read_query()
    raw = read_body()
    read_json(raw)
    body = validated(LoginIn, raw)
    service().address_meter.count(str(request.remote_addr))
    service().login_meter.count(f"{request.remote_addr} {body.name}")
    secret = secrets.token_urlsafe(32)
    found = log_in(
        service().database,
        name=body.name,
        password=body.password,
        secret=secret,
        token_id=f"t-{secrets.token_hex(8)}",
        now=datetime.now(UTC),
    )
    if found is None:
        raise Unauthenticated(_WRONG)
    token, actor = found
    assert token.expires_at is not None, "what a login gives ends"
    return answer(Session(token=secret, expires_at=token.expires_at, name=actor.name, role=actor.role), 201)


def post_logout(caller: Caller) -> Response:
    """The token that is sent stands for nobody any more."""
    read_query()
    if caller.is_demo:
        raise Refused("a token of the demonstration ends with its process")
    with service().database.transaction() as tx:
        revoke_token(tx, caller.token, by=caller.actor, now=datetime.now(UTC))
    return Response(status=204)


def get_me(caller: Caller) -> Response:
    """Name, role, and what the role may do."""
    read_query()
    may = {name: found for name in PERMISSIONS if (found := reach(caller.actor.role, name))}
    return answer(Myself(name=caller.actor.name, role=caller.actor.role, may=may))


OPERATIONS = (
    Operation(
        name="post_login",
        method="POST",
        path="/v1/login",
        summary="Log in with a name and a password; the token ends after eight hours",
        handler=post_login,
        body=LoginIn,
        answers={201: (Session,)},
        problems=(400, 401, 413, 415, 422, 429, 503),
    ),
    Operation(
        name="post_logout",
        method="POST",
        path="/v1/logout",
        summary="Log out: the token that is sent ends now",
        handler=post_logout,
        answers={204: ()},
        problems=(401, 409, 422),
    ),
    Operation(
        name="get_me",
        method="GET",
        path="/v1/me",
        summary="Who the token stands for, and what they may do",
        handler=get_me,
        answers={200: (Myself,)},
        problems=(401, 422),
    ),
)
