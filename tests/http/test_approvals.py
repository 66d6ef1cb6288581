"""Approvals over HTTP: asked for, read, decided by somebody else on what they have seen."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.desk.people import create_person
from settlement.roles import Actor, Role
from tests.http.casework import a_matter, a_suggested_case, done, post, talk

SPLIT = {"event": "items_split", "items": []}


@pytest.fixture
def people(app):
    """Some of those who hold tokens are on record, so that they can be named."""
    with app.extensions["settlement"].database.transaction() as tx:
        by, now = Actor("local", Role.ADMIN), datetime.now(UTC)
        for role in (
            Role.AGENT,
            Role.SENIOR_AGENT,
            Role.SUPERVISOR,
            Role.MANAGER,
            Role.DIRECTOR,
            Role.FINANCE,
        ):
            create_person(tx, name=f"The {role}", role=role, by=by, now=now)


def ask(call, **facts) -> tuple[str, str]:
    """A case of the agent and the approval that its offer waits for, of a supervisor unless facts say more."""
    case = a_suggested_case(call, **{"threatens_publicity": True} | facts)
    advice = talk(call, case, "confirmed", SPLIT)
    assert advice["need_level"]
    return case, done(post(call, case, "approvals"))["approval"]


def read(call, approval, by="supervisor"):
    return done(call("GET", f"/v1/approvals/{approval}", by=by))


def decide(call, approval, verdict, by="supervisor", *, key=None, **said):
    """A verdict on the request as it stands."""
    seen = said.pop("seen", None) or read(call, approval, "director")["digest"]
    body = {"verdict": verdict, "seen": seen} | said
    return call("POST", f"/v1/approvals/{approval}", by=by, json=body, key=key)


def test_who_asks_sees_no_sum_until_somebody_says_yes(call):
    case, approval = ask(call)
    asked = read(call, approval, "agent")
    assert asked["granted"] is None
    assert not {"amount", "options", "digest", "owed", "goodwill"} & set(asked)
    given = done(decide(call, approval, "approve"))
    assert given["state"] == "approved"
    granted = read(call, approval, "agent")["granted"]
    assert granted["amount"] == given["amount"]
    put = talk(call, case, "offered")
    assert put["amount"] == given["amount"]
    assert read(call, approval, "agent")["state"] == "used"


def test_who_may_say_yes_sees_the_sum_and_supervisors_the_range_and_the_cost(call):
    _, approval = ask(call)
    seen = read(call, approval)
    assert seen["amount"]["amount"] == seen["options"][0]["cash"]["amount"]
    assert all(option["cost"] for option in seen["options"])
    assert seen["range"]["floor"]["amount"] == "199.00"
    assert seen["owed"] == seen["range"]["floor"]
    for role in ("finance", "auditor"):
        assert read(call, approval, role) == seen


def test_a_senior_agent_decides_on_the_sum_without_range_and_cost(call):
    """A sum that two levels of agents can bear: beyond the limits of the first, within those of the second."""
    case = a_suggested_case(call, verified="199.00", harm="loss_of_use", duration_h=200)
    advice = talk(call, case, "confirmed", SPLIT)
    assert advice["need_level"] == "senior_agent"
    approval = done(post(call, case, "approvals"))["approval"]
    seen = read(call, approval, "senior_agent")
    assert seen["amount"]
    assert not {"range", "value_band"} & set(seen)
    assert all("cost" not in option for option in seen["options"])
    assert done(decide(call, approval, "approve", "senior_agent"))["state"] == "approved"


def test_the_history_tells_agents_no_sum_that_the_customer_was_not_told(call):
    case, approval = ask(call)
    done(decide(call, approval, "approve"))
    told = {event["event"]: event["told"] for event in call("GET", f"/v1/cases/{case}/events").json["events"]}
    for event in ("approval_requested", "approval_given", "approved"):
        assert not {"amount", "asked"} & set(told[event]), event
    events = call("GET", f"/v1/cases/{case}/events", by="supervisor").json["events"]
    assert [event["told"]["amount"] for event in events if event["event"] == "approved"]


def test_a_level_that_is_sent_along_is_no_level(call):
    case, _ = ask(call)
    answer = post(call, case, "rounds", {"event": "offered", "level": "director"})
    assert answer.status_code == 403


def test_nobody_approves_their_own(call):
    _, approval = ask(call)
    assert decide(call, approval, "approve", "agent").status_code == 403
    assert read(call, approval)["state"] == "requested"


def test_what_is_approved_is_what_was_seen(call):
    _, approval = ask(call)
    for verdict, said in {
        "approve": {},
        "decline": {"reason": "no"},
        "send_back": {"reason": "no"},
        "amend": {"reason": "no", "amount": {"amount": "300.00", "currency": "CNY"}},
    }.items():
        answer = decide(call, approval, verdict, seen="0" * 64, **said)
        assert answer.status_code == 409, verdict
    assert read(call, approval)["state"] == "requested"


def test_of_two_approvers_one_is_heard(call):
    _, approval = ask(call)
    answers = [decide(call, approval, "approve", by) for by in ("supervisor", "manager")]
    assert [answer.status_code for answer in answers] == [200, 409]


def test_a_verdict_sent_again_with_its_key_is_one_verdict(call):
    _, approval = ask(call)
    digest = read(call, approval)["digest"]
    first, again = (decide(call, approval, "approve", key="k", seen=digest) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json


def test_another_sum_is_told_to_who_asked_and_put_as_such(call):
    case, approval = ask(call)
    sum_ = {"amount": "300.00", "currency": "CNY"}
    done(decide(call, approval, "amend", amount=sum_, reason="a long wait"))
    advice = call("GET", f"/v1/cases/{case}/advice").json
    assert (advice["approved"], advice["amount"], advice["need_level"]) == (sum_, sum_, None)
    assert advice["step"] == "probe"
    assert {option["cash"]["amount"] for option in advice["menu"][:1]} == {sum_["amount"]}
    assert read(call, approval, "agent")["granted"]["amount"] == sum_
    assert read(call, approval, "agent")["reason"] == "a long wait"
    put = talk(call, case, "offered")
    assert (put["amount"], put["overruled"]) == (sum_, 0)
    assert read(call, approval, "agent")["state"] == "used"


@pytest.mark.parametrize(
    "amount", [{"amount": "300.00", "currency": "EUR"}, {"amount": "100.00", "currency": "CNY"}]
)
def test_a_sum_in_another_currency_or_below_what_is_owed_is_a_fault(call, amount):
    _, approval = ask(call)
    answer = decide(call, approval, "amend", amount=amount, reason="less")
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == ["/amount"]


def test_a_decline_ends_the_talks_and_what_is_owed_is_promised(call):
    case, approval = ask(call)
    assert done(decide(call, approval, "decline", reason="no ground"))["state"] == "declined"
    assert call("GET", f"/v1/cases/{case}").json["state"] == "unsettled"
    advice = call("GET", f"/v1/cases/{case}/advice").json
    assert advice["why"] == advice["stop"]
    assert advice["why"]["text"].startswith("The offer was not approved")
    assert [each["kind"] for each in call("GET", f"/v1/cases/{case}/fulfilment").json["promises"]] == ["owed"]


def test_what_is_sent_back_may_be_asked_again(call):
    case, approval = ask(call)
    assert done(decide(call, approval, "send_back", reason="which model?"))["state"] == "sent_back"
    again = done(post(call, case, "approvals"))
    assert again["approval"] != approval


def test_new_facts_void_what_was_asked_and_the_history_shows_the_difference(call):
    case, approval = ask(call)
    facts = {"complaint": a_matter(verified="250.00", threatens_publicity=True)}
    done(post(call, case, "diagnosis", facts))
    assert read(call, approval)["state"] == "voided"
    events = call("GET", f"/v1/cases/{case}/events?limit=200", by="supervisor").json["events"]
    [voided] = [event["told"] for event in events if event["event"] == "approval_voided"]
    assert voided["changed"]["amount"]["is"] != voided["changed"]["amount"]["was"]
    for event in call("GET", f"/v1/cases/{case}/events?limit=200").json["events"]:
        assert not {"changed", "asked"} & set(event["told"])


def test_a_request_is_given_to_somebody_who_may_decide_it(call, people):
    _, approval = ask(call)
    for name in ("The agent", "The finance", "Nobody"):
        assert decide(call, approval, "assign", to=name).status_code in (409, 422), name
    assert done(decide(call, approval, "assign", to="The manager"))["assigned_to"] == "The manager"
    assert decide(call, approval, "approve").status_code == 403
    assert decide(call, approval, "approve", "manager").status_code == 200


def test_an_emergency_goes_ahead_and_is_looked_at_by_somebody_else(call):
    case = a_suggested_case(call, vulnerable=True)
    assert talk(call, case, "confirmed", SPLIT)["need_level"] == "senior_agent"
    made = done(post(call, case, "bypass", {"reason": "it smokes"}))
    assert made["state"] == "bypassed"
    assert talk(call, case, "offered")["talks"] == "open"
    review = {"right": True, "reason": "it did smoke"}
    assert decide(call, made["approval"], "review", "agent", **review).status_code == 403
    assert done(decide(call, made["approval"], "review", **review))["state"] == "reviewed"


def test_what_is_no_emergency_does_not_go_ahead(call):
    case = a_suggested_case(call, harm="loss_of_use", duration_h=200)
    talk(call, case, "confirmed", SPLIT)
    assert post(call, case, "bypass", {"reason": "in a hurry"}).status_code == 403


def test_lists_hold_what_concerns_the_reader(call):
    case, approval = ask(call)
    for by, query, expected in [
        ("agent", "", [approval]),
        ("agent2", "", []),
        ("senior_agent", "", []),
        ("supervisor", "?state=requested", [approval]),
        ("supervisor", f"?case={case}&level=supervisor&requested_by=The%20agent", [approval]),
        ("auditor", "?assigned_to=The%20manager", []),
        ("director", "?state=approved", []),
    ]:
        page = call("GET", f"/v1/approvals{query}", by=by).json
        assert [each["approval"] for each in page["approvals"]] == expected, (by, query)
    assert call("GET", "/v1/approvals?state=lost", by="supervisor").status_code == 422


def test_the_list_says_what_is_asked_for_to_those_who_may_say_yes(call):
    _, approval = ask(call)
    whole = read(call, approval)
    told = {name: whole[name] for name in ("subject", "rung", "amount", "owed", "goodwill")}
    assert (told["subject"], told["rung"], told["owed"]["amount"]) == ("offer", "opening", "199.00")
    for by in ("supervisor", "director", "finance", "auditor"):
        (line,) = call("GET", "/v1/approvals", by=by).json["approvals"]
        assert {name: line[name] for name in told} == told
        assert not {"digest", "range", "options", "value_band"} & line.keys()
    (line,) = call("GET", "/v1/approvals").json["approvals"]
    assert not told.keys() & line.keys()
    case = a_suggested_case(call, "supervisor", id="C-2", paid="90000.00", verified="30000.00")
    talk(call, case, "confirmed", SPLIT, by="supervisor")
    asked = done(post(call, case, "approvals", by="supervisor"))
    higher, level = asked["approval"], asked["level"]
    assert level in ("manager", "director")
    lines = {
        each["approval"]: each for each in call("GET", "/v1/approvals", by="supervisor").json["approvals"]
    }
    assert not told.keys() & lines[higher].keys()


# ---------------------------------------------------------------- in somebody's place, and limits


def test_who_stands_in_decides_for_a_time_and_never_for_who_asked(call, people):
    _, approval = ask(call)
    place = {"in_place_of": "The supervisor"}
    assert decide(call, approval, "approve", "senior_agent", **place).status_code == 404
    now = datetime.now(UTC)
    span = {
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
    }
    delegation = {"to": "The senior_agent"} | span
    made = call("POST", "/v1/delegations", by="supervisor", json=delegation)
    assert made.status_code == 201
    assert (made.json["giver"], made.json["level"]) == ("The supervisor", "supervisor")
    seen = read(call, approval, "senior_agent")
    assert seen["amount"]
    assert "range" not in seen
    assert decide(call, approval, "approve", "senior_agent").status_code == 403
    given = done(decide(call, approval, "approve", "senior_agent", **place))
    assert given["decided_by"] == "The senior_agent"


@pytest.mark.parametrize(
    ("to", "start", "end", "place"),
    [
        ("The supervisor", -1, 1, "/to"),
        ("The finance", -1, 1, "/to"),
        ("Nobody", -1, 1, "/to"),
        ("The manager", 1, -1, "/ends_at"),
        ("The manager", -2, -1, "/ends_at"),
    ],
)
def test_a_delegation_that_makes_no_sense_is_refused(call, people, to, start, end, place):
    now = datetime.now(UTC)
    body = {
        "to": to,
        "starts_at": (now + timedelta(hours=start)).isoformat(),
        "ends_at": (now + timedelta(hours=end)).isoformat(),
    }
    answer = call("POST", "/v1/delegations", by="supervisor", json=body)
    assert [each["pointer"] for each in answer.json["errors"]] == [place]


def limits(case="100.00", currency="CNY"):
    each = {name: {"amount": case, "currency": currency} for name in ("case", "day", "month")}
    return {"owed": each, "goodwill": each}


def test_limits_are_set_by_somebody_above_and_bind_at_once(call, people):
    before = call("GET", "/v1/people/The%20agent/limits").json
    assert before["owed"]["case"]["amount"] == "500.00"
    answer = call("POST", "/v1/people/The%20agent/limits", by="supervisor", json=limits("10.00"))
    assert answer.status_code == 200
    assert answer.json["goodwill"]["case"]["amount"] == "10.00"
    assert call("GET", "/v1/people/The%20agent/limits").json == answer.json
    case = a_suggested_case(call)
    advice = talk(call, case, "confirmed", SPLIT)
    assert (advice["need_level"], advice["amount"], advice["menu"]) == ("senior_agent", None, [])
    assert post(call, case, "rounds", {"event": "offered"}).status_code == 403
    approval = done(post(call, case, "approvals"))["approval"]
    done(decide(call, approval, "approve"))
    assert talk(call, case, "offered")["talks"] == "open"


def test_nobody_sets_limits_above_their_own_nor_their_own_nor_of_a_higher_rank(call, people):
    for by, name, body, status in [
        ("supervisor", "The agent", limits("99999999.00"), 403),
        ("supervisor", "The supervisor", limits(), 403),
        ("supervisor", "The director", limits(), 403),
        ("supervisor", "The finance", limits(), 409),
        ("supervisor", "Nobody", limits(), 404),
        ("supervisor", "The agent", limits(currency="EUR"), 422),
        ("agent", "The agent", limits(), 403),
    ]:
        answer = call("POST", f"/v1/people/{name}/limits", by=by, json=body)
        assert answer.status_code == status, (by, name, answer.text)
    assert call("GET", "/v1/people/The%20agent/limits?policy=none").status_code == 422
