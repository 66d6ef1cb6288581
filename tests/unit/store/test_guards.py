"""Nothing that was recorded can be changed or removed, whatever the SQL."""

import pytest
from sqlalchemy.exc import IntegrityError

from settlement.audit import verify
from settlement.store import audit, decisions, tables
from settlement.store.database import Database
from tests.unit.store.builders import a_record, append_entry

COLUMNS = ", ".join(column.name for column in tables.decisions.columns)
REST = ", ".join("'forged'" for _ in tables.decisions.columns[2:])
SAME_ID = f"SELECT 3, id, {REST} FROM decisions WHERE position = 1"
TOLD = "at, actor, role, event, subject, body, prev, hash"
LAST = "(SELECT hash FROM audit ORDER BY seq DESC LIMIT 1)"

ATTEMPTS = [
    "UPDATE decisions SET output = 'forged'",
    "UPDATE decisions SET position = 9 WHERE position = 1",
    "UPDATE OR REPLACE decisions SET position = 2 WHERE position = 1",
    "UPDATE OR IGNORE decisions SET id = 'forged'",
    "DELETE FROM decisions",
    "DELETE FROM decisions WHERE position = 2",
    f"REPLACE INTO decisions VALUES (1, 'forged', {REST})",
    f"REPLACE INTO decisions {SAME_ID}",
    f"INSERT OR IGNORE INTO decisions VALUES (7, 'forged', {REST})",
    f"INSERT INTO decisions ({COLUMNS.removeprefix('position, ')}) VALUES ('forged', {REST})",
    f"INSERT INTO decisions SELECT position, id, {REST} FROM decisions WHERE 1"
    " ON CONFLICT (position) DO UPDATE SET output = 'forged'",
    f"INSERT INTO decisions {SAME_ID} ON CONFLICT (id) DO UPDATE SET output = 'forged'",
    "UPDATE audit SET body = 'forged'",
    "UPDATE audit SET rowid = 9 WHERE seq = 2",
    "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 1",
    "DELETE FROM audit WHERE seq = 2",
    "DELETE FROM audit",
    f"REPLACE INTO audit SELECT seq, {TOLD.replace('body', 'role')} FROM audit",
    f"INSERT OR IGNORE INTO audit SELECT 4, {TOLD} FROM audit WHERE seq = 2",
    f"INSERT INTO audit SELECT 3, {TOLD} FROM audit WHERE seq = 2",
    f"INSERT INTO audit SELECT 4, {TOLD.replace('prev', LAST)} FROM audit WHERE seq = 2",
    f"INSERT INTO audit ({TOLD}) SELECT {TOLD.replace('prev', LAST)} FROM audit WHERE seq = 2",
    f"INSERT INTO audit SELECT seq, {TOLD} FROM audit WHERE 1"
    " ON CONFLICT (seq) DO UPDATE SET body = 'forged'",
    "UPDATE audit_head SET count = 1",
    "UPDATE audit_head SET last_hash = 'forged'",
    "DELETE FROM audit_head",
    "REPLACE INTO audit_head VALUES (1, 1, 'forged')",
    "INSERT INTO audit_head VALUES (2, 0, '')",
]


@pytest.fixture
def written(database: Database) -> Database:
    """Two decisions and two entries."""
    with database.transaction() as tx:
        for number in (1, 2):
            decisions.insert_decision(tx, a_record(number))
            append_entry(tx)
    return database


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_was_recorded_stays_even_when_the_rest_is_committed(written: Database, attempt: str) -> None:
    with written.transaction() as tx:
        with pytest.raises(IntegrityError):
            tx.exec_driver_sql(attempt)
        append_entry(tx)
    with written.reading() as tx:
        stored = [decisions.record_from(each) for each in decisions.stored_decisions(tx)]
        assert stored == [a_record(1), a_record(2)]
        assert verify(audit.entries(tx), audit.head(tx)) == []
        assert audit.head(tx).count == 3
