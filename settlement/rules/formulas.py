"""The formula language: text to a typed tree, and exact arithmetic over it.

    formula = term { ("+" | "-") term }        term = factor { ("*" | "/") factor }
    factor  = "-" factor | number ["%"] | name | call | "(" formula ")"

A formula has no condition: every `if` is a row of a table. Unknown in any operand gives unknown.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from settlement.dates import add_months, whole_months
from settlement.money import Rounding, round_whole
from settlement.rules.types import FIRST_DAY, LAST_DAY, BadValue, Value, quoted

FUNCTIONS = ("min", "max", "round", "add_months", "months", "day_sum")
RESERVED = frozenset({"id", "day", *FUNCTIONS})


class Sort(StrEnum):
    """What a formula gives. A number is exact; money is in minor units."""

    MONEY = "money"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class RoundTo:
    operand: "Node"
    rounding: Rounding
    step: Fraction


@dataclass(frozen=True, slots=True)
class DaySum:
    output: str
    after: "Node"
    until: "Node"


@dataclass(frozen=True, slots=True)
class AsMoney:
    """A plain number that stands where money is needed: as many major units."""

    operand: "Node"
    minor_per_unit: int


Node = Number | Name | Negative | Binary | Call | RoundTo | DaySum | AsMoney


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, checked against the types of its names."""

    text: str
    root: Node
    sort: Sort
    whole: bool
    names: tuple[str, ...]


Lookup = Callable[[str], Value | None]
SumOverDays = Callable[[str, date, date], "int | Fraction | None"]


class FormulaFault(Exception):
    """Arithmetic that has no answer, met while computing; a fault of the book."""


_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)(\s*%)?|([A-Za-z_]\w*)|([-+*/(),]))", re.ASCII)
_NUMBER = re.compile(r"(?:0|[1-9]\d{0,15})(?:\.\d{1,9})?", re.ASCII)
_LONGEST = 500
_DEEPEST = 40
_MOST_BITS = 1024


def parse(text: str) -> Node:
    """Read the text of a formula. Raises BadValue, saying where it stops making sense."""
    if len(text) > _LONGEST:
        raise BadValue("the formula is too long", f"split it: at most {_LONGEST} characters")
    parser = _Parser(list(_tokens(text)))
    node = parser.formula()
    parser.expect("the end")
    if _depth(node) > _DEEPEST:
        raise BadValue(
            f"more than {_DEEPEST} steps rest on one another", "name parts as formulas of their own"
        )
    return node


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    is_percent: bool = False

    def __str__(self) -> str:
        return self.text if self.kind == "the end" else quoted(self.text)


def _tokens(text: str) -> Iterator[_Token]:
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            raise BadValue(f"{quoted(rest)} cannot be read", "use + - * / ( ), numbers, names and functions")
        number, percent, name, sign = match.groups()
        if number:
            if not _NUMBER.fullmatch(number):
                remedy = "at most 16 digits and 9 decimals, no zero in front"
                raise BadValue(f"{quoted(number)} is not a number of a formula", remedy)
            yield _Token("number", number, bool(percent))
        else:
            yield _Token("name", name) if name else _Token(sign, sign)
        position = match.end()
    yield _Token("the end", "the end")


class _Parser:
    """Recursive descent over the grammar at the top of this file."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, kind: str) -> _Token:
        if self.next.kind != kind:
            wanted = {"name": "a name", "number": "a number", "the end": kind}.get(kind, quoted(kind))
            raise BadValue(f"{self.next} stands where {wanted} should", "check brackets, commas and signs")
        return self.take()

    def deeper(self, read: Callable[[], Node]) -> Node:
        """What `read` gives, one level further in."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise BadValue("the formula is nested too deeply", "name its parts as formulas of their own")
        node = read()
        self.depth -= 1
        return node

    def formula(self) -> Node:
        return self.deeper(lambda: self._chain(self._term, "+-"))

    def _term(self) -> Node:
        return self._chain(self._factor, "*/")

    def _chain(self, operand: Callable[[], Node], signs: str) -> Node:
        node = operand()
        while self.next.kind in signs:
            sign = self.take().kind
            node = Binary(sign, node, operand())
        return node

    def _factor(self) -> Node:
        token = self.take()
        match token.kind:
            case "-":
                return Negative(self.deeper(self._factor))
            case "(":
                node = self.formula()
                self.expect(")")
                return node
            case "number":
                value = Fraction(token.text)
                return Number(value / 100, True) if token.is_percent else Number(value)
            case "name" if self.next.kind == "(":
                return self._call(token.text)
            case "name":
                return Name(token.text)
        raise BadValue(f"{token} stands where a number or a name should", "check brackets, commas and signs")

    def _call(self, function: str) -> Node:
        if function not in FUNCTIONS:
            raise BadValue(f"{quoted(function)} is not a function", f"use one of {', '.join(FUNCTIONS)}")
        self.expect("(")
        if function == "round":
            return self._round()
        arguments = [self.formula()]
        while self.next.kind == ",":
            self.take()
            arguments.append(self.formula())
        self.expect(")")
        if function == "day_sum":
            return _day_sum(arguments)
        if function in ("add_months", "months") and len(arguments) != 2:
            raise BadValue(
                f"{function} takes two arguments, not {len(arguments)}",
                "write add_months(day, months) or months(first, last)",
            )
        return Call(function, tuple(arguments))

    def _round(self) -> Node:
        operand = self.formula()
        self.expect(",")
        mode = self.expect("name").text
        if mode not in list(Rounding):
            raise BadValue(f"{quoted(mode)} is not a rounding", f"use {', '.join(Rounding)}")
        self.expect(",")
        step = self.expect("number")
        self.expect(")")
        if step.is_percent or Fraction(step.text) == 0:
            raise BadValue("the step of round is a number above 0", "write round(x, half_up, 0.01)")
        return RoundTo(operand, Rounding(mode), Fraction(step.text))


def _day_sum(arguments: list[Node]) -> Node:
    if len(arguments) != 3 or not isinstance(arguments[0], Name):
        raise BadValue("day_sum takes an output and two dates", "write day_sum(rate, after, until)")
    return DaySum(arguments[0].name, arguments[1], arguments[2])


def walk(node: Node) -> Iterator[Node]:
    """A node and every node below it."""
    yield node
    for operand in operands_of(node):
        yield from walk(operand)


def operands_of(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node, left to right."""
    match node:
        case Negative(operand) | RoundTo(operand, _, _) | AsMoney(operand, _):
            return (operand,)
        case Binary(_, left, right):
            return left, right
        case DaySum(_, after, until):
            return after, until
        case Call(_, arguments):
            return arguments
    return ()


def names_in(node: Node) -> tuple[str, ...]:
    """The names that a formula reads, each once; outputs added up day by day are not among them."""
    return tuple(dict.fromkeys(each.name for each in walk(node) if isinstance(each, Name)))


def _depth(root: Node) -> int:
    """How many nodes rest on one another; counted without recursion, since a chain may be long."""
    deepest, waiting = 0, [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(operand, depth + 1) for operand in operands_of(node)]
    return deepest


def daily_outputs(formula: Formula) -> tuple[str, ...]:
    """Outputs that the formula adds up day by day."""
    return tuple(dict.fromkeys(node.output for node in walk(formula.root) if isinstance(node, DaySum)))


Exact = int | Fraction | date


def compute(formula: Formula, lookup: Lookup, sum_over_days: SumOverDays) -> Exact | None:
    """The exact value of a formula; money in minor units; None is unknown. Raises FormulaFault."""
    return _compute(formula.root, lookup, sum_over_days)


def _compute(node: Node, lookup: Lookup, sum_over_days: SumOverDays) -> Exact | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        found = lookup(node.name)
        assert not isinstance(found, bool | str), "formulas see numbers, money and dates only"
        return found
    operands = []
    for operand in operands_of(node):
        value = _compute(operand, lookup, sum_over_days)
        if value is None:
            return None
        operands.append(value)
    if isinstance(node, DaySum):
        first, last = operands
        assert isinstance(first, date)
        assert isinstance(last, date)
        return sum_over_days(node.output, first, last)
    return _apply(node, operands)


def _apply(node: Node, operands: list[Exact]) -> Exact:
    match node, operands:
        case Binary("days", _, _), [date() as later, date() as earlier]:
            return (later - earlier).days
        case Binary(sign, _, _), [date() as day, int() | Fraction() as days]:
            return _shifted(day, int(days) if sign == "+" else -int(days))
        case Binary(sign, _, _), [int() | Fraction() as left, int() | Fraction() as right]:
            return _arithmetic(sign, left, right)
        case RoundTo(_, rounding, step), [int() | Fraction() as number]:
            return round_whole(Fraction(number, step), rounding) * step
        case AsMoney(_, minor_per_unit), [int() | Fraction() as number]:
            return number * minor_per_unit
        case Negative(), [int() | Fraction() as number]:
            return -number
        case Call("add_months", _), [date() as day, int() | Fraction() as months]:
            return _in_range(lambda: add_months(day, int(months)))
        case Call("months", _), [date() as first, date() as last]:
            return whole_months(first, last)
        case Call("min", _), _:
            return min(operands)
        case Call("max", _), _:
            return max(operands)
    raise AssertionError(f"{node} was typed, yet cannot take {operands}")


def _arithmetic(sign: str, left: int | Fraction, right: int | Fraction) -> int | Fraction:
    match sign:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value = left * right
        case _:
            if right == 0:
                raise FormulaFault("division by zero")
            value = Fraction(left, right)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        raise FormulaFault("a number grows out of bounds")
    return value


def _shifted(day: date, days: int) -> date:
    return _in_range(lambda: day + timedelta(days=days))


def _in_range(make: Callable[[], date]) -> date:
    try:
        day = make()
    except (OverflowError, ValueError):
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise FormulaFault(f"the date leaves the years {FIRST_DAY.year} to {LAST_DAY.year}")
    return day
