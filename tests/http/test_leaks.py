"""An agent cannot leak what was never sent: by type, and by a search of whole answers."""

import json
import typing
from random import Random

import pytest
from pydantic import BaseModel

from settlement.decision import views
from settlement.decision.views import AgentView
from tests.builders import a_request
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


def leaks(agent: dict, text: str, auditor: dict) -> set[str]:
    """Secret names and secret amounts in an agent's answer; what the agent may see is no secret."""
    level = ["agent", "senior_agent", "supervisor", "manager", "director"].index(auditor["approval"]["level"])
    opening = auditor["offers"][0] if auditor["offers"] and level == 0 else None
    may_see = amounts_in([auditor["owed"], auditor["gift"]])
    if opening:
        seen = [{name: part for name, part in o.items() if name != "cost"} for o in opening["options"]]
        may_see |= amounts_in([opening["amount"], seen])
    hidden = [auditor["range"], auditor["award"], auditor["interest"], auditor["value"], auditor["offers"]]
    secret_amounts = {a for a in amounts_in(hidden) if a not in ("0.00", *may_see)}
    return (keys_in(agent) & SECRET) | {amount for amount in secret_amounts if f'"{amount}"' in text}


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
            assert not leaks({}, sent[0].get_data(as_text=True), NOTHING)
            continue
        path = sent[0].headers["Location"]
        auditor = call("GET", path, by="auditor").json
        found += [(answer, auditor) for answer in (*sent, call("GET", path))]
    return found


NOTHING = {
    "approval": {"level": "director"}, "offers": [], "owed": [], "gift": None, "range": None, "award": None,
    "interest": None, "value": None,
}  # fmt: skip


def test_no_answer_to_an_agent_holds_a_secret(answers):
    withheld = 0
    for answer, auditor in answers:
        whole = answer.get_data(as_text=True) + str(answer.headers)
        assert not leaks(answer.json, whole, auditor), json.dumps(answer.json)
        withheld += any("needs" in offer for offer in answer.json["offers"])
    assert 0 < withheld < len(answers)


def test_the_search_finds_a_planted_leak(call, monkeypatch):
    plain = views.agent_view

    def leaking(role, decision_id, decision, phrases):
        view = plain(role, decision_id, decision, phrases)
        told = f"up to {decision.range.ceiling.amount}" if decision.range else ""
        return view.model_copy(update={"lead": json.loads(json.dumps(told.removeprefix("up to ")))})

    monkeypatch.setattr(views, "agent_view", leaking)
    rng = Random(4)
    found = 0
    for _ in range(40):
        answer = call(
            "POST", "/v1/suggestions", data=generated(rng).model_dump_json(), content_type="application/json"
        )
        if answer.status_code == 201:
            auditor = call("GET", answer.headers["Location"], by="auditor").json
            found += bool(leaks(answer.json, answer.get_data(as_text=True), auditor))
    assert found


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
