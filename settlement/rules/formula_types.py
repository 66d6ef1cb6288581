"""What a formula gives: money, a number or a date, inferred from its names and its place."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from settlement.money import EXPONENTS, Rounding
from settlement.rules.formulas import (
    AsMoney,
    Binary,
    Call,
    DaySum,
    Formula,
    Name,
    Negative,
    Node,
    Number,
    RoundTo,
    Sort,
    names_in,
    parse,
)
from settlement.rules.types import BadValue, Kind, Type, quoted

TypeOf = Callable[[str], Type]


def check_formula(
    text: str, type_of: TypeOf, daily_type_of: TypeOf, currency: str, wanted: Sort | None = None
) -> Formula:
    """Read and type a formula. `type_of` gives the type of a name, `daily_type_of` that of a daily output.

    `wanted` is the sort that the place needs; a plain number becomes money there. Raises BadValue.
    """
    root = parse(text)
    for name in names_in(root):  # first, so that names that rest on names do not pile up on the tree
        type_of(name)
    checker = _Checker(type_of, daily_type_of, 10 ** EXPONENTS.get(currency, 2))
    typed = checker.infer(root)
    if wanted is Sort.MONEY:
        typed = checker.as_money(typed)
    if wanted is not None and typed.sort is not wanted:
        raise BadValue(f"{quoted(text)} gives {_a(typed.sort)}", f"{_a(wanted)} belongs here")
    return Formula(text, typed.node, typed.sort, typed.whole, names_in(root))


@dataclass(frozen=True, slots=True)
class _Typed:
    """A node with its sort; `flexible` numbers may stand for money; `whole` numbers have no fraction."""

    node: Node
    sort: Sort
    flexible: bool = False
    whole: bool = False


def _a(sort: Sort) -> str:
    return "money" if sort is Sort.MONEY else f"a {sort}"


class _Checker:
    def __init__(self, type_of: TypeOf, daily_type_of: TypeOf, minor_per_unit: int) -> None:
        self.type_of, self.daily_type_of, self.minor_per_unit = type_of, daily_type_of, minor_per_unit

    def infer(self, node: Node) -> _Typed:
        match node:
            case Number(value, is_percent):
                return _Typed(
                    node,
                    Sort.NUMBER,
                    flexible=not is_percent,
                    whole=not is_percent and value.denominator == 1,
                )
            case Name(name):
                return self._named(node, self.type_of(name))
            case Negative(operand):
                inner = self.infer(operand)
                if inner.sort is Sort.DATE:
                    raise BadValue("a date has no minus", "subtract two dates, or add days to one")
                return _Typed(Negative(inner.node), inner.sort, inner.flexible, inner.whole)
            case Binary(sign, left, right):
                combine = self._sum if sign in "+-" else self._product
                return combine(sign, self.infer(left), self.infer(right))
            case RoundTo(operand, rounding, step):
                return self._round(self.infer(operand), rounding, step)
            case DaySum(output, after, until):
                days = [self._must_be(self.infer(day), Sort.DATE).node for day in (after, until)]
                return self._named(DaySum(output, days[0], days[1]), self.daily_type_of(output))
            case Call("add_months", (day, months)):
                count = self._must_be(self.infer(months), Sort.NUMBER)
                if not count.whole:
                    raise BadValue("add_months needs a whole number of months", "round it down first")
                return _Typed(
                    Call("add_months", (self._must_be(self.infer(day), Sort.DATE).node, count.node)),
                    Sort.DATE,
                )
            case Call("months", days_):
                both = tuple(self._must_be(self.infer(day), Sort.DATE).node for day in days_)
                return _Typed(Call("months", both), Sort.NUMBER, whole=True)
            case Call(function, arguments):
                return self._extreme(function, [self.infer(argument) for argument in arguments])
        raise AssertionError(f"no rule for {node}")

    def as_money(self, typed: _Typed) -> _Typed:
        """The same, as money, where a plain number may stand for it."""
        if typed.sort is Sort.NUMBER and typed.flexible:
            return _Typed(AsMoney(typed.node, self.minor_per_unit), Sort.MONEY)
        return typed

    def _named(self, node: Node, type_: Type) -> _Typed:
        match type_.kind:
            case Kind.MONEY:
                return _Typed(node, Sort.MONEY)
            case Kind.DATE:
                return _Typed(node, Sort.DATE)
            case Kind.BOOLEAN | Kind.ENUM:
                raise BadValue(
                    f"a formula cannot calculate with {type_.kind} values", "choose by them in a table"
                )
            case kind:
                return _Typed(node, Sort.NUMBER, whole=kind is Kind.INTEGER)

    def _must_be(self, typed: _Typed, sort: Sort) -> _Typed:
        if typed.sort is not sort:
            raise BadValue(
                f"{_a(typed.sort)} stands where {_a(sort)} should", "check the order of the operands"
            )
        return typed

    def _sum(self, sign: str, left: _Typed, right: _Typed) -> _Typed:
        if left.sort is Sort.DATE and right.sort is Sort.DATE and sign == "-":
            return _Typed(Binary("days", left.node, right.node), Sort.NUMBER, whole=True)
        if left.sort is Sort.DATE and right.sort is Sort.NUMBER and right.whole:
            return _Typed(Binary(sign, left.node, right.node), Sort.DATE)
        left, right = self._alike([left, right])
        if left.sort is not right.sort or left.sort is Sort.DATE:
            raise BadValue(
                f"{_a(left.sort)} {sign} {_a(right.sort)} has no meaning", "bring both to one kind"
            )
        both = left.flexible and right.flexible
        return _Typed(Binary(sign, left.node, right.node), left.sort, both, left.whole and right.whole)

    def _product(self, sign: str, left: _Typed, right: _Typed) -> _Typed:
        if Sort.DATE in (left.sort, right.sort):
            raise BadValue("a date cannot be multiplied or divided", "count days or months first")
        if sign == "/" and right.sort is Sort.MONEY:
            left = self.as_money(left)
        node = Binary(sign, left.node, right.node)
        money = (left.sort is Sort.MONEY, right.sort is Sort.MONEY)
        if sign == "/":
            if money == (False, True):
                raise BadValue(
                    "a number divided by money has no meaning", "divide money by money, or by a number"
                )
            sort = Sort.MONEY if money == (True, False) else Sort.NUMBER
            return _Typed(node, sort, left.flexible)
        if money == (True, True):
            raise BadValue("money * money has no meaning", "multiply money by a number or a rate")
        sort = Sort.MONEY if any(money) else Sort.NUMBER
        return _Typed(node, sort, left.flexible or right.flexible, left.whole and right.whole)

    def _round(self, inner: _Typed, rounding: Rounding, step: Fraction) -> _Typed:
        if inner.sort is Sort.DATE:
            raise BadValue("a date cannot be rounded", "dates are whole days")
        if inner.sort is Sort.MONEY:
            return _Typed(RoundTo(inner.node, rounding, step * self.minor_per_unit), Sort.MONEY)
        return _Typed(RoundTo(inner.node, rounding, step), Sort.NUMBER, inner.flexible, step.denominator == 1)

    def _extreme(self, function: str, operands: list[_Typed]) -> _Typed:
        operands = self._alike(operands)
        if len({operand.sort for operand in operands}) > 1:
            raise BadValue(f"{function} over different kinds has no meaning", "bring all to one kind")
        return _Typed(
            Call(function, tuple(operand.node for operand in operands)),
            operands[0].sort,
            all(operand.flexible for operand in operands),
            all(operand.whole for operand in operands),
        )

    def _alike(self, operands: list[_Typed]) -> list[_Typed]:
        """Plain numbers beside money become money."""
        if any(operand.sort is Sort.MONEY for operand in operands):
            return [self.as_money(operand) for operand in operands]
        return operands
