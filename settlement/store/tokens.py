"""Bearer tokens. The secret is never stored, only its SHA-256; the role is its person's."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, insert, or_, select, type_coerce, update

from settlement.roles import Actor, Role
from settlement.store.tables import tokens, users


@dataclass(frozen=True, slots=True)
class Token:
    """Whom a secret stands for, and until when."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


_COLUMNS = [tokens.c[name] for name in Token.__dataclass_fields__]


def add_token(tx: Connection, token: Token, *, secret_hash: str) -> None:
    """Let the secret with this hash stand for a person."""
    tx.execute(insert(tokens).values(**asdict(token), secret_hash=secret_hash))


def holder_of(tx: Connection, secret_hash: str, now: datetime) -> tuple[str, Actor] | None:
    """The token's id and its person, if it is neither revoked nor expired and the person is not disabled."""
    row = tx.execute(
        select(tokens.c.id, users.c.name, users.c.role)
        .join(users, users.c.name == tokens.c.name)
        .where(
            tokens.c.secret_hash == secret_hash,
            tokens.c.revoked_at.is_(None),
            or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now),
            users.c.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (row.id, Actor(row.name, Role(row.role)))


def find_token(tx: Connection, token_id: str) -> Token | None:
    """The token with an id; None if there is none."""
    row = tx.execute(select(*_COLUMNS).where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else Token(*row)


def list_tokens(tx: Connection, name: str | None = None) -> list[Token]:
    """The tokens of one person or of everybody, by person, oldest first."""
    query = select(*_COLUMNS).order_by(tokens.c.name, tokens.c.created_at, tokens.c.id)
    if name is not None:
        query = query.where(tokens.c.name == name)
    return [Token(*row) for row in tx.execute(query)]


def end_token(tx: Connection, token_id: str, now: datetime) -> None:
    """From now on the token stands for nobody."""
    tx.execute(update(tokens).where(tokens.c.id == token_id).values(revoked_at=now))


def stored_tokens(tx: Connection) -> Iterator[dict[str, str | None]]:
    """Every token as the texts that are stored, by id; nothing is read into them."""
    names = ("id", "name", "secret_hash", "expires_at", "revoked_at")
    texts = [type_coerce(tokens.c[name], Text).label(name) for name in names]
    rows = tx.execute(select(*texts).order_by(tokens.c.id)).mappings()
    yield from ({name: row[name] for name in names} for row in rows)
