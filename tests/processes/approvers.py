"""Two people, each in a process of their own, say yes to the same request at the same moment."""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

from settlement.desk import approvals, negotiations
from settlement.errors import Refused
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store.database import Database
from tests.desk.test_case_life import an_open_case, play
from tests.sittings import a_sitting

PATIENCE_S = 120
NAMES = ("Wang", "Zhao")


def prepare(database: Database, races: int) -> list[tuple[str, str]]:
    """As many requests that wait for a supervisor: id and digest."""
    asked = []
    for number in range(races):
        with database.transaction() as tx:
            sitting, case = an_open_case(
                tx, id=f"C-{number}", order_id=f"O-{number}", customer=None, threatens_publicity=True
            )
            case, _ = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
            approval = negotiations.ask_approval(sitting, case)[1]
            asked.append((approval.id, approval.digest))
    return asked


def race(url: str, asked: Sequence[tuple[str, str]]) -> list[tuple[bool, bool]]:
    """Whether each of the two won, for each request."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    racers = [
        context.Process(target=_approve, args=(url, list(asked), name, barrier, results)) for name in NAMES
    ]
    for racer in racers:
        racer.start()
    found: dict[str, list[bool]] = dict(results.get(timeout=PATIENCE_S * 5) for _ in racers)
    for racer in racers:
        racer.join()
    return list(zip(*(found[name] for name in NAMES), strict=True))


def _approve(url: str, asked: list[tuple[str, str]], name: str, barrier: Barrier, results: Any) -> None:
    won = []
    with Database.open(url) as database:
        for approval, digest in asked:
            barrier.wait(PATIENCE_S)
            try:
                with database.transaction() as tx:
                    sitting = a_sitting(tx, Actor(name, Role.DIRECTOR))
                    approvals.give(sitting, approval, seen=digest, operation="decide_approval")
                won.append(True)
            except Refused:
                won.append(False)
    results.put((name, won))
