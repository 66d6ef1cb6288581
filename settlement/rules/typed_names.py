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
from settlement.rules.faults import Faults, KnownFault
from settlement.rules.formula_types import check_formula
from settlement.rules.formulas import RESERVED, Formula, Name, Node, Number, Sort, daily_outputs, walk
from settlement.rules.reading_tables import A_NAME, UNREAD, RawFormula, RawRow, RawTable
from settlement.rules.types import NAME, BadValue, Kind, Type, quoted

DAY = "day"
MOST_UPON_ANOTHER = 40
"""How many names may rest one upon another, so that evaluating them stays shallow."""

_TOO_MANY = f"more than {MOST_UPON_ANOTHER} names rest on one another"
_GUESSES_AMONG = 1000
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
        places += [(_place(name), name) for name in self.raw_formulas]
        for place, name in places:
            if not NAME.fullmatch(name):
                self.faults.add(place, f"{quoted(name)} cannot be a name", A_NAME)
            elif name in RESERVED:
                self.faults.add(place, f"{name!r} is a reserved word", "choose another name")
            if name in seen:
                self.faults.add(place, f"is already the name of {seen[name]}", "choose another name")
            seen.setdefault(name, place)

    def type_of(self, name: str) -> Type:
        """The type of a name. Raises BadValue for an unknown name and for one defined by itself."""
        if name in self.inputs:
            return _known(self.inputs[name])
        if name in self.table_of:
            if self.table_of[name].when == (DAY,):
                raise BadValue(f"{name!r} has a value for each day", "use it in day_sum(…)")
            self._refuse_foreign(name)
            return _known(self.table_of[name].then[name])
        if name in self.raw_formulas:
            formula = self._formula(name)
            if formula is None:
                raise KnownFault
            return _known(formula.type)
        names = [*self.inputs, *self.table_of, *self.raw_formulas]
        close = get_close_matches(name, names, 1) if len(names) <= _GUESSES_AMONG else []
        remedy = f"did you mean {close[0]!r}?" if close else "declare it as an input, an output or a formula"
        raise BadValue(f"{quoted(name)} is not a name of this book", remedy)

    def _refuse_foreign(self, name: str) -> None:
        table = self.table_of[name]
        if table.then[name].kind is not Kind.MONEY:
            return
        if any(_foreign(row.outputs[name], self.currency) for row in table.every_row()):
            problem = f"{name!r} holds money of another currency"
            raise BadValue(problem, "publish it; it cannot be calculated with")

    def daily_type_of(self, name: str) -> Type:
        """The type of an output that can be added up over days. Raises BadValue for any other name."""
        table = self.table_of.get(name)
        if table is None or table.when != (DAY,):
            problem = f"{quoted(name)} has no value for each day"
            raise BadValue(problem, 'use an output of a table with when = ["day"]')
        type_ = _known(table.then[name])
        if not type_.ordered or type_.kind is Kind.DATE:
            raise BadValue(f"{name!r} cannot be added up: it is a {type_.kind}", "add up numbers or money")
        self._refuse_foreign(name)
        return type_

    def _formula(self, formula_id: str) -> NamedFormula | None:
        if formula_id in self.under_way:
            circle = [*self.under_way[self.under_way.index(formula_id) :], formula_id]
            raise BadValue(_circular(circle), "break the circle")
        if len(self.under_way) > MOST_UPON_ANOTHER:
            raise BadValue(_TOO_MANY, "calculate more in one formula")
        if formula_id not in self.formulas:
            self.formulas[formula_id] = self._read_formula(self.raw_formulas[formula_id])
        return self.formulas[formula_id]

    def _read_formula(self, raw: RawFormula) -> NamedFormula | None:
        if not raw.text:
            return None
        wanted = Sort.MONEY if raw.is_money else None
        self.under_way.append(raw.id)
        formula = self.faults.attempt(_place(raw.id), lambda: self._check(raw.text, wanted))
        self.under_way.pop()
        return NamedFormula(raw.id, formula, self._formula_type(formula)) if formula else None

    def _check(self, text: str, wanted: Sort | None) -> Formula:
        return check_formula(text, self.type_of, self.daily_type_of, self.currency, wanted)

    def _formula_type(self, formula: Formula) -> Type:
        match formula.sort:
            case Sort.MONEY:
                return Type(Kind.MONEY, self.currency) if self.currency else UNREAD
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
        return {
            row.id: {name: self._read_output(table, row, name) for name in row.outputs}
            for row in table.every_row()
        }

    def _read_output(self, table: RawTable, row: RawRow, name: str) -> Output:
        text, type_ = row.outputs[name], table.then[name]
        if text == "null" or not text or type_ is UNREAD:
            return Output(text)
        read = self._output_formula if text[0] == "=" else self._output_literal
        output = self.faults.attempt(table.place(row.id, name), lambda: read(text, type_))
        if output and isinstance(output.value, Money) and table.hit is Hit.HIGHEST:
            problem = f"{quoted(text)} cannot be compared with other currencies"
            self.faults.add(table.place(row.id, name), problem, 'write hit = "first" or "unique"')
        return output or Output(text)

    def _output_formula(self, text: str, type_: Type) -> Output:
        if not type_.ordered:
            raise BadValue(f"a formula cannot give a {type_.kind}", "write the value")
        wanted = _WANTED.get(type_.kind, Sort.NUMBER)
        return Output(text, formula=self._check(text[1:].strip(), wanted))

    def _output_literal(self, text: str, type_: Type) -> Output:
        if type_.kind is Kind.MONEY and (foreign := _foreign(text, self.currency)):
            return Output(text, _foreign_money(*foreign))
        literal = text.removeprefix(f"{self.currency} ") if type_.kind is Kind.MONEY else text
        value = type_.read_literal(literal)
        if not type_.contains(value):
            raise BadValue(f"{quoted(text)} is out of bounds", f"write {type_.asks_for}")
        return Output(text, value)

    def _check_daily_tables(self) -> None:
        for table in self.raw_tables:
            if DAY not in table.when:
                continue
            if table.when != (DAY,) or table.hit is not Hit.UNIQUE:
                problem = "a table by day is unique and has no other column"
                self.faults.add(table.place(), problem, 'write when = ["day"] and hit = "unique"')
            for row_id, outputs in self.outputs[table.id].items():
                for name, output in outputs.items():
                    if output.formula:
                        place = table.place(row_id, name)
                        self.faults.add(place, "a table by day gives literals", "write the value")

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
        users: dict[str, list[str]] = {}
        for name, used in self._null_through.items():
            for source in used:
                users.setdefault(source, []).append(name)
        spreading = list(nullable)
        while spreading:
            for name in users.get(spreading.pop(), ()):
                if name not in nullable:
                    nullable.add(name)
                    spreading.append(name)
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
        """Names that rest on themselves, or on too many others: either would be evaluated without end."""
        height = dict.fromkeys(self.inputs, 0)
        for start in self.depends_on:
            path = {} if start in height else {start: None}
            while path:
                name = next(reversed(path))
                below = self.depends_on.get(name, frozenset())
                unseen = min((each for each in below if each not in height), default=None)
                if unseen is None:
                    height[name] = 1 + max((height[each] for each in below), default=0)
                    del path[name]
                elif unseen in path:
                    circle = [*path][[*path].index(unseen) :]
                    self.faults.add(self._place_of(unseen), _circular([*circle, unseen]), "break the circle")
                    height[unseen] = 0
                else:
                    path[unseen] = None
        for name in height:
            if height[name] == MOST_UPON_ANOTHER + 1:
                self.faults.add(self._place_of(name), _TOO_MANY, "calculate more in one formula")

    def _place_of(self, name: str) -> str:
        table = self.table_of.get(name)
        return table.place(column=name) if table else _place(name)

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
        if not text:
            return ANYTHING
        read = self.faults.attempt(table.place(row.id, column.name), lambda: read_cell(text, column.type))
        return read or ANYTHING


def _place(formula_id: str) -> str:
    return f'formula "{formula_id}"'


def _known(type_: Type) -> Type:
    """The type, if it could be read."""
    if type_ is UNREAD:
        raise KnownFault
    return type_


def _circular(names: Iterable[str]) -> str:
    return f"the names go in a circle: {' -> '.join(names)}"


def _foreign(text: str, currency: str) -> tuple[str, str] | None:
    """The currency and amount of a literal in another currency than the book's."""
    match = _FOREIGN.fullmatch(text)
    return (match.group(1), match.group(2)) if match and match.group(1) != currency else None


def _foreign_money(currency: str, amount: str) -> Money:
    try:
        money = Money.of(amount, currency)
    except BadInput as bad:
        raise BadValue(bad.faults[0].problem, bad.faults[0].remedy) from None
    if money.minor < 0:
        raise BadValue(f"{quoted(amount)} is below zero", "published money is never below zero")
    return money
