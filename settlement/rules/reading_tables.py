"""The shape of tables and formulas as written: rows with the right cells, types with the right keys."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from settlement.rules.book import Hit
from settlement.rules.faults import Block, Faults, listed_blocks
from settlement.rules.rete import MOST_COLUMNS
from settlement.rules.types import MEMBER, NAME, Kind, Type, Value, quoted

UNREAD = Type(Kind.INTEGER, unit="unread")
"""Stands for a type that could not be read; nothing that rests on it is reported again. Compare with `is`."""

A_NAME = "use a-z, 0-9 and _, a letter first"

_ROW_ID = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_TYPE_KEYS = ("type", "values", "min", "max", "unit", "nullable")


@dataclass(frozen=True)
class RawRow:
    """A row as written: texts by column name."""

    id: str
    cells: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class RawTable:
    """A table as written, its shape already checked."""

    id: str
    hit: Hit
    when: tuple[str, ...]
    then: Mapping[str, Type]
    rows: tuple[RawRow, ...]
    otherwise: RawRow | None

    def place(self, row: str = "", column: str = "") -> str:
        place = f'table "{self.id}"'
        place += f', row "{row}"' if row else ""
        return place + (f', column "{column}"' if column else "")

    def every_row(self) -> tuple[RawRow, ...]:
        return self.rows + ((self.otherwise,) if self.otherwise else ())


@dataclass(frozen=True)
class RawFormula:
    """A named formula as written."""

    id: str
    text: str
    is_money: bool


def read_type(raw: Any, place: str, currency: str, faults: Faults) -> Type:
    """A type written "money" or { type = "money", min = "0.00" }; UNREAD, and a fault, for what is none.

    Without a currency (its own fault is reported) no money can be read.
    """
    block = Block.of({"type": raw} if isinstance(raw, str) else raw, place, faults)
    if block.data is not raw and not isinstance(raw, str):
        return UNREAD
    block.allow_only(_TYPE_KEYS)
    written = block.one_of("type", Kind)
    if not written or (written == Kind.MONEY and not currency):
        return UNREAD
    kind = Kind(written)
    values = _read_members(block, kind)
    if kind is Kind.ENUM and not values:
        return UNREAD
    plain = Type(kind, currency, values)
    low, high = (_read_bound(block, key, plain) for key in ("min", "max"))
    if low is not None and high is not None and plain.number(low) > plain.number(high):
        faults.add(place, "min is above max", "write the smaller bound as min")
        low = high = None
    unit = block.text("unit") if "unit" in block.data else ""
    nullable = block.flag("nullable", default=False)
    if nullable is not block.data.get("nullable", False):
        return UNREAD
    return Type(kind, currency, values, low, high, nullable, unit)


def _read_members(block: Block, kind: Kind) -> tuple[str, ...]:
    """The members of an enum, each once; none for any other kind."""
    if kind is not Kind.ENUM:
        if "values" in block.data:
            block.faults.add(block.at("values"), f"a type {kind} has no values", "leave values out")
        return ()
    values = block.texts("values")
    if not values or len(set(values)) < len(values):
        block.faults.add(block.at("values"), "is empty or names a member twice", "list each member once")
    for value in values:
        if not MEMBER.fullmatch(value):
            remedy = 'use letters, digits, _ . - and inner spaces; not "null"'
            block.faults.add(block.at("values"), f"{quoted(value)} is not a member", remedy)
    return tuple(dict.fromkeys(values))


def _read_bound(block: Block, key: str, plain: Type) -> Value | None:
    if plain.ordered:
        bound: Value | None = block.optional(key, plain)
        return bound
    if key in block.data:
        block.faults.add(block.at(key), f"a type {plain.kind} has no order", f"leave {key} out")
    return None


def read_raw_tables(entries: Any, currency: str, faults: Faults) -> tuple[RawTable, ...]:
    return tuple(_raw_table(block, currency) for block in listed_blocks(entries, "table", faults))


def read_raw_formulas(entries: Any, faults: Faults) -> tuple[RawFormula, ...]:
    """The formulas that have an id; one without a text keeps its place, and nothing is said of it again."""
    formulas: dict[str, RawFormula] = {}
    for block in listed_blocks(entries, "formula", faults):
        block.allow_only(("id", "is", "type"))
        is_money = "type" in block.data and block.one_of("type", ("money",)) == "money"
        formula = RawFormula(block.text("id"), block.text("is"), is_money)
        formulas.setdefault(formula.id, formula)
    return tuple(formula for formula in formulas.values() if formula.id)


def _raw_table(block: Block, currency: str) -> RawTable:
    """A table as far as it can be read: its outputs always, so that other blocks find their names."""
    block.allow_only(("id", "hit", "when", "then", "rows", "otherwise"))
    table_id = block.text("id")
    if table_id and not NAME.fullmatch(table_id):
        block.faults.add(block.at("id"), f"{quoted(table_id)} cannot be a name", A_NAME)
    table = RawTable(
        block.place.removeprefix('table "').removesuffix('"'),
        Hit(block.one_of("hit", Hit) or Hit.UNIQUE),
        _columns(block),
        _output_types(block, currency),
        (),
        None,
    )
    if not table.when or not table.then:
        return table
    table = replace(table, rows=_raw_rows(block, table))
    otherwise = _raw_otherwise(block, table) if "otherwise" in block.data else None
    return replace(table, otherwise=otherwise)


def _columns(block: Block) -> tuple[str, ...]:
    when = block.texts("when")
    doubled = [name for name, count in Counter(when).items() if count > 1]
    if doubled:
        block.faults.add(block.at("when"), f"names {doubled[0]} twice", "list each column once")
    if len(when) > MOST_COLUMNS:
        block.faults.add(block.at("when"), f"has {len(when)} columns", f"keep to {MOST_COLUMNS}")
    if not when and block.data.get("when", []) == []:
        block.faults.add(block.at("when"), "is missing or empty", 'write when = ["…"]: what the table reads')
    return () if doubled or len(when) > MOST_COLUMNS else when


def _output_types(block: Block, currency: str) -> dict[str, Type]:
    then = Block.of(block.data.get("then"), f"{block.place}, then", block.faults)
    if not then.data and isinstance(block.data.get("then"), Mapping):
        block.faults.add(then.place, "is empty", 'write then = { amount = "money" }: what the table gives')
    for name, raw in then.data.items():
        if isinstance(raw, Mapping) and "nullable" in raw:
            block.faults.add(
                f"{then.at(name)}, nullable", "is not said of an output", "take it out: rows show it"
            )
    return {name: read_type(raw, then.at(name), currency, block.faults) for name, raw in then.data.items()}


def _raw_rows(block: Block, table: RawTable) -> tuple[RawRow, ...]:
    raw_rows = block.data.get("rows")
    if not isinstance(raw_rows, list) or not raw_rows:
        block.faults.add(block.at("rows"), "is missing, empty or no list", "write at least one row")
        return ()
    rows: list[RawRow] = []
    seen: set[str] = set()
    for number, raw in enumerate(raw_rows, 1):
        row = _raw_row(raw, number, block, table)
        if row is None:
            continue
        if row.id in seen:
            block.faults.add(table.place(row.id), "stands twice", "give each row its own id")
        seen |= {row.id} if row.id else set()
        rows.append(row)
    return tuple(rows)


def _raw_row(raw: Any, number: int, block: Block, table: RawTable) -> RawRow | None:
    columns = ("id", *table.when, *table.then)
    if isinstance(raw, list):
        if len(raw) != len(columns):
            label = f'row "{raw[0]}"' if raw and isinstance(raw[0], str) else f"row {number}"
            problem = f"has {len(raw)} cells, not {len(columns)}"
            block.faults.add(f"{table.place()}, {label}", problem, f"write {', '.join(columns)}")
            return _unread_row(raw, table)
        raw = dict(zip(columns, raw, strict=True))
    row = Block.of(raw, f"{table.place()}, row {number}", block.faults)
    if row.data is not raw:
        return None
    row_id = row.text("id")
    row = Block(table.place(row_id) if row_id else row.place, row.data, block.faults)
    row.allow_only(columns)
    _check_row_id(row_id, row)
    cells = {name: _cell_text(row, name, "-") for name in table.when}
    return RawRow(row_id, cells, {name: _cell_text(row, name, None) for name in table.then})


def _unread_row(raw: list[Any], table: RawTable) -> RawRow | None:
    """A row of the wrong width, if it has an id: its cells are not read, but words and examples find it."""
    if not raw or not isinstance(raw[0], str) or not _ROW_ID.fullmatch(raw[0]):
        return None
    return RawRow(raw[0], dict.fromkeys(table.when, ""), dict.fromkeys(table.then, ""))


def _check_row_id(row_id: str, row: Block) -> None:
    if row_id and not _ROW_ID.fullmatch(row_id):
        row.faults.add(row.place, f"{quoted(row_id)} cannot be a row's id", "use letters, digits and _")


def _cell_text(row: Block, column: str, default: str | None) -> str:
    """The text of a cell; "" where there is none, with its fault."""
    text = row.data.get(column, default)
    if isinstance(text, str) and text.strip():
        return text.strip()
    problem = "is empty" if text is None or isinstance(text, str) else f"{quoted(text)} is not a text"
    row.faults.add(f'{row.place}, column "{column}"', problem, 'every cell is a text: write "…"')
    return ""


def _raw_otherwise(block: Block, table: RawTable) -> RawRow | None:
    texts = block.texts("otherwise")
    place = Block(block.at("otherwise"), {}, block.faults)
    if len(texts) != len(table.then) + 1:
        block.faults.add(place.place, "does not fit the outputs", f"write [id, {', '.join(table.then)}]")
        return None
    row_id, *outputs = (text.strip() for text in texts)
    if not row_id:
        block.faults.add(place.place, "has no id", "begin it with an id")
    if not all(outputs):
        block.faults.add(place.place, "leaves an output empty", f"write {', '.join(table.then)}, or null")
    _check_row_id(row_id, place)
    if any(row.id == row_id for row in table.rows):
        block.faults.add(place.place, f"{quoted(row_id)} is a row's id", "give it an id of its own")
    return RawRow(row_id, {}, dict(zip(table.then, outputs, strict=True)))
