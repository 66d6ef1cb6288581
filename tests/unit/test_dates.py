"""Calendar arithmetic, durations, working days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from settlement.dates import (
    Duration,
    DurationUnit,
    YearNotAnnounced,
    add_months,
    due_at,
    local_day,
    read_duration,
    whole_months,
    working_days,
)

CHINA, ZONE = working_days("cn"), "Asia/Shanghai"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [("2024-01-31", 1, "2024-02-29"), ("2023-01-31", 1, "2023-02-28"), ("2024-02-29", 12, "2025-02-28"),
     ("2024-03-31", -1, "2024-02-29"), ("2024-12-15", 1, "2025-01-15"), ("2024-01-15", -13, "2022-12-15")],
)  # fmt: skip
def test_months_end_on_the_last_day_where_the_day_is_missing(day, months, found):
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(found)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [("2024-01-31", "2024-02-29", 1), ("2024-01-31", "2024-02-28", 0), ("2024-01-15", "2024-01-14", -1),
     ("2024-01-15", "2025-01-15", 12)],
)  # fmt: skip
def test_whole_months_are_those_that_have_passed(first, last, months):
    assert whole_months(date.fromisoformat(first), date.fromisoformat(last)) == months


@pytest.mark.parametrize("text", ["15 min", "24 h", "14 d", "3 wd", "0 d"])
def test_a_duration_reads_back_as_it_is_written(text):
    assert str(read_duration(text)) == text


@pytest.mark.parametrize("text", ["3", "3 days", "3wd", "-3 d", "03 d", "1.5 h", "", "3 WD", "٣ d"])
def test_what_is_no_duration_is_none(text):
    assert read_duration(text) is None


@pytest.mark.parametrize("year", [2025, 2026])
def test_china_works_248_days_a_year(year):
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    assert sum(CHINA.works(day) for day in days) == 248


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-02-14", True), ("2026-02-15", False), ("2026-02-23", False), ("2026-02-24", True),
     ("2026-10-10", True), ("2026-10-11", False), ("2025-01-26", True), ("2025-10-08", False)],
)  # fmt: skip
def test_holidays_and_days_worked_for_them_are_known(day, works):
    assert CHINA.works(date.fromisoformat(day)) is works


def test_a_year_that_is_not_announced_is_an_error_and_never_a_guess():
    with pytest.raises(YearNotAnnounced) as unknown:
        CHINA.after(date(2026, 12, 31), 1)
    assert unknown.value.year == 2027
    with pytest.raises(KeyError):
        working_days("nowhere")


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [("2026-03-03T10:15:00+08:00", "15 min", "2026-03-03T10:30:00+08:00"),
     ("2026-03-03T10:15:00+08:00", "24 h", "2026-03-04T10:15:00+08:00"),
     ("2026-03-03T10:15:00+08:00", "3 wd", "2026-03-06T23:59:59+08:00"),
     ("2026-02-13T10:15:00+08:00", "1 wd", "2026-02-14T23:59:59+08:00"),
     ("2026-02-14T10:15:00+08:00", "1 wd", "2026-02-24T23:59:59+08:00"),
     ("2026-03-02T17:00:00Z", "1 d", "2026-03-04T23:59:59+08:00")],
)  # fmt: skip
def test_a_limit_ends_where_it_should(start, limit, due):
    assert due_at(at(start), read_duration(limit), ZONE, CHINA) == at(due)


def test_the_local_day_is_that_of_the_zone():
    assert local_day(datetime(2026, 3, 2, 16, tzinfo=UTC), ZONE) == date(2026, 3, 3)


def test_durations_of_different_units_can_be_compared_roughly():
    assert (
        Duration(5, DurationUnit.WORKING_DAYS).rough_minutes == Duration(7, DurationUnit.DAYS).rough_minutes
    )
    assert Duration(60, DurationUnit.MINUTES).rough_minutes == Duration(1, DurationUnit.HOURS).rough_minutes
