"""Clocks of a case: started, paused with a reason, resumed, stopped. No clock looks at value.

A pause moves the end by what was left: hours and minutes to the minute, days and working days by whole
local days, so that a pause within a day costs and gives nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from settlement.dates import Duration, DurationUnit, WorkingDays, YearNotAnnounced, due_at, local_day
from settlement.errors import Refused


class ClockStands(Refused):
    """Not possible for a clock in this state."""


@dataclass(frozen=True, slots=True)
class RunningClock:
    """One limit that runs in a case.

    due_at        None where its year is not announced
    paused_until  when it runs on by itself, however long we would wait
    pause_reason  reference of the text that says why it stands
    """

    case_id: str
    what: str
    number: int
    limit: Duration
    started_at: datetime
    due_at: datetime | None
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where days begin, and which of them are worked."""

    time_zone: str
    days: WorkingDays


def start(
    case_id: str, what: str, number: int, limit: Duration, now: datetime, calendar: Calendar
) -> RunningClock:
    """A clock that runs from now."""
    return RunningClock(case_id, what, number, limit, now, _end(now, limit, calendar))


def pause(
    clock: RunningClock, now: datetime, until: datetime | None = None, reason: str | None = None
) -> RunningClock:
    """The clock, standing, at the longest until a moment. Raises ClockStands."""
    _refuse_stopped(clock)
    if clock.paused_at is not None:
        raise ClockStands(f"the clock {clock.what} of case {clock.case_id} stands already")
    return replace(clock, paused_at=now, paused_until=until, pause_reason=reason)


def resume(clock: RunningClock, now: datetime, calendar: Calendar) -> RunningClock:
    """The clock, running on; its end moves by the pause. Raises ClockStands."""
    _refuse_stopped(clock)
    if clock.paused_at is None:
        raise ClockStands(f"the clock {clock.what} of case {clock.case_id} runs")
    due = clock.due_at and _moved(clock, clock.paused_at, runs_from(clock, now), calendar)
    return replace(clock, paused_at=None, paused_until=None, pause_reason=None, due_at=due)


def runs_from(clock: RunningClock, now: datetime) -> datetime:
    """From when a clock that stands runs on, when that is noted now."""
    return now if clock.paused_until is None else min(now, clock.paused_until)


def standing(clock: RunningClock, now: datetime, calendar: Calendar) -> RunningClock:
    """The clock as it is now: one that has stood for as long as it may runs on, recorded or not."""
    over = clock.paused_until is not None and clock.stopped_at is None and now > clock.paused_until
    return resume(clock, now, calendar) if over else clock


def dated(
    clock: RunningClock, stood: Iterable[tuple[datetime, datetime]], calendar: Calendar
) -> RunningClock:
    """The clock with the end that was not known; `stood` says from when to when it was paused before."""
    again = RunningClock(
        clock.case_id, clock.what, clock.number, clock.limit, clock.started_at,
        _end(clock.started_at, clock.limit, calendar),
    )  # fmt: skip
    for since, until in stood:
        again = resume(pause(again, since), until, calendar)
    return replace(clock, due_at=again.due_at)


def stop(clock: RunningClock, now: datetime) -> RunningClock:
    """The clock, done with. Raises ClockStands."""
    _refuse_stopped(clock)
    return replace(clock, stopped_at=now)


def relimited(clock: RunningClock, limit: Duration, calendar: Calendar) -> RunningClock:
    """The clock under another limit, from the same start; what it stood so far still counts.

    Raises ClockStands.
    """
    _refuse_stopped(clock)
    before, end = (_end(clock.started_at, each, calendar) for each in (clock.limit, limit))
    if before is not None and end is not None and clock.due_at is not None:
        end = _later(end, limit, before, clock.due_at, calendar)
    return replace(clock, limit=limit, due_at=end)


def was_kept(clock: RunningClock) -> bool | None:
    """Whether it stopped in time; None while it runs, or where no end was known.

    One that stood when it was stopped is judged by when it began to stand.
    """
    if clock.stopped_at is None or clock.due_at is None:
        return None
    return (clock.paused_at or clock.stopped_at) <= clock.due_at


def is_overdue(clock: RunningClock, now: datetime) -> bool:
    """Whether it runs and its time is over; a clock that stands is never overdue."""
    runs = clock.stopped_at is None and clock.paused_at is None
    return runs and clock.due_at is not None and now > clock.due_at


def _refuse_stopped(clock: RunningClock) -> None:
    if clock.stopped_at is not None:
        raise ClockStands(f"the clock {clock.what} of case {clock.case_id} has stopped")


def _end(start_at: datetime, limit: Duration, calendar: Calendar) -> datetime | None:
    try:
        return due_at(start_at, limit, calendar.time_zone, calendar.days)
    except YearNotAnnounced:
        return None


def _moved(clock: RunningClock, paused_at: datetime, now: datetime, calendar: Calendar) -> datetime | None:
    assert clock.due_at is not None
    if paused_at >= clock.due_at:
        return clock.due_at  # it was over before it stood: a pause mends nothing
    if clock.limit.unit in (DurationUnit.MINUTES, DurationUnit.HOURS):
        # In UTC: local clocks that jump in between must not stretch what was left.
        return clock.due_at.astimezone(UTC) + (now.astimezone(UTC) - paused_at.astimezone(UTC))
    zone = ZoneInfo(calendar.time_zone)
    stood, today = local_day(paused_at, calendar.time_zone), local_day(now, calendar.time_zone)
    last = local_day(clock.due_at, calendar.time_zone)
    try:
        if clock.limit.unit is DurationUnit.WORKING_DAYS:
            left = _working_days_between(stood, last, calendar.days)
            # The rest of a working day is not spent on a day off: a last day off moves to the next.
            day = calendar.days.after(today, max(left, 0 if calendar.days.works(today) else 1))
        else:
            day = last + (today - stood)
    except YearNotAnnounced:
        return None
    return datetime.combine(day, time(23, 59, 59), zone)


def _later(
    end: datetime, limit: Duration, before: datetime, after: datetime, calendar: Calendar
) -> datetime | None:
    """An end moved by as much as another end was."""
    if limit.unit in (DurationUnit.MINUTES, DurationUnit.HOURS):
        return end.astimezone(UTC) + (after.astimezone(UTC) - before.astimezone(UTC))
    first, last, day = (local_day(each, calendar.time_zone) for each in (before, after, end))
    try:
        if limit.unit is DurationUnit.WORKING_DAYS:
            day = calendar.days.after(day, _working_days_between(first, last, calendar.days))
        else:
            day += last - first
    except YearNotAnnounced:
        return None
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(calendar.time_zone))


def _working_days_between(first: date, last: date, days: WorkingDays) -> int:
    """Working days after the first, up to and including the last."""
    span = ((last - first).days + 1) if last > first else 0
    return sum(days.works(first + timedelta(days=n)) for n in range(1, span))
