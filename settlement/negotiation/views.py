"""Advice as each role may read it: one type a role, so that what was never sent cannot leak.

Agents see a sum only where they may put it; supervisors and above see what each option costs.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from settlement.decision.answer import Part
from settlement.decision.decided import Decided
from settlement.decision.phrases import Phrases
from settlement.decision.views import (
    GiftShown,
    OptionPriced,
    OptionShown,
    Said,
    StaleShown,
    gift_shown,
    option_priced,
    option_shown,
    said_of,
)
from settlement.money import Money
from settlement.negotiation.advice import Advice
from settlement.negotiation.items import ItemShown, Status
from settlement.negotiation.talks import Settled, State, Step
from settlement.negotiation.words import why_in_words, words_for
from settlement.roles import Role


class ItemSeen(Part):
    """One part of the demand beside what is offered; `words` are null once erased."""

    kind: str
    weight: str
    words: str | None
    amount: Money | None
    by: datetime | None
    status: Status
    reason: Said


class AgreedShown(Part):
    """What was agreed; no option where there was nothing to choose from."""

    amount: Money
    option: OptionShown | None


class AdviceForAgent(Part):
    """What to do and say next.

    talks       where the talks stand
    amount      the sum that may be told to the customer; null where there is none, or somebody must agree
                first: then `need_level` says who
    menu        options of exactly that sum
    say         lines in the order in which they are said; `ask_in_return` what to ask for
    approved    another sum that an approver set: put it with `offered`, it is the one that is due
    stale       why it is time to decide anew; null while the talks rest on all that is known
    why         what led to the step, in words
    heard_since dangers that came up after the talks were over; the talks stay over
    """

    case: str
    version: int
    stale: StaleShown | None
    talks: State
    step: Step
    why: Said
    amount: Money | None
    menu: tuple[OptionShown, ...]
    gestures: tuple[Said, ...]
    prevention: tuple[Said, ...]
    gift: GiftShown | None
    say: tuple[Said, ...]
    ask_in_return: tuple[Said, ...]
    need_level: Role | None
    approved: Money | None
    items: tuple[ItemSeen, ...]
    settled: AgreedShown | None
    stop: Said | None
    heard_since: tuple[Said, ...]
    answers: int
    overruled: int


class AdviceForApprover(AdviceForAgent):
    """The same with the cost of each option, for supervisors and above."""

    menu: tuple[OptionPriced, ...]


def for_agent(about: dict[str, Any], advice: Advice, decided: Decided, phrases: Phrases) -> AdviceForAgent:
    """Advice without any cost. `about` names the case, and what else stands beside the advice."""
    return AdviceForAgent(
        **about,
        **_advised(advice, decided, phrases),
        menu=tuple(option_shown(option, phrases) for option in advice.menu),
    )


def for_approver(
    about: dict[str, Any], advice: Advice, decided: Decided, phrases: Phrases
) -> AdviceForApprover:
    """Advice with the cost of each option."""
    return AdviceForApprover(
        **about,
        **_advised(advice, decided, phrases),
        menu=tuple(option_priced(option, phrases) for option in advice.menu),
    )


def items_seen(
    items: tuple[ItemShown, ...], texts: Mapping[str, str], phrases: Phrases
) -> tuple[ItemSeen, ...]:
    """Items of the demand; their words stand in the records by reference."""
    return tuple(
        ItemSeen(
            kind=each.item.kind,
            weight=each.item.weight,
            words=texts.get(each.item.words),
            amount=each.item.amount,
            by=each.item.by,
            status=each.status,
            reason=Said(code=each.reason, text=phrases.own("item_reason", each.reason)),
        )
        for each in items
    )


def _advised(advice: Advice, decided: Decided, phrases: Phrases) -> dict[str, Any]:
    settled = advice.settled
    return {
        "talks": advice.state,
        "step": advice.step,
        "why": Said(code=advice.why, text=why_in_words(advice, phrases.language)),
        "amount": advice.amount,
        "gestures": said_of(advice.gestures, phrases),
        "prevention": said_of(advice.prevention, phrases),
        "gift": advice.gift and gift_shown(advice.gift, phrases),
        "say": _spoken(advice.talk, advice, decided, phrases),
        "ask_in_return": _spoken(advice.ask, advice, decided, phrases),
        "need_level": advice.need_level,
        "settled": settled and _agreed(settled, phrases),
        "stop": advice.stop and Said(code=advice.stop, text=phrases.own("stop", advice.stop)),
        "answers": advice.answers,
        "overruled": advice.overruled,
    }


def _agreed(settled: Settled, phrases: Phrases) -> AgreedShown:
    option = option_shown(settled.option, phrases) if settled.option else None
    return AgreedShown(amount=settled.amount, option=option)


def _spoken(codes: tuple[str, ...], advice: Advice, decided: Decided, phrases: Phrases) -> tuple[Said, ...]:
    lines = words_for(codes, advice, decided, phrases.language)
    return tuple(Said(code=each.code, text=each.text) for each in lines)
