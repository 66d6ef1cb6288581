"""Checking that nothing recorded was changed, removed or moved."""

import json

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, verify
from settlement.desk.records import content_digest
from settlement.store import audit
from settlement.store.decisions import all_decisions


def verify_records(tx: Connection, known_head: str | None = None) -> tuple[int, str, list[Finding]]:
    """How many entries the log has, the hash of the last, and everything that is wrong.

    The chain itself, and every decision against the digest that its entry names.
    """
    head = audit.head(tx)
    entries = list(audit.entries(tx))
    findings = verify(entries, head, known=known_head)
    return head.count, head.last_hash, findings + _decision_findings(tx, entries)


def _decision_findings(tx: Connection, entries: list[Entry]) -> list[Finding]:
    promised = {e.subject: (e.seq, _digest_in(e)) for e in entries if e.event == "decision_recorded"}
    findings = []
    for record in all_decisions(tx):
        seq, promised_digest = promised.pop(record.id, (0, None))
        if promised_digest is None:
            findings.append(Finding(seq, f"decision {record.id} has no entry in the log"))
        elif content_digest(record) != promised_digest or record.digest != promised_digest:
            findings.append(Finding(seq, f"decision {record.id} was changed after it was recorded"))
    findings += [Finding(seq, f"decision {missing} was removed") for missing, (seq, _) in promised.items()]
    return findings


def _digest_in(entry: Entry) -> str | None:
    try:
        digest = json.loads(entry.body).get("digest")
    except (ValueError, AttributeError):
        return None
    return digest if isinstance(digest, str) else None
