"""The sums of a trace, computed again from the formula and the operands of each line alone."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from settlement.decision.answer import Sum

_RATES = ("liability", "retention", "kappa", "beta")


def minor(text: str) -> int:
    return int(text.replace(".", ""))


def up(exact: Fraction) -> int:
    return -(-exact.numerator // exact.denominator)


def down(exact: Fraction) -> int:
    return exact.numerator // exact.denominator


def operands(line: Sum) -> dict[str, Any]:
    """Rates as fractions, money as whole minor units."""
    return {name: Fraction(text) if name in _RATES else minor(text) for name, text in line.operands.items()}


FORMULAS: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "liability * verified_loss, rounded up": lambda of: up(of["liability"] * of["verified_loss"]),
    "sum of what is owed": lambda of: sum(of.values()),
    "liability * award, rounded up": lambda of: up(of["liability"] * of["award"]),
    "floor + desert": lambda of: of["floor"] + of["desert"],
    "retention * (lifetime + min(influence, lifetime)), rounded up, + escalation_cost": lambda of: (
        up(of["retention"] * (of["lifetime"] + min(of["influence"], of["lifetime"]))) + of["escalation_cost"]
    ),
    "0: abuse is established": lambda of: 0,
    "0: we are not liable and nothing is owed": lambda of: 0,
    "max((kappa - 1) * base, rounded down, small_room)": lambda of: max(
        down((of["kappa"] - 1) * of["base"]), of["small_room"]
    ),
    "base + min(interest, room)": lambda of: of["base"] + min(of["interest"], of["room"]),
    "base + beta * (ceiling - base), rounded up": lambda of: (
        of["base"] + up(of["beta"] * (of["ceiling"] - of["base"]))
    ),
    "min(ceiling, balance_point + round_cost)": lambda of: min(
        of["ceiling"], of["balance_point"] + of["round_cost"]
    ),
    "base, for face only": lambda of: of["base"],
    "min(ceiling, max(opening, sum_named))": lambda of: min(
        of["ceiling"], max(of["opening"], of["sum_named"])
    ),
    "opening, for face only and no sum named": lambda of: of["opening"],
    "ceiling, no sum named": lambda of: of["ceiling"],
    "max(0, floor - settled_owed)": lambda of: max(0, of["floor"] - of["settled_owed"]),
    "max(floor_left, amount - settled)": lambda of: max(of["floor_left"], of["amount"] - of["settled"]),
}
