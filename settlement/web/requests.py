"""Reading a request: who asks, in which language, with which body and parameters. Strict everywhere."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app, request
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from settlement.complaint import Moment
from settlement.desk.sitting import Sitting
from settlement.desk.tokens import hash_of, token_for
from settlement.errors import BadInput, Fault, Refused
from settlement.roles import Actor
from settlement.rules.library import Books
from settlement.store.database import Database
from settlement.strict_json import MOST_BYTES
from settlement.web.languages import read_language as read_language  # with all else that is read
from settlement.web.meters import Counts, Meter
from settlement.web.problems import Unauthenticated, WrongForm

_KEY = re.compile("[!-~]{1,255}", re.ASCII)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,64}")  # as an identifier in a request


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes work with: the database, the books, tokens for a demonstration, and what is counted."""

    database: Database
    books: Books
    demo_actors: Mapping[str, Actor]
    meter: Meter
    login_meter: Meter
    address_meter: Meter
    counts: Counts


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the id of the token, which Idempotency-Key goes by."""

    actor: Actor
    token: str
    is_demo: bool = False


def service() -> Service:
    found = current_app.extensions["settlement"]
    assert isinstance(found, Service)
    return found


def read_caller(tx: Connection) -> Caller:
    """Whom the bearer token stands for. Raises Unauthenticated."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated("send a header: Authorization: Bearer TOKEN")
    if demo := service().demo_actors.get(secret):
        return Caller(demo, f"demo:{hash_of(secret)[:16]}", is_demo=True)
    found = token_for(tx, secret, datetime.now(UTC))
    if found is None:
        raise Unauthenticated(
            "this token stands for nobody, or has ended: log in, or make one with: settlement token create"
        )
    token_id, actor = found
    return Caller(actor, token_id)


@contextmanager
def writing(caller: Caller) -> Iterator[Sitting]:
    """The one transaction of a change, in which whoever asks may still act.

    Raises Unauthenticated for somebody who was stopped since, Refused for somebody whose role is another.
    """
    with service().database.transaction() as tx:
        if read_caller(tx) != caller:
            raise Refused("your role was changed while you asked: see what you may do, then send it again")
        yield Sitting.begin(tx, service().books, caller.actor)


def read_body() -> bytes:
    """The body, if it is JSON and of a bearable size. Raises WrongForm."""
    if request.mimetype != "application/json":
        raise WrongForm(415, "send a body with Content-Type: application/json")
    raw = request.get_data()
    if len(raw) > MOST_BYTES:
        raise WrongForm(413, f"the body is too large: at most {MOST_BYTES} bytes")
    return raw


def read_key() -> str | None:
    """The Idempotency-Key. Raises BadInput for one that is empty, too long or not plain."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadInput(
            [
                Fault(
                    "header Idempotency-Key",
                    "is empty, too long or not plain",
                    "send 1 to 255 ASCII characters without spaces",
                )
            ]
        )
    return key


def read_query(**readers: Any) -> dict[str, Any]:
    """Query parameters, each by its reader: text to value, or ValueError with what to write.

    One that is absent is None. Raises BadInput, also for one that is unknown or given twice.
    """
    faults, values = [], dict.fromkeys(readers)
    for name, given in _given_in_query():
        if name not in readers:
            known = ", ".join(readers) or "none"
            faults.append(Fault(f"query {name}", "is not a parameter of this route", f"it takes {known}"))
        elif len(given) > 1:
            faults.append(Fault(f"query {name}", "is given more than once", "give it once"))
        else:
            try:
                values[name] = readers[name](given[0])
            except ValueError as wrong:
                faults.append(Fault(f"query {name}", f"{given[0]!r} cannot be read", str(wrong)))
    if faults:
        raise BadInput(faults)
    return values


def _given_in_query() -> Iterator[tuple[str, list[str]]]:
    try:
        yield from request.args.lists()
    except UnicodeDecodeError:
        raise BadInput([Fault("query", "is not UTF-8", "escape what is not ASCII, as %E4%B8%AD")]) from None


def as_date(text: str) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        day = None
    if day is None or not 1800 <= day.year <= 2199:
        raise ValueError("write a date like 2026-01-31")
    return day


def as_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= 200):
        raise ValueError("write a whole number from 1 to 200")
    return int(text)


def as_text(text: str) -> str:
    if not _TEXT.fullmatch(text):
        raise ValueError("write 1 to 64 characters, none of them a control character")
    return text


def as_moment(text: str) -> datetime:
    """A moment with its time zone; the same that requests may hold."""
    try:
        return _MOMENT.validate_python(text)
    except ValidationError:
        raise ValueError("write a moment with its time zone, like 2026-01-31T02:15:00Z") from None


def as_position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= 10**9):
        raise ValueError("write a whole number, 0 or more")
    return int(text)


def as_one_of(*values: str) -> Callable[[str], str]:
    """A reader that takes some words only."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"write one of {', '.join(values)}")
        return text

    return read
