"""One database: how it is opened, read, written and brought up to date."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, get_ident
from typing import Self

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from settlement.errors import BadInput, Fault
from settlement.store import migrations

BUSY_S = 30
"""How long a writer waits for another process, in seconds."""

CONNECTIONS = 16
"""How many threads can be at work at once before one waits for another's connection."""


class Database:
    """A SQLite file. One transaction writes at a time; readers see what was last committed and never wait."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writing=True)
        self._turn = Lock()  # three times as fast as racing for SQLite's own lock
        self._writer: int | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open or create the file that a URL names, with its folder. Raises BadInput when it cannot."""
        file = _file_of(url)
        database = cls(_engine(file))
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with database.reading() as tx:
                tx.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
        except (OSError, ValueError, DBAPIError) as error:
            database.close()
            why = error.orig if isinstance(error, DBAPIError) else error
            raise _unusable(f"{file} cannot be used as a database: {why}") from error
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: all of it is on disk when the block ends, or none of it when the block raises."""
        assert self._writer != get_ident(), "a transaction inside a transaction would wait for itself"
        with self._turn:
            self._writer = get_ident()
            try:
                with self._writing.begin() as tx:
                    yield tx
            finally:
                self._writer = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one unchanging state; writing is refused."""
        with self._engine.connect() as tx:
            yield tx

    def upgrade(self) -> None:
        """Bring the tables to the newest revision; nothing happens when they are.

        Raises BadInput for a database of another program or of a newer version of this one.
        """
        with self.transaction() as tx:
            _check_ours(tx)
            migrations.upgrade(tx)

    def is_current(self) -> bool:
        """Whether the tables are those of this version."""
        with self.reading() as tx:
            return migrations.revision_of(tx) == migrations.revisions()[0]

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _file_of(url: str) -> Path:
    try:
        parsed = make_url(url)
        file = Path(parsed.database or "").expanduser().absolute()
    except (ArgumentError, ValueError, RuntimeError) as error:
        remedy = "" if "://" in url else f"for this file write sqlite:///{url}"
        raise _unusable("this is not a database URL", remedy) from error
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise _unusable(f"this version keeps its data in SQLite, not in {parsed.drivername}")
    if parsed != URL.create(parsed.drivername, database=parsed.database):
        raise _unusable("SQLite knows no host, user or option", "write three slashes, then the path")
    if parsed.database in (None, "", ":memory:"):
        raise _unusable("this URL names no file, and what is kept in memory is lost")
    return file


def _unusable(problem: str, remedy: str = "") -> BadInput:
    return BadInput([Fault("database", problem, remedy or "write sqlite:///path/to/settlement.sqlite3")])


def _engine(file: Path) -> Engine:
    options = {"poolclass": QueuePool, "pool_size": CONNECTIONS}
    # What customers told us stays out of error messages, and so out of logs.
    engine = create_engine("sqlite://", creator=lambda: _connect(file), hide_parameters=True, **options)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(file: Path) -> sqlite3.Connection:
    """A driver connection that leaves transactions to us and loses nothing that it acknowledged."""
    connection = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.text_factory = _decoded
    except BaseException:
        connection.close()
        raise
    return connection


def _decoded(raw: bytes) -> str:
    """Text as it stands in the file; a byte that somebody spoilt must reach `verify`, not stop it."""
    return raw.decode("utf-8", "surrogateescape")


def _begin(connection: Connection) -> None:
    """Begin as reader or writer. A writer takes the lock at once: waiting for it later would fail at once."""
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _check_ours(tx: Connection) -> None:
    revision = migrations.revision_of(tx)
    if revision is None and set(inspect(tx).get_table_names()) - {migrations.TABLE}:
        raise _unusable("this database belongs to another program", "name a file that does not exist yet")
    if revision is not None and revision not in migrations.revisions():
        raise _unusable(f"this version knows no revision {revision!r}", "install the newest settlement")
