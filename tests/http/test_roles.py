"""The authorisation table: every route, every role, one's own and others' things. A route without a row fails.

The table is written by hand, apart from the one in settlement/permissions.py: whoever changes a permission
says it twice, or a test fails.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from settlement.desk.tokens import create_token
from settlement.permissions import OPEN, PERMISSIONS, in_words, need
from settlement.roles import Actor, Role
from settlement.web.app import OPERATIONS
from tests.builders import a_request
from tests.http.test_case_roles import EXPECTED as OF_CASES

# What each role is answered. `any`: the thing belongs to nobody; `own` and `other`: it belongs to the caller, or
# to somebody else. `none`: a list without it. `-`: there is no such thing, as finance decides nothing.
# These tokens are of a demonstration and end with it, so that logging out is allowed, yet refused: 409.
TABLE = """
route             whose  agent  senior_agent  supervisor  manager  director  finance  auditor  admin
post_suggestion   any    201    201           201         201      201       403      403      403
post_suggestion   as_of  403    403           403         403      403       200      200      403
get_decisions     own    200    200           200         200      200       -        -        -
get_decisions     other  none   none          200         200      200       200      200      403
get_decision      own    200    200           200         200      200       -        -        -
get_decision      other  404    404           200         200      200       200      200      403
get_trace         own    403    403           403         403      403       -        -        -
get_trace         other  403    403           403         403      403       200      200      403
post_entitlement  any    200    200           200         200      200       200      200      200
get_books         any    200    200           200         200      200       200      200      200
get_book          pack   200    200           200         200      200       200      200      200
get_book          policy 403    403           200         200      200       200      200      403
post_logout       any    409    409           409         409      409       409      409      409
get_me            any    200    200           200         200      200       200      200      200
get_metrics       any    403    403           403         403      403       403      200      200
get_due           any    200    200           200         200      200       200      200      403
get_report        any    403    403           200         200      200       200      200      403
get_sample        any    403    403           200         200      200       200      200      403
get_audit         any    403    403           403         403      403       200      200      403
verify_audit      any    403    403           403         403      403       200      200      403
export_audit      any    403    403           403         403      403       200      200      403
post_erasure      any    403    403           403         403      403       403      403      404
"""
PUBLIC = {"post_login", "get_limits", "get_health", "get_readiness"}


def rows_of(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """What is expected, by route and whose, then by role."""
    head, *lines = (line.split() for line in text.splitlines() if line)
    return {(line[0], line[1]): dict(zip(head[2:], line[2:], strict=True)) for line in lines}


EXPECTED = rows_of(TABLE)

FACTS = {
    "conduct_date": "2024-07-01", "price": "100.00", "fraud_established": True, "consumer_purchase": True,
    "requested": True, "other_law_chosen": False, "label_flaw_only": False, "claim_engineered": False,
}  # fmt: skip

Request = tuple[str, str, dict[str, Any]]


@pytest.fixture
def things(call) -> Callable[[str], dict[str, str]]:
    """What belongs to the holder of a token."""
    made: dict[str, dict[str, str]] = {}

    def of(holder: str) -> dict[str, str]:
        if holder not in made:
            advised = call("POST", "/v1/suggestions", by=holder, json=a_request(id=f"C-of-{holder}"))
            made[holder] = {"decision": advised.json["decision"]}
        return made[holder]

    return of


def request_to(route: str, whose: str, thing: dict[str, str]) -> Request:
    """A sound request to a route."""
    decision = thing.get("decision", "")
    requests: dict[str, Request] = {
        "post_suggestion": ("POST", "/v1/suggestions", {"json": a_request()}),
        "post_suggestion as_of": ("POST", "/v1/suggestions?as_of=2026-06-01", {"json": a_request()}),
        "get_decisions": ("GET", "/v1/decisions", {}),
        "get_decision": ("GET", f"/v1/decisions/{decision}", {}),
        "get_trace": ("GET", f"/v1/decisions/{decision}/trace", {}),
        "post_entitlement": ("POST", "/v1/entitlements/cn_consumer_fraud", {"json": {"facts": FACTS}}),
        "get_books": ("GET", "/v1/books", {}),
        "get_book pack": ("GET", "/v1/books/cn_consumer_fraud", {}),
        "get_book policy": ("GET", "/v1/books/retail-cn", {}),
        "post_logout": ("POST", "/v1/logout", {}),
        "get_me": ("GET", "/v1/me", {}),
        "get_metrics": ("GET", "/metrics", {}),
        "get_due": ("GET", "/v1/due", {}),
        "get_report": ("GET", "/v1/reports/money", {}),
        "get_sample": ("GET", "/v1/reports/sample?seed=a", {}),
        "get_audit": ("GET", "/v1/audit", {}),
        "verify_audit": ("GET", "/v1/audit/verify", {}),
        "export_audit": ("GET", "/v1/audit/export", {}),
        "post_erasure": ("POST", "/v1/erasures", {"json": {"customer": "nobody", "reason": "asked"}}),
        "post_login": ("POST", "/v1/login", {"json": {"name": "Nobody", "password": "whatever it may be"}}),
        "get_limits": ("GET", "/v1/limits", {}),
        "get_health": ("GET", "/healthz", {}),
        "get_readiness": ("GET", "/readyz", {}),
    }
    return requests.get(f"{route} {whose}") or requests[route]


LISTS = {"get_decisions": "decision"}
"""Routes that list, and which thing they list."""


@pytest.fixture
def answered(call, things) -> Callable[[str, str, str], str]:
    """What a role is answered, as the table writes it."""

    def ask(route: str, whose: str, role: str) -> str:
        thing = things(role) if whose == "own" else things("agent2") if whose == "other" else {}
        method, path, request = request_to(route, whose, thing)
        answer = call(method, path, by=role, **request)
        if answer.status_code == 200 and route in LISTS and thing[LISTS[route]] not in answer.text:
            return "none"
        return str(answer.status_code)

    return ask


def test_every_route_has_a_row_and_every_permission_a_route():
    routes = {operation.name for operation in OPERATIONS}
    assert routes == {route for route, _ in (*EXPECTED, *OF_CASES)} | PUBLIC
    assert PUBLIC == OPEN
    assert routes == {name.partition(".")[0] for name in PERMISSIONS} | OPEN
    assert not PERMISSIONS.keys() & OPEN


@pytest.mark.parametrize(("route", "whose"), EXPECTED)
def test_each_role_may_do_what_the_table_says_and_nothing_else(answered, route, whose):
    expected = {role: told for role, told in EXPECTED[route, whose].items() if told != "-"}
    assert {role: answered(route, whose, role) for role in expected} == expected


def test_a_right_that_has_no_row_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        need(Role.ADMIN, "post_nothing")


def test_the_documentation_says_who_may(call):
    described = call("GET", "/openapi.json", by=None).json["paths"]
    assert described["/v1/decisions"]["get"]["description"] == (
        "Roles: supervisor, manager, director, finance, auditor; agent, senior_agent: their own."
    )
    assert described["/v1/limits"]["get"]["description"] == "Open to everybody, without a token."
    page = call("GET", "/docs", by=None).text
    for operation in OPERATIONS:
        assert in_words(operation.name) in page


def test_a_token_of_the_database_stands_for_its_person_and_role(call, database):
    by, now = Actor("local", Role.ADMIN), datetime.now(UTC)
    with database.transaction() as tx:
        for role in Role:
            create_token(
                tx, name=f"Real {role}", role=role, secret=f"s-{role}", token_id=f"t-{role}", by=by, now=now
            )
    for role in Role:
        answer = call("POST", "/v1/suggestions", by=f"s-{role}", json=a_request(id=f"C-{role}"))
        assert str(answer.status_code) == EXPECTED["post_suggestion", "any"][role]
    listed = call("GET", "/v1/decisions", by="s-auditor").json["decisions"]
    asking = [role for role, told in EXPECTED["post_suggestion", "any"].items() if told == "201"]
    assert {line["actor"] for line in listed} == {f"Real {role}" for role in asking}
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
def test_without_a_token_only_what_is_published_is_open(call, things, header):
    headers = {"Authorization": header} if header else {}
    for route, whose in [*EXPECTED, *((route, "any") for route in sorted(PUBLIC))]:
        thing = things("agent") if whose in ("own", "other") else {}
        method, path, request = request_to(route, whose, thing)
        answer = call(method, path, by=None, headers=headers, **request)
        if route in PUBLIC:
            assert answer.status_code == (401 if route == "post_login" else 200)
        else:
            assert answer.status_code == 401, route
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_policy_that_an_agent_may_not_read_is_not_told_in_the_refusal(call):
    answer = call("GET", "/v1/books/retail-cn")
    assert answer.status_code == 403
    assert "kappa" not in answer.text
