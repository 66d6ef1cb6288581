"""Records with good defaults; a test says only what matters to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from settlement.audit import Entry
from settlement.roles import Role
from settlement.store import audit
from settlement.store.decisions import DecisionRecord

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def a_record(number: int = 1, **said: Any) -> DecisionRecord:
    """A decision record; `number` sets it apart from others."""
    defaults: dict[str, Any] = {
        "id": f"d-{number:016}",
        "recorded_at": NOON + timedelta(minutes=number),
        "actor": "li",
        "role": Role.AGENT,
        "case_id": "C-1001",
        "policy": "retail-cn",
        "edition": "2026.1",
        "digest": "d0",
        "request": '{"policy":"retail-cn"}',
        "granted": "{}",
        "books": "[]",
        "method": "balance/1",
        "output": '{"理由":"晚到"}',
        "trace": "{}",
    }
    return DecisionRecord(**defaults | said)


def append_entry(tx: Connection, subject: str = "d-1", **said: Any) -> Entry:
    """Add an audit entry about a subject."""
    defaults: dict[str, Any] = {
        "at": NOON,
        "actor": "li",
        "role": Role.AGENT,
        "event": "suggested",
        "body": {},
    }
    return audit.append(tx, subject=subject, **defaults | said)
