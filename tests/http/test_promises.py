"""Promises over HTTP: told, listed, kept, replaced."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.http.casework import a_suggested_case, done, open_case, post, talk


def tomorrow(days: int = 1) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


def promised(call, case, what="call_back", days=1, by="agent"):
    """A date that the customer was told; the promise."""
    return done(post(call, case, "promises", {"what": what, "due": tomorrow(days)}, by))


@pytest.fixture
def agreed(call):
    """A case in which an option was agreed."""
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    done(post(call, case, "agreement", {"option": 1}))
    return case


def test_a_date_that_was_told_is_a_promise(call):
    case = open_case(call)
    answer = post(call, case, "promises", {"what": "call_back", "due": tomorrow()})
    assert answer.status_code == 201
    assert (answer.json["kind"], answer.json["state"]) == ("date", "due")
    assert answer.json["text"] == "a call back"
    assert call("GET", f"/v1/cases/{case}", language="zh").json["promises"][0]["text"] == "回电"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"what": "news", "due": "2020-01-01T00:00:00Z"}, "/due"),
        ({"what": "news", "due": "tomorrow"}, "/due"),
        ({"what": "a pony", "due": "2100-01-01T00:00:00Z"}, "/what"),
        ({"what": "news"}, "/due"),
    ],
)
def test_a_date_that_is_over_or_for_nothing_known_is_a_fault(call, body, place):
    answer = post(call, open_case(call), "promises", body)
    assert [each["pointer"] for each in answer.json["errors"]] == [place]


def test_each_part_of_what_was_agreed_is_a_promise_and_the_last_kept_fulfils(call, agreed):
    shown = call("GET", f"/v1/cases/{agreed}/fulfilment").json
    assert [each["kind"] for each in shown["promises"]] == ["cash", "prevention"]
    assert [each["level"] for each in shown["promises"]] == ["agent", "agent"]
    events = call("GET", f"/v1/cases/{agreed}/events?limit=200").json["events"]
    [sum_agreed] = [each["told"]["amount"] for each in events if each["event"] == "agreed"]
    assert [each["amount"] for each in shown["promises"]] == [sum_agreed, None]
    first, last = (each["promise"] for each in shown["promises"])
    assert done(post(call, agreed, "fulfilment", {"promise": first}))["state"] == "agreed"
    assert done(call("POST", f"/v1/promises/{last}", json={"action": "keep"}))["state"] == "kept"
    assert call("GET", f"/v1/cases/{agreed}").json["state"] == "fulfilled"


def test_a_promise_ends_once(call, agreed):
    promise = call("GET", f"/v1/cases/{agreed}/fulfilment").json["promises"][0]["promise"]
    keep = {"action": "keep"}
    first = call("POST", f"/v1/promises/{promise}", json=keep, key="k")
    assert first.status_code == 200
    assert call("POST", f"/v1/promises/{promise}", json=keep, key="k").json == first.json
    assert call("POST", f"/v1/promises/{promise}", json=keep).status_code == 409
    replace = {"action": "replace", "due": tomorrow(), "reason": "again"}
    assert call("POST", f"/v1/promises/{promise}", json=replace).status_code == 409


def test_another_date_takes_the_place_of_the_first(call):
    case = open_case(call)
    old = promised(call, case)
    replace = {"action": "replace", "due": tomorrow(3), "reason": "the part is late"}
    new = done(call("POST", f"/v1/promises/{old['promise']}", json=replace))
    assert (new["replaces"], new["what"], new["state"]) == (old["promise"], "call_back", "due")
    states = {each["promise"]: each["state"] for each in call("GET", f"/v1/cases/{case}").json["promises"]}
    assert states == {old["promise"]: "replaced", new["promise"]: "due"}


def test_the_list_takes_filters_and_shows_agents_their_own(call):
    mine, other = open_case(call, id="C-1"), open_case(call, "agent2", id="C-2")
    early, late = promised(call, mine, days=1), promised(call, mine, "news", days=9)
    theirs = promised(call, other, by="agent2")
    for by, query, expected in [
        ("agent", {}, [late, early]),
        ("agent2", {}, [theirs]),
        ("auditor", {}, [theirs, late, early]),
        ("agent", {"due_before": tomorrow(5)}, [early]),
        ("agent", {"state": "kept"}, []),
        ("supervisor", {"case": other}, [theirs]),
        ("supervisor", {"limit": 1}, [theirs]),
    ]:
        page = call("GET", "/v1/promises", by=by, query_string=query).json
        assert [each["promise"] for each in page["promises"]] == [each["promise"] for each in expected], query
    for query in ({"state": "late"}, {"due_before": "2030"}, {"before": "x"}):
        assert call("GET", "/v1/promises", query_string=query).status_code == 422


def test_promises_of_others_are_not_there_for_an_agent(call):
    theirs = promised(call, open_case(call, "agent2"), by="agent2")["promise"]
    assert call("POST", f"/v1/promises/{theirs}", json={"action": "keep"}).status_code == 404
    assert call("POST", "/v1/promises/p-none", json={"action": "keep"}).status_code == 404


def test_a_promise_is_fulfilled_in_its_own_case(call):
    case, other = open_case(call, id="C-1"), open_case(call, id="C-2")
    promise = promised(call, other)["promise"]
    answer = post(call, case, "fulfilment", {"promise": promise})
    assert [each["pointer"] for each in answer.json["errors"]] == ["/promise"]
