"""The names of a book in one space, each with its type, and the tables typed by them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property

from settlement.errors import BadInput
from settlement.money import Money
from settlement.rules.book import Column, Hit, NamedFormula, Output, Row, Table
from settlement.rules.cells import ANYTHING, Cell, read_cell
from settlement.rules.faults import Faults
from settlement.rules.formula_types import check_formula
from settlement.rules.formulas import RESERVED, Formula, Name, Node, Number, Sort, daily_outputs, walk
from settlement.rules.reading_tables import RawFormula, RawRow, RawTable
from settlement.rules.types import BadValue, Kind, Type

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
DAY = "day"
_FOREIGN = re.compile(r"([A-Z]{3}) (.+)", re.ASCII)
_WANTED = {Kind.MONEY: Sort.MONEY, Kind.DATE: Sort.DATE}


class TypedNames:
    """Every name of a book with its type: inputs, table outputs and formulas in one space."""

    def __init__(
        self,
        inputs: Mapping[str, Type],
        tables: tuple[RawTable, ...],
        formulas: tuple[RawFormula, ...],
        currency: str,
        faults: Faults,
    ) -> None:
        self.inputs, self.raw_tables, self.currency, self.faults = dict(inputs), tables, currency, faults
        self.raw_formulas = {formula.id: formula for formula in formulas}
        self.table_of = {name: table for table in tables for name in table.then}
        self.under_way: list[str] = []
        self.formulas: dict[str, NamedFormula | None] = {}
        self._check_names()
        for formula_id in self.raw_formulas:
            self._formula(formula_id)
        self.outputs = {table.id: self._read_outputs(table) for table in tables}
        self._check_daily_tables()
        self.nullable = self._nullable_names()

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        places = [(f"inputs, {name}", name) for name in self.inputs]
        places += [(table.place(column=name), name) for table in self.raw_tables for name in table.then]
        places += [(f'formula "{name}"', name) for name in self.raw_formulas]
        for place, name in places:
            if not NAME.fullmatch(name) or name in RESERVED:
                self.faults.add(
                    place,
                    f"{name!r} cannot be a name",
                    "use a-z, 0-9 and _, a letter first; not a reserved word",
                )
            if name in seen:
                self.faults.add(place, f"{name!r} is already the name of {seen[name]}", "choose another name")
            seen[name] = place

    def type_of(self, name: str) -> Type:
        """The type of a name. Raises BadValue for an unknown name and for one defined by itself."""
        if name in self.inputs:
            return self.inputs[name]
        if name in self.table_of:
            if self.table_of[name].when == (DAY,):
                raise BadValue(f"{name!r} has a value for each day", "use it in day_sum(…)")
            self._refuse_foreign(name)
            return self.table_of[name].then[name]
        if name in self.raw_formulas:
            formula = self._formula(name)
            if formula is None:
                raise BadValue(f"{name!r} is at fault itself", "mend that formula first")
            return formula.type
        close = get_close_matches(name, [*self.inputs, *self.table_of, *self.raw_formulas], 1)
        remedy = f"did you mean {close[0]!r}?" if close else "declare it as an input, an output or a formula"
        raise BadValue(f"{name!r} is not a name of this book", remedy)

    def _refuse_foreign(self, name: str) -> None:
        rows = self.table_of[name].every_row()
        if self.table_of[name].then[name].kind is Kind.MONEY and any(
            _foreign(r.outputs[name], self.currency) for r in rows
        ):
            raise BadValue(
                f"{name!r} holds money of another currency", "publish it; it cannot be calculated with"
            )

    def daily_type_of(self, name: str) -> Type:
        table = self.table_of.get(name)
        if table is None or table.when != (DAY,):
            raise BadValue(
                f"{name!r} has no value for each day", 'use an output of a table with when = ["day"]'
            )
        return table.then[name]

    def _formula(self, formula_id: str) -> NamedFormula | None:
        if formula_id in self.under_way:
            circle = " -> ".join([*self.under_way[self.under_way.index(formula_id) :], formula_id])
            raise BadValue(f"the names go in a circle: {circle}", "break the circle")
        if formula_id not in self.formulas:
            raw = self.raw_formulas[formula_id]
            self.under_way.append(formula_id)
            wanted = Sort.MONEY if raw.is_money else None
            formula = self.faults.attempt(f'formula "{formula_id}"', lambda: self._check(raw.text, wanted))
            self.under_way.pop()
            self.formulas[formula_id] = formula and NamedFormula(
                formula_id, formula, self._formula_type(formula)
            )
        return self.formulas[formula_id]

    def _check(self, text: str, wanted: Sort | None) -> Formula:
        return check_formula(text, self.type_of, self.daily_type_of, self.currency, wanted)

    def _formula_type(self, formula: Formula) -> Type:
        match formula.sort:
            case Sort.MONEY:
                return Type(Kind.MONEY, self.currency)
            case Sort.DATE:
                return Type(Kind.DATE)
        if formula.whole:
            return Type(Kind.INTEGER)
        return Type(Kind.RATE if all(self._is_rate(node) for node in walk(formula.root)) else Kind.DECIMAL)

    def _is_rate(self, node: Node) -> bool:
        match node:
            case Number(_, is_percent):
                return is_percent
            case Name(name):
                return self.type_of(name).kind is Kind.RATE
        return True

    def _read_outputs(self, table: RawTable) -> Mapping[str, dict[str, Output]]:
        """Outputs by row id and column name."""
        outputs: dict[str, dict[str, Output]] = {}
        for row in table.every_row():
            outputs[row.id] = {}
            for name, text in row.outputs.items():
                place = table.place(row.id, name)
                read = self.faults.attempt(
                    place, lambda text=text, name=name: self._read_output(text, table.then[name])
                )
                outputs[row.id][name] = read or Output(text)
        return outputs

    def _read_output(self, text: str, type_: Type) -> Output:
        if text == "null":
            return Output(text)
        if text.startswith("="):
            if not type_.ordered:
                raise BadValue(f"a formula cannot give a {type_.kind}", "write the value")
            wanted = _WANTED.get(type_.kind, Sort.NUMBER)
            return Output(text, formula=self._check(text[1:].strip(), wanted))
        if type_.kind is Kind.MONEY and (foreign := _foreign(text, self.currency)):
            try:
                return Output(text, Money.of(*reversed(foreign)))
            except BadInput as bad:
                raise BadValue(bad.faults[0].problem, bad.faults[0].remedy) from None
        value = type_.read_literal(text)
        if not type_.contains(value):
            raise BadValue(f"{text!r} is out of bounds", f"write {type_.asks_for}")
        return Output(text, value)

    def _check_daily_tables(self) -> None:
        for table in self.raw_tables:
            if DAY not in table.when:
                continue
            if table.when != (DAY,) or table.hit is not Hit.UNIQUE:
                self.faults.add(
                    table.place(), "a table by day is unique and has no other column", 'write when = ["day"]'
                )
            for row_id, outputs in self.outputs[table.id].items():
                for name, output in outputs.items():
                    if output.formula:
                        self.faults.add(
                            table.place(row_id, name), "a table by day gives literals", "write the value"
                        )

    @cached_property
    def depends_on(self) -> Mapping[str, frozenset[str]]:
        """What each output and formula is computed from, one step down."""
        edges = {
            name: frozenset(named.formula.names) | frozenset(daily_outputs(named.formula))
            for name, named in self.formulas.items()
            if named is not None
        }
        for table in self.raw_tables:
            for name in table.then:
                used = set(table.when) - {DAY}
                for outputs in self.outputs[table.id].values():
                    formula = outputs[name].formula
                    used |= {*formula.names, *daily_outputs(formula)} if formula else set()
                edges[name] = frozenset(used)
        return edges

    def inputs_behind(self, names: Iterable[str], stop: frozenset[str] = frozenset()) -> set[str]:
        """The inputs that the names rest on; a name in `stop` counts as an input."""
        reached, queue = set(), list(names)
        while queue:
            name = queue.pop()
            if name not in reached:
                reached.add(name)
                queue += () if name in stop else self.depends_on.get(name, ())
        return {name for name in reached if name in self.inputs or name in stop}

    def _nullable_names(self) -> set[str]:
        """Names that can be unknown: inferred, the least set that is closed under use."""
        nullable = {name for name, type_ in self.inputs.items() if type_.nullable}
        for table in self.raw_tables:
            nullable |= {
                n for o in self.outputs[table.id].values() for n, out in o.items() if out.text == "null"
            }
        grew = True
        while grew:
            grew = False
            for name, used in self._null_through.items():
                if name not in nullable and used & nullable:
                    nullable.add(name)
                    grew = True
        return nullable

    @cached_property
    def _null_through(self) -> Mapping[str, frozenset[str]]:
        """Through which names null reaches a name: a table passes it on only in its output formulas."""
        through = {name: self.depends_on[name] for name in self.formulas if name in self.depends_on}
        for table in self.raw_tables:
            for name in table.then:
                formulas = [o[name].formula for o in self.outputs[table.id].values()]
                used = [{*f.names, *daily_outputs(f)} for f in formulas if f]
                through[name] = frozenset().union(*used)
        return through

    def _column_type(self, name: str) -> Type:
        return Type(Kind.DATE) if name == DAY else self._maybe_null(name, self.type_of(name))

    def _maybe_null(self, name: str, type_: Type) -> Type:
        """The type with what was inferred of null."""
        return replace(type_, nullable=name in self.nullable)

    def tables(self) -> dict[str, Table]:
        self._refuse_circles()
        return {table.id: self._table(table) for table in self.raw_tables}

    def _refuse_circles(self) -> None:
        done: set[str] = set()

        def visit(name: str, path: tuple[str, ...]) -> None:
            if name in path:
                circle = " -> ".join([*path[path.index(name) :], name])
                self.faults.add("", f"the names go in a circle: {circle}", "break the circle")
            elif name not in done:
                for used in sorted(self.depends_on.get(name, ())):
                    visit(used, (*path, name))
            done.add(name)

        for name in self.depends_on:
            visit(name, ())

    def _table(self, raw: RawTable) -> Table:
        columns = [self._column(raw, name) for name in raw.when]
        outputs = tuple(Column(name, self._maybe_null(name, type_)) for name, type_ in raw.then.items())
        rows = tuple(
            Row(
                row.id,
                tuple(self._cell(raw, row, column) for column in columns),
                tuple(self.outputs[raw.id][row.id][column.name] for column in outputs),
            )
            for row in raw.rows
        )
        otherwise = None
        if raw.otherwise:
            given = self.outputs[raw.id][raw.otherwise.id]
            otherwise = Row(raw.otherwise.id, (), tuple(given[column.name] for column in outputs))
        return Table(raw.id, raw.hit, tuple(columns), outputs, rows, otherwise)

    def _column(self, table: RawTable, name: str) -> Column:
        """A condition's column; its cells are not read where its name is at fault."""
        type_ = self.faults.attempt(table.place(column=name), lambda: self._column_type(name))
        return Column(name if type_ else "", type_ or Type(Kind.INTEGER))

    def _cell(self, table: RawTable, row: RawRow, column: Column) -> Cell:
        if not column.name:
            return ANYTHING
        text = row.cells[column.name]
        read = self.faults.attempt(table.place(row.id, column.name), lambda: read_cell(text, column.type))
        return read or ANYTHING


def _foreign(text: str, currency: str) -> tuple[str, str] | None:
    """The currency and amount of a literal in another currency than the book's."""
    match = _FOREIGN.fullmatch(text)
    return (match.group(1), match.group(2)) if match and match.group(1) != currency else None
