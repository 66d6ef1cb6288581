"""What every decision counts on: cash, an explanation, an apology, the lines of talk, a gift there is."""

import copy
import tomllib
from typing import Any

import pytest

from settlement.rules.faults import Faults
from settlement.rules.policy_needs import REQUIRED_TEXTS
from settlement.rules.reading_policy import POLICY_BLOCKS, read_terms
from tests.books import POLICY

DATA = {name: block for name, block in tomllib.loads(POLICY).items() if name in {"book", *POLICY_BLOCKS}}


def varied(part: str, which: str, **keys: Any) -> list[str]:
    """The faults of the shipped policy with keys of one listed block changed; None takes a key out."""
    data = copy.deepcopy(DATA)
    for block in data[part]:
        if which in (block.get("id"), block.get("code"), block.get("kind")):
            block |= keys
            for key in [key for key, value in block.items() if value is None]:
                del block[key]
    return faults_of_terms(data)


def faults_of_terms(data: dict[str, Any]) -> list[str]:
    faults = Faults("p.toml")
    read_terms(data, "CNY", faults)
    return [f"{fault.place}: {fault.problem}".removeprefix("p.toml: ") for fault in faults.found]


def test_the_shipped_policy_holds_what_is_needed():
    assert faults_of_terms(DATA) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"cost": "99%"},
        {"value": "101%"},
        {"available": False},
        {"categories": ["food"]},
        {"problems": ["product"]},
    ],
    ids=str,
)
def test_cash_is_always_there_and_worth_its_face(keys):
    assert varied("instrument", "cash", **keys) == [
        'instrument "cash": is cash that is not always worth its face'
    ]


def test_cash_comes_no_later_than_any_option_may():
    assert varied("instrument", "cash", lead="7 wd") == []
    assert varied("instrument", "cash", lead="8 wd") == [
        'instrument "cash", lead: is longer than longest_lead'
    ]


def test_exactly_one_instrument_is_cash():
    none = [each for each in DATA["instrument"] if each["kind"] != "cash"]
    cash = next(each for each in DATA["instrument"] if each["kind"] == "cash")
    assert faults_of_terms(DATA | {"instrument": none}) == ["instrument: 0 are of kind cash"]
    two = [*DATA["instrument"], cash | {"id": "more_cash"}]
    assert faults_of_terms(DATA | {"instrument": two}) == ["instrument: 2 are of kind cash"]


@pytest.mark.parametrize("kind", ["explanation", "apology"])
def test_there_is_a_gesture_of_either_kind_for_every_problem(kind):
    told = [f"gesture: there is no {kind} that suits every problem"]
    assert varied("gesture", kind, kind="call_back") == told
    assert varied("gesture", kind, problems=["product"]) == told


@pytest.mark.parametrize("code", REQUIRED_TEXTS)
def test_every_line_of_talk_that_advice_names_is_there(code):
    without = [block for block in DATA["text"] if block["code"] != code]
    assert faults_of_terms(DATA | {"text": without}) == [f'text "{code}": is missing']


def test_every_line_has_a_variant_for_whatever_mood_and_channel():
    narrowed = [
        block | {"channels": ["app"]} if block["code"] == "thank" else block for block in DATA["text"]
    ]
    assert faults_of_terms(DATA | {"text": narrowed}) == [
        'text "thank": has no variant for every mood and channel'
    ]


def test_a_gift_is_of_an_instrument_that_is_available():
    assert varied("instrument", "voucher", available=False) == [
        "gift, instrument: 'voucher' is not available"
    ]
    assert varied("instrument", "fee_waiver", available=False) == []


@pytest.mark.parametrize("part", ["owed", "goodwill"])
@pytest.mark.parametrize("limit", ["case", "day", "month"])
def test_a_higher_level_never_grants_less(part, limit):
    data = copy.deepcopy(DATA)
    data["authority"][part]["manager"][limit] = data["authority"][part]["supervisor"][limit]
    assert faults_of_terms(data) == []
    data["authority"][part]["manager"][limit] = "1.00"
    assert faults_of_terms(data) == [f"authority.{part}.manager: may grant less than supervisor"]


def places(value: Any, path: tuple = ()):
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


@pytest.mark.parametrize("new", [0, True, [], {}, "", [0], [[]], {"id": 0}], ids=repr)
def test_a_wrong_value_anywhere_in_the_blocks_is_a_fault_and_nothing_else(new):
    few = DATA | {"text": DATA["text"][:4], "lexicon": DATA["lexicon"][:2]}  # of many alike
    for *steps, last in filter(None, places(few)):
        spoilt: Any = copy.deepcopy(few)
        place = spoilt
        for step in steps:
            place = place[step]
        place[last] = new
        faults = Faults("p.toml")
        read_terms(spoilt, "CNY", faults)
        assert all(fault.problem and fault.remedy for fault in faults.found), (*steps, last)
