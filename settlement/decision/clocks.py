"""What is due when, by the policy's clocks and its country's working days. No clock looks at value."""

from collections.abc import Callable
from datetime import datetime

from settlement.dates import Duration, YearNotAnnounced, due_at, working_days
from settlement.decision.answer import Clock
from settlement.money import Money
from settlement.roles import Role
from settlement.rules.policy import PolicyTerms


class Deadlines:
    """Counts limits from the moment a complaint came in; remembers which years it could not count in."""

    def __init__(self, received_at: datetime, terms: PolicyTerms) -> None:
        self.received_at, self.terms = received_at, terms
        self.days = working_days(terms.calendar)
        self.unannounced: set[int] = set()
        self._ends: dict[Duration, datetime | None] = {}

    def after(self, limit: Duration) -> datetime | None:
        """When a limit from the receipt ends; None where its year is not announced yet."""
        if limit not in self._ends:
            self._ends[limit] = self._end(limit)
        return self._ends[limit]

    def _end(self, limit: Duration) -> datetime | None:
        try:
            return due_at(self.received_at, limit, self.terms.time_zone, self.days)
        except YearNotAnnounced as unknown:
            self.unannounced.add(unknown.year)
            return None


def case_clocks(
    kind: str, grade: int, terms: PolicyTerms, after: Callable[[Duration], datetime | None]
) -> tuple[Clock, ...]:
    """The clocks that start with the receipt of a case."""
    limits = {what: by_grade[grade - 1] for what, by_grade in terms.clocks[kind].items()}
    return tuple(Clock(what=what, limit=str(limit), due=after(limit)) for what, limit in limits.items())


def later_clocks(opening: Money, level: Role, terms: PolicyTerms) -> tuple[Clock, ...]:
    """Clocks that start later: with the request for approval, and with the offer of a sum."""
    approval = Clock(what=f"approval_by_{level}", limit=str(terms.approval_clocks[level]), due=None)
    stands = Clock(what="offer_stands", limit=str(terms.ladder.offer_stands), due=None)
    return ((approval,) if level is not Role.AGENT else ()) + ((stands,) if opening else ())
