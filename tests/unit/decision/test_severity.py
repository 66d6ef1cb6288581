"""How bad it is, who answers for it, who takes it, by the shipped policy."""

import pytest

from settlement.decision.answer import Decision
from tests.builders import decide_for


def grade(**said: object) -> int:
    return decide_for(**said).severity.grade


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, 1),
        ({"harm": "none"}, 1),
        ({"harm": "loss_of_use"}, 2),
        ({"harm": "financial"}, 2),
        ({"harm": "health"}, 3),
        ({"harm": "safety"}, 5),
        ({"verified": "99.99"}, 1),
        ({"verified": "100.00"}, 2),
        ({"verified": "1000.00"}, 3),
        ({"verified": "5000.00"}, 4),
        ({"verified": "50000.00"}, 5),
        ({"duration_h": 23}, 1),
        ({"duration_h": 24}, 2),
        ({"duration_h": 168}, 3),
        ({"affected": "several"}, 2),
        ({"affected": "many"}, 4),
        ({"repeat_contacts": 1}, 1),
        ({"repeat_contacts": 2}, 2),
        ({"repeat_contacts": 4}, 3),
        ({"prior_complaints_12m": 3}, 2),
        ({"broken_promises": 1}, 2),
        ({"broken_promises": 2}, 3),
        ({"hours_waiting": 71}, 1),
        ({"hours_waiting": 72}, 2),
        ({"hours_waiting": 168}, 3),
        ({"vulnerable": True}, 2),
        ({"vulnerable": True, "harm": "none"}, 1),
        ({"vulnerable": True, "harm": "health"}, 4),
    ],
)
def test_the_grade_follows_the_highest_mark(said, expected):
    assert grade(**said) == expected


@pytest.mark.parametrize("said", [{"duration_h": None}, {"verified": None}])
def test_what_is_unknown_adds_nothing_and_warns(said):
    decision = decide_for(**said)
    assert decision.severity.grade == 1
    assert {"duration_unknown", "loss_unknown"} & set(decision.warnings)


@pytest.mark.parametrize("signal", ["negative_words", "asks_escalation", "threatens_publicity"])
def test_loud_words_do_not_move_the_grade(signal):
    assert grade(**{signal: True}) == grade()


def priority(**said: object) -> str:
    return decide_for(**said).priority


def test_loud_words_vulnerability_and_severe_harm_come_first_in_the_queue():
    assert priority() == "normal"
    assert priority(threatens_publicity=True) == "normal"
    for said in (
        {"negative_words": True},
        {"asks_escalation": True},
        {"vulnerable": True},
        {"affected": "many"},
    ):
        assert priority(**said) == "high"


def liability(**said: object) -> str:
    decision: Decision = decide_for(**said)
    return str(decision.liability)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"cause": "company"}, "1"),
        ({"cause": "customer"}, "0"),
        ({"cause": "shared"}, "1/2"),
        ({"cause": "shared", "evidence": ["photo", "advert_page"]}, "3/4"),
        ({"cause": "third_party", "problem": "product"}, "1"),
        ({"cause": "third_party", "problem": "service"}, "1/2"),
        ({"cause": "unknown", "evidence": None}, "1/2"),
    ],
)
def test_our_share_follows_cause_problem_and_evidence(said, expected):
    assert liability(**said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"harm": "safety", "category": "food"}, "safety_desk"),
        ({"category": "food"}, "food_desk"),
        ({"problem": "product"}, "product_quality"),
        ({"problem": "service", "order": None}, "service_quality"),
        ({"problem": "communication"}, "customer_care"),
    ],
)
def test_the_lead_team_follows_harm_goods_and_problem(said, expected):
    assert decide_for(**said).lead == expected
