"""Whether the records of cases are as the log says: every event, and where each case stands."""

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, digest
from settlement.cases.lifecycle import fold
from settlement.errors import SettlementError
from settlement.store.audit import entries_by_subject
from settlement.store.cases import find_history, standing_differs, stored_events

Key = TypeVar("Key")
_Key = tuple[str, object]
_PREFIX = "case_"


def case_findings(tx: Connection) -> Iterator[Finding]:
    """Every event of a case against its entry, then the case against its events."""
    log, passed, last = entries_by_subject(tx, _PREFIX), dict[_Key, Entry](), 0
    case_id, first = None, 0
    for event in stored_events(tx):
        entry = entry_of((event["case_id"], event["position"]), log, passed, _key)
        last = entry.seq if entry else last
        if event["case_id"] != case_id:
            yield from _standing_findings(tx, case_id, first)
            case_id, first = event["case_id"], last
        name = f"event {event['position']} of case {case_id}"
        if entry is None:
            yield Finding(last, f"{name} has no entry in the log")
        elif _told_by(entry) != _named_in(event):
            yield Finding(entry.seq, f"{name} was changed after it was recorded")
    yield from _standing_findings(tx, case_id, first)
    for entry in (*passed.values(), *log):
        gone, position = _key(entry)
        yield Finding(entry.seq, f"event {position} of case {gone} was removed")


def entry_of(
    key: Key, log: Iterator[Entry], passed: dict[Key, Entry], key_of: Callable[[Entry], Key]
) -> Entry | None:
    """The entry of a record. The log is read on until it comes, and what is `passed` is kept for later.

    Records in the order of the log keep one entry at a time; only after a gap are more of them kept.
    """
    while key not in passed and (entry := next(log, None)) is not None:
        passed[key_of(entry)] = entry
    return passed.pop(key, None)


def _standing_findings(tx: Connection, case_id: str | None, seq: int) -> Iterator[Finding]:
    if case_id is None:
        return
    try:
        case = fold(case_id, find_history(tx, case_id))
    except (SettlementError, LookupError, TypeError, ValueError) as error:
        yield Finding(seq, f"the events of case {case_id} make no sense: {error}")
        return
    if differing := standing_differs(tx, case):
        yield Finding(seq, f"case {case_id} stands elsewhere than its events say: {', '.join(differing)}")


def _key(entry: Entry) -> _Key:
    return entry.subject, _body(entry).get("position")


def _body(entry: Entry) -> dict[str, object]:
    try:
        body = json.loads(entry.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _told_by(entry: Entry) -> tuple[object, ...]:
    return entry.at, entry.actor, entry.role, entry.event, _body(entry).get("digest")


def _named_in(event: dict[str, str]) -> tuple[object, ...]:
    body = digest(event["body"])
    return event["at"], event["actor"], event["role"], f"{_PREFIX}{event['event']}", body
