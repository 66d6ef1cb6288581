"""Cases over HTTP: opened, read, changed as they were read, handed on, closed."""

import json
from datetime import UTC, datetime

import pytest

from settlement.desk.people import create_person
from settlement.negotiation.events import DANGERS
from settlement.roles import Actor, Role
from settlement.rules.talk import SIGNALS
from settlement.web.rounds import RoundIn
from tests.builders import a_customer, cny
from tests.http.casework import a_matter, a_suggested_case, done, open_case, post, talk, version_of

WORDS = {"text": "We look into it.", "channel": "phone"}


def possible_in(answer):
    """What can be done, by the name of the operation."""
    return {each["operation"]: (each["text"], each["method"], each["path"]) for each in answer["possible"]}


@pytest.fixture
def people(app):
    """The second agent is on record, so that cases can be given to them."""
    with app.extensions["settlement"].database.transaction() as tx:
        by, now = Actor("local", Role.ADMIN), datetime.now(UTC)
        create_person(tx, name="Another", role=Role.AGENT, by=by, now=now)
        create_person(tx, name="The books", role=Role.FINANCE, by=by, now=now)


# ---------------------------------------------------------------- opening and reading


def test_a_case_is_opened_with_its_place_and_its_etag(call):
    answer = call("POST", "/v1/cases", json={"complaint": a_matter(), "said": "It rattles."})
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/cases/C-1001"
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    assert answer.json["state"] == "opened"
    assert answer.json["owner"] == "The agent"
    read = call("GET", answer.headers["Location"])
    assert read.headers["ETag"] == answer.headers["ETag"]
    assert read.json["said"] == "It rattles."
    assert read.json["facts"]["customer"]["id"] == "K-7"
    assert read.json["facts"]["order"]["id"] == "O-1"
    assert {clock["what"] for clock in read.json["clocks"]} >= {"first_response", "resolution"}


def test_a_case_id_is_given_once(call):
    open_case(call)
    again = call("POST", "/v1/cases", json={"complaint": a_matter()})
    assert again.status_code == 409


def test_faults_of_the_complaint_have_their_place_in_the_whole_body(call):
    matter = a_matter(id="no spaces")
    answer = call("POST", "/v1/cases", json={"complaint": matter})
    assert [each["pointer"] for each in answer.json["errors"]] == ["/complaint/case/id"]
    matter = a_matter(category="spaceships", verified="5000.00")
    matter["complaint"]["evidence"] = [{"kind": "hearsay", "ref": "r"}]
    answer = call("POST", "/v1/cases", json={"complaint": matter, "told": 1})
    assert [each["pointer"] for each in answer.json["errors"]] == ["/told"]
    answer = call("POST", "/v1/cases", json={"complaint": matter})
    places = {each["pointer"] for each in answer.json["errors"]}
    assert places == {"/complaint/order/category", "/complaint/complaint/evidence/0/kind"}


def test_what_the_customer_said_proposes_signals_and_sets_none(call):
    case = open_case(call, said="你们再不处理，我就去曝光！")
    read = call("GET", f"/v1/cases/{case}").json
    assert [each["signal"] for each in read["proposed"]] == ["threatens_publicity"]
    assert read["facts"]["complaint"]["signals"]["threatens_publicity"] is False
    done(post(call, case, "signals", {"signals": {"threatens_publicity": True}}))
    read = call("GET", f"/v1/cases/{case}").json
    assert read["facts"]["complaint"]["signals"]["threatens_publicity"] is True
    assert read["proposed"] == []


def test_the_list_goes_page_by_page_and_takes_filters(call):
    for number in range(5):
        open_case(call, id=f"C-{number}", negative_words=number == 0)
    open_case(call, "agent2", id="C-other")
    seen, before = [], None
    while True:
        page = call(
            "GET", "/v1/cases", query_string={"limit": 2} | ({"before": before} if before else {})
        ).json
        seen += [each["case"] for each in page["cases"]]
        if (before := page["next"]) is None:
            break
    assert seen == [f"C-{number}" for number in range(4, -1, -1)]
    for query, expected in {
        "priority=high": ["C-0"],
        "state=closed": [],
        "owner=Another": ["C-other"],
        "kind=complaint&policy=retail-cn&limit=1": ["C-other"],
    }.items():
        page = call("GET", f"/v1/cases?{query}", by="supervisor").json
        assert [each["case"] for each in page["cases"]] == expected, query
    for query in ("state=gone", "priority=urgent", "before=0", "sort=value"):
        assert call("GET", f"/v1/cases?{query}").status_code == 422, query


def test_only_finance_and_auditors_read_what_value_is_estimated_from(call):
    case = open_case(call, customer=a_customer(value="4321.00"))
    for role in ("agent", "supervisor", "director"):
        read = call("GET", f"/v1/cases/{case}", by=role)
        assert "4321.00" not in read.text
        assert set(read.json["facts"]["customer"]) == {"id", "profile_free", "abuse"}
        assert "4321.00" not in call("GET", f"/v1/cases/{case}/events", by=role).text
    for role in ("finance", "auditor"):
        read = call("GET", f"/v1/cases/{case}", by=role).json
        assert read["facts"]["customer"]["lifetime"]["value"]["amount"] == "4321.00"


def test_a_diagnosis_keeps_the_value_that_its_writer_cannot_see(call):
    case = open_case(call, customer=a_customer(value="4321.00"))
    matter = a_matter(customer=a_customer(lifetime=None, history=None, reach=None, referrals=None))
    done(post(call, case, "diagnosis", {"complaint": matter}))
    read = call("GET", f"/v1/cases/{case}", by="finance").json
    assert read["facts"]["customer"]["lifetime"]["value"]["amount"] == "4321.00"


# ---------------------------------------------------------------- as it was read


def test_a_change_needs_the_version_that_was_read(call):
    case = open_case(call)
    for given, status in {None: 428, '"1"': 412, "2": 422, 'W/"2"': 422, "*": 422, '"2", "3"': 422}.items():
        headers = {"If-Match": given} if given else {}
        answer = call("POST", f"/v1/cases/{case}/news", json=WORDS, headers=headers)
        assert answer.status_code == status, given
        assert answer.mimetype == "application/problem+json"
    answer = post(call, case, "news", WORDS)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == version_of(call, case)


def test_of_two_who_read_the_same_only_the_first_is_heard(call):
    case = open_case(call)
    seen = {"If-Match": version_of(call, case)}
    first, second = (
        call("POST", f"/v1/cases/{case}/news", json=WORDS, headers=seen, by=who)
        for who in ("agent", "supervisor")
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json["type"] == "urn:settlement:stale"


def test_a_request_sent_again_gets_its_answer_though_the_case_moved_on(call):
    case = a_suggested_case(call)
    seen = {"If-Match": version_of(call, case)}

    def send():
        return call("POST", f"/v1/cases/{case}/rounds", json={"event": "confirmed"}, headers=seen, key="k")

    first = send()
    talk(call, case, {"event": "items_split", "items": []}, "offered")
    again = send()
    assert again.status_code == first.status_code == 200
    assert again.json == first.json
    assert again.headers["ETag"] == first.headers["ETag"]
    assert call("GET", f"/v1/cases/{case}/advice").json["talks"] == "open"


def test_a_key_that_comes_with_another_body_is_refused(call):
    case = open_case(call)
    assert post(call, case, "news", WORDS, key="k").status_code == 200
    assert post(call, case, "news", WORDS | {"channel": "app"}, key="k").status_code == 409


def test_opening_twice_with_one_key_opens_one_case(call):
    answers = [call("POST", "/v1/cases", json={"complaint": a_matter()}, key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert len(call("GET", "/v1/cases").json["cases"]) == 1


# ---------------------------------------------------------------- one of several bodies


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, ["/action"]),
        ({"action": "seize"}, ["/action"]),
        ({"action": 1}, ["/action"]),
        ([], [""]),
        ({"action": "offer"}, ["/to", "/reason"]),
        ({"action": "offer", "to": "", "reason": "", "by": 1}, ["/to", "/reason", "/by"]),
        ({"action": "offer", "to": "Nobody", "reason": "ill"}, ["/to"]),
        ({"action": "offer", "to": "The books", "reason": "ill"}, ["/to"]),
    ],
)
def test_faults_of_one_choice_stand_where_they_are_in_the_body(call, people, body, places):
    answer = post(call, open_case(call), "hand-over", body)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == places


# ---------------------------------------------------------------- who has it


def test_a_case_stays_with_its_owner_until_it_is_accepted(call, people):
    case = open_case(call)
    assert call("GET", f"/v1/cases/{case}", by="agent2").status_code == 404
    offered = done(post(call, case, "hand-over", {"action": "offer", "to": "Another", "reason": "ill"}))
    assert (offered["owner"], offered["offered_to"]) == ("The agent", "Another")
    assert post(call, case, "hand-over", {"action": "accept"}).status_code == 409
    taken = done(post(call, case, "hand-over", {"action": "accept"}, "agent2"))
    assert (taken["owner"], taken["offered_to"]) == ("Another", None)
    assert call("GET", f"/v1/cases/{case}").status_code == 404


def test_who_gets_a_case_reads_the_decision_that_stands_in_it(call, people):
    case = a_suggested_case(call)
    decision = call("GET", f"/v1/cases/{case}").json["decision"]
    assert call("GET", f"/v1/decisions/{decision}", by="agent2").status_code == 404
    done(post(call, case, "hand-over", {"action": "offer", "to": "Another", "reason": "ill"}))
    done(post(call, case, "hand-over", {"action": "accept"}, "agent2"))
    assert call("GET", f"/v1/decisions/{decision}", by="agent2").status_code == 200


def test_a_declined_hand_over_leaves_the_case_where_it_was(call, people):
    case = open_case(call)
    done(post(call, case, "hand-over", {"action": "offer", "to": "Another", "reason": "ill"}))
    left = done(post(call, case, "hand-over", {"action": "decline", "reason": "too much"}, "agent2"))
    assert (left["owner"], left["offered_to"]) == ("The agent", None)
    assert call("GET", f"/v1/cases/{case}", by="agent2").status_code == 404


def test_a_supervisor_steps_in_without_being_asked(call):
    case = open_case(call)
    taken = done(post(call, case, "hand-over", {"action": "take", "reason": "urgent"}, "supervisor"))
    assert taken["owner"] == "The supervisor"


# ---------------------------------------------------------------- the whole way


def test_a_complaint_runs_from_opening_to_closing_and_is_reviewed_by_an_outsider(call):
    case = a_suggested_case(call)
    advice = talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    assert advice["talks"] == "open"
    assert advice["menu"][0]["cash"] == advice["amount"]
    settled = done(post(call, case, "agreement", {"option": 1}))
    assert settled["settled"]["amount"] == advice["amount"]
    assert post(call, case, "close").status_code == 409
    for promise in call("GET", f"/v1/cases/{case}/fulfilment").json["promises"]:
        done(post(call, case, "fulfilment", {"promise": promise["promise"]}))
    assert call("GET", f"/v1/cases/{case}").json["state"] == "fulfilled"
    done(post(call, case, "result", WORDS))
    done(post(call, case, "follow-up", {"reached": True, "rating": 5, "solved": "yes", "answer": "all well"}))
    assert done(post(call, case, "close"))["state"] == "closed"
    done(post(call, case, "review", {"action": "request", "reason": "The customer asks."}))
    review = {"action": "decide", "upheld": True, "reason": "It was right."}
    assert post(call, case, "review", review, "agent").status_code == 403
    done(post(call, case, "review", review, "supervisor"))
    assert call("GET", f"/v1/cases/{case}").json["review"] == "upheld"
    assert done(post(call, case, "reopen", {"reason": "It broke again."}))["state"] == "opened"
    events = call("GET", f"/v1/cases/{case}/events?limit=200").json["events"]
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["event"] == "opened"
    told = next(event["told"] for event in events if event["event"] == "followed_up")
    assert told["said"] == "all well"


def test_a_consultation_gets_an_answer_and_no_offers(call):
    case = open_case(call, kind="consultation")
    assert "answer_case" in possible_in(call("GET", f"/v1/cases/{case}").json)
    assert done(post(call, case, "answer", WORDS))["state"] == "answered"
    assert done(post(call, case, "close"))["state"] == "closed"


def test_what_is_possible_is_what_can_be_done(call):
    """Whatever is said to be possible is not refused for the state of the case, and the rest is."""
    case = a_suggested_case(call)
    possible = set(possible_in(call("GET", f"/v1/cases/{case}").json))
    assert {"diagnose_case", "play_round", "inform_customer"} <= possible
    assert not {"close_case", "reopen_case", "tell_result", "answer_case"} & possible
    for step, body in {"close": None, "reopen": {"reason": "r"}, "result": WORDS, "answer": WORDS}.items():
        assert post(call, case, step, body).status_code == 409, step


def test_new_facts_in_running_talks_are_decided_anew(call):
    case = a_suggested_case(call)
    before = call("GET", f"/v1/cases/{case}").json["decision"]
    talk(call, case, "confirmed", {"event": "items_split", "items": []})
    done(post(call, case, "diagnosis", {"complaint": a_matter(verified="250.00")}))
    read = call("GET", f"/v1/cases/{case}").json
    assert read["state"] == "talking"
    assert read["decision"] != before
    amount = call("GET", f"/v1/cases/{case}/advice", by="supervisor").json["amount"]
    assert cny(amount["amount"]) > cny("250.00")


def test_a_clock_stands_while_we_wait_and_runs_on(call):
    case = open_case(call, received_at=datetime.now(UTC).isoformat(timespec="seconds"))
    done(post(call, case, "clocks", {"action": "pause", "what": "resolution", "reason": "a spare part"}))
    clocks = {each["what"]: each for each in call("GET", f"/v1/cases/{case}").json["clocks"]}
    assert clocks["resolution"]["paused_at"]
    done(post(call, case, "clocks", {"action": "resume", "what": "resolution"}))
    answer = post(call, case, "clocks", {"action": "resume", "what": "coffee"})
    assert [each["pointer"] for each in answer.json["errors"]] == ["/what"]


def test_a_hold_is_set_and_taken_away(call):
    case = open_case(call)
    done(post(call, case, "hold", {"why": "legal"}, "auditor"))
    assert call("GET", f"/v1/cases/{case}").json["hold"] == "legal"
    done(post(call, case, "hold", {"why": None}, "finance"))
    assert call("GET", f"/v1/cases/{case}").json["hold"] is None


# ---------------------------------------------------------------- the talks


def test_the_advice_speaks_the_readers_language_with_the_customers_words(call):
    case = a_suggested_case(call)
    item = {"kind": "money", "weight": "must", "words": "退一半"}
    advice = talk(call, case, "confirmed", {"event": "items_split", "items": [item]}, "offered")
    assert [(each["words"], each["status"]) for each in advice["items"]] == [("退一半", "met")]
    for language, word in (("en", "sorry"), ("zh", "抱歉")):
        said = call("GET", f"/v1/cases/{case}/advice", language=language).json["say"]
        assert any(word in each["text"] for each in said)
        assert not [each for each in said if "{" in each["text"]]
    assert "退一半" in call("GET", f"/v1/cases/{case}/events").text


def test_what_has_no_effect_is_refused_and_not_recorded(call):
    case = a_suggested_case(call)
    version = version_of(call, case)
    for event in ({"event": "offered"}, {"event": "accepted", "option": 1}, {"event": "silent"}):
        assert post(call, case, "rounds", event).status_code == 409
    assert version_of(call, case) == version


def test_what_is_refused_says_in_words_what_can_be_done_and_by_which_route(call):
    case = a_suggested_case(call)
    answer = post(call, case, "rounds", {"event": "accepted", "option": 1})
    assert answer.json["detail"] == (
        "The customer said yes. It has no effect now: listening; next: listen, and confirm the facts"
    )
    told = possible_in(answer.json)
    assert told["play_round"] == ("tell what happened in the talks", "POST", f"/v1/cases/{case}/rounds")
    assert told == possible_in(call("GET", f"/v1/cases/{case}").json)
    assert "hold_case" not in told  # that is not for agents
    chinese = call("GET", f"/v1/cases/{case}", language="zh").json
    assert possible_in(chinese)["inform_customer"][0] == "记录已告知客户进展"
    for text, method, path in told.values():
        assert "_" not in text
        assert method == "POST"
        assert call("POST", path, json={}).status_code in (200, 415, 422, 428), path


def test_who_names_just_what_is_offered_is_not_told_that_it_was_less(call):
    case = a_suggested_case(call)
    offered = talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")["amount"]
    advice = talk(call, case, {"event": "countered", "amount": offered})
    assert advice["step"] == "confirm_yes"
    [said] = advice["say"]
    assert said["text"].startswith("What you named lies within our offer")
    assert post(call, case, "approvals").json["detail"] == (
        "no offer is due; next: the offer meets what was named: ask for a yes"
    )


def test_no_refusal_names_an_event_of_the_records(call):
    case = open_case(call)
    for step, body in {
        "close": None,
        "result": WORDS,
        "follow-up": {"reached": False},
        "suggestion": None,
    }.items():
        answer = post(call, case, step, body)
        assert answer.status_code == 409
        assert "_" not in answer.json["detail"], answer.json["detail"]


def test_closing_too_early_first_names_what_stands_in_the_way(call):
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    done(post(call, case, "agreement", {"option": 1}))
    waiting = [each["promise"] for each in call("GET", f"/v1/cases/{case}/fulfilment").json["promises"]]
    detail = post(call, case, "close").json["detail"]
    assert detail.startswith(
        f"case {case} is agreed. Not possible now: close the case; first: these promises"
    )
    assert all(promise in detail for promise in waiting)
    assert "the result has not been told to the customer: tell it; nobody followed up how it went" in detail


def test_every_example_of_a_round_is_one(call):
    document = call("GET", "/openapi.json").json
    body = document["paths"]["/v1/cases/{case_id}/rounds"]["post"]["requestBody"]["content"][
        "application/json"
    ]
    told = document["components"]["schemas"]["RoundIn"]
    assert told["discriminator"]["propertyName"] == "event"
    assert set(body["examples"]) == set(told["discriminator"]["mapping"])
    for name, example in body["examples"].items():
        schema = document["components"]["schemas"][told["discriminator"]["mapping"][name].rpartition("/")[2]]
        assert "event" in schema["required"]
        assert set(schema["required"]) <= set(example["value"]) <= set(schema["properties"])
        assert RoundIn.model_validate_json(json.dumps(example["value"])).root.event == name


# ---------------------------------------------------------------- signals, and dangers after the end


def test_a_confirmed_signal_stays_through_a_diagnosis_until_it_is_taken_back_with_a_reason(call):
    case = a_suggested_case(call)
    done(post(call, case, "signals", {"signals": {"threatens_publicity": True}}))
    moved = done(post(call, case, "diagnosis", {"complaint": a_matter(threatens_publicity=False)}))
    assert moved["contradicted"] == ["threatens_publicity"]
    read = call("GET", f"/v1/cases/{case}").json
    assert read["facts"]["complaint"]["signals"]["threatens_publicity"] is True
    assert [each["signal"] for each in read["confirmed"]] == ["threatens_publicity"]
    bare = post(call, case, "signals", {"signals": {"threatens_publicity": False}})
    assert [each["pointer"] for each in bare.json["errors"]] == ["/reason"]
    done(post(call, case, "signals", {"signals": {"threatens_publicity": False}, "reason": "misheard"}))
    read = call("GET", f"/v1/cases/{case}").json
    assert read["facts"]["complaint"]["signals"]["threatens_publicity"] is False
    assert (read["confirmed"], read["contradicted"]) == ([], [])
    events = call("GET", f"/v1/cases/{case}/events").json["events"]
    told = [each["told"] for each in events if each["event"] in ("diagnosed", "signals_confirmed")][-2:]
    assert told[0]["contradicts"] == ["threatens_publicity"]
    assert (told[1]["withdrawn"], told[1]["reason"]) == (["threatens_publicity"], "misheard")


def test_a_diagnosis_in_running_talks_takes_back_no_confirmed_signal(call):
    case = a_suggested_case(call)
    talk(call, case, "confirmed")
    done(post(call, case, "signals", {"signals": {"vulnerable": True}}))
    assert done(post(call, case, "diagnosis", {"complaint": a_matter()}))["contradicted"] == ["vulnerable"]
    done(post(call, case, "signals", {"signals": {"negative_words": True}}))
    read = call("GET", f"/v1/cases/{case}").json
    assert read["contradicted"] == ["vulnerable"]
    assert read["facts"]["complaint"]["signals"]["vulnerable"] is True


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal_that_words_hint_at_can_be_confirmed_and_says_what_follows(call, signal):
    case = a_suggested_case(call)
    before = call("GET", f"/v1/cases/{case}").json["facts"]
    moved = done(post(call, case, "signals", {"signals": {signal: True}}))
    assert (moved["state"] == "unsettled") == (signal in DANGERS)
    for language, word in (("en", "sum"), ("zh", "金额")):
        [confirmed] = call("GET", f"/v1/cases/{case}", language=language).json["confirmed"]
        assert confirmed["signal"] == signal
        assert signal in ("vulnerable", "self_harm") or word in confirmed["effect"]
    if signal in DANGERS:
        advice = call("GET", f"/v1/cases/{case}/advice").json
        assert (advice["talks"], advice["stop"]["code"], advice["amount"]) == ("escalated", signal, None)
        assert call("GET", f"/v1/cases/{case}").json["facts"] == before


def test_a_danger_confirmed_in_running_talks_ends_them_with_what_is_owed_promised(call):
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    moved = done(post(call, case, "signals", {"signals": {"vulnerable": True, "extortion": True}}))
    assert moved["state"] == "unsettled"
    assert call("GET", f"/v1/cases/{case}/advice").json["stop"]["code"] == "extortion"
    assert [each["kind"] for each in call("GET", f"/v1/cases/{case}/fulfilment").json["promises"]] == ["owed"]


def test_a_danger_confirmed_before_the_talks_ends_them_before_any_offer(call):
    case = open_case(call, said="My lawyer will hear of this, and the toaster caught fire.")
    proposed = {each["signal"] for each in call("GET", f"/v1/cases/{case}").json["proposed"]}
    assert proposed == {"legal", "safety"}
    done(post(call, case, "signals", {"signals": {"legal": True, "safety": True}}))
    assert call("GET", f"/v1/cases/{case}").json["proposed"] == []
    done(post(call, case, "diagnosis", {"complaint": a_matter()}))
    done(post(call, case, "suggestion"))
    advice = call("GET", f"/v1/cases/{case}/advice").json
    assert (advice["stop"]["code"], [each["code"] for each in advice["heard_since"]]) == ("legal", ["safety"])


def test_a_danger_after_a_stop_is_kept_and_shown_and_the_talks_stay_over(call):
    case = a_suggested_case(call)
    stopped = talk(call, case, "confirmed", {"event": "threatened", "kind": "extortion"})
    again = talk(call, case, {"event": "threatened", "kind": "violence"}, "self_harm_told")
    assert [each["code"] for each in again["heard_since"]] == ["violence", "self_harm"]
    changed = {name for name in stopped if stopped[name] != again[name]}
    assert changed == {"version", "heard_since"}
    assert call("GET", f"/v1/cases/{case}").json["state"] == "unsettled"
    kept = [
        each["told"]["kind"]
        for each in call("GET", f"/v1/cases/{case}/events").json["events"]
        if each["event"] == "danger_heard"
    ]
    assert kept == ["violence", "self_harm"]
    assert post(call, case, "rounds", {"event": "refused"}).status_code == 409


def test_a_sum_in_another_currency_is_a_fault_at_its_place(call):
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    answer = post(
        call, case, "rounds", {"event": "countered", "amount": {"amount": "5.00", "currency": "EUR"}}
    )
    assert [each["pointer"] for each in answer.json["errors"]] == ["/amount"]


def test_the_history_goes_page_by_page(call):
    case = a_suggested_case(call)
    whole = call("GET", f"/v1/cases/{case}/events").json["events"]
    seen, after = [], 0
    while after is not None:
        page = call("GET", f"/v1/cases/{case}/events?after={after}&limit=2").json
        seen, after = seen + page["events"], page["next"]
    assert json.dumps(seen) == json.dumps(whole)
