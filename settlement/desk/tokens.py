"""Bearer tokens: whom a secret stands for, and until when."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from settlement.desk.people import create_person
from settlement.errors import NotFound, Refused
from settlement.roles import Actor, Role
from settlement.store.audit import append
from settlement.store.people import find_person
from settlement.store.tables import utc_text
from settlement.store.tokens import Token, add_token, end_token, find_token, holder_of


class OtherRole(Refused):
    """The person has another role: nobody has two at a time."""


def hash_of(secret: str) -> str:
    """The only form in which a secret is kept. Secrets carry 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create_token(
    tx: Connection,
    *,
    name: str,
    role: Role,
    secret: str,
    token_id: str,
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> Token:
    """Let a secret stand for a person, who becomes a user if new; the secret itself is never kept.

    Raises OtherRole for a person in another role, Refused for one who is disabled, BadInput for no name.
    """
    user = find_person(tx, name) or create_person(tx, name=name, role=role, by=by, now=now)
    if user.role is not role:
        raise OtherRole(
            f"{name} is {user.role}, not {role}: write that role, or first run: settlement user set-role"
        )
    if user.disabled_at is not None:
        raise Refused(f"{name} is disabled: first run: settlement user enable")
    token = Token(id=token_id, name=name, created_at=now, expires_at=expires_at)
    add_token(tx, token, secret_hash=hash_of(secret))
    body = {
        "name": name,
        "secret_hash": hash_of(secret),
        "expires_at": None if expires_at is None else utc_text(expires_at),
    }
    append(tx, at=now, actor=by.name, role=by.role, event="token_created", subject=token_id, body=body)
    return token


def token_for(tx: Connection, secret: str, now: datetime) -> tuple[str, Actor] | None:
    """The id of the token and whom it stands for now; None if nobody."""
    return holder_of(tx, hash_of(secret), now)


def revoke_token(tx: Connection, token_id: str, *, by: Actor, now: datetime) -> None:
    """Let a token stand for nobody from now on; again changes nothing. Raises NotFound."""
    token = find_token(tx, token_id)
    if token is None:
        raise NotFound(f"no token {token_id!r}; settlement token list names them")
    if token.revoked_at is None:
        end_token(tx, token_id, now)
        append(tx, at=now, actor=by.name, role=by.role, event="token_revoked", subject=token_id, body={})
