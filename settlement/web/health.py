"""Is the process alive, and may it be sent work?"""

from flask import Response

from settlement.decision.answer import Part
from settlement.rules.rete import DROPS_BEFORE_UNREADY, dropped_engines
from settlement.web.operations import Operation, answer
from settlement.web.requests import read_query, service


class Health(Part):
    status: str


class Readiness(Part):
    """`problems` says why not; `latched` names editions that were switched off in this process."""

    ready: bool
    problems: tuple[str, ...]
    latched: tuple[str, ...]


def get_health() -> Response:
    read_query()
    return answer(Health(status="ok"))


def get_readiness() -> Response:
    """503 when the process should be replaced or its database is not up to date."""
    read_query()
    problems = []
    if not service().database.is_current():
        problems.append("the database is not up to date: run settlement init")
    if dropped_engines() >= DROPS_BEFORE_UNREADY:
        problems.append(f"{dropped_engines()} engines were dropped: replace this process")
    latched = tuple(sorted(service().books.latched()))
    return answer(
        Readiness(ready=not problems, problems=tuple(problems), latched=latched), 503 if problems else 200
    )


OPERATIONS = (
    Operation(
        name="get_health",
        method="GET",
        path="/healthz",
        summary="The process is alive",
        handler=get_health,
        answers={200: (Health,)},
        problems=(422,),
    ),
    Operation(
        name="get_readiness",
        method="GET",
        path="/readyz",
        summary="The process may be sent work",
        handler=get_readiness,
        answers={200: (Readiness,), 503: (Readiness,)},
        problems=(422,),
    ),
)
