"""Signing how far the log has come, and what was signed against what the log tells of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from settlement.audit import Entry, Finding, Head, canonical
from settlement.checkpoints import Checkpoint, Key, sign
from settlement.roles import Actor
from settlement.store.audit import append
from settlement.store.checkpoints import insert_checkpoint, list_checkpoints
from settlement.store.tables import utc_text

CHECKPOINT_SIGNED = "checkpoint_signed"


def add_checkpoint(tx: Connection, head: Head, key: Key, *, by: Actor, now: datetime) -> Checkpoint:
    """Sign where a log stood that was just found whole, and keep it in the log and beside it."""
    number = len(list_checkpoints(tx)) + 1
    checkpoint = sign(head, key, number=number, at=utc_text(now))
    insert_checkpoint(tx, checkpoint)
    subject, body = str(number), asdict(checkpoint)
    append(tx, at=now, actor=by.name, role=by.role, event=CHECKPOINT_SIGNED, subject=subject, body=body)
    return checkpoint


def checkpoint_findings(checkpoints: Iterable[Checkpoint], entries: Sequence[Entry]) -> Iterator[Finding]:
    """Every checkpoint that was changed, added or removed since the log told of it."""
    told = {entry.body: entry for entry in entries if entry.event == CHECKPOINT_SIGNED}
    for checkpoint in checkpoints:
        if told.pop(canonical(asdict(checkpoint)), None) is None:
            problem = f"checkpoint {checkpoint.number} is not as the log tells"
            yield Finding(checkpoint.count, problem)
    for entry in told.values():
        yield Finding(entry.seq, f"checkpoint {entry.subject} was changed or removed")
