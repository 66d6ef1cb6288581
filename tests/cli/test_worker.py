"""`settlement worker`, and `serve --with-worker`, as processes."""

import signal
import time

import pytest

from settlement.store.cases import find_history
from settlement.store.database import Database
from tests.lives import an_agreement

# What was promised in the tests' March is long overdue for a process that reads the clock.


@pytest.fixture
def overdue(database, database_url):
    """A database with a case whose promises are overdue."""
    with database.transaction() as tx:
        an_agreement(tx, "C-1")
    return database_url


def broken(database: Database) -> int:
    with database.reading() as tx:
        return sum(event.name == "promise_broken" for event in find_history(tx, "C-1"))


def until(true) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not happen within a minute"
        time.sleep(0.1)


def test_a_round_says_in_either_language_what_was_done(script, overdue):
    first = script("worker", "--once", "--database", overdue)
    assert first.returncode == 0, first.stderr
    assert "Promises broken: 2\n" in first.stdout.decode()
    second = script("worker", "--once", "--language", "zh", "--database", overdue)
    assert second.stdout.decode() == "没有到期事项。\n"


def test_the_worker_goes_on_until_it_is_told_to_end(started, overdue, database):
    with started("worker", "--every", 1, "--database", overdue) as process:
        until(lambda: broken(database) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert b"Traceback" not in process.stderr.read()


def test_a_server_can_work_beside_serving_and_ends_cleanly(started, overdue, database):
    with started("serve", "--port", 0, "--with-worker", "--database", overdue) as process:
        assert process.stdout.readline().startswith(b"Serving on ")  # from then on it hears a signal
        until(lambda: broken(database) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert b"Traceback" not in process.stderr.read()
