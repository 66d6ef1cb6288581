"""Answers kept by Idempotency-Key, so that a request sent twice has its effect once."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select, text, update

from settlement.errors import Refused
from settlement.store.tables import idempotency, utc_text

KEPT = timedelta(days=30)


class KeyReused(Refused):
    """The same key came with another body."""


def claim(tx: Connection, *, token: str, route: str, key: str, body_digest: str, now: datetime) -> str | None:
    """The answer kept for this key; None when the key is new and now claimed.

    Then `keep` the answer in the same transaction. A twin waits until that ends; a rollback frees the key.
    Raises KeyReused. Keys older than 30 days are forgotten.
    """
    tx.execute(delete(idempotency).where(idempotency.c.claimed_at < now - KEPT))
    row = {
        "token": token,
        "route": route,
        "key": key,
        "body_digest": body_digest,
        "claimed_at": utc_text(now),
    }
    if tx.execute(_CLAIM, row).first() is not None:
        return None
    kept = tx.execute(select(idempotency).where(_same(token, route, key))).one()
    if kept.body_digest != body_digest:
        raise KeyReused(
            f"Idempotency-Key {key!r} came before with another body; send a new key with a new request"
        )
    assert kept.answer is not None, "a claimed key was committed without its answer"
    return str(kept.answer)


def keep(tx: Connection, *, token: str, route: str, key: str, answer: str) -> None:
    """Store the answer for a key claimed in this transaction."""
    kept = tx.execute(update(idempotency).where(_same(token, route, key)).values(answer=answer))
    assert kept.rowcount == 1, "only a claimed key keeps an answer"


# RETURNING, because psycopg's count of rows after DO NOTHING says nothing.
_CLAIM = text(
    "INSERT INTO idempotency (token, route, key, body_digest, claimed_at) "
    "VALUES (:token, :route, :key, :body_digest, :claimed_at) ON CONFLICT DO NOTHING RETURNING key"
)


def _same(token: str, route: str, key: str) -> ColumnElement[bool]:
    columns = idempotency.c
    return and_(columns.token == token, columns.route == route, columns["key"] == key)
