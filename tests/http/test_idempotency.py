"""Idempotency-Key: however often a request is sent, its effect comes once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from settlement.desk import sitting
from settlement.desk.people import set_role
from settlement.desk.tokens import create_token
from settlement.roles import Actor, Role
from tests.builders import a_request
from tests.http.test_roles import FACTS

PATH = "/v1/suggestions"


def test_the_same_key_and_body_give_the_first_answer_again(call, recorded):
    first, again = (call("POST", PATH, key="k", json=a_request()) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    assert recorded() == (1, 1)


def test_the_body_is_compared_by_its_meaning(call, recorded):
    request = a_request(demand=None)
    first = call("POST", PATH, key="k", json=request)
    del request["complaint"]["demand"]
    shuffled = dict(reversed(request.items()))
    assert call("POST", PATH, key="k", json=shuffled).json == first.json
    assert recorded() == (1, 1)


def test_the_same_key_with_another_body_is_refused(call, recorded):
    call("POST", PATH, key="k", json=a_request())
    answer = call("POST", PATH, key="k", json=a_request(id="C-2"))
    assert answer.status_code == 409
    assert recorded() == (1, 1)


def test_a_key_belongs_to_a_token_and_a_route(call, recorded):
    call("POST", PATH, by="agent", key="k", json=a_request())
    call("POST", PATH, by="agent2", key="k", json=a_request())
    for pack in ("cn_consumer_fraud", "cn_food_drug_punitive"):
        call("POST", f"/v1/entitlements/{pack}", key="k", json={"facts": FACTS})
    assert recorded() == (2, 2)


def test_what_failed_leaves_the_key_free(call, recorded):
    refused = call("POST", PATH, key="k", json=a_request(cause="customer"))
    assert refused.status_code == 403
    assert call("POST", PATH, key="k", json=a_request()).status_code == 201
    assert recorded() == (1, 1)


def test_twins_at_the_same_time_have_one_effect(call, recorded):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call("POST", PATH, key="k", json=a_request()), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["decision"] for answer in answers}) == 1
    assert recorded() == (1, 1)


def test_the_kept_answer_is_shown_in_the_language_of_this_request(call):
    english = call("POST", PATH, key="k", language="en", json=a_request()).json
    chinese = call("POST", PATH, key="k", language="zh", json=a_request()).json
    assert chinese["decision"] == english["decision"]
    assert chinese["severity"]["text"] != english["severity"]["text"]


def test_entitlements_keep_keys_too(call):
    path = "/v1/entitlements/cn_consumer_fraud"
    first = call("POST", path, key="k", json={"facts": FACTS})
    assert call("POST", path, key="k", json={"facts": FACTS}).json == first.json
    changed = {"facts": FACTS | {"price": "1.00"}}
    assert call("POST", path, key="k", json=changed).status_code == 409


def test_a_kept_entitlement_is_shown_in_the_language_of_this_request(call):
    path = "/v1/entitlements/cn_consumer_fraud"
    for language, word in (("en", "Three times"), ("zh", "三倍"), ("en", "Three times")):
        answer = call("POST", path, key="k", language=language, json={"facts": FACTS})
        assert word in answer.json["reasons"][0]["text"]
        assert answer.headers["Content-Language"] == language


def test_a_key_belongs_to_one_pack(call):
    food = {"facts": {}}
    assert (
        call("POST", "/v1/entitlements/cn_consumer_fraud", key="k", json={"facts": FACTS}).status_code == 200
    )
    assert call("POST", "/v1/entitlements/cn_food_drug_punitive", key="k", json=food).status_code == 422


@pytest.mark.parametrize(
    ("first", "status"),
    [
        ({"json": a_request(cause="customer")}, 403),
        ({"json": a_request(category="boats")}, 422),
        ({"json": a_request(received_at="2020-01-01T00:00:00Z", occurred_on="2019-12-31",
                            placed_on="2019-12-31", customer=None)}, 409),
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"{}", "content_type": "text/plain"}, 415),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)  # fmt: skip
def test_a_request_that_was_refused_leaves_the_key_free(call, kept_keys, recorded, first, status):
    assert call("POST", PATH, key="k", **first).status_code == status
    assert kept_keys() == 0
    assert call("POST", PATH, key="k", json=a_request()).status_code == 201
    assert recorded() == (1, 1)
    assert kept_keys() == 1


def test_a_mistake_of_ours_leaves_the_key_free(call, kept_keys, recorded, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("settlement.desk.suggestions.append", lambda *_, **__: 1 / 0)
        assert call("POST", PATH, key="k", json=a_request()).status_code == 500
    assert (recorded(), kept_keys()) == ((0, 0), 0)
    assert call("POST", PATH, key="k", json=a_request()).status_code == 201


def test_a_kept_answer_is_shown_in_the_view_that_the_token_has_now(app, call, database):
    """The same person with the same token, promoted: the answer is that of the new role."""
    with database.transaction() as tx:
        create_token(
            tx, name="Li Na", role=Role.AGENT, secret="li", token_id="t-1",
            by=Actor("local", Role.ADMIN), now=datetime.now(UTC),
        )  # fmt: skip
    first = call("POST", PATH, by="li", key="k", json=a_request(verified="199.00"))
    with database.transaction() as tx:
        set_role(tx, "Li Na", Role.SUPERVISOR, by=Actor("local", Role.ADMIN), now=datetime.now(UTC))
    again = call("POST", PATH, by="li", key="k", json=a_request(verified="199.00"))
    assert again.json["decision"] == first.json["decision"]
    assert "range" in again.json
    assert "range" not in first.json


def test_a_key_is_forgotten_after_thirty_days(call, recorded, monkeypatch):
    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=30, minutes=1)

    first = call("POST", PATH, key="k", json=a_request())
    monkeypatch.setattr(sitting, "datetime", Later)
    assert call("POST", PATH, key="k", json=a_request(id="C-2")).status_code == 201
    assert call("POST", PATH, key="k", json=a_request(id="C-2")).json != first.json
    assert recorded() == (2, 2)


def test_what_is_tried_by_the_rules_of_another_day_spends_no_key(call, kept_keys):
    for day in ("2026-05-01", "2026-06-01"):
        path = f"{PATH}?as_of={day}"
        assert call("POST", path, by="finance", key="k", json=a_request()).json["as_of"] == day
    assert kept_keys() == 0


@pytest.mark.parametrize("key", ["x" * 256, "", "clé", "two words", "tab\tbed"])
def test_a_key_that_is_not_plain_is_a_fault(call, key):
    answer = call("POST", PATH, json=a_request(), headers={"Idempotency-Key": key})
    assert answer.status_code == 422
