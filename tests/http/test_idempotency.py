"""Idempotency-Key: however often a request is sent, its effect comes once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

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


@pytest.mark.parametrize("key", ["x" * 256, "", "clé"])
def test_a_key_that_is_not_plain_is_a_fault(call, key):
    answer = call("POST", PATH, json=a_request(), headers={"Idempotency-Key": key})
    assert answer.status_code == 422
