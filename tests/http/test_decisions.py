"""Reading decisions: pages, one, its trace."""

import json

import pytest

from tests.builders import a_request


def test_pages_follow_each_other_without_gap_or_repeat(call):
    made = [call("POST", "/v1/suggestions", json=a_request(id=f"C-{n}")).json["decision"] for n in range(5)]
    seen, before = [], None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = call("GET", "/v1/decisions", query_string=query).json
        seen += [each["decision"] for each in page["decisions"]]
        call("POST", "/v1/suggestions", json=a_request(id="C-later"))
        before = page["next"]
        if before is None:
            break
    assert seen == made[::-1]


def test_a_list_can_be_held_to_one_case(call):
    call("POST", "/v1/suggestions", json=a_request(id="C-1"))
    call("POST", "/v1/suggestions", json=a_request(id="C-2"))
    page = call("GET", "/v1/decisions", query_string={"case": "C-2"}).json
    assert [each["case"] for each in page["decisions"]] == ["C-2"]
    assert page["next"] is None


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "before=zero", "before=0", "page=1", "case="]
)
def test_a_query_that_cannot_be_read_is_a_fault(call, query):
    assert call("GET", f"/v1/decisions?{query}").status_code == 422


@pytest.mark.parametrize("decision", ["d-0000000000000000", "x", "d-%00", "%F0%9F%98%80"])
def test_an_unknown_decision_is_not_found(call, decision):
    answer = call("GET", f"/v1/decisions/{decision}", by="director")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_each_role_gets_its_own_view_of_one_decision(call):
    decision = call("POST", "/v1/suggestions", json=a_request(verified="199.00")).json["decision"]
    agent, supervisor, auditor = (
        call("GET", f"/v1/decisions/{decision}", by=role).json for role in ("agent", "supervisor", "auditor")
    )
    assert "range" not in agent
    assert supervisor["range"]["floor"] == {"amount": "199.00", "currency": "CNY"}
    assert supervisor["offers"][0]["options"][0]["cost"]
    assert "interest" not in supervisor
    assert "value" not in supervisor
    assert auditor["interest"]
    assert auditor["trace"]["sums"]
    assert agent["owed"] == supervisor["owed"] == auditor["owed"]


def test_the_trace_names_books_digest_and_every_sum(call):
    decision = call("POST", "/v1/suggestions", json=a_request(verified="199.00")).json["decision"]
    trace = call("GET", f"/v1/decisions/{decision}/trace", by="finance").json
    assert trace["method"] == "balance/1"
    assert len(trace["digest"]) == 64
    assert [book["id"] for book in trace["books"]] == ["retail-cn"]
    sums = {line["name"]: line["amount"]["amount"] for line in trace["trace"]["sums"]}
    assert sums["base"] == "259.00"
    assert json.dumps(trace).count('"steps"') >= 7
