"""The customer's demand, item by item: what is met by the offer, what in part, what not, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from settlement.decision.answer import Option
from settlement.money import Money
from settlement.negotiation.events import Item
from settlement.rules.policy import Gesture


class Status(StrEnum):
    """How far an item is met."""

    MET = "met"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item beside what is offered; `reason` is a code."""

    item: Item
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class OnOffer:
    """What items are held against: the sum and the options that the customer may know, and the gestures.

    amount  None while there is no offer
    """

    amount: Money | None
    options: tuple[Option, ...]
    gestures: tuple[Gesture, ...]


def show_items(items: tuple[Item, ...], offer: OnOffer) -> tuple[ItemShown, ...]:
    """Each item with its status and the reason for it, in the order in which they were told."""
    return tuple(ItemShown(item, *_JUDGES[item.kind](item, offer)) for item in items)


Judged = tuple[Status, str]


def _money(item: Item, offer: OnOffer) -> Judged:
    if offer.amount is None:
        return Status.NOT, "no_offer_yet"
    if not offer.amount:
        return Status.NOT, "nothing_due"
    if item.amount is None:
        return Status.MET, "sum_offered"
    if offer.amount >= item.amount:
        return Status.MET, "offer_covers_it"
    return Status.PARTLY, "offer_is_less"


def _face(_item: Item, offer: OnOffer) -> Judged:
    kinds = {gesture.kind for gesture in offer.gestures}
    if "apology" in kinds:
        return Status.MET, "apology_given"
    return (Status.PARTLY, "explained_only") if kinds else (Status.NOT, "no_offer_yet")


def _prevention(_item: Item, offer: OnOffer) -> Judged:
    named = any(gesture.kind == "prevention" for gesture in offer.gestures)
    return (Status.MET, "prevention_named") if named else (Status.NOT, "no_prevention_yet")


def _time(item: Item, offer: OnOffer) -> Judged:
    """Against the dates of the options; one that is open meets no date."""
    if not offer.options:
        return Status.NOT, "no_offer_yet" if offer.amount is None else "nothing_due"
    days = [option.ready_by for option in offer.options]
    in_time = [day is not None and (item.by is None or day <= item.by) for day in days]
    if all(in_time):
        return Status.MET, "ready_in_time"
    if any(in_time):
        return Status.PARTLY, "some_ready_in_time"
    return Status.NOT, "date_open" if None in days else "ready_later"


_JUDGES: Mapping[str, Callable[[Item, OnOffer], Judged]] = {
    "money": _money,
    "face": _face,
    "prevention": _prevention,
    "time": _time,
}
