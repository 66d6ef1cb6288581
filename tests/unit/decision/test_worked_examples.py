"""The worked examples of the balance point, to the fen, through the whole decision."""

from collections.abc import Mapping
from typing import Any

import pytest

from settlement.decision.answer import Decision
from tests.builders import a_customer, cny, decide_for

ORDINARY = {"harm": "financial", "verified": "199.00"}
SERIOUS = {"harm": "financial", "verified": "2400.00", "cause": "shared", "evidence": ["advert_page"]}

# name: what is said; floor, base, interest, ceiling, balance point, opening
EXAMPLES: Mapping[str, tuple[dict[str, Any], str]] = {
    "an ordinary customer": (
        {**ORDINARY, "customer": a_customer(value="120.00")},
        "199.00 259.00 31.20 290.20 274.60 289.60",
    ),
    "the same harm, and five million followers": (
        {
            **ORDINARY,
            "customer": a_customer(
                value="20000.00",
                referrals=[("2026-03-01", "9999999.00")],
                followers=5_000_000,
                verified=True,
                authentic="0.7",
            ),
        },
        "199.00 259.00 902.00 388.50 323.75 338.75",
    ),
    "minor harm, half of it ours, bought once": (
        {"cause": "shared", "harm": "none", "verified": "10.00"},
        "5.00 15.00 6.00 21.00 18.00 21.00",
    ),
    "somebody who wants respect": (
        {"wants": "face", "customer": a_customer(value="1200.00")},
        "0.00 20.00 27.60 40.00 30.00 20.00",
    ),
    "abuse is established": (
        {**SERIOUS, "customer": a_customer(value="9000.00", established=True)},
        "1800.00 1912.50 0.00 1912.50 1912.50 1912.50",
    ),
    "the same without abuse": (
        {**SERIOUS, "customer": a_customer(value="9000.00")},
        "1800.00 1912.50 679.00 2591.50 2252.00 2267.00",
    ),
}


def amounts(decision: Decision) -> str:
    found, interest = decision.range, decision.interest
    shown = (found.floor, found.base, interest, found.ceiling, found.balance_point, found.opening)
    return " ".join(money.amount for money in shown)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_range_of_a_worked_example_is_right_to_the_fen(name):
    said, expected = EXAMPLES[name]
    assert amounts(decide_for(**said)) == expected


def test_influence_is_bounded_by_its_cap():
    said, _ = EXAMPLES["the same harm, and five million followers"]
    influence = decide_for(**said).value.influence
    assert (influence.amount, influence.caps) == ("5000.00", ("influence_cap",))


def rungs(decision: Decision) -> list[tuple[str, str]]:
    return [(offer.rung, offer.amount.amount) for offer in decision.offers]


def test_who_asks_for_less_than_the_opening_gets_the_opening():
    said, _ = EXAMPLES["an ordinary customer"]
    assert rungs(decide_for(**said, demand="150.00")) == [("opening", "289.60")]


def test_who_names_no_sum_may_get_up_to_the_ceiling():
    said, _ = EXAMPLES["an ordinary customer"]
    assert rungs(decide_for(**said)) == [("opening", "289.60"), ("final", "290.20")]


def test_a_counter_between_opening_and_ceiling_is_met():
    said, _ = EXAMPLES["the same harm, and five million followers"]
    assert rungs(decide_for(**said, demand="360.00")) == [("opening", "338.75"), ("final", "360.00")]


def test_a_counter_above_the_ceiling_gets_the_ceiling():
    said, _ = EXAMPLES["the same harm, and five million followers"]
    assert rungs(decide_for(**said, demand="100000.00"))[-1] == ("final", "388.50")


def test_where_the_opening_is_the_ceiling_there_is_one_rung():
    said, _ = EXAMPLES["minor harm, half of it ours, bought once"]
    assert rungs(decide_for(**said)) == [("opening", "21.00")]


def test_who_wants_respect_hears_from_a_supervisor_and_gets_the_base():
    said, _ = EXAMPLES["somebody who wants respect"]
    decision = decide_for(**said)
    assert rungs(decision) == [("opening", "20.00")]
    assert "apology_supervisor" in decision.offers[0].gestures


def test_who_wants_respect_and_names_a_sum_may_get_more():
    said, _ = EXAMPLES["somebody who wants respect"]
    assert rungs(decide_for(**said, demand="35.00")) == [("opening", "20.00"), ("final", "35.00")]


def test_the_opening_ignores_the_demand():
    said, _ = EXAMPLES["an ordinary customer"]
    openings = {decide_for(**said, demand=sum_named).offers[0].amount for sum_named in (None, "0.00", "1.00")}
    assert openings == {cny("289.60")}
