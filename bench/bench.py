"""How fast, side by side in one run: medians, and ratios to the plainest way of doing the same.

A table of 50 rows: fenced engine with its twin, fenced engine, plain walker.
A whole decision. The next advice in a talk.
A suggestion over HTTP with its durable record, beside a bare Flask route with one insert.
"""

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, request

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from settlement.complaint import read_complaint
from settlement.decision.decide import decide
from settlement.decision.decided import Decided
from settlement.desk.suggestions import advise, choose_books
from settlement.negotiation.advice import advise_next
from settlement.negotiation.events import Confirmed, ItemsSplit, Offered, Ranked
from settlement.negotiation.talks import Authority
from settlement.roles import Actor, Role
from settlement.rules.book import Table
from settlement.rules.library import load_books
from settlement.rules.reference import matching_rows
from settlement.rules.rete import ReteTable
from settlement.rules.types import Kind, Type
from settlement.web.app import create_app
from settlement.web.meters import Rates
from tests.random_tables import random_facts, table_of

ROOT = Path(__file__).resolve().parent.parent


def side_by_side(
    title: str, ways: dict[str, Callable[[], object]], rounds: int, unit: float, name: str
) -> None:
    """Run the ways in turn, round by round, and print medians and the ratio to the last one."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, run in ways.items():
            start = time.perf_counter()
            run()
            taken[way].append(time.perf_counter() - start)
    medians = {way: statistics.median(times) for way, times in taken.items()}
    plainest = list(medians.values())[-1]
    print(f"\n{title}")
    for way, median in medians.items():
        print(f"  {way:<44} {median / unit:>9.2f} {name}   {median / plainest:>6.2f} x")


def a_table(rows: int) -> Table:
    """Money intervals, counts, lists of members, truth values and dates, as in a policy."""
    rng = random.Random(rows)
    types = {
        "loss": Type(Kind.MONEY, "CNY", low=0),
        "contacts": Type(Kind.INTEGER, low=0),
        "harm": Type(Kind.ENUM, values=("none", "inconvenience", "loss_of_use", "financial", "health")),
        "vulnerable": Type(Kind.BOOLEAN),
        "on": Type(Kind.DATE),
    }

    def row() -> list[str]:
        low = rng.randrange(0, 5000)
        harms = ", ".join(rng.sample(types["harm"].values, 2))
        from_day = f"20{rng.randrange(10, 30)}-0{rng.randrange(1, 10)}-01"
        truth = rng.choice(["true", "false", "-"])
        return [f"[{low}.00..{low + 900}.00)", f">= {rng.randrange(5)}", harms, truth, f">= {from_day}"]

    return table_of(types, *(row() for _ in range(rows)))


def table_of_50_rows() -> None:
    table = a_table(50)
    facts = list(random_facts(random.Random(1), table, 200))
    engine = ReteTable(table)

    def asked(check: Callable[[frozenset[int], Any], None]) -> Callable[[], None]:
        def run() -> None:
            for fact in facts:
                engine.match(fact, lambda rows, fact=fact: check(rows, fact))

        return run

    def compare(rows: frozenset[int], fact: Any) -> None:
        assert rows == matching_rows(table, fact)

    def ignore(_rows: frozenset[int], _fact: Any) -> None:
        pass

    def walk() -> None:
        for fact in facts:
            matching_rows(table, fact)

    ways = {"fenced engine and twin": asked(compare), "fenced engine": asked(ignore)}
    side_by_side(
        "A table of 50 rows and 5 columns, one match", ways | {"plain walker": walk}, 40, 200 * 1e-6, "us"
    )


def whole_decision() -> None:
    books = load_books()
    for name in ("ordinary_customer", "smart_watch", "food_claim"):
        complaint = read_complaint((ROOT / "examples" / f"{name}.json").read_bytes())
        policy, packs = choose_books(books, complaint)
        granted = advise(books, complaint, Role.DIRECTOR).granted
        ways = {"decide()": lambda c=complaint, p=policy, k=packs, g=granted: decide(c, p, k, g)}
        side_by_side(f"A whole decision, twin included: {name} (goal: 2 ms)", ways, 500, 1e-3, "ms")


def next_advice() -> None:
    """What to say and offer next: the whole history is folded each time."""
    books = load_books()
    complaint = read_complaint((ROOT / "examples" / "smart_watch.json").read_bytes())
    policy, packs = choose_books(books, complaint)
    granted = advise(books, complaint, Role.DIRECTOR).granted
    decided = Decided(decide(complaint, policy, packs, granted), complaint, policy, granted)
    begun = (Confirmed(), ItemsSplit(items=()))
    histories = {
        "advise_next() with the opening's menu": begun,
        "advise_next() after a counter, two menus": (*begun, Offered(), Ranked(order=(1,))),
        "advise_next() while listening, no menu": (),
    }
    director = Authority(Role.DIRECTOR)
    ways = {name: lambda h=history: advise_next(decided, director, h) for name, history in histories.items()}
    side_by_side("The next advice in a talk (goal: 1 ms)", ways, 1000, 1e-3, "ms")


def post_with_record() -> None:
    body = (ROOT / "examples" / "ordinary_customer.json").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            f"sqlite:///{folder}/ours.sqlite3",
            demo_actors={"t": Actor("Bench", Role.SUPERVISOR)},
            rates=Rates(by_token=10**6),
        )
        client, bare = app.test_client(), bare_route(f"{folder}/bare.sqlite3").test_client()
        headers = {"Authorization": "Bearer t"}

        def ours() -> None:
            answer = client.post(
                "/v1/suggestions", data=body, content_type="application/json", headers=headers
            )
            assert answer.status_code == 201

        def theirs() -> None:
            assert bare.post("/", data=body, content_type="application/json").status_code == 201

        ways = {"POST /v1/suggestions, recorded and chained": ours, "bare Flask route, one insert": theirs}
        side_by_side("A suggestion over HTTP, on disk before the answer leaves", ways, 300, 1e-3, "ms")
        app.extensions["settlement"].database.close()


def bare_route(file: str) -> Flask:
    """The least that a service could do: read JSON, insert one row, commit to disk."""
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    app = Flask("bare")

    @app.post("/")
    def keep() -> tuple[str, int]:
        text = json.dumps(request.get_json())
        connection.execute("INSERT INTO kept (body) VALUES (?)", (text,))
        return "{}", 201

    return app


JOBS = {
    "table": table_of_50_rows,
    "decision": whole_decision,
    "advice": next_advice,
    "post": post_with_record,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", choices=[*JOBS, []], help="which to run; all by default")
    for job in parser.parse_args().jobs or JOBS:
        JOBS[job]()
