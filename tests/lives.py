"""Cases that have lived: opened, talked over, agreed, closed; each at its moment."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from settlement.cases.lifecycle import Case
from settlement.desk import cases, negotiations, promises
from settlement.desk.sitting import Sitting
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.rules.live_policy import Policy
from settlement.store.promises import promises_of
from tests.builders import a_complaint, a_customer, a_policy
from tests.sittings import NOW, a_sitting

LI, WANG, CHEN, ZHAO = (
    Actor("Li", Role.AGENT),
    Actor("Wang", Role.SUPERVISOR),
    Actor("Chen", Role.MANAGER),
    Actor("Zhao", Role.DIRECTOR),
)

BEFORE_THE_OFFER = (told.Confirmed(), told.ItemsSplit(items=()))
TO_THE_OFFER = (*BEFORE_THE_OFFER, told.Offered())


def _received(now: datetime) -> str:
    """Five minutes before it is taken up, as people there write it."""
    return (now - timedelta(minutes=5)).astimezone(ZoneInfo("Asia/Shanghai")).isoformat()


def play(sitting: Sitting, case: Case, *events: Any) -> Case:
    """Let things happen in the talks."""
    for event in events:
        case, _ = negotiations.play_round(sitting, case, event)
    return case


def a_talk(
    tx: Connection, case_id: str, *events: Any, by: Actor = LI, now: datetime = NOW, **facts: Any
) -> Case:
    """A case that was opened, diagnosed, got its suggestion, and what happened in its talks.

    Each has a customer and an order of its own unless said.
    """
    sitting = a_sitting(tx, by, now=now)
    own = {"id": case_id, "customer": a_customer(id=f"K-{case_id}"), "order_id": f"O-{case_id}"}
    complaint = a_complaint(**own | {"verified": "199.00", "received_at": _received(now)} | facts)
    case = cases.open_case(sitting, complaint, said=f"words of {case_id}")
    case = cases.diagnose(sitting, case, complaint, f"found in {case_id}")
    case, _ = cases.suggest_for_case(sitting, case)
    return play(sitting, case, *events)


def an_agreement(tx: Connection, case_id: str, **about: Any) -> Case:
    """A case whose first offer was accepted."""
    return a_talk(tx, case_id, *TO_THE_OFFER, told.Accepted(option=1), **about)


def an_end_without_a_yes(tx: Connection, case_id: str, **about: Any) -> Case:
    """A case whose customer heard an offer and left."""
    return a_talk(tx, case_id, *TO_THE_OFFER, told.Left(), **about)


def followed_up(tx: Connection, case: Case, *, by: Actor = LI, now: datetime, rating: int | None = 5) -> Case:
    """The case after everything was kept, told and asked about."""
    sitting = a_sitting(tx, by, now=now)
    for each in promises_of(tx, case.id):
        if each.state in ("due", "broken"):
            case, _ = promises.keep_promise(sitting, each.id, "keep_promise")
    case = cases.tell_result(sitting, case, f"told in {case.id}", "phone")
    return cases.follow_up(
        sitting, case, reached=rating is not None, rating=rating, solved=None, answer=f"answer in {case.id}"
    )


def closed(tx: Connection, case: Case, *, by: Actor = LI, now: datetime, rating: int | None = 5) -> Case:
    """The case after all that, closed."""
    return cases.close(a_sitting(tx, by, now=now), followed_up(tx, case, by=by, now=now, rating=rating))


LATER = NOW + timedelta(days=4)
"""After the visit is due."""


def policy() -> Policy:
    """The policy by which they all live."""
    return a_policy()
