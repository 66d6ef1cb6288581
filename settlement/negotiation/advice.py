"""The next step in the talks, and why: a pure function of the decision, the authority and the history."""

from collections.abc import Mapping
from dataclasses import dataclass

from settlement.complaint import Wants
from settlement.decision.answer import Approval, GiftGiven, Offer, Option
from settlement.decision.decided import Decided
from settlement.decision.offers import Made
from settlement.money import Money
from settlement.negotiation.events import History
from settlement.negotiation.items import ItemShown, OnOffer, show_items
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import (
    Authority,
    Settled,
    State,
    Step,
    Talk,
    covers,
    gift_with,
    may_put,
    offer_due,
)
from settlement.roles import Role

NEEDS_A_YES = "needs_a_yes"
"""Why an offer that is due is not put: somebody else must agree first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do and say next.

    amount      the sum that may be told to the customer; None where there is none, or somebody must
                agree first
    menu        the options of that sum
    gestures    ids of what is said and done beside the money
    prevention  ids of what will be done so that it does not happen again
    gift        a courtesy, where nothing is due
    talk, ask   codes of the policy's texts: what to say, and what to ask for in return
    need_level  who must agree before the offer that is due can be put
    why         code of what led to the step
    stop        why the talks ended without a yes
    answers     answers of the customer so far that were no yes
    overruled   how often another sum than the advised one was put
    """

    step: Step
    state: State
    amount: Money | None = None
    menu: tuple[Option, ...] = ()
    gestures: tuple[str, ...] = ()
    prevention: tuple[str, ...] = ()
    gift: GiftGiven | None = None
    talk: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    need_level: Role | None = None
    why: str = ""
    stop: str | None = None
    settled: Settled | None = None
    answers: int = 0
    overruled: int = 0
    items: tuple[ItemShown, ...] = ()


@dataclass(frozen=True, slots=True)
class ForApprover:
    """The offer that waits for approval, with its sum: for the eyes of who may approve it."""

    offer: Offer
    approval: Approval


@dataclass(frozen=True, slots=True)
class _Scene:
    """The talks as one person sees them.

    offer   the offer that is due or was put
    shown   the same, where its sum may be told
    waits   what must be approved first
    """

    talk: Talk
    offer: Offer | None
    shown: Offer | None
    waits: Made | None


def advise_next(decided: Decided, authority: Authority, history: History) -> Advice:
    """The next step after a history, oldest event first, for a person of some authority.

    Raises CannotDecide where an offer cannot be made.
    """
    scene = _scene(fold(decided, authority, history), authority)
    talk, offer, shown = scene.talk, scene.offer, scene.shown
    return Advice(
        step=Step.APPROVE if scene.waits else talk.step,
        state=talk.state,
        amount=shown.amount if shown else None,
        menu=shown.options if shown else (),
        gestures=offer.gestures if offer else (),
        prevention=offer.prevention if offer else (),
        gift=_gift(scene),
        talk=_say(scene),
        ask=_ask(scene),
        need_level=scene.waits.approval.level if scene.waits else None,
        why=NEEDS_A_YES if scene.waits else talk.why,
        stop=talk.stop,
        settled=talk.settled,
        answers=talk.answers,
        overruled=talk.overruled,
        items=_items(scene),
    )


def _gift(scene: _Scene) -> GiftGiven | None:
    talk, shown = scene.talk, scene.shown
    if talk.state is State.DUE and shown:
        return gift_with(talk, shown)
    return talk.gift if shown or talk.settled else None


def waits_for_approval(decided: Decided, authority: Authority, history: History) -> ForApprover | None:
    """What somebody else must approve before the talks go on, with its sum; None where nothing waits."""
    waits = _scene(fold(decided, authority, history), authority).waits
    return ForApprover(waits.offer, waits.approval) if waits else None


def _scene(talk: Talk, authority: Authority) -> _Scene:
    """No sum is told that this person may not put, nor an old one that gives less than is owed now."""
    match talk.state:
        case State.DUE:
            made = offer_due(talk)
            is_free = may_put(talk, made, authority.level)
            return _Scene(talk, made.offer, made.offer if is_free else None, None if is_free else made)
        case State.OPEN:
            return _Scene(talk, talk.table, talk.table, None)
        case State.SETTLED:
            return _Scene(talk, talk.table, None, None)
        case State.CLOSED:
            stands = talk.table if talk.table and covers(talk.decided, talk.table) else None
            return _Scene(talk, stands, stands, None)
    return _Scene(talk, None, None, None)


def _say(scene: _Scene) -> tuple[str, ...]:
    """Codes of what to say, in the order in which it is said: facts, feelings, interests."""
    talk, shown = scene.talk, scene.shown
    if scene.waits:
        return ("keep_warm",)
    match talk.step:
        case Step.PROBE:
            return _opening_words(talk, shown)
        case Step.EXPLAIN:
            return ("reason", "accept_by") if shown and shown.amount else ("reason",)
        case Step.SETTLE:
            is_dated = talk.settled and talk.settled.option
            foreseen = scene.offer and scene.offer.prevention
            return ("thank", *(["promise_date"] if is_dated else []), *(["prevention"] if foreseen else []))
        case Step.CLOSE:
            stands = ["offer_stands_until"] if shown and shown.amount else []
            is_owed = bool(talk.decided.range.floor)
            return (*stands, "outside_routes", *(["owed_is_paid"] if is_owed else []))
        case Step.HAND_OVER:
            return ("stay_with_you", "hand_over") if talk.stop == "self_harm" else ("hand_over",)
    return _WORDS[talk.step]


_WORDS: Mapping[Step, tuple[str, ...]] = {
    Step.CONFIRM: ("facts_back", "emotion_named"),
    Step.DECOMPOSE: ("split_demand",),
    Step.OTHER_FORM: ("other_form",),
    Step.EXCHANGE: ("what_we_give",),
    Step.RECOMPOSE: ("part_blocked",),
    Step.CONFIRM_YES: ("you_get_the_offer",),
    Step.GESTURE: ("apology_one_level_up",),
    Step.REMIND: ("remind",),
}


def _opening_words(talk: Talk, shown: Offer | None) -> tuple[str, ...]:
    """One concrete apology where the fault is ours; gestures first where face is at stake."""
    if not talk.decided.liable:
        return ("explain_cause",)
    is_face = talk.decided.complaint.complaint.wants is not Wants.MONEY
    give = "what_we_give" if shown and shown.amount else "explain_cause"
    return (*(["gesture_first"] if is_face else []), "sorry_that", give)


def _ask(scene: _Scene) -> tuple[str, ...]:
    """Codes of what to ask for in return; never silence, and never the taking back of an opinion."""
    if scene.shown is None:
        return ()
    match scene.talk.step:
        case Step.EXCHANGE:
            return ("settle_today", "confirm_solved")
        case Step.EXPLAIN:
            return ("which_is_nearest", "what_is_missing") if scene.shown.options else ("what_is_missing",)
    return ()


def _items(scene: _Scene) -> tuple[ItemShown, ...]:
    """The items beside what the customer may know; not where the talks were broken off."""
    talk = scene.talk
    if talk.state is State.ESCALATED:
        return ()
    known = scene.shown or talk.table
    options = known.options if known else ()
    if talk.settled:
        options = (talk.settled.option,) if talk.settled.option else ()
    ids = {*scene.offer.gestures, *scene.offer.prevention} if scene.offer else set()
    gestures = tuple(each for each in talk.decided.policy.terms.gestures if each.id in ids)
    return show_items(talk.items, OnOffer(known.amount if known else None, options, gestures))
