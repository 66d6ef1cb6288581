"""Delegations over HTTP: made, listed, ended; and what a stand-in finds meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.desk.people import create_person
from settlement.roles import Actor, Role
from tests.http.casework import done
from tests.http.test_approvals import ask, decide


@pytest.fixture
def people(app):
    with app.extensions["settlement"].database.transaction() as tx:
        by, now = Actor("local", Role.ADMIN), datetime.now(UTC)
        for role in (Role.AGENT, Role.SENIOR_AGENT, Role.SUPERVISOR, Role.MANAGER):
            create_person(tx, name=f"The {role}", role=role, by=by, now=now)


@pytest.fixture
def lend(call, people):
    """Lends the level of the holder of a token to somebody else for an hour."""

    def make(by="supervisor", to="The senior_agent", key=None):
        now = datetime.now(UTC)
        span = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
        return done(call("POST", "/v1/delegations", by=by, json={"to": to} | span, key=key))

    return make


def end(call, delegation, by="supervisor", key=None):
    return call("POST", f"/v1/delegations/{delegation}/end", by=by, key=key)


def ids(call, path, by, name):
    return [each[name] for each in done(call("GET", path, by=by))[path.partition("?")[0].rpartition("/")[2]]]


def test_one_is_made_listed_and_ended(call, lend):
    made = lend()
    assert (made["giver"], made["to"], made["ended_at"]) == ("The supervisor", "The senior_agent", None)
    for by in ("supervisor", "senior_agent", "finance"):
        assert done(call("GET", "/v1/delegations", by=by)) == {"delegations": [made], "next": None}
    ended = done(end(call, made["delegation"]))
    assert ended == made | {"ended_at": ended["ended_at"], "ended_by": "The supervisor"}
    assert made["starts_at"] <= ended["ended_at"] <= made["ends_at"]
    assert done(call("GET", "/v1/delegations", by="auditor"))["delegations"] == [ended]


def test_a_page_leads_to_the_next(call, lend):
    made = [lend()["delegation"] for _ in range(3)][::-1]
    first = done(call("GET", "/v1/delegations?limit=2", by="auditor"))
    assert [each["delegation"] for each in first["delegations"]] == made[:2]
    assert ids(call, f"/v1/delegations?limit=2&before={first['next']}", "auditor", "delegation") == made[2:]
    assert call("GET", "/v1/delegations?before=x", by="auditor").status_code == 422


def test_who_may_not_end_one_is_told_so_and_who_may_not_see_it_that_there_is_none(call, lend):
    made = lend("manager", "The agent")["delegation"]
    for by, status in [("agent", 403), ("senior_agent", 404), ("supervisor", 403), ("finance", 403)]:
        answer = end(call, made, by)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), by
    assert end(call, made, "director").status_code == 200
    assert end(call, made, "manager").status_code == 409
    assert end(call, "g-none", "manager").status_code == 404


def test_sent_again_with_its_key_each_is_answered_again_as_it_was(call, people):
    now = datetime.now(UTC)
    span = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}

    def make():
        body = {"to": "The agent"} | span
        return done(call("POST", "/v1/delegations", by="supervisor", json=body, key="make"))

    made = make()
    ended = [done(end(call, made["delegation"], key="end")) for _ in range(2)]
    assert ended[0] == ended[1]
    assert make() == made
    assert len(ids(call, "/v1/delegations", "auditor", "delegation")) == 1


def test_the_log_tells_who_lent_and_who_took_back(call, lend):
    made = lend()["delegation"]
    end(call, made, "manager")
    entries = done(call("GET", f"/v1/audit?subject={made}", by="auditor"))["entries"]
    assert [(entry["event"], entry["actor"]) for entry in entries] == [
        ("delegation_ended", "The manager"),
        ("delegated", "The supervisor"),
    ]


def test_a_stand_in_finds_what_waits_for_the_giver_until_it_is_taken_back(call, lend):
    _, approval = ask(call)
    made = lend()["delegation"]
    assert ids(call, "/v1/approvals", "senior_agent", "approval") == [approval]
    assert ids(call, "/v1/due?what=approval", "senior_agent", "id") == [approval]
    end(call, made)
    assert ids(call, "/v1/approvals", "senior_agent", "approval") == []
    assert ids(call, "/v1/due?what=approval", "senior_agent", "id") == []
    place = {"in_place_of": "The supervisor"}
    assert decide(call, approval, "approve", "senior_agent", **place).status_code == 404
    assert decide(call, approval, "approve").status_code == 200


def test_a_place_that_one_takes_shows_no_sum_of_ones_own_request(call, lend):
    _, approval = ask(call)
    before = done(call("GET", f"/v1/approvals/{approval}", by="agent"))
    lend(to="The agent")
    assert done(call("GET", f"/v1/approvals/{approval}", by="agent")) == before
    assert "amount" not in before
    assert ids(call, "/v1/due?what=approval", "agent", "id") == []
    assert ids(call, "/v1/approvals", "agent", "approval") == [approval]
    refused = decide(call, approval, "approve", "agent", in_place_of="The supervisor")
    assert refused.status_code == 403
