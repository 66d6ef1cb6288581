"""Running an edition: facts in; published values and the trace out; both executors on every table."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from settlement.errors import BadInput, CannotDecide, EnginesDisagree, Fault
from settlement.money import Money, exponent_of
from settlement.rules.book import Edition, Hit, Row, Table
from settlement.rules.daily import NoSingleRow, rows_between, sum_by_days, sum_by_edges
from settlement.rules.formulas import Exact, Formula, FormulaFault, Sort, compute
from settlement.rules.reference import matching_rows
from settlement.rules.rete import ReteTable
from settlement.rules.types import BadValue, Kind, Type, Value, write_fraction

Known = Value | Money | None

_KIND_OF = {Sort.MONEY: Kind.MONEY, Sort.NUMBER: Kind.DECIMAL, Sort.DATE: Kind.DATE}


class NoRowMatches(CannotDecide):
    """A table without an answer for these facts."""


class SeveralRowsMatch(CannotDecide):
    """A `unique` table with more than one answer for these facts."""


class BadResult(CannotDecide):
    """A formula or an output with a value that the book may not give."""


class EditionLatched(EnginesDisagree):
    """An edition that was latched off earlier in this process."""


@dataclass(frozen=True, slots=True)
class TableStep:
    """A table that was reached: what it read and the rows that matched (the one taken first).

    A table by day was read on every day of a sum, and its rows stand in the order of the days.
    """

    table: str
    read: Mapping[str, Any]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormulaStep:
    """A formula that was computed: its operands and its value; money in major units."""

    formula: str
    text: str
    operands: Mapping[str, Any]
    value: Any


Step = TableStep | FormulaStep


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an edition answered. `values` are natural; the trace stands in the order of evaluation."""

    edition: Edition
    values: Mapping[str, Known]
    steps: tuple[Step, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """Every matched row as table.row."""
        return tuple(f"{s.table}.{row}" for s in self.steps if isinstance(s, TableStep) for row in s.rows)

    def written(self, name: str) -> Any:
        """A value in its published form; money of another currency names it."""
        value = self.values[name]
        return str_foreign(value) if isinstance(value, Money) else self.edition.type_of(name).write(value)


def str_foreign(money: Money) -> str:
    return f"{money.currency} {money.amount}"


class LiveEdition:
    """An edition ready to run, in both executors. Safe for any number of threads.

    Once the executors differ, or the engine fails, the edition is latched off for the life of this object.
    """

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.latched: str | None = None
        tables = edition.tables.values()
        self.found_in = {c.name: (table, n) for table in tables for n, c in enumerate(table.outputs)}
        """The table that gives an output, and the output's place in it."""
        self.must_be_whole = {*edition.outputs, *(column.name for t in tables for column in t.columns)}
        """Names that are published or matched, and so must fit their type exactly."""
        self.types = {
            name: edition.type_of(name) for name in (*edition.inputs, *edition.formulas, *self.found_in)
        }
        self.sorts = {sort: Type(kind, edition.currency) for sort, kind in _KIND_OF.items()}
        """The type in which the trace shows the value of a formula."""
        self._engines = {
            table.id: ReteTable(table, f'{edition.file}: table "{table.id}"')
            for table in tables
            if not _is_daily(table)
        }

    def retire(self) -> None:
        """Free the engines."""
        for engine in self._engines.values():
            engine.retire()

    def read_facts(self, raw: Mapping[str, Any]) -> dict[str, Value | None]:
        """Facts of a pack from JSON. Raises BadInput with every fault, each placed by /name."""
        faults, facts = [], {}
        inputs = self.edition.inputs
        faults += [
            Fault(_pointer(name), "is not an input of this book", f"give only {', '.join(inputs)}")
            for name in raw
            if name not in inputs
        ]
        for name, type_ in inputs.items():
            if name not in raw and not type_.nullable:
                faults.append(Fault(f"/{name}", "is missing", f"give {type_.asks_for}"))
                continue
            try:
                facts[name] = type_.read_fact(raw.get(name))
            except BadValue as bad:
                faults.append(Fault(f"/{name}", bad.problem, bad.remedy))
        if faults:
            raise BadInput(faults)
        return facts

    def evaluate(self, facts: Mapping[str, Known], wanted: Iterable[str]) -> Evaluation:
        """The wanted names, each computed once and only when needed.

        Raises CannotDecide where the book has no answer; EnginesDisagree where the executors differ,
        and from then on for every evaluation of this edition.
        """
        if self.latched is not None:
            raise EditionLatched(self.latched)
        run = _Run(self, facts)
        try:
            for name in wanted:
                run.value_of(name)
        except EnginesDisagree as difference:
            self.latched = str(difference)
            raise
        return Evaluation(self.edition, run.known, tuple(run.steps))

    def answer(self, facts: Mapping[str, Known]) -> Evaluation:
        """The published outputs of a pack. Raises as `evaluate`, and BadResult for money below zero."""
        evaluation = self.evaluate(facts, self.edition.outputs)
        for name in self.edition.outputs:
            value = evaluation.values[name]
            type_ = self.types[name]
            if type_.kind is Kind.MONEY and isinstance(value, int) and value < 0:
                shown = type_.write(value)
                raise BadResult(f"{self.edition.file}: {name} is {shown}: published money is not below zero")
        return evaluation

    def match(self, table: Table, values: tuple[Value | None, ...]) -> frozenset[int]:
        """The matching rows on which both executors agree."""

        def compare(rows: frozenset[int]) -> None:
            expected = matching_rows(table, values)
            if rows != expected:
                raise EnginesDisagree(
                    f'{self.edition.file} ({self.edition.digest[:12]}): table "{table.id}": the executors '
                    f"differ: engine {_ids(table, rows)}, walker {_ids(table, expected)}, "
                    f"facts {_digest_of(values)}"
                )

        return self._engines[table.id].match(values, compare)

    def sum_over_days(self, output: str, after: date, until: date) -> int | Fraction | None:
        """An output over days, on which both ways of adding agree."""
        table, _ = self.found_in[output]
        try:
            total = sum_by_edges(table, output, after, until)
            expected = sum_by_days(table, output, after, until)
        except NoSingleRow as fault:
            raise NoRowMatches(f'{self.edition.file}: table "{table.id}": {fault}') from None
        if total != expected:
            raise EnginesDisagree(
                f'{self.edition.file}: table "{table.id}": two sums of {output} differ: {total}, {expected}'
            )
        return total


def _pointer(name: str) -> str:
    """The place of a key as a JSON pointer (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _is_daily(table: Table) -> bool:
    return table.columns[0].name == "day"


def _ids(table: Table, rows: frozenset[int]) -> list[str]:
    return [table.rows[number].id for number in sorted(rows)]


def _digest_of(values: tuple[Value | None, ...]) -> str:
    """What an alarm says of the facts: enough to find them, nothing about the customer."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:12]


class _Run:
    """One evaluation: names known so far, and the steps that led there."""

    def __init__(self, live: LiveEdition, facts: Mapping[str, Known]) -> None:
        self.live, self.edition = live, live.edition
        self.known: dict[str, Known] = dict(facts)
        self.steps: list[Step] = []
        self.matched: dict[str, tuple[Row, ...]] = {}

    def value_of(self, name: str) -> Known:
        if name not in self.known:
            formula = self.edition.formulas.get(name)
            self.known[name] = self._named(name) if formula else self._output(name)
        return self.known[name]

    def _named(self, name: str) -> Known:
        named = self.edition.formulas[name]
        value = self._compute(named.formula, name, f'formula "{name}"')
        if name in self.live.must_be_whole:
            return self._fitting(value, named.type, f'formula "{name}"')
        return value

    def _compute(self, formula: Formula, step: str, place: str) -> Exact | None:
        operands = {name: self._operand(name) for name in formula.names}
        try:
            value = compute(formula, operands.__getitem__, self._sum_over_days)
        except FormulaFault as fault:
            raise BadResult(f"{self.edition.file}: {place}: {fault}") from None
        shown = {name: _shown_exact(operand, self.live.types[name]) for name, operand in operands.items()}
        value_shown = _shown_exact(value, self.live.sorts[formula.sort])
        self.steps.append(FormulaStep(step, formula.text, shown, value_shown))
        return value

    def _operand(self, name: str) -> Value | None:
        value = self.value_of(name)
        assert not isinstance(value, Money), "money of another currency is not calculated with"
        return value

    def _sum_over_days(self, output: str, after: date, until: date) -> int | Fraction | None:
        total = self.live.sum_over_days(output, after, until)
        table, _ = self.live.found_in[output]
        step = TableStep(table.id, {"day": f"({after}..{until}]"}, rows_between(table, after, until))
        if step not in self.steps:
            self.steps.append(step)
        return total

    def _output(self, name: str) -> Known:
        if name not in self.live.found_in:
            raise BadInput([Fault(f"/{name}", "is missing", "give this fact")])
        table, position = self.live.found_in[name]
        values = [self._cell_value(table, row, position) for row in self._match(table)]
        if len(values) == 1 or None in values:
            return values[0] if len(values) == 1 else None
        comparable = [value for value in values if value is not None and not isinstance(value, Money)]
        assert len(comparable) == len(values), "a table that takes the highest holds no foreign money"
        return max(comparable, key=table.outputs[position].type.number)

    def _match(self, table: Table) -> tuple[Row, ...]:
        """The rows that a table takes: one, or under `highest` every matching one."""
        if table.id not in self.matched:
            values = tuple(self._operand(column.name) for column in table.columns)
            rows = [table.rows[number] for number in sorted(self.live.match(table, values))]
            rows = self._taken(table, rows, values)
            self.matched[table.id] = tuple(rows)
            read = {
                column.name: column.type.write(value)
                for column, value in zip(table.columns, values, strict=True)
            }
            self.steps.append(TableStep(table.id, read, tuple(row.id for row in rows)))
        return self.matched[table.id]

    def _taken(self, table: Table, rows: list[Row], values: tuple[Value | None, ...]) -> list[Row]:
        if not rows:
            if table.otherwise is None:
                raise NoRowMatches(
                    f"{self._facts_at(table, values)}: no row matches; a person takes the case"
                )
            return [table.otherwise]
        if table.hit is Hit.UNIQUE and len(rows) > 1:
            ids = ", ".join(row.id for row in rows)
            raise SeveralRowsMatch(f"{self._facts_at(table, values)}: the rows {ids} match, but one may")
        return rows if table.hit is Hit.HIGHEST else rows[:1]

    def _facts_at(self, table: Table, values: tuple[Value | None, ...]) -> str:
        facts = ", ".join(f"{c.name} = {c.type.write(v)}" for c, v in zip(table.columns, values, strict=True))
        return f'{self.edition.file}: table "{table.id}": for {facts}'

    def _cell_value(self, table: Table, row: Row, position: int) -> Known:
        output, column = row.outputs[position], table.outputs[position]
        if output.formula is None:
            return output.value
        place = f'table "{table.id}", row "{row.id}", column "{column.name}"'
        value = self._compute(output.formula, f"{table.id}.{row.id}.{column.name}", place)
        return self._fitting(value, column.type, place)

    def _fitting(self, value: Exact | None, type_: Type, place: str) -> Value | None:
        """The value, if its type can hold it exactly."""
        if value is None:
            return None
        try:
            fits = type_.contains(value)
        except BadValue as bad:
            raise BadResult(f"{self.edition.file}: {place}: {bad.problem}") from None
        if not fits:
            raise BadResult(f"{self.edition.file}: {place}: {_shown_exact(value, type_)} is out of bounds")
        if isinstance(value, Fraction) and type_.kind in (Kind.MONEY, Kind.INTEGER):
            return value.numerator
        return value


def _shown_exact(value: Any, type_: Type) -> Any:
    """A value for the trace: written as published where its type can, else as an exact number."""
    if isinstance(value, Fraction) and type_.kind is Kind.MONEY and value.denominator != 1:
        return write_fraction(value / 10 ** exponent_of(type_.currency))
    if isinstance(value, Fraction) and type_.kind in (Kind.RATE, Kind.DECIMAL):
        return write_fraction(value)
    return type_.write(value)
