"""The tables. Money stands only inside recorded texts, never as a number; times are ISO texts in UTC."""

from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, Column, Dialect, Index, Integer, MetaData, Table, Text, TypeDecorator

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


def _moment(name: str) -> Column[datetime]:
    return Column(name, Moment, nullable=False)


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
    *map(_text, ("name", "role")),
    Column("secret_hash", Text, nullable=False, unique=True),
    _moment("created_at"),
    sqlite_strict=True,
)
