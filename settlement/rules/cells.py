"""The cell language: the text of a condition, read into a union of items.

cell  = "-" | "not(" items ")" | items
item  = "null" | literal | ("<" | "<=" | ">" | ">=") literal | ("[" | "(") literal ".." literal ("]" | ")")
"""

from dataclasses import dataclass

from settlement.rules.types import BadValue, Type, Value, quoted


@dataclass(frozen=True, slots=True)
class Unknown:
    """Matches the unknown value only; written `null`."""


@dataclass(frozen=True, slots=True)
class Equals:
    """Matches one value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Within:
    """Matches an interval; an end that is None is open without limit."""

    low: Value | None
    low_included: bool
    high: Value | None
    high_included: bool


Item = Unknown | Equals | Within


@dataclass(frozen=True, slots=True)
class Cell:
    """A condition on one column.

    `items` None matches everything, unknown too. `negated` matches every *known* value that no item matches.
    """

    text: str
    items: tuple[Item, ...] | None
    negated: bool = False


ANYTHING = Cell("-", None)


def read_cell(text: str, type_: Type) -> Cell:
    """Read one cell of a column of `type_`. Raises BadValue, saying what to write."""
    stripped = text.strip()
    if stripped == "-":
        return ANYTHING
    negated = stripped.startswith("not(") and stripped.endswith(")")
    inner = stripped[len("not(") : -len(")")] if negated else stripped
    items = tuple(_read_item(item.strip(), type_) for item in inner.split(","))
    cell = Cell(stripped, items, negated)
    _refuse_impossible(cell, type_)
    return cell


def _read_item(text: str, type_: Type) -> Item:
    if text == "":
        raise BadValue("an empty item", 'write "-" for anything, or values with commas between them')
    if text == "-":
        raise BadValue('"-" stands beside other items', 'write "-" alone')
    if text == "null":
        if not type_.nullable:
            raise BadValue("this column is never null", 'take "null" out')
        return Unknown()
    if text[0] not in "<>[(":
        return Equals(type_.read_literal(text))
    if not type_.ordered:
        problem = f"{quoted(text)} compares, but {type_.kind} values have no order"
        raise BadValue(problem, "write its values with commas between")
    return _read_comparison(text, type_) if text[0] in "<>" else _read_interval(text, type_)


def _read_comparison(text: str, type_: Type) -> Within:
    included = text[1:2] == "="
    limit = type_.read_literal(text[1 + included :].strip())
    if text[0] == "<":
        return Within(None, False, limit, included)
    return Within(limit, included, None, False)


def _read_interval(text: str, type_: Type) -> Within:
    low_text, dots, high_text = text[1:-1].partition("..")
    if text[-1] not in "])" or not dots:
        raise BadValue(
            f"{quoted(text)} is no interval", 'write both ends like "[1..5]"; ( and ) leave an end out'
        )
    low, high = type_.read_literal(low_text.strip()), type_.read_literal(high_text.strip())
    if type_.number(low) > type_.number(high):
        raise BadValue(f"{quoted(text)} runs backwards", "write the lower end first")
    return Within(low, text[0] == "[", high, text[-1] == "]")


def _refuse_impossible(cell: Cell, type_: Type) -> None:
    """A cell, or an item of one, that no value of the column can meet is a slip of the pen."""
    assert cell.items is not None
    low, high = type_.bounds
    for item in cell.items:
        if isinstance(item, Unknown):
            continue
        first, last = item_range(item, type_)
        if max(first, low) > min(last, high):
            raise BadValue(
                f"{quoted(cell.text)} holds for no value of this column", f"it takes {type_.asks_for}"
            )
    if cell.negated and not _leaves_something(cell, type_):
        raise BadValue(f"{quoted(cell.text)} leaves no value", "exclude fewer values")


def item_range(item: Equals | Within, type_: Type) -> tuple[int, int]:
    """First and last engine number that an item matches, clipped to nothing but the outermost bounds."""
    if isinstance(item, Equals):
        number = type_.number(item.value)
        return number, number
    low, high = type_.bounds
    first = low if item.low is None else type_.number(item.low) + (not item.low_included)
    last = high if item.high is None else type_.number(item.high) - (not item.high_included)
    return first, last


def _leaves_something(cell: Cell, type_: Type) -> bool:
    low, high = type_.bounds
    next_free = low
    for first, last in sorted(item_range(i, type_) for i in cell.items or () if not isinstance(i, Unknown)):
        if first > next_free:
            return True
        next_free = max(next_free, last + 1)
    return next_free <= high
