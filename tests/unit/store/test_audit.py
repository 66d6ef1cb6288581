"""The stored audit log: it grows by whole links, and whoever touched the file is found out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from settlement.audit import GENESIS, Finding, Head, verify
from settlement.store import audit
from settlement.store.audit import BrokenLog
from settlement.store.database import Database
from tests.unit.store.builders import append_entry


@pytest.fixture
def log(database: Database) -> Database:
    """A database with four entries."""
    with database.transaction() as tx:
        for number in range(1, 5):
            append_entry(tx, subject=f"d-{number}")
    return database


def findings(database: Database, known: str | None = None) -> list[Finding]:
    with database.reading() as tx:
        return verify(audit.entries(tx), audit.head(tx), known=known)


def test_an_entry_is_stored_as_it_was_told(database: Database) -> None:
    with database.transaction() as tx:
        told = append_entry(tx, subject="d-1", body={"b": 2, "a": "付"})
    with database.reading() as tx:
        assert list(audit.entries(tx)) == [told]
        assert audit.head(tx) == Head(1, told.hash)
    assert (told.seq, told.at, told.role) == (1, "2026-03-03T12:00:00.000000+00:00", "agent")
    assert (told.body, told.prev) == ('{"a":"付","b":2}', GENESIS)


def test_a_fresh_log_is_empty_and_whole(database: Database) -> None:
    with database.reading() as tx:
        assert audit.head(tx) == Head(0, GENESIS)
    assert findings(database) == []


def test_an_untouched_log_has_no_findings(log: Database) -> None:
    assert findings(log) == []


def test_threads_that_write_at_once_leave_one_chain(database: Database, database_url: str) -> None:
    """Half of them use the file as another process would."""

    def write(database: Database, thread: int) -> None:
        for number in range(15):
            with database.transaction() as tx:
                append_entry(tx, subject=f"d-{thread}-{number}")

    with Database.open(database_url) as other, ThreadPoolExecutor(8) as threads:
        list(threads.map(write, [database, other] * 4, range(8)))
    assert findings(database) == []
    with database.reading() as tx:
        assert audit.head(tx).count == 120
        assert len({entry.subject for entry in audit.entries(tx)}) == 120


SWAP = "UPDATE audit SET seq = -seq WHERE seq IN (2, 3)", "UPDATE audit SET seq = 5 + seq WHERE seq < 0"
REHEAD = "UPDATE audit_head SET count = 2, last_hash = (SELECT hash FROM audit WHERE seq = 2)"


@pytest.mark.parametrize(
    ("statements", "first"),
    [
        (["UPDATE audit SET actor = 'wu' WHERE seq = 2"], 2),
        (["UPDATE audit SET body = '{ }' WHERE seq = 4"], 4),
        (["UPDATE audit SET at = replace(at, '+00:00', 'Z') WHERE seq = 1"], 1),
        (["UPDATE audit SET prev = '' WHERE seq = 2"], 2),
        (["UPDATE audit SET hash = upper(hash) WHERE seq = 4"], 4),
        (["DELETE FROM audit WHERE seq = 1"], 2),
        (["DELETE FROM audit WHERE seq = 2", "UPDATE audit SET seq = seq - 1 WHERE seq > 2"], 2),
        (SWAP, 2),
        (["DELETE FROM audit WHERE seq > 2"], 2),
        (["DELETE FROM audit"], 0),
        (["DELETE FROM audit_head"], 4),
        ([REHEAD], 4),
        (["UPDATE audit_head SET last_hash = ''"], 4),
    ],
)
def test_tampering_with_the_file_is_found(
    log: Database, tamper: Callable[..., None], statements: list[str], first: int
) -> None:
    tamper(*statements)
    assert findings(log)[0].seq == first


def test_a_cut_tail_with_a_mended_head_is_found_by_a_noted_hash(
    log: Database, tamper: Callable[..., None]
) -> None:
    with log.reading() as tx:
        noted = audit.head(tx).last_hash
    assert findings(log, known=noted) == []
    tamper("DELETE FROM audit WHERE seq > 2", REHEAD)
    assert findings(log) == []
    assert len(findings(log, known=noted)) == 1


def test_nothing_is_added_to_a_log_without_a_head(log: Database, tamper: Callable[..., None]) -> None:
    tamper("DELETE FROM audit", "DELETE FROM audit_head")
    with pytest.raises(BrokenLog, match="lost its head"), log.transaction() as tx:
        append_entry(tx)


def test_a_byte_that_is_no_text_is_found_too(
    log: Database, database_file: Path, tamper: Callable[..., None]
) -> None:
    """PostgreSQL keeps no such text."""
    tamper("UPDATE audit SET subject = CAST(x'64ff' AS TEXT) WHERE seq = 3")
    assert findings(log)[0].seq == 3


def test_nothing_is_added_to_a_log_that_was_cut(log: Database, tamper: Callable[..., None]) -> None:
    """A hand that takes rows away while the triggers are down and puts the triggers up again."""
    with log.reading() as tx:
        on_file = tx.dialect.name == "sqlite"
        listed = "SELECT sql FROM sqlite_schema WHERE type = 'trigger'" if on_file else _TRIGGERS_UP
        triggers = tx.exec_driver_sql(listed).scalars().all()
    tamper("DELETE FROM audit WHERE seq > 2", *triggers)
    with pytest.raises(BrokenLog, match="run: settlement audit verify"), log.transaction() as tx:
        append_entry(tx)


_TRIGGERS_UP = (
    "SELECT 'ALTER TABLE ' || tgrelid::regclass || ' ENABLE ALWAYS TRIGGER ' || tgname"
    " FROM pg_trigger WHERE NOT tgisinternal"
)
