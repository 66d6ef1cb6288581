"""How often one may ask, what every answer carries, and what is counted for operations."""

import re

import pytest

from settlement.roles import Actor, Role
from settlement.web.app import create_app
from settlement.web.meters import Meter, Rates, TooMany
from tests.builders import a_request, books


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def let_through(meter: Meter, key: str = "k", most: int = 10_000) -> int:
    """How many requests are let through before one is not."""
    for count in range(most):
        try:
            meter.count(key)
        except TooMany:
            return count
    return most


@pytest.mark.parametrize("most", [1, 7, 10, 600])
def test_as_many_as_a_minute_bears_are_let_through_at_once(clock, most):
    meter = Meter(most, clock)
    assert let_through(meter) == most
    clock.now += 60
    assert let_through(meter) == most


def test_what_was_used_comes_back_little_by_little(clock):
    meter = Meter(60, clock)
    let_through(meter)
    clock.now += 5
    assert let_through(meter) == 5


def test_a_refusal_names_the_wait_after_which_one_is_let_through(clock):
    meter = Meter(10, clock)
    let_through(meter)
    with pytest.raises(TooMany) as refused:
        meter.count("k")
    assert refused.value.wait_s == 6
    clock.now += refused.value.wait_s
    meter.count("k")


def test_refused_requests_do_not_count(clock):
    meter = Meter(10, clock)
    let_through(meter)
    for _ in range(100):
        with pytest.raises(TooMany):
            meter.count("k")
    clock.now += 60
    assert let_through(meter) == 10


def test_each_key_has_its_own(clock):
    meter = Meter(10, clock)
    let_through(meter, "one")
    assert let_through(meter, "other") == 10


def test_those_who_used_nothing_for_a_minute_are_forgotten_and_no_others(clock):
    meter = Meter(10, clock)
    for number in range(1000):
        meter.count(f"stranger {number}")
    clock.now += 30
    let_through(meter)
    clock.now += 31
    assert let_through(meter) == 5
    assert set(meter._free_at) == {"k"}


@pytest.fixture
def narrow(database_url):
    """An application that lets few requests through."""
    actors = {"li": Actor("Li", Role.AGENT), "wu": Actor("Wu", Role.AGENT)}
    app = create_app(database_url, demo_actors=actors, books=books(), rates=Rates(3, 2, 4))
    yield app.test_client()
    app.extensions["settlement"].database.close()


def test_a_token_that_asks_too_often_waits_and_others_do_not(narrow):
    def ask(token):
        return narrow.get("/v1/me", headers={"Authorization": f"Bearer {token}"})

    assert [ask("li").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = ask("li")
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == "urn:settlement:too-many"
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert answer.headers["Retry-After"] in answer.json["detail"]
    assert ask("wu").status_code == 200
    assert narrow.get("/v1/limits").status_code == 200


def test_too_many_requests_of_a_role_that_may_not_count_too(narrow):
    def ask():
        return narrow.get("/metrics", headers={"Authorization": "Bearer li"}).status_code

    assert [ask() for _ in range(4)] == [403, 403, 403, 429]


def test_tries_to_log_in_are_counted_by_name_and_address(narrow):
    def attempt(name, address="10.0.0.1"):
        body = {"name": name, "password": "whatever it may be"}
        return narrow.post("/v1/login", json=body, environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [attempt("Li") for _ in range(3)] == [401, 401, 429]
    assert attempt("Wu") == 401
    assert attempt("Li", "10.0.0.2") == 401


def test_one_address_that_tries_many_names_waits_and_others_do_not(narrow):
    def attempt(name, address="10.0.0.1"):
        body = {"name": name, "password": "whatever it may be"}
        return narrow.post("/v1/login", json=body, environ_overrides={"REMOTE_ADDR": address})

    assert [attempt(f"Li {number}").status_code for number in range(6)] == [401] * 4 + [429] * 2
    assert 1 <= int(attempt("Li 7").headers["Retry-After"]) <= 15
    assert attempt("Li 7", "10.0.0.2").status_code == 401


SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "by", "status"),
    [
        ("GET", "/healthz", None, 200),
        ("GET", "/v1/decisions", "agent", 200),
        ("GET", "/v1/decisions", None, 401),
        ("GET", "/v1/decisions", "admin", 403),
        ("GET", "/nowhere", None, 404),
        ("BREW", "/v1/limits", None, 405),
        ("POST", "/v1/suggestions", "agent", 415),
        ("GET", "/metrics", "admin", 200),
        ("GET", "/docs", None, 200),
        ("GET", "/openapi.json", None, 200),
        ("GET", "/assets/docs.css", None, 200),
    ],
)
def test_every_answer_is_safe_in_a_browser(call, method, path, by, status):
    with call(method, path, by=by) as answer:
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in SAFE} == SAFE
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        if not path.startswith("/assets/"):
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_is_safe_in_a_browser_too(call, monkeypatch):
    monkeypatch.setattr("settlement.web.books.list_books", lambda *_: 1 / 0)
    answer = call("GET", "/v1/books")
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE


SAMPLE = re.compile(r'([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? ([0-9]+)')


def samples(call) -> dict[str, int]:
    """What /metrics says: each name with its labels, and its number."""
    answer = call("GET", "/metrics", by="auditor")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.get_data(as_text=True).splitlines()
    found = [SAMPLE.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(found)
    for match in found:
        assert f"# TYPE {match[1]} " in answer.text
    return {match[1] + (match[2] or ""): int(match[3]) for match in found}


def test_answers_are_counted_by_route_and_status(call):
    for number in (1, 2):
        call("POST", "/v1/suggestions", json=a_request(id=f"C-{number}"))
    call("POST", "/v1/suggestions", by=None, json=a_request())
    call("GET", "/nowhere-to-be-found")
    found = samples(call)
    assert found['settlement_answers_total{route="post_suggestion",status="201"}'] == 2
    assert found['settlement_answers_total{route="post_suggestion",status="401"}'] == 1
    assert found['settlement_answers_total{route="none",status="404"}'] == 1
    assert found["settlement_decisions"] == 2
    assert found["settlement_latched_editions"] == 0
    assert samples(call)['settlement_answers_total{route="get_metrics",status="200"}'] == 1
    assert not [name for name in found if "nowhere" in name]


def test_dropped_engines_are_told(call, monkeypatch):
    monkeypatch.setattr("settlement.web.metrics.dropped_engines", lambda: 3)
    assert samples(call)["settlement_dropped_engines"] == 3
