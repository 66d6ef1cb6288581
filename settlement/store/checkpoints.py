"""Signed checkpoints of the audit log: added to, read, never changed."""

from dataclasses import asdict, fields

from sqlalchemy import Connection, insert, select

from settlement.checkpoints import Checkpoint
from settlement.store.tables import checkpoints


def insert_checkpoint(tx: Connection, checkpoint: Checkpoint) -> None:
    """Add a checkpoint after all others."""
    tx.execute(insert(checkpoints).values(asdict(checkpoint)))


def list_checkpoints(tx: Connection) -> list[Checkpoint]:
    """Every checkpoint, oldest first."""
    columns = [checkpoints.c[field.name] for field in fields(Checkpoint)]
    return [Checkpoint(*row) for row in tx.execute(select(*columns).order_by(checkpoints.c.number))]
