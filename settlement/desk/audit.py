"""Checking that nothing recorded was changed, removed or moved."""

import json
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, Head, verify
from settlement.checkpoints import Checkpoint, verify_checkpoints
from settlement.desk.case_findings import case_findings, entry_of
from settlement.desk.checkpoints import CHECKPOINT_SIGNED, checkpoint_findings
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
    checkpoints = list_checkpoints(tx)
    noted: list[Entry] = []
    findings = verify(_noting(audit.entries(tx), checkpoints, noted), head, known=known_head)
    findings += verify_checkpoints(checkpoints, noted, public_key=public_key)
    findings += checkpoint_findings(checkpoints, noted)
    findings += [*_decision_findings(tx, head), *people_findings(tx, audit.entries(tx)), *case_findings(tx)]
    return head.count, head.last_hash, findings


def _noting(
    entries: Iterable[Entry], checkpoints: Iterable[Checkpoint], noted: list[Entry]
) -> Iterator[Entry]:
    """The same entries; those that checkpoints are about are noted, for the log is never held whole."""
    signed = {checkpoint.count for checkpoint in checkpoints}
    for entry in entries:
        if entry.seq in signed or entry.event == CHECKPOINT_SIGNED:
            noted.append(entry)
        yield entry


_TOLD = ("digest", "case_id", "policy", "edition")
"""What the audit entry of a decision tells of it, beside who decided."""


def _decision_findings(tx: Connection, head: Head) -> Iterator[Finding]:
    """Decisions and their entries were added in one order, so that they are read side by side."""
    log, passed, last = audit.entries(tx, "decision_recorded"), dict[str, Entry](), 0
    for stored in stored_decisions(tx):
        entry = entry_of(stored["id"], log, passed, lambda entry: entry.subject)
        if entry and entry.seq < last:
            yield Finding(entry.seq, f"decision {stored['id']} stands out of its order")
        last = entry.seq if entry else last
        if entry is None:
            yield Finding(head.count, f"decision {stored['id']} has no entry in the log")
        elif content_digest(stored) != stored["digest"] or _told_by(entry) != _named_in(stored):
            yield Finding(entry.seq, f"decision {stored['id']} was changed after it was recorded")
    for entry in (*passed.values(), *log):
        yield Finding(entry.seq, f"decision {entry.subject} was removed")


def _told_by(entry: Entry) -> tuple[object, ...]:
    try:
        body = json.loads(entry.body)
        return entry.at, entry.actor, entry.role, *(body[name] for name in _TOLD)
    except (ValueError, LookupError, TypeError):
        return ()


def _named_in(stored: Mapping[str, str]) -> tuple[object, ...]:
    return stored["recorded_at"], stored["actor"], stored["role"], *(stored[name] for name in _TOLD)
