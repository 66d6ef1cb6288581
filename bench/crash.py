"""Does anything get lost under kill -9? `make crash`. Exit 1 when something is lost, doubled or half-written.

Cases live over HTTP from opening to forgetting while the service, the worker or the connections to the
database are killed at random moments, on SQLite and on PostgreSQL.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from settlement.store import guards
from settlement.store.database import Database
from tests import postgres
from tests.processes.crashes import Cut, end_connections, hold_the_file, torment

SEED = 20261124


@contextmanager
def on_sqlite() -> Iterator[tuple[str, Cut]]:
    """A new file."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/settlement.sqlite3"
        with Database.open(f"sqlite:///{file}") as database:
            database.upgrade()
        yield f"sqlite:///{file}", hold_the_file(file)


@contextmanager
def on_postgresql() -> Iterator[tuple[str, Cut]]:
    """A new server with one database."""
    with postgres.running_server() as server:
        server.run(f"CREATE DATABASE crashes OWNER {postgres.OWNER}")
        with Database.open(server.url("crashes", postgres.OWNER)) as database:
            database.upgrade()
            with database.transaction() as tx:
                guards.grant(tx, postgres.SERVICE)
        yield server.url("crashes"), end_connections(server.run, "crashes")


DATABASES = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=100, help="kills on each database")
    asked.add_argument("--seed", type=int, default=SEED)
    rounds, seed = vars(asked.parse_args()).values()
    failed = False
    for name, begin in DATABASES.items():
        with begin() as (url, cut), Database.open(url) as database:
            faults, acknowledged = torment(database, url, rounds, seed, cut)
        print(f"{name}: {rounds} kills (seed {seed}), acknowledged {acknowledged}: {len(faults)} faults")
        for fault in faults:
            print(f"  {fault}")
        failed = failed or bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
