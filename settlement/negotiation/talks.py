"""The talks so far: what is on the table, what is due, what was said. Nothing here looks at a clock."""

from dataclasses import dataclass
from enum import StrEnum

from settlement.complaint import Wants
from settlement.decision.answer import GiftGiven, Offer, Option, Rung
from settlement.decision.balance_point import final_amount
from settlement.decision.decided import Decided
from settlement.decision.offers import Made, Wishes, offer_at
from settlement.decision.phrases import own_text
from settlement.errors import Refused
from settlement.money import Money
from settlement.negotiation.events import Approved, Item
from settlement.roles import Role, may_grant


class State(StrEnum):
    """Where the talks stand. The last three end them."""

    LISTEN = "listen"
    DECOMPOSE = "decompose"
    DUE = "due"  # an offer is to be put
    OPEN = "open"  # an offer is on the table
    SETTLED = "settled"
    ESCALATED = "escalated"
    CLOSED = "closed"


TERMINAL = frozenset({State.SETTLED, State.ESCALATED, State.CLOSED})


class Step(StrEnum):
    """What to do next."""

    CONFIRM = "confirm"
    DECOMPOSE = "decompose"
    PROBE = "probe"
    OTHER_FORM = "other_form"
    EXCHANGE = "exchange"
    APPROVE = "approve"
    RECOMPOSE = "recompose"
    CONFIRM_YES = "confirm_yes"
    GESTURE = "gesture"
    EXPLAIN = "explain"
    REMIND = "remind"
    SETTLE = "settle"
    CLOSE = "close"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Authority:
    """What the person who talks may grant."""

    level: Role


@dataclass(frozen=True, slots=True)
class Settled:
    """What was agreed; no option where there was nothing to choose from."""

    option: Option | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Talk:
    """The talks as their events leave them.

    due        the sum to be put while an offer is due
    table      the offer that the customer has
    gift       the courtesy that was put with an offer of nothing; what was put is not taken back
    counters   sums that the customer named in the talks
    form       the form wished for; once the form was changed, a wish counts as an answer like others
    climbed    levels by which the apology has climbed
    answers    answers with which the customer did not accept
    refusals   bare refusals in a row
    silences   silences in a row
    overruled  how often another sum than the advised one was put
    why        code of what led to the step
    stop       why the talks ended without a yes
    """

    decided: Decided
    due: Money
    state: State = State.LISTEN
    step: Step = Step.CONFIRM
    why: str = "not_confirmed"
    rung: Rung = Rung.OPENING
    table: Offer | None = None
    gift: GiftGiven | None = None
    items: tuple[Item, ...] = ()
    counters: tuple[Money, ...] = ()
    form: str | None = None
    blocked: frozenset[str] = frozenset()
    climbed: int = 0
    approvals: tuple[Approved, ...] = ()
    answers: int = 0
    refusals: int = 0
    silences: int = 0
    overruled: int = 0
    settled: Settled | None = None
    stop: str | None = None

    @property
    def only_face(self) -> bool:
        """The customer wants to be respected, and named no sum."""
        return self.decided.complaint.complaint.wants is Wants.FACE and self.named is None

    @property
    def named(self) -> Money | None:
        """The lowest sum that the customer named."""
        demand = self.decided.complaint.complaint.demand
        return min((*self.counters, *([demand] if demand is not None else [])), default=None)

    @property
    def wishes(self) -> Wishes:
        return Wishes(max(self.counters, default=None), self.form, self.blocked, self.climbed)


class NoEffect(Refused):
    """What happened changes nothing in the talks as they stand."""

    def __init__(self, event: str, talk: Talk) -> None:
        self.event, self.talk = event, talk
        said, state = own_text("event", event, "en"), own_text("talk_state", talk.state, "en")
        super().__init__(f"{said} It has no effect now: {state}; next: {step_text(talk, 'en')}")


def step_text(talk: Talk, language: str) -> str:
    """What to do next, in words; once an offer was put, the customer answers it."""
    is_put = talk.state is State.OPEN and talk.why == "offer_put"
    return own_text("step", "answer" if is_put else talk.step, language)


def sum_at(talk: Talk, rung: Rung) -> Money:
    """The sum of a rung, and never less than was offered. The final rung meets the lowest sum named."""
    found = talk.decided.range
    at_rung = (
        found.opening if rung is Rung.OPENING else final_amount(found, talk.named, only_face=talk.only_face)
    )
    return max(at_rung, talk.table.amount) if talk.table else at_rung


def offer_due(talk: Talk) -> Made:
    """The offer that is to be put, with the approval that it needs."""
    return offer_at(talk.decided, talk.rung, talk.due, talk.wishes)


def gift_with(talk: Talk, offer: Offer) -> GiftGiven | None:
    """The courtesy that goes with an offer: one that was put before, or a new one where nothing is due."""
    return talk.gift or (None if offer.amount else talk.decided.decision.gift)


def may_put(talk: Talk, made: Made, level: Role | None) -> bool:
    """Whether somebody of a level may put an offer, by themselves or with an approval."""
    need, amount = made.approval.level, made.offer.amount
    if level is not None and may_grant(level, need):
        return True
    return any(given.amount >= amount and may_grant(given.level, need) for given in talk.approvals)


def covers(decided: Decided, offer: Offer) -> bool:
    """Whether an offer still gives all that is owed, as the facts are now."""
    in_cash = all(option.cash >= decided.cash_owed for option in offer.options)
    return offer.amount >= decided.range.floor and in_cash
