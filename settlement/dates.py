"""Calendar arithmetic, durations as policies write them, and announced working days."""

import calendar
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` on, or that month's last day."""
    month_index = day.year * 12 + day.month - 1 + months
    year, month = divmod(month_index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def whole_months(first: date, last: date) -> int:
    """The largest n with add_months(first, n) on or before `last`."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1


class DurationUnit(StrEnum):
    """The units in which a policy states a time limit."""

    MINUTES = "min"
    HOURS = "h"
    DAYS = "d"
    WORKING_DAYS = "wd"


@dataclass(frozen=True, slots=True)
class Duration:
    """A time limit as written in a policy, such as "3 wd"."""

    count: int
    unit: DurationUnit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    @property
    def rough_minutes(self) -> int:
        """For comparing durations of different units; five working days make a week."""
        return self.count * _ROUGH_MINUTES[self.unit]


_ROUGH_MINUTES = {
    DurationUnit.MINUTES: 1,
    DurationUnit.HOURS: 60,
    DurationUnit.DAYS: 24 * 60,
    DurationUnit.WORKING_DAYS: 7 * 24 * 60 // 5,
}


_WRITTEN_DURATION = re.compile(r"([1-9][0-9]{0,4}|0) (min|h|d|wd)", re.ASCII)


def read_duration(text: str) -> Duration | None:
    """Read "15 min", "24 h", "14 d" or "3 wd"; None where the text is none of these."""
    match = _WRITTEN_DURATION.fullmatch(text)
    return Duration(int(match.group(1)), DurationUnit(match.group(2))) if match else None


class YearNotAnnounced(Exception):
    """The working days of a year are not announced yet."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"the working days of {year} are not announced yet")


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Working days of one country, announced year by year.

    off       days off, by announced year
    make_up   days worked although they fall on a weekend, by announced year
    """

    off: Mapping[int, frozenset[date]]
    make_up: Mapping[int, frozenset[date]]

    def works(self, day: date) -> bool:
        """Whether `day` is a working day. Raises YearNotAnnounced."""
        if day.year not in self.off:
            raise YearNotAnnounced(day.year)
        return day in self.make_up[day.year] or (day.weekday() < 5 and day not in self.off[day.year])

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted. Raises YearNotAnnounced."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.works(day)
        return day


CALENDARS = Path(__file__).parent / "calendars"


@cache
def working_days(calendar_name: str) -> WorkingDays:
    """The announced working days of a country. Raises KeyError for a calendar that we do not have."""
    path = CALENDARS / f"{calendar_name}.toml"
    if not path.is_file():
        raise KeyError(calendar_name)
    years = tomllib.loads(path.read_text("utf-8"))["year"]
    return WorkingDays(
        off={int(year): frozenset(_days(entry["off"])) for year, entry in years.items()},
        make_up={int(year): frozenset(entry["make_up"]) for year, entry in years.items()},
    )


def _days(periods: list[list[date]]) -> list[date]:
    return [first + timedelta(days=n) for first, last in periods for n in range((last - first).days + 1)]


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of a moment in a time zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


LAST_SECOND = time(23, 59, 59)
"""When a day ends: what is due on a day may be done until then."""


def due_at(start: datetime, limit: Duration, time_zone: str, days: WorkingDays) -> datetime:
    """When a limit that runs from `start` ends, in the local time of `time_zone`.

    Minutes and hours run on; days and working days end with the last second of the last local day,
    the day of the start not counted (Civil Code of China, arts. 201-203, and the usual rule elsewhere).
    Raises YearNotAnnounced.
    """
    zone = ZoneInfo(time_zone)
    if limit.unit in (DurationUnit.MINUTES, DurationUnit.HOURS):
        minutes = limit.count * (60 if limit.unit is DurationUnit.HOURS else 1)
        return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
    day = local_day(start, time_zone)
    last = (
        days.after(day, limit.count)
        if limit.unit is DurationUnit.WORKING_DAYS
        else day + timedelta(days=limit.count)
    )
    return datetime.combine(last, LAST_SECOND, zone)
