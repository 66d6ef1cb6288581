"""Adding an output up over days, in the two ways that must agree."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from settlement.rules.book import Output, Table
from settlement.rules.cells import item_range
from settlement.rules.reference import matching_rows

DaySumValue = int | Fraction | None


class NoSingleRow(Exception):
    """A day that no row of a daily table holds, or that two rows hold."""


def sum_by_edges(table: Table, output: str, after: date, until: date) -> DaySumValue:
    """The output over every day after `after` up to and including `until`, cut where rows begin and end."""
    column = table.columns[0].type
    first, last = after.toordinal() + 1, until.toordinal()
    if last < first:
        return 0
    edges = {first, last + 1}
    for row in table.rows:
        for item in row.cells[0].items or ():
            low, high = item_range(item, column)  # type: ignore[arg-type]
            edges |= {edge for edge in (low, high + 1) if first < edge <= last}
    ordered = sorted(edges)
    values = ((_value_on(table, output, date.fromordinal(a)), b - a) for a, b in pairwise(ordered))
    return _total(values)


def sum_by_days(table: Table, output: str, after: date, until: date) -> DaySumValue:
    """The same, one day at a time."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return _total((_value_on(table, output, day), 1) for day in days)


def _total(values: Iterator[tuple[DaySumValue, int]]) -> DaySumValue:
    total: int | Fraction = 0
    is_known = True
    for value, days in values:
        if value is None:
            is_known = False
        else:
            total += value * days
    return total if is_known else None


def _value_on(table: Table, output: str, day: date) -> DaySumValue:
    position = next(i for i, column in enumerate(table.outputs) if column.name == output)
    rows = matching_rows(table, (day,))
    if len(rows) > 1 or (not rows and table.otherwise is None):
        raise NoSingleRow(f"{len(rows)} rows hold {day}")
    found: Output = table.rows[min(rows)].outputs[position] if rows else table.otherwise.outputs[position]  # type: ignore[union-attr]
    assert found.value is None or isinstance(found.value, int | Fraction), (
        "a daily table gives plain literals"
    )
    return found.value
