"""Does a row match? The plain walker, the meaning of a table on one screen. Read it first.

The engine in `rete.py` must find the same rows. This file shares no code with it: it compares
natural values with the items of a cell as they are written.
"""

from collections.abc import Sequence
from typing import Any

from settlement.rules.book import Table
from settlement.rules.cells import Cell, Equals, Item, Unknown
from settlement.rules.types import Value


def matching_rows(table: Table, values: Sequence[Value | None]) -> frozenset[int]:
    """The numbers of the rows whose every cell holds; rows count from 0 in file order.

    `values` stand in the order of the table's columns; None is unknown.
    """
    found = []
    for number, row in enumerate(table.rows):
        for cell, value in zip(row.cells, values, strict=True):
            if not cell_holds(cell, value):
                break
        else:  # no cell failed
            found.append(number)
    return frozenset(found)


def cell_holds(cell: Cell, value: Value | None) -> bool:
    """Whether a value meets a condition. Unknown meets only "-" and "null", never "not(...)"."""
    if cell.items is None:
        return True
    if value is None:
        return Unknown() in cell.items and not cell.negated
    for item in cell.items:
        if item_holds(item, value):
            return not cell.negated
    return cell.negated


def item_holds(item: Item, value: Any) -> bool:
    """Whether a known value is the one that an item names, or lies within its ends."""
    if isinstance(item, Unknown):
        return False
    if isinstance(item, Equals):
        return bool(item.value == value)
    above_low: bool = item.low is None or value > item.low or (item.low_included and value == item.low)
    below_high: bool = item.high is None or value < item.high or (item.high_included and value == item.high)
    return above_low and below_high
