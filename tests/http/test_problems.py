"""What cannot be read at all, and what the framework refuses: always a problem, never a crash."""

import pytest

from settlement.permissions import reach
from settlement.roles import Role
from settlement.web.app import OPERATIONS
from settlement.web.problems import MOST_LISTED
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
        b'{"a": -1e400}',
        b'{"a": 1e1000000000000000000000}',
        b'{"a": 0e1000000000000000000000}',
        b'{"a": 1e-1000000000000000000000}',
        b'{"a": ' + b"9" * 301 + b"}",
        b'{"a": .5}',
        b'{"a": 01}',
        b'{"a": "\n"}',
        b"{'a': 1}",
        b'{"a": 1,}',
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


def test_a_word_after_the_kind_of_the_body_changes_nothing(call):
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/json;"):
        answer = call("POST", "/v1/suggestions", data=b"{}", content_type=kind)
        assert answer.status_code == 422


def test_a_message_never_repeats_a_long_name_whole(call):
    name = b'"' + b"x" * 100_000 + b'"'
    answer = call(
        "POST", "/v1/suggestions", data=b"{%s:1,%s:1}" % (name, name), content_type="application/json"
    )
    assert answer.status_code == 400
    assert len(answer.get_data()) < 1000


def test_a_body_of_nothing_but_faults_does_not_make_a_huge_answer(call):
    raw = b"{" + b",".join(b'"%d":1' % number for number in range(50_000)) + b"}"
    answer = call("POST", "/v1/suggestions", data=raw, content_type="application/json")
    assert answer.status_code == 422
    assert len(answer.json["errors"]) == MOST_LISTED
    assert f"50002 faults: the first {MOST_LISTED}" in answer.json["detail"]
    assert len(answer.get_data()) < len(raw)


def test_json_of_a_wrong_shape_is_a_fault_of_the_request(call):
    for raw in (b"[]", b'"text"', b"5", b"null", b"true"):
        assert call("POST", "/v1/suggestions", data=raw, content_type="application/json").status_code == 422


def test_a_body_that_is_too_large_is_refused_before_it_is_read(call):
    answer = call("POST", "/v1/suggestions", data=b" " * 1_000_001, content_type="application/json")
    assert answer.status_code == 413


def test_a_body_just_within_the_size_is_read(call):
    answer = call("POST", "/v1/suggestions", data=b" " * 1_000_000, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/", "/v1", "/v1/nothing", "/v1/suggestions/", "/v1/decisions/a/b/c", "/v1//limits", "/v1/limits/",
        "/assets/", "/assets/docs.html", "/assets/../app.py", "/assets/%2e%2e/app.py", "/static/docs.css",
        "/%00", "/%ff",
    ],
)  # fmt: skip
def test_an_unknown_route_is_not_found(call, path):
    answer = call("GET", path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"

    assert "/docs" in answer.json["detail"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_method_that_a_route_does_not_have_is_refused_with_those_it_has(call, operation):
    path = operation.path.replace("{", "").replace("}", "")
    own = {each.method for each in OPERATIONS if each.path == operation.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - own:
        answer = call(method, path)
        assert answer.status_code == 405
        assert answer.mimetype == "application/problem+json"
        assert operation.method in answer.headers["Allow"]


def who_may(operation):
    """A role that may call a route."""
    return next(str(role) for role in Role if reach(role, operation.name))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_parameter_that_a_route_does_not_have_is_a_fault(call, operation):
    path = operation.path.replace("{", "").replace("}", "")
    answer = call(operation.method, f"{path}?surprise=1", by=who_may(operation), json=a_request())
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["query surprise"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_query_that_is_not_utf_8_is_a_fault(call, operation):
    path = operation.path.replace("{", "").replace("}", "")
    answer = call(
        operation.method,
        path,
        by=who_may(operation),
        environ_overrides={"QUERY_STRING": "\xff=\xfe"},
        json=a_request(),
    )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "query"


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_HOST": "x" * 300},
        {"HTTP_HOST": "a b"},
        {"HTTP_HOST": "[::1"},
        {"HTTP_ACCEPT_LANGUAGE": "x" * 10_000},
        {"HTTP_ACCEPT_LANGUAGE": "zh;q=1e9, ;;;"},
        {"HTTP_AUTHORIZATION": "Bearer " + "x" * 10_000},
        {"HTTP_AUTHORIZATION": "Bearer \xff\xfe"},
        {"HTTP_AUTHORIZATION": "Bearer a b c"},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "9" * 40},
        {"CONTENT_LENGTH": "x"},
        {"CONTENT_TYPE": "x" * 10_000},
        {"PATH_INFO": "/v1/decisions/\xff\xfe"},
    ],
    ids=str,
)
def test_a_header_of_a_hostile_kind_breaks_nothing(call, environ):
    environ = {name: value[:10_000] for name, value in environ.items()}
    answer = call("POST", "/v1/suggestions", json=a_request(), environ_overrides=environ)
    assert answer.status_code < 500


def test_a_problem_says_its_language_and_is_kept_by_no_cache(call):
    answer = call("GET", "/v1/nothing")
    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_problem_has_the_four_members_and_its_own_status(call):
    answers = [
        call("POST", "/v1/suggestions", data=b"{", content_type="application/json"),
        call("POST", "/v1/suggestions", json={}),
        call("POST", "/v1/suggestions", by=None, json={}),
        call("POST", "/v1/suggestions", by="admin", json={}),
        call("POST", "/v1/suggestions", data=b"", content_type="text/plain"),
        call("GET", "/v1/decisions/d-0"),
        call("GET", "/v1/suggestions"),
    ]
    assert [answer.status_code for answer in answers] == [400, 422, 401, 403, 415, 404, 405]
    in_chinese = call("POST", "/v1/suggestions", json={}, language="zh-CN")
    assert in_chinese.json == answers[1].json | {"title": "请求内容有误"}
    assert in_chinese.headers["Content-Language"] == "zh, en"
    assert "Accept-Language" in in_chinese.headers["Vary"]
    assert call("GET", "/v1/suggestions", language="zh").json["title"] == "不支持该请求方法"
    for answer in answers:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == answer.status_code
        assert answer.json["type"].startswith("urn:settlement:")
        assert answer.json["title"]
        assert answer.json["detail"]


def test_a_record_that_was_changed_from_outside_is_told_so(call, tamper):
    path = call("POST", "/v1/suggestions", json=a_request()).headers["Location"]
    tamper("UPDATE decisions SET recorded_at = 'never'")
    answer = call("GET", path)
    assert answer.status_code == 500
    assert "audit verify" in answer.json["title"]


def test_a_mistake_of_ours_is_told_without_any_detail(app, call, monkeypatch, caplog):
    monkeypatch.setattr("settlement.desk.suggestions.decide", lambda *_: 1 / 0)
    answer = call("POST", "/v1/suggestions", json=a_request())
    assert answer.status_code == 500
    assert "division" not in answer.get_data(as_text=True)
    assert "ZeroDivisionError" in caplog.text
