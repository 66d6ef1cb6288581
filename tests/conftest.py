"""What every test may ask for: a database with all tables, and hands that spoil it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest

from settlement.store.database import Database

# The same examples on every machine and every run; a slow machine is no fault.
hypothesis.settings.register_profile("settlement", deadline=None, derandomize=True)
hypothesis.settings.load_profile("settlement")


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


@pytest.fixture
def database_url(database_file: Path) -> str:
    return f"sqlite:///{database_file}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, brought up to date."""
    with Database.open(database_url) as database:
        yield database


@pytest.fixture
def tamper(database_file: Path) -> Callable[..., None]:
    """Runs SQL on the file behind the program's back, after pulling down every trigger."""

    def run(*statements: str) -> None:
        with closing(sqlite3.connect(database_file)) as connection, connection:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)

    return run
