"""Reports: which rows are read for each, and the sample of cases that somebody looks at again."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from settlement.cases import lifecycle
from settlement.cases.clocks import Calendar
from settlement.cases.clocks import standing as clock_standing
from settlement.cases.fairness import Opening, report_haggle, report_spread
from settlement.cases.promises import Promise
from settlement.cases.reports import (
    Override,
    report_approvals,
    report_cases,
    report_causes,
    report_clocks,
    report_money,
    report_overrides,
)
from settlement.cases.tallies import Row
from settlement.cases.told import TELLING, CaseTold, tell
from settlement.dates import local_day
from settlement.decision.offers import offer_at
from settlement.desk.clocks import calendar_of
from settlement.desk.sitting import Sitting
from settlement.desk.suggestions import policy_received
from settlement.desk.talk_table import read_table
from settlement.errors import BadInput, Fault
from settlement.money import Money
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import Authority, State
from settlement.roles import Role
from settlement.rules.book import Edition
from settlement.rules.case_terms import GrantTerms
from settlement.store import reports as store
from settlement.store.cases import find_history
from settlement.store.reports import CaseStanding, Span


@dataclass(frozen=True, slots=True)
class Period:
    """Cases received from one day to another, both counted, in the time zone of their policy; else all."""

    first: date | None = None
    last: date | None = None

    def check(self) -> None:
        """Raises BadInput where it ends before it begins."""
        if self.first and self.last and self.last < self.first:
            raise BadInput([Fault("query to", f"is before {self.first}", "give a day not before `from`")])

    def span(self) -> Span:
        """The moments that any time zone's days may reach to."""
        day = timedelta(days=1)
        return Span(
            first=None if self.first is None else datetime.combine(self.first - day, time(), UTC),
            end=None if self.last is None else datetime.combine(self.last + 2 * day, time(), UTC),
        )

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def report(sitting: Sitting, name: str, period: Period) -> list[Row]:
    """The rows of one of `COLUMNS` over the cases of a period. Raises BadInput for a wrong one."""
    period.check()
    return _REPORTS[name](_Source(sitting, period))


class _Source:
    """The records of the cases of a period, each kind read when it is first asked for."""

    def __init__(self, sitting: Sitting, period: Period) -> None:
        self.sitting, self.tx, self.span = sitting, sitting.tx, period.span()
        standing = store.standing_cases(self.tx, self.span)
        editions = {case.id: self._edition(case) for case in standing}
        self.standing = {case.id: case for case in standing if period.holds(_day(case, editions[case.id]))}
        self.editions = editions

    def _edition(self, case: CaseStanding) -> Edition:
        return policy_received(self.sitting.books, case.policy, case.received_at)

    def told(self) -> list[CaseTold]:
        """The cases with what their events say."""
        begun = {case.id: _begun(case, self.editions[case.id]) for case in self.standing.values()}
        events = store.events_by_case(self.tx, self.span, TELLING)
        for case_id, group in groupby(events, key=lambda pair: pair[0]):
            if case_id in begun:
                begun[case_id] = tell(begun[case_id], (event for _, event in group))
        return list(begun.values())

    def promises(self) -> list[Promise]:
        return [each for each in store.all_promises(self.tx, self.span) if each.case_id in self.standing]

    def calendar(self, case_id: str) -> Calendar:
        """Which days are worked, by the policy of a case."""
        terms = self.editions[case_id].terms
        assert terms is not None, "a policy has terms"
        return calendar_of(terms)

    def grant_terms(self) -> dict[str, GrantTerms]:
        """What each policy says of grants, as it stood for the newest of its cases."""
        found = {}
        for case in self.standing.values():
            terms = self.editions[case.id].terms
            assert terms is not None, "a policy has terms"
            found[case.policy] = terms.life.grants
        return found


def _day(case: CaseStanding, edition: Edition) -> date:
    assert edition.terms is not None, "a policy has terms"
    return local_day(case.received_at, edition.terms.time_zone)


def _begun(case: CaseStanding, edition: Edition) -> CaseTold:
    return CaseTold(
        id=case.id,
        kind=case.kind,
        state=case.state,
        problem=case.problem,
        cause=case.cause,
        policy=case.policy,
        currency=edition.currency or "",
        owner=case.owner,
        received_at=case.received_at,
        grade=case.grade,
        closed_at=case.closed_at,
    )


# ---------------------------------------------------------------- what each reads


def _money(source: _Source) -> list[Row]:
    by_talk = _grouped(source.promises(), lambda promise: (promise.case_id, promise.talk))
    return report_money(source.told(), store.all_commitments(source.tx, source.span), by_talk)


def _approvals(source: _Source) -> list[Row]:
    found = [
        (source.standing[each.case_id].policy, each)
        for each in store.all_approvals(source.tx, source.span)
        if each.case_id in source.standing
    ]
    return report_approvals(found, source.grant_terms())


def _overrides(source: _Source) -> list[Row]:
    told = source.told()
    found = [each for case in told if case.overrides_by for each in _overrides_of(source.sitting, case.id)]
    return report_overrides(told, found)


def _overrides_of(sitting: Sitting, case_id: str) -> Iterable[Override]:
    """The overrides of a case, each in the talks as they stood then."""
    history = find_history(sitting.tx, case_id)
    for number, event in enumerate(history):
        if event.name != "overridden":
            continue
        table = read_table(sitting, lifecycle.fold(case_id, history[:number]))
        talk = fold(table.decided, Authority(Role.AGENT), table.history)
        put = Money.of(**event.body["amount"])
        due = talk.table.amount if talk.state is State.OPEN and talk.table else talk.due
        rows = offer_at(talk.decided, talk.rung, put, talk.wishes).approval.reasons
        yield Override(event.actor.name, str(talk.rung), rows, advised=due, put=put)


def _causes(source: _Source) -> list[Row]:
    by_case = _grouped(source.promises(), lambda promise: promise.case_id)
    return report_causes(source.told(), by_case, source.sitting.now)


def _spread(source: _Source) -> list[Row]:
    begun = {talk.decision: case.id for case in source.told() for talk in case.talks if talk.decision}
    return report_spread(
        _opening(output, request, source.editions[begun[decision]])
        for decision, output, request in store.outputs_of_decisions(source.tx, begun)
        if output["range"] is not None
    )


def _opening(output: Mapping[str, Any], request: Mapping[str, Any], edition: Edition) -> Opening:
    assert edition.terms is not None, "a policy has terms"
    base = Money.of(**output["range"]["base"])
    return Opening(
        harm=request["complaint"]["harm"],
        grade=output["severity"]["grade"],
        liability=output["liability"],
        band=output["value_band"],
        base=base,
        opening=Money.of(**output["range"]["opening"]),
        is_small=base < edition.terms.balance.small_room,
    )


def _clocks(source: _Source) -> list[Row]:
    now = source.sitting.now
    found = [
        clock_standing(each, now, source.calendar(each.case_id))
        for each in store.all_clocks(source.tx, source.span)
        if each.case_id in source.standing
    ]
    return report_clocks(found, now)


_REPORTS: Mapping[str, Callable[[_Source], list[Row]]] = {
    "cases": lambda source: report_cases(source.told()),
    "money": _money,
    "approvals": _approvals,
    "overrides": _overrides,
    "causes": _causes,
    "haggle": lambda source: report_haggle(source.told()),
    "spread": _spread,
    "clocks": _clocks,
}


_COLUMNS = {
    "cases": "kind problem cause cases closed reopened told median_min_to_told visited reached rated "
    "mean_rating solved solved_unknown",
    "money": "problem cause currency talks asked_talks asked asked_unknown offered_talks offered "
    "agreed_talks agreed owed_talks owed kept_talks kept waiting",
    "approvals": "approver policy requests decided unchanged amended declined sent_back follow_rate "
    "median_s waiting bypassed void alarm",
    "overrides": "person rung rows currency offers overrides above below advised put",
    "causes": "problem cause category cases prevention promised kept replaced open broken first_open_due "
    "again",
    "haggle": "grade currency bargained bargained_first bargained_agreed bargained_over_first accepted "
    "accepted_first accepted_agreed accepted_over_first gap without_money",
    "spread": "small harm grade liability band currency openings base offered mean_offer over_base ratio",
    "clocks": "what started kept late kept_share running overdue no_end",
}
COLUMNS: Mapping[str, tuple[str, ...]] = {name: tuple(names.split()) for name, names in _COLUMNS.items()}
"""The reports, and what stands in each line. Published names: add, never rename."""


def _grouped(promises: Iterable[Promise], key: Callable[[Promise], Any]) -> dict[Any, list[Promise]]:
    found: dict[Any, list[Promise]] = {}
    for each in promises:
        found.setdefault(key(each), []).append(each)
    return found


# ---------------------------------------------------------------- looking again


def sample(sitting: Sitting, seed: str, count: int, period: Period) -> list[CaseStanding]:
    """Closed cases for somebody to look at again: the same seed draws the same, and nobody can steer it.

    Ids are put in order by their hash with the seed. Raises BadInput.
    """
    period.check()
    closed = [case for case in _Source(sitting, period).standing.values() if case.closed_at is not None]
    return sorted(closed, key=lambda case: hashlib.sha256(f"{seed} {case.id}".encode()).hexdigest())[:count]
