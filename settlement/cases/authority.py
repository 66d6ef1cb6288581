"""Who may grant how much: limits by person, what counts against them, and which are passed.

Splitting does not help: what an order and its customer got elsewhere counts in every case of theirs, and
what a person granted counts for the day and the month, whichever cases it went to.
"""

from dataclasses import dataclass

from settlement.decision.approval import Granted
from settlement.errors import CannotDecide
from settlement.money import LARGEST_MINOR, Money
from settlement.roles import LEVELS, Role
from settlement.rules.policy import Limits, PolicyTerms


def parts_of(amount: Money, owed: Money) -> Granted:
    """A sum as what is owed and the goodwill beyond it."""
    return Granted(min(owed, amount), max(amount - owed, Money.zero(amount.currency)))


@dataclass(frozen=True, slots=True)
class PersonLimits:
    """What one person may grant."""

    owed: Limits
    goodwill: Limits


@dataclass(frozen=True, slots=True)
class Used:
    """What counts against a grant already.

    related   what this order and this customer got in other cases and talks in the last 90 days
    day       what the person granted today in other cases
    month     what the person granted this month in other cases
    """

    related: Granted
    day: Granted
    month: Granted


def limits_of_role(role: Role, terms: PolicyTerms) -> PersonLimits | None:
    """What a policy lets a role grant; None for a role that grants nothing."""
    if role not in LEVELS:
        return None
    return PersonLimits(terms.owed_limits[role], terms.goodwill_limits[role])


def no_limits(currency: str) -> PersonLimits:
    """The limits of somebody who may grant nothing in a currency."""
    nothing = Limits(*[Money.zero(currency)] * 3)
    return PersonLimits(nothing, nothing)


def passed_limits(asked: Granted, used: Used, limits: PersonLimits) -> tuple[str, ...]:
    """The limits that a grant would pass, such as "goodwill_day"; none where the person may grant it.

    Raises CannotDecide where the sum is larger than any amount that can be written.
    """
    _bearable(asked, used)
    passed = []
    for part in ("owed", "goodwill"):
        allowed: Limits = getattr(limits, part)
        for period, before in (("case", used.related), ("day", used.day), ("month", used.month)):
            # Nothing more of this part is asked: what others got does not stop it.
            if getattr(asked, part) and getattr(asked + before, part) > getattr(allowed, period):
                passed.append(f"{part}_{period}")
    return tuple(passed)


def _bearable(asked: Granted, used: Used) -> None:
    largest = max((asked + each).total for each in (used.related, used.day, used.month))
    if largest.minor > LARGEST_MINOR:
        raise CannotDecide(f"{largest} is more than any amount may be: a person takes the case")


def above_ones_own(new: PersonLimits, own: PersonLimits) -> tuple[str, ...]:
    """Which limits somebody would set above their own; none may be."""
    return tuple(
        f"{part}_{period}"
        for part in ("owed", "goodwill")
        for period in ("case", "day", "month")
        if getattr(getattr(new, part), period) > getattr(getattr(own, part), period)
    )


def next_level(level: Role) -> Role | None:
    """The level above; None at the top."""
    place = LEVELS.index(level) + 1
    return LEVELS[place] if place < len(LEVELS) else None
