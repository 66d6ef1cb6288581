"""Lines of talk with variants, and the lexicon: what they become, and how they are refused."""

from typing import Any

import pytest

from settlement.rules.faults import Faults
from settlement.rules.reading_talk import read_lexicon, read_talk
from settlement.rules.talk import CHANNELS, SLOTS, LexiconEntry, TalkLine, choose_line, plain_line
from settlement.rules.types import Text


def a_line(code: str = "thank", **said: Any) -> dict[str, Any]:
    return {"code": code, "part": "emotion", "en": "Thank you.", "zh": "谢谢。"} | said


def read(*entries: Any) -> dict[str, tuple[TalkLine, ...]]:
    faults = Faults("p.toml")
    lines = read_talk(list(entries), faults)
    assert faults.found == []
    return lines


def faults_in(*entries: Any) -> list[str]:
    faults = Faults("p.toml")
    read_talk(list(entries), faults)
    assert all(fault.remedy for fault in faults.found)
    return [f"{fault.place}: {fault.problem}".removeprefix("p.toml: ") for fault in faults.found]


def test_a_line_is_what_it_says():
    (line,) = read(a_line(mood="trust", channels=["phone", "store"]))["thank"]
    assert line == TalkLine("thank", "emotion", "trust", ("phone", "store"), Text("Thank you.", "谢谢。"))


def test_the_most_specific_variant_wins_and_mood_goes_before_channel():
    variants = read(
        a_line(en="plain"),
        a_line(en="mood", mood="trust"),
        a_line(en="channel", channels=["phone", "email"]),
        a_line(en="both", mood="trust", channels=["phone"]),
    )["thank"]
    for mood, channel, said in [
        ("venting", "app", "plain"),
        ("trust", "app", "mood"),
        ("venting", "email", "channel"),
        ("trust", "email", "mood"),
        ("trust", "phone", "both"),
    ]:
        for order in (variants, variants[::-1]):
            assert choose_line(order, mood, channel).text.en == said
    assert plain_line(variants[::-1]).text.en == "plain"


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ({}, {}, True),
        ({"mood": "trust"}, {"mood": "trust"}, True),
        ({"channels": ["app", "web"]}, {"channels": ["web"]}, True),
        ({"mood": "trust"}, {"mood": "venting"}, False),
        ({"channels": ["app"]}, {"channels": ["web"]}, False),
        ({"channels": ["app"]}, {"channels": ["app"], "mood": "trust"}, False),
        ({}, {"channels": list(CHANNELS)}, False),
    ],
    ids=str,
)
def test_two_variants_for_one_moment_clash(one, other, clash):
    found = faults_in(a_line(**one), a_line(**other))
    assert [fault.endswith("stands twice") for fault in found] == ([True] if clash else [])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"part": "humour"}, "text \"thank\", part: 'humour' is not known"),
        ({"mood": "sad"}, "text \"thank\" for sad, mood: 'sad' is not known"),
        ({"channels": ["fax"]}, "text \"thank\" for fax, channels: 'fax' is no channel"),
        ({"channels": "app"}, 'text "thank", channels: is not a list of texts'),
        ({"tone": "warm"}, 'text "thank", tone: is not a key of this block'),
        ({"en": "Thanks for {amount}."}, "text \"thank\": has the placeholders ['{amount}'] and []"),
        (
            {"en": "By {due}.", "zh": "{due}前。"},
            "text \"thank\": has the placeholders ['{due}'] and ['{due}']",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_place(wrong, told):
    assert faults_in(a_line(**wrong)) == [told]


def test_a_line_fills_the_slots_that_the_record_can_fill_there_and_no_others():
    for code, slots in SLOTS.items():
        for slot in {slot for each in SLOTS.values() for slot in each} | {"name", ""}:
            text = {"en": f"x {{{slot}}}", "zh": f"好{{{slot}}}"}
            assert (faults_in(a_line(code, **text)) == []) == (slot in slots), (code, slot)


def test_all_variants_of_a_line_speak_of_the_same_part():
    assert faults_in(a_line(), a_line(mood="trust", part="facts")) == [
        "text \"thank\" for trust, part: has another part than the first 'thank'"
    ]


@pytest.mark.parametrize("entries", [5, "thank", {"code": "thank"}], ids=str)
def test_what_is_no_list_is_a_fault(entries):
    faults = Faults("p.toml")
    assert read_talk(entries, faults) == {}
    assert len(faults.found) == 1


def test_a_lexicon_is_words_by_signal():
    faults = Faults("p.toml")
    entry = {"signal": "legal", "en": ["lawyer"], "zh": ["律师", "法院"]}
    assert read_lexicon([entry], faults) == (LexiconEntry("legal", ("lawyer",), ("律师", "法院")),)
    assert read_lexicon([], faults) == ()
    assert faults.found == []


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([{"signal": "boring", "en": ["yawn"], "zh": ["哈欠"]}], "'boring' is not known"),
        ([{"signal": "legal", "en": [], "zh": ["律师"]}], "is empty or holds an empty word"),
        ([{"signal": "legal", "en": ["lawyer"], "zh": [" "]}], "is empty or holds an empty word"),
        ([{"signal": "legal", "en": ["lawyer"], "zh": ["律师"]}] * 2, "stands twice"),
        ([{"signal": "legal", "en": "lawyer", "zh": ["律师"]}], "is not a list of texts"),
    ],
    ids=str,
)
def test_a_wrong_lexicon_is_a_fault_with_its_place(entries, told):
    faults = Faults("p.toml")
    read_lexicon(entries, faults)
    assert told in " ".join(fault.problem for fault in faults.found)
    assert all('lexicon "' in fault.place and fault.remedy for fault in faults.found)
