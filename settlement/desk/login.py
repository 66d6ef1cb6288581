"""Logging in with a name and a password: slow hashes, the same work for everybody, lock-out.

The hash is computed between two transactions, never within one: it would hold up every other writer.
"""

import unicodedata
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from settlement.desk.tokens import create_token
from settlement.errors import BadInput, Fault
from settlement.roles import Actor
from settlement.store.audit import append
from settlement.store.database import Database
from settlement.store.people import Person, change_person, find_person
from settlement.store.tables import utc_text
from settlement.store.tokens import Token

SESSION = timedelta(hours=8)
FAILURES = 5
LOCKED = timedelta(minutes=15)
LEAST_LENGTH = 12
MOST_LENGTH = 1024

_slow = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # 19 MiB: RFC 9106, OWASP's least
_OF_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$Rs4WaQPSS1gfRX5bP5hbtQ$fnX9bhayVgj5DdakhAymk3DB4AbhuY5rx9xZbKXlXk0"
)
"""What an unknown name is checked against, so that it takes as long as a known one."""


def check_password(password: str, name: str) -> None:
    """Raises BadInput for a password that is too easy to guess."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        problem = f"has {len(password)} characters"
        remedy = f"take {LEAST_LENGTH} to {MOST_LENGTH} of any kind: a few words are good"
    elif _plain(password).casefold() == _plain(name).casefold():
        problem, remedy = "is the name", "take another"
    else:
        return
    raise BadInput([Fault("/password", problem, remedy)])


def hash_of_password(password: str) -> str:
    """The only form in which a password is kept: argon2id, with its salt and cost."""
    return _slow.hash(_plain(password))


def log_in(
    database: Database, *, name: str, password: str, secret: str, token_id: str, now: datetime
) -> tuple[Token, Actor] | None:
    """Let a secret stand for a person for a working day; None where name or password do not fit.

    None also for somebody disabled or locked out: a stranger learns nothing. Five failures in a row
    lock the name for a quarter of an hour.
    """
    with database.reading() as tx:
        known = find_person(tx, name)
    slow_hash = known.password_hash if known else None
    fits = _fits(password, slow_hash or _OF_NOBODY)
    if slow_hash is None:
        return None
    with database.transaction() as tx:
        person = find_person(tx, name)
        if person is None or person.password_hash != slow_hash or _may_not_try(person, now):
            return None
        if not fits:
            _count_failure(tx, person, now)
            return None
        change_person(tx, name, failed_logins=0, locked_until=None)
        actor = Actor(name, person.role)
        token = create_token(
            tx,
            name=name,
            role=person.role,
            secret=secret,
            token_id=token_id,
            by=actor,
            now=now,
            expires_at=now + SESSION,
        )
    return token, actor


def _plain(text: str) -> str:
    """The same text, however a keyboard composed its letters."""
    return unicodedata.normalize("NFC", text)


def _fits(password: str, slow_hash: str) -> bool:
    try:
        return _slow.verify(slow_hash, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _may_not_try(person: Person, now: datetime) -> bool:
    locked = person.locked_until is not None and now < person.locked_until
    return person.disabled_at is not None or locked


def _count_failure(tx: Connection, person: Person, now: datetime) -> None:
    failures = person.failed_logins + 1
    if failures < FAILURES:
        change_person(tx, person.name, failed_logins=failures)
        return
    until = now + LOCKED
    change_person(tx, person.name, failed_logins=0, locked_until=until)
    body = {"until": utc_text(until)}
    append(tx, at=now, actor="login", role="", event="user_locked", subject=person.name, body=body)
