"""Random tables and facts from a seed, to compare the two executors.

The same `random.Random` gives the same tables and facts. Facts lie at and beside every literal of the
table, and half of them are aimed at a row, so that most hit something.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

from settlement.rules.book import Column, Hit, Row, Table
from settlement.rules.cells import ANYTHING, Cell, Equals, Within, read_cell
from settlement.rules.reference import cell_holds, matching_rows
from settlement.rules.rete import ReteTable, plan_faults
from settlement.rules.types import LARGEST, NANO, BadValue, Kind, Type, Value

Fact = tuple[Value | None, ...]


def table_of(types: Mapping[str, Type], *rows: Sequence[str]) -> Table:
    """A table from its columns and the texts of its cells; rows are called R0, R1, ..."""
    columns = tuple(Column(name, type_) for name, type_ in types.items())
    read = [tuple(read_cell(*each) for each in zip(texts, types.values(), strict=True)) for texts in rows]
    numbered = tuple(Row(f"R{number}", cells, ()) for number, cells in enumerate(read))
    return Table("table", Hit.HIGHEST, columns, (), numbered)


def random_type(rng: Random) -> Type:
    """Any kind, nullable or not; bounds open, tight, wide or at the far end of what the engine may see."""
    kind = rng.choice(list(Kind))
    plain = Type(kind, nullable=rng.random() < 0.5)
    if kind is Kind.ENUM:
        return replace(plain, values=tuple("abcdefghij"[: rng.randint(1, 10)]))
    if kind is Kind.MONEY:
        plain = replace(plain, currency=rng.choice(["EUR", "JPY"]))
    if kind is Kind.BOOLEAN:
        return plain
    least, greatest = plain.bounds
    low = rng.choice([least, greatest - rng.randint(0, 20), 0 if kind is not Kind.DATE else 738000])
    high = min(greatest, low + rng.choice([0, 1, 3, 12, 1000, 10**7, 3 * LARGEST]))
    return replace(
        plain,
        low=natural(plain, low) if rng.random() < 0.6 else None,
        high=natural(plain, high) if rng.random() < 0.6 else None,
    )


def natural(type_: Type, number: int) -> Value:
    """The natural value with an engine number."""
    match type_.kind:
        case Kind.ENUM:
            return type_.values[number]
        case Kind.BOOLEAN:
            return bool(number)
        case Kind.DATE:
            return date.fromordinal(number)
        case Kind.RATE | Kind.DECIMAL:
            return Fraction(number, NANO)
        case _:
            return number


def random_table(rng: Random, most_rows: int = 60) -> Table:
    """A table within the engine's limits; small ones are the most likely."""
    types = [random_type(rng) for _ in range(rng.choice([1, 1, 2, 2, 3, 4, 5, 7, 11]))]
    bare = table_of({f"x{number}": type_ for number, type_ in enumerate(types)})
    anchors = [[_anchor(rng, type_) for _ in range(3)] for type_ in types]
    width = rng.choice([1, 2, 4, 9])
    rows = []
    for number in range(rng.choice([0, 1, 2, 5, 10, 20, most_rows // 2, most_rows])):
        cells = [random_cell(rng, *each, width) for each in zip(types, anchors, strict=True)]
        row = Row(f"R{number}", tuple(cells), ())
        if not plan_faults(replace(bare, rows=(row,))):
            rows.append(row)
    return replace(bare, rows=tuple(rows))


def _anchor(rng: Random, type_: Type) -> int:
    low, high = type_.bounds
    return rng.choice([low, high, rng.randint(low, high)])


def random_cell(rng: Random, type_: Type, anchors: Sequence[int], width: int) -> Cell:
    """A cell of up to `width` items near the anchors; "-" where the reader refuses what came out."""
    if rng.random() < 0.3:
        return ANYTHING
    items = ", ".join(_item(rng, type_, anchors) for _ in range(rng.randint(1, width)))
    try:
        return read_cell(f"not({items})" if rng.random() < 0.3 else items, type_)
    except BadValue:
        return ANYTHING


def _item(rng: Random, type_: Type, anchors: Sequence[int]) -> str:
    if type_.nullable and rng.random() < 0.15:
        return "null"
    low, high = type_.bounds
    numbers = sorted(min(high, max(low, rng.choice(anchors) + rng.randint(-15, 15))) for _ in range(2))
    first, last = (_text(type_, number) for number in numbers)
    if not type_.ordered or rng.random() < 0.4:
        return first
    if rng.random() < 0.4:
        return rng.choice(["<", "<=", ">", ">="]) + " " + first
    return f"{rng.choice('[(')}{first}..{last}{rng.choice('])')}"


def _text(type_: Type, number: int) -> str:
    written = str(type_.write(natural(type_, number)))
    return written.lower() if type_.kind is Kind.BOOLEAN else written


def random_facts(rng: Random, table: Table, count: int) -> Iterator[Fact]:
    """Facts of values at and beside the table's literals and bounds; every other one aimed at a row."""
    choices = [_choices(rng, table, index) for index in range(len(table.columns))]
    for turn in range(count):
        fact = [rng.choice(values) for values in choices]
        if turn % 2 and table.rows:
            cells = rng.choice(table.rows).cells
            fact = [_aimed(rng, *each) for each in zip(cells, choices, fact, strict=True)]
        yield tuple(fact)


def _choices(rng: Random, table: Table, index: int) -> list[Value | None]:
    type_ = table.columns[index].type
    low, high = type_.bounds
    numbers = {low, high, rng.randint(low, high), rng.randint(low, high)}
    for row in table.rows:
        for literal in _literals(row.cells[index]):
            numbers |= {type_.number(literal) + step for step in (-1, 0, 1)}
    known = [natural(type_, number) for number in sorted(numbers) if low <= number <= high]
    return [*known, *([None] * (1 + len(known) // 8) if type_.nullable else [])]


def _literals(cell: Cell) -> Iterator[Value]:
    for item in cell.items or ():
        if isinstance(item, Equals):
            yield item.value
        elif isinstance(item, Within):
            yield from (end for end in (item.low, item.high) if end is not None)


def _aimed(rng: Random, cell: Cell, values: Sequence[Value | None], otherwise: Value | None) -> Value | None:
    tries = (rng.choice(values) for _ in range(8))
    return next((value for value in tries if cell_holds(cell, value)), otherwise)


def differences(table: Table, facts: Iterator[Fact]) -> Iterator[str]:
    """What the engine and the plain walker say where they differ; consumes the facts one by one."""
    engine = ReteTable(table)
    try:
        for fact in facts:
            found, meant = engine.match(fact, lambda rows: None), matching_rows(table, fact)
            if found != meant:
                texts = [[cell.text for cell in row.cells] for row in table.rows]
                yield f"{fact}: engine {sorted(found)}, walker {sorted(meant)}, rows {texts}"
    finally:
        engine.retire()
