"""The tables. Money is whole minor units beside their currency; times are ISO texts in UTC."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def utc_text(moment: datetime) -> str:
    """A moment as it is stored: always the same length, so that later moments sort later."""
    assert moment.tzinfo is not None, "a moment without a time zone"
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _moment(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=null)


_Minor = BigInteger().with_variant(Integer, "sqlite")
"""Minor units of a currency; a strict table of SQLite knows one kind of whole number."""


decisions = Table(
    "decisions",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 … without gaps
    Column("id", Text, nullable=False, unique=True),
    _moment("recorded_at"),
    *map(_text, ("actor", "role", "case_id", "policy", "edition", "digest")),
    *map(_text, ("request", "granted", "books", "method", "output", "trace")),
    Index(None, "actor", "position"),
    Index(None, "case_id", "position"),
    sqlite_strict=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 … without gaps
    # `at` stays text: it is hashed as it stands. Nothing else is unique: REPLACE would delete by it.
    *map(_text, ("at", "actor", "role", "event", "subject", "body", "prev", "hash")),
    Index(None, "subject", "seq"),
    sqlite_strict=True,
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    _text("last_hash"),
    CheckConstraint("id = 1", name="one_row"),
    sqlite_strict=True,
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 …
    Column("count", Integer, nullable=False),
    # `at` stays text: it is signed as it stands.
    *map(_text, ("last_hash", "at", "public_key", "signature")),
    sqlite_strict=True,
)

idempotency = Table(
    "idempotency",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("token", "route", "key")),
    _text("body_digest"),
    _text("answer", null=True),  # null only while the transaction that claimed the key is running
    Column("claimed_at", Moment, nullable=False, index=True),
    sqlite_strict=True,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    _moment("created_at"),
    *(_moment(name, null=True) for name in ("expires_at", "revoked_at")),
    sqlite_strict=True,
)


# ---------------------------------------------------------------- the life of a case
# `case_events` and `limits_set` are only added to; the other tables show where things stand and are
# moved in the same transaction as the event that moves them.

case_events = Table(
    "case_events",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 … without gaps
    _moment("at"),
    *map(_text, ("actor", "role", "event", "body")),
    sqlite_strict=True,
)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # 1, 2, 3 … in the order of opening
    *map(_text, ("kind", "state", "owner", "policy", "channel", "problem", "cause", "priority")),
    *(_text(name, null=True) for name in ("offered_to", "customer_ref", "order_ref", "linked_to", "hold")),
    Column("grade", Integer, nullable=True),
    Column("talk", Integer, nullable=False),  # which round of talks: one more each time it is opened again
    Column("version", Integer, nullable=False),  # how many events it has
    *map(_moment, ("received_at", "opened_at")),
    *(_moment(name, null=True) for name in ("closed_at", "told_at", "fulfilled_at", "keep_until")),
    Index(None, "owner", "number"),
    Index(None, "state", "number"),
    Index(None, "customer_ref"),
    Index(None, "order_ref"),
    sqlite_strict=True,
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    _text("case_id"),
    Column("talk", Integer, nullable=False),
    *map(_text, ("state", "level", "requested_by", "requested_role", "digest", "asked", "currency")),
    *(Column(name, _Minor, nullable=False) for name in ("owed", "goodwill")),
    _moment("requested_at"),
    *(_moment(name, null=True) for name in ("due_at", "decided_at", "reviewed_at")),
    *(
        _text(name, null=True)
        for name in ("assigned_to", "decided_by", "granted_by", "reason", "reviewed_by", "amended")
    ),
    CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", name="not_ones_own"),
    CheckConstraint("granted_by IS NULL OR granted_by <> requested_by", name="not_by_ones_own_authority"),
    CheckConstraint("reviewed_by IS NULL OR reviewed_by <> requested_by", name="not_reviewed_by_oneself"),
    Index(None, "case_id", "number"),
    Index(None, "state", "number"),
    sqlite_strict=True,
)

commitments = Table(
    "commitments",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("talk", Integer, primary_key=True, autoincrement=False),
    *map(_text, ("state", "person", "day", "currency")),
    *(_text(name, null=True) for name in ("customer_ref", "order_ref")),
    *(Column(name, _Minor, nullable=False) for name in ("owed", "goodwill")),
    _moment("at"),
    Index(None, "person", "day"),
    Index(None, "customer_ref", "at"),
    Index(None, "order_ref", "at"),
    sqlite_strict=True,
)

promises = Table(
    "promises",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    _text("case_id"),
    Column("talk", Integer, nullable=False),
    *map(_text, ("kind", "what", "level", "state", "made_by")),
    Column("amount", _Minor, nullable=True),
    _text("currency", null=True),
    _moment("made_at"),
    *(_moment(name, null=True) for name in ("due_at", "ended_at", "broken_at", "reminded_at")),
    *(_text(name, null=True) for name in ("replaces", "limit")),  # no limit where a date was told
    CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="whole_sums"),
    Index(None, "case_id", "number"),
    Index(None, "state", "due_at"),
    sqlite_strict=True,
)

clocks = Table(
    "clocks",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("limit"),
    _moment("started_at"),
    *(
        _moment(name, null=True)
        for name in ("due_at", "paused_at", "paused_until", "stopped_at", "reminded_at", "escalated_at")
    ),
    _text("pause_reason", null=True),
    Index(None, "due_at"),
    sqlite_strict=True,
)

limits_set = Table(
    "limits_set",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    *map(_text, ("person", "role", "set_by", "currency")),
    _moment("at"),
    *(
        Column(f"{part}_{period}", _Minor, nullable=False)
        for part in ("owed", "goodwill")
        for period in ("case", "day", "month")
    ),
    CheckConstraint("set_by <> person", name="not_ones_own"),
    Index(None, "person", "number"),
    sqlite_strict=True,
)

delegations = Table(
    "delegations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    *map(_text, ("giver", "receiver", "level")),
    *map(_moment, ("made_at", "starts_at", "ends_at")),
    _moment("ended_at", null=True),
    _text("ended_by", null=True),
    CheckConstraint("giver <> receiver", name="to_somebody_else"),
    Index(None, "receiver", "ends_at"),
    sqlite_strict=True,
)

# ---------------------------------------------------------------- who it is: the only place that knows
# Records name customers, orders and what was said by reference. Erasing deletes here; records stay whole.

identities = Table(
    "identities",
    metadata,
    Column("ref", Text, primary_key=True),
    *map(_text, ("kind", "value", "compared")),  # as it was told, and as it is looked up
    _text("customer_ref", null=True),
    _moment("at"),
    UniqueConstraint("kind", "compared", name="uq_identities_kind_compared"),
    Index(None, "customer_ref"),
    sqlite_strict=True,
)

private_texts = Table(
    "private_texts",
    metadata,
    Column("ref", Text, primary_key=True),
    _text("case_id"),
    _text("text"),
    _moment("at"),
    Index(None, "case_id"),
    sqlite_strict=True,
)

# ---------------------------------------------------------------- people

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("compared", Text, nullable=False, unique=True),  # the name as it looks: nobody looks like another
    _text("role"),
    _moment("created_at"),
    _text("created_by"),
    _text("password_hash", null=True),
    _moment("disabled_at", null=True),
    Column("failed_logins", Integer, nullable=False),
    _moment("locked_until", null=True),
    sqlite_strict=True,
)
