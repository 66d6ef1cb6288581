"""The published interface holds: schemathesis sends data that fits the schema, and data that does not."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from settlement.roles import Actor, Role
from settlement.rules.library import load_books
from settlement.web import (
    approvals,
    authority,
    case_steps,
    cases,
    delegations,
    diagnosis,
    letters,
    promises,
    rounds,
)
from settlement.web.app import OPERATIONS, create_app
from settlement.web.meters import Rates
from settlement.web.openapi import openapi_document
from tests.builders import a_request, books

NAMES = sorted(
    described["operationId"]
    for path in openapi_document(OPERATIONS, books())["paths"].values()
    for described in path.values()
)
OF_CASES = {
    operation.name
    for room in (cases, diagnosis, case_steps, rounds, letters, approvals, authority, delegations, promises)
    for operation in room.OPERATIONS
}
"""Operations that need a case that stands somewhere: see test_contract_of_cases.py."""
NOTHING_TO_GET_WRONG = {"get_health", "get_readiness", "get_limits", "get_me", "get_metrics", "post_logout"}
TOKENS = {
    "supervisor": Role.SUPERVISOR,
    "finance": Role.FINANCE,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMIN,
}
NEVER_FOUND = {"get_trace", "post_login", "post_logout", "post_erasure"}
"""Made-up ids and passwords fit and are none; a token of this process cannot be ended."""

# What data that fits the schema may meet beside success. Anything else is a fault of the schema.
ENTITLEMENT = {
    "409",  # a key that came before with another body; a pack whose amount would be too large
    "422",  # 1.0 is an integer for JSON Schema and none for us; loss and price of one purchase agree
}
FITTING_MAY_MEET = {
    # Rules across fields: dates in order, days of purchase that fit the first and the last, an amount that
    # is too large together with others, a day before the first edition.
    "post_suggestion": {"409", "422"},
    "get_decision": {"404"},  # an id that was never given
    "get_trace": {"404"},
    "get_book": {"404"},  # an edition that there is not
    "post_login": {"401"},
    "post_logout": {"409"},
    "get_decisions": set[str](),
    "get_books": set[str](),
    "get_due": set[str](),
    "get_report": {"422"},  # a period that ends before it begins
    "get_sample": {"422"},
    "get_audit": set[str](),
    "verify_audit": set[str](),
    "export_audit": set[str](),
    "post_erasure": {"404", "409"},  # nobody is known by made-up ids; a key that came with another body
} | {name: ENTITLEMENT for name in NAMES if name.startswith("post_entitlement_")}
EXAMPLES = {"post_suggestion": 100}

# Days that complaints have: of the 8,000 years that a date may else be in, hardly one has rules.
schemathesis.openapi.format("date", st.dates(date(1990, 1, 1), date(2025, 12, 31)).map(str))
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 3, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.isoformat()
    ),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    file = tmp_path_factory.mktemp("contract") / "contract.sqlite3"
    actors = {name: Actor(f"The {name}", role) for name, role in TOKENS.items()}
    app = create_app(
        f"sqlite:///{file}", demo_actors=actors, books=load_books(), rates=Rates(10**6, 10**6, 10**6)
    )
    yield app
    app.extensions["settlement"].database.close()


@pytest.fixture(scope="module")
def decision(app: Flask) -> str:
    """A decision that can be fetched."""
    answer = app.test_client().post(
        "/v1/suggestions", json=a_request(), headers={"Authorization": "Bearer supervisor"}
    )
    return answer.json["decision"]


@pytest.fixture(scope="module")
def operations(app: Flask) -> dict[str, dict[str, Any]]:
    """Every operation of the published document by token and by name."""
    return {token: operations_for(app, token) for token in TOKENS}


def operations_for(app: Flask, token: str) -> dict[str, Any]:
    config = SchemathesisConfig.from_dict({"auth": {"openapi": {"bearer": {"bearer": token}}}})
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=config)
    found = (result.ok() for result in schema.get_all_operations())
    return {operation.definition.raw["operationId"]: operation for operation in found}


def check(operation: Any, mode: GenerationMode, may_meet: set[str], change: Any = None) -> Counter[int]:
    """Send data to an operation, hold every answer to the document, and count the answers by status."""
    found: Counter[int] = Counter()
    operation.schema.config.checks.positive_data_acceptance.expected_statuses = ["2xx", *sorted(may_meet)]

    @settings(
        max_examples=EXAMPLES.get(operation.definition.raw["operationId"], 25),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        if change is not None:
            change(case)
        found[case.call_and_validate().status_code] += 1

    holds()
    return found


def test_every_operation_of_the_document_is_tested(operations):
    assert sorted(operations["finance"]) == NAMES
    assert set(NAMES) == FITTING_MAY_MEET.keys() | NOTHING_TO_GET_WRONG | OF_CASES


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in OF_CASES | {"post_suggestion", "get_decision"}]
)
def test_data_that_fits_is_taken_and_answered_as_published(operations, name):
    token = {"get_metrics": "auditor", "post_erasure": "admin"}.get(name, "finance")
    found = check(operations[token][name], GenerationMode.POSITIVE, FITTING_MAY_MEET.get(name, set()))
    assert found[200] or name in NEVER_FOUND, found


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OF_CASES | NOTHING_TO_GET_WRONG])
def test_data_that_does_not_fit_is_refused_as_published(operations, name):
    token = {"post_suggestion": "supervisor", "post_erasure": "admin"}.get(name, "finance")
    found = check(operations[token][name], GenerationMode.NEGATIVE, FITTING_MAY_MEET[name])
    assert not [status for status in found if status >= 500], found


@pytest.mark.parametrize(("token", "success"), [("supervisor", 201), ("finance", 200)])
def test_complaints_that_fit_are_taken_and_answered_as_published(operations, token, success):
    """A supervisor asks; finance tries the rules of another day."""

    def ask(case: schemathesis.Case) -> None:
        case.query = {"as_of": "2026-06-01"} if token == "finance" else {}

    operation = operations[token]["post_suggestion"]
    found = check(operation, GenerationMode.POSITIVE, FITTING_MAY_MEET["post_suggestion"], ask)
    assert found[success] >= 20, found


@pytest.mark.parametrize("name", ["get_decision", "get_trace"])
@pytest.mark.parametrize("token", ["supervisor", "finance"])
def test_what_was_recorded_is_shown_as_published(operations, decision, name, token):
    operation = operations[token][name]
    case = operation.Case(path_parameters={"decision_id": decision})
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (403 if (token, name) == ("supervisor", "get_trace") else 200)
