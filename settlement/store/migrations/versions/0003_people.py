"""People, to whom tokens belong; tokens end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Whoever has a token becomes a user, in the role of their newest token."""
    users = op.create_table(
        "users",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("disabled_at", sa.Text),
        sa.Column("failed_logins", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
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
            "role": row["role"],
            "created_at": row["created_at"],
            "created_by": "local",
            "failed_logins": 0,
        }
        for row in kept
    }
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
