"""How much time is left, as the limit counts it, and when somebody is reminded."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.cases.clocks import Calendar, pause, resume, start
from settlement.cases.due import DueItem, in_order, is_nearly_due, time_left
from settlement.dates import Duration, DurationUnit, WorkingDays, working_days

CHINA = Calendar("Asia/Shanghai", working_days("cn"))
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKING, HOURS = DurationUnit.WORKING_DAYS, DurationUnit.HOURS
MOMENTS = st.datetimes(datetime(2025, 2, 1), datetime(2026, 11, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "due", "left"),
    [
        ("2026-03-06T12:00", "2026-03-06T18:00", 6 * HOUR),
        ("2026-03-06T12:00", "2026-03-09T12:00", DAY),  # over a weekend
        ("2026-03-07T03:00", "2026-03-08T23:00", timedelta()),  # on one
        ("2026-03-09T12:00", "2026-03-06T12:00", -DAY),  # over already
        ("2026-02-14T00:00", "2026-02-15T00:00", DAY),  # a Saturday worked before the Spring Festival
        ("2026-02-15T00:00", "2026-02-24T00:00", timedelta()),  # the festival itself
    ],
)
def test_working_days_alone_use_up_a_limit_in_working_days(now, due, left):
    assert time_left(at(now), at(due), WORKING, CHINA) == left


def test_a_day_on_which_clocks_jump_is_an_hour_shorter():
    berlin = Calendar(
        "Europe/Berlin", WorkingDays(off={2026: frozenset()}, make_up={2026: frozenset({date(2026, 3, 29)})})
    )
    zone = ZoneInfo("Europe/Berlin")
    first, last = datetime(2026, 3, 29, tzinfo=zone), datetime(2026, 3, 30, tzinfo=zone)
    assert time_left(first, last, WORKING, berlin) == 23 * HOUR
    assert time_left(first, last, HOURS, berlin) == 23 * HOUR


def test_in_a_year_that_is_not_announced_every_day_counts():
    assert time_left(at("2031-01-04T00:00"), at("2031-01-06T00:00"), WORKING, CHINA) == 2 * DAY


@given(st.lists(MOMENTS, min_size=3, max_size=3))
def test_working_time_adds_up_and_is_never_more_than_the_time_itself(moments):
    first, middle, last = sorted(moments)
    whole = time_left(first, last, WORKING, CHINA)
    assert whole == time_left(first, middle, WORKING, CHINA) + time_left(middle, last, WORKING, CHINA)
    assert timedelta() <= whole <= last.astimezone(UTC) - first.astimezone(UTC)
    assert time_left(last, first, WORKING, CHINA) == -whole


THREE_QUARTERS = Fraction(3, 4)


def a_clock(limit: Duration, begin: datetime):
    return start("C-1", "what", 1, limit, begin, CHINA)


def test_a_reminder_comes_with_the_last_quarter_and_not_after_the_end():
    begin = at("2026-03-03T10:00")
    clock = a_clock(Duration(4, HOURS), begin)

    def nearly(after: timedelta) -> bool:
        return is_nearly_due(clock, begin + after, THREE_QUARTERS, CHINA)

    assert [nearly(each) for each in (2 * HOUR, 3 * HOUR - timedelta(seconds=1), 3 * HOUR, 4 * HOUR)] == [
        False, False, True, True,
    ]  # fmt: skip
    assert not nearly(4 * HOUR + timedelta(seconds=1))


def test_a_weekend_brings_no_reminder_nearer():
    clock = a_clock(Duration(4, WORKING), at("2026-03-05T00:00"))  # Thursday: due on Wednesday's last second
    assert clock.due_at == at("2026-03-11T23:59:59")
    assert not is_nearly_due(clock, at("2026-03-08T12:00"), Fraction(1, 2), CHINA)
    assert is_nearly_due(clock, at("2026-03-09T12:01"), Fraction(1, 2), CHINA)


def test_a_pause_uses_nothing_up():
    begin = at("2026-03-03T10:00")
    clock = resume(pause(a_clock(Duration(4, HOURS), begin), begin + HOUR), begin + 10 * HOUR, CHINA)
    assert not is_nearly_due(clock, begin + 11 * HOUR, THREE_QUARTERS, CHINA)
    assert is_nearly_due(clock, begin + 12 * HOUR, THREE_QUARTERS, CHINA)


def test_a_clock_that_stands_brings_no_reminder():
    begin = at("2026-03-03T10:00")
    clock = pause(a_clock(Duration(4, HOURS), begin), begin + 3 * HOUR)
    assert not is_nearly_due(clock, begin + 3 * HOUR + timedelta(minutes=30), THREE_QUARTERS, CHINA)


LEFT = st.none() | st.timedeltas(timedelta(days=-9), timedelta(days=9))


@given(st.lists(st.tuples(LEFT, MOMENTS, st.sampled_from(["a", "b"])), max_size=8))
def test_the_order_goes_by_the_time_left_alone_then_by_age(found):
    items = [
        DueItem("clock", "what", "text", case, None, "Li", None, since, None, left)
        for left, since, case in found
    ]
    ordered = in_order(items)
    assert sorted(map(id, ordered)) == sorted(map(id, items))
    known = [item.left for item in ordered if item.left is not None]
    assert known == sorted(known)
    assert [item.left is None for item in ordered] == sorted(item.left is None for item in ordered)
    assert in_order(reversed(items)) == ordered
