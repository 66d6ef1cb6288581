"""Checking that nothing recorded was changed, removed or moved."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, verify
from settlement.checkpoints import verify_checkpoints
from settlement.desk.case_findings import case_findings
from settlement.desk.checkpoints import checkpoint_findings
from settlement.desk.people_findings import people_findings
from settlement.desk.records import content_digest
from settlement.store import audit
from settlement.store.checkpoints import list_checkpoints
from settlement.store.decisions import stored_decisions


def verify_records(
    tx: Connection, known_head: str | None = None, public_key: str | None = None
) -> tuple[int, str, list[Finding]]:
    """How many entries the log has, the hash of the last, and everything that is wrong.

    The chain itself, the checkpoints that were signed (all with `public_key`, where one is given), and
    every decision, person, token and case against its entries.
    """
    head = audit.head(tx)
    entries = list(audit.entries(tx))
    checkpoints = list_checkpoints(tx)
    findings = verify(entries, head, known=known_head)
    findings += verify_checkpoints(checkpoints, entries, public_key=public_key)
    findings += checkpoint_findings(checkpoints, entries)
    findings += [*_decision_findings(tx, entries), *people_findings(tx, entries), *case_findings(tx, entries)]
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


def _told_by(entry: Entry) -> tuple[object, ...]:
    try:
        body = json.loads(entry.body)
        return entry.at, entry.actor, entry.role, *(body[name] for name in _TOLD)
    except (ValueError, LookupError, TypeError):
        return ()


def _named_in(stored: Mapping[str, str]) -> tuple[object, ...]:
    return stored["recorded_at"], stored["actor"], stored["role"], *(stored[name] for name in _TOLD)
