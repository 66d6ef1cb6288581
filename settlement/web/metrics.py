"""/metrics: what this process answered, for Prometheus to fetch."""

from collections.abc import Iterator

from flask import Response, request

from settlement.rules.rete import dropped_engines
from settlement.store.decisions import count_decisions
from settlement.web.operations import Operation
from settlement.web.requests import Caller, read_query, service

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def count_answer(response: Response) -> Response:
    """Count an answer by its route and status."""
    service().counts.add(request.endpoint or "none", response.status_code)
    return response


def get_metrics(caller: Caller) -> Response:
    """The counts as Prometheus reads them."""
    read_query()
    with service().database.reading() as tx:
        decisions = count_decisions(tx)
    return Response("".join(f"{line}\n" for line in _lines(decisions)), content_type=MEDIA_TYPE)


def _lines(decisions: int) -> Iterator[str]:
    yield from _about("settlement_answers_total", "counter", "Answers of this process by route and status.")
    for (route, status), count in service().counts.items():
        yield f'settlement_answers_total{{route="{route}",status="{status}"}} {count}'
    yield from _about("settlement_decisions", "gauge", "Decisions recorded in the database.")
    yield f"settlement_decisions {decisions}"
    yield from _about("settlement_dropped_engines", "gauge", "Rules engines that this process dropped.")
    yield f"settlement_dropped_engines {dropped_engines()}"
    yield from _about("settlement_latched_editions", "gauge", "Editions switched off in this process.")
    yield f"settlement_latched_editions {len(service().books.latched())}"


def _about(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"


OPERATIONS = (
    Operation(
        name="get_metrics",
        method="GET",
        path="/metrics",
        summary="Counts of answers, decisions and engines, as Prometheus reads them",
        handler=get_metrics,
        answers={200: "text/plain"},
        problems=(401, 403, 422),
    ),
)
