"""Everything that a person reads is there in Chinese and in English, and in no mixture of them."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import get_args

import pytest

import settlement.decision
from settlement.cases.lifecycle import MOVES
from settlement.cases.views import DATES
from settlement.decision.views import view_for
from settlement.desk.records import phrases_for
from settlement.roles import Role
from settlement.web import problems
from settlement.web.promises import DateIn
from tests.builders import a_request, books, decide_for, granted
from tests.generated import generated
from tests.http.casework import a_suggested_case, done, post, talk
from tests.http.test_roles import FACTS

TEXTS = tomllib.loads((Path(settlement.decision.__file__).parent / "texts.toml").read_text("utf-8"))
HUMAN = ("text", "name", "title", "profile_free")


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def texts_in(value, inside: str = "") -> Iterator[str]:
    """Every text meant for people, wherever it stands; the name of a grade is a code, and so is a trace."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name in HUMAN and (inside, name) != ("severity", "name"):
                yield inner
            elif name == "texts":
                yield from inner.values()
            elif name != "trace":
                yield from texts_in(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner, inside)


def without_texts(value):
    """The same answer with every text meant for people left out."""
    if isinstance(value, dict):
        return {name: without_texts(inner) for name, inner in value.items() if name not in (*HUMAN, "texts")}
    return [without_texts(inner) for inner in value] if isinstance(value, list) else value


def assert_in_both(english, chinese) -> None:
    assert [text for text in texts_in(english) if is_chinese(text)] == []
    assert [text for text in texts_in(chinese) if not is_chinese(text)] == []
    assert len(list(texts_in(english))) == len(list(texts_in(chinese)))
    assert without_texts(english) == without_texts(chinese)


def test_every_text_has_both_languages_and_no_place_for_what_is_not_given():
    for kind, texts in TEXTS.items():
        for code, text in texts.items():
            assert text.keys() == {"en", "zh"}, (kind, code)
            assert is_chinese(text["zh"])
            assert not is_chinese(text["en"])
            assert text["en"].count("{0}") == text["zh"].count("{0}")


def test_every_kind_of_problem_has_a_title_in_both_languages():
    titles = tomllib.loads(Path(problems.__file__).with_suffix(".toml").read_text("utf-8"))
    by_status = titles.pop("http")
    of_their_own = {"wrong-form", "too-many", "bug"}
    assert titles.keys() == {kind for _, _, kind in problems._KINDS} | of_their_own
    for title in (*titles.values(), *by_status.values()):
        assert (is_chinese(title["zh"]), is_chinese(title["en"])) == (True, False)
    assert {"404", "405"} <= by_status.keys()


def test_every_code_that_a_decision_gives_has_a_text_and_every_text_is_given():
    rng, given = Random(3), {kind: set() for kind in ("grade", "reason", "warning", "clock")}
    for _ in range(1500):
        decision = decide_for(generated(rng), settled=granted("10.00") if rng.random() < 0.1 else None)
        given["grade"].add(decision.severity.name)
        given["reason"] |= {reason.code for reason in decision.reasons if reason.row is None}
        given["reason"] |= {code for code in decision.approval.reasons if code in TEXTS["reason"]}
        given["warning"] |= {warning.partition(":")[0] for warning in decision.warnings}
        given["clock"] |= {clock.what for clock in decision.clocks}
    given["clock"] |= {"visit", "review", "review_told"}  # clocks that start later in the life of a case
    assert given == {kind: set(TEXTS[kind]) for kind in given}


def test_every_event_of_a_case_and_every_kind_of_date_has_a_text():
    assert TEXTS["event"].keys() == {"opened", *MOVES}
    assert TEXTS["date"].keys() == set(DATES)
    assert get_args(DateIn.model_fields["what"].annotation) == DATES


def test_every_view_of_many_decisions_is_there_in_both_languages():
    rng = Random(7)
    for number in range(150):
        decision = decide_for(generated(rng))
        for role in (Role.AGENT, Role.SUPERVISOR, Role.AUDITOR):
            english, chinese = (
                json.loads(
                    view_for(role, str(number), decision, phrases_for(decision, books(), language))
                    .model_dump_json(by_alias=True)
                )
                for language in ("en", "zh")
            )  # fmt: skip
            assert len(list(texts_in(english))) > 10
            assert_in_both(english, chinese)


@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor"])
def test_an_answer_says_its_language_and_keeps_to_it(call, role):
    path = call("POST", "/v1/suggestions", json=a_request(verified="199.00")).headers["Location"]
    english, chinese = (call("GET", path, by=role, language=language) for language in ("en", "zh"))
    assert (english.headers["Content-Language"], chinese.headers["Content-Language"]) == ("en", "zh")
    assert "Accept-Language" in english.headers["Vary"]
    assert_in_both(english.json, chinese.json)


def test_a_case_its_talks_and_its_history_are_there_in_both_languages(call):
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    done(post(call, case, "agreement", {"option": 2}))
    for path in ("", "/advice", "/events", "/fulfilment", "/agreement"):
        english, chinese = (
            call("GET", f"/v1/cases/{case}{path}", language=language).json for language in ("en", "zh")
        )
        assert len(list(texts_in(english))) >= (1 if path == "/agreement" else 2)
        assert_in_both(english, chinese)


@pytest.mark.parametrize("path", ["/v1/limits", "/v1/books"])
def test_what_is_published_is_there_in_both_languages(call, path):
    english, chinese = (call("GET", path, language=language) for language in ("en", "zh"))
    assert_in_both(english.json, chinese.json)


def test_the_reasons_of_an_entitlement_are_there_in_both_languages(call):
    english, chinese = (
        call("POST", "/v1/entitlements/cn_consumer_fraud", language=language, json={"facts": FACTS}).json
        for language in ("en", "zh")
    )
    assert_in_both(english, chinese)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (None, "en"),
        ("zh", "zh"),
        ("ZH-cn", "zh"),
        ("zh-Hans-CN", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.5", "zh"),
        ("en;q=0.1,zh;q=0.9", "zh"),
        ("en-GB,zh;q=0.5", "en"),
        ("zh-CN,en;q=0.8", "zh"),
        ("zh-TW, en-US;q=0.9", "zh"),
        ("fr-FR, zh-CN;q=0.3, en;q=0.2", "zh"),
        ("zho", "en"),
        ("fr, zh;q=0.2", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("", "en"),
        (";;;", "en"),
    ],
)
def test_the_language_is_the_one_that_the_reader_likes_best(call, asked, told):
    headers = {} if asked is None else {"Accept-Language": asked}
    assert call("GET", "/v1/limits", headers=headers).headers["Content-Language"] == told
