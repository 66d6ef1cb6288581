"""Clients at work while server, worker and database connections are killed at random moments.

Afterwards: what was acknowledged is there, nothing has happened twice or by half, the log verifies, and
every decision replays.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Any

from settlement.desk.audit import verify_records
from settlement.desk.replay import replay_all
from settlement.desk.tokens import create_token
from settlement.roles import Actor, Role
from settlement.rules.library import load_books
from settlement.store.cases import find_history
from settlement.store.database import Database
from tests.builders import a_request
from tests.processes.service import Answer, Process, Service, send
from tests.sittings import NOW

CLIENTS = 3
AGENT, DIRECTOR = "agent-secret", "director-secret"


@dataclass
class Acknowledged:
    """What the service said yes to: events of cases by name, and decisions."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def give_tokens(database: Database) -> None:
    """Somebody to ask, somebody to approve."""
    with database.transaction() as tx:
        for name, role, secret in (("Li", Role.AGENT, AGENT), ("Wang", Role.DIRECTOR, DIRECTOR)):
            create_token(
                tx,
                name=name,
                role=role,
                secret=secret,
                token_id=f"t-{secret}",
                by=Actor("local", Role.DIRECTOR),
                now=NOW,
            )


def torment(
    database: Database, service: Service, worker: Process, rounds: int, seed: int, cut: Callable[[], None]
) -> Acknowledged:
    """Let clients work while something is killed, `rounds` times. `cut` breaks a database connection."""
    stop, rng = Event(), Random(seed)
    noted = [Acknowledged() for _ in range(CLIENTS)]
    clients = [
        Thread(target=_work, args=(service, f"{seed}-{number}", Random(seed + number), noted[number], stop))
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for _ in range(rounds):
        sleep(rng.uniform(0.05, 0.6))
        victim = rng.choice(("service", "service", "worker", "connection"))
        if victim == "connection":
            cut()
            continue
        killed = service if victim == "service" else worker
        killed.kill()
        killed.start()
    stop.set()
    for client in clients:
        client.join()
    return Acknowledged(
        steps=[each for one in noted for each in one.steps],
        decisions=[each for one in noted for each in one.decisions],
        faults=[each for one in noted for each in one.faults],
    )


def _work(service: Service, name: str, rng: Random, noted: Acknowledged, stop: Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        try:
            _play_case(service, f"C-{name}-{number}", rng, noted, stop)
        except Exception as fault:  # whatever it is, it is told at the end
            noted.faults.append(repr(fault))


def _play_case(service: Service, case: str, rng: Random, noted: Acknowledged, stop: Event) -> None:
    """A case from opening to a promise that was kept, or as far as time allows."""
    complaint = a_request(
        id=case, verified="199.00", order_id=f"O-{case}", threatens_publicity=rng.random() < 0.3
    ) | {"customer": None}
    opened = _ask(service, noted, "POST", "/v1/cases", "opened", case, {"complaint": complaint})
    etag = opened.etag
    steps: list[tuple[str, str, Any]] = [
        ("diagnosis", "diagnosed", {"complaint": complaint, "found": "it rattles"}),
        ("suggestion", "suggested", None),
        ("rounds", "confirmed", {"event": "confirmed"}),
        ("rounds", "items_split", {"event": "items_split", "items": []}),
    ]
    for path, event, body in steps:
        if stop.is_set():
            return
        answer = _ask(service, noted, "POST", f"/v1/cases/{case}/{path}", event, case, body, version=etag)
        etag = answer.etag
    etag = _put_offer(service, noted, case, etag)
    if etag is None or stop.is_set():
        return
    body = {"event": "accepted", "option": 1}
    _ask(service, noted, "POST", f"/v1/cases/{case}/rounds", "accepted", case, body, version=etag)


def _put_offer(service: Service, noted: Acknowledged, case: str, etag: str | None) -> str | None:
    """The offer, with a director's yes where it takes one."""
    path, body = f"/v1/cases/{case}/rounds", {"event": "offered"}
    answer = send(service, "POST", path, AGENT, body, key=f"{case}-offered", version=etag)
    if answer.status == 403:
        asked = _ask(
            service,
            noted,
            "POST",
            f"/v1/cases/{case}/approvals",
            "approval_requested",
            case,
            None,
            version=etag,
        )
        path_of_approval = f"/v1/approvals/{asked.body['approval']}"
        seen = send(service, "GET", path_of_approval, DIRECTOR).body["digest"]
        verdict = {"verdict": "approve", "seen": seen}
        given = send(
            service,
            "POST",
            path_of_approval,
            DIRECTOR,
            verdict,
            key=f"{case}-approve",
        )
        assert given.status in (200, 201), given
        noted.steps.append((case, "approval_given"))
        fresh = send(service, "GET", f"/v1/cases/{case}", AGENT)
        answer = send(service, "POST", path, AGENT, body, key=f"{case}-offered2", version=fresh.etag)
    assert answer.status in (200, 201), answer
    noted.steps.append((case, "offered"))
    return answer.etag


def _ask(
    service: Service,
    noted: Acknowledged,
    method: str,
    path: str,
    event: str,
    case: str,
    body: Any,
    *,
    version: str | None = None,
) -> Answer:
    answer = send(service, method, path, AGENT, body, key=f"{case}-{event}", version=version)
    while answer.status == 412:  # time did something to the case: read it, then ask again
        version = send(service, "GET", f"/v1/cases/{case}", AGENT).etag
        answer = send(service, method, path, AGENT, body, key=f"{case}-{event}", version=version)
    assert answer.status in (200, 201), (event, answer)
    noted.steps.append((case, event))
    return answer


def faults_after(database: Database, acknowledged: Acknowledged) -> list[str]:
    """Everything that is not as it was acknowledged; nothing, where nothing was lost or doubled."""
    faults = list(acknowledged.faults)
    once = {"opened", "diagnosed", "suggested", "confirmed", "items_split", "offered", "accepted", "agreed"}
    with database.reading() as tx:
        for case in sorted({case for case, _ in acknowledged.steps}):
            names = Counter(event.name for event in find_history(tx, case))
            told = {event for of, event in acknowledged.steps if of == case}
            faults += [f"{case}: {event} was acknowledged and is not there" for event in told - set(names)]
            faults += [f"{case}: {event} happened {names[event]} times" for event in once if names[event] > 1]
        faults += [finding.problem for finding in verify_records(tx)[2]]
        faults += [each.problem for each in replay_all(tx, load_books()) if each.problem]
        half = tx.exec_driver_sql("SELECT count(*) FROM idempotency WHERE answer IS NULL").scalar()
        faults += [f"{half} keys were claimed and not answered"] if half else []
    return faults


def summary(acknowledged: Acknowledged) -> str:
    return json.dumps(Counter(event for _, event in acknowledged.steps), sort_keys=True)
