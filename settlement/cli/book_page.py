"""A rule book as a page for people: where it comes from, every table in words, formulas, parameters."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from settlement.cli.labels import Labels
from settlement.cli.layout import grid, heading, indented, print_parts, sheet
from settlement.decision.phrases import LANGUAGES, own_text
from settlement.rules.book import Column, Edition, Output, Row, Table
from settlement.rules.cells import Cell, Equals, Unknown, Within
from settlement.rules.policy import CASE_CLOCKS
from settlement.rules.types import Kind, Type
from settlement.rules.words import name_text

_SHOWN_ELSEWHERE = ("book", "inputs", "table", "formula", "monotone", "words", "example")

MOST_COLUMNS = 4
"""A table with more columns is told row by row."""


def print_book(edition: Edition, status: str, editions: Iterable[str], language: str) -> None:
    """The page on stdout."""
    print_parts(BookPage(edition, Labels(language)).parts(status, editions))


class BookPage:
    """The parts of the page. What a policy says beside its tables is shown key by key, as it stands."""

    def __init__(self, edition: Edition, labels: Labels) -> None:
        self.edition, self.labels = edition, labels

    def parts(self, status: str, editions: Iterable[str]) -> Iterator[RenderableType]:
        yield from self._head(status, editions)
        if self.edition.inputs:
            yield from self._inputs()
        for table in self.edition.tables.values():
            yield from self._table(table)
        if self.edition.formulas:
            yield from self._formulas()
        if self.edition.monotone:
            yield from self._promises()
        for name, block in self.edition.data.items():
            if name not in _SHOWN_ELSEWHERE:
                yield from self._block(name, block)

    def _head(self, status: str, editions: Iterable[str]) -> Iterator[RenderableType]:
        edition, line = self.edition, self.labels
        title = edition.title.in_language(line.language)
        yield Text(f"{title} · {line('kind', edition.kind)} {edition.id} {edition.edition}", style="bold")
        facts = [
            line("status", status),
            line("line", "effective", edition.effective_from),
            line("line", "currency", edition.currency),
        ]
        if edition.standing:
            facts.append(line("line", "standing", line("standing", edition.standing)))
        yield Text(" · ".join(facts))
        yield Text(line("line", "source", edition.source))
        if edition.outputs:
            outputs = line.listed([self._name(name) for name in edition.outputs])
            yield Text(line("line", "outputs", outputs))
        yield Text(line("line", "editions", line.listed(list(editions))), style="dim")
        yield Text(line("line", "digest", edition.digest), style="dim")

    def _name(self, name: str) -> str:
        """A name in the book's words, else in those that every policy shares, else itself."""
        if name in self.edition.words or not self.labels.knows("fact", name):
            return name_text(self.edition, name, self.labels.language)
        return self.labels("fact", name)

    def _columns(self, *codes: str) -> list[str]:
        return [self.labels("column", code) for code in codes]

    def _inputs(self) -> Iterator[RenderableType]:
        yield heading(self.labels("block", "inputs"))
        table = grid(*self._columns("name", "words", "type"))
        for name, type_ in self.edition.inputs.items():
            table.add_row(name, self._name(name), self._type(name, type_))
        yield indented(table)

    def _type(self, name: str, type_: Type) -> str:
        if type_.kind is Kind.ENUM:
            members = [self._id_and_word(name, member) for member in type_.values]
            told = [self.labels("type", "enum", self.labels.listed(members))]
        else:
            told = [self.labels("type", type_.kind) + (f" ({type_.unit})" if type_.unit else "")]
        bounds = (("at_least", type_.low), ("at_most", type_.high))
        told += [self.labels("type", code, type_.write(v)) for code, v in bounds if v is not None]
        if type_.nullable:
            told.append(self.labels("type", "nullable"))
        return self.labels.listed(told)

    def _id_and_word(self, name: str, member: str) -> str:
        word = self._name(f"{name}.{member}")
        return member if word == member.rpartition(".")[2] else f"{member} ({word})"

    def _table(self, table: Table) -> Iterator[RenderableType]:
        yield heading(self.labels("block", "table", table.id, self.labels("hit", table.hit)))
        columns = (*table.columns, *table.outputs)
        has_words = any(self._words(table, row) for row in table.rows)
        in_columns = len(columns) + has_words <= MOST_COLUMNS
        row_name, *when_then, words = self._columns("row", "when", "then", "words")
        names = [self._name(column.name) for column in columns] if in_columns else when_then
        rows = [
            (row.id, *(self._cells if in_columns else self._told)(table, row), self._words(table, row))
            for row in (*table.rows, table.otherwise)
            if row
        ]
        note = ""
        if table.otherwise and not has_words:
            *cells, note = rows[-1]
            rows[-1] = (*cells, "")
        dates = [n for n, column in enumerate(columns, 1) if column.type.kind is Kind.DATE]
        yield sheet([row_name, *names, words], rows, fixed=tuple(dates) if in_columns else ())
        if table.otherwise and note:
            yield Text(f"  {table.otherwise.id}: {note}", style="dim")

    def _cells(self, table: Table, row: Row) -> list[str]:
        """What a row asks, then what it gives."""
        asked = [self._cell(column, cell) for column, cell in zip(table.columns, row.cells, strict=False)]
        if row is table.otherwise:
            asked = [self.labels("line", "otherwise"), *("" for _ in table.columns[1:])]
        return asked + [
            self._output(column, out) for column, out in zip(table.outputs, row.outputs, strict=True)
        ]

    def _told(self, table: Table, row: Row) -> tuple[str, str]:
        """The same for a wide table, one below the other."""
        cells = self._cells(table, row)
        given = list(zip(table.outputs, cells[len(table.columns) :], strict=True))
        then = [self._pair(column.name, text) for column, text in given] if given[1:] else [given[0][1]]
        if row is table.otherwise:
            return cells[0], "\n".join(then)
        asked = zip(table.columns, cells, strict=False)
        when = [self._pair(column.name, text) for column, text in asked if text]
        return "\n".join(when) or self.labels("line", "always"), "\n".join(then)

    def _cell(self, column: Column, cell: Cell) -> str:
        """A condition; members, yes and no in words."""
        items = cell.items
        if items is None:
            return ""
        if column.type.ordered or any(isinstance(item, Within) for item in items):
            return cell.text
        told = self.labels.listed(
            self._member(column.name, self._literal(item)) for item in items if not isinstance(item, Within)
        )
        return self.labels("cell", "not", told) if cell.negated else told

    def _literal(self, item: Equals | Unknown) -> str:
        value = item.value if isinstance(item, Equals) else None
        return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    def _member(self, name: str, member: str) -> str:
        known = self.labels.knows("cell", member)
        return self.labels("cell", member) if known else self._name(f"{name}.{member}")

    def _output(self, column: Column, output: Output) -> str:
        is_member = column.type.kind is Kind.ENUM and isinstance(output.value, str)
        return self._member(column.name, output.text) if is_member else output.text

    def _pair(self, name: str, value: str) -> str:
        return self.labels("line", "pair", self._name(name), value)

    def _words(self, table: Table, row: Row) -> str:
        words = self.edition.words.get(f"{table.id}.{row.id}")
        return words.in_language(self.labels.language) if words else ""

    def _formulas(self) -> Iterator[RenderableType]:
        yield heading(self.labels("block", "formulas"))
        table = grid(*self._columns("name", "words", "formula"))
        for name, formula in self.edition.formulas.items():
            word = self._name(name)
            table.add_row(name, "" if word == name else word, formula.formula.text)
        yield indented(table)

    def _promises(self) -> Iterator[RenderableType]:
        yield heading(self.labels("block", "monotone"))
        table = grid(*self._columns("name", "words"))
        for name, facts in self.edition.monotone.items():
            signs = {"+": "+ ", "-": "− "}
            told = [signs.get(fact[:1], "") + self._name(fact.lstrip("+-")) for fact in facts]
            table.add_row(self._name(name), self.labels.listed(told))
        yield indented(table)

    def _block(self, name: str, block: Any) -> Iterator[RenderableType]:
        """A block of parameters, a block of such blocks, or a list of things with an id."""
        if isinstance(block, list):
            yield heading(self.labels("block", name))
            yield from self._list(block)
        elif all(isinstance(inner, Mapping) for inner in block.values()):
            for inner_name, inner in block.items():
                place = f"{name}.{inner_name}"
                known = self.labels.knows("parameter", place)
                title = self.labels("parameter", place) if known else self.labels("kind", inner_name)
                yield heading(self.labels("block", name, title))
                yield indented(self._parameters(place, inner))
        else:
            yield heading(self.labels("block", name))
            yield indented(self._parameters(name, block))

    def _parameters(self, place: str, block: Mapping[str, Any]) -> RichTable:
        first = next(iter(block.values()), None)
        if isinstance(first, Mapping) and set(first) != set(LANGUAGES):
            return self._matrix(block)
        table = grid(*self._columns("parameter", "setting", "meaning"))
        for key, value in block.items():
            table.add_row(key, self._setting(value), self._meaning(f"{place}.{key}"))
        return table

    def _matrix(self, block: Mapping[str, Mapping[str, Any]]) -> RichTable:
        """Blocks with the same keys, one a row."""
        keys = list(dict.fromkeys(key for inner in block.values() for key in inner))
        columns = [self.labels("parameter", f"limits.{key}") for key in keys]
        table = grid(*self._columns("level"), *columns, right=tuple(range(1, len(keys) + 1)))
        for name, inner in block.items():
            table.add_row(self._name(f"level.{name}"), *(self._setting(inner.get(key, "")) for key in keys))
        return table

    def _meaning(self, place: str) -> str:
        """What a parameter means; a clock or a level by its name."""
        key = place.rpartition(".")[2]
        if self.labels.knows("parameter", place):
            return self.labels("parameter", place)
        if key in CASE_CLOCKS:
            return own_text("clock", key, self.labels.language)
        return self._name(f"level.{key}")

    def _setting(self, value: Any) -> str:
        if isinstance(value, Mapping):
            return str(value[self.labels.language])
        if isinstance(value, list):
            return ", ".join(self._setting(each) for each in value)
        return self.labels.duration(value) if isinstance(value, str) else str(value)

    def _list(self, blocks: list[Mapping[str, Any]]) -> Iterator[RenderableType]:
        rows = []
        for block in map(dict, blocks):
            name = str(block.pop("id", None) or block.pop("code", ""))
            words = block.pop("name", None) or block.pop("text", None)
            if words is None:
                words = {language: block.pop(language, "") for language in LANGUAGES}
            terms = [f"{self.labels('term', key)} {self._setting(value)}" for key, value in block.items()]
            rows.append((name, self._setting(words), self.labels.clauses(terms)))
        yield sheet(self._columns("name", "words", "terms"), rows)
