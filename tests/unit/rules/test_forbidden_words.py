"""What a policy may not say to customers: each kind in both languages, named with place and remedy."""

import copy
from typing import Any

import pytest

from settlement.rules.faults import Faults
from settlement.rules.forbidden_words import FORBIDDEN, refuse_forbidden
from settlement.rules.types import Text
from tests.unit.rules.test_policy_needs import DATA, faults_of_terms

HARMLESS = Text("Here is what we can do.", "这是我们可以提供的方案。")

FALSE = {
    "false finality": [
        "This is our final offer.",
        "That is my LAST  word".replace("  ", " "),
        "Take it or leave it.",
        "I can’t go any higher.",
        "这是最后方案。",
        "这是我们的底线",
        "不可能再加了",
        "最终的报价就是这样",
    ],
    '"company policy" as a reason': [
        "That is company policy.",
        "Our policy does not allow it.",
        "It is against the rules.",
        "这是公司规定。",
        "按规定不能退",
        "我们有规定",
    ],
    "an order to be calm": [
        "Please calm down.",
        "Don't get so upset",
        "Relax!",
        "请您冷静一下",
        "您先消消气",
        "不要激动",
    ],
    "asking for a review to be changed": [
        "Please delete your bad review.",
        "Could you take that post down?",
        "Once the review is removed we pay.",
        "Give us five stars",
        "请删除差评",
        "把评价改一下",
        "麻烦给个好评",
    ],
    "asking for silence": [
        "You agree not to complain to the regulator.",
        "Please withdraw your complaint",
        "Keep this between us.",
        "请您不要再投诉",
        "撤销您的举报",
        "请您对此事保密",
    ],
    "a waiver of rights": [
        "You waive all further rights.",
        "By accepting you give up any other claims",
        "In full and final settlement",
        "放弃其他一切权利",
        "您不再追究",
        "一次性了结",
    ],
    "false scarcity or urgency": [
        "Only today!",
        "A limited-time offer",
        "Act now",
        "Hurry, it expires soon",
        "仅限今天",
        "过期不候",
        "机会难得，抓紧",
    ],
    "guilt": [
        "I will lose my job over this.",
        "After all we have done for you",
        "Please be reasonable",
        "我会被扣工资的",
        "请体谅一下我们",
        "别为难我",
    ],
    "flattery as a lever": [
        "A smart person like you would agree",
        "This is just for you, don’t tell others",
        "您这么通情达理",
        "只给您破例",
    ],
}
CASES = [(what, text) for what, texts in FALSE.items() for text in texts]


def faults_in(text: Text) -> list[str]:
    faults = Faults("p.toml")
    refuse_forbidden(text, "here", faults)
    assert all(fault.place == "p.toml: here" and fault.remedy for fault in faults.found)
    return [fault.problem.partition(": ")[2] for fault in faults.found]


@pytest.mark.parametrize(("what", "text"), CASES, ids=[text for _, text in CASES])
def test_it_is_refused_in_either_language(what, text):
    assert what in faults_in(Text(text, HARMLESS.zh))
    assert what in faults_in(Text(HARMLESS.en, text))


def test_every_kind_has_cases_in_both_languages():
    assert [each.what for each in FORBIDDEN] == list(FALSE)
    for texts in FALSE.values():
        assert len({text.isascii() or "’" in text for text in texts}) == 2


@pytest.mark.parametrize(
    "text",
    [
        "The offer stays open to you until 17 March 2026.",
        "Service fees waived",
        "You may also turn to the market regulator; that changes nothing in how we treat you.",
        "A supervisor calls and apologises in person.",
        "What you are owed is paid in any case.",
        "七天冷静期内可退货",
        "这不会影响您向12315投诉的权利",
        "减免服务费",
        "今天就办理，可以吗？",
        "我们会对您的个人信息保密",
        "妥善处理特别严重投诉的挽留。",
    ],
)
def test_plain_words_are_not_refused(text):
    assert faults_in(Text(text, text)) == []


def test_full_width_and_capital_letters_hide_nothing():
    assert faults_in(Text("ＦＩＮＡＬ ＯＦＦＥＲ", HARMLESS.zh)) == ["false finality"]


def with_text(part: str, key: str, text: Any) -> list[str]:
    data = copy.deepcopy(DATA)
    data[part][0][key] = text
    return faults_of_terms(data)


def test_lines_of_talk_gestures_and_instruments_are_all_read_for_it():
    false = {"en": "Our final offer", "zh": "给个好评"}
    two = ["says 'final offer': false finality", "says '给个好评': asking for a review to be changed"]
    assert with_text("gesture", "text", false) == [f'gesture "explain_facts", text: {told}' for told in two]
    assert with_text("instrument", "name", false) == [f'instrument "cash", name: {told}' for told in two]
    assert with_text("text", "en", false["en"]) == [f'text "facts_back": {two[0]}']
    assert with_text("text", "zh", false["zh"]) == [f'text "facts_back": {two[1]}']


def test_every_shipped_text_passes():
    assert faults_of_terms(DATA) == []
