"""What is due, the least time left first. Nothing here knows a customer or a sum."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from settlement.cases.clocks import Calendar, RunningClock
from settlement.dates import Duration, DurationUnit, YearNotAnnounced, due_at, local_day
from settlement.roles import Role


@dataclass(frozen=True, slots=True)
class DueItem:
    """One thing that somebody waits for.

    kind    clock, approval, promise, hand_over, visit or review
    text    what it is, in the reader's language
    id      of the approval or the promise; None where the case and `what` say it
    whose   the person who is to act; None where anybody of `level` may
    level   who must decide at least; for a promise, who does it
    due_at  None where no end is known, or while the clock stands
    left    time left as the limit counts it, negative when it is over; where its year is not announced,
            the least that it can be
    working_days  the limit counts them only, and so does `left`
    stands        it was paused: since when, until when at the longest, and why (None once erased)
    not_announced its end waits for the working days of a year that is not announced yet
    """

    kind: str
    what: str
    text: str
    case_id: str
    id: str | None
    whose: str | None
    level: Role | None
    since: datetime
    due_at: datetime | None
    left: timedelta | None
    stands: bool = False
    working_days: bool = False
    stands_since: datetime | None = None
    stands_until: datetime | None = None
    reason: str | None = None
    not_announced: bool = False


def in_order(items: Iterable[DueItem]) -> list[DueItem]:
    """The least time left first; what has no end comes last, the oldest first."""
    return sorted(
        items,
        key=lambda item: (
            timedelta.max if item.left is None else item.left,
            item.since,
            item.case_id,
            item.kind,
            item.what,
            item.id or "",
        ),
    )


def time_left(now: datetime, due: datetime, unit: DurationUnit, calendar: Calendar) -> timedelta:
    """The time from now to an end, negative when it is over; for working days only theirs counts.

    In a year that is not announced every day counts: too early is better than too late.
    """
    if unit is not DurationUnit.WORKING_DAYS:
        return due.astimezone(UTC) - now.astimezone(UTC)
    if due < now:
        return -_working_time(due, now, calendar)
    return _working_time(now, due, calendar)


def earliest_end(start: datetime, limit: Duration, calendar: Calendar) -> datetime:
    """When a limit ends at the earliest: in a year that is not announced every day counts."""
    if limit.unit is not DurationUnit.WORKING_DAYS:
        return due_at(start, limit, calendar.time_zone, calendar.days)
    day, count = local_day(start, calendar.time_zone), limit.count
    while count > 0:
        day += timedelta(days=1)
        count -= _works(day, calendar)
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(calendar.time_zone))


def is_nearly_due(clock: RunningClock, now: datetime, share: Fraction, calendar: Calendar) -> bool:
    """Whether a clock that runs has used that share of its limit, and is not over yet."""
    if clock.due_at is None or clock.stopped_at or clock.paused_at or now > clock.due_at:
        return False
    unit = clock.limit.unit
    try:
        end = due_at(clock.started_at, clock.limit, calendar.time_zone, calendar.days)
    except YearNotAnnounced:
        end = clock.due_at
    whole = time_left(clock.started_at, end, unit, calendar)
    left = time_left(now, clock.due_at, unit, calendar)
    # Against the limit itself, not the span since the start: a pause uses nothing up.
    return _exact(left) <= _exact(whole) * (1 - share)


def _working_time(first: datetime, last: datetime, calendar: Calendar) -> timedelta:
    zone, total = ZoneInfo(calendar.time_zone), timedelta()
    day = local_day(first, calendar.time_zone)
    while day <= local_day(last, calendar.time_zone):
        if _works(day, calendar):
            begin = datetime.combine(day, time(), zone).astimezone(UTC)
            end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
            total += max(min(end, last.astimezone(UTC)) - max(begin, first.astimezone(UTC)), timedelta())
        day += timedelta(days=1)
    return total


def _works(day: date, calendar: Calendar) -> bool:
    try:
        return calendar.days.works(day)
    except YearNotAnnounced:
        return True


def _exact(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
