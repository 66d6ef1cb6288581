"""The life of a case: its events, where it stands, who agreed, what was promised, and who is who."""

import sqlalchemy as sa
from alembic import op

from settlement.store import guards

revision = "0002"
down_revision = "0001"

_MINOR = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _cases()
    _grants()
    _commitments()
    _authority()
    _duties()
    _privacy()
    connection = op.get_bind()
    guards.protect(connection, "case_events", ("case_id", "position"), "an event of a case is never changed")
    guards.protect(connection, "limits_set", ("number",), "a limit that was set is never changed")


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=null, autoincrement=False)


def _minor(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, _MINOR, nullable=null)


def _cases() -> None:
    op.create_table(
        "case_events",
        _text("case_id"),
        _number("position"),
        _text("at"),
        _text("actor"),
        _text("role"),
        _text("event"),
        _text("body"),
        sa.PrimaryKeyConstraint("case_id", "position", name="pk_case_events"),
        sqlite_strict=True,
    )
    op.create_table(
        "cases",
        _text("id"),
        _number("number"),
        _text("kind"),
        _text("state"),
        _text("owner"),
        _text("policy"),
        _text("channel"),
        _text("problem"),
        _text("cause"),
        _text("priority"),
        _text("offered_to", null=True),
        _text("customer_ref", null=True),
        _text("order_ref", null=True),
        _text("linked_to", null=True),
        _text("hold", null=True),
        _number("grade", null=True),
        _number("talk"),
        _number("version"),
        _text("received_at"),
        _text("opened_at"),
        _text("closed_at", null=True),
        _text("told_at", null=True),
        _text("fulfilled_at", null=True),
        _text("keep_until", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_cases_customer_ref", "cases", ["customer_ref"])
    op.create_index("ix_cases_order_ref", "cases", ["order_ref"])
    op.create_index("ix_cases_owner_number", "cases", ["owner", "number"])
    op.create_index("ix_cases_state_number", "cases", ["state", "number"])


def _grants() -> None:
    op.create_table(
        "approvals",
        _text("id"),
        _number("number"),
        _text("case_id"),
        _number("talk"),
        _text("state"),
        _text("level"),
        _text("requested_by"),
        _text("requested_role"),
        _text("digest"),
        _text("asked"),
        _text("currency"),
        _minor("owed"),
        _minor("goodwill"),
        _text("requested_at"),
        _text("due_at", null=True),
        _text("decided_at", null=True),
        _text("reviewed_at", null=True),
        _text("assigned_to", null=True),
        _text("decided_by", null=True),
        _text("granted_by", null=True),
        _text("reason", null=True),
        _text("reviewed_by", null=True),
        _text("amended", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> requested_by", name=op.f("ck_approvals_not_ones_own")
        ),
        sa.CheckConstraint(
            "granted_by IS NULL OR granted_by <> requested_by",
            name=op.f("ck_approvals_not_by_ones_own_authority"),
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by <> requested_by",
            name=op.f("ck_approvals_not_reviewed_by_oneself"),
        ),
        sa.UniqueConstraint("number", name="uq_approvals_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_approvals_case_id_number", "approvals", ["case_id", "number"])
    op.create_index("ix_approvals_state_number", "approvals", ["state", "number"])


def _commitments() -> None:
    op.create_table(
        "commitments",
        _text("case_id"),
        _number("talk"),
        _text("state"),
        _text("person"),
        _text("day"),
        _text("currency"),
        _text("customer_ref", null=True),
        _text("order_ref", null=True),
        _minor("owed"),
        _minor("goodwill"),
        _text("at"),
        sa.PrimaryKeyConstraint("case_id", "talk", name="pk_commitments"),
        sqlite_strict=True,
    )
    op.create_index("ix_commitments_customer_ref_at", "commitments", ["customer_ref", "at"])
    op.create_index("ix_commitments_order_ref_at", "commitments", ["order_ref", "at"])
    op.create_index("ix_commitments_person_day", "commitments", ["person", "day"])


def _authority() -> None:
    op.create_table(
        "limits_set",
        _number("number"),
        _text("person"),
        _text("role"),
        _text("set_by"),
        _text("currency"),
        _text("at"),
        _minor("owed_case"),
        _minor("owed_day"),
        _minor("owed_month"),
        _minor("goodwill_case"),
        _minor("goodwill_day"),
        _minor("goodwill_month"),
        sa.PrimaryKeyConstraint("number", name="pk_limits_set"),
        sa.CheckConstraint("set_by <> person", name=op.f("ck_limits_set_not_ones_own")),
        sqlite_strict=True,
    )
    op.create_index("ix_limits_set_person_number", "limits_set", ["person", "number"])
    op.create_table(
        "delegations",
        _text("id"),
        _number("number"),
        _text("giver"),
        _text("receiver"),
        _text("level"),
        _text("made_at"),
        _text("starts_at"),
        _text("ends_at"),
        _text("ended_at", null=True),
        _text("ended_by", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
        sa.CheckConstraint("giver <> receiver", name=op.f("ck_delegations_to_somebody_else")),
        sa.UniqueConstraint("number", name="uq_delegations_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_delegations_receiver_ends_at", "delegations", ["receiver", "ends_at"])


def _duties() -> None:
    op.create_table(
        "promises",
        _text("id"),
        _number("number"),
        _text("case_id"),
        _number("talk"),
        _text("kind"),
        _text("what"),
        _text("level"),
        _text("state"),
        _text("made_by"),
        _minor("amount", null=True),
        _text("currency", null=True),
        _text("made_at"),
        _text("due_at", null=True),
        _text("ended_at", null=True),
        _text("broken_at", null=True),
        _text("reminded_at", null=True),
        _text("replaces", null=True),
        _text("limit", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_promises"),
        sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name=op.f("ck_promises_whole_sums")),
        sa.UniqueConstraint("number", name="uq_promises_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_promises_case_id_number", "promises", ["case_id", "number"])
    op.create_index("ix_promises_state_due_at", "promises", ["state", "due_at"])
    op.create_table(
        "clocks",
        _text("case_id"),
        _text("what"),
        _number("number"),
        _text("limit"),
        _text("started_at"),
        _text("due_at", null=True),
        _text("paused_at", null=True),
        _text("paused_until", null=True),
        _text("stopped_at", null=True),
        _text("reminded_at", null=True),
        _text("escalated_at", null=True),
        _text("pause_reason", null=True),
        sa.PrimaryKeyConstraint("case_id", "what", "number", name="pk_clocks"),
        sqlite_strict=True,
    )
    op.create_index("ix_clocks_due_at", "clocks", ["due_at"])


def _privacy() -> None:
    op.create_table(
        "identities",
        _text("ref"),
        _text("kind"),
        _text("value"),
        _text("compared"),
        _text("customer_ref", null=True),
        _text("at"),
        sa.PrimaryKeyConstraint("ref", name="pk_identities"),
        sa.UniqueConstraint("kind", "compared", name="uq_identities_kind_compared"),
        sqlite_strict=True,
    )
    op.create_index("ix_identities_customer_ref", "identities", ["customer_ref"])
    op.create_table(
        "private_texts",
        _text("ref"),
        _text("case_id"),
        _text("text"),
        _text("at"),
        sa.PrimaryKeyConstraint("ref", name="pk_private_texts"),
        sqlite_strict=True,
    )
    op.create_index("ix_private_texts_case_id", "private_texts", ["case_id"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)  # its indexes and triggers go with it


_TABLES = (
    "private_texts",
    "identities",
    "delegations",
    "limits_set",
    "clocks",
    "promises",
    "commitments",
    "approvals",
    "cases",
    "case_events",
)
