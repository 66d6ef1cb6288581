"""Walks through the world by chance, now and then with what somebody would try who wants more than they may."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from random import Random

from sqlalchemy import Connection

from settlement.store.database import Database
from tests import case_steps as steps
from tests import case_temptations as tempt
from tests.case_world import World

Step = Callable[..., None]
Temptation = Callable[[World, int, int], None]
STEPS: Mapping[Step, tuple[int, int]] = {
    # a step: how many numbers it takes, and how often it is taken
    World.open: (3, 3),
    World.push: (1, 14),
    World.talk: (4, 7),
    World.ask: (2, 1),
    World.set_limits: (3, 1),
    World.pass_time: (1, 2),
    World.let_go_by: (1, 1),
    steps.bypass: (2, 1),
    steps.decide: (5, 2),
    steps.agree: (3, 5),
    steps.delegate: (3, 1),
    steps.end_delegation: (2, 1),
    steps.promise: (3, 3),
    steps.hand: (4, 2),
    steps.finish: (3, 3),
    steps.review: (3, 1),
    steps.change_facts: (4, 2),
    steps.hear: (3, 2),
    steps.clock: (3, 1),
    steps.move_person: (3, 2),
    steps.forget: (2, 1),
}
TEMPTATIONS: tuple[Temptation, ...] = (
    tempt.decide_ones_own,
    tempt.decide_ones_own_in_somebodys_place,
    tempt.let_somebody_decide_it_in_ones_place,
    tempt.grant_in_somebodys_place,
    tempt.decide_twice,
    tempt.refuse,
    tempt.collect_and_use_at_once,
    tempt.split_over_claims,
    tempt.name_the_order_later,
    tempt.go_ahead_alone,
    tempt.offer_less,
    tempt.walk_out,
    tempt.close_untold,
    tempt.end_otherwise_than_told,
    tempt.break_a_promise,
    tempt.split_over_days,
    tempt.split_over_links,
    tempt.split_over_currencies,
    tempt.settle_again,
    tempt.forget_in_the_middle,
    tempt.use_what_is_over,
    tempt.fall_after_the_yes,
    tempt.decide_for_the_fallen,
    tempt.decide_after_the_delegation,
    tempt.fall_in_an_emergency,
    tempt.leave_with_open_cases,
    tempt.confirm_what_is_said,
    tempt.keep_twice,
    tempt.visit_when_closed,
    tempt.offer_a_case,
    tempt.review_ones_own,
)
NUMBERS = 60


class _Undone(Exception):
    pass


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with suppress(_Undone), database.transaction() as tx:
        yield tx
        raise _Undone


def walk(
    world: World,
    rng: Random,
    steps: int,
    temptations: tuple[Temptation, ...] = (),
    first: tuple[Temptation, ...] = (),
) -> None:
    """Some temptations first, then steps by chance.

    One in four is a temptation, or every second one where some are named.
    """

    def take(step: Step, numbers: int) -> None:
        step(world, *(rng.randrange(NUMBERS) for _ in range(numbers)))

    while not world.cases:
        take(World.open, 3)
    for tempt_first in first:
        take(tempt_first, 2)
    names, weights = zip(*((step, weight) for step, (_, weight) in STEPS.items()), strict=True)
    for step in rng.choices(names, weights, k=steps):
        if rng.randrange(2 if temptations else 4):
            take(step, STEPS[step][0])
        else:
            take(rng.choice(temptations or TEMPTATIONS), 2)
