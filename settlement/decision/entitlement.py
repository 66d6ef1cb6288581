"""What is owed: by law, scheme or promise, and for proven loss. No function here is given the customer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from settlement.decision.answer import Owed, PackAnswer
from settlement.decision.check import CheckedClaim
from settlement.errors import CannotDecide
from settlement.money import Money, Rounding
from settlement.rules.book import Edition, Head, OwedIn
from settlement.rules.evaluate import Evaluation

VERIFIED_LOSS = "verified_loss"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a pack answered to one claim; `amount` None means that it does not answer."""

    evaluation: Evaluation
    amount: Money | None
    head: str
    owed_in: OwedIn
    binds: bool

    @property
    def answer(self) -> PackAnswer:
        edition = self.evaluation.edition
        return PackAnswer(
            id=edition.id,
            edition=edition.edition,
            digest=edition.digest,
            amount=self.amount,
            heads=(self.head,),
            binds=self.binds,
        )


@dataclass(frozen=True, slots=True)
class Entitlements:
    """What the packs answered, and what is owed: by head, in all, and the part that only cash can pay."""

    answers: tuple[PackAnswer, ...]
    owed: tuple[Owed, ...]
    floor: Money
    in_money: Money
    evaluations: tuple[Evaluation, ...]


def find_owed(
    claims: Iterable[CheckedClaim], liability: Fraction, verified_loss: Money | None, currency: str
) -> Entitlements:
    """Run every claim and add up what is owed. Raises CannotDecide."""
    entitlements = [run_claim(claim) for claim in claims]
    owed = owed_by_head(entitlements, liability, verified_loss)
    return Entitlements(
        answers=tuple(entitlement.answer for entitlement in entitlements),
        owed=owed,
        floor=floor_of(owed, currency),
        in_money=owed_in_money(owed, currency),
        evaluations=tuple(entitlement.evaluation for entitlement in entitlements),
    )


def run_claim(claim: CheckedClaim) -> Entitlement:
    """Ask a pack what it gives for a claim.

    Raises CannotDecide where the pack has no answer it can stand by.
    """
    edition = claim.pack.edition
    evaluation = claim.pack.answer(claim.facts)
    minor = evaluation.values["amount"]
    if isinstance(minor, Money):
        raise CannotDecide(f"{edition.id} gives {minor}, not {edition.currency}: a person takes this claim")
    assert minor is None or isinstance(minor, int)
    if edition.head is None:
        evaluation = _with_head(evaluation, claim)
    assert edition.owed_in is not None
    return Entitlement(
        evaluation=evaluation,
        amount=None if minor is None else Money(minor, edition.currency),
        head=str(edition.head or evaluation.values["head"] or Head.OTHER),
        owed_in=edition.owed_in,
        binds=_binds(edition),
    )


def _with_head(evaluation: Evaluation, claim: CheckedClaim) -> Evaluation:
    """The answer of a pack whose rows name the head, with the steps that led to it."""
    headed = claim.pack.evaluate(evaluation.values, ["head"])
    further = (step for step in headed.steps if step not in evaluation.steps)
    return replace(headed, steps=(*evaluation.steps, *further))


def _binds(edition: Edition) -> bool:
    assert edition.standing is not None
    return edition.standing.binds


def unasked(claim: CheckedClaim) -> PackAnswer:
    """A claim that was read and not run: it names its edition, so that the record can be replayed."""
    edition = claim.pack.edition
    return PackAnswer(
        id=edition.id,
        edition=edition.edition,
        digest=edition.digest,
        amount=None,
        heads=(),
        binds=_binds(edition),
    )


def owed_by_head(
    entitlements: Iterable[Entitlement], liability: Fraction, verified_loss: Money | None
) -> tuple[Owed, ...]:
    """The highest binding amount under each head; liability x proven loss stands under `loss`, rounded up.

    Of equal amounts under one head the one owed in money counts, then the first claimed.
    """
    candidates = [
        Owed(head=e.head, amount=e.amount, owed_in=e.owed_in, from_=e.evaluation.edition.id)
        for e in entitlements
        if e.binds and e.amount
    ]
    if verified_loss is not None and (share := verified_loss.scale(liability, Rounding.UP)):
        candidates.append(Owed(head=Head.LOSS, amount=share, owed_in=OwedIn.MONEY, from_=VERIFIED_LOSS))
    highest: dict[str, Owed] = {}
    for owed in candidates:
        best = highest.get(owed.head)
        if best is None or _weight(owed) > _weight(best):
            highest[owed.head] = owed
    return tuple(highest[head] for head in sorted(highest))


def _weight(owed: Owed) -> tuple[int, bool]:
    return owed.amount.minor, owed.owed_in == OwedIn.MONEY


def floor_of(owed: Iterable[Owed], currency: str) -> Money:
    """Everything that is owed, in whatever form."""
    return sum((each.amount for each in owed), Money.zero(currency))


def owed_in_money(owed: Iterable[Owed], currency: str) -> Money:
    """The part of what is owed that only cash can pay."""
    return floor_of((each for each in owed if each.owed_in == OwedIn.MONEY), currency)
