"""People, to whom tokens belong; tokens end."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from settlement.errors import BadInput, Fault
from settlement.ids import as_compared

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Whoever has a token becomes a user, in the role of their newest token."""
    users = op.create_table(
        "users",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("compared", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("disabled_at", sa.Text),
        sa.Column("failed_logins", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
        sa.UniqueConstraint("compared", name="uq_users_compared"),
        sqlite_strict=True,
    )
    kept = _rows("SELECT id, name, role, secret_hash, created_at FROM tokens ORDER BY created_at, id")
    tokens = _tokens_anew(
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
        sa.Column("revoked_at", sa.Text),
    )
    op.create_index("ix_tokens_name", "tokens", ["name"])
    people = {
        row["name"]: {
            "name": row["name"],
            "compared": as_compared(row["name"]),
            "role": row["role"],
            "created_at": row["created_at"],
            "created_by": "local",
            "failed_logins": 0,
        }
        for row in kept
    }
    _refuse_lookalikes(people)
    op.bulk_insert(users, list(people.values()))
    op.bulk_insert(tokens, [{name: row[name] for name in row if name != "role"} for row in kept])


def downgrade() -> None:
    """What had ended would come alive again, so only tokens that can be used without an end are kept."""
    kept = _rows(
        "SELECT tokens.id, tokens.name, users.role, tokens.secret_hash, tokens.created_at"
        " FROM tokens JOIN users ON users.name = tokens.name"
        " WHERE expires_at IS NULL AND revoked_at IS NULL AND disabled_at IS NULL"
    )
    tokens = _tokens_anew(
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    op.bulk_insert(tokens, kept)
    op.drop_table("users")


def _refuse_lookalikes(names: Iterable[str]) -> None:
    """Raises BadInput for names that cannot be told apart."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(as_compared(name), []).append(name)
    faults = [
        Fault("tokens", f"{' and '.join(map(repr, found))} look alike", "remove the tokens of all but one")
        for found in alike.values()
        if len(found) > 1
    ]
    if faults:
        raise BadInput(faults)


def _rows(query: str) -> list[dict[str, str]]:
    return [dict(row) for row in op.get_bind().exec_driver_sql(query).mappings()]


def _tokens_anew(*columns: sa.Column[str]) -> sa.Table:
    """There are few tokens: the table is made anew, since SQLite alters none."""
    op.drop_table("tokens")
    return op.create_table(
        "tokens",
        *columns,
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_tokens_secret_hash"),
        sqlite_strict=True,
    )
