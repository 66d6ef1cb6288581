"""Rows for reports, of the cases that came in within some time."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, select, true

from settlement.cases.approvals import Approval
from settlement.cases.clocks import RunningClock
from settlement.cases.lifecycle import Event
from settlement.cases.promises import Promise
from settlement.decision.approval import Granted
from settlement.money import Money
from settlement.store.approvals import approval_from
from settlement.store.cases import event_from
from settlement.store.clocks import clock_from
from settlement.store.promises import promise_from
from settlement.store.tables import approvals, case_events, cases, clocks, commitments, decisions, promises


@dataclass(frozen=True, slots=True)
class Span:
    """Which cases: received at or after `first` and before `end`; without them all."""

    first: datetime | None = None
    end: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        bounds = [cases.c.received_at >= self.first] if self.first else []
        bounds += [cases.c.received_at < self.end] if self.end else []
        return and_(true(), *bounds)


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """The row of a case, as far as reports ask."""

    id: str
    kind: str
    state: str
    problem: str
    cause: str
    policy: str
    owner: str
    received_at: datetime
    grade: int | None
    closed_at: datetime | None


def standing_cases(tx: Connection, span: Span) -> list[CaseStanding]:
    """Cases in the order of opening."""
    columns = [cases.c[name] for name in CaseStanding.__dataclass_fields__]
    query = select(*columns).where(span.condition()).order_by(cases.c.number)
    return [CaseStanding(**row) for row in tx.execute(query).mappings()]


def events_by_case(tx: Connection, span: Span, names: Iterable[str]) -> Iterator[tuple[str, Event]]:
    """Events of some names, case by case in their order."""
    query = _of_cases(select(case_events), case_events, span)
    query = query.where(case_events.c.event.in_(sorted(names)))
    query = query.order_by(case_events.c.case_id, case_events.c.position)
    yield from ((row["case_id"], event_from(row)) for row in tx.execute(query).mappings())


def all_commitments(tx: Connection, span: Span) -> dict[tuple[str, int], Granted]:
    """What each talk has committed us to."""
    rows = tx.execute(_of_cases(select(commitments), commitments, span)).mappings()
    return {
        (row["case_id"], row["talk"]): Granted(
            Money(row["owed"], row["currency"]), Money(row["goodwill"], row["currency"])
        )
        for row in rows
    }


def all_promises(tx: Connection, span: Span) -> list[Promise]:
    """Every promise, oldest first."""
    query = _of_cases(select(promises), promises, span).order_by(promises.c.number)
    return [promise_from(row) for row in tx.execute(query).mappings()]


def all_approvals(tx: Connection, span: Span) -> list[Approval]:
    """Every approval, oldest first."""
    query = _of_cases(select(approvals), approvals, span).order_by(approvals.c.number)
    return [approval_from(row) for row in tx.execute(query).mappings()]


def all_clocks(tx: Connection, span: Span) -> list[RunningClock]:
    """Every clock that was ever started."""
    query = _of_cases(select(clocks), clocks, span).order_by(clocks.c.case_id, clocks.c.what, clocks.c.number)
    return [clock_from(row) for row in tx.execute(query).mappings()]


def outputs_of_decisions(tx: Connection, ids: Iterable[str]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Of each decision its id, what it said and what it was asked, as data."""
    wanted = list(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        some = decisions.c.id.in_(wanted[start : start + _AT_ONCE])
        query = select(decisions.c.id, decisions.c.output, decisions.c.request).where(some)
        for row in tx.execute(query.order_by(decisions.c.position)):
            yield row.id, json.loads(row.output), json.loads(row.request)


_AT_ONCE = 500


def _of_cases(query: Select[Any], table: Table, span: Span) -> Select[Any]:
    return query.where(table.c.case_id.in_(select(cases.c.id).where(span.condition())))
