"""Whether the records of cases are as the log says: every event, and where each case stands."""

import json
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, digest
from settlement.cases.lifecycle import fold
from settlement.errors import SettlementError
from settlement.store.cases import find_history, standing_differs, stored_events

_PREFIX = "case_"


def case_findings(tx: Connection, entries: Iterable[Entry]) -> Iterator[Finding]:
    """Every event of a case against its entry, then every case against its events."""
    told = {_key(entry): entry for entry in entries if entry.event.startswith(_PREFIX)}
    last, cases = 0, dict[str, int]()
    for event in stored_events(tx):
        name = f"event {event['position']} of case {event['case_id']}"
        entry = told.pop((event["case_id"], event["position"]), None)
        last = entry.seq if entry else last
        cases.setdefault(event["case_id"], last)
        if entry is None:
            yield Finding(last, f"{name} has no entry in the log")
        elif _told_by(entry) != _named_in(event):
            yield Finding(entry.seq, f"{name} was changed after it was recorded")
    for (case_id, position), entry in told.items():
        yield Finding(entry.seq, f"event {position} of case {case_id} was removed")
    for case_id, seq in cases.items():
        yield from _standing_findings(tx, case_id, seq)


def _standing_findings(tx: Connection, case_id: str, seq: int) -> Iterator[Finding]:
    try:
        case = fold(case_id, find_history(tx, case_id))
    except (SettlementError, LookupError, TypeError, ValueError) as error:
        yield Finding(seq, f"the events of case {case_id} make no sense: {error}")
        return
    if differing := standing_differs(tx, case):
        yield Finding(seq, f"case {case_id} stands elsewhere than its events say: {', '.join(differing)}")


def _key(entry: Entry) -> tuple[str, object]:
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
