"""POST /v1/suggestions: what is taken, what is refused, and that every fault is named at once."""

import json

import pytest

from tests.builders import a_customer, a_request


def pointers(answer) -> set[str]:
    return {fault["pointer"] for fault in answer.json["errors"]}


def changed(path: str, value, **said):
    """A request with one value replaced: "case.channel" names where."""
    request = a_request(**said)
    *steps, last = path.split(".")
    place = request
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return request


def test_a_complaint_is_decided_recorded_and_can_be_fetched(call, recorded):
    answer = call("POST", "/v1/suggestions", json=a_request(verified="199.00"))
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/decisions/{answer.json['decision']}"
    assert recorded() == (1, 1)
    assert call("GET", answer.headers["Location"]).json == answer.json


def test_without_a_key_every_post_is_a_new_decision(call, recorded):
    ids = {call("POST", "/v1/suggestions", json=a_request()).json["decision"] for _ in range(3)}
    assert len(ids) == 3
    assert recorded() == (3, 3)


def test_the_policy_may_be_left_out_while_one_is_in_force(call):
    assert call("POST", "/v1/suggestions", json=a_request(policy=None)).status_code == 201


def test_the_same_facts_by_any_channel_give_the_same_answer(call):
    answers = []
    for channel in ("app", "phone", "social", "store"):
        body = call(
            "POST",
            "/v1/suggestions",
            by="finance",
            query_string={"as_of": "2026-03-03"},
            json=a_request(channel=channel),
        ).json
        answers.append(body)
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("surprise", 1, "/surprise"),
        ("case.surprise", 1, "/case/surprise"),
        ("case.channel", "fax", "/case/channel"),
        ("case.received_at", "2026-03-03T10:15:00", "/case/received_at"),
        ("case.received_at", 1772504100, "/case/received_at"),
        ("case.received_at", "1772504100", "/case/received_at"),
        ("case.received_at", "2026-03-03 10:15:00+08:00", "/case/received_at"),
        ("case.received_at", "2026-03-03T10:15:00+24:00", "/case/received_at"),
        ("case.received_at", "2026-03-03T10:15:00+99:99", "/case/received_at"),
        ("case.received_at", "2026-03-03T10:15:00\u221208:00", "/case/received_at"),
        ("case.received_at", "2026-02-30T10:15:00Z", "/case/received_at"),
        ("case.received_at", "9999-12-31T23:59:59-23:59", "/case/received_at"),
        ("case.received_at", "0000-00-00T00:00:00Z", "/case/received_at"),
        ("case.received_at", None, "/case/received_at"),
        ("case.received_at", "0001-01-01T00:00:00+14:00", "/case/received_at"),
        ("case.occurred_on", "2026-02-30", "/case/occurred_on"),
        ("case.occurred_on", "0", "/case/occurred_on"),
        ("case.occurred_on", "20260303", "/case/occurred_on"),
        ("case.occurred_on", "2026-1-6", "/case/occurred_on"),
        ("case.occurred_on", "2026-01-06T00:00:00", "/case/occurred_on"),
        ("case.occurred_on", "0001-01-01", "/case/occurred_on"),
        ("case.occurred_on", "9999-12-31", "/case/occurred_on"),
        ("case.occurred_on", "\u0662\u0660\u0662\u0666-01-06", "/case/occurred_on"),
        ("case.occurred_on", "2026-03-04", "/case/occurred_on"),
        ("case.id", "", "/case/id"),
        ("case.id", "x" * 65, "/case/id"),
        ("complaint.wants", None, "/complaint/wants"),
        ("complaint.duration_h", -1, "/complaint/duration_h"),
        ("complaint.duration_h", "5", "/complaint/duration_h"),
        ("complaint.duration_h", 1.0, "/complaint/duration_h"),
        ("complaint.signals.vulnerable", "true", "/complaint/signals/vulnerable"),
        ("complaint.signals.repeat_contacts", True, "/complaint/signals/repeat_contacts"),
        ("complaint.demand", {"amount": "5", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "5.000", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "1e3", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "-5.00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "٥.00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "99999999999999.00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": 5, "currency": "CNY"}, "/complaint/demand/amount"),
        ("complaint.demand", {"amount": 5.5, "currency": "CNY"}, "/complaint/demand/amount"),
        ("complaint.demand", {"amount": "05.00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": " 5.00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "-0.00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "NaN", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "5,00", "currency": "CNY"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "9" * 41, "currency": "CNY"}, "/complaint/demand/amount"),
        ("complaint.demand", {"amount": "5.00", "currency": "cny"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "5.00", "currency": "CNY", "minor": 500}, "/complaint/demand/minor"),
        ("complaint.demand", "5.00", "/complaint/demand"),
        ("complaint.demand", [], "/complaint/demand"),
        ("complaint.duration_h", 10**9 + 1, "/complaint/duration_h"),
        ("complaint.duration_h", 10**299, "/complaint/duration_h"),
        ("complaint.signals", None, "/complaint/signals"),
        ("complaint.evidence", {}, "/complaint/evidence"),
        ("complaint.evidence", [{"kind": "photo", "ref": "r"}] * 51, "/complaint/evidence"),
        ("complaint.evidence", [{"kind": "photo", "ref": "line\nfeed"}], "/complaint/evidence/0/ref"),
        ("complaint.demand", {"amount": "5.00", "currency": "XXX"}, "/complaint/demand"),
        ("complaint.demand", {"amount": "5.00", "currency": "EUR"}, "/complaint/demand/currency"),
        ("complaint.demand", {"amount": "5.00"}, "/complaint/demand/currency"),
        ("complaint.evidence", [{"kind": "rumour", "ref": "r"}], "/complaint/evidence/0/kind"),
        ("order.category", "cars", "/order/category"),
        ("order.placed_on", "2026-03-04", "/order/placed_on"),
        ("customer.history.last_on", "2026-03-04", "/customer/history/last_on"),
        ("customer.history.first_on", "2026-02-01", "/customer/history/last_on"),
        ("customer.history.purchase_days", 0, "/customer/history/purchase_days"),
        ("customer.history.purchase_days", 5, "/customer/history/purchase_days"),
        ("customer.reach.authentic", "1.1", "/customer/reach/authentic"),
        ("customer.reach.authentic", "0.1234567891", "/customer/reach/authentic"),
        ("customer.reach.authentic", 1, "/customer/reach/authentic"),
        ("policy", "nobody", "/policy"),
        ("policy", "cn_consumer_fraud", "/policy"),
        ("claims", [{"pack": "nothing", "facts": {}}], "/claims/0/pack"),
        ("claims", [{"pack": "retail-cn", "facts": {}}], "/claims/0/pack"),
        ("claims", [{"pack": "cn_consumer_fraud", "facts": {"x": 1.5}}], "/claims/0/facts/x"),
        ("claims", [{"pack": "cn_consumer_fraud", "facts": {"a/b~c": 1}}], "/claims/0/facts/a~1b~0c"),
        ("claims", [{"pack": "cn_consumer_fraud", "facts": {"price": 10**299}}], "/claims/0/facts/price"),
        ("claims", [{"pack": "cn_consumer_fraud"}], "/claims/0/facts"),
        ("claims", [{"pack": "cn_consumer_fraud", "facts": {}}] * 21, "/claims"),
        ("a/b~c", 1, "/a~1b~0c"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_place(call, recorded, path, value, pointer):
    request = changed(
        path, value, customer=a_customer(first_on="2026-01-05", last_on="2026-01-06", purchase_days=2)
    )
    answer = call("POST", "/v1/suggestions", json=request)
    assert answer.status_code == 422, answer.json
    assert pointer in pointers(answer), answer.json
    assert all(fault["detail"] and fault["remedy"] for fault in answer.json["errors"])
    assert recorded() == (0, 0)


def test_every_fault_of_the_form_is_listed_at_once(call):
    request = a_request()
    request["case"]["channel"] = "fax"
    request["complaint"]["harm"] = "some"
    request["order"]["paid"] = {"amount": 12.5, "currency": "CNY"}
    del request["complaint"]["signals"]["vulnerable"]
    found = pointers(call("POST", "/v1/suggestions", json=request))
    assert found == {
        "/case/channel", "/complaint/harm", "/order/paid/amount", "/complaint/signals/vulnerable",
    }  # fmt: skip


def test_every_fault_against_the_policy_is_listed_at_once(call):
    request = a_request(
        category="cars",
        evidence=["rumour"],
        occurred_on="2027-01-01",
        claims=[("cn_consumer_fraud", {"price": "5", "surprise": 1}), ("uk_ofcom_auto_compensation", {})],
    )
    found = pointers(call("POST", "/v1/suggestions", json=request))
    assert {
        "/order/category", "/complaint/evidence/0/kind", "/case/occurred_on", "/claims/0/facts/price",
        "/claims/0/facts/surprise", "/claims/0/facts/conduct_date", "/claims/1/pack", "/claims/1/facts/days",
    } <= found  # fmt: skip


@pytest.mark.parametrize("moment", ["1999-01-01T00:00:00Z", "2025-12-31T15:59:59Z"])
def test_before_the_first_edition_no_rules_are_in_force(call, moment):
    request = a_request(received_at=moment, occurred_on="1990-01-01", placed_on="1990-01-01",
                        customer=None)  # fmt: skip
    answer = call("POST", "/v1/suggestions", json=request)
    assert answer.status_code == 409
    assert "in force" in answer.json["detail"]


def test_the_edition_goes_by_the_local_day_of_the_receipt(call):
    request = a_request(received_at="2025-12-31T16:00:00Z", occurred_on="2025-12-31",
                        placed_on="2025-12-30", customer=None)  # fmt: skip
    assert call("POST", "/v1/suggestions", json=request).status_code == 201


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z", "2199-12-31T23:00:00Z", "2199-12-30T00:00:00Z",
        "2199-12-29T23:59:59-23:59", "1800-01-02T00:00:00Z", "1800-01-03T00:00:00+23:59",
        "2026-03-03T10:15:00+23:59", "2026-03-03T10:15:00-23:59", "2026-03-03T10:15:00.999999999Z",
    ],
)  # fmt: skip
def test_a_moment_at_the_end_of_time_is_refused_or_decided_but_never_breaks(call, moment):
    answer = call("POST", "/v1/suggestions", json=a_request(received_at=moment, customer=None))
    assert answer.status_code in (201, 409, 422)
    if answer.status_code == 201:
        assert call("GET", answer.headers["Location"]).json == answer.json


@pytest.mark.parametrize(
    "said",
    [
        {"cause": "customer"},
        {"verified": "500.01"},
        {"customer": a_customer(established=True)},
    ],
    ids=["cause", "loss", "abuse"],
)
def test_some_facts_need_a_supervisors_word(call, recorded, said):
    for role in ("agent", "senior_agent"):
        answer = call("POST", "/v1/suggestions", by=role, json=a_request(**said))
        assert answer.status_code == 403
        assert "supervisor" in answer.json["detail"]
    assert recorded() == (0, 0)
    assert call("POST", "/v1/suggestions", by="supervisor", json=a_request(**said)).status_code == 201


def test_an_agent_may_verify_up_to_the_limit(call):
    assert call("POST", "/v1/suggestions", json=a_request(verified="500.00")).status_code == 201


def test_rules_of_another_day_are_tried_by_finance_and_leave_no_record(call, recorded):
    for role in ("finance", "auditor"):
        answer = call("POST", "/v1/suggestions?as_of=2026-06-01", by=role, json=a_request())
        assert (answer.status_code, answer.json["decision"], answer.json["as_of"]) == (
            200,
            None,
            "2026-06-01",
        )
        assert call("POST", "/v1/suggestions", by=role, json=a_request()).status_code == 403
    for role in ("agent", "senior_agent", "supervisor", "manager", "director", "admin"):
        answer = call("POST", "/v1/suggestions?as_of=2026-06-01", by=role, json=a_request())
        assert answer.status_code == 403
    assert recorded() == (0, 0)


@pytest.mark.parametrize(
    "query", ["as_of=yesterday", "as_of=", "as_of=2026-01-01&as_of=2026-01-02", "when=x"]
)
def test_a_query_that_cannot_be_read_is_a_fault(call, query):
    answer = call("POST", f"/v1/suggestions?{query}", by="finance", json=a_request())
    assert answer.status_code == 422
    assert pointers(answer) == {f"query {query.partition('=')[0]}"}


@pytest.mark.parametrize("kind", ["consultation", "suggestion"])
def test_what_is_no_complaint_gets_clocks_and_no_offers(call, kind):
    answer = call("POST", "/v1/suggestions", json=a_request(kind=kind)).json
    assert answer["offers"] == []
    assert {clock["what"] for clock in answer["clocks"]} == {"first_response", "resolution"}
    assert answer["approval"]["reasons"]
    assert answer["reasons"]


@pytest.mark.parametrize("language", ["zh", "zh-CN,zh;q=0.9,en;q=0.5"])
def test_every_text_is_in_the_language_asked_for(call, language):
    request = a_request(wants="both", claimed="5.00", customer=None, duration_h=None, evidence=None)
    for role in ("agent", "director"):
        answer = call("POST", "/v1/suggestions", by=role, language=language, json=request)
        assert answer.headers["Content-Language"] == "zh"
        texts = list(texts_in(answer.json))
        assert len(texts) > 20
        assert all(any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts), texts


def texts_in(value):
    """Every text meant for people, wherever it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("text", "name") and isinstance(inner, str) and inner not in ("minor", "moderate"):
                yield inner
            elif name == "texts":
                yield from inner.values()
            else:
                yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def test_amounts_are_texts_and_no_number_is_a_float(call):
    def refuse(number: str):
        raise AssertionError(number)

    for role in ("agent", "director"):
        raw = call("POST", "/v1/suggestions", by=role, json=a_request(verified="199.00")).get_data(
            as_text=True
        )
        json.loads(raw, parse_float=refuse)


def test_the_largest_amounts_are_decided_or_refused_and_what_is_recorded_can_be_read(call):
    largest = "9999999999999.99"
    claim = {"price": largest, "conduct_date": "2026-01-10", "fraud_established": True, "consumer_purchase": True,
             "requested": True, "other_law_chosen": False, "label_flaw_only": False,
             "claim_engineered": False}  # fmt: skip
    for said in (
        {"verified": largest},
        {"demand": largest},
        {"paid": largest},
        {"customer": a_customer(value=largest)},
        {"customer": a_customer(spend=largest)},
        {"customer": a_customer(referrals=[("2026-01-01", largest)] * 50)},
        {"claims": [("cn_consumer_fraud", claim)]},
    ):
        answer = call("POST", "/v1/suggestions", by="director", json=a_request(harm="safety", **said))
        assert answer.status_code in (201, 409), answer.json
        if answer.status_code == 201:
            for role in ("director", "auditor"):
                assert call("GET", answer.headers["Location"], by=role).status_code == 200
            assert call("GET", f"{answer.headers['Location']}/trace", by="auditor").status_code == 200


@pytest.mark.parametrize("policy", ["retail-cn", None])
def test_an_unknown_policy_or_pack_does_not_hide_the_other(call, policy):
    request = a_request(policy="nobody" if policy else None, claims=[("nothing", {})])
    found = pointers(call("POST", "/v1/suggestions", json=request))
    assert found == ({"/policy", "/claims/0/pack"} if policy else {"/claims/0/pack"})
