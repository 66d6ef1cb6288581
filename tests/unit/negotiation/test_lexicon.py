"""Free text to signals: proposed for a person, whatever the case, the width, the language."""

import pytest

from settlement.negotiation.lexicon import Proposed, propose_signals
from settlement.rules.talk import SIGNALS
from tests.builders import a_policy

LEXICON = a_policy().terms.lexicon


def proposed(text: str) -> dict[str, tuple[str, ...]]:
    return {each.signal: each.words_found for each in propose_signals(text, LEXICON)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "I will call my lawyer and the press",
            {"legal": ("lawyer",), "threatens_publicity": ("the press",)},
        ),
        ("This is a SCAM", {"complaint": ("scam",)}),
        ("Ｇｅｔ ｍｅ ｙｏｕｒ ＭＡＮＡＧＥＲ", {"asks_escalation": ("manager",)}),
        ("I'd like to  go \n public", {"threatens_publicity": ("go public",)}),
        ("你们这是欺骗消费者，我要投诉！", {"complaint": ("投诉", "欺骗")}),
        ("叫你们经理来", {"asks_escalation": ("经理",)}),
        ("小心我给差评，上 热 搜", {"threatens_publicity": ("差评", "上热搜")}),
        ("充电时冒烟，我家有孩子", {"vulnerable": ("孩子",), "safety": ("冒烟",)}),
        ("我要打１２３１５", {"legal": ("12315",)}),
        ("我不想活了", {"self_harm": ("不想活",)}),
        ("Thank you, all is well. 谢谢，没问题。", {}),
        ("", {}),
    ],
    ids=str,
)
def test_words_hint_at_signals(text, found):
    assert proposed(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "I am not angry",
        "I don’t want to complain",
        "There is no fraud here, never a lawsuit",
        "我不生气",
        "我不是来投诉的",
        "没有起诉的打算",
    ],
)
def test_what_is_denied_is_not_proposed(text):
    assert proposed(text) == {}


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("nobody was injured, not injured I say", "safety"),
        ("没有受伤", "safety"),
        ("I do not want to die", "self_harm"),
        ("我没想自杀，没自杀", "self_harm"),
        ("Don't let me be cheated again", "complaint"),
        ("不要再欺骗我", "complaint"),
    ],
)
def test_danger_is_proposed_even_where_it_is_denied_and_a_plea_is_no_denial(text, signal):
    assert signal in proposed(text)


@pytest.mark.parametrize("text", ["issue", "tissue paper", "scamper", "courteous", "blindly", "firefly"])
def test_english_words_are_whole_words(text):
    assert proposed(text) == {}


def test_english_words_stand_beside_chinese_ones():
    assert proposed("我要complain了") == {"complaint": ("complain",)}


def test_the_shipped_lexicon_has_words_of_both_languages_for_every_signal():
    assert {entry.signal for entry in LEXICON} == set(SIGNALS)
    for entry in LEXICON:
        for word in (*entry.en, *entry.zh):
            assert propose_signals(word, [entry]) == (Proposed(entry.signal, (word,)),), word


def test_without_a_lexicon_nothing_is_proposed():
    assert propose_signals("I will sue you", ()) == ()
