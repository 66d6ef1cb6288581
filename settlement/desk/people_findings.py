"""What the log tells of people and tokens, against what is stored: nobody becomes somebody else unseen."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, digest
from settlement.ids import as_compared
from settlement.store.people import stored_people
from settlement.store.tokens import stored_tokens

State = dict[str, Any]
Told = dict[str, tuple[int, State]]
"""By subject: its last entry, and how it stands after it."""

_PEOPLE: Mapping[str, Callable[[State], State]] = {
    "user_created": lambda body: {
        "role": body["role"],
        "disabled": False,
        "password": None,
        "compared": True,
    },
    "role_changed": lambda body: {"role": body["role"]},
    "user_disabled": lambda _: {"disabled": True},
    "user_enabled": lambda _: {"disabled": False},
    "password_set": lambda body: {"password": body["digest"]},
}
_TOKENS: Mapping[str, Callable[[State], State]] = {
    "token_created": lambda body: {
        "name": body["name"],
        "secret_hash": body["secret_hash"],
        "expires_at": body.get("expires_at"),
        "revoked": False,
    },
    "token_revoked": lambda _: {"revoked": True},
}


def people_findings(tx: Connection, entries: Iterable[Entry]) -> Iterator[Finding]:
    """Every person and every token that is not as the log left it.

    Who a token stands for, and in which role, is as good as a signature.
    """
    people: Told = {}
    tokens: Told = {}
    for entry in entries:
        if entry.event in _TOKENS:
            _follow(tokens, entry.subject, entry.seq, _TOKENS[entry.event], _body(entry))
        if entry.event in _PEOPLE:
            _follow(people, entry.subject, entry.seq, _PEOPLE[entry.event], _body(entry))
        elif entry.event == "token_created" and "role" in _body(entry):  # before there were users
            body = _body(entry)
            _follow(people, str(body.get("name")), entry.seq, _PEOPLE["user_created"], body)
    stored = {user["name"]: _as_told_of_person(user) for user in stored_people(tx)}
    yield from _differences("user", people, stored)
    stored = {token["id"]: _as_told_of_token(token) for token in stored_tokens(tx)}
    yield from _differences("token", tokens, stored)


def _follow(told: Told, subject: str, seq: int, meaning: Callable[[State], State], body: State) -> None:
    _, before = told.get(subject, (seq, {}))
    try:
        told[subject] = seq, before | meaning(body)
    except KeyError:
        told[subject] = seq, before  # a spoilt entry: the chain tells


def _body(entry: Entry) -> State:
    try:
        body = json.loads(entry.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _as_told_of_person(user: Mapping[str, str | None]) -> State:
    password = user["password_hash"]
    return {
        "role": user["role"],
        "compared": user["compared"] == as_compared(str(user["name"])),
        "disabled": user["disabled_at"] is not None,
        "password": None if password is None else digest(password),
    }


def _as_told_of_token(token: Mapping[str, str | None]) -> State:
    named = {name: token[name] for name in ("name", "secret_hash", "expires_at")}
    return named | {"revoked": token["revoked_at"] is not None}


def _differences(kind: str, told: Told, stored: Mapping[str | None, State]) -> Iterator[Finding]:
    last = max((seq for seq, _ in told.values()), default=0)
    for subject, state in stored.items():
        if subject not in told:
            yield Finding(last, f"{kind} {subject} has no entry in the log")
        elif wrong := sorted(name for name in state if state[name] != told[subject][1].get(name)):
            yield Finding(told[subject][0], f"{kind} {subject} was changed from outside: {', '.join(wrong)}")
    for subject, (seq, _) in told.items():
        if subject not in stored:
            yield Finding(seq, f"{kind} {subject} was removed")
