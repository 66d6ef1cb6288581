"""How reports count: groups in order, exact sums, averages in four decimals, medians in whole units."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

from settlement.money import Money, Rounding, round_whole

Cell = str | int | bool | Money | None
Row = dict[str, Cell]
"""One line of a report, by column."""

T = TypeVar("T")
_DECIMALS = 10_000


def groups(
    found: Iterable[T], key: Callable[[T], tuple[Cell, ...]]
) -> list[tuple[tuple[Cell, ...], list[T]]]:
    """Everything with the same key together, in the order of the keys; an unknown part comes last."""
    by_key: dict[tuple[Cell, ...], list[T]] = {}
    for each in found:
        by_key.setdefault(key(each), []).append(each)
    return sorted(by_key.items(), key=lambda pair: [(part is None, str(part)) for part in pair[0]])


def total(sums: Iterable[Money], currency: str) -> Money:
    """The sum, in one currency. Raises CurrencyMismatch."""
    return sum(sums, Money.zero(currency))


def ratio(part: int, whole: int) -> str | None:
    """A share or an average in four decimals, halves up; None where there is nothing to divide by."""
    return None if whole == 0 else decimals(Fraction(part, whole))


def decimals(exact: Fraction) -> str:
    """An exact number in four decimals, halves up: "1.2500"."""
    scaled = round_whole(exact * _DECIMALS, Rounding.HALF_UP)
    whole, rest = divmod(abs(scaled), _DECIMALS)
    return f"{'-' if scaled < 0 else ''}{whole}.{rest:04d}"


def middle(numbers: Sequence[int]) -> int | None:
    """The median, between two the half-way point, halves up; None of nothing."""
    if not numbers:
        return None
    ordered, half = sorted(numbers), len(numbers) // 2
    if len(numbers) % 2:
        return ordered[half]
    return round_whole(Fraction(ordered[half - 1] + ordered[half], 2), Rounding.HALF_UP)
