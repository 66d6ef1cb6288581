"""The tables come and go as a whole and are those of the model."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from settlement.audit import verify
from settlement.store import audit, guards, migrations
from settlement.store.database import Database
from settlement.store.decisions import insert_decision
from settlement.store.tables import Moment, metadata
from tests.unit.store.builders import NOON, a_record, append_entry

SQLITE = "SELECT type, name, sql FROM sqlite_schema WHERE sql NOT NULL"
POSTGRESQL = """
SELECT 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid)
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def schema(database: Database, *, guarded: bool = True) -> dict[str, str]:
    """All that makes up a database but Alembic's own table, in SQL without spaces."""
    with database.reading() as tx:
        found = tx.exec_driver_sql(SQLITE if tx.dialect.name == "sqlite" else POSTGRESQL).all()
    return {
        f"{kind} {name}": "".join(sql.split())
        for kind, name, sql in found
        if migrations.TABLE not in name and (guarded or kind not in ("trigger", "function"))
    }


def fill(database: Database) -> None:
    """A row in every table: it stands in the way of a change that was written for empty tables."""
    with database.transaction() as tx:
        insert_decision(tx, a_record())
        append_entry(tx)
        for table in metadata.sorted_tables:
            if tx.scalar(select(func.count()).select_from(table)) == 0:
                tx.execute(insert(table).values({column.name: _value(column) for column in table.columns}))


def _value(column: Column[Any]) -> Any:
    """Columns of a row differ, so that nobody approves their own."""
    if isinstance(column.type, Moment):
        return NOON
    return 1 if isinstance(column.type, Integer) else column.name


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Everything that is stored, by table and column."""
    with database.reading() as tx:
        names = set(inspect(tx).get_table_names()) - {migrations.TABLE}
        return {
            name: [dict(row) for row in tx.exec_driver_sql(f"SELECT * FROM {name}").mappings()]
            for name in names
        }


def test_up_down_up_gives_the_same_tables(empty: Database) -> None:
    empty.upgrade()
    first = schema(empty)
    fill(empty)
    with empty.transaction() as tx:
        migrations.downgrade(tx, migrations.NOTHING)
    assert schema(empty) == {}
    assert not empty.is_current()
    empty.upgrade()
    assert schema(empty) == first
    assert empty.is_current()
    with empty.transaction() as tx:
        assert append_entry(tx).seq == 1


@pytest.mark.parametrize("revision", migrations.revisions()[1:])
def test_every_step_down_and_up_again_keeps_what_both_revisions_know(empty: Database, revision: str) -> None:
    empty.upgrade()
    first = schema(empty)
    fill(empty)
    with empty.transaction() as tx:
        migrations.downgrade(tx, revision)
        assert migrations.revision_of(tx) == revision
    older = rows(empty)
    with empty.transaction() as tx:
        append_entry(tx)  # the guards of the older revision are up
    with empty.transaction() as tx, pytest.raises(IntegrityError):
        tx.exec_driver_sql("DELETE FROM audit")
    empty.upgrade()
    assert schema(empty) == first
    newer = rows(empty)
    assert len(newer.pop("audit")) == len(older.pop("audit")) + 1
    older.pop("audit_head")
    for table, kept in older.items():
        assert [{name: row[name] for name in row if name in newer[table][0]} for row in kept] == [
            {name: row[name] for name in row if name in kept[0]} for row in newer[table]
        ], table
    with empty.reading() as tx:
        assert verify(audit.entries(tx), audit.head(tx)) == []


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
    assert schema(database, guarded=False) == schema(empty, guarded=False)


def test_every_table_of_sqlite_is_strict(database_file: object, database: Database) -> None:
    tables = {name: sql for name, sql in schema(database).items() if name.startswith("table ")}
    assert set(tables) == {f"table {name}" for name in metadata.tables}
    assert all(sql.endswith("STRICT") for sql in tables.values())


def test_a_failing_migration_leaves_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def install_and_fail(tx: Connection) -> None:
        guards_as_they_are(tx)
        raise ZeroDivisionError

    guards_as_they_are = guards.install
    monkeypatch.setattr(guards, "install", install_and_fail)
    with pytest.raises(ZeroDivisionError):
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
