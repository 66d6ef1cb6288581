"""What cannot be read at all, and what the framework refuses: always a problem, never a crash."""

import pytest

from tests.builders import a_request


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b'{"case": 1, "case": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": "\xff"}',
        b"[" * 20_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b"[" * 42 + b"]" * 42,
        b"{} {}",
        "\ufeff{}".encode(),
    ],
    ids=lambda raw: repr(raw[:20]),
)
@pytest.mark.parametrize("path", ["/v1/suggestions", "/v1/entitlements/cn_consumer_fraud"])
def test_what_is_not_plain_json_is_told_so(call, path, raw):
    answer = call("POST", path, data=raw, content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_only_json_is_taken(call, kind):
    assert call("POST", "/v1/suggestions", data=b"{}", content_type=kind).status_code == 415


def test_json_of_a_wrong_shape_is_a_fault_of_the_request(call):
    for raw in (b"[]", b'"text"', b"5", b"null", b"true"):
        assert call("POST", "/v1/suggestions", data=raw, content_type="application/json").status_code == 422


def test_a_body_that_is_too_large_is_refused_before_it_is_read(call):
    answer = call("POST", "/v1/suggestions", data=b" " * 1_000_001, content_type="application/json")
    assert answer.status_code == 413


def test_a_body_just_within_the_size_is_read(call):
    answer = call("POST", "/v1/suggestions", data=b" " * 1_000_000, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/suggestions/", "/v1/decisions/a/b/c"])
def test_an_unknown_route_is_not_found(call, path):
    answer = call("GET", path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_a_method_that_a_route_does_not_have_is_refused_with_those_it_has(call):
    answer = call("DELETE", "/v1/suggestions")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_mistake_of_ours_is_told_without_any_detail(app, call, monkeypatch, caplog):
    monkeypatch.setattr("settlement.desk.suggestions.decide", lambda *_: 1 / 0)
    answer = call("POST", "/v1/suggestions", json=a_request())
    assert answer.status_code == 500
    assert "division" not in answer.get_data(as_text=True)
    assert "ZeroDivisionError" in caplog.text
