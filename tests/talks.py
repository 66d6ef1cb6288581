"""Talks about generated complaints, held step by step to the laws of negotiation. P1 to P19 are the design's.

The machine tells events to the adviser, keeps its own account of what was put and answered, and never
asks the adviser's code what would be right: menus are priced from the text of the policy, authority from
the approval of the sum.
"""

from dataclasses import fields, replace
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from settlement.complaint import CaseKind
from settlement.decision.answer import Offer, Rung
from settlement.decision.decided import Decided
from settlement.decision.offers import Wishes, offer_at
from settlement.errors import CannotDecide
from settlement.money import Money
from settlement.negotiation import advice as advising
from settlement.negotiation import moves
from settlement.negotiation.advice import Advice
from settlement.negotiation.events import (
    Accepted,
    Approved,
    Confirmed,
    Countered,
    Denied,
    FactsChanged,
    Happened,
    Item,
    ItemsSplit,
    Left,
    LegalActionTaken,
    Offered,
    Overridden,
    PartBlocked,
    Ranked,
    Refused,
    SafetyRaised,
    SelfHarmTold,
    Silent,
    Threatened,
    Wished,
)
from settlement.negotiation.talks import Authority, State, Step
from settlement.roles import LEVELS, Role, may_grant
from tests import laws
from tests.builders import a_policy, decided_for
from tests.generated import generated

TERMINAL = {State.SETTLED, State.ESCALATED, State.CLOSED}
CONTENT = (Countered, Ranked, Wished)
ANSWERS = (*CONTENT, Refused)
STOPS = (Threatened, SelfHarmTold, SafetyRaised, LegalActionTaken)
COMPLAINTS = 120
LONGEST = 24

INSTRUMENTS = [each.id for each in a_policy().terms.instruments]
MOST_ANSWERS = a_policy().terms.ladder.max_answers


@cache
def decided(number: int) -> Decided:
    """A generated complaint, decided; three of four leave room between opening and ceiling."""
    rng = Random(f"talks:{number}")
    for complaint in iter(lambda: generated(rng), None):
        if complaint.case.kind is CaseKind.COMPLAINT:
            found = decided_for(complaint)
            if number % 4 == 0 or found.range.ceiling > found.range.opening:
                return found
    raise AssertionError("some complaint has room")


@cache
def on_other_facts(number: int, other: int) -> Decided:
    """The same order, of which the customer now says what another one said; a claim may fall away."""
    one, two = decided(number).complaint, decided(other).complaint
    claims = one.claims if other % 2 else None
    return decided_for(one.model_copy(update={"complaint": two.complaint, "claims": claims}))


@cache
def with_other_instruments(number: int) -> Decided:
    """The same under the policy with its instruments in another order."""
    one = decided(number)
    return replace(one, policy=laws.shuffled(Random(number), one.policy))


@cache
def with_more_room(number: int) -> Decided:
    """The same but for a balance point and a ceiling that nobody may notice before a raise is due."""
    one = decided(number)
    wider = {name: getattr(one.range, name) + Money(777_77, "CNY") for name in ("balance_point", "ceiling")}
    opened = one.decision.model_copy(update={"range": one.range.model_copy(update=wider)})
    return replace(one, decision=opened)


levels = st.sampled_from([*LEVELS, Role.DIRECTOR, Role.DIRECTOR, Role.SUPERVISOR])
numbers = st.integers(0, COMPLAINTS - 1)
anchors = st.sampled_from(["floor", "opening", "offered", "ceiling", "beyond"])
cents = st.sampled_from([-1000, -1, 0, 1, 1000])
counters = st.tuples(st.just("counter"), anchors, cents)
yeses = st.tuples(st.just("accept"), st.sampled_from([None, 1, 2, 3, 4]))
answers = st.one_of(
    counters,
    counters,
    yeses,
    yeses,
    st.tuples(st.just("rank"), st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)),
    st.tuples(st.just("wish"), st.sampled_from(["credit", "repair", "exchange", "accessory", "apology"])),
    st.sampled_from([(Refused(),), (Silent(),)]),
)
deeds = st.one_of(
    st.tuples(st.just("facts"), numbers),
    st.tuples(st.just("approve"), levels, anchors, cents),
    st.tuples(st.just("split"), st.sampled_from(["face", "prevention", "time"]), anchors, cents),
    st.sampled_from([(Confirmed(),), (Offered(),), (Denied(reason="not in this case"),)]),
    st.sampled_from(INSTRUMENTS).map(lambda instrument: (PartBlocked(instrument=instrument),)),
)
ENDS = [
    Left(),
    Threatened(kind="violence"),
    Threatened(kind="extortion"),
    SelfHarmTold(),
    SafetyRaised(),
    LegalActionTaken(),
]


class Talks(RuleBasedStateMachine):
    """One person talking with one customer."""

    @initialize(number=numbers, level=levels, ahead=st.sampled_from([0, 1, 2, 5, 5, 5, 5]))
    def begin(self, number: int, level: Role, ahead: int) -> None:
        """Most talks begin with an offer on the table."""
        self.number, self.authority = number, Authority(level)
        self.first = self.now = decided(number)
        self.history: list[Happened] = []
        self.offered: Money | None = None
        self.floor_when_offered = self.answers = 0
        self.approvals: list[Approved] = []
        self.counters: list[Money] = []
        self.facts: list[int] = []
        self.raised, self.since_end = False, 0
        self.advice = self.ask(self.first)
        judged = laws.Judged(self.first.complaint, self.first.policy, self.first.decision)
        laws.the_range_is_in_order(judged)  # P19
        laws.abuse_takes_the_interest_and_nothing_else(judged)
        for _ in range(ahead):
            if self.advice.state is not State.OPEN:
                self.go_on()

    def ask(self, first: Decided) -> Advice:
        return advising.advise_next(first, self.authority, self.history)

    def sum_near(self, anchor: str, cents: int) -> Money:
        known = self.now.range
        at = {
            "floor": known.floor,
            "opening": known.opening,
            "offered": self.offered or known.opening,
            "ceiling": known.ceiling,
            "beyond": known.ceiling + known.ceiling,
        }
        return Money(max(0, at[anchor].minor + cents), "CNY")

    # ---- what happens: few rules with many events each, so that no walk lacks a kind of event

    @precondition(lambda self: self.advice.state in (State.LISTEN, State.DECOMPOSE, State.DUE))
    @rule()
    def go_on(self) -> None:
        """What the advice asks for, done."""
        step, state = self.advice.step, self.advice.state
        if state is State.LISTEN:
            self.tell(Confirmed())
        elif state is State.DECOMPOSE:
            asked = self.sum_near("ceiling", 1)
            self.tell(ItemsSplit(items=(Item(kind="money", weight="must", amount=asked),)))
        elif step is Step.APPROVE:
            waits = advising.waits_for_approval(self.first, self.authority, self.history)
            assert waits is not None
            assert waits.approval.level == self.advice.need_level
            self.tell(Approved(level=waits.approval.level, amount=waits.offer.amount))
        else:
            self.tell(Offered())

    @precondition(lambda self: self.advice.state in (State.DUE, State.OPEN, State.CLOSED))
    @rule(said=st.lists(answers, min_size=2, max_size=7))
    def answer(self, said: list[tuple[Any, ...]]) -> None:
        """What the customer says; each offer that becomes due is put at once, where it may be."""
        for one in said:
            match one:
                case ("counter", anchor, cents):
                    self.tell(Countered(amount=self.sum_near(anchor, cents)))
                case ("accept", option):
                    self.tell(Accepted(option=option))
                case ("rank", order):
                    self.tell(Ranked(order=order))
                case ("wish", kind):
                    self.tell(Wished(kind=kind))
                case (event,):
                    self.tell(event)
            if self.advice.state is State.DUE:
                self.tell(Offered())

    @precondition(lambda self: self.advice.state in (State.DUE, State.OPEN))
    @rule(anchor=anchors, cents=cents, reason=st.sampled_from(["", " ", "because", "because"]), level=levels)
    def override(self, anchor: str, cents: int, reason: str, level: Role) -> None:
        who = None if reason == "because" and cents == -1 else level
        self.tell(Overridden(amount=self.sum_near(anchor, cents), reason=reason, level=who))

    @rule(done=deeds)
    def do(self, done: tuple[Any, ...]) -> None:
        """Anything else, in or out of place."""
        match done:
            case ("facts", number):
                self.facts.append(number)
                self.tell(FactsChanged(on_other_facts(self.number, number)))
            case ("approve", level, anchor, cents):
                self.tell(Approved(level=level, amount=self.sum_near(anchor, cents)))
            case ("split", kind, anchor, cents):
                sum_ = Item(kind="money", weight="want", amount=self.sum_near(anchor, cents))
                self.tell(ItemsSplit(items=(Item(kind=kind, weight="must"), sum_)))
            case (event,):
                self.tell(event)

    @precondition(lambda self: len(self.history) > 6)
    @rule(end=st.sampled_from([None] * 12 + ENDS))
    def end(self, end: Happened | None) -> None:
        if end is not None:
            self.tell(end)

    # ---- what must hold

    def tell(self, event: Happened) -> None:
        """Let it happen, and hold everything to the laws. After the end a few events are enough."""
        self.since_end += self.advice.state in TERMINAL
        if self.since_end > 4 or len(self.history) >= LONGEST:
            return
        before, self.history = self.advice, [*self.history, event]
        after = self.advice = self.ask(self.first)
        self.keep_account(before, event, after)
        self.check_sums(after)
        self.check_authority(event, before, after)
        self.check_ends(event, before, after)
        self.check_answers(event, before, after)
        self.check_that_nobody_can_guess(before, after)

    def keep_account(self, before: Advice, event: Happened, after: Advice) -> None:
        """Our own account of the talks, from events and what was shown."""
        if before.state in TERMINAL:
            return
        if isinstance(event, FactsChanged):
            self.now, self.approvals = event.decided, []
        if isinstance(event, Approved):
            self.approvals.append(event)
        if isinstance(event, Countered):
            self.counters.append(event.amount)
        was_put = isinstance(event, Offered | Overridden) and after != before
        if was_put and after.state is State.OPEN:
            assert after.amount is not None
            if self.offered is None and isinstance(event, Offered):
                assert after.amount == self.now.range.opening, "P16"
            assert self.offered is None or after.amount >= self.offered, "P3"
            self.offered, self.floor_when_offered = after.amount, self.now.range.floor.minor

    def check_sums(self, after: Advice) -> None:
        if after.amount is None:
            assert after.menu == (), "P8"
            return
        known, offered = self.now.range, self.offered or Money(0, "CNY")
        assert after.amount >= known.floor, "P1"
        assert after.amount <= max(known.ceiling, offered), "P2"
        assert after.amount >= offered, "P3"
        if self.offered is None:
            assert after.amount == known.opening, "P16"
        judged = laws.Judged(self.now.complaint, self.now.policy, self.now.decision)
        offer = Offer(
            rung=Rung.OPENING,
            amount=after.amount,
            approval=Role.AGENT,
            options=after.menu,
            gestures=(),
            prevention=(),
        )
        shown = replace(judged, decision=self.now.decision.model_copy(update={"offers": (offer,)}))
        laws.every_option_has_exactly_the_value_of_its_rung(shown)  # P7
        laws.cash_covers_what_is_owed_in_money(shown)  # P1
        laws.the_first_option_is_cash_and_the_others_cost_less(shown)

    def may_put(self, amount: Money, level: Role | None) -> bool:
        wishes = Wishes(counter=max(self.counters, default=None))
        try:
            need = offer_at(self.now, Rung.OPENING, amount, wishes).approval.level
        except CannotDecide:
            return False
        approved = any(may_grant(one.level, need) and one.amount >= amount for one in self.approvals)
        return approved or (level is not None and may_grant(level, need))

    def check_authority(self, event: Happened, before: Advice, after: Advice) -> None:
        if after.state is State.DUE:
            assert (after.step is Step.APPROVE) == (after.amount is None), "P8"
            if after.amount is not None:
                assert self.may_put(after.amount, self.authority.level), "P8"
        if isinstance(event, Offered) and after.state is State.OPEN and before.state is State.DUE:
            assert self.may_put(after.amount, self.authority.level), "P8"
        if isinstance(event, Overridden) and before.state not in TERMINAL:
            self.check_override(event, before, after)

    def check_override(self, event: Overridden, before: Advice, after: Advice) -> None:
        offered_before = before.amount if before.state is State.OPEN else None
        has_ground = bool(self.now.decision.liability or self.now.decision.owed) or not event.amount
        is_valid = (
            event.reason.strip()
            and event.level is not None
            and event.amount >= self.now.range.floor
            and (offered_before is None or event.amount >= offered_before)
            and has_ground
            and self.may_put(event.amount, event.level)
        )
        if not is_valid:
            assert after == before, "P14"
        elif after.overruled > before.overruled:
            assert after.amount == event.amount
            assert after.state is State.OPEN
        else:
            assert self.offered is not None, "a valid override has effect"
            assert event.amount < self.offered, "a valid override has effect"

    def check_ends(self, event: Happened, before: Advice, after: Advice) -> None:
        agreed = before.settled.option if before.settled else None
        blocked = event.instrument if isinstance(event, PartBlocked) else None
        if agreed and any(part.instrument == blocked for part in agreed.parts):
            assert after.state is State.OPEN, "the customer chooses again"
            assert after.amount >= before.settled.amount
            assert all(part.instrument != blocked for option in after.menu for part in option.parts)
        elif before.state in TERMINAL:
            assert after == before, "P9"
        elif isinstance(event, STOPS):
            assert after.state is State.ESCALATED, "P12"
        if after.state is State.ESCALATED:
            assert (after.amount, after.menu, after.settled, after.items) == (None, (), None, ()), "P12"
        if after.state is State.SETTLED and before.state is not State.SETTLED:
            assert isinstance(event, Accepted), "P13"
            assert before.state is State.OPEN, "P13"
            self.check_settlement(event, before, after)
        if isinstance(event, Accepted) and before.state is State.OPEN and after.state is not State.SETTLED:
            assert event.option not in [option.id for option in before.menu], "P6"
            assert after == before, "P6"

    def check_settlement(self, event: Accepted, before: Advice, after: Advice) -> None:
        assert after.settled is not None
        assert after.settled.amount == self.offered, "P5"
        assert after.settled.amount.minor >= self.floor_when_offered, "P5"
        chosen = [option for option in before.menu if option.id == event.option]
        assert chosen == ([after.settled.option] if before.menu else []), "P6"
        assert before.menu or event.option is after.settled.option is None, "P6"

    def check_answers(self, event: Happened, before: Advice, after: Advice) -> None:
        if before.state is not State.OPEN:
            return
        if isinstance(event, ANSWERS) and after != before:
            self.answers += 1
            assert self.answers <= MOST_ANSWERS or after.state in TERMINAL, "P4"
            assert self.answers < MOST_ANSWERS or after.state in {*TERMINAL, State.DUE}, "P4"
        assert after.answers <= MOST_ANSWERS, "P4"
        has_content = isinstance(event, (*CONTENT, FactsChanged, Overridden))
        if not has_content and after.state not in TERMINAL:
            assert after.state is State.OPEN, "P15"
            assert after.amount == before.amount, "P15"

    def check_that_nobody_can_guess(self, before: Advice, after: Advice) -> None:
        """P10: no figure but the offer, and no trace of the ceiling until a raise is due."""
        figures = {field.name for field in fields(after) if isinstance(getattr(after, field.name), Money)}
        assert figures <= {"amount"}, "P10"
        if self.facts or self.raised or after == before:
            return
        twin = with_more_room(self.number)
        if self.ask(twin) != after:
            folded = [moves.fold(first, self.authority, self.history) for first in (self.first, twin)]
            self.raised = any(talk.rung is Rung.FINAL for talk in folded)
            assert self.raised, "P10"

    def teardown(self) -> None:
        """P11: the same again gives the same, whatever the order of the instruments."""
        if not hasattr(self, "facts"):
            return
        assert self.ask(self.first) == self.advice, "P11"
        if not self.facts:
            assert self.ask(with_other_instruments(self.number)) == self.advice, "P11"
