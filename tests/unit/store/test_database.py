"""Opening, reading and writing a database."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from settlement.errors import BadInput
from settlement.store import audit, decisions, migrations
from settlement.store.database import Database
from settlement.store.tables import audit_head
from tests.unit.store.builders import a_record, append_entry


def test_a_new_file_gets_its_folder_and_waits_for_its_tables(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "settlement.sqlite3"
    with Database.open(f"sqlite:///{file}") as database:
        assert not database.is_current()
        database.upgrade()
        assert database.is_current()
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_relative_path_stays_the_same_file_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Database.open("sqlite:///here.sqlite3") as database:
        database.close()
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir("elsewhere")
        database.upgrade()
    assert [file.name for file in tmp_path.rglob("*.sqlite3")] == ["here.sqlite3"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Database.open("sqlite:///~/s.sqlite3").close()
    assert (tmp_path / "s.sqlite3").exists()


def test_a_percent_sign_in_a_path_is_just_a_sign(tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path}/50%25/100%(s).sqlite3") as database:
        database.upgrade()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "not a database URL"),
        ("cases.sqlite3", "for this file write sqlite:///cases.sqlite3"),
        ("sqlite:///\0", "null"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://cases.sqlite3", "three slashes"),
        ("sqlite:///cases.sqlite3?mode=ro", "no host, user or option"),
        ("sqlite:///~nobody-of-this-name/a", "home directory"),
        ("mysql://me:secret@host/db", "not in mysql"),
        ("postgresql://me:secret@127.0.0.1:1/db", "me:***@127.0.0.1:1/db cannot be used"),
        ("postgresql://me@127.0.0.1:1/db?password=secret", "cannot be used"),
        ("postgresql://me:secret@127.0.0.1/db?port=x", "cannot be used"),
        ("sqlite:////dev/null/a.sqlite3", "cannot be used"),
    ],
)
def test_an_unusable_url_is_named_with_a_remedy(url: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        Database.open(url)
    message = str(caught.value)
    assert problem in message
    assert "To do: " in message
    assert "secret" not in message


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="unable to open database file"):
        Database.open(f"sqlite:///{tmp_path}")


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear customer, " * 100)
    with pytest.raises(BadInput, match=r"letter\.txt cannot be used as a database: file is not a database"):
        Database.open(f"sqlite:///{file}")
    assert file.read_text() == "Dear customer, " * 100


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE songs (title)")
    with Database.open(f"sqlite:///{file}") as database, pytest.raises(BadInput, match="another program"):
        database.upgrade()
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("songs",)]


def test_a_database_of_a_newer_version_is_refused(database: Database, tamper: Callable[..., None]) -> None:
    tamper(f"UPDATE {migrations.TABLE} SET version_num = '9999'")
    assert not database.is_current()
    with pytest.raises(BadInput, match="knows no revision '9999'"):
        database.upgrade()


def test_what_was_written_is_there_when_opened_again(database: Database, database_url: str) -> None:
    with database.transaction() as tx:
        decisions.insert_decision(tx, a_record())
        entry = append_entry(tx)
    database.close()
    with Database.open(database_url) as again, again.reading() as tx:
        assert again.is_current()
        assert decisions.find_decision(tx, a_record().id) == a_record()
        assert list(audit.entries(tx)) == [entry]


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    with suppress(ZeroDivisionError), database.transaction() as tx:
        decisions.insert_decision(tx, a_record())
        append_entry(tx)
        raise ZeroDivisionError
    with database.reading() as tx:
        assert list(decisions.stored_decisions(tx)) == []
        assert audit.head(tx).count == 0
    with database.transaction() as tx:
        assert append_entry(tx).seq == 1


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.reading() as tx:
        append_entry(tx)
    with database.transaction() as tx:
        append_entry(tx)


def test_a_reader_sees_one_state_to_its_end(database: Database) -> None:
    with database.reading() as reader:
        assert audit.head(reader).count == 0
        with database.transaction() as tx:
            append_entry(tx)
        assert audit.head(reader).count == 0
    with database.reading() as reader:
        assert audit.head(reader).count == 1


def test_a_transaction_inside_another_is_a_mistake_and_not_a_standstill(database: Database) -> None:
    with pytest.raises(AssertionError), database.transaction(), database.transaction():
        pass
    with database.transaction() as tx:
        append_entry(tx)


def test_every_connection_to_a_file_is_set_up_to_lose_nothing(
    database_file: Path, database: Database
) -> None:
    def settings(_: int) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        with database.reading() as tx:
            return [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(settings, range(8))) == [["wal", 2, 1]] * 8


def test_one_writer_at_a_time_waits_for_the_other(database: Database) -> None:
    """Each reads the count, then writes it back plus one entry: a lost update would show."""

    def add(number: int) -> int:
        with database.transaction() as tx:
            before = tx.scalars(select(audit_head.c.count)).one()
            append_entry(tx, subject=f"d-{number}")
        return before

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(add, range(40))) == list(range(40))


def test_another_process_reads_while_one_writes(database: Database, database_url: str) -> None:
    program = (
        "import sys; from settlement.store import audit; from settlement.store.database import Database\n"
        "with Database.open(sys.argv[1]) as database, database.reading() as tx: print(audit.head(tx).count)"
    )

    def count_elsewhere() -> str:
        run = [sys.executable, "-W", "error", "-c", program, database_url]
        return subprocess.run(run, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    with database.transaction() as tx:
        append_entry(tx)
    with database.transaction() as tx:
        append_entry(tx)
        assert count_elsewhere() == "1"
    assert count_elsewhere() == "2"
