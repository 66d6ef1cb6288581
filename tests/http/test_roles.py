"""Who may do what: every route, every role. A new route without a row here fails."""

from datetime import UTC, datetime

import pytest

from settlement.desk.tokens import create_token
from settlement.roles import Actor, Role
from settlement.web.app import OPERATIONS
from tests.builders import a_request

ASK = {"agent", "senior_agent", "supervisor", "manager", "director"}
CHECK = {"finance", "auditor"}
ALL = ASK | CHECK | {"admin"}
ABOVE_AGENTS = ASK - {"agent", "senior_agent"}

TABLE = {
    "post_suggestion": ASK,
    "get_decisions": ASK | CHECK,
    "get_decision": ABOVE_AGENTS | CHECK,  # of somebody else
    "get_trace": CHECK,
    "post_entitlement": ALL,
    "get_books": ALL,
    "get_book": ABOVE_AGENTS | CHECK,  # of a policy
}
OPEN = {"get_limits", "get_health", "get_readiness"}

FACTS = {
    "conduct_date": "2024-07-01", "price": "100.00", "fraud_established": True, "consumer_purchase": True,
    "requested": True, "other_law_chosen": False, "label_flaw_only": False, "claim_engineered": False,
}  # fmt: skip


@pytest.fixture
def request_of(call):
    """How to send a sound request to an operation."""
    decision = call("POST", "/v1/suggestions", by="supervisor", json=a_request()).json["decision"]
    return {
        "post_suggestion": ("POST", "/v1/suggestions", {"json": a_request()}),
        "get_decisions": ("GET", "/v1/decisions", {}),
        "get_decision": ("GET", f"/v1/decisions/{decision}", {}),
        "get_trace": ("GET", f"/v1/decisions/{decision}/trace", {}),
        "post_entitlement": ("POST", "/v1/entitlements/cn_consumer_fraud", {"json": {"facts": FACTS}}),
        "get_books": ("GET", "/v1/books", {}),
        "get_book": ("GET", "/v1/books/retail-cn", {}),
        "get_limits": ("GET", "/v1/limits", {}),
        "get_health": ("GET", "/healthz", {}),
        "get_readiness": ("GET", "/readyz", {}),
    }


def test_every_operation_has_a_row():
    assert {operation.name for operation in OPERATIONS} == TABLE.keys() | OPEN


def status_for(operation: str, role: Role) -> int:
    if role in TABLE[operation]:
        return 201 if operation == "post_suggestion" else 200
    hidden = operation == "get_decision" and role in ASK  # an agent is not told that it exists
    return 404 if hidden else 403


@pytest.mark.parametrize("operation", TABLE)
def test_each_role_may_do_what_the_table_says_and_nothing_else(call, request_of, operation):
    method, path, request = request_of[operation]
    found = {str(role): call(method, path, by=str(role), **request).status_code for role in Role}
    assert found == {str(role): status_for(operation, role) for role in Role}


def test_a_token_of_the_database_stands_for_its_person_and_role(call, database):
    by, now = Actor("local", Role.ADMIN), datetime.now(UTC)
    with database.transaction() as tx:
        for role in Role:
            create_token(
                tx, name=f"Real {role}", role=role, secret=f"s-{role}", token_id=f"t-{role}", by=by, now=now
            )
    for role in Role:
        answer = call("POST", "/v1/suggestions", by=f"s-{role}", json=a_request())
        assert answer.status_code == status_for("post_suggestion", role)
    listed = call("GET", "/v1/decisions", by="s-auditor").json["decisions"]
    assert {line["actor"] for line in listed} == {f"Real {role}" for role in ASK}
    assert call("GET", "/v1/decisions", by="s-agent ").status_code == 200
    assert call("GET", "/v1/decisions", by="S-AGENT").status_code == 401


def test_a_refusal_names_the_roles_that_may(call):
    answer = call("GET", "/v1/decisions", by="admin")
    assert "agent, senior_agent, supervisor, manager, director, finance, auditor" in answer.json["detail"]


def test_who_is_not_known_learns_nothing_of_the_body(call):
    answer = call("POST", "/v1/suggestions", by="wrong", data=b"{", content_type="application/json")
    assert answer.status_code == 401
    assert "errors" not in answer.json


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic YTpi", "Bearer", "Bearer \u00e9"])
def test_without_a_token_only_what_is_published_is_open(call, request_of, header):
    for operation, (method, path, request) in request_of.items():
        headers = {"Authorization": header} if header else {}
        answer = call(method, path, by=None, headers=headers, **request)
        if operation in OPEN:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 401, operation
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_agents_see_their_own_decisions_only(call):
    mine = call("POST", "/v1/suggestions", by="agent", json=a_request(id="C-1")).json["decision"]
    theirs = call("POST", "/v1/suggestions", by="agent2", json=a_request(id="C-2")).json["decision"]
    assert [d["decision"] for d in call("GET", "/v1/decisions", by="agent").json["decisions"]] == [mine]
    assert call("GET", f"/v1/decisions/{theirs}", by="agent").status_code == 404
    assert call("GET", f"/v1/decisions/{mine}", by="agent").status_code == 200
    listed = [d["decision"] for d in call("GET", "/v1/decisions", by="supervisor").json["decisions"]]
    assert listed == [theirs, mine]


def test_packs_are_open_to_agents_and_policies_are_not(call):
    assert call("GET", "/v1/books/cn_consumer_fraud").status_code == 200
    answer = call("GET", "/v1/books/retail-cn")
    assert answer.status_code == 403
    assert "kappa" not in answer.get_data(as_text=True)
