"""The types of the rule language: how a value is written, read, bounded and numbered.

Inside, a value is natural: money a whole number of minor units, rate and decimal exact
fractions, a date a date, an enum its text, unknown None. The engine sees whole numbers only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from settlement.errors import BadInput
from settlement.money import LARGEST_MINOR, Money

Value = int | Fraction | date | bool | str

LARGEST = LARGEST_MINOR
NANO = 10**9
"""Rates and decimals are whole billionths."""

FIRST_DAY = date(1800, 1, 1)
LAST_DAY = date(2199, 12, 31)

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
MEMBER = re.compile(r"(?!-$|null$)[\w.\-](?:[\w.\- ]*[\w.\-])?")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,40})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,9})?", re.ASCII)
_PERCENT = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,7})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Kind(StrEnum):
    """The kinds of value."""

    INTEGER = "integer"
    MONEY = "money"
    RATE = "rate"
    DECIMAL = "decimal"
    DATE = "date"
    BOOLEAN = "boolean"
    ENUM = "enum"


ORDERED = frozenset(Kind) - {Kind.BOOLEAN, Kind.ENUM}


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class BadValue(Exception):
    """A text or fact that is no value of its type; says what to write instead."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy
        super().__init__(f"{problem}; {remedy}")


def quoted(raw: Any) -> str:
    """A value in a message as its writer wrote it, cut where it is long."""
    match raw:
        case str():
            return repr(raw if len(raw) <= _LONGEST_QUOTE else raw[:_LONGEST_QUOTE] + "…")
        case None:
            return "null"
        case bool():
            return str(raw).lower()
        case int():
            return str(raw) if abs(raw) <= 10**_LONGEST_QUOTE else "a number of that length"
        case list():
            return "a list"
        case Mapping():
            return "a block"
    return str(raw)[:_LONGEST_QUOTE]


_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class Type:
    """The type of an input, an output or a column.

    `low` and `high` are natural values or None; `values` the members of an enum in their order;
    `bounds` the least and the greatest engine number of a known value. Unknown is one beyond the greatest.
    """

    kind: Kind
    currency: str = ""
    values: tuple[str, ...] = ()
    low: Value | None = None
    high: Value | None = None
    nullable: bool = False
    unit: str = ""
    bounds: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        least, greatest = self._outermost()
        low = least if self.low is None else self.number(self.low)
        high = greatest if self.high is None else self.number(self.high)
        object.__setattr__(self, "bounds", (low, high))

    def _outermost(self) -> tuple[int, int]:
        match self.kind:
            case Kind.ENUM:
                return 0, len(self.values) - 1
            case Kind.BOOLEAN:
                return 0, 1
            case Kind.DATE:
                return FIRST_DAY.toordinal(), LAST_DAY.toordinal()
        return -LARGEST, LARGEST

    @property
    def ordered(self) -> bool:
        return self.kind in ORDERED

    def number(self, value: Value) -> int:
        """The whole number by which the engine knows a natural value. Raises BadValue if there is none."""
        match self.kind:
            case Kind.ENUM:
                if value not in self.values:
                    raise BadValue(
                        f"{quoted(value)} is not a member", f"write one of {', '.join(self.values)}"
                    )
                return self.values.index(str(value))
            case Kind.DATE:
                assert isinstance(value, date)
                return value.toordinal()
            case Kind.RATE | Kind.DECIMAL:
                assert isinstance(value, int | Fraction)
                return _whole(value * NANO)
        assert isinstance(value, int | Fraction)
        return _whole(value)

    def contains(self, value: Value) -> bool:
        """Whether a natural value lies within the bounds. Raises BadValue for one with no engine number."""
        low, high = self.bounds
        return low <= self.number(value) <= high

    def read_literal(self, text: str) -> Value:
        """Read a literal as it is written in a cell. Raises BadValue."""
        return _READERS[self.kind](self, text)

    def read_fact(self, raw: Any) -> Value | None:
        """Read a fact as JSON or TOML gives it; None is unknown. Raises BadValue."""
        if raw is None:
            if self.nullable:
                return None
            raise BadValue("is unknown (null)", f"give {self.asks_for}")
        expected = _WRITTEN_AS.get(self.kind, str)
        if type(raw) is not expected:
            what = "a text" if expected is str else _A_KIND[self.kind]
            raise BadValue(f"{quoted(raw)} is not {what}", f"give {self.asks_for}")
        value = _FACT_READERS[self.kind](self, raw if isinstance(raw, str) else quoted(raw))
        if not self.contains(value):
            raise BadValue(f"{quoted(raw)} is out of bounds", f"give {self.asks_for}")
        return value

    def write(self, value: Value | None) -> str | int | bool | None:
        """The published form: JSON's own for counts, booleans and unknown, else a text."""
        return None if value is None else _WRITERS[self.kind](self, value)

    @property
    def asks_for(self) -> str:
        """What to write, as an English phrase with an example."""
        phrase = f"{_A_KIND[self.kind]} like {self.example}"
        low = "" if self.low is None else f", at least {self.write(self.low)}"
        high = "" if self.high is None else f", at most {self.write(self.high)}"
        return phrase + low + high + (", or null" if self.nullable else "")

    @property
    def example(self) -> str:
        match self.kind:
            case Kind.ENUM:
                return " | ".join(self.values)
            case Kind.MONEY:
                return f'"{Money(25000, self.currency).amount}"'
            case kind:
                return _EXAMPLES[kind]


_WRITTEN_AS: dict[Kind, type] = {Kind.INTEGER: int, Kind.BOOLEAN: bool}
"""The kinds that JSON and TOML have themselves; every other is written as a text."""

_A_KIND = {
    Kind.INTEGER: "a whole number",
    Kind.MONEY: "an amount",
    Kind.RATE: "a percentage",
    Kind.DECIMAL: "a decimal",
    Kind.DATE: "a date",
    Kind.BOOLEAN: "a truth value",
    Kind.ENUM: "one of the members",
}
_EXAMPLES = {
    Kind.INTEGER: "180",
    Kind.RATE: '"8.25%"',
    Kind.DECIMAL: '"18.5"',
    Kind.DATE: '"2025-07-02"',
    Kind.BOOLEAN: "true",
}


def _whole(value: int | Fraction) -> int:
    if isinstance(value, Fraction):
        if value.denominator != 1:
            raise BadValue(
                f"{write_fraction(value)} is not a whole number of the smallest unit", "round it first"
            )
        return value.numerator
    return int(value)


def write_decimal(value: int | Fraction) -> str:
    """An exact decimal text. The value has a finite decimal expansion of at most 30 digits."""
    fraction = Fraction(value)
    scaled = fraction * 10**30
    assert scaled.denominator == 1, "only finite decimals are written"
    whole, rest = divmod(abs(scaled.numerator), 10**30)
    text = f"{whole}.{rest:030d}".rstrip("0").rstrip(".")
    return f"-{text}" if fraction < 0 else text


def write_fraction(value: int | Fraction) -> str:
    """Any exact number as a text: a decimal where it is one, else numerator/denominator."""
    fraction = Fraction(value)
    if 10**30 % fraction.denominator == 0:
        return write_decimal(fraction)
    return f"{fraction.numerator}/{fraction.denominator}"


def _refuse(type_: Type, text: str) -> BadValue:
    return BadValue(f"{quoted(text)} is not {_A_KIND[type_.kind]}", f"write one like {type_.example}")


def _bounded(type_: Type, value: int | Fraction, text: str) -> int | Fraction:
    limit = LARGEST if type_.kind is Kind.INTEGER else Fraction(LARGEST, NANO)
    if not -limit <= value <= limit:
        raise BadValue(f"{quoted(text)} is too large", "no number exceeds 10^15 of the smallest unit")
    return value


def _read_integer(type_: Type, text: str) -> Value:
    if not _INTEGER.fullmatch(text):
        raise _refuse(type_, text)
    return _bounded(type_, int(text), text)


def _read_money(type_: Type, text: str) -> Value:
    try:
        return Money.of(text, type_.currency).minor
    except BadInput as error:
        raise BadValue(error.faults[0].problem, error.faults[0].remedy) from None


def _read_percent(type_: Type, text: str) -> Value:
    if not text.endswith("%"):
        raise _refuse(type_, text)
    return _read_rate(type_, text)


def _read_rate(type_: Type, text: str) -> Value:
    number = text.removesuffix("%")
    if not _PERCENT.fullmatch(number):
        raise _refuse(type_, text)
    return _bounded(type_, Fraction(number) / 100, text)


def _read_decimal(type_: Type, text: str) -> Value:
    if not _DECIMAL.fullmatch(text):
        raise _refuse(type_, text)
    return _bounded(type_, Fraction(text), text)


def _read_date(type_: Type, text: str) -> Value:
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise _refuse(type_, text)
    return day


def _read_boolean(type_: Type, text: str) -> Value:
    if text not in ("true", "false"):
        raise _refuse(type_, text)
    return text == "true"


def _read_enum(type_: Type, text: str) -> Value:
    type_.number(text)
    return text


_READERS: dict[Kind, Callable[[Type, str], Value]] = {
    Kind.INTEGER: _read_integer,
    Kind.MONEY: _read_money,
    Kind.RATE: _read_percent,
    Kind.DECIMAL: _read_decimal,
    Kind.DATE: _read_date,
    Kind.BOOLEAN: _read_boolean,
    Kind.ENUM: _read_enum,
}
_FACT_READERS = _READERS | {Kind.RATE: _read_rate}


def _write_money(type_: Type, value: Any) -> str:
    return Money(_whole(value), type_.currency).amount


_WRITERS: dict[Kind, Callable[[Type, Any], str | int | bool]] = {
    Kind.INTEGER: lambda _, value: _whole(value),
    Kind.MONEY: _write_money,
    Kind.RATE: lambda _, value: f"{write_decimal(value * 100)}%",
    Kind.DECIMAL: lambda _, value: write_decimal(value),
    Kind.DATE: lambda _, value: str(value),
    Kind.BOOLEAN: lambda _, value: bool(value),
    Kind.ENUM: lambda _, value: str(value),
}
