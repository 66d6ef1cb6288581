"""What is said and done beside the money."""

import pytest

from settlement.decision.answer import Decision
from tests.builders import decide_for


def gestures(decision: Decision) -> tuple[str, ...]:
    return decision.offers[0].gestures


@pytest.mark.parametrize(
    ("said", "apology"),
    [
        ({}, "apology_agent"),
        ({"wants": "both"}, "apology_supervisor"),
        ({"harm": "health"}, "apology_supervisor"),
        ({"harm": "health", "wants": "face"}, "apology_director"),
        ({"harm": "safety"}, "apology_director"),
        ({"harm": "safety", "wants": "face"}, "apology_director"),
    ],
)
def test_the_apology_climbs_with_harm_and_with_face(said, apology):
    assert gestures(decide_for(**said))[:2] == ("explain_facts", apology)


def test_where_we_are_not_liable_we_explain_and_do_not_apologise():
    assert gestures(decide_for(cause="customer")) == ("explain_facts",)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ({}, False),
        ({"mood": "venting"}, True),
        ({"mood": "trust"}, True),
        ({"wants": "face"}, True),
        ({"wants": "both"}, True),
    ],
)
def test_who_is_not_after_money_alone_is_called_back(said, called):
    assert ("call_back" in gestures(decide_for(**said))) == called


@pytest.mark.parametrize(
    ("problem", "prevention"),
    [
        ("product", ("batch_checked",)),
        ("service", ("team_trained",)),
        ("communication", ("wording_mended",)),
    ],
)
def test_each_offer_says_what_will_be_done_so_that_it_does_not_happen_again(problem, prevention):
    for offer in decide_for(problem=problem).offers:
        assert offer.prevention == prevention


def test_the_first_advice_is_to_listen_and_confirm_and_asks_nothing():
    advice = decide_for().advice
    assert (advice.step, advice.say) == ("confirm", ("facts_back", "emotion_named", "what_we_give"))
    assert advice.ask_in_return == ()


def test_the_first_advice_puts_a_gesture_before_money_where_face_is_at_stake():
    assert decide_for(wants="both").advice.say[2:] == ("gesture_first", "what_we_give")


def test_the_first_advice_explains_where_nothing_is_due():
    assert decide_for(cause="customer").advice.say[-1] == "explain_cause"
