"""Nothing that was recorded can be changed or removed, whatever the SQL."""

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from settlement.audit import verify
from settlement.errors import BadInput
from settlement.store import audit, decisions, guards, migrations, tables
from settlement.store.database import Database
from tests.postgres import OWNER, SERVICE, SUPERUSER, Server
from tests.unit.store.builders import a_record, append_entry

COLUMNS = ", ".join(column.name for column in tables.decisions.columns)
REST = ", ".join("'forged'" for _ in tables.decisions.columns[2:])
SAME_ID = f"SELECT 3, id, {REST} FROM decisions WHERE position = 1"
TOLD = "at, actor, role, event, subject, body, prev, hash"
LAST = "(SELECT hash FROM audit ORDER BY seq DESC LIMIT 1)"

ON_BOTH = [
    "UPDATE decisions SET output = 'forged'",
    "UPDATE decisions SET position = 9 WHERE position = 1",
    "DELETE FROM decisions",
    "DELETE FROM decisions WHERE position = 2",
    f"INSERT INTO decisions VALUES (7, 'forged', {REST})",
    f"INSERT INTO decisions ({COLUMNS.removeprefix('position, ')}) VALUES ('forged', {REST})",
    f"INSERT INTO decisions SELECT position, id, {REST} FROM decisions WHERE true"
    " ON CONFLICT (position) DO UPDATE SET output = 'forged'",
    f"INSERT INTO decisions {SAME_ID} ON CONFLICT (id) DO UPDATE SET output = 'forged'",
    "UPDATE audit SET body = 'forged'",
    "DELETE FROM audit WHERE seq = 2",
    "DELETE FROM audit",
    f"INSERT INTO audit SELECT 3, {TOLD} FROM audit WHERE seq = 2",
    f"INSERT INTO audit SELECT 4, {TOLD.replace('prev', LAST)} FROM audit WHERE seq = 2",
    f"INSERT INTO audit ({TOLD}) SELECT {TOLD.replace('prev', LAST)} FROM audit WHERE seq = 2",
    f"INSERT INTO audit SELECT seq, {TOLD} FROM audit WHERE true"
    " ON CONFLICT (seq) DO UPDATE SET body = 'forged'",
    "UPDATE audit_head SET count = 1",
    "UPDATE audit_head SET last_hash = 'forged'",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head VALUES (2, 0, '')",
    "INSERT INTO audit_head VALUES (1, 0, '') ON CONFLICT (id) DO UPDATE SET count = 0",
]
ON_SQLITE = [
    "UPDATE OR REPLACE decisions SET position = 2 WHERE position = 1",
    "UPDATE OR IGNORE decisions SET id = 'forged'",
    f"REPLACE INTO decisions VALUES (1, 'forged', {REST})",
    f"REPLACE INTO decisions {SAME_ID}",
    f"INSERT OR IGNORE INTO decisions VALUES (7, 'forged', {REST})",
    "UPDATE audit SET rowid = 9 WHERE seq = 2",
    "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 1",
    f"REPLACE INTO audit SELECT seq, {TOLD.replace('body', 'role')} FROM audit",
    f"INSERT OR IGNORE INTO audit SELECT 4, {TOLD} FROM audit WHERE seq = 2",
    "REPLACE INTO audit_head VALUES (1, 1, 'forged')",
]
ON_POSTGRESQL = [
    "TRUNCATE decisions",
    "TRUNCATE audit, audit_head",
    "TRUNCATE audit_head",
    "UPDATE audit SET body = body WHERE false",
    "MERGE INTO audit USING (SELECT 2 AS seq) told ON audit.seq = told.seq WHEN MATCHED THEN DELETE",
    f"CREATE TEMPORARY TABLE audit AS SELECT 8 AS seq, '' AS hash; INSERT INTO public.audit SELECT 9, {TOLD} FROM public.audit LIMIT 1",
]


def write_two(database: Database) -> None:
    with database.transaction() as tx:
        for number in (1, 2):
            decisions.insert_decision(tx, a_record(number))
            append_entry(tx)


def refuse(database: Database, attempt: str) -> None:
    """The attempt fails for the trigger's reason, and all that was recorded is there."""
    with database.transaction() as tx:
        with pytest.raises(IntegrityError), tx.begin_nested():
            tx.exec_driver_sql(attempt)
        append_entry(tx)
    with database.reading() as tx:
        stored = [decisions.record_from(each) for each in decisions.stored_decisions(tx)]
        assert stored == [a_record(1), a_record(2)]
        assert verify(audit.entries(tx), audit.head(tx)) == []
        assert audit.head(tx).count == 3


@pytest.mark.parametrize("attempt", ON_BOTH)
def test_what_was_recorded_stays_even_when_the_rest_is_committed(owned: Database, attempt: str) -> None:
    write_two(owned)
    refuse(owned, attempt)


@pytest.mark.parametrize("attempt", ON_SQLITE)
def test_what_was_recorded_stays_whatever_sqlite_offers(
    database_file: object, database: Database, attempt: str
) -> None:
    write_two(database)
    refuse(database, attempt)


@pytest.mark.parametrize("attempt", ON_POSTGRESQL)
@pytest.mark.parametrize("user", [OWNER, SUPERUSER])
def test_what_was_recorded_stays_whatever_postgresql_offers(
    server: Server, postgresql_name: str, attempt: str, user: str
) -> None:
    """Neither the owner nor one who switches ordinary triggers off for a session gets past."""
    with Database.open(server.url(postgresql_name, user)) as database:
        write_two(database)
        if user == SUPERUSER:
            attempt = f"SET LOCAL session_replication_role = 'replica'; {attempt}"
        refuse(database, attempt)


@pytest.mark.parametrize(
    "attempt",
    [
        "DROP TABLE audit",
        "DROP TRIGGER audit_kept ON audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "ALTER TABLE audit RENAME TO other",
        "DROP FUNCTION settlement_refuse() CASCADE",
        "CREATE OR REPLACE FUNCTION settlement_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = 'replica'",
        "TRUNCATE audit",
        "UPDATE audit SET body = ''",
        "DELETE FROM decisions",
        "DELETE FROM cases",
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM tokens",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_service_can_neither_take_down_a_guard_nor_a_table(
    server: Server, postgresql_name: str, attempt: str
) -> None:
    with (
        Database.open(server.url(postgresql_name, SERVICE)) as database,
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        database.transaction() as tx,
    ):
        tx.exec_driver_sql(attempt)


def test_the_service_may_change_only_what_one_table_in_the_code_says(
    server: Server, postgresql_name: str
) -> None:
    told = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'service'"
    with Database.open(server.url(postgresql_name, OWNER)) as database, database.reading() as tx:
        granted = {tuple(row) for row in tx.exec_driver_sql(told)}
        all_tables = set(inspect(tx).get_table_names())
    expected = {(table, "SELECT") for table in all_tables}
    expected |= {(table, "INSERT") for table in all_tables - {migrations.TABLE}}
    expected |= {(table, verb) for table, verbs in guards.CHANGED.items() for verb in verbs}
    assert granted == expected
    assert set(guards.CHANGED) <= set(tables.metadata.tables)


@pytest.mark.parametrize("role", [OWNER, SUPERUSER])
def test_one_who_could_take_the_guards_down_is_not_made_the_service(
    server: Server, postgresql_name: str, role: str
) -> None:
    with (
        Database.open(server.url(postgresql_name, OWNER)) as database,
        pytest.raises(BadInput, match="grant to another role"),
        database.transaction() as tx,
    ):
        guards.grant(tx, role)


@pytest.fixture
def notes(owned: Database) -> Database:
    """A table of two rows that `protect` guards."""
    with owned.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE notes (a text, b integer, said text, PRIMARY KEY (a, b))")
        guards.protect(tx, "notes", ("a", "b"), "nobody's note is changed")
        tx.exec_driver_sql("INSERT INTO notes VALUES ('x', 1, 'first'), ('x', 2, 'second')")
    return owned


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE notes SET said = 'forged' WHERE b = 1",
        "DELETE FROM notes WHERE b = 2",
        "INSERT INTO notes VALUES ('x', 1, 'forged')",
        "INSERT INTO notes VALUES ('x', 1, 'forged') ON CONFLICT (a, b) DO UPDATE SET said = 'forged'",
        "TRUNCATE notes",
        "REPLACE INTO notes VALUES ('x', 2, 'forged')",
    ],
)
def test_a_protected_table_is_only_added_to(notes: Database, attempt: str) -> None:
    with pytest.raises(DBAPIError), notes.transaction() as tx:
        tx.exec_driver_sql(attempt)
    with notes.transaction() as tx:
        tx.exec_driver_sql("INSERT INTO notes VALUES ('y', 1, 'third')")
        said = tx.exec_driver_sql("SELECT said FROM notes ORDER BY a, b").scalars().all()
    assert said == ["first", "second", "third"]


def test_a_guard_says_why(notes: Database) -> None:
    with pytest.raises(IntegrityError, match="nobody's note is changed"), notes.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM notes")
