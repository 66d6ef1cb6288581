"""What the tables of a policy must give and may read, so that no table can undo what the code promises."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from settlement.money import Money
from settlement.roles import LEVELS
from settlement.rules.book import Hit, Row, Table
from settlement.rules.faults import Faults
from settlement.rules.policy import CONTRACTS, EVIDENCE
from settlement.rules.reading_tables import UNREAD, RawTable
from settlement.rules.typed_names import TypedNames
from settlement.rules.types import Kind, Type

_COMPUTED = frozenset({"grade"})
"""Counts as a fact of the tables that may read it: its own table is held to its own list."""


def bound_by_contract(table: RawTable) -> RawTable:
    """The table, with outputs that no policy may exceed: no money below zero, no rate outside 0% to 100%."""
    return replace(table, then={name: _bound(type_) for name, type_ in table.then.items()})


def _bound(type_: Type) -> Type:
    if type_ is UNREAD or type_.kind not in (Kind.MONEY, Kind.RATE):
        return type_
    lowest: int | Fraction = 0
    if isinstance(type_.low, int | Fraction):
        lowest = max(type_.low, lowest)
    if type_.kind is Kind.RATE and (type_.high is None or type_.number(type_.high) > type_.number(1)):
        return replace(type_, low=lowest, high=1)
    return replace(type_, low=lowest)


def check_contracts(names: TypedNames, faults: Faults) -> None:
    """The seven tables, their outputs, and the closed list of facts that each may read."""
    by_id = {table.id: table for table in names.raw_tables}
    all_tables = f"a policy has the tables {', '.join(CONTRACTS)}"
    for table_id in CONTRACTS:
        if table_id not in by_id:
            faults.add(f'table "{table_id}"', "is missing", all_tables)
    for table in names.raw_tables:
        if table.id in CONTRACTS:
            _check_gives(table, faults)
            _check_reads(table, names, faults)
        else:
            faults.add(table.place(), "is not a table of a policy", all_tables)


def _check_gives(table: RawTable, faults: Faults) -> None:
    gives = CONTRACTS[table.id].gives
    if table.id == "approval" and table.hit is not Hit.HIGHEST:
        faults.add(f"{table.place()}, hit", "is not highest", 'write hit = "highest"')
    if any(type_ is UNREAD for type_ in table.then.values()):
        return
    if {name: type_.kind for name, type_ in table.then.items()} != dict(gives):
        named = ", ".join(f"{name} ({kind})" for name, kind in gives.items())
        faults.add(f"{table.place()}, then", "does not give what it must", f"it gives {named}, nothing else")
    elif table.id == "severity" and (table.then["grade"].low, table.then["grade"].high) != (1, 5):
        remedy = 'write grade = { type = "integer", min = 1, max = 5 }'
        faults.add(f"{table.place()}, then", "grade does not run from 1 to 5", remedy)
    elif table.id == "approval" and table.then["level"].values != tuple(LEVELS):
        remedy = f"write the values {', '.join(LEVELS)}"
        faults.add(f"{table.place()}, then", "level does not list the levels, lowest first", remedy)


def _check_reads(table: RawTable, names: TypedNames, faults: Faults) -> None:
    may_read = set(CONTRACTS[table.id].may_read)
    if EVIDENCE in may_read:
        may_read |= {name for name in names.inputs if name.startswith("evidence_")}
        may_read.remove(EVIDENCE)
    used = set().union(*(names.depends_on[name] for name in table.then))
    for fact in sorted(names.inputs_behind(used, _COMPUTED) - may_read - table.then.keys()):
        remedy = f"this table may read {', '.join(sorted(may_read))}"
        faults.add(table.place(), f"reads {fact}, which must not move it", remedy)


def check_answers(tables: Mapping[str, Table], faults: Faults) -> None:
    """A policy answers every complaint in its own currency: no output is unknown or foreign money."""
    for table in tables.values():
        for position, column in enumerate(table.outputs):
            place = f'table "{table.id}"'
            rows = [*table.rows, *([table.otherwise] if table.otherwise else [])]
            silent = [row for row in rows if row.outputs[position].text == "null"]
            for row in silent:
                _refuse(row, column.name, place, "is null", faults)
            if column.type.nullable and not silent:
                problem = "can be null, since a formula reads what can be null"
                faults.add(
                    f'{place}, column "{column.name}"', problem, "read it only in rows where it is known"
                )
            for row in rows:
                if isinstance(row.outputs[position].value, Money):
                    _refuse(row, column.name, place, "is money of another currency", faults)


def _refuse(row: Row, column: str, place: str, problem: str, faults: Faults) -> None:
    remedy = "a policy always answers in its own currency: write a value"
    faults.add(f'{place}, row "{row.id}", column "{column}"', problem, remedy)
