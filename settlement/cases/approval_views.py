"""Approvals as each may read them: who asked sees what came of it, who may say yes what it is about."""

from collections.abc import Mapping
from typing import Any

from settlement.cases.approvals import Approval, ApprovalState
from settlement.cases.views import ApprovalSeen, approval_seen
from settlement.decision.answer import Decision, Offer, Part, Range
from settlement.decision.phrases import Phrases
from settlement.decision.views import PartShown
from settlement.money import Money


class ChoiceSeen(Part):
    """One option of what is asked for; its date counts from the day on which it is accepted."""

    id: int
    cash: Money
    parts: tuple[PartShown, ...]


class ChoicePriced(ChoiceSeen):
    """The same with its cost; null where the offer would be composed differently by now."""

    cost: Money | None


class Granted(Part):
    """What was said yes to, and may be put."""

    amount: Money
    options: tuple[ChoiceSeen, ...]


class ApprovalView(ApprovalSeen):
    """A request, for who made it; `granted` is null until somebody said yes, and for others below."""

    reason: str | None
    granted: Granted | None


class ApprovalToDecide(ApprovalView):
    """A request with what it is about, for who may say yes; `digest` is what a verdict must have `seen`.

    owed      the part that nobody can decline
    goodwill  the part beyond it
    """

    digest: str
    decision: str | None
    subject: str
    rung: str
    amount: Money
    owed: Money
    goodwill: Money
    options: tuple[ChoiceSeen, ...]


class ApprovalPriced(ApprovalToDecide):
    """The same for supervisors and above, finance and auditors: with the range and the cost."""

    options: tuple[ChoicePriced, ...]
    range: Range | None
    value_band: str


class ApprovalInShort(ApprovalSeen):
    """A line of the list for who may say yes: what it is for, and the sum."""

    subject: str
    rung: str
    amount: Money
    owed: Money
    goodwill: Money


class ApprovalPage(Part):
    """A page of requests, newest first; `next` is the `before` of the next page, null on the last."""

    approvals: tuple[ApprovalInShort | ApprovalSeen, ...]
    next: str | None


_YES = (ApprovalState.APPROVED, ApprovalState.USED, ApprovalState.BYPASSED, ApprovalState.REVIEWED)


def for_requester(
    approval: Approval, texts: Mapping[str, str], phrases: Phrases, *, own: bool
) -> ApprovalView:
    """What came of a request; the sum only where it was granted to the reader, whose `own` request it is."""
    return ApprovalView(**_common(approval, texts, phrases, shows_grant=own))


def in_short(approval: Approval) -> ApprovalInShort:
    """A line of the list with its sum."""
    shown = {
        name: value for name, value in _subject(approval).items() if name in ApprovalInShort.model_fields
    }
    return ApprovalInShort(**dict(approval_seen(approval)), **shown)


def to_decide(approval: Approval, texts: Mapping[str, str], phrases: Phrases) -> ApprovalToDecide:
    """A request with its sums."""
    return ApprovalToDecide(
        **_common(approval, texts, phrases, shows_grant=True),
        **_subject(approval),
        options=_choices(approval.asked, phrases),
    )


def priced(
    approval: Approval,
    texts: Mapping[str, str],
    phrases: Phrases,
    decision: Decision,
    offer: Offer | None,
) -> ApprovalPriced:
    """A request with its sums and costs; `offer` is the same offer as it would be composed now."""
    costs = {(each.id, each.cash): each.cost for each in offer.options} if offer else {}
    return ApprovalPriced(
        **_common(approval, texts, phrases, shows_grant=True),
        **_subject(approval),
        options=tuple(
            ChoicePriced(**dict(each), cost=costs.get((each.id, each.cash)))
            for each in _choices(approval.asked, phrases)
        ),
        range=decision.range,
        value_band=decision.value_band,
    )


def _common(
    approval: Approval, texts: Mapping[str, str], phrases: Phrases, *, shows_grant: bool
) -> dict[str, Any]:
    granted = approval.granted
    return {
        **dict(approval_seen(approval)),
        "reason": texts.get(approval.reason) if approval.reason else None,
        "granted": Granted(amount=Money.of(**granted["amount"]), options=_choices(granted, phrases))
        if shows_grant and approval.state in _YES
        else None,
    }


def _subject(approval: Approval) -> dict[str, Any]:
    asked = approval.asked
    return {
        "digest": approval.digest,
        "decision": asked["decision"],
        "subject": asked["kind"],
        "rung": asked["rung"],
        "amount": Money.of(**asked["amount"]),
        "owed": approval.sums.owed,
        "goodwill": approval.sums.goodwill,
    }


def _choices(asked: Mapping[str, Any], phrases: Phrases) -> tuple[ChoiceSeen, ...]:
    return tuple(
        ChoiceSeen(
            id=option["id"],
            cash=Money.of(**option["cash"]),
            parts=tuple(_part(part, phrases) for part in option["parts"]),
        )
        for option in asked["options"]
    )


def _part(part: Mapping[str, Any], phrases: Phrases) -> PartShown:
    name, face = phrases.instrument(part["instrument"]), Money.of(**part["face"])
    return PartShown(instrument=part["instrument"], name=name, face=face, quantity=part.get("quantity", 1))
