"""Does anything happen twice when many do it at once? `make races`. Exit 1 when something does.

On SQLite and on PostgreSQL: writers on one log, each a process; then, over HTTP and two services on one
database, people who race for the same, and requests that are repeated with equal keys.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crash import DATABASES

from settlement.store import audit
from settlement.store.database import Database
from tests.processes.races import RACES, repeat_requests, run_race, two_say_yes
from tests.processes.service import a_service, running
from tests.processes.whole import faults_in
from tests.processes.writers import WRITERS, append_many, together

TWINS = 8
"""How often each request is sent at once."""


def faults_of(url: str, entries: int, retries: int, approvals: int, others: int) -> Iterator[str]:
    """Everything that went wrong; each part writes to the same log."""
    with Database.open(url) as database:
        begun = perf_counter()
        written = sum(map(len, together(append_many, url, times=entries // WRITERS)))
        if (count := _count(database)) != written:
            yield f"{written} entries were written and {count} are there"
        print(f"  {WRITERS} writers, {written} entries: {perf_counter() - begun:.0f} s")

        services = [a_service(url) for _ in range(2)]
        with running(*services):
            for race, most in RACES.items():
                begun, times = perf_counter(), approvals if race is two_say_yes else others
                yield from run_race(services, database, race, most, times)
                print(f"  {times} times {race.__name__}: {perf_counter() - begun:.0f} s")
            begun = perf_counter()
            sent = yield from repeat_requests(services, database, retries, TWINS)
            print(f"  {sent} requests, each {TWINS} times at once: {perf_counter() - begun:.0f} s")
        yield from faults_in(database)


def _count(database: Database) -> int:
    with database.reading() as tx:
        return audit.head(tx).count


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--entries", type=int, default=10_000)
    asked.add_argument("--retries", type=int, default=10_000)
    asked.add_argument("--approvals", type=int, default=1_000, help="races of two approvers")
    asked.add_argument("--others", type=int, default=100, help="races of each other kind")
    said = vars(asked.parse_args()).values()
    failed = False
    for name, begin in DATABASES.items():
        print(name)
        with begin() as (url, _):
            for fault in faults_of(url, *said):
                print(f"  FAULT {fault}")
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
