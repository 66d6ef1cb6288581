"""Advice in words: every line, in every mood, channel and language, with nothing left to fill."""

import re
from itertools import product
from typing import Any

import pytest

from settlement.decision.decided import Decided
from settlement.decision.phrases import own_text
from settlement.negotiation.advice import Advice, advise_next
from settlement.negotiation.events import (
    Accepted,
    Confirmed,
    Countered,
    Denied,
    ItemsSplit,
    Left,
    Offered,
    PartBlocked,
    Refused,
    SelfHarmTold,
    Silent,
    Wished,
)
from settlement.negotiation.talks import Authority, Step
from settlement.negotiation.words import Spoken, what_went_wrong, words_for
from settlement.roles import Role
from settlement.rules.talk import CHANNELS, MOODS, PARTS, SLOTS, WRONGS
from tests.builders import a_complaint, a_customer, a_policy, cny, decided_for

OPENED = (Confirmed(), ItemsSplit(items=()), Offered())
HISTORIES = (
    (),
    OPENED[:1],
    OPENED[:2],
    (*OPENED, Countered(amount=cny("1.00"))),
    (*OPENED, Countered(amount=cny("360.00"))),
    (*OPENED, Wished(kind="repair")),
    (*OPENED, Wished(kind="apology")),
    (*OPENED, PartBlocked(instrument="voucher")),
    (*OPENED, Refused()),
    (*OPENED, Silent()),
    (*OPENED, Accepted(option=2)),
    (*OPENED, Left()),
    (*OPENED[:2], Denied(reason="not now")),
    (*OPENED, SelfHarmTold()),
)


def decided(**said: Any) -> Decided:
    said = {"harm": "financial", "verified": "199.00", "customer": a_customer(value="20000.00")} | said
    complaint = a_complaint(**said)
    return decided_for(complaint)


def spoken(one: Decided, advice: Advice, language: str) -> tuple[Spoken, ...]:
    return words_for((*advice.talk, *advice.ask), advice, one, language)


@pytest.mark.parametrize("mood", MOODS)
def test_every_line_is_whole_in_every_mood_channel_and_language_and_every_code_is_said(mood):
    said, steps = set(), set()
    for channel, wants in product(CHANNELS, ("money", "face")):
        one = decided(
            mood=mood, channel=channel, wants=wants, problem="service" if wants == "face" else "product"
        )
        for history, level in product(HISTORIES, (Role.DIRECTOR, Role.AGENT)):
            advice = advise_next(one, Authority(level), history)
            steps.add(advice.step)
            for language in ("en", "zh"):
                lines = spoken(one, advice, language)
                said |= {line.code for line in lines}
                parts = [PARTS.index(line.part) for line in lines]
                assert parts == sorted(parts), "facts, then emotion, then interest"
                for line in lines:
                    assert not re.search(r"[{}]|None", line.text), line
                    assert line.text.strip()
                    assert (re.search("[\u4e00-\u9fff]", line.text) is not None) == (language == "zh"), line
    assert set(SLOTS) - {*WRONGS, "explain_cause"} == said
    assert steps == set(Step)


def test_in_the_shipped_policy_codes_come_in_the_order_in_which_they_are_said():
    one = decided(wants="both")
    for history in HISTORIES:
        advice = advise_next(one, Authority(Role.DIRECTOR), history)
        assert [line.code for line in words_for(advice.talk, advice, one, "en")] == list(advice.talk)


def line(code: str, *history: Any, language: str = "en", **said: Any) -> str:
    one = decided(**said)
    advice = advise_next(one, Authority(Role.DIRECTOR), history)
    return next(each.text for each in spoken(one, advice, language) if each.code == code)


def test_the_most_specific_variant_is_said():
    plain = line("emotion_named", mood="venting")
    assert plain != line("emotion_named", mood="trust")
    assert plain != line("emotion_named", mood="venting", channel="phone")
    assert line("emotion_named", mood="trust") == line("emotion_named", mood="trust", channel="phone")
    assert "read out" in line("what_we_give", *OPENED, channel="phone", mood="venting")


def test_slots_are_filled_from_the_record():
    assert "338.75 CNY" in line("accept_by", *OPENED, Refused())
    assert "17 March 2026" in line("accept_by", *OPENED, Refused())
    assert "2026年3月17日" in line("accept_by", *OPENED, Refused(), language="zh")
    assert line("promise_date", *OPENED, Accepted(option=1)) == "It will be with you by 6 March 2026."
    assert "The batch is checked" in line("prevention", *OPENED, Accepted(option=1))
    reason = line("reason", *OPENED, Refused())
    assert "A proven loss of 100 or more. " in reason
    assert reason.endswith("The cause lies with us.")


@pytest.mark.parametrize(("language", "due"), [("en", "10:30 on 3 March 2026"), ("zh", "2026年3月3日10:30")])
def test_what_comes_within_minutes_is_said_with_its_time(language, due):
    """A voucher alone comes a quarter of an hour after the complaint of 10:15, from which dates count here."""
    facts = {"wants": "face", "harm": "none", "verified": None, "problem": "service", "customer": None}
    menu = advise_next(decided(**facts), Authority(Role.DIRECTOR), OPENED).menu
    alone = next(each.id for each in menu if not each.cash and each.parts[0].instrument == "voucher")
    assert due in line("promise_date", *OPENED, Accepted(option=alone), language=language, **facts)


def test_a_date_that_is_not_known_is_said_to_be_open():
    late = {"received_at": "2026-12-31T10:15:00+08:00", "occurred_on": "2026-12-30", "customer": None}
    menu = advise_next(decided(**late), Authority(Role.DIRECTOR), OPENED).menu
    open_option = next(option.id for option in menu if option.ready_by is None)
    said = line("promise_date", *OPENED, Accepted(option=open_option), **late)
    assert own_text("slot", "date_open", "en") in said


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"broken_promises": 1, "hours_waiting": 500}, "wrong_promise"),
        ({"hours_waiting": 101}, "wrong_waiting"),
        ({"hours_waiting": 100}, "wrong_product"),
        ({"problem": "service"}, "wrong_service"),
        ({"problem": "communication"}, "wrong_communication"),
    ],
    ids=str,
)
def test_the_apology_is_for_the_one_thing_that_went_wrong(said, code):
    one = decided(**said)
    matter, terms = one.complaint.complaint, one.policy.terms
    assert what_went_wrong(matter, 2, terms) == code
    wrong = terms.texts[code][0].text
    assert wrong.en in line("sorry_that", *OPENED, **said)
    assert wrong.zh in line("sorry_that", *OPENED, language="zh", **said)


def test_how_long_is_too_long_to_wait_depends_on_the_grade():
    matter, terms = decided(hours_waiting=200).complaint.complaint, a_policy().terms
    assert [what_went_wrong(matter, grade, terms) for grade in (1, 3, 4, 5)] == [
        "wrong_waiting",
        "wrong_waiting",
        "wrong_product",
        "wrong_product",
    ]


def test_nobody_apologises_for_what_is_not_ours():
    one = decided(cause="customer", verified=None)
    for history in HISTORIES[:3]:
        advice = advise_next(one, Authority(Role.DIRECTOR), history)
        assert not {"sorry_that", "gesture_first"} & set(advice.talk)
