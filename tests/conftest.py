"""What every test may ask for: a database with all tables, and hands that spoil it.

A test that asks for a database runs on SQLite and on PostgreSQL; one that asks for `database_file` is
about SQLite's file and runs there only.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest

from settlement.store import guards
from settlement.store.database import Database
from tests import postgres

# The same examples on every machine and every run; a slow machine is no fault.
hypothesis.settings.register_profile("settlement", deadline=None, derandomize=True)
hypothesis.settings.load_profile("settlement")

KINDS = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        kinds = KINDS[:1] if "database_file" in metafunc.fixturenames else KINDS
        metafunc.parametrize("database_kind", kinds)


# ---------------------------------------------------------------- SQLite


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows; copy it, do not write to it."""
    file = tmp_path_factory.mktemp("migrated") / "settlement.sqlite3"
    with Database.open(f"sqlite:///{file}") as database:
        database.upgrade()
    return file


@pytest.fixture
def database_file(migrated_file: Path, tmp_path: Path) -> Path:
    """The file of this test's own database."""
    return Path(shutil.copy(migrated_file, tmp_path / "settlement.sqlite3"))


# ---------------------------------------------------------------- PostgreSQL


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server for the whole run. Its database `migrated` has all tables; copy it."""
    with postgres.running_server() as running:
        running.run(f"CREATE DATABASE migrated OWNER {postgres.OWNER}")
        with Database.open(running.url("migrated", postgres.OWNER)) as database:
            database.upgrade()
            with database.transaction() as tx:
                guards.grant(tx, postgres.SERVICE)
        yield running


class Stock:
    """Databases on the server, made and dropped by a thread: the next is ready before a test asks for it."""

    def __init__(self, hand: psycopg.Connection, worker: Executor) -> None:
        self._hand, self._worker, self._numbers = hand, worker, count(1)
        self._next = self._worker.submit(self._make)

    def take(self) -> str:
        """A database of one's own, with all tables and no rows."""
        made, self._next = self._next, self._worker.submit(self._make)
        return made.result()

    def drop(self, name: str) -> None:
        self._worker.submit(self._hand.execute, f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _make(self) -> str:
        name = f"t{next(self._numbers)}"
        self._hand.execute(f"CREATE DATABASE {name} TEMPLATE migrated OWNER {postgres.OWNER}".encode())
        return name


@pytest.fixture(scope="session")
def stock(server: postgres.Server) -> Iterator[Stock]:
    with (
        psycopg.connect(server.url("postgres", postgres.SUPERUSER), autocommit=True) as hand,
        ThreadPoolExecutor(1) as worker,
    ):
        yield Stock(hand, worker)


@pytest.fixture
def postgresql_name(stock: Stock) -> Iterator[str]:
    """This test's own database on the server."""
    name = stock.take()
    yield name
    stock.drop(name)


@pytest.fixture
def postgresql_empty(server: postgres.Server) -> Iterator[str]:
    """A database on the server without tables."""
    server.run(f"CREATE DATABASE empty OWNER {postgres.OWNER}")
    yield "empty"
    server.run("DROP DATABASE empty WITH (FORCE)")


# ---------------------------------------------------------------- either


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """A database with all tables; on PostgreSQL for the service, who may not change them."""
    if database_kind == "sqlite":
        return f"sqlite:///{request.getfixturevalue('database_file')}"
    server: postgres.Server = request.getfixturevalue("server")
    return server.url(request.getfixturevalue("postgresql_name"))


@pytest.fixture
def owner_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The same database, for the one who owns its tables."""
    if database_kind == "sqlite":
        return f"sqlite:///{request.getfixturevalue('database_file')}"
    server: postgres.Server = request.getfixturevalue("server")
    return server.url(request.getfixturevalue("postgresql_name"), postgres.OWNER)


@pytest.fixture
def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables, for the one who will own them."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    server: postgres.Server = request.getfixturevalue("server")
    return server.url(request.getfixturevalue("postgresql_empty"), postgres.OWNER)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, brought up to date."""
    with Database.open(database_url) as database:
        yield database


@pytest.fixture
def tamper(database_kind: str, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Runs SQL behind the program's back, after pulling down every trigger."""
    if database_kind == "sqlite":
        file = request.getfixturevalue("database_file")
        return lambda *statements: _tamper_with_file(file, statements)
    server: postgres.Server = request.getfixturevalue("server")
    name: str = request.getfixturevalue("postgresql_name")
    return lambda *statements: server.run(_NO_TRIGGERS, *statements, database=name)


def _tamper_with_file(file: Path, statements: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


_NO_TRIGGERS = """
DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal LOOP
    EXECUTE 'ALTER TABLE ' || name || ' DISABLE TRIGGER USER';
  END LOOP;
END $$
"""
