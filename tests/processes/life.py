"""The whole life of a case over HTTP, from opening to forgetting who it was about."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from settlement.desk.tokens import create_token
from settlement.roles import Actor, Role
from settlement.store.cases import find_history
from settlement.store.database import Database
from tests.builders import a_customer, a_request
from tests.lives import LI, ZHAO
from tests.processes.service import Answer, Request

PEOPLE = {
    "agent": LI,
    "agent2": Actor("Bo", Role.AGENT),
    "director": ZHAO,
    "director2": Actor("Sun", Role.DIRECTOR),
    "admin": Actor("Qian", Role.ADMIN),
}

Answers = list[tuple[Request, Answer]]
"""What somebody asked for and was answered, one after the other."""

_ONCE = (
    *("opened", "diagnosed", "suggested", "confirmed", "items_split"),
    *("approval_requested", "approval_given", "approved", "offered", "approval_used", "accepted", "agreed"),
    *("fulfilled", "result_told", "followed_up", "closed", "identity_erased"),
)
"""What happens in a life, beside its promises and what time does."""

_TO_THE_OFFER = (
    ("suggestion", None),
    ("rounds", {"event": "confirmed"}),
    ("rounds", {"event": "items_split", "items": []}),
)
_AGREED = (("rounds", {"event": "offered"}), ("agreement", {"option": 1}))
_TO_THE_END = (
    ("result", {"text": "the money was sent", "channel": "phone"}),
    ("follow-up", {"reached": True, "rating": 5, "solved": "yes", "answer": "all is well"}),
    ("close", None),
)


def token(who: str, hand: str) -> str:
    """The secret of one of several tokens that somebody has: each may ask only so often in a minute."""
    return f"{who}-{hand}"


def give_tokens(database: Database, hands: Iterable[str]) -> None:
    """Let everybody have a token for each hand."""
    with database.transaction() as tx:
        for hand in hands:
            for who, actor in PEOPLE.items():
                secret = token(who, hand)
                create_token(
                    tx,
                    name=actor.name,
                    role=actor.role,
                    secret=secret,
                    token_id=f"t-{secret}",
                    by=Actor("local", Role.ADMIN),
                    now=datetime.now(UTC),
                )


def live(case: str, hand: str, ask: Callable[[Request], Answer]) -> None:
    """Ask for all that a case needs in its life; each request follows the answer to the one before.

    Every request that changes something has a key of its own.
    """
    agent, director = token("agent", hand), token("director", hand)
    at, asked = f"/v1/cases/{case}", 0

    def post(path: str, by: str, body: Any = None, version: str | None = None) -> Answer:
        nonlocal asked
        asked += 1
        return ask(Request("POST", path, by, body, version, key=f"{case}-{asked}"))

    def steps(answer: Answer, *of: tuple[str, Any]) -> Answer:
        for path, body in of:
            answer = post(f"{at}/{path}", agent, body, answer.etag)
        return answer

    complaint = a_request(
        id=case,
        verified="199.00",
        order_id=f"O-{case}",
        customer=a_customer(id=customer_of(case)),
        threatens_publicity=True,
    )
    answer = post("/v1/cases", agent, {"complaint": complaint, "said": f"words of {case}"})
    found = {"complaint": complaint, "found": f"found in {case}"}
    waiting = steps(answer, ("diagnosis", found), *_TO_THE_OFFER, ("approvals", None))
    approval = f"/v1/approvals/{waiting.body['approval']}"
    seen = ask(Request("GET", approval, director)).body["digest"]
    answer = steps(post(approval, director, {"verdict": "approve", "seen": seen}), *_AGREED)
    for promise in ask(Request("GET", f"{at}/fulfilment", agent)).body["promises"]:
        answer = post(f"/v1/promises/{promise['promise']}", agent, {"action": "keep"})
    steps(answer, *_TO_THE_END)
    post("/v1/erasures", token("admin", hand), {"customer": customer_of(case), "reason": "asked"})


def missing_or_doubled(tx: Connection, case: str, answers: Answers) -> Iterator[str]:
    """What happened otherwise than was answered to the requests of a life that came to its end."""
    kept = sum(request.path.startswith("/v1/promises/") for request, _ in answers)
    expected = dict.fromkeys(_ONCE, 1) | {"promise_made": kept, "promise_kept": kept}
    found = Counter(event.name for event in find_history(tx, case))
    for name, times in expected.items():
        if found[name] != times:
            yield f"{case}: {name} happened {found[name]} times, not {times}"


def customer_of(case: str) -> str:
    return f"K-{case}"
