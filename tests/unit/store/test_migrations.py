"""The tables come and go as a whole and are those of the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import OperationalError

from settlement.store import guards, migrations
from settlement.store.database import Database
from settlement.store.tables import metadata
from tests.unit.store.builders import append_entry


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    with Database.open(f"sqlite:///{tmp_path}/empty.sqlite3") as database:
        yield database


def schema(database: Database, kinds: str = "'table', 'index', 'trigger'") -> dict[str, str]:
    """The SQL of everything in a database but Alembic's own table, spaces apart."""
    query = f"SELECT name, sql FROM sqlite_schema WHERE type IN ({kinds}) AND sql NOT NULL"
    with database.reading() as tx:
        found = tx.exec_driver_sql(query).all()
    return {name: "".join(sql.split()) for name, sql in found if name != migrations.TABLE}


def test_up_down_up_gives_the_same_tables(empty: Database) -> None:
    empty.upgrade()
    first = schema(empty)
    with empty.transaction() as tx:
        append_entry(tx)
        migrations.downgrade(tx, migrations.NOTHING)
    assert schema(empty) == {}
    assert not empty.is_current()
    empty.upgrade()
    assert schema(empty) == first
    assert empty.is_current()
    with empty.transaction() as tx:
        assert append_entry(tx).seq == 1


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    with database.transaction() as tx:
        append_entry(tx)
    before = schema(database)
    database.upgrade()
    assert schema(database) == before


def test_the_model_is_what_the_migrations_make(database: Database, empty: Database) -> None:
    with database.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
    with empty.transaction() as tx:
        metadata.create_all(tx)
    assert schema(database, "'table', 'index'") == schema(empty, "'table', 'index'")


def test_every_table_is_strict(database: Database) -> None:
    tables = schema(database, "'table'")
    assert set(tables) == set(metadata.tables)
    assert all(sql.endswith("STRICT") for sql in tables.values())


def test_a_failing_migration_leaves_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails at its very last statement."""
    broken = (*guards.GUARDS["sqlite"], "CREATE TRIGGER broken AFTER INSERT ON nowhere BEGIN SELECT 1; END")
    monkeypatch.setitem(guards.GUARDS, "sqlite", broken)
    with pytest.raises(OperationalError, match="no such table"):
        empty.upgrade()
    with empty.reading() as tx:
        assert inspect(tx).get_table_names() == []
    monkeypatch.undo()
    empty.upgrade()
    assert empty.is_current()


def test_the_revisions_form_one_line() -> None:
    assert migrations.revisions()[-1] == "0001"
    assert len(set(migrations.revisions())) == len(migrations.revisions())


def test_one_transaction_holds_a_whole_upgrade(empty: Database) -> None:
    def upgrade_and_fail(tx: Connection) -> None:
        migrations.upgrade(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), empty.transaction() as tx:
        upgrade_and_fail(tx)
    assert schema(empty) == {}
