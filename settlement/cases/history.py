"""What happened in a case, as each role may read it.

Agents read what was told to the customer and what they must know to go on; a sum that waits for somebody
else's yes has no place in their type. Texts are named by reference in the records and are null once erased.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from settlement.cases.lifecycle import Event
from settlement.decision.answer import Part
from settlement.decision.phrases import own_text
from settlement.money import Money
from settlement.roles import Role


class ItemTold(Part):
    """One part of what the customer asked for, in their words."""

    kind: str
    weight: str
    words: str | None
    amount: Money | None
    by: datetime | None


class Told(Part):
    """What an event says, as far as it says it; a name is left out where it says nothing of it.

    said, found, reason  texts; null once erased
    withdrawn            signals that were taken back
    contradicts          signals that stay, though the diagnosis says that they are not so
    amount               a sum that was told to the customer, or that the customer named
    """

    said: str | None = None
    found: str | None = None
    reason: str | None = None
    channel: str | None = None
    to: str | None = None
    what: str | None = None
    kind: str | None = None
    due: datetime | None = None
    in_time: bool | None = None
    level: Role | None = None
    approval: str | None = None
    in_place_of: str | None = None
    promise: str | None = None
    replaces: str | None = None
    by: str | None = None
    decision: str | None = None
    amount: Money | None = None
    option: int | None = None
    order: tuple[int, ...] | None = None
    instrument: str | None = None
    items: tuple[ItemTold, ...] | None = None
    signals: tuple[str, ...] | None = None
    withdrawn: tuple[str, ...] | None = None
    contradicts: tuple[str, ...] | None = None
    linked_to: str | None = None
    reached: bool | None = None
    rating: int | None = None
    solved: str | None = None
    outcome: str | None = None
    right: bool | None = None
    why: str | None = None
    stop: str | None = None


class Happened(Part):
    """One event, for agents."""

    position: int
    at: datetime
    actor: str
    role: Role
    event: str
    text: str
    told: Told


class ToldToApprovers(Told):
    """The same with the sums that approvals are about, and what changed when one became void."""

    asked: dict[str, Any] | None = None
    amended: bool | None = None
    changed: dict[str, Any] | None = None


class HappenedForApprovers(Happened):
    """One event, for supervisors and above."""

    told: ToldToApprovers


class HappenedWhole(Part):
    """One event as it is recorded, for finance and auditors; `texts` says what its references stand for."""

    position: int
    at: datetime
    actor: str
    role: Role
    event: str
    text: str
    body: dict[str, Any]
    texts: dict[str, str | None]


class HistoryPage(Part):
    """A page of what happened, oldest first, for agents; `next` is the `after` of the next page."""

    case: str
    events: tuple[Happened, ...]
    next: int | None


class HistoryForApprovers(Part):
    """The same for supervisors and above: with the sums that approvals are about."""

    case: str
    events: tuple[HappenedForApprovers, ...]
    next: int | None


class WholeHistory(Part):
    """The same for finance and auditors: events as they are recorded."""

    case: str
    events: tuple[HappenedWhole, ...]
    next: int | None


_TEXTS = ("said", "found", "reason")
_SUMS_OF_THE_TALKS = frozenset({"offered", "overridden", "countered", "agreed", "promise_made"})
"""Events whose sum the customer knows."""


Numbered = Iterable[tuple[int, Event]]
"""Events with their place in the history of the case."""


def for_agents(events: Numbered, texts: Mapping[str, str], language: str) -> tuple[Happened, ...]:
    """Events without any sum that was not told to the customer."""
    return tuple(
        Happened(**_about(at, event, language), told=Told(**_told(event, texts, Told)))
        for at, event in events
    )


def for_approvers(
    events: Numbered, texts: Mapping[str, str], language: str
) -> tuple[HappenedForApprovers, ...]:
    """Events with what approvals are about."""
    return tuple(
        HappenedForApprovers(
            **_about(at, event, language), told=ToldToApprovers(**_told(event, texts, ToldToApprovers))
        )
        for at, event in events
    )


def whole(events: Numbered, texts: Mapping[str, str], language: str) -> tuple[HappenedWhole, ...]:
    """Events as they are recorded."""
    return tuple(
        HappenedWhole(
            **_about(at, event, language),
            body=dict(event.body),
            texts={ref: texts.get(ref) for ref in _references(event.body)},
        )
        for at, event in events
    )


def _about(position: int, event: Event, language: str) -> dict[str, Any]:
    return {
        "position": position,
        "at": event.at,
        "actor": event.actor.name,
        "role": event.actor.role,
        "event": event.name,
        "text": own_text("event", event.name, language),
    }


def _told(event: Event, texts: Mapping[str, str], model: type[Told]) -> dict[str, Any]:
    """What a type may hold of an event's body; an unknown name of the body is not shown."""
    told = {name: value for name, value in event.body.items() if name in model.model_fields}
    for name in _TEXTS:
        if told.get(name) is not None:
            told[name] = texts.get(told[name])
    if "items" in told:
        told["items"] = [{**each, "words": texts.get(each["words"])} for each in told["items"]]
    if isinstance(told.get("option"), dict):  # an option that was agreed is recorded whole
        told["option"] = told["option"]["id"]
    if event.name not in _SUMS_OF_THE_TALKS and model is Told:
        told.pop("amount", None)
    return told


def _references(value: Any) -> list[str]:
    """The references to texts in a body."""
    if isinstance(value, str):
        return [value] if value.startswith("x-") else []
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [found for each in inner for found in _references(each)]
