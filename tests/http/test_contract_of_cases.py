"""The published interface of cases, talks, approvals and promises holds: each operation meets a case that
stands where it has a meaning, with data that fits the schema and data that does not.
"""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from schemathesis import GenerationMode

from tests.http.casework import a_suggested_case, done, open_case, post, talk, version_of
from tests.http.test_contract import OF_CASES, app, check, operations

__all__ = ["app", "operations"]

SPLIT = {"event": "items_split", "items": []}
DUE = {"what": "news", "due": "2190-01-01T00:00:00Z"}
MAY_MEET = {
    "403",  # one's own approval, an emergency that is none
    "404",  # a person, a linked case that there is not
    "409",  # what has no meaning where the case stands; a case of that id; a key with another body
    "422",  # rules across fields, a person who cannot be asked, a date that is over, another case's facts
}
NEVER = {
    "answer_case", "tell_result", "follow_up_case", "close_case", "reopen_case", "review_case", "agree",
    "bypass_approval", "decide_approval", "delegate", "end_delegation", "fulfil", "hand_over_case", "set_person_limits",
}  # fmt: skip
"""Made-up data seldom is what the case waits for; test_cases.py and its like lead there."""


@pytest.fixture(scope="module")
def call(app) -> Callable[..., Any]:
    client = app.test_client()

    def send(method: str, path: str, by: str = "supervisor", key: str | None = None, **request: Any) -> Any:
        headers = dict(request.pop("headers", {})) | {"Authorization": f"Bearer {by}"}
        return client.open(path, method=method, headers=headers, **request)

    return send


@pytest.fixture(scope="module")
def things(call) -> dict[str, str]:
    """A case of each kind of standing, and what belongs to them, in the hands of the supervisor."""
    by = "supervisor"
    made = {
        "opened": open_case(call, by, id="C-opened", said="你们再不处理我就去曝光"),
        "asked": open_case(call, by, id="C-asked", kind="consultation"),
        "suggested": a_suggested_case(call, by, id="C-suggested"),
        "waiting": a_suggested_case(call, by, id="C-waiting", harm="safety"),
        "short": a_suggested_case(call, by, id="C-short", harm="safety"),
        "put": a_suggested_case(call, by, id="C-put"),
        "settled": a_suggested_case(call, by, id="C-settled"),
        "known": a_suggested_case(call, by, id="C-known"),
    }
    for case in ("waiting", "short"):
        talk(call, made[case], "confirmed", SPLIT, by=by)
    talk(call, made["put"], "confirmed", SPLIT, "offered", by=by)
    talk(call, made["settled"], "confirmed", SPLIT, "offered", {"event": "accepted", "option": 1}, by=by)
    made["approval"] = done(post(call, made["waiting"], "approvals", by=by))["approval"]
    made["promise"] = done(post(call, made["opened"], "promises", DUE, by))["promise"]
    return made


STANDS = {
    "suggest_for_case": "known", "play_round": "suggested", "agree": "put", "get_advice": "put", "get_agreement": "settled",
    "ask_approval": "short", "bypass_approval": "waiting", "answer_case": "asked", "close_case": "asked",
}  # fmt: skip


def aimed(call: Any, things: dict[str, str], name: str) -> Callable[[schemathesis.Case], None]:
    """Data as it was made up, sent to what there is, as it stands."""

    def change(case: schemathesis.Case) -> None:
        if "case_id" in case.path_parameters:
            case.path_parameters["case_id"] = things[STANDS.get(name, "opened")]
            if case.method == "POST":
                case.headers["If-Match"] = version_of(call, case.path_parameters["case_id"])
        for parameter in ("approval_id", "promise_id"):
            if parameter in case.path_parameters:
                case.path_parameters[parameter] = things[parameter.removesuffix("_id")]
        if "name" in case.path_parameters:
            case.path_parameters["name"] = "The supervisor"
        if name == "run_clocks":
            case.body["what"] = "progress"
        if name == "diagnose_case":  # facts of this very case
            facts = call("GET", f"/v1/cases/{things['opened']}").json["facts"]["case"]
            case.body["complaint"]["case"] |= facts
            case.body["complaint"]["complaint"].setdefault("evidence", [])

    return change


@pytest.mark.parametrize("name", sorted(OF_CASES))
def test_data_that_fits_is_taken_and_answered_as_published(operations, call, things, name):
    operation = operations["supervisor"][name]
    found = check(operation, GenerationMode.POSITIVE, MAY_MEET, aimed(call, things, name))
    assert found[200] or found[201] or name in NEVER, found
    assert not found[412], found


@pytest.mark.parametrize("name", sorted(OF_CASES))
def test_data_that_does_not_fit_is_refused_as_published(operations, name):
    found = check(operations["supervisor"][name], GenerationMode.NEGATIVE, MAY_MEET | {"412"})
    assert not [status for status in found if status >= 500], found


@pytest.mark.parametrize("token", ["supervisor", "finance", "auditor"])
@pytest.mark.parametrize(
    "name", sorted(name for name in OF_CASES if name.startswith("get_") and name != "get_person_limits")
)
def test_what_is_there_is_shown_as_published(operations, things, token, name):
    operation = operations[token][name]
    path = {
        "case_id": things["settled" if name == "get_agreement" else "waiting"],
        "approval_id": things["approval"],
        "promise_id": things["promise"],
    }
    wanted = {parameter.name for parameter in operation.path_parameters}
    case = operation.Case(path_parameters={key: value for key, value in path.items() if key in wanted})
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (403 if name == "get_advice" and token != "supervisor" else 200)
