"""Signed checkpoints of the audit log."""

import sqlalchemy as sa
from alembic import op

from settlement.store import guards

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_hash", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoints"),
        sqlite_strict=True,
    )
    guards.protect(op.get_bind(), "checkpoints", ("number",), "a checkpoint is never changed")


def downgrade() -> None:
    op.drop_table("checkpoints")
