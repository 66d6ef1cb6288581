"""A SQLite file as a database: how it is opened, and what its connections promise."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import OperationalError

from settlement.errors import BadInput, Fault

BUSY_S = 30
"""How long a writer waits for another process, in seconds."""

CONNECTIONS = 16
"""How many threads can be at work at once before one waits for another's connection."""


def open_engine(url: URL) -> Engine:
    """Connections to the file that a URL names, made with its folder where it is not there."""
    file = _file_of(url)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {"poolclass": QueuePool, "pool_size": CONNECTIONS}
    # What customers told us stays out of error messages, and so out of logs.
    engine = create_engine("sqlite://", creator=lambda: _connect(file), hide_parameters=True, **options)
    event.listen(engine, "begin", _begin)
    return engine


def is_busy(error: OperationalError) -> bool:
    """Whether another process kept the file to itself for too long."""
    return "locked" in str(error.orig)


def scrub(engine: Engine) -> None:
    """Empty the journal, in which deleted names would stand until it is used again.

    Waits for readers; where one stays too long, the next checkpoint does it.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _file_of(url: URL) -> Path:
    if url != URL.create(url.drivername, database=url.database):
        raise _unusable("SQLite knows no host, user or option", "write three slashes, then the path")
    if url.database in (None, "", ":memory:"):
        raise _unusable("this URL names no file, and what is kept in memory is lost")
    try:
        return Path(url.database or "").expanduser().absolute()
    except RuntimeError as error:
        raise _unusable(str(error)) from error


def _unusable(problem: str, remedy: str = "write sqlite:///path/to/settlement.sqlite3") -> BadInput:
    return BadInput([Fault("database", problem, remedy)])


def _connect(file: Path) -> sqlite3.Connection:
    """A driver connection that leaves transactions to us and loses nothing that it acknowledged."""
    connection = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
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
