"""What is owed: heads, shares, forms, and who may not be asked."""

import inspect
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from settlement.decision import entitlement, severity
from settlement.decision.check import CheckedClaim
from settlement.decision.entitlement import Entitlement, owed_by_head, owed_in_money, run_claim
from settlement.rules.book import OwedIn, Standing
from settlement.rules.evaluate import LiveEdition
from tests.builders import cny, decide_for, food, fraud, missed_appointment, packs


def owed(**said: Any) -> dict[str, str]:
    return {each.head: f"{each.amount.amount} from {each.from_}" for each in decide_for(**said).owed}


def test_under_one_head_the_highest_amount_counts_and_different_heads_add():
    decision = decide_for(claims=[fraud(), food()], verified="30.00")
    assert [(pack.id, pack.amount) for pack in decision.packs] == [
        ("cn_consumer_fraud", cny("500.00")),
        ("cn_food_drug_punitive", cny("1000.00")),
    ]
    assert {each.head: (each.amount, each.from_) for each in decision.owed} == {
        "added_sum": (cny("1000.00"), "cn_food_drug_punitive"),
        "loss": (cny("30.00"), "verified_loss"),
    }
    assert decision.range.floor == cny("1030.00")


def test_of_two_claims_under_one_pack_the_higher_counts():
    assert owed(claims=[fraud(), fraud(price="1000.00")]) == {"added_sum": "3000.00 from cn_consumer_fraud"}


def test_a_pack_that_does_not_answer_owes_nothing():
    decision = decide_for(claims=[fraud(requested=False)])
    assert (decision.packs[0].amount, decision.owed) == (None, ())


def test_the_proven_loss_is_owed_by_our_share_and_rounded_up():
    assert owed(verified="0.03", cause="shared") == {"loss": "0.02 from verified_loss"}
    assert owed(verified="100.00", cause="shared", evidence=["advert_page"]) == {
        "loss": "75.00 from verified_loss"
    }


def test_a_loss_that_is_only_claimed_is_not_owed_and_warns():
    decision = decide_for(claimed="5000.00")
    assert (decision.owed, decision.severity.grade) == ((), 1)
    assert "loss_unproven" in decision.warnings


def test_statute_is_owed_even_where_the_customer_caused_it():
    decision = decide_for(cause="customer", claims=[fraud()])
    assert decision.liability == 0
    assert decision.range.floor == decision.range.base == cny("500.00")
    assert decision.offers[0].options[0].cash >= cny("500.00")


def an_entitlement(amount: str, *, owed_in: OwedIn = OwedIn.MONEY, binds: bool = True) -> Entitlement:
    evaluation = run_claim(claim_of(*fraud())).evaluation
    return Entitlement(evaluation, cny(amount), "delay", owed_in, binds)


def claim_of(pack: str, facts: dict[str, Any]) -> CheckedClaim:
    return CheckedClaim(packs()[pack], packs()[pack].read_facts(facts))


def test_guidance_informs_and_does_not_bind():
    assert owed_by_head([an_entitlement("9.00", binds=False)], Fraction(1), None) == ()


def test_of_equal_amounts_the_one_in_money_counts():
    credit = an_entitlement("9.00", owed_in=OwedIn.CREDIT)
    found = owed_by_head([credit, an_entitlement("9.00")], Fraction(1), None)
    assert [each.owed_in for each in found] == ["money"]


def test_what_is_owed_as_credit_need_not_be_paid_in_cash():
    credit = an_entitlement("9.00", owed_in=OwedIn.CREDIT)
    found = owed_by_head([credit], Fraction(1), cny("5.00"))
    assert owed_in_money(found, "CNY") == cny("5.00")


def test_a_row_may_name_the_head_and_then_stands_in_the_trace():
    found = run_claim(claim_of(*missed_appointment()))
    assert (found.head, found.amount.amount) == ("appointment", "32.31")
    assert found.evaluation.rows == ("compensation.R3_missed", "rates.v2026", "paid_for.missed")


@pytest.mark.parametrize("standing", list(Standing))
def test_statutes_schemes_and_promises_bind(standing):
    pack = packs()["cn_consumer_fraud"]
    other = LiveEdition(replace(pack.edition, standing=standing))
    found = run_claim(CheckedClaim(other, other.read_facts(fraud()[1])))
    assert found.binds == (standing in ("statute", "scheme", "promise"))


@pytest.mark.parametrize("room", [severity, entitlement])
def test_what_is_owed_and_how_bad_it_is_are_found_without_the_customer(room):
    for name, function in inspect.getmembers(room, inspect.isfunction):
        parts = inspect.signature(function).parameters.values()
        seen = {getattr(part.annotation, "__name__", str(part.annotation)) for part in parts}
        assert not seen & {"Complaint", "Customer", "Case", "History", "Reach", "Worth"}, name
