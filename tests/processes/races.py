"""Several people want one thing at the same moment, over HTTP, from two services on one database."""

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from settlement.cases.lifecycle import Case
from settlement.desk import cases, negotiations
from settlement.negotiation import events as told
from settlement.store.database import Database
from tests.builders import a_customer, a_request
from tests.lives import BEFORE_THE_OFFER, LI, ZHAO, a_talk, an_agreement, closed, followed_up
from tests.processes.life import PEOPLE, Answers, customer_of, give_tokens, live, missing_or_doubled, token
from tests.processes.service import Answer, Process, Request, send_together
from tests.sittings import a_sitting

Prepared = Sequence[Request]
"""What is then asked for at once."""

Race = Callable[[Connection, str, str], Prepared]
"""Prepares a case of a name, and says what is asked for with the tokens of a hand."""

LOST = (404, 409, 412)
"""It is not theirs any more, not possible any more, or not as they read it."""

ASKED_BY_A_HAND = 250
"""How many requests a token may send without being told to wait, and some to spare."""


def run_race(
    services: Sequence[Process], database: Database, race: Race, most: int, times: int
) -> Iterator[str]:
    """Run a race so often; every one that nobody won, or more than `most`, or somebody lost for another reason."""
    name = race.__name__
    hands = [f"{name}-{number}" for number in range(times // ASKED_BY_A_HAND + 1)]
    give_tokens(database, hands)
    with database.transaction() as tx:
        prepared = [race(tx, f"{name}-{n}", hands[n // ASKED_BY_A_HAND]) for n in range(times)]
    for number, requests in enumerate(prepared):
        answers = send_together(services, requests)
        lost = sum(answer.status in LOST for answer in answers)
        won = sum(answer.status in (200, 201) for answer in answers)
        if not 1 <= won <= most or won + lost < len(answers):
            yield f"{name} {number}: {answers}"


def repeat_requests(
    services: Sequence[Process], database: Database, most: int, twins: int
) -> Generator[str, None, int]:
    """Let cases live in which each request is sent `twins` times at once, until about `most` were sent.

    Where answers differ, or something did not happen once; at the end how many were sent.
    """
    sent = number = 0
    while sent < most:
        number += 1
        case, hand = f"L-{number}", f"twins-{number}"
        give_tokens(database, [hand])
        answers: Answers = []
        try:
            live(case, hand, lambda request, to=answers: _same(services, request, twins, to))
        except AssertionError as differing:
            yield str(differing)
            continue
        finally:
            sent += twins * max(len(answers), 1)
        with database.reading() as tx:
            yield from missing_or_doubled(tx, case, answers)
    return sent


def _same(services: Sequence[Process], request: Request, twins: int, answers: Answers) -> Answer:
    """The one answer to all of them. Raises AssertionError where there are others."""
    found = send_together(services, [request] * twins)
    assert all(each == found[0] for each in found), f"{request} got {found}"
    assert found[0].status in (200, 201), f"{request} got {found[0]}"
    answers.append((request, found[0]))
    return found[0]


# ---------------------------------------------------------------- the races


def two_say_yes(tx: Connection, name: str, hand: str) -> Prepared:
    path, seen = _waiting(tx, name)
    return [_post(path, who, hand, {"verdict": "approve", "seen": seen}) for who in ("director", "director2")]


def one_says_yes_and_one_no(tx: Connection, name: str, hand: str) -> Prepared:
    path, seen = _waiting(tx, name)
    no = {"verdict": "decline", "seen": seen, "reason": "it was repaired"}
    return [
        _post(path, "director", hand, {"verdict": "approve", "seen": seen}),
        _post(path, "director2", hand, no),
    ]


def a_case_is_taken(tx: Connection, name: str, hand: str) -> Prepared:
    """The one who was asked takes it, from two windows, and a director steps in."""
    case = a_talk(tx, name, now=_now())
    case = cases.offer_hand_over(a_sitting(tx, LI, now=_now()), case, PEOPLE["agent2"].name, "on leave")
    accept = _step(case, "hand-over", "agent2", hand, {"action": "accept"})
    take = _step(case, "hand-over", "director", hand, {"action": "take", "reason": "it is urgent"})
    return [accept, accept, take]


def a_case_is_closed(tx: Connection, name: str, hand: str) -> Prepared:
    case = followed_up(tx, _agreed(tx, name), by=ZHAO, now=_now())
    close = [_step(case, "close", who, hand) for who in ("director", "director2")]
    return [*close, _step(case, "reopen", "director", hand, AGAIN)]


def a_case_is_reopened(tx: Connection, name: str, hand: str) -> Prepared:
    case = _closed(tx, name)
    reopen = [_step(case, "reopen", who, hand, AGAIN) for who in ("director", "director2")]
    return [*reopen, _step(case, "close", "director", hand)]


def a_case_is_reopened_or_forgotten(tx: Connection, name: str, hand: str) -> Prepared:
    return [_step(_closed(tx, name), "reopen", "director", hand, AGAIN), _forget(name, hand)]


def talks_go_on_or_are_forgotten(tx: Connection, name: str, hand: str) -> Prepared:
    """Nobody is forgotten who has an open case, however many closed ones there are."""
    _closed(tx, f"{name}-before", customer=_customer(name))
    case = a_talk(tx, name, told.Confirmed(), now=_now())
    return [_step(case, "rounds", "agent", hand, {"event": "items_split", "items": []}), _forget(name, hand)]


def a_case_is_opened_or_forgotten(tx: Connection, name: str, hand: str) -> Prepared:
    """Who was forgotten first is somebody new in the case that comes then: both may be."""
    _closed(tx, name)
    new = a_request(id=f"{name}-new", order_id=f"O-{name}-new", customer=_customer(name))
    return [_post("/v1/cases", "agent", hand, {"complaint": new}), _forget(name, hand)]


RACES: dict[Race, int] = {
    two_say_yes: 1,
    one_says_yes_and_one_no: 1,
    a_case_is_taken: 1,
    a_case_is_closed: 1,
    a_case_is_reopened: 1,
    a_case_is_reopened_or_forgotten: 1,
    talks_go_on_or_are_forgotten: 1,
    a_case_is_opened_or_forgotten: 2,
}
"""How many may win each at most."""


AGAIN = {"reason": "it broke again"}


def _now() -> datetime:
    return datetime.now(UTC)


def _waiting(tx: Connection, name: str) -> tuple[str, str]:
    """A request that waits for a director: its address, and the digest of what is asked for."""
    case = a_talk(tx, name, *BEFORE_THE_OFFER, now=_now(), threatens_publicity=True)
    approval = negotiations.ask_approval(a_sitting(tx, LI, now=_now()), case)[1]
    return f"/v1/approvals/{approval.id}", approval.digest


def _agreed(tx: Connection, name: str, **facts: Any) -> Case:
    """By somebody whose limits hold out for all races."""
    return an_agreement(tx, name, by=ZHAO, now=_now(), **facts)


def _closed(tx: Connection, name: str, **facts: Any) -> Case:
    return closed(tx, _agreed(tx, name, **facts), by=ZHAO, now=_now())


def _customer(name: str) -> Any:
    return a_customer(id=customer_of(name))


def _post(path: str, who: str, hand: str, body: Any = None, version: str | None = None) -> Request:
    return Request("POST", path, token(who, hand), body, version)


def _step(case: Case, step: str, who: str, hand: str, body: Any = None) -> Request:
    return _post(f"/v1/cases/{case.id}/{step}", who, hand, body, f'"{case.version}"')


def _forget(name: str, hand: str) -> Request:
    return _post("/v1/erasures", "admin", hand, {"customer": customer_of(name), "reason": "asked"})
