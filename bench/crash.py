"""Does anything get lost under kill -9? `make crash`. Exit 1 when something is lost, doubled or half-written.

Clients work on cases over HTTP while the service, the worker or the connections to the database are killed
at random moments, on SQLite and on PostgreSQL.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from settlement.store import guards
from settlement.store.database import Database
from tests import postgres
from tests.processes.crashes import faults_after, give_tokens, summary, torment
from tests.processes.service import Process, a_service

SEED = 20261124


@contextmanager
def on_sqlite() -> Iterator[tuple[str, Callable[[], None]]]:
    """A new file; it has no connections to cut."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/settlement.sqlite3"
        with Database.open(url) as database:
            database.upgrade()
        yield url, lambda: None


@contextmanager
def on_postgresql() -> Iterator[tuple[str, Callable[[], None]]]:
    """A new server with one database."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'service'"
    with postgres.running_server() as server:
        server.run(f"CREATE DATABASE crashes OWNER {postgres.OWNER}")
        with Database.open(server.url("crashes", postgres.OWNER)) as database:
            database.upgrade()
            with database.transaction() as tx:
                guards.grant(tx, postgres.SERVICE)
        yield server.url("crashes"), lambda: server.run(ended)


DATABASES = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=100, help="kills on each database")
    asked.add_argument("--seed", type=int, default=SEED)
    rounds, seed = vars(asked.parse_args()).values()
    failed = False
    for name, begin in DATABASES.items():
        with begin() as (url, cut), Database.open(url) as database:
            give_tokens(database)
            worker = Process(("worker", "--every", "1"), {"SETTLEMENT_DATABASE_URL": url})
            worker.start()
            try:
                with a_service(url) as service:
                    acknowledged = torment(database, service, worker, rounds, seed, cut)
            finally:
                worker.kill()
            faults = faults_after(database, acknowledged)
        print(f"{name}: {rounds} kills, acknowledged {summary(acknowledged)}: {len(faults)} faults")
        for fault in faults:
            print(f"  {fault}")
        failed = failed or bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
