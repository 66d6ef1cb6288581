"""Does anything happen twice when many do it at once? `make races`. Exit 1 when something does.

On SQLite and on PostgreSQL, with a process each: writers on one log, requests repeated with equal keys,
and two approvers of the same request.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crash import DATABASES

from settlement.audit import verify
from settlement.store import audit
from settlement.store.database import Database
from tests.processes.approvers import prepare, race
from tests.processes.writers import WRITERS, append_many, retry, together


def faults_of(url: str, entries: int, retries: int, approvals: int) -> Iterator[str]:
    """Everything that went wrong; each part writes to the same log."""
    with Database.open(url) as database:
        begun = perf_counter()
        told = together(append_many, url, times=entries // WRITERS)
        yield from _whole(database, sum(map(len, told)))
        print(f"  {WRITERS} writers, {entries} entries: {perf_counter() - begun:.0f} s")

        begun, before = perf_counter(), _count(database)
        answers = together(retry, url, times=retries // WRITERS)
        keys = len(set(answers[0]))
        if any(each != answers[0] for each in answers) or _count(database) - before != keys:
            yield f"{keys} keys had {_count(database) - before} effects, or not one answer each"
        print(f"  {retries} requests with {keys} keys: {perf_counter() - begun:.0f} s")

        begun = perf_counter()
        won = [sum(each) for each in race(url, prepare(database, approvals))]
        yield from (f"race {number}: {wins} approvers won" for number, wins in enumerate(won) if wins != 1)
        print(f"  {approvals} races of two approvers: {perf_counter() - begun:.0f} s")
        yield from _whole(database, _count(database))


def _count(database: Database) -> int:
    with database.reading() as tx:
        return audit.head(tx).count


def _whole(database: Database, count: int) -> Iterator[str]:
    with database.reading() as tx:
        yield from map(str, verify(audit.entries(tx), audit.head(tx)))
    if _count(database) != count:
        yield f"{count} entries were written and {_count(database)} are there"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--entries", type=int, default=10_000)
    asked.add_argument("--retries", type=int, default=10_000)
    asked.add_argument("--approvals", type=int, default=1_000)
    said = asked.parse_args()
    failed = False
    for name, begin in DATABASES.items():
        print(name)
        with begin() as (url, _):
            for fault in faults_of(url, said.entries, said.retries, said.approvals):
                print(f"  FAULT {fault}")
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
