"""A case over HTTP in tests: each step reads the case's ETag first, as a careful client does."""

from typing import Any

from werkzeug.test import TestResponse

from tests.builders import a_request


def version_of(call: Any, case: str, by: str = "supervisor") -> str:
    """The ETag of a case."""
    return call("GET", f"/v1/cases/{case}", by=by).headers["ETag"]


def post(
    call: Any, case: str, step: str, body: Any = None, by: str = "agent", key: str | None = None
) -> TestResponse:
    """One step with a case as it stands."""
    return call(
        "POST",
        f"/v1/cases/{case}/{step}",
        by=by,
        key=key,
        headers={"If-Match": version_of(call, case)},
        **({} if body is None else {"json": body}),
    )


def done(answer: TestResponse) -> Any:
    """What was answered to a step that was taken."""
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)
    return answer.json


def a_matter(**said: Any) -> dict[str, Any]:
    """A complaint with a proven loss of 199.00."""
    return a_request(**{"verified": "199.00"} | said)


def open_case(call: Any, by: str = "agent", said: str | None = None, **facts: Any) -> str:
    """A case that was opened; its id."""
    matter = a_matter(**facts)
    return done(call("POST", "/v1/cases", by=by, json={"complaint": matter, "said": said}))["case"]


def a_suggested_case(call: Any, by: str = "agent", **facts: Any) -> str:
    """A case that was opened, diagnosed and got its suggestion; its id."""
    case = open_case(call, by, **facts)
    done(post(call, case, "diagnosis", {"complaint": a_matter(**facts), "found": "it rattles"}, by))
    done(post(call, case, "suggestion", by=by))
    return case


def talk(call: Any, case: str, *events: Any, by: str = "agent") -> Any:
    """The advice after some rounds; each is the name of an event, or its body."""
    advice = None
    for event in events:
        body = {"event": event} if isinstance(event, str) else event
        advice = done(post(call, case, "rounds", body, by))
    return advice
