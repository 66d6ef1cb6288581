"""What the events of a case tell a report: how long, how it went, what was asked, offered and agreed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from settlement.cases.lifecycle import Event
from settlement.money import Money

BARGAINING = frozenset({"countered", "ranked", "wished", "refused"})
"""Answers to an offer that are no yes."""


@dataclass(frozen=True, slots=True)
class TalkTold:
    """One talk; a case has one more each time it was opened again.

    asked      the first sum that the customer named; None where they named none
    first      the first sum that was put to them, and `last` the last; None where none was
    agreed     what they said yes to; None where they did not
    ended      it ended without a yes
    goodwill_lapsed  goodwill of an offer that nobody took, which stopped to count
    """

    number: int
    asked: Money | None = None
    first: Money | None = None
    last: Money | None = None
    agreed: Money | None = None
    bargained: bool = False
    ended: bool = False
    goodwill_lapsed: Money | None = None
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class CaseTold:
    """One case, as far as reports ask; `told_at` is when the customer first heard a result."""

    id: str
    kind: str
    state: str
    problem: str
    cause: str
    policy: str
    currency: str
    owner: str
    received_at: datetime
    grade: int | None = None
    category: str | None = None
    told_at: datetime | None = None
    closed_at: datetime | None = None
    visited: bool = False
    reached: bool = False
    rating: int | None = None
    solved: str | None = None
    offers_by: tuple[str, ...] = ()
    overrides_by: tuple[str, ...] = ()
    talks: tuple[TalkTold, ...] = field(default=(TalkTold(1),))


_TELLING = (
    "opened diagnosed signals_confirmed facts_changed suggested items_split offered overridden countered "
    "ranked wished refused agreed talks_ended offer_lapsed part_blocked answered result_told followed_up "
    "reopened"
)
TELLING = frozenset(_TELLING.split())
"""The events that are read here."""


def tell(case: CaseTold, events: Iterable[Event]) -> CaseTold:
    """The case with what its events say, in their order."""
    for event in events:
        case = _after(case, event)
    return case


def _after(case: CaseTold, event: Event) -> CaseTold:
    body = event.body
    if "complaint" in body:
        case = _known(case, body["complaint"])
    if event.name == "reopened":
        return replace(case, talks=(*case.talks, TalkTold(case.talks[-1].number + 1)))
    if event.name in ("result_told", "answered"):
        return replace(case, told_at=case.told_at or event.at)
    if event.name == "followed_up":
        said = {name: body[name] for name in ("rating", "solved") if body[name] is not None}
        return replace(case, visited=True, reached=case.reached or body["reached"], **said)
    if event.name == "offered":
        case = replace(case, offers_by=(*case.offers_by, event.actor.name))
    if event.name == "overridden":
        case = replace(case, overrides_by=(*case.overrides_by, event.actor.name))
    if event.name == "offer_lapsed":
        return _talk(case, body["talk"], goodwill_lapsed=Money.of(**body["goodwill"]))
    return _in_talk(case, event)


def _in_talk(case: CaseTold, event: Event) -> CaseTold:
    number, body, now = case.talks[-1].number, event.body, case.talks[-1]
    if event.name in ("offered", "overridden"):
        put = Money.of(**body["amount"])
        return _talk(case, number, first=now.first or put, last=put)
    if event.name in BARGAINING:
        named = Money.of(**body["amount"]) if event.name == "countered" else None
        # Bargaining answers an offer: a sum named before one only says what is asked.
        return _talk(case, number, asked=now.asked or named, bargained=now.bargained or now.last is not None)
    if event.name == "items_split":
        return _talk(case, number, asked=now.asked or _items(body))
    if event.name == "agreed":
        return _talk(case, number, agreed=Money.of(**body["amount"]), ended=False)
    if event.name == "part_blocked":  # what was agreed is chosen anew
        return _talk(case, number, agreed=None)
    if event.name == "talks_ended":
        return _talk(case, number, ended=True)
    if event.name == "suggested":
        return _talk(case, number, decision=body["decision"])
    return case


def _known(case: CaseTold, complaint: Mapping[str, Any]) -> CaseTold:
    """The newest facts; a demand counts from the moment when it is known."""
    order, demand = complaint.get("order"), complaint["complaint"].get("demand")
    case = replace(case, category=order["category"] if order else None)
    now = case.talks[-1]
    if demand is None or now.asked is not None:
        return case
    return _talk(case, now.number, asked=Money.of(**demand))


def _items(body: Mapping[str, Any]) -> Money | None:
    """The sum of the money items, where any names a sum."""
    sums = [Money.of(**each["amount"]) for each in body["items"] if each.get("amount")]
    return sum(sums[1:], sums[0]) if sums else None


def _talk(case: CaseTold, number: int, **said: Any) -> CaseTold:
    talks = tuple(replace(each, **said) if each.number == number else each for each in case.talks)
    return replace(case, talks=talks)
