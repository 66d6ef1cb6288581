"""The application over a fresh database, and a caller for each role."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from settlement.roles import Actor, Role
from settlement.rules.library import Books, read_lock
from settlement.store import audit
from settlement.store.database import Database
from settlement.store.decisions import stored_decisions
from settlement.web.app import create_app
from settlement.web.meters import Rates
from tests.builders import books

ACTORS = {str(role): Actor(f"The {role}", role) for role in Role} | {"agent2": Actor("Another", Role.AGENT)}

Call = Callable[..., TestResponse]


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application. Its live books are its own, so that a latched edition does not outlive the test, and
    engines that other tests dropped on purpose are not counted.
    """
    monkeypatch.setattr("settlement.web.health.dropped_engines", lambda: 0)
    shelf = Books(books().editions, read_lock())
    app = create_app(database_url, demo_actors=ACTORS, books=shelf, rates=Rates(by_token=10**6))
    yield app
    app.extensions["settlement"].database.close()


@pytest.fixture
def call(app: Flask) -> Call:
    """call("POST", path, by="agent", json=…, key=…, language=…): an answer for the holder of a token."""
    client = app.test_client()

    def send(method: str, path: str, by: str | None = "agent", **request: Any) -> TestResponse:
        headers = dict(request.pop("headers", {}))
        if by is not None:
            headers["Authorization"] = f"Bearer {by}"
        if key := request.pop("key", None):
            headers["Idempotency-Key"] = key
        if language := request.pop("language", None):
            headers["Accept-Language"] = language
        return client.open(path, method=method, headers=headers, **request)

    return send


@pytest.fixture
def recorded(app: Flask) -> Callable[[], tuple[int, int]]:
    """How many decisions and audit entries there are."""

    def count() -> tuple[int, int]:
        database: Database = app.extensions["settlement"].database
        with database.reading() as tx:
            return sum(1 for _ in stored_decisions(tx)), audit.head(tx).count

    return count


@pytest.fixture
def kept_keys(app: Flask) -> Callable[[], int]:
    """How many answers are kept by Idempotency-Key."""

    def count() -> int:
        database: Database = app.extensions["settlement"].database
        with database.reading() as tx:
            return int(tx.exec_driver_sql("SELECT count(*) FROM idempotency").scalar_one())

    return count
