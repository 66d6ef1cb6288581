"""Does memory grow? `make soak`. Exit 1 when a job grows beyond its bound.

Each job first runs a tenth of its turns and 50 more, so that pools and caches are full when memory is read.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from settlement.rules.book import Table
from settlement.rules.reference import matching_rows
from settlement.rules.rete import ReteTable, dropped_engines
from tests.builders import decide_for
from tests.generated import generated
from tests.random_tables import Fact, random_facts, random_table

SEED = 20261124


@dataclass(frozen=True)
class Job:
    """Something done over and over. `start()` prepares it and gives what does one turn of it."""

    name: str
    turns: int
    most_kb: int
    start: Callable[[], Callable[[], None]]


def decide_with_tables() -> Callable[[], None]:
    """Both executors find the rows of one fact, in tables that stay."""
    asked = [(ReteTable(table), table, facts) for table, facts in _tables_and_facts(50)]
    turns = cycle((engine, table, fact) for engine, table, facts in asked for fact in facts)

    def turn() -> None:
        _match(*next(turns))

    return turn


def replace_editions() -> Callable[[], None]:
    """A table is built, asked three times and retired."""
    turns = cycle(_tables_and_facts(3))

    def turn() -> None:
        table, facts = next(turns)
        engine = ReteTable(table)
        for fact in facts:
            _match(engine, table, fact)
        engine.retire()

    return turn


def decide_complaints() -> Callable[[], None]:
    """A whole decision with both executors on every table, for one of 300 complaints."""
    rng = Random(SEED)
    turns = cycle([generated(rng) for _ in range(300)])

    def turn() -> None:
        decide_for(next(turns))

    return turn


def _tables_and_facts(facts_each: int) -> list[tuple[Table, list[Fact]]]:
    rng = Random(SEED)
    tables = [random_table(rng) for _ in range(20)]
    return [(table, list(random_facts(rng, table, facts_each))) for table in tables]


def _match(engine: ReteTable, table: Table, fact: Fact) -> None:
    def check(rows: frozenset[int]) -> None:
        assert rows == matching_rows(table, fact)

    engine.match(fact, check)


def jobs(complaints: int, matches: int, editions: int) -> list[Job]:
    return [
        Job("decide complaints", complaints, 2048, decide_complaints),
        Job("decide with tables", matches, 1024, decide_with_tables),
        Job("replace editions", editions, 2048, replace_editions),
    ]


def resident_kb() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def grows(job: Job) -> bool:
    """Run a job and say how memory went; whether it grew too much."""
    turn = job.start()
    for _ in range(job.turns // 10 + 50):
        turn()
    before = resident_kb()
    for _ in range(job.turns):
        turn()
    growth = resident_kb() - before
    verdict = "TOO MUCH" if growth > job.most_kb else "well"
    print(f"{job.name}: {job.turns} turns, {growth:+} KB of {job.most_kb}: {verdict}", flush=True)
    return growth > job.most_kb


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--complaints", type=int, default=1_000_000)
    options.add_argument("--matches", type=int, default=1_000_000)
    options.add_argument("--editions", type=int, default=1000)
    chosen = options.parse_args()
    failed = [job.name for job in jobs(chosen.complaints, chosen.matches, chosen.editions) if grows(job)]
    print(f"{dropped_engines()} engines dropped")
    return 1 if failed or dropped_engines() else 0


if __name__ == "__main__":
    sys.exit(main())
