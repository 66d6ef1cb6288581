"""Bearer tokens: whom a secret stands for."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection

from settlement.roles import Actor, Role
from settlement.store.audit import append
from settlement.store.tokens import Token, add_token, find_token


def hash_of(secret: str) -> str:
    """The only form in which a secret is kept. Secrets carry 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create_token(
    tx: Connection, *, name: str, role: Role, secret: str, token_id: str, by: Actor, now: datetime
) -> Token:
    """Let a secret stand for a person in a role; the secret itself is shown once and never kept."""
    token = Token(id=token_id, name=name, role=role, created_at=now)
    add_token(tx, token, secret_hash=hash_of(secret))
    body = {"name": name, "role": str(role), "secret_hash": hash_of(secret)}
    append(tx, at=now, actor=by.name, role=by.role, event="token_created", subject=token_id, body=body)
    return token


def token_for(tx: Connection, secret: str) -> Token | None:
    """Whom a secret stands for; None if nobody."""
    return find_token(tx, hash_of(secret))
