"""Decisions, the audit log, kept answers and tokens."""

import sqlalchemy as sa
from alembic import op

from settlement.store import guards

revision = "0001"
down_revision = None


def upgrade() -> None:
    _decisions()
    _audit()
    _idempotency_and_tokens()
    guards.install(op.get_bind())


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("granted", sa.Text, nullable=False),
        sa.Column("books", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("output", sa.Text, nullable=False),
        sa.Column("trace", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_decisions"),
        sa.UniqueConstraint("id", name="uq_decisions_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_decisions_actor_position", "decisions", ["actor", "position"])
    op.create_index("ix_decisions_case_id_position", "decisions", ["case_id", "position"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_subject_seq", "audit", ["subject", "seq"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sqlite_strict=True,
    )
    op.bulk_insert(head, [{"id": 1, "count": 0, "last_hash": ""}])


def _idempotency_and_tokens() -> None:
    op.create_table(
        "idempotency",
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("claimed_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token", "route", "key", name="pk_idempotency"),
        sqlite_strict=True,
    )
    op.create_index("ix_idempotency_claimed_at", "idempotency", ["claimed_at"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_tokens_secret_hash"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in ("tokens", "idempotency", "audit_head", "audit", "decisions"):
        op.drop_table(table)  # its indexes and triggers go with it
    guards.uninstall(op.get_bind())
