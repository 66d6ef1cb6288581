"""A case that is taken up again: what it got in the talks before is taken off, so that nothing is paid twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from settlement.desk import cases
from settlement.desk.records import decision_of, settled_of
from settlement.desk.replay import replay_record
from settlement.money import Money
from settlement.negotiation import events as told
from settlement.store.decisions import find_decision
from settlement.store.grants import find_commitment
from settlement.store.promises import promises_of
from tests.builders import a_complaint, a_customer, books, cny, decide_for, granted
from tests.lives import (
    BEFORE_THE_OFFER,
    LATER,
    TO_THE_OFFER,
    ZHAO,
    a_talk,
    an_agreement,
    an_end_without_a_yes,
    closed,
    play,
)
from tests.sittings import a_sitting
from tests.trace_sums import FORMULAS, operands

AGAIN = LATER + timedelta(days=1)


def taken_up_again(tx, case, **facts):
    """The case reopened by a director, with what is known now."""
    sitting = a_sitting(tx, ZHAO, now=AGAIN)
    case = closed(tx, case, by=ZHAO, now=LATER)
    case = cases.reopen(sitting, case, "it rattles again")
    return decided_again(sitting, case, **facts)


def decided_again(sitting, case, **facts):
    own = {"id": case.id, "customer": a_customer(id=f"K-{case.id}"), "order_id": f"O-{case.id}"}
    received = case.complaint["case"]["received_at"]
    complaint = a_complaint(**own | {"received_at": received} | facts)
    case = cases.diagnose(sitting, case, complaint, None)
    case, advised = cases.suggest_for_case(sitting, case)
    return sitting, case, advised.decision


def given(tx, case_id):
    """What was promised in money, in each of the talks."""
    sums = {}
    for each in promises_of(tx, case_id):
        if each.amount is not None and each.kind != "gift":
            sums[each.talk] = sums.get(each.talk, Money.zero("CNY")) + each.amount
    return sums


def test_the_same_harm_is_not_paid_a_second_time(database):
    with database.transaction() as tx:
        case = an_agreement(tx, "C-1")
        first = decision_of(find_decision(tx, case.ground))
        _, case, again = taken_up_again(tx, case, verified="199.00")
        assert first.range.floor == cny("199.00")
        assert again.range.floor == cny("0.00")
        paid = given(tx, "C-1")[1]
        assert again.range.ceiling == max(first.range.ceiling - paid, cny("0.00"))
        assert f"settled_before:{paid}" in again.warnings


def test_what_was_found_to_be_owed_since_is_paid_in_addition_and_adds_up(database):
    with database.transaction() as tx:
        case = an_agreement(tx, "C-1")
        sitting, case, again = taken_up_again(tx, case, verified="299.00")
        assert again.range.floor == cny("100.00")
        play(sitting, case, *TO_THE_OFFER, told.Accepted(option=1))
        in_all = sum(given(tx, "C-1").values(), Money.zero("CNY"))
        fresh = decision_of(find_decision(tx, a_talk(tx, "C-2", verified="299.00").ground))
        assert cny("299.00") <= in_all <= fresh.range.ceiling


def test_an_offer_that_nobody_took_gave_what_is_owed_and_no_more(database):
    with database.transaction() as tx:
        case = an_end_without_a_yes(tx, "C-1")
        _, case, again = taken_up_again(tx, case, verified="199.00")
        settled = settled_of(find_decision(tx, case.decision))
        assert (settled.owed, settled.goodwill) == (cny("199.00"), cny("0.00"))
        assert again.range.opening > again.range.floor == cny("0.00")


def test_a_courtesy_is_not_given_again(database):
    with database.transaction() as tx:
        nothing_due = {"cause": "customer", "verified": None}
        case = a_talk(tx, "C-1", *TO_THE_OFFER, told.Accepted(option=None), by=ZHAO, **nothing_due)
        assert decision_of(find_decision(tx, case.ground)).gift is not None
        _, _, again = taken_up_again(tx, case, **nothing_due)
        assert again.gift is None
        assert not [each for each in again.warnings if each.startswith("settled_before")]


def test_every_amount_that_is_left_can_be_computed_from_its_line():
    for verified in ("0.00", "150.00", "299.00"):
        decision = decide_for(verified=verified, settled=granted("199.00", "61.00"))
        left = {line.name: line for line in decision.trace.sums if line.name.endswith("_left")}
        assert len(left) == 6
        for line in left.values():
            assert FORMULAS[line.formula](operands(line)) == line.amount.minor
        assert left["opening_left"].amount == decision.range.opening


def test_it_is_recorded_and_replays(database):
    with database.transaction() as tx:
        _, case, _ = taken_up_again(tx, an_agreement(tx, "C-1"), verified="299.00")
        record = find_decision(tx, case.decision)
        assert replay_record(record, books()).problem is None
        spoilt = replace(record, granted=record.granted.replace("199.00", "19.00"))
        assert replay_record(spoilt, books()).problem


@pytest.mark.parametrize("verified", ["0.00", "150.00", "199.00", "420.00"])
def test_the_range_keeps_its_order_whatever_was_given(database, database_file, verified):
    with database.transaction() as tx:
        _, _, again = taken_up_again(tx, an_agreement(tx, "C-1"), verified=verified)
        found = again.range
        assert cny("0.00") <= found.floor <= found.base <= found.balance_point <= found.ceiling
        assert found.base <= found.opening <= found.ceiling


def test_what_is_owed_and_promised_counts_before_anybody_has_granted_it(database):
    """A review opens the case again while it waits: the new talks do not owe it once more."""
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *BEFORE_THE_OFFER, told.Left(), threatens_publicity=True)
        assert find_commitment(tx, "C-1", 1) is None
        case = cases.request_review(a_sitting(tx), case, "it was too little")
        case = cases.review(a_sitting(tx, ZHAO), case, upheld=False, reason="I read all of it")
        _, _, again = decided_again(a_sitting(tx), case, verified="199.00")
        assert again.range.floor == cny("0.00")
