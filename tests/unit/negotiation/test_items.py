"""A demand in items: met, in part or not, each with its reason."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from settlement.negotiation.advice import advise_next
from settlement.negotiation.events import Accepted, Confirmed, Item, ItemsSplit, Offered
from settlement.negotiation.talks import Authority
from settlement.roles import Role
from tests.builders import a_complaint, a_customer, cny, decided_for


def shown(
    *items: Item, put: bool = True, level: Role = Role.DIRECTOR, then: Any = (), **said: Any
) -> list[str]:
    """Status and reason of each item, beside an offer of 338.75 unless said otherwise."""
    said = {"harm": "financial", "verified": "199.00", "customer": a_customer(value="20000.00")} | said
    complaint = a_complaint(**said)
    decided = decided_for(complaint)
    history = (Confirmed(), ItemsSplit(items=items), *([Offered()] if put else []), *then)
    found = advise_next(decided, Authority(level), history).items
    assert [each.item for each in found] == list(items)
    return [f"{each.status}: {each.reason}" for each in found]


def money(amount: str | None = None) -> Item:
    return Item(kind="money", weight="must", amount=amount and cny(amount))


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (None, "met: sum_offered"),
        ("338.75", "met: offer_covers_it"),
        ("338.76", "partly: offer_is_less"),
    ],
)
def test_money_is_held_against_the_offer(amount, told):
    assert shown(money(amount)) == [told]


def test_a_sum_that_may_not_be_told_meets_nothing_yet():
    assert shown(money("1.00"), put=False, level=Role.AGENT) == ["not: no_offer_yet"]


def test_where_nothing_is_due_no_sum_is_met():
    assert shown(money(), cause="customer", verified=None) == ["not: nothing_due"]


def test_face_is_met_by_an_apology_and_in_part_by_an_explanation():
    face = Item(kind="face", weight="want")
    assert shown(face) == ["met: apology_given"]
    assert shown(face, cause="customer", verified=None) == ["partly: explained_only"]


def test_prevention_is_met_by_what_will_be_mended():
    assert shown(Item(kind="prevention", weight="nice")) == ["met: prevention_named"]


def by(days: int) -> Item:
    return Item(kind="time", weight="must", by=a_complaint().case.received_at + timedelta(days=days))


def test_time_is_held_against_the_dates_of_the_options():
    assert shown(by(30), by(1), by(4)) == [
        "met: ready_in_time",
        "not: ready_later",
        "partly: some_ready_in_time",
    ]
    assert shown(Item(kind="time", weight="want")) == ["met: ready_in_time"]
    assert shown(by(30), cause="customer", verified=None) == ["not: nothing_due"]
    assert shown(by(30), put=False, level=Role.AGENT) == ["not: no_offer_yet"]


def test_ready_at_the_very_moment_is_in_time():
    last = Item(kind="time", weight="must", by=datetime.fromisoformat("2026-03-06T23:59:59+08:00"))
    assert shown(last, then=[Accepted(option=1)]) == ["met: ready_in_time"]


def test_a_date_that_is_not_announced_meets_none():
    late = {"received_at": "2026-12-31T10:15:00+08:00", "occurred_on": "2026-12-30"}
    found = shown(Item(kind="time", weight="want"), customer=None, **late)
    assert found == ["partly: some_ready_in_time"]


def test_what_was_agreed_is_what_counts_in_the_end():
    assert shown(by(4), then=[Accepted(option=1)]) == ["met: ready_in_time"]
