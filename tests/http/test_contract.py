"""The published interface holds: schemathesis sends data that fits the schema, and data that does not."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from settlement.roles import Actor, Role
from settlement.rules.library import load_books
from settlement.web.app import OPERATIONS, create_app

EXAMPLES = 40
NOTHING_TO_GET_WRONG = {"get_health", "get_readiness", "get_limits"}

# Rules across fields (dates in order, what a purchase history can be) cannot be said in JSON Schema, so
# data that fits the schema may still meet a 422 that names the fault.
FITTING_MAY_MEET = ["2xx", "401", "403", "404", "409", "422"]


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Every operation of the published document, by its name."""
    file = tmp_path_factory.mktemp("contract") / "contract.sqlite3"
    app = create_app(
        f"sqlite:///{file}", demo_actors={"director": Actor("Director", Role.DIRECTOR)}, books=load_books()
    )
    config = SchemathesisConfig.from_dict({"auth": {"openapi": {"bearer": {"bearer": "director"}}}})
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=config)
    schema.config.checks.positive_data_acceptance.expected_statuses = FITTING_MAY_MEET
    found = (result.ok() for result in schema.get_all_operations())
    yield {operation.definition.raw["operationId"]: operation for operation in found}
    app.extensions["settlement"].database.close()


SENT = [(operation.name, mode) for operation in OPERATIONS for mode in GenerationMode]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name, mode in SENT
        if mode is GenerationMode.POSITIVE or name not in NOTHING_TO_GET_WRONG
    ],
)
def test_every_operation_keeps_the_published_contract(operations, name, mode):
    operation = operations[name]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate()

    holds()
