"""POST /v1/entitlements/{pack}: published tables over HTTP."""

import pytest

from tests.http.test_roles import FACTS

PATH = "/v1/entitlements/cn_consumer_fraud"


def test_a_pack_gives_its_amount_its_row_and_its_book(call):
    answer = call("POST", PATH, json={"facts": FACTS})
    assert answer.status_code == 200
    assert (answer.json["amount"], answer.json["currency"]) == ("500.00", "CNY")
    assert answer.json["reasons"][0]["row"] == "R3"
    assert answer.json["book"]["id"] == "cn_consumer_fraud"


def test_null_says_that_the_pack_does_not_answer(call):
    assert call("POST", PATH, json={"facts": FACTS | {"requested": False}}).json["amount"] is None


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"price": "100"}, "/facts/price"),
        ({"price": 100}, "/facts/price"),
        ({"price": None}, "/facts/price"),
        ({"price": "-1.00"}, "/facts/price"),
        ({"conduct_date": "1799-12-31"}, "/facts/conduct_date"),
        ({"requested": "true"}, "/facts/requested"),
        ({"requested": 1}, "/facts/requested"),
        ({"surprise": 1}, "/facts/surprise"),
        ({"price": [1]}, "/facts/price"),
        ({"price": 1.5}, "/facts/price"),
    ],
)
def test_a_fact_that_cannot_be_read_is_a_fault_with_its_place(call, facts, pointer):
    answer = call("POST", PATH, json={"facts": FACTS | facts})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]


def test_every_missing_fact_is_listed(call):
    answer = call("POST", PATH, json={"facts": {}})
    assert {fault["pointer"] for fault in answer.json["errors"]} == {f"/facts/{name}" for name in FACTS}


@pytest.mark.parametrize("body", [{}, [], {"facts": FACTS, "more": 1}, {"facts": [FACTS]}])
def test_the_body_holds_facts_and_nothing_else(call, body):
    assert call("POST", PATH, json=body).status_code == 422


@pytest.mark.parametrize("pack", ["nothing", "retail-cn", "..", "%20"])
def test_what_is_no_pack_is_not_found(call, pack):
    assert call("POST", f"/v1/entitlements/{pack}", json={"facts": FACTS}).status_code == 404


def test_rows_are_told_in_the_language_asked_for(call):
    answer = call("POST", PATH, language="zh", json={"facts": FACTS})
    assert "三倍" in answer.json["reasons"][0]["text"]
