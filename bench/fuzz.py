"""Ask both executors about many random facts: `make fuzz`, or `python bench/fuzz.py --facts N --seed N`.

Exit 1 on any difference. The printed seed repeats the run.
"""

import argparse
import secrets
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.random_tables import Fact, differences, random_facts, random_table

FACTS_OF_EACH_TABLE = 200
MOST_SHOWN = 10


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--facts", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    chosen = options.parse_args()
    print(f"seed {chosen.seed}, {chosen.facts} facts", flush=True)
    run = Fuzz(Random(chosen.seed))
    found = list(islice(run.differences(chosen.facts), MOST_SHOWN))
    for difference in found:
        print(f"DIFFERENT: {difference}")
    stopped = ", stopped there" if len(found) == MOST_SHOWN else ""
    print(f"{run.facts} facts, {run.tables} tables, {run.rows} rows: {len(found)} differences{stopped}")
    return 1 if found else 0


class Fuzz:
    """One run, and what it has asked so far."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.facts = self.tables = self.rows = 0

    def differences(self, facts: int) -> Iterator[str]:
        """Every difference that at least so many facts show."""
        while self.facts < facts:
            table = random_table(self.rng, most_rows=self.rng.choice([60, 60, 60, 150]))
            self.tables += 1
            self.rows += len(table.rows)
            yield from differences(table, self.counted(random_facts(self.rng, table, FACTS_OF_EACH_TABLE)))

    def counted(self, facts: Iterator[Fact]) -> Iterator[Fact]:
        for fact in facts:
            self.facts += 1
            yield fact


if __name__ == "__main__":
    sys.exit(main())
