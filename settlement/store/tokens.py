"""Bearer tokens. The secret is never stored, only its SHA-256."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from settlement.roles import Role
from settlement.store.tables import tokens


@dataclass(frozen=True, slots=True)
class Token:
    """Whom a secret stands for."""

    id: str
    name: str
    role: Role
    created_at: datetime


def add_token(tx: Connection, token: Token, *, secret_hash: str) -> None:
    """Let the secret with this hash stand for a person in a role."""
    tx.execute(insert(tokens).values(**asdict(token) | {"role": str(token.role), "secret_hash": secret_hash}))


def stored_tokens(tx: Connection) -> Iterator[dict[str, str]]:
    """Every token as the texts that are stored, by id."""
    names = ("id", "name", "role", "secret_hash")
    rows = tx.execute(select(*(tokens.c[name] for name in names)).order_by(tokens.c.id)).mappings()
    yield from ({name: row[name] for name in names} for row in rows)


def find_token(tx: Connection, secret_hash: str) -> Token | None:
    """Whom the secret with this hash stands for."""
    columns = (tokens.c.id, tokens.c.name, tokens.c.role, tokens.c.created_at)
    row = tx.execute(select(*columns).where(tokens.c.secret_hash == secret_hash)).one_or_none()
    return None if row is None else Token(row.id, row.name, Role(row.role), row.created_at)
