"""The shape of tables and formulas as written: rows with the right cells, types with the right keys."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from settlement.rules.book import Hit
from settlement.rules.faults import Block, Faults
from settlement.rules.types import MEMBER, Kind, Type

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
    """A type written "money" or { type = "money", min = "0.00" }."""
    block = Block.of({"type": raw} if isinstance(raw, str) else raw, place, faults)
    block.allow_only(_TYPE_KEYS)
    written = block.one_of("type", Kind)
    kind = Kind(written) if written else Kind.INTEGER
    values = block.texts("values")
    if kind is Kind.ENUM:
        _check_members(values, block)
        values = values or ("missing",)
    elif values:
        faults.add(place, f"a {kind} has no values", "leave values out")
    plain = Type(kind, currency, values if kind is Kind.ENUM else ())
    low = block.optional("min", plain) if plain.ordered else None
    high = block.optional("max", plain) if plain.ordered else None
    if low is not None and high is not None and plain.number(low) > plain.number(high):
        faults.add(place, "min is above max", "write the smaller bound as min")
        low = high = None
    unit = block.text("unit") if "unit" in block.data else ""
    return Type(kind, currency, plain.values, low, high, block.flag("nullable", default=False), unit)


def _check_members(values: tuple[str, ...], block: Block) -> None:
    if not values or len(set(values)) < len(values):
        block.faults.add(block.at("values"), "is empty or names a member twice", "list each member once")
    for value in values:
        if not MEMBER.fullmatch(value) or value == "null":
            block.faults.add(
                block.at("values"),
                f"{value!r} is not a member",
                "use letters, digits, _ . - and inner spaces",
            )


def read_raw_tables(entries: Any, currency: str, faults: Faults) -> tuple[RawTable, ...]:
    tables = [_raw_table(block, currency) for block in _listed(entries, "table", faults)]
    return tuple(table for table in tables if table is not None)


def read_raw_formulas(entries: Any, faults: Faults) -> tuple[RawFormula, ...]:
    formulas = []
    for block in _listed(entries, "formula", faults):
        block.allow_only(("id", "is", "type"))
        is_money = "type" in block.data and block.one_of("type", ("money",)) == "money"
        formulas.append(RawFormula(block.text("id"), block.text("is"), is_money))
    return tuple(formulas)


def _listed(entries: Any, name: str, faults: Faults) -> list[Block]:
    if not isinstance(entries, list):
        faults.add(name, "is not a list of blocks", f"write [[{name}]]")
        return []
    blocks, seen = [], set()
    for number, entry in enumerate(entries, 1):
        label = entry.get("id", number) if isinstance(entry, Mapping) else number
        if label in seen:
            faults.add(f'{name} "{label}"', "stands twice", f"give each {name} its own id")
        seen.add(label)
        blocks.append(Block.of(entry, f'{name} "{label}"', faults))
    return blocks


def _raw_table(block: Block, currency: str) -> RawTable | None:
    block.allow_only(("id", "hit", "when", "then", "rows", "otherwise"))
    table_id, hit, when = block.text("id"), block.one_of("hit", Hit), block.texts("when")
    then = Block.of(block.data.get("then"), f"{block.place}, then", block.faults)
    types = {name: read_type(raw, then.at(name), currency, block.faults) for name, raw in then.data.items()}
    if len(set(when)) < len(when) or not 1 <= len(when) <= 200:
        block.faults.add(
            block.at("when"), "names a column twice, none, or more than 200", "list 1 to 200 columns once"
        )
        return None
    if not types or not hit or not table_id:
        return None
    rows, seen = [], set()
    raw_rows = block.data.get("rows")
    if not isinstance(raw_rows, list) or not raw_rows:
        block.faults.add(block.at("rows"), "is missing or empty", "write at least one row")
        raw_rows = []
    for number, raw in enumerate(raw_rows, 1):
        row = _raw_row(raw, number, when, tuple(types), block)
        if row is not None and row.id in seen:
            block.faults.add(f'{block.place}, row "{row.id}"', "stands twice", "give each row its own id")
        if row is not None:
            seen.add(row.id)
            rows.append(row)
    otherwise = _raw_otherwise(block, tuple(types)) if "otherwise" in block.data else None
    if otherwise and otherwise.id in seen:
        block.faults.add(block.at("otherwise"), f"{otherwise.id!r} is a row's id", "give it an id of its own")
    return RawTable(table_id, Hit(hit), when, types, tuple(rows), otherwise)


def _raw_row(
    raw: Any, number: int, when: tuple[str, ...], then: tuple[str, ...], block: Block
) -> RawRow | None:
    columns = ("id", *when, *then)
    if isinstance(raw, list):
        if len(raw) != len(columns):
            label = f'row "{raw[0]}"' if raw and isinstance(raw[0], str) else f"row {number}"
            problem = f"has {len(raw)} cells, not {len(columns)}"
            block.faults.add(f"{block.place}, {label}", problem, f"write {', '.join(columns)}")
            return None
        raw = dict(zip(columns, raw, strict=True))
    row = Block.of(raw, f"{block.place}, row {number}", block.faults)
    row_id = row.text("id")
    row = Block(f'{block.place}, row "{row_id}"' if row_id else row.place, row.data, block.faults)
    row.allow_only(columns)
    if not _ROW_ID.fullmatch(row_id):
        row.faults.add(row.place, f"{row_id!r} is not a row id", "use letters, digits and _")
    cells = {name: row.text(name, "-") for name in when}
    return RawRow(row_id, cells, {name: row.text(name) for name in then})


def _raw_otherwise(block: Block, then: tuple[str, ...]) -> RawRow | None:
    texts = block.texts("otherwise")
    if len(texts) != len(then) + 1:
        block.faults.add(block.at("otherwise"), "does not fit the outputs", f"write [id, {', '.join(then)}]")
        return None
    return RawRow(texts[0], {}, dict(zip(then, texts[1:], strict=True)))
