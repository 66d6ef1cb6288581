"""Cases live while server, worker and the connections to the database are killed at random moments.

Afterwards: what was acknowledged is there, nothing has happened twice or by half, and a key that comes again
gets the answer that it got.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event, Thread
from time import sleep

from settlement.store.database import Database
from tests.processes.life import Answers, give_tokens, live, missing_or_doubled, token
from tests.processes.service import Answer, Process, Request, a_service, a_worker, running, send
from tests.processes.whole import faults_in

CLIENTS = 3

Cut = Callable[[Process], None]
"""Breaks what joins a service and its database."""


@dataclass
class Lived:
    """What a client was answered, case by case, and what went wrong."""

    answers: dict[str, Answers] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def torment(database: Database, url: str, rounds: int, seed: int, cut: Cut) -> tuple[list[str], str]:
    """Let cases live while something is killed, `rounds` times: every fault, and what was acknowledged."""
    stop, rng = Event(), Random(seed)
    service, worker = a_service(url), a_worker(url)
    lived = {f"client{number}": Lived() for number in range(CLIENTS)}
    give_tokens(database, lived)
    clients = [Thread(target=_live_until, args=(stop, service, *each)) for each in lived.items()]
    with running(service, worker):
        for client in clients:
            client.start()
        kills = (service.restart, worker.restart, lambda: cut(service))
        for number in range(rounds):
            if number % 3 == 0:
                order = rng.sample(kills, 3)
            sleep(rng.uniform(0.05, 0.6))
            order[number % 3]()
        stop.set()
        for client in clients:
            client.join()
    acknowledged, faults = Counter[str](), [fault for each in lived.values() for fault in each.faults]
    with database.reading() as tx:
        for each in lived.values():
            for case, answers in each.answers.items():
                acknowledged.update(_route(request) for request, _ in answers)
                faults += missing_or_doubled(tx, case, answers)
    return faults + faults_in(database), json.dumps(acknowledged, sort_keys=True)


def hold_the_file(file: str) -> Cut:
    """A file has no connections to break: kill the service while it waits for somebody who writes."""

    def cut(service: Process) -> None:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            sleep(0.1)
            service.kill()
        service.restart()

    return cut


def end_connections(run: Callable[[str], None], name: str) -> Cut:
    """Break every connection that the service and the worker have to a database of a server."""
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND usename = 'service'"
    return lambda _service: run(ended)


def _live_until(stop: Event, service: Process, hand: str, lived: Lived) -> None:
    """One case after the other, each to its end."""
    while not stop.is_set():
        case = f"C-{hand}-{len(lived.answers)}"
        lived.answers[case] = []
        try:
            lived.faults += _live_twice(service, case, hand, lived.answers[case])
        except Exception as fault:  # whatever it is, it is told at the end
            lived.faults.append(f"{case}: {fault!r}")


def _live_twice(service: Process, case: str, hand: str, answers: Answers) -> list[str]:
    """Let a case live, then ask for everything once more: what is answered otherwise."""
    live(case, hand, lambda request: _asked(service, request, case, hand, answers))
    again = [(request, answer, send(service, request)) for request, answer in answers if request.key]
    return [f"{request} got {was}, and later {now}" for request, was, now in again if not _is_same(now, was)]


def _asked(service: Process, request: Request, case: str, hand: str, answers: Answers) -> Answer:
    while (answer := send(service, request)).status == 412:  # time did something: read it, then ask again
        fresh = send(service, Request("GET", f"/v1/cases/{case}", token("agent", hand)))
        request = replace(request, version=fresh.etag)
    assert answer.status in (200, 201), (request, answer)
    answers.append((request, answer))
    return answer


def _is_same(again: Answer, answer: Answer) -> bool:
    """Approvals and promises are shown as they stand by now."""
    if (again.status, again.etag) != (answer.status, answer.etag):
        return False
    thing = next((name for name in ("approval", "promise") if name in answer.body), None)
    return bool(again.body[thing] == answer.body[thing] if thing else again.body == answer.body)


def _route(request: Request) -> str:
    """The last word of a path that is no id."""
    return next(word for word in reversed(request.path.split("/")) if "-" not in word or word == "follow-up")
