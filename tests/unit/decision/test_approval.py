"""Who must agree: the table, the limits, whichever asks for more."""

import pytest

from settlement.decision.answer import Decision
from tests.builders import a_customer, a_policy, cny, decide_for, granted


def needs(decision: Decision) -> tuple[str, tuple[str, ...]]:
    return decision.approval.level, decision.approval.reasons


def test_a_small_sum_is_the_agents():
    assert needs(decide_for()) == ("agent", ("small",))


@pytest.mark.parametrize(
    ("said", "level", "reason"),
    [
        ({"threatens_publicity": True}, "supervisor", "publicity"),
        ({"vulnerable": True, "harm": "none"}, "senior_agent", "vulnerable"),
        ({"demand": "9999.00"}, "senior_agent", "wants_more"),
        ({"harm": "health"}, "supervisor", "health"),
        ({"affected": "many", "cause": "customer"}, "supervisor", "severe"),
        ({"harm": "safety", "cause": "customer"}, "manager", "critical"),
        ({"customer": a_customer(repeat_claimant=True)}, "supervisor", "repeat"),
        ({"customer": a_customer(established=True)}, "supervisor", "abuse"),
        ({"customer": a_customer(claims_90d=3)}, "supervisor", "many_claims"),
    ],
)
def test_a_mark_brings_a_person_in(said, level, reason):
    found, reasons = needs(decide_for(**said))
    assert (found, reason in reasons) == (level, True)


def test_no_mark_brings_nobody_in():
    said = {"demand": "1.00", "customer": a_customer(claims_90d=2), "asks_escalation": True}
    assert needs(decide_for(**said)) == ("agent", ("small",))


@pytest.mark.parametrize(
    ("verified", "level", "reason"),
    [
        ("200.00", "agent", "small"),
        ("250.00", "senior_agent", "over_300"),
        ("900.00", "supervisor", "over_800"),
        ("4000.00", "manager", "over_3000"),
        ("21000.00", "director", "over_20000"),
    ],
)
def test_the_sum_sets_the_level(verified, level, reason):
    found, reasons = needs(decide_for(verified=verified, harm="financial"))
    assert found == level
    assert reason in reasons


def test_goodwill_has_limits_of_its_own():
    """150.00 is a small sum for the table, but more goodwill than an agent may grant."""
    decision = decide_for(harm="inconvenience", broken_promises=2)
    assert cny("100.00") < decision.range.opening <= cny("300.00")
    assert needs(decision) == ("senior_agent", ("limit_goodwill",))


def test_what_is_owed_has_limits_of_its_own():
    policy = a_policy(('agent = { case = "500.00"', 'agent = { case = "50.00"'))
    assert needs(decide_for(verified="60.00", policy=policy)) == ("senior_agent", ("limit_owed",))


def test_what_was_granted_before_counts_so_that_splitting_does_not_help():
    assert needs(decide_for(before=granted(goodwill="270.00")))[0] == "senior_agent"
    assert needs(decide_for(before=granted(goodwill="90.00"))) == ("senior_agent", ("limit_goodwill",))
    assert needs(decide_for(before=granted(owed="281.00"))) == ("senior_agent", ("over_300",))


def test_what_was_granted_before_moves_no_amount():
    fresh, again = decide_for(), decide_for(before=granted("5000.00", "5000.00"))
    assert fresh.range == again.range
    assert [offer.options for offer in fresh.offers] == [offer.options for offer in again.offers]


def test_above_every_limit_the_director_decides():
    level, reasons = needs(decide_for(verified="1000000.01"))
    assert level == "director"
    assert "above_every_limit" in reasons


def test_each_rung_has_its_own_level_and_the_decision_that_of_the_opening():
    decision = decide_for(harm="financial", verified="199.00", customer=a_customer(value="20000.00"))
    opening, final = decision.offers
    assert (opening.approval, final.approval) == ("senior_agent", "senior_agent")
    assert decision.approval.level == opening.approval
    dear = decide_for(harm="financial", verified="500.00", customer=a_customer(value="20000.00"))
    assert [offer.approval for offer in dear.offers] == ["senior_agent", "supervisor"]
    assert dear.approval.level == "senior_agent"


def test_both_rungs_are_asked_for_in_the_trace():
    decision = decide_for(harm="financial", verified="500.00", customer=a_customer(value="20000.00"))
    asked = [
        step["read"]["amount"]
        for evaluated in decision.trace.evaluations
        for step in evaluated.steps
        if step.get("table") == "approval"
    ]
    assert asked == [offer.amount.amount for offer in decision.offers]


def test_a_signal_brings_a_person_in_and_moves_no_amount():
    loud = decide_for(threatens_publicity=True, customer=a_customer(repeat_claimant=True, claims_90d=9))
    assert loud.range == decide_for().range
