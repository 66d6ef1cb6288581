"""One database, of the kind that its URL names: how it is read, written and brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Self

from sqlalchemy import URL, Connection, Engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError, TimeoutError

from settlement.errors import BadInput, Fault, OutcomeUnknown, SettlementError, Unavailable
from settlement.store import migrations, postgresql, sqlite

_KINDS = {
    "sqlite": sqlite,
    "sqlite+pysqlite": sqlite,
    "postgresql": postgresql,
    "postgresql+psycopg": postgresql,
}


class Database:
    """A SQLite file or a PostgreSQL database.

    One transaction writes at a time, whatever the number of processes, so that nothing that it read has
    changed when it commits. Readers see what was last committed and never wait.
    """

    def __init__(self, engine: Engine) -> None:
        self._postgresql = engine.dialect.name == "postgresql"
        self._reading = engine.execution_options(**postgresql.READING) if self._postgresql else engine
        self._writing = engine.execution_options(writing=True)
        self._turn = Lock()  # three times as fast as racing for the database's own lock
        self._writer: int | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open what a URL names; a SQLite file is made, with its folder. Raises BadInput when it cannot."""
        parsed = _parsed(url)
        try:
            database = cls(_KINDS[parsed.drivername].open_engine(parsed))
        except (OSError, ValueError, ArgumentError) as error:
            raise _unusable_at(parsed, error) from error
        try:
            with database._reading.connect() as tx:
                migrations.revision_of(tx)
                if database._postgresql:
                    postgresql.check_server(tx)
        except BaseException as error:
            database.close()
            if isinstance(error, OSError | ValueError | DBAPIError):
                raise _unusable_at(parsed, error) from error
            raise
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: all of it is on disk when the block ends, or none of it when the block raises.

        Raises Unavailable, or OutcomeUnknown when the connection was lost while committing.
        """
        assert self._writer != get_ident(), "a transaction inside a transaction would wait for itself"
        committing = False
        with self._turn:
            self._writer = get_ident()
            try:
                with self._writing.begin() as tx:
                    yield tx
                    committing = True
            except (DBAPIError, TimeoutError) as error:
                if meaning := self._meaning(error, committing):
                    raise meaning from error
                raise
            finally:
                self._writer = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one unchanging state; writing is refused. Raises Unavailable."""
        try:
            with self._reading.connect() as tx:
                yield tx
        except (DBAPIError, TimeoutError) as error:
            if meaning := self._meaning(error):
                raise meaning from error
            raise

    def upgrade(self) -> None:
        """Bring the tables to the newest revision; nothing happens when they are.

        Raises BadInput for a database of another program or of a newer version of this one, and where
        the tables belong to somebody else who alone may change them.
        """
        if self.is_current():
            return
        try:
            with self.transaction() as tx:
                _check_ours(tx)
                if self._postgresql:
                    postgresql.take_time(tx)
                migrations.upgrade(tx)
        except ProgrammingError as error:
            problem = f"the tables are not those of this version and cannot be changed: {error.orig}"
            raise _unusable(problem, "run: settlement init, as the owner of the tables") from error

    def is_current(self) -> bool:
        """Whether the tables are those of this version."""
        with self.reading() as tx:
            return migrations.revision_of(tx) == migrations.revisions()[0]

    def scrub(self) -> None:
        """Leave nothing of what was deleted in the files of SQLite; PostgreSQL cleans up by itself, later."""
        if not self._postgresql:
            with self._turn:
                sqlite.scrub(self._writing)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._writing.dispose()

    def _meaning(self, error: DBAPIError | TimeoutError, committing: bool = False) -> SettlementError | None:
        """What an error of the driver means for whoever asked; nothing, when it is a mistake of ours."""
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost and committing:
            return OutcomeUnknown(
                "It is recorded whole, or not at all. Look before you repeat it; "
                "a request with the same Idempotency-Key is safe to send again."
            )
        busy = isinstance(error, OperationalError) and (self._postgresql or sqlite.is_busy(error))
        if lost or busy or isinstance(error, TimeoutError):
            return Unavailable("Nothing was recorded. Send the request again in a moment.")
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        remedy = "" if "://" in url else f"for this file write sqlite:///{url}"
        raise _unusable("this is not a database URL", remedy) from error
    if parsed.drivername not in _KINDS:
        raise _unusable(f"data are kept in SQLite or PostgreSQL, not in {parsed.drivername}")
    return parsed


def _unusable(problem: str, remedy: str = "") -> BadInput:
    known = "write sqlite:///path/to/settlement.sqlite3 or postgresql://user@host/database"
    return BadInput([Fault("database", problem, remedy or known)])


def _unusable_at(url: URL, error: Exception) -> BadInput:
    why = error.orig if isinstance(error, DBAPIError) else error
    shown = url.difference_update_query(["password"]).render_as_string()
    named = url.database if url.drivername.startswith("sqlite") else shown
    return _unusable(f"{named} cannot be used as a database: {str(why).strip()}")


def _check_ours(tx: Connection) -> None:
    revision = migrations.revision_of(tx)
    if revision is None and set(inspect(tx).get_table_names()) - {migrations.TABLE}:
        raise _unusable("this database belongs to another program", "name one that is empty or not there yet")
    if revision is not None and revision not in migrations.revisions():
        raise _unusable(f"this version knows no revision {revision!r}", "install the newest settlement")
