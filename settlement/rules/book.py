"""What a rule book is, once read: editions, tables, rows, formulas. Plain frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from settlement.money import Money
from settlement.rules.cells import Cell
from settlement.rules.formulas import Formula
from settlement.rules.policy import PolicyTerms
from settlement.rules.types import Text, Type, Value


class BookKind(StrEnum):
    """A pack is one published table; a policy is how one company treats complaints in one market."""

    PACK = "pack"
    POLICY = "policy"


class Standing(StrEnum):
    """What stands behind a pack."""

    STATUTE = "statute"
    SCHEME = "scheme"
    PROMISE = "promise"
    GUIDANCE = "guidance"
    TARIFF = "tariff"

    @property
    def binds(self) -> bool:
        return self in (Standing.STATUTE, Standing.SCHEME, Standing.PROMISE)


class Head(StrEnum):
    """What a sum is paid for. Sums under different heads add; under one head the highest counts."""

    LOSS = "loss"
    PRICE_REFUND = "price_refund"
    ADDED_SUM = "added_sum"
    DELAY = "delay"
    CANCELLATION = "cancellation"
    DENIED_BOARDING = "denied_boarding"
    APPOINTMENT = "appointment"
    START = "start"
    OUTAGE = "outage"
    BAGGAGE = "baggage"
    DEPOSIT = "deposit"
    INTEREST = "interest"
    DISTRESS = "distress"
    SERVICE_STANDARD = "service_standard"
    SERVICE_CREDIT = "service_credit"
    OTHER = "other"


class OwedIn(StrEnum):
    """The form in which a pack says that its sum is owed."""

    MONEY = "money"
    CREDIT = "credit"
    KIND = "kind"


class Hit(StrEnum):
    """What to do when several rows match."""

    UNIQUE = "unique"
    FIRST = "first"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class Column:
    """A named, typed column: a condition or an output."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Output:
    """What a row gives in one output column: a literal (None is null), a formula, or foreign money."""

    text: str
    value: Value | Money | None = None
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One rule. `cells` and `outputs` stand in the order of the table's columns."""

    id: str
    cells: tuple[Cell, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table. `otherwise` answers when no row matches; its cells are empty."""

    id: str
    hit: Hit
    columns: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rows: tuple[Row, ...]
    otherwise: Row | None = None


@dataclass(frozen=True, slots=True)
class NamedFormula:
    """A formula with a name, and the type of what it gives."""

    id: str
    formula: Formula
    type: Type


@dataclass(frozen=True, slots=True)
class Example:
    """What the owner of the book expects: facts in, published values and matched rows out."""

    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """One text of one book. The digest covers every value of the file, no layout and no comment."""

    file: str
    id: str
    kind: BookKind
    title: Text
    currency: str
    source: str
    edition: str
    effective_from: date
    digest: str
    inputs: Mapping[str, Type]
    tables: Mapping[str, Table]
    formulas: Mapping[str, NamedFormula]
    outputs: tuple[str, ...] = ()
    standing: Standing | None = None
    head: Head | None = None
    owed_in: OwedIn | None = None
    words: Mapping[str, Text] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    monotone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    terms: PolicyTerms | None = None
    """What a policy says beside its tables; None for a pack."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The file as read, for showing it."""

    def table_of(self, output: str) -> Table | None:
        """The table that gives an output, if one does."""
        return next((t for t in self.tables.values() if any(c.name == output for c in t.outputs)), None)

    def type_of(self, name: str) -> Type:
        """The type of an input, an output or a formula of this edition."""
        if name in self.inputs:
            return self.inputs[name]
        if name in self.formulas:
            return self.formulas[name].type
        table = self.table_of(name)
        assert table is not None, f"{name} is a name of this edition"
        return next(c.type for c in table.outputs if c.name == name)
