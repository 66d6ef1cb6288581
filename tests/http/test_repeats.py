"""A change that is sent again with its key: answered as it was, to whoever may still see what it changed."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.cases.lifecycle import fold
from settlement.desk import duties
from settlement.desk.people import create_person, set_role
from settlement.desk.talk_table import read_table
from settlement.desk.tokens import create_token
from settlement.roles import Actor, Role
from settlement.store.cases import find_history
from tests.builders import books
from tests.http.casework import a_matter, a_suggested_case, done, open_case, post, talk
from tests.http.test_approvals import ask, decide, limits, read
from tests.sittings import a_sitting

ADMIN = Actor("Admin", Role.ADMIN)
NEWS = {"text": "soon", "channel": "phone"}


@pytest.fixture
def people(database):
    with database.transaction() as tx:
        for name, role in (("The agent", Role.AGENT), ("Another", Role.AGENT), ("The manager", Role.MANAGER)):
            create_person(tx, name=name, role=role, by=ADMIN, now=datetime.now(UTC))


@pytest.fixture
def token(database):
    """A token of somebody on record, whose role may change."""

    def make(role):
        with database.transaction() as tx:
            create_token(
                tx, name="Wu", role=role, secret="wu", token_id="t-1", by=ADMIN, now=datetime.now(UTC)
            )
        return "wu"

    return make


def change_role(database, role):
    with database.transaction() as tx:
        set_role(tx, "Wu", role, by=ADMIN, now=datetime.now(UTC), hand_over_to="The agent")


@pytest.fixture
def sent():
    """What was sent with each key."""
    return {}


@pytest.fixture
def call(call, sent):
    def send(method, path, **request):
        if key := request.get("key"):
            sent.setdefault(key, (method, path, request))
        return call(method, path, **request)

    return send


@pytest.fixture
def again(call, sent):
    """Sends what came with a key once more, with another key where one is given."""

    def repeat(key, new=None):
        method, path, request = sent[key]
        return call(method, path, **request | {"key": new or key})

    return repeat


def same(again, first):
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers.get("ETag") == first.headers.get("ETag")


def test_who_gave_a_case_away_hears_of_it_no_more(call, again, people):
    case = open_case(call)
    told = post(call, case, "news", NEWS, key="news")
    offered = post(call, case, "hand-over", {"action": "offer", "to": "Another", "reason": "ill"}, key="o")
    same(again("news"), told)
    same(again("o"), offered)
    accepted = post(call, case, "hand-over", {"action": "accept"}, "agent2", key="a")
    for key in ("news", "o"):
        assert again(key).status_code == 404
        assert again(key, f"new-{key}").status_code == 404
    same(again("a"), accepted)
    done(post(call, case, "hand-over", {"action": "take", "reason": "urgent"}, "supervisor"))
    assert again("a").status_code == 404
    assert call("GET", f"/v1/cases/{case}", by="agent2").status_code == 404


def test_who_opened_a_case_hears_of_it_while_it_is_theirs(call, again, people):
    case = open_case(call)
    opened = call("POST", "/v1/cases", json={"complaint": a_matter(id="C-2")}, key="k")
    same(again("k"), opened)
    done(post(call, "C-2", "hand-over", {"action": "take", "reason": "urgent"}, "supervisor"))
    assert again("k").status_code == 404
    assert call("GET", f"/v1/cases/{case}").status_code == 200


def test_who_declined_a_case_may_hear_so_again(call, again, people):
    case = open_case(call)
    done(post(call, case, "hand-over", {"action": "offer", "to": "Another", "reason": "ill"}))
    declined = post(call, case, "hand-over", {"action": "decline", "reason": "too much"}, "agent2", key="d")
    done(post(call, case, "news", NEWS))
    same(again("d"), declined)


def test_who_has_a_lower_role_now_hears_only_of_their_own(call, again, database, token, people):
    wu = token(Role.SUPERVISOR)
    case = open_case(call)
    told = post(call, case, "news", NEWS, wu, key="n")
    same(again("n"), told)
    change_role(database, Role.AGENT)
    assert again("n").status_code == 404
    change_role(database, Role.FINANCE)
    assert again("n").status_code == 403


def test_a_verdict_is_repeated_to_who_may_still_see_the_request(call, again, database, token, people):
    wu = token(Role.SUPERVISOR)
    _, approval = ask(call)
    assigned = decide(call, approval, "assign", wu, key="y", to="The manager")
    same(again("y"), assigned)
    change_role(database, Role.AGENT)
    assert again("y").status_code == 404


def test_requests_and_verdicts_are_repeated_as_they_were(call, again, people):
    case = a_suggested_case(call, threatens_publicity=True)
    talk(call, case, "confirmed", {"event": "items_split", "items": []})
    asked = post(call, case, "approvals", key="a")
    approval = asked.json["approval"]
    assigned = decide(call, approval, "assign", to="The manager", key="t")
    given = decide(call, approval, "approve", "manager", key="y")
    talk(call, case, "offered", "refused")
    assert read(call, approval)["state"] == "used"
    states = [each.json["state"] for each in (asked, assigned, given)]
    assert states == ["requested", "requested", "approved"]
    for answer, key in ((asked, "a"), (assigned, "t"), (given, "y")):
        same(again(key), answer)


def test_talks_before_an_approval_lapsed_are_read_with_it(call, again, database):
    case, approval = ask(call)
    given = decide(call, approval, "approve", key="y")
    duties.run_duties(database, books(), datetime.now(UTC) + timedelta(days=60))
    assert read(call, approval)["state"] == "expired"
    same(again("y"), given)
    with database.reading() as tx:
        history = find_history(tx, case)
        [number] = [n for n, each in enumerate(history, start=1) if each.name == "approved"]
        then, now = (read_table(a_sitting(tx), fold(case, events)) for events in (history[:number], history))
    assert [type(each).__name__ for each in then.history] == ["Confirmed", "ItemsSplit", "Approved"]
    assert [type(each).__name__ for each in now.history] == ["Confirmed", "ItemsSplit"]


def test_promises_are_repeated_as_they_were(call, again):
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    done(post(call, case, "agreement", {"option": 1}))
    due = [(datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds") for days in (1, 2)]
    dated = post(call, case, "promises", {"what": "call_back", "due": due[0]}, key="d")
    path = f"/v1/promises/{dated.json['promise']}"
    moved = call("POST", path, json={"action": "replace", "due": due[1], "reason": "later"}, key="r")
    kept = call("POST", f"/v1/promises/{moved.json['promise']}", json={"action": "keep"}, key="k")
    first, last = (
        each["promise"]
        for each in call("GET", f"/v1/cases/{case}/fulfilment").json["promises"]
        if each["state"] == "due"
    )
    fulfilled = post(call, case, "fulfilment", {"promise": first}, key="f")
    done(post(call, case, "fulfilment", {"promise": last}))
    assert [each.json["state"] for each in (dated, moved, kept, fulfilled)] == [
        "due",
        "due",
        "kept",
        "agreed",
    ]
    for answer, key in ((dated, "d"), (moved, "r"), (kept, "k"), (fulfilled, "f")):
        same(again(key), answer)


def test_limits_are_repeated_as_they_were_set(call, again, people):
    path = "/v1/people/The%20agent/limits"
    first = call("POST", path, by="supervisor", json=limits("10.00"), key="k")
    done(call("POST", path, by="manager", json=limits("20.00")))
    same(again("k"), first)
    assert call("GET", path).json["goodwill"]["case"]["amount"] == "20.00"
