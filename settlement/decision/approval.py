"""Who must agree: the approval table, and the limits of each level, whichever asks for more."""

from collections.abc import Mapping
from dataclasses import dataclass

from settlement.complaint import Abuse, Matter
from settlement.decision.answer import Approval
from settlement.errors import CannotDecide
from settlement.money import LARGEST_MINOR, Money
from settlement.roles import LEVELS, Role, highest_level
from settlement.rules.evaluate import Evaluation, Known
from settlement.rules.live_policy import Policy, word_of
from settlement.rules.policy import Limits


@dataclass(frozen=True, slots=True)
class Granted:
    """Money given: what was owed, and goodwill. To `decide`: what order and customer already got."""

    owed: Money
    goodwill: Money

    @classmethod
    def nothing(cls, currency: str) -> "Granted":
        return cls(Money.zero(currency), Money.zero(currency))

    @property
    def total(self) -> Money:
        return self.owed + self.goodwill

    def __add__(self, other: "Granted") -> "Granted":
        return Granted(self.owed + other.owed, self.goodwill + other.goodwill)


@dataclass(frozen=True, slots=True)
class Asked:
    """A sum to be approved: what of it is owed, and the marks that bring a person in."""

    amount: Money
    owed: Money
    grade: int
    demand_above_opening: bool


def approval_for(
    asked: Asked, matter: Matter, abuse: Abuse | None, granted: Granted, policy: Policy
) -> tuple[Approval, Evaluation]:
    """The level that may grant a sum, and why. Splitting does not help: what was granted before counts.

    Raises CannotDecide where all of it together is larger than any amount that can be written.
    """
    total = asked.amount + granted.total
    if total.minor > LARGEST_MINOR:
        raise CannotDecide(f"{total} is more than any amount may be: a person takes the case")
    facts: dict[str, Known] = {
        "amount": total.minor,
        "grade": asked.grade,
        "harm": matter.harm,
        "repeat_claimant": bool(abuse and abuse.repeat_claimant),
        "abuse_established": bool(abuse and abuse.established),
        "claims_90d": abuse.claims_90d if abuse else 0,
        "vulnerable": matter.signals.vulnerable,
        "threatens_publicity": matter.signals.threatens_publicity,
        "demand_above_opening": asked.demand_above_opening,
    }
    evaluation = policy.evaluate(facts, ["level"])
    by_table = Role(word_of(evaluation, "level"))
    by_owed = _level_within(policy.terms.owed_limits, asked.owed + granted.owed)
    by_goodwill = _level_within(policy.terms.goodwill_limits, asked.amount - asked.owed + granted.goodwill)
    level = highest_level(by_table, by_owed or Role.DIRECTOR, by_goodwill or Role.DIRECTOR)
    reasons = _rows_at(level, evaluation)
    reasons += ["limit_owed"] if by_owed in (level, None) and level is not Role.AGENT else []
    reasons += ["limit_goodwill"] if by_goodwill in (level, None) and level is not Role.AGENT else []
    reasons += ["above_every_limit"] if by_owed is None or by_goodwill is None else []
    return Approval(level=level, reasons=tuple(reasons)), evaluation


def _level_within(limits: Mapping[Role, Limits], amount: Money) -> Role | None:
    """The lowest level whose limit for one case holds an amount; None if no level's does."""
    return next((level for level in LEVELS if amount <= limits[level].case), None)


def _rows_at(level: Role, evaluation: Evaluation) -> list[str]:
    """The matched rows of the approval table that ask for this level."""
    table = evaluation.edition.tables["approval"]
    matched = set(evaluation.rows)
    rows = (*table.rows, table.otherwise) if table.otherwise else table.rows
    return [row.id for row in rows if f"approval.{row.id}" in matched and row.outputs[0].value == level]
