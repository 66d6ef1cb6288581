"""Logging in and out over HTTP, and who one is."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.desk.login import hash_of_password
from settlement.desk.people import create_person, disable_person, set_password, set_role
from settlement.permissions import PERMISSIONS
from settlement.roles import Actor, Role
from settlement.store import audit
from tests.builders import a_request

ADMIN = Actor("Zhao Min", Role.ADMIN)
PASSWORD = "mountain river café"
SLOW_HASH = hash_of_password(PASSWORD)


@pytest.fixture
def staffed(database):
    now = datetime.now(UTC)
    with database.transaction() as tx:
        create_person(tx, name="李娜", role=Role.AGENT, by=ADMIN, now=now)
        set_password(tx, "李娜", SLOW_HASH, by=ADMIN, now=now)
    return database


@pytest.fixture
def log_in(call, staffed):
    def send(name="李娜", password=PASSWORD):
        return call("POST", "/v1/login", by=None, json={"name": name, "password": password})

    return send


def test_a_password_gives_a_token_that_works_and_ends(call, log_in):
    answer = log_in()
    assert answer.status_code == 201
    assert (answer.json["name"], answer.json["role"]) == ("李娜", "agent")
    left = datetime.fromisoformat(answer.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=7, minutes=59) < left <= timedelta(hours=8)
    token = answer.json["token"]
    assert len(token) == 43
    assert call("POST", "/v1/suggestions", by=token, json=a_request()).status_code == 201
    (listed,) = call("GET", "/v1/decisions", by=token).json["decisions"]
    assert listed["actor"] == "李娜"


def test_an_expired_token_is_told_to_log_in(call, log_in, staffed):
    token = log_in().json["token"]
    with staffed.transaction() as tx:
        tx.exec_driver_sql("UPDATE tokens SET expires_at = created_at")
    answer = call("GET", "/v1/me", by=token)
    assert answer.status_code == 401
    assert "log in" in answer.json["detail"]


def test_logging_out_ends_this_token_and_no_other(call, log_in):
    one, other = log_in().json["token"], log_in().json["token"]
    answer = call("POST", "/v1/logout", by=one)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert call("GET", "/v1/me", by=one).status_code == 401
    assert call("POST", "/v1/logout", by=one).status_code == 401
    assert call("GET", "/v1/me", by=other).status_code == 200


def test_a_token_of_the_demonstration_is_not_logged_out(call):
    answer = call("POST", "/v1/logout", by="agent")
    assert answer.status_code == 409
    assert call("GET", "/v1/me", by="agent").status_code == 200


def test_one_answer_for_every_reason_not_to_let_in(log_in, staffed):
    with staffed.transaction() as tx:
        create_person(tx, name="Wu", role=Role.AGENT, by=ADMIN, now=datetime.now(UTC))
        create_person(tx, name="Xu", role=Role.AGENT, by=ADMIN, now=datetime.now(UTC))
        set_password(tx, "Xu", SLOW_HASH, by=ADMIN, now=datetime.now(UTC))
        disable_person(tx, "Xu", by=ADMIN, now=datetime.now(UTC))
    refused = [log_in("Nobody"), log_in("Wu"), log_in("Xu"), *(log_in(password="wrong") for _ in range(6))]
    refused.append(log_in())  # locked by now
    assert {answer.status_code for answer in refused} == {401}
    assert len({answer.get_data() for answer in refused}) == 1
    assert "settlement user set-password" in refused[0].json["detail"]
    assert refused[0].headers["WWW-Authenticate"] == "Bearer"


def test_a_lock_out_is_audited_with_the_name_alone(log_in, staffed):
    for _ in range(5):
        log_in(password="a wrong password")
    with staffed.reading() as tx:
        last = list(audit.entries(tx))[-1]
    assert (last.event, last.subject) == ("user_locked", "李娜")
    assert "wrong" not in last.body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "李娜"}, "/password"),
        ({"password": PASSWORD}, "/name"),
        ({"name": "", "password": PASSWORD}, "/name"),
        ({"name": "李娜", "password": ""}, "/password"),
        ({"name": "x" * 65, "password": PASSWORD}, "/name"),
        ({"name": "李娜", "password": "x" * 1025}, "/password"),
        ({"name": "李娜", "password": 123456789012}, "/password"),
        ({"name": "李娜", "password": PASSWORD, "role": "admin"}, "/role"),
    ],
)
def test_a_faulty_login_is_told_where_and_never_repeats_the_password(call, body, pointer):
    answer = call("POST", "/v1/login", by=None, json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]
    assert PASSWORD not in answer.get_data(as_text=True)


def test_every_fault_of_a_login_is_told_at_once(call):
    answer = call("POST", "/v1/login", by=None, json={"user": "李娜"})
    assert {fault["pointer"] for fault in answer.json["errors"]} == {"/name", "/password", "/user"}


@pytest.mark.parametrize("text", ["{", '{"name": "a", "name": "b", "password": "c"}', '{"name": "\\u0000"}'])
def test_a_login_that_is_not_plain_json_is_refused(call, text):
    answer = call("POST", "/v1/login", by=None, data=text, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("role", Role)
def test_everybody_learns_who_they_are_and_what_they_may(call, role):
    told = call("GET", "/v1/me", by=str(role)).json
    assert (told["name"], told["role"]) == (f"The {role}", role)
    assert told["may"].items() <= {(name, str(row.get(role))) for name, row in PERMISSIONS.items()}
    assert told["may"]["get_me"] == "own"
    assert (told["may"].get("get_decision"), told["may"].get("get_trace")) == {
        "agent": ("own", None), "senior_agent": ("own", None), "supervisor": ("all", None),
        "manager": ("all", None), "director": ("all", None), "finance": ("all", "all"),
        "auditor": ("all", "all"), "admin": (None, None),
    }[role]  # fmt: skip


def test_a_change_of_role_or_standing_counts_from_the_next_request(call, log_in, staffed):
    token = log_in().json["token"]
    with staffed.transaction() as tx:
        set_role(tx, "李娜", Role.SUPERVISOR, by=ADMIN, now=datetime.now(UTC))
    assert call("GET", "/v1/me", by=token).json["role"] == "supervisor"
    with staffed.transaction() as tx:
        disable_person(tx, "李娜", by=ADMIN, now=datetime.now(UTC))
    assert call("GET", "/v1/me", by=token).status_code == 401
