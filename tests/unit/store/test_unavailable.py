"""A database that is busy, gone or lost half-way: nothing hangs, and whoever asked learns what is recorded."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from settlement.errors import OutcomeUnknown, Unavailable
from settlement.store import audit, postgresql, sqlite
from settlement.store.database import Database
from tests.postgres import SUPERUSER, Server
from tests.unit.store.builders import append_entry

NOBODY_ELSE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for more than a moment."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.2)
    monkeypatch.setattr(postgresql, "BUSY_S", 0.2)
    monkeypatch.setattr(postgresql, "STATEMENT_S", 0.5)


@pytest.fixture
def postgresql_database(server: Server, postgresql_name: str) -> Iterator[Database]:
    with Database.open(server.url(postgresql_name)) as database:
        yield database


@pytest.fixture
def cut(server: Server, postgresql_name: str) -> Callable[[], None]:
    """Ends every connection to this test's database on PostgreSQL."""
    return lambda: server.run(NOBODY_ELSE, database=postgresql_name)


def entries(database: Database) -> int:
    with database.reading() as tx:
        return audit.head(tx).count


@contextmanager
def another_process_writes(database_url: str) -> Iterator[None]:
    with Database.open(database_url) as other, other.transaction():
        yield


def test_a_writer_does_not_wait_for_ever_for_another_process(impatient: None, database_url: str) -> None:
    with Database.open(database_url) as database:
        with (
            another_process_writes(database_url),
            pytest.raises(Unavailable, match="Nothing was recorded"),
            database.transaction() as tx,
        ):
            append_entry(tx)
        assert entries(database) == 0
        with database.transaction() as tx:
            append_entry(tx)


def test_a_reader_does_not_wait_for_a_writer(impatient: None, database_url: str) -> None:
    with Database.open(database_url) as database, another_process_writes(database_url):
        assert entries(database) == 0


def test_a_connection_that_was_cut_while_idle_is_replaced_unseen(
    postgresql_database: Database, cut: Callable[[], None]
) -> None:
    with postgresql_database.transaction() as tx:
        append_entry(tx)
    cut()
    with postgresql_database.transaction() as tx:
        append_entry(tx)
    cut()
    assert entries(postgresql_database) == 2


def test_a_connection_cut_while_writing_leaves_nothing(
    postgresql_database: Database, cut: Callable[[], None]
) -> None:
    def write_and_lose(tx: Connection) -> None:
        append_entry(tx)
        cut()
        append_entry(tx)

    with pytest.raises(Unavailable), postgresql_database.transaction() as tx:
        write_and_lose(tx)
    assert entries(postgresql_database) == 0
    with postgresql_database.transaction() as tx:
        append_entry(tx)


def test_a_connection_cut_at_the_last_moment_leaves_a_doubt_that_is_told(
    postgresql_database: Database, cut: Callable[[], None]
) -> None:
    def write_then_lose() -> None:
        with postgresql_database.transaction() as tx:
            append_entry(tx)
            cut()

    with pytest.raises(OutcomeUnknown, match="whole, or not at all"):
        write_then_lose()
    with postgresql_database.transaction() as tx:
        append_entry(tx)


def test_a_connection_cut_while_reading_is_told(
    postgresql_database: Database, cut: Callable[[], None]
) -> None:
    def lose_then_read(tx: Connection) -> None:
        cut()
        audit.head(tx)

    with pytest.raises(Unavailable), postgresql_database.reading() as tx:
        lose_then_read(tx)
    assert entries(postgresql_database) == 0


def test_a_server_that_refuses_is_told_until_it_is_back(
    postgresql_database: Database, cut: Callable[[], None], server: Server, postgresql_name: str
) -> None:
    server.run(f"ALTER DATABASE {postgresql_name} ALLOW_CONNECTIONS false")
    server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{postgresql_name}'")
    with pytest.raises(Unavailable), postgresql_database.reading():
        pass
    with pytest.raises(Unavailable), postgresql_database.transaction():
        pass
    server.run(f"ALTER DATABASE {postgresql_name} ALLOW_CONNECTIONS true")
    assert entries(postgresql_database) == 0


def test_a_statement_that_does_not_end_is_ended(
    impatient: None, server: Server, postgresql_name: str
) -> None:
    with (
        Database.open(server.url(postgresql_name)) as database,
        pytest.raises(Unavailable),
        database.reading() as tx,
    ):
        tx.exec_driver_sql("SELECT pg_sleep(60)")


def test_a_writer_that_stands_still_loses_its_turn(
    impatient: None, server: Server, postgresql_name: str
) -> None:
    with psycopg.connect(server.url(postgresql_name, SUPERUSER), autocommit=True) as onlooker:

        def stand_still(tx: Connection) -> None:
            append_entry(tx)
            with onlooker.cursor() as eye:
                for _ in range(600):
                    if not eye.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchall():
                        return
                    eye.execute("SELECT pg_sleep(0.05)")

        with (
            Database.open(server.url(postgresql_name)) as database,
            pytest.raises((Unavailable, OutcomeUnknown)),
            database.transaction() as tx,
        ):
            stand_still(tx)
        with Database.open(server.url(postgresql_name)) as database:
            assert entries(database) == 0


def test_other_mistakes_stay_what_they_are(database: Database) -> None:
    with pytest.raises(DBAPIError), database.transaction() as tx:
        tx.exec_driver_sql("SELECT * FROM nowhere")
    with pytest.raises(DBAPIError), database.reading() as tx:
        tx.exec_driver_sql("SELECT * FROM nowhere")


def test_a_file_that_is_locked_by_another_program_is_busy(
    impatient: None, database_file: Path, database_url: str
) -> None:
    with Database.open(database_url) as database, closing(sqlite3.connect(database_file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable), database.transaction() as tx:
            append_entry(tx)
