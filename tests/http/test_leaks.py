"""An agent cannot leak what was never sent: by type, and by a search of whole answers."""

import json
import re
import typing
from random import Random

import pytest
from pydantic import BaseModel

from settlement.decision import views
from settlement.decision.views import AgentView
from tests.builders import a_request, books, fraud
from tests.generated import generated

SECRET = {
    "range", "floor", "base", "ceiling", "balance_point", "opening", "award", "interest", "value", "cost",
    "trace", "liability", "value_band", "packs", "past", "lifetime", "influence", "retention",
}  # fmt: skip
CASES = 300


def fields_of(model: type[BaseModel], seen: set[type] | None = None) -> set[str]:
    """Names of every field that can be reached from a model."""
    seen = set() if seen is None else seen
    if model in seen:
        return set()
    seen.add(model)
    names = set(model.model_fields)
    for field in model.model_fields.values():
        for part in parts_of(field.annotation):
            names |= fields_of(part, seen)
    return names


def parts_of(annotation) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for inner in typing.get_args(annotation) for part in parts_of(inner)]


def test_no_field_of_the_agents_answer_can_hold_a_secret():
    assert not fields_of(AgentView) & SECRET


def keys_in(value) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_in(inner) for inner in value.values()))
    return set().union(*(keys_in(inner) for inner in value)) if isinstance(value, list) else set()


def amounts_in(value) -> set[str]:
    """Every amount, wherever it stands."""
    if isinstance(value, dict):
        own = {value["amount"]} if isinstance(value.get("amount"), str) else set()
        return own.union(*(amounts_in(inner) for inner in value.values()))
    return set().union(*(amounts_in(inner) for inner in value)) if isinstance(value, list) else set()


NUMBER = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9])")
TEXTS_OF_RULES = {
    number
    for edition in books().editions
    for text in edition.words.values()
    for number in NUMBER.findall(f"{text.en} {text.zh}")
}
"""Numbers in the words of rows, which everybody may read; there alone they are no secret."""


def leaks(agent: dict, text: str, auditor: dict) -> set[str]:
    """Secret names and secret amounts in an agent's answer; what the agent may see is no secret."""
    level = ["agent", "senior_agent", "supervisor", "manager", "director"].index(auditor["approval"]["level"])
    opening = auditor["offers"][0] if auditor["offers"] and level == 0 else None
    may_see = amounts_in([auditor["owed"], auditor["gift"]])
    if opening:
        seen = [{name: part for name, part in o.items() if name != "cost"} for o in opening["options"]]
        may_see |= amounts_in([opening["amount"], seen])
    hidden = [auditor["range"], auditor["award"], auditor["interest"], auditor["value"], auditor["offers"]]
    hidden += [line["amount"] for line in auditor["trace"]["sums"] if line["name"] != "loss"]
    secret = {amount for amount in amounts_in(hidden) if amount not in ("0.00", *may_see)}
    secret |= {auditor["value"]["retention"]} - {"0"} if auditor["value"] else set()
    numbers = set(NUMBER.findall(text)) - TEXTS_OF_RULES | {a for a in secret if f'"{a}"' in text}
    return (keys_in(agent) & SECRET) | (secret & numbers)


@pytest.fixture
def answers(call):
    """Agents' answers beside the auditors' for the same decisions, posted, sent again and fetched."""
    rng, found = Random(4), []
    while len(found) < 3 * CASES:
        body = generated(rng).model_dump_json()
        key = f"k{len(found)}"
        sent = [
            call("POST", "/v1/suggestions", key=key, data=body, content_type="application/json")
            for _ in (1, 2)
        ]
        if sent[0].status_code != 201:
            assert sent[0].status_code in (403, 409, 422)
            assert not keys_in(sent[0].json) & SECRET
            continue
        path = sent[0].headers["Location"]
        auditor = call("GET", path, by="auditor").json
        found += [(answer, auditor) for answer in (*sent, call("GET", path))]
    return found


def tells_of_a_price(reason: dict) -> bool:
    """Which row gave the award, or what bounds the ceiling, is for those who see the range."""
    if reason["book"] is None:
        return reason["code"] != "nothing_to_pay"
    return reason["book"] == "retail-cn" and reason["table"] not in (
        "severity", "liability", "routing", "approval",
    )  # fmt: skip


def test_no_answer_to_an_agent_holds_a_secret(answers):
    withheld = 0
    for answer, auditor in answers:
        whole = answer.get_data(as_text=True) + str(answer.headers)
        assert not leaks(answer.json, whole, auditor), json.dumps(answer.json)
        assert not [reason for reason in answer.json["reasons"] if tells_of_a_price(reason)]
        withheld += any("needs" in offer for offer in answer.json["offers"])
    assert 0 < withheld < len(answers)


class LeakyView(AgentView):
    """An agent's view with one field too many."""

    base: str


PLANTED = {
    "a field that names it": lambda view, secret: LeakyView(**dict(view), base=secret),
    "an amount where a text belongs": lambda view, secret: view.model_copy(update={"lead": secret}),
    "an amount within a text": lambda view, secret: view.model_copy(
        update={"lead": f"from CNY {secret}, quietly"}
    ),
}


@pytest.mark.parametrize("how", PLANTED)
def test_the_search_finds_a_planted_leak(call, monkeypatch, how):
    plain = views.agent_view

    def leaking(role, decision_id, decision, phrases):
        return PLANTED[how](plain(role, decision_id, decision, phrases), decision.range.base.amount)

    monkeypatch.setattr(views, "agent_view", leaking)
    answer = call("POST", "/v1/suggestions", json=a_request(harm="financial", verified="199.00"))
    auditor = call("GET", answer.headers["Location"], by="auditor").json
    assert auditor["range"]["base"]["amount"] in answer.get_data(as_text=True)
    assert leaks(answer.json, answer.get_data(as_text=True), auditor)


def test_a_field_too_many_is_found_in_the_type():
    assert fields_of(LeakyView) & SECRET == {"base"}


ABSURD = [
    [fraud(price="3333333333333.33")],
    [fraud(price="9999999999999.99")],
]


@pytest.mark.parametrize("claims", ABSURD, ids=["sum too large", "claim too large"])
@pytest.mark.parametrize("role", ["agent", "senior_agent"])
def test_a_claim_too_large_for_an_answer_reads_nothing_out(call, recorded, role, claims):
    """The reason for no answer is a sum of what is owed and the award: agents do not see it."""
    answer = call("POST", "/v1/suggestions", by=role, json=a_request(harm="financial", claims=claims))
    assert answer.status_code == 409
    assert not NUMBER.findall(answer.get_data(as_text=True))
    assert "toml" not in answer.get_data(as_text=True)
    told = call("POST", "/v1/suggestions", by="supervisor", json=a_request(harm="financial", claims=claims))
    assert told.status_code == 409
    assert NUMBER.findall(told.json["detail"])
    assert recorded() == (0, 0)


def test_a_withheld_opening_cannot_be_found_by_asking_with_many_demands(call):
    told = set()
    for demand in ("1.00", "250.00", "291.39", "291.40", "300.00", "5000.00"):
        request = a_request(verified="199.00", demand=demand, threatens_publicity=True)
        answer = call("POST", "/v1/suggestions", json=request).json
        assert "needs" in answer["offers"][0]
        for name in ("decision", "warnings"):
            del answer[name]
        told.add(json.dumps(answer))
    assert len(told) == 1
