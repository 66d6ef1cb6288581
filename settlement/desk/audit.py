"""Checking that nothing recorded was changed, removed or moved."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, canonical, verify
from settlement.desk.records import content_digest
from settlement.store import audit
from settlement.store.decisions import stored_decisions
from settlement.store.tokens import stored_tokens


def verify_records(tx: Connection, known_head: str | None = None) -> tuple[int, str, list[Finding]]:
    """How many entries the log has, the hash of the last, and everything that is wrong.

    The chain itself, and every decision and every token against its entry.
    """
    head = audit.head(tx)
    entries = list(audit.entries(tx))
    findings = verify(entries, head, known=known_head)
    findings += [*_decision_findings(tx, entries), *_token_findings(tx, entries)]
    return head.count, head.last_hash, findings


_TOLD = ("digest", "case_id", "policy", "edition")
"""What the audit entry of a decision tells of it, beside who decided."""


def _decision_findings(tx: Connection, entries: list[Entry]) -> list[Finding]:
    told = {entry.subject: entry for entry in entries if entry.event == "decision_recorded"}
    findings, last = [], 0
    for stored in stored_decisions(tx):
        entry = told.pop(stored["id"], None)
        if entry and entry.seq < last:
            findings.append(Finding(entry.seq, f"decision {stored['id']} stands out of its order"))
        last = entry.seq if entry else last
        if entry is None:
            findings.append(Finding(len(entries), f"decision {stored['id']} has no entry in the log"))
        elif content_digest(stored) != stored["digest"] or _told_by(entry) != _named_in(stored):
            findings.append(Finding(entry.seq, f"decision {stored['id']} was changed after it was recorded"))
    return findings + [Finding(entry.seq, f"decision {gone} was removed") for gone, entry in told.items()]


def _token_findings(tx: Connection, entries: list[Entry]) -> list[Finding]:
    """Who a token stands for is as good as a signature: nobody becomes somebody else unseen."""
    told = {entry.subject: entry for entry in entries if entry.event == "token_created"}
    findings = []
    for stored in stored_tokens(tx):
        entry, named = told.pop(stored["id"], None), {**stored}
        token_id = named.pop("id")
        if entry is None:
            findings.append(Finding(len(entries), f"token {token_id} has no entry in the log"))
        elif entry.body != canonical(named):
            findings.append(Finding(entry.seq, f"token {token_id} was changed after it was made"))
    return findings + [Finding(entry.seq, f"token {gone} was removed") for gone, entry in told.items()]


def _told_by(entry: Entry) -> tuple[object, ...]:
    try:
        body = json.loads(entry.body)
        return entry.at, entry.actor, entry.role, *(body[name] for name in _TOLD)
    except (ValueError, LookupError, TypeError):
        return ()


def _named_in(stored: Mapping[str, str]) -> tuple[object, ...]:
    return stored["recorded_at"], stored["actor"], stored["role"], *(stored[name] for name in _TOLD)
