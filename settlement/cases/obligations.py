"""What an agreement commits us to, part by part: who does it, within how long, and what it is worth."""

from dataclasses import dataclass, replace

from settlement.dates import Duration
from settlement.decision.answer import GiftGiven, Option
from settlement.money import Money
from settlement.roles import Role
from settlement.rules.policy import PolicyTerms


@dataclass(frozen=True, slots=True)
class Obligation:
    """One part of what was agreed; names as of a promise, which it becomes."""

    kind: str
    what: str
    limit: Duration
    level: Role = Role.AGENT
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the customer said yes to: an option where there was one to choose, a courtesy, gestures by id."""

    option: Option | None
    gift: GiftGiven | None
    gestures: tuple[str, ...]
    prevention: tuple[str, ...]


def obligations(accepted: Accepted, terms: PolicyTerms) -> tuple[Obligation, ...]:
    """Each part that is still to come; what the agent says in the talks is done with them."""
    return (
        *_given(accepted, terms),
        *(each for each in _done("gesture", accepted.gestures, terms) if each.level is not Role.AGENT),
        *_done("prevention", accepted.prevention, terms),
    )


def owed_alone(floor: Money, terms: PolicyTerms) -> Obligation:
    """What is paid where nothing was agreed."""
    return replace(_cash(terms), kind="owed", amount=floor)


def _given(accepted: Accepted, terms: PolicyTerms) -> list[Obligation]:
    lead = {instrument.id: instrument.lead for instrument in terms.instruments}
    option, gift = accepted.option, accepted.gift
    cash = _cash(terms)
    found = [replace(cash, amount=option.cash)] if option and option.cash else []
    for part in option.parts if option else ():
        found.append(Obligation("part", part.instrument, lead[part.instrument], amount=part.face))
    if gift:
        found.append(Obligation("gift", gift.instrument, lead[gift.instrument], amount=gift.face))
    return found


def _cash(terms: PolicyTerms) -> Obligation:
    cash = next(instrument for instrument in terms.instruments if instrument.kind == "cash")
    return Obligation("cash", cash.id, cash.lead)


def _done(kind: str, ids: tuple[str, ...], terms: PolicyTerms) -> list[Obligation]:
    level, limit = {each.id: each.level for each in terms.gestures}, terms.life.follow_up.prevention
    return [Obligation(kind, each, limit, level[each]) for each in ids]
