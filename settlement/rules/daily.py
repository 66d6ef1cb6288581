"""Adding an output up over days, in the two ways that must agree."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from settlement.rules.book import Row, Table
from settlement.rules.cells import Unknown, item_range
from settlement.rules.reference import matching_rows

DaySumValue = int | Fraction | None


class NoSingleRow(Exception):
    """A day that no row of a daily table holds, or that two rows hold."""


def sum_by_edges(table: Table, output: str, after: date, until: date) -> DaySumValue:
    """The output over every day after `after` up to and including `until`, cut where rows begin and end."""
    position = _position(table, output)
    return _total((_value(row, position), days) for row, days in _stretches(table, after, until))


def sum_by_days(table: Table, output: str, after: date, until: date) -> DaySumValue:
    """The same, one day at a time."""
    position = _position(table, output)
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return _total((_value(_row_on(table, day), position), 1) for day in days)


def rows_between(table: Table, after: date, until: date) -> tuple[str, ...]:
    """The rows that hold the days of a sum, in the order of the days, each once."""
    return tuple(dict.fromkeys(row.id for row, _ in _stretches(table, after, until)))


def _stretches(table: Table, after: date, until: date) -> Iterator[tuple[Row, int]]:
    """Runs of days that one row holds, with their length."""
    first, last = after.toordinal() + 1, until.toordinal()
    if last < first:
        return
    edges = {first, last + 1}
    for row in table.rows:
        for item in row.cells[0].items or ():
            assert not isinstance(item, Unknown), "a day is never unknown"
            low, high = item_range(item, table.columns[0].type)
            edges |= {edge for edge in (low, high + 1) if first < edge <= last}
    for begin, end in pairwise(sorted(edges)):
        yield _row_on(table, date.fromordinal(begin)), end - begin


def _row_on(table: Table, day: date) -> Row:
    """The one row that holds a day."""
    rows = matching_rows(table, (day,))
    if len(rows) > 1 or (not rows and table.otherwise is None):
        raise NoSingleRow(f"{len(rows)} rows hold {day}")
    row = table.rows[min(rows)] if rows else table.otherwise
    assert row is not None
    return row


def _position(table: Table, output: str) -> int:
    return next(number for number, column in enumerate(table.outputs) if column.name == output)


def _value(row: Row, position: int) -> DaySumValue:
    value = row.outputs[position].value
    assert value is None or isinstance(value, int | Fraction), "a daily table gives plain literals"
    return value


def _total(values: Iterator[tuple[DaySumValue, int]]) -> DaySumValue:
    total: int | Fraction = 0
    is_known = True
    for value, days in values:
        if value is None:
            is_known = False
        else:
            total += value * days
    return total if is_known else None
