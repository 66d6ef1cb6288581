"""The laws of cases: everybody does anything in any order, and no law is ever broken."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from settlement.cases import lifecycle
from settlement.cases.lifecycle import State
from settlement.cases.promises import PromiseState
from settlement.desk import case_file, cases, negotiations, promises
from settlement.store import cases as store
from tests import case_laws as laws
from tests import case_walks as walks
from tests.case_walks import NUMBERS, TEMPTATIONS, undone
from tests.case_world import World, pick

number = st.integers(0, NUMBERS - 1)


class House(RuleBasedStateMachine):
    """The world, with hypothesis at its door."""

    database = None

    def __init__(self) -> None:
        super().__init__()
        self.undone = undone(type(self).database)
        self.world = World(self.undone.__enter__(), laws.look)

    def teardown(self) -> None:
        try:
            laws.look_at_end(self.world)
        finally:
            self.undone.__exit__(None, None, None)

    @initialize(matter=st.integers(0, 6), whose=number)
    def begins(self, matter, whose):
        """With something that an agent may write down."""
        self.world.open(0, matter, whose)

    @rule(who=number, matter=number, whose=number)
    def opens_a_case(self, who, matter, whose):
        self.world.open(who, matter, whose)

    @rule(case=number, again=st.integers(1, 3))
    def does_what_comes_next(self, case, again):
        for _ in range(again):
            self.world.push(case)

    @rule(case=number, who=number, what=number, sum_=number)
    def lets_something_happen_in_the_talks(self, case, who, what, sum_):
        self.world.talk(case, who, what, sum_)

    @rule(case=number, who=number)
    def asks_for_approval(self, case, who):
        self.world.ask(case, who)

    @rule(which=number, case=number, way=number)
    def is_tempted(self, which, case, way):
        pick(which, TEMPTATIONS)(self.world, case, way)

    @rule(approval=number, who=number, verb=number, place=number, sum_=number)
    def decides_an_approval(self, approval, who, verb, place, sum_):
        self.world.decide(approval, who, verb, place, sum_)

    @rule(approval=number, who=number, place=number)
    def says_yes(self, approval, who, place):
        self.world.agree(approval, who, place)

    @rule(giver=number, receiver=number, length=number)
    def lets_somebody_stand_in(self, giver, receiver, length):
        self.world.delegate(giver, receiver, length)

    @rule(promise=number, who=number, verb=number)
    def sees_to_a_promise(self, promise, who, verb):
        self.world.promise(promise, who, verb)

    @rule(case=number, who=number, verb=number, to=number)
    def hands_a_case_on(self, case, who, verb, to):
        self.world.hand(case, who, verb, to)

    @rule(case=number, who=number, verb=number)
    def tells_visits_closes_opens_again_or_reviews(self, case, who, verb):
        self.world.finish(case, who, verb)

    @rule(case=number, who=number, matter=number, whose=number)
    def finds_something_out(self, case, who, matter, whose):
        self.world.change_facts(case, who, matter, whose)

    @rule(case=number, who=number, verb=number)
    def lets_a_clock_stand(self, case, who, verb):
        self.world.clock(case, who, verb)

    @rule(who=number, whom=number, share=number)
    def sets_limits(self, who, whom, share):
        self.world.set_limits(who, whom, share)

    @rule(length=number)
    def waits(self, length):
        self.world.pass_time(length)


IN_A_TEST_RUN = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.generate],  # to make a walk shorter takes minutes
    suppress_health_check=list(HealthCheck),
)


def test_nobody_breaks_a_law_in_any_order_of_steps(database):
    House.database = database
    run_state_machine_as_test(House, settings=IN_A_TEST_RUN)


# ---------------------------------------------------------------- the laws can fail

Patch = pytest.MonkeyPatch
WITHIN = 40
"""Walks in which a mistake must show itself."""


def a_case_may_be_closed_untold(patch: Patch) -> None:
    patch.setitem(lifecycle._NEEDS, "closed", lambda case, event: None)


def another_end_counts_as_told(patch: Patch) -> None:
    for event in ("agreed", "talks_ended"):
        patch.setitem(lifecycle._CHANGES, event, lambda case, event: case)


def a_promise_may_be_kept_twice(patch: Patch) -> None:
    patch.setattr(promises, "when_kept", lambda promise, now: PromiseState.KEPT)


def what_was_agreed_is_not_promised(patch: Patch) -> None:
    patch.setattr(negotiations, "obligations", lambda accepted, terms: ())


def what_is_owed_is_forgotten_when_talks_end(patch: Patch) -> None:
    real = negotiations.promise_each

    def forget(sitting, case, agreed, terms):
        return real(sitting, case, [each for each in agreed if each.kind != "owed"], terms)

    patch.setattr(negotiations, "promise_each", forget)


def what_is_owed_is_paid_before_anybody_said_yes(patch: Patch) -> None:
    patch.setattr(promises, "_refuse_ungranted", lambda sitting, promise: None)


def broken_promises_are_forgiven(patch: Patch) -> None:
    for module in (case_file, cases):
        patch.setattr(module, "with_broken_promises", lambda sitting, case, complaint: complaint)


def a_closed_case_may_be_talked_about(patch: Patch) -> None:
    states, to = lifecycle.MOVES["followed_up"]
    patch.setitem(lifecycle.MOVES, "followed_up", (states | {State.CLOSED}, to))


def whoever_is_offered_a_case_has_it(patch: Patch) -> None:
    patch.setitem(
        lifecycle._CHANGES,
        "hand_over_offered",
        lambda case, event: replace(case, owner=event.body["to"], offered_to=event.body["to"]),
    )


def a_case_that_nobody_fulfils(patch: Patch) -> None:
    patch.setattr(promises, "fulfil_if_done", lambda sitting, case: case)


def clocks_run_on_after_the_end(patch: Patch) -> None:
    patch.setattr(cases, "follow", lambda sitting, case, event, policy: case)


def a_row_is_left_behind(patch: Patch) -> None:
    patch.setattr(store, "update_case", lambda tx, case, **about: None)


def an_event_is_not_audited(patch: Patch) -> None:
    patch.setattr(store, "append", lambda tx, **said: None)


MISTAKES: dict[Callable[..., None], dict[Callable[[Patch], None], tuple[walks.Temptation, ...]]] = {
    # law: mistakes that break it, and what somebody has to try
    laws.no_untold_case_is_closed: {
        a_case_may_be_closed_untold: (walks.close_untold,),
        another_end_counts_as_told: (walks.end_otherwise_than_told,),
    },
    laws.promises_only_move_forward: {a_promise_may_be_kept_twice: ()},
    laws.what_is_owed_is_promised_when_talks_end: {
        what_was_agreed_is_not_promised: (),
        what_is_owed_is_forgotten_when_talks_end: (walks.walk_out,),
    },
    laws.nothing_is_paid_without_a_word: {what_is_owed_is_paid_before_anybody_said_yes: (walks.walk_out,)},
    laws.a_broken_promise_is_a_fact: {broken_promises_are_forgiven: (walks.break_a_promise,)},
    laws.cases_only_move_forward: {a_closed_case_may_be_talked_about: (walks.close_untold,)},
    laws.a_case_always_has_one_owner: {whoever_is_offered_a_case_has_it: ()},
    laws.a_case_that_can_go_on_can_be_closed: {a_case_that_nobody_fulfils: ()},
    laws.clocks_stop_with_the_case: {clocks_run_on_after_the_end: (walks.close_untold,)},
    laws.the_rows_are_what_the_events_tell: {a_row_is_left_behind: ()},
    laws.the_log_verifies: {an_event_is_not_audited: ()},
}


@pytest.mark.parametrize(
    ("law", "mistake"),
    [(law, mistake) for law, mistakes in MISTAKES.items() for mistake in mistakes],
    ids=lambda named: named.__name__,
)
def test_a_small_mistake_breaks_its_law(monkeypatch, database_file, database, law, mistake):
    mistake(monkeypatch)
    assert laws.breach(database, law, MISTAKES[law][mistake], WITHIN)


def test_every_law_of_cases_has_a_mistake_that_breaks_it():
    assert set(MISTAKES) == {*laws.CASE_LAWS, *laws.AT_END}
