"""People: who may act, in which role. Every change is audited, and nobody changes their own standing."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from settlement.audit import digest
from settlement.cases.lifecycle import PROGRAM
from settlement.desk.leaving import leave
from settlement.errors import BadInput, Fault, Refused
from settlement.ids import as_compared
from settlement.roles import Actor, Role
from settlement.store.audit import append
from settlement.store.people import Person, add_person, change_person, the_person
from settlement.store.tokens import end_token, list_tokens

RESERVED = frozenset({"local", "login", PROGRAM})
"""Names that records give to the command line and to the program itself."""


class OwnStanding(Refused):
    """Nobody changes their own role, or lets themselves in again."""


def check_name(name: str) -> None:
    """Raises BadInput for what cannot be somebody's name: records would not tell two people apart by it."""
    if not (name.strip() and len(name) <= 64 and name.isprintable()):
        problem, remedy = "is no name", "write 1 to 64 printable characters"
    elif name != " ".join(unicodedata.normalize("NFC", name).split()):
        problem, remedy = (
            "looks like another name",
            "write single spaces, none at the ends, and composed letters",
        )
    elif as_compared(name) in RESERVED:
        problem, remedy = f"{name!r} stands for the program itself", "write the name of a person"
    else:
        return
    raise BadInput([Fault("/name", problem, remedy)])


def create_person(tx: Connection, *, name: str, role: Role, by: Actor, now: datetime) -> Person:
    """Let somebody act in a role. Raises PersonExists, also for a look-alike, BadInput for no name."""
    check_name(name)
    user = Person(name=name, role=role, created_at=now, created_by=by.name)
    add_person(tx, user)
    _tell(tx, "user_created", name, {"role": str(role)}, by, now)
    return user


def set_role(
    tx: Connection, name: str, role: Role, *, by: Actor, now: datetime, hand_over_to: str | None = None
) -> None:
    """Put a person in another role; their tokens follow at once.

    What they cannot do in it goes to somebody else. Raises NotFound, OwnStanding, and as `leave`.
    """
    before = _somebody_else(tx, name, by)
    if before.role is not role:
        leave(tx, name, role, hand_over_to, by=by, now=now)
        change_person(tx, name, role=str(role))
        _tell(tx, "role_changed", name, {"before": str(before.role), "role": str(role)}, by, now)


def disable_person(
    tx: Connection, name: str, *, by: Actor, now: datetime, hand_over_to: str | None = None
) -> None:
    """Stop a person and all their tokens at once; what waits for them goes to somebody else.

    Raises NotFound, OwnStanding, and as `leave`.
    """
    if _somebody_else(tx, name, by).disabled_at is None:
        leave(tx, name, None, hand_over_to, by=by, now=now)
        change_person(tx, name, disabled_at=now)
        _tell(tx, "user_disabled", name, {}, by, now)


def enable_person(tx: Connection, name: str, *, by: Actor, now: datetime) -> None:
    """Let a person act again, also one who was locked out. Raises NotFound, OwnStanding."""
    user = _somebody_else(tx, name, by)
    change_person(tx, name, failed_logins=0, locked_until=None)
    if user.disabled_at is not None:
        change_person(tx, name, disabled_at=None)
        _tell(tx, "user_enabled", name, {}, by, now)


def set_password(tx: Connection, name: str, password_hash: str, *, by: Actor, now: datetime) -> None:
    """Give a person a password, of which only the slow hash is known; who was locked out may try again.

    Tokens that end, as a login gives them, end now: somebody else may have known the old password.
    Raises NotFound.
    """
    the_person(tx, name)
    change_person(tx, name, password_hash=password_hash, failed_logins=0, locked_until=None)
    _tell(tx, "password_set", name, {"digest": digest(password_hash)}, by, now)
    for token in list_tokens(tx, name):
        if token.revoked_at is None and token.expires_at is not None and token.expires_at > now:
            end_token(tx, token.id, now)
            _tell(tx, "token_revoked", token.id, {}, by, now)


def _somebody_else(tx: Connection, name: str, by: Actor) -> Person:
    user = the_person(tx, name)
    if user.name == by.name:
        raise OwnStanding("nobody changes their own standing: ask another admin")
    return user


def _tell(
    tx: Connection, event: str, subject: str, body: Mapping[str, object], by: Actor, now: datetime
) -> None:
    append(tx, at=now, actor=by.name, role=by.role, event=event, subject=subject, body=body)
