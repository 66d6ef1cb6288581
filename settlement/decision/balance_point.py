"""Floor, base, ceiling, balance point, opening: where a fair settlement lies."""

from fractions import Fraction

from settlement.decision.answer import Range
from settlement.money import Money, Rounding
from settlement.rules.policy import BalanceTerms


def desert(liability: Fraction, award: Money) -> Money:
    """What this harm deserves from us beyond what is owed, whoever complains; rounded up."""
    return award.scale(liability, Rounding.UP)


def room(base: Money, terms: BalanceTerms) -> Money:
    """How far the ceiling may rise above the base: kappa - 1 times it, or the small room if that is more."""
    return max(base.scale(terms.kappa - 1, Rounding.DOWN), terms.small_room)


def settlement_range(
    floor: Money, deserved: Money, interest: Money, terms: BalanceTerms, *, only_face: bool
) -> Range:
    """Where a fair settlement lies.

    floor          what is owed: never offer less
    base           floor plus what this harm deserves from us
    ceiling        base plus our interest in the customer, within the policy's room
    balance point  the share beta of the way from base to ceiling; an odd unit goes to the customer
    opening        the balance point plus the round that it saves, at most the ceiling;
                   the base for a customer who wants face only

    Raises CurrencyMismatch. Why this bound: docs/decisions/0004-balance-point.md
    """
    base = floor + deserved
    ceiling = base + min(interest, room(base, terms))
    balance_point = base + (ceiling - base).scale(terms.beta, Rounding.UP)
    opening = base if only_face else min(ceiling, balance_point + terms.round_cost)
    return Range(floor=floor, base=base, balance_point=balance_point, ceiling=ceiling, opening=opening)


def nothing(currency: str) -> Range:
    """The range where we are not liable and nothing is owed."""
    zero = Money.zero(currency)
    return Range(floor=zero, base=zero, balance_point=zero, ceiling=zero, opening=zero)


def final_amount(found: Range, demand: Money | None, *, only_face: bool) -> Money:
    """The second rung: up to the ceiling, but never above the larger of the opening and the sum named."""
    if demand is None:
        return found.opening if only_face else found.ceiling
    return min(found.ceiling, max(found.opening, demand))
