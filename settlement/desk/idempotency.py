"""Doing a thing once, however often it is asked for with the same key."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from settlement.audit import canonical, digest
from settlement.store.idempotency import claim, keep


def once(
    tx: Connection,
    *,
    token: str,
    route: str,
    key: str | None,
    body: object,
    now: datetime,
    make: Callable[[], str],
) -> str:
    """What `make` answers, or what it answered when the key came first. Without a key it is always made anew.

    Raises KeyReused when the key came with another body; whatever `make` raises leaves the key free.
    """
    if key is None:
        return make()
    kept = claim(tx, token=token, route=route, key=key, body_digest=digest(canonical(body)), now=now)
    if kept is not None:
        return kept
    answer = make()
    keep(tx, token=token, route=route, key=key, answer=answer)
    return answer
