"""Clocks over the days on which clocks go wrong: jumps of the hour, leap days, holidays, unknown years."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.cases.clocks import (
    Calendar,
    ClockStands,
    RunningClock,
    is_overdue,
    pause,
    relimited,
    resume,
    start,
    stop,
    was_kept,
)
from settlement.dates import WorkingDays, local_day, read_duration, working_days

PLAIN = WorkingDays(
    off={year: frozenset() for year in range(2024, 2030)},
    make_up={year: frozenset() for year in range(2024, 2030)},
)
BERLIN, NEW_YORK = Calendar("Europe/Berlin", PLAIN), Calendar("America/New_York", PLAIN)
CHINA = Calendar("Asia/Shanghai", working_days("cn"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def a_clock(limit: str, started: str, calendar: Calendar = CHINA) -> RunningClock:
    duration = read_duration(limit)
    assert duration is not None
    return start("C-1", "resolution", 1, duration, at(started), calendar)


def stood(clock: RunningClock, since: str, until: str, calendar: Calendar = CHINA) -> RunningClock:
    return resume(pause(clock, at(since)), at(until), calendar)


# ---------------------------------------------------------------- the hour that jumps


@pytest.mark.parametrize(
    ("calendar", "limit", "started", "due"),
    [
        # hours are hours, whatever the clock on the wall does
        (BERLIN, "24 h", "2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00"),
        (BERLIN, "24 h", "2026-10-24T12:00:00+02:00", "2026-10-25T11:00:00+01:00"),
        (NEW_YORK, "24 h", "2026-03-07T12:00:00-05:00", "2026-03-08T13:00:00-04:00"),
        (NEW_YORK, "24 h", "2026-10-31T12:00:00-04:00", "2026-11-01T11:00:00-05:00"),
        # an hour that is not there, and one that is there twice
        (BERLIN, "15 min", "2026-03-29T01:50:00+01:00", "2026-03-29T03:05:00+02:00"),
        (BERLIN, "60 min", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
        # days end with the day, however long it was
        (BERLIN, "1 d", "2026-03-28T12:00:00+01:00", "2026-03-29T23:59:59+02:00"),
        (BERLIN, "1 d", "2026-10-24T12:00:00+02:00", "2026-10-25T23:59:59+01:00"),
        (NEW_YORK, "1 d", "2026-03-07T12:00:00-05:00", "2026-03-08T23:59:59-04:00"),
        (NEW_YORK, "1 wd", "2026-10-30T12:00:00-04:00", "2026-11-02T23:59:59-05:00"),
    ],
)
def test_a_limit_over_the_jump_of_the_hour_ends_when_it_should(calendar, limit, started, due):
    end = a_clock(limit, started, calendar).due_at
    assert end is not None
    # Two zones never agree on an hour that is there twice; in UTC they do.
    assert end.astimezone(UTC) == at(due).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "limit", "started", "since", "until", "due"),
    [
        # eleven hours stood, although the wall says twelve; then thirteen, although it says twelve
        (BERLIN, "24 h", "2026-03-28T12:00:00+01:00", "2026-03-28T22:00:00+01:00",
         "2026-03-29T10:00:00+02:00", "2026-03-30T00:00:00+02:00"),
        (BERLIN, "24 h", "2026-10-24T12:00:00+02:00", "2026-10-24T22:00:00+02:00",
         "2026-10-25T10:00:00+01:00", "2026-10-26T00:00:00+01:00"),
        (BERLIN, "3 d", "2026-03-27T12:00:00+01:00", "2026-03-28T12:00:00+01:00",
         "2026-03-30T12:00:00+02:00", "2026-04-01T23:59:59+02:00"),
        (NEW_YORK, "3 wd", "2026-10-29T12:00:00-04:00", "2026-10-30T12:00:00-04:00",
         "2026-11-02T12:00:00-05:00", "2026-11-04T23:59:59-05:00"),
    ],
)  # fmt: skip
def test_a_pause_over_the_jump_gives_exactly_what_was_left(calendar, limit, started, since, until, due):
    assert stood(a_clock(limit, started, calendar), since, until, calendar).due_at == at(due)


# ---------------------------------------------------------------- leap days, ends of years


@pytest.mark.parametrize(
    ("limit", "started", "due"),
    [
        ("24 h", "2028-02-28T12:00:00+01:00", "2028-02-29T12:00:00+01:00"),
        ("1 d", "2028-02-28T12:00:00+01:00", "2028-02-29T23:59:59+01:00"),
        ("1 wd", "2028-02-29T12:00:00+01:00", "2028-03-01T23:59:59+01:00"),
        ("1 d", "2026-02-28T12:00:00+01:00", "2026-03-01T23:59:59+01:00"),
        ("24 h", "2026-12-31T20:00:00+01:00", "2027-01-01T20:00:00+01:00"),
        ("1 d", "2026-12-31T23:59:59+01:00", "2027-01-01T23:59:59+01:00"),
        ("1 wd", "2026-12-31T12:00:00+01:00", "2027-01-01T23:59:59+01:00"),
    ],
)
def test_leap_days_and_ends_of_years_are_days_like_others(limit, started, due):
    assert a_clock(limit, started, BERLIN).due_at == at(due)


def test_a_pause_over_the_leap_day_moves_the_end_by_it():
    clock = a_clock("2 d", "2028-02-27T12:00:00+01:00", BERLIN)
    moved = stood(clock, "2028-02-28T12:00:00+01:00", "2028-03-01T12:00:00+01:00", BERLIN)
    assert moved.due_at == at("2028-03-02T23:59:59+01:00")


def test_the_day_is_that_of_the_place():
    """Twenty minutes past midnight in Shanghai is still yesterday in UTC."""
    assert a_clock("1 d", "2026-03-02T16:20:00+00:00").due_at == at("2026-03-04T23:59:59+08:00")


# ---------------------------------------------------------------- Chinese New Year


@pytest.mark.parametrize(
    ("limit", "started", "due"),
    [
        # 2025: Sunday 26 January is worked, 28 January to 4 February are off, Saturday 8 February is worked
        ("3 wd", "2025-01-24T10:00:00+08:00", "2025-02-05T23:59:59+08:00"),
        ("3 wd", "2025-02-05T10:00:00+08:00", "2025-02-08T23:59:59+08:00"),
        # 2026: Saturday 14 February is worked, 15 to 23 are off, Saturday 28 is worked
        ("3 wd", "2026-02-13T10:00:00+08:00", "2026-02-25T23:59:59+08:00"),
        ("2 wd", "2026-02-26T10:00:00+08:00", "2026-02-28T23:59:59+08:00"),
        ("1 wd", "2026-02-18T10:00:00+08:00", "2026-02-24T23:59:59+08:00"),
        # other limits do not rest
        ("3 d", "2026-02-13T10:00:00+08:00", "2026-02-16T23:59:59+08:00"),
    ],
)
def test_working_days_go_round_chinese_new_year(limit, started, due):
    assert a_clock(limit, started).due_at == at(due)


@pytest.mark.parametrize(
    ("started", "since", "until", "due"),
    [
        # wholly within the holiday: nothing is lost and nothing won
        ("2026-02-13T10:00:00+08:00", "2026-02-16T10:00:00+08:00", "2026-02-20T10:00:00+08:00", "2026-02-25"),
        # from the day worked instead to the first day after: one working day
        ("2026-02-13T10:00:00+08:00", "2026-02-14T10:00:00+08:00", "2026-02-24T10:00:00+08:00", "2026-02-26"),
        ("2025-01-24T10:00:00+08:00", "2025-01-27T10:00:00+08:00", "2025-02-06T10:00:00+08:00", "2025-02-07"),
        # within one day
        ("2026-02-13T10:00:00+08:00", "2026-02-24T09:00:00+08:00", "2026-02-24T18:00:00+08:00", "2026-02-25"),
    ],
)
def test_a_pause_costs_working_days_only(started, since, until, due):
    moved = stood(a_clock("3 wd", started), since, until)
    assert moved.due_at == at(f"{due}T23:59:59+08:00")


def test_what_is_left_of_a_working_day_is_not_spent_on_a_day_off():
    """Stood on its last day, a Friday; went on on Sunday: the last day moves to Monday, as the law has it."""
    clock = a_clock("1 wd", "2026-03-05T10:00:00+08:00")
    moved = stood(clock, "2026-03-06T10:00:00+08:00", "2026-03-08T10:00:00+08:00")
    assert moved.due_at == at("2026-03-09T23:59:59+08:00")


# ---------------------------------------------------------------- a year that is not announced


def test_a_clock_that_reaches_an_unknown_year_has_no_end_and_lives_all_the_same():
    clock = a_clock("3 wd", "2026-12-30T10:00:00+08:00")
    assert clock.due_at is None
    assert not is_overdue(clock, at("2027-06-01T10:00:00+08:00"))
    again = stood(clock, "2026-12-31T10:00:00+08:00", "2027-01-05T10:00:00+08:00")
    assert (again.due_at, again.paused_at) == (None, None)
    assert was_kept(stop(again, at("2027-01-06T10:00:00+08:00"))) is None


def test_a_pause_into_an_unknown_year_loses_the_end_and_nothing_else():
    clock = a_clock("3 wd", "2026-12-25T10:00:00+08:00")
    assert clock.due_at == at("2026-12-30T23:59:59+08:00")
    moved = stood(clock, "2026-12-28T10:00:00+08:00", "2027-01-04T10:00:00+08:00")
    assert moved.due_at is None
    assert moved.started_at == clock.started_at


# ---------------------------------------------------------------- moves


def test_a_clock_stands_once_goes_on_once_and_stops_once():
    clock = a_clock("24 h", "2026-03-03T10:00:00+08:00")
    standing = pause(clock, at("2026-03-03T11:00:00+08:00"))
    with pytest.raises(ClockStands, match="stands already"):
        pause(standing, at("2026-03-03T12:00:00+08:00"))
    with pytest.raises(ClockStands, match="runs"):
        resume(clock, at("2026-03-03T12:00:00+08:00"), CHINA)
    stopped = stop(clock, at("2026-03-03T12:00:00+08:00"))
    for move in (
        lambda: pause(stopped, at("2026-03-03T13:00:00+08:00")),
        lambda: resume(stopped, at("2026-03-03T13:00:00+08:00"), CHINA),
        lambda: stop(stopped, at("2026-03-03T13:00:00+08:00")),
        lambda: relimited(stopped, clock.limit, CHINA),
    ):
        with pytest.raises(ClockStands, match="has stopped"):
            move()


def test_a_clock_that_stands_is_never_overdue():
    standing = pause(a_clock("24 h", "2026-03-03T10:00:00+08:00"), at("2026-03-03T11:00:00+08:00"))
    assert not is_overdue(standing, at("2026-04-03T10:00:00+08:00"))


def test_a_clock_that_stands_when_it_stops_is_judged_by_when_it_stood():
    clock = a_clock("24 h", "2026-03-03T10:00:00+08:00")
    in_time = pause(clock, at("2026-03-03T11:00:00+08:00"))
    too_late = pause(clock, at("2026-03-04T10:00:01+08:00"))
    assert was_kept(stop(in_time, at("2026-03-09T10:00:00+08:00"))) is True
    assert was_kept(stop(too_late, at("2026-03-09T10:00:00+08:00"))) is False


def test_a_pause_after_the_end_mends_nothing():
    clock = a_clock("24 h", "2026-03-03T10:00:00+08:00")
    moved = stood(clock, "2026-03-04T10:00:01+08:00", "2026-03-09T10:00:00+08:00")
    assert moved.due_at == clock.due_at
    assert is_overdue(moved, at("2026-03-09T10:00:00+08:00"))


def test_the_end_itself_is_in_time_and_a_second_later_is_not():
    clock = a_clock("24 h", "2026-03-03T10:00:00+08:00")
    assert clock.due_at is not None
    assert was_kept(stop(clock, clock.due_at)) is True
    assert was_kept(stop(clock, clock.due_at + timedelta(seconds=1))) is False
    assert not is_overdue(clock, clock.due_at)


@pytest.mark.parametrize(
    ("limit", "other", "due"),
    [
        ("24 h", "48 h", "2026-03-06T10:00:00+08:00"),  # 48 hours, and the 24 that it stood
        ("3 wd", "7 wd", "2026-03-13T23:59:59+08:00"),  # the tenth day after, less a weekend, and one day
        ("7 wd", "3 wd", "2026-03-09T23:59:59+08:00"),
        ("3 d", "5 d", "2026-03-09T23:59:59+08:00"),
        ("24 h", "1 d", "2026-03-05T23:59:59+08:00"),
    ],
)
def test_another_limit_counts_from_the_same_start_and_keeps_the_pauses(limit, other, due):
    clock = stood(
        a_clock(limit, "2026-03-03T10:00:00+08:00"), "2026-03-03T12:00:00+08:00", "2026-03-04T12:00:00+08:00"
    )
    new = read_duration(other)
    assert new is not None
    assert relimited(clock, new, CHINA).due_at == at(due)


def test_a_clock_that_stands_gets_its_new_limit_and_goes_on_standing():
    new = read_duration("7 wd")
    assert new is not None
    standing = pause(a_clock("3 wd", "2026-03-03T10:00:00+08:00"), at("2026-03-04T10:00:00+08:00"))
    moved = relimited(standing, new, CHINA)
    assert (moved.paused_at, moved.limit) == (standing.paused_at, new)
    assert moved.due_at == at("2026-03-12T23:59:59+08:00")


# ---------------------------------------------------------------- laws

moments = st.timedeltas(timedelta(0), timedelta(days=270)).map(lambda each: at("2026-01-01T00:00Z") + each)
limits = st.builds("{} {}".format, st.integers(1, 10), st.sampled_from(["min", "h", "d", "wd"]))
lengths = st.timedeltas(timedelta(0), timedelta(days=40))
calendars = st.sampled_from([CHINA, BERLIN, NEW_YORK])


def _paused_later(clock: RunningClock, after: timedelta) -> RunningClock:
    return pause(clock, clock.started_at + after)


@given(calendars, limits, moments, lengths)
def test_a_pause_of_no_time_changes_nothing(calendar, limit, started, after):
    clock = a_clock(limit, started.isoformat(), calendar)
    standing = _paused_later(clock, after)
    assert resume(standing, clock.started_at + after, calendar) == clock


@given(calendars, limits, moments, lengths, lengths)
def test_a_pause_never_brings_the_end_nearer(calendar, limit, started, after, length):
    clock = a_clock(limit, started.isoformat(), calendar)
    moved = resume(_paused_later(clock, after), started + after + length, calendar)
    assert clock.due_at is not None
    assert moved.due_at is not None
    assert moved.due_at >= clock.due_at
    if started + after < clock.due_at:
        assert moved.due_at >= started + after + length, "it was not over when it stood"


@given(calendars, st.integers(1, 10), moments, lengths, lengths)
def test_as_many_working_days_are_left_after_a_pause_as_before(calendar, count, started, after, length):
    clock = a_clock(f"{count} wd", started.isoformat(), calendar)
    assert clock.due_at is not None
    if started + after >= clock.due_at:
        return
    moved = resume(_paused_later(clock, after), started + after + length, calendar)
    before = _left(calendar, started + after, clock.due_at)
    assert moved.due_at is not None
    assert calendar.days.works(local_day(moved.due_at, calendar.time_zone)) or length == timedelta(0)
    left = _left(calendar, started + after + length, moved.due_at)
    today = local_day(started + after + length, calendar.time_zone)
    assert left == before or (before == 0 and left == 1 and not calendar.days.works(today))


def _left(calendar: Calendar, since: datetime, until: datetime) -> int:
    """Working days after one moment's day, up to another's, counted day by day."""
    day, last, count = local_day(since, calendar.time_zone), local_day(until, calendar.time_zone), 0
    while day < last:
        day += timedelta(days=1)
        count += calendar.days.works(day)
    return count


@given(calendars, st.integers(1, 10), st.integers(1, 10), moments)
def test_a_limit_and_back_again_is_the_clock_as_it_was(calendar, count, other, started):
    clock = a_clock(f"{count} wd", started.isoformat(), calendar)
    there = relimited(clock, a_clock(f"{other} wd", started.isoformat()).limit, calendar)
    assert relimited(there, clock.limit, calendar) == clock


def test_the_calendar_of_china_is_the_one_that_the_tests_mean():
    works = CHINA.days.works
    assert works(date(2026, 2, 14))
    assert works(date(2025, 1, 26))
    assert not works(date(2026, 2, 23))
    assert not works(date(2025, 2, 4))
