"""Where we stand before talking: the range, our interest in it, and how far the second rung may go."""

from dataclasses import dataclass, replace
from fractions import Fraction

from settlement.complaint import Matter, Wants
from settlement.decision.answer import Range
from settlement.decision.approval import Granted
from settlement.decision.balance_point import desert, final_amount, nothing, settlement_range
from settlement.decision.severity import Diagnosis, award_for
from settlement.decision.worth import Worth
from settlement.errors import CannotDecide
from settlement.money import LARGEST_MINOR, Money
from settlement.rules.evaluate import Evaluation
from settlement.rules.live_policy import Policy, money_of


@dataclass(frozen=True, slots=True)
class Position:
    """The range and what it was made from.

    liable    the cause is ours in part, or something is owed
    interest  N; 0 where abuse is established, and where we are not liable
    final     the sum of the second rung
    """

    liable: bool
    liability: Fraction
    award: Money
    interest: Money
    range: Range
    final: Money
    evaluation: Evaluation


def take_position(
    matter: Matter, diagnosis: Diagnosis, floor: Money, worth: Worth, policy: Policy
) -> Position:
    """The five quantities. Worth enters through the interest alone, and only above the base.

    Raises CannotDecide where an amount would be larger than any that can be written.
    """
    evaluation = award_for(diagnosis.grade, matter.harm, policy)
    award, zero = money_of(evaluation, "award"), Money.zero(policy.currency)
    liable = bool(diagnosis.liability or floor)
    interest = worth.interest if liable and not worth.abuse_established else zero
    only_face = matter.wants is Wants.FACE
    found, final = nothing(policy.currency), zero
    if liable:
        deserved = desert(diagnosis.liability, award)
        found = settlement_range(floor, deserved, interest, policy.terms.balance, only_face=only_face)
        final = final_amount(found, matter.demand, only_face=only_face)
    if (largest := max(found.ceiling, interest)).minor > LARGEST_MINOR:
        raise CannotDecide(f"{largest} is more than any amount may be: a person takes the case")
    return Position(liable, diagnosis.liability, award, interest, found, final, evaluation)


def left_after(position: Position, settled: Granted) -> Position:
    """What is left to settle, after what the same complaint got in talks before these.

    The range is for the whole harm, so nothing is given twice: goodwill that was given counts against
    whatever lies above the floor, and only what was owed and given against what is owed.
    """
    found = position.range
    floor = _less(found.floor, settled.owed)

    def left(amount: Money) -> Money:
        return max(floor, _less(amount, settled.total))

    rest = Range(
        floor=floor,
        base=left(found.base),
        balance_point=left(found.balance_point),
        ceiling=left(found.ceiling),
        opening=left(found.opening),
    )
    return replace(position, range=rest, final=left(position.final))


def _less(amount: Money, given: Money) -> Money:
    return max(amount - given, Money.zero(amount.currency))
