"""A PostgreSQL database: how its connections read and write, and that none of them waits for ever."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from settlement.errors import BadInput, Fault

BUSY_S = 30
"""How long a writer waits for another, in seconds."""

STATEMENT_S = 60
"""How long one statement may run, and how long a writer may do nothing, in seconds."""

CONNECTIONS = 16
"""How many threads of a process can be at work at once before one waits for another's connection."""

_ONE_WRITER = 0x736574746C65
"""The advisory lock that every writing transaction takes first, in this and any other process."""

_LINK: dict[str, Any] = {
    "application_name": "settlement",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    # A server that vanished without a word is noticed within a minute.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def open_engine(url: URL) -> Engine:
    """Connections to the server that a URL names; libpq fills in what the URL leaves out."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=_LINK,
        isolation_level="READ COMMITTED",  # a writer that waited for its turn must see what the others wrote
        pool_size=CONNECTIONS,
        pool_timeout=BUSY_S,
        pool_pre_ping=True,
        hide_parameters=True,  # what customers told us stays out of error messages, and so out of logs
    )
    event.listen(engine, "connect", _set_limits)
    event.listen(engine, "begin", _begin)
    return engine


READING: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""One unchanging state, and no writing."""


def check_server(tx: Connection) -> None:
    """Raises BadInput for a database that cannot hold every text."""
    encoding = tx.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        problem = f"its encoding is {encoding}, which cannot hold every text"
        raise BadInput([Fault("database", problem, "create one with: ENCODING 'UTF8' TEMPLATE template0")])


def take_time(tx: Connection) -> None:
    """Let the statements of this transaction run as long as they need: a change of large tables."""
    tx.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _set_limits(connection: Any, _record: object) -> None:
    limits = f"SET statement_timeout = '{STATEMENT_S}s'; SET lock_timeout = '{BUSY_S}s'"
    connection.execute(limits)
    connection.commit()


def _begin(connection: Connection) -> None:
    """A writer waits for its turn at once; one that then stands still loses it."""
    if connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql(
            f"SELECT set_config('idle_in_transaction_session_timeout', '{STATEMENT_S}s', true), "
            f"pg_advisory_xact_lock({_ONE_WRITER})"
        )
