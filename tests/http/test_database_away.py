"""The database is away: a 503 that says whether the request may be sent again, and nothing half-recorded."""

import sqlite3
from contextlib import closing, contextmanager

import pytest

from settlement.store import sqlite
from tests.builders import a_request


@pytest.fixture
def away(app, request, database_kind, monkeypatch):
    """While this is entered, the database takes no work."""

    @contextmanager
    def file_is_kept_by_another():
        monkeypatch.setattr(sqlite, "BUSY_S", 0.1)
        app.extensions["settlement"].database.close()
        with closing(sqlite3.connect(request.getfixturevalue("database_file"))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def server_refuses():
        server, name = request.getfixturevalue("server"), request.getfixturevalue("postgresql_name")
        server.run(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        yield
        server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    return file_is_kept_by_another if database_kind == "sqlite" else server_refuses


def test_what_cannot_be_recorded_is_refused_until_the_database_is_back(away, call, recorded):
    def ask():
        return call("POST", "/v1/suggestions", json=a_request(), key="k")

    with away():
        answers = [ask(), ask()]
    for answer in answers:
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert answer.json["type"] == "urn:settlement:unavailable"
        assert answer.json["detail"].startswith("Nothing was recorded.")
        assert answer.headers["Retry-After"] == "5"
    assert recorded() == (0, 0)
    assert ask().status_code == ask().status_code == 201
    assert recorded() == (1, 1)


def test_a_process_whose_database_is_away_is_alive_and_not_ready(away, call, database_kind):
    with away():
        assert call("GET", "/healthz").status_code == 200
        ready = call("GET", "/readyz").status_code
    # who only reads a file does not wait for its writer
    assert ready == (503 if database_kind == "postgresql" else 200)
    assert call("GET", "/readyz").status_code == 200
