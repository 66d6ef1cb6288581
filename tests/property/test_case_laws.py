"""The laws of cases: everybody does anything in any order, and no law is ever broken."""

from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.case_laws import AT_END, CASE_LAWS, EACH_STEP, GRANT_LAWS, look, look_at_end
from tests.case_world import NUMBERS, World, undone, walk

number = st.integers(0, NUMBERS - 1)


class House(RuleBasedStateMachine):
    """The world, with hypothesis at its door."""

    database = None

    def __init__(self) -> None:
        super().__init__()
        self.undone = undone(type(self).database)
        self.world = World(self.undone.__enter__(), look)

    def teardown(self) -> None:
        try:
            look_at_end(self.world)
        finally:
            self.undone.__exit__(None, None, None)

    @initialize(matter=number, whose=number)
    def begins(self, matter, whose):
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

    @rule(case=number, who=number)
    def goes_ahead_in_an_emergency(self, case, who):
        self.world.bypass(case, who)

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


ONCE_EACH = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_nobody_breaks_a_law_in_any_order_of_steps(database):
    House.database = database
    run_state_machine_as_test(House, settings=ONCE_EACH)
