"""Walks through the world by chance, with what somebody would try who wants more than they may."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from random import Random

from sqlalchemy import Connection

from settlement.cases.approvals import Approval
from settlement.cases.lifecycle import State
from settlement.desk import approvals, negotiations
from settlement.negotiation import events as told
from settlement.roles import Actor, Role, may_grant
from settlement.store import approvals as store
from settlement.store.database import Database
from settlement.store.tables import approvals as rows
from tests.builders import cny
from tests.case_world import BY_NAME, DECIDES, MOST_CASES, SUMS, WORKERS, World, pick


def _an_approval(world: World, number: int, *states: str) -> Approval | None:
    """One of those that wait; those that a director asked for first, since no level stands in their way."""
    waiting = world.ids(rows, *(states or ("requested", "bypassed")))
    found = [store.find_approval(world.tx, each) for each in waiting]
    found = [each for each in found if each.requested_role is Role.DIRECTOR and number % 2] or found
    return pick(number // 2, found) if found else None


def _settle(world: World, approval: Approval, who: Actor, way: int, place: str | None = None) -> None:
    """Say yes, say no or send back, or look at an emergency: whichever the approval waits for."""
    said = {"operation": DECIDES, "in_place_of": place}
    if approval.state == "bypassed":
        world.attempt(
            who,
            lambda s: approvals.review_bypass(s, approval.id, right=True, reason="fine", operation=DECIDES),
        )
        return
    ways: tuple[Callable[..., object], ...] = (
        lambda s: approvals.give(s, approval.id, seen=approval.digest, **said),
        lambda s: approvals.send_back(s, approval.id, reason="later", **said),
        lambda s: negotiations.decline_approval(s, approval.id, reason="no", **said),
        lambda s: negotiations.amend_approval(
            s, approval.id, seen=approval.digest, amount=cny(pick(way, SUMS)), reason="more", **said
        ),
    )
    world.attempt(who, pick(way, ways))


def _able(approval: Approval, number: int) -> Actor:
    able = [each for each in WORKERS if may_grant(each.role, approval.level)]
    return pick(number, [each for each in able if each.name != approval.requested_by] or able)


def decide_ones_own(world: World, number: int, way: int) -> None:
    if approval := _an_approval(world, number):
        _settle(world, approval, BY_NAME[approval.requested_by], way)


def decide_ones_own_in_somebodys_place(world: World, number: int, way: int) -> None:
    if approval := _an_approval(world, number):
        above = _able(approval, way)
        world.delegate(_place(above), _place(BY_NAME[approval.requested_by]), 2)
        _settle(world, approval, BY_NAME[approval.requested_by], way, above.name)


def let_somebody_decide_it_in_ones_place(world: World, number: int, way: int) -> None:
    if approval := _an_approval(world, number):
        friend = pick(way, [each for each in WORKERS if each.name != approval.requested_by])
        world.delegate(_place(BY_NAME[approval.requested_by]), _place(friend), 2)
        _settle(world, approval, friend, way // 2, approval.requested_by)


def grant_in_somebodys_place(world: World, number: int, way: int) -> None:
    """The same giver's authority through several hands."""
    if approval := _an_approval(world, number):
        friend = pick(way, [each for each in WORKERS if each.name not in ("Wang", approval.requested_by)])
        world.delegate(_place(BY_NAME["Wang"]), _place(friend), 2)
        _settle(world, approval, friend, 0, "Wang")
        world.push(world.cases.index(approval.case_id))


def decide_twice(world: World, number: int, way: int) -> None:
    if approval := _an_approval(
        world, number, "approved", "declined", "sent_back", "voided", "used", "expired"
    ):
        _settle(world, approval, _able(approval, way), way)


def refuse(world: World, number: int, way: int) -> None:
    """Somebody who may says no, also to what is owed."""
    if approval := _an_approval(world, number):
        _settle(world, approval, _able(approval, way // 2), 1 + way % 2)


def collect_and_use_at_once(world: World, number: int, way: int) -> None:
    """Two claims for one order, both approved by one person before either is paid."""
    first = len(world.cases)
    for matter in (2, 2 if way % 2 else 3):
        world.open(number, matter, 2 * (way // 2))  # an even number: only as far as the suggestion
    ours = range(first, len(world.cases))
    for case in ours:
        for _ in range(3):
            world.push(case)
    for waiting in world.ids(rows, "requested"):
        approval = store.find_approval(world.tx, waiting)
        if world.cases.index(approval.case_id) in ours:
            giver = BY_NAME["Wang" if may_grant(Role.SUPERVISOR, approval.level) else "Zhou"]
            _settle(world, approval, giver, 0)
    for case in ours:
        world.push(case)


def split_over_claims(world: World, number: int, way: int) -> None:
    """Two claims for one order, or of one person on one day, suggested before either gets anything."""
    first = len(world.cases)
    for whose in (0, 0) if way % 2 else (1, 3):
        world.open(number, way // 2 % 2, whose)
    for case in range(first, len(world.cases)):
        for _ in range(4):
            world.push(case)


def name_the_order_later(world: World, number: int, way: int) -> None:
    """An offer for an order that nobody named, which is named once the offer is on the table."""
    case = len(world.cases)
    world.open(number, 0, 4)
    if case < len(world.cases):
        for _ in range(3):
            world.push(case)
        world.change_facts(case, 1, 0, way)
        split_over_claims(world, number, 3)


def go_ahead_alone(world: World, number: int, way: int) -> None:
    """An emergency, whether it is one or not, and then the offer by whoever has the case."""
    case = number % len(world.cases)
    world.bypass(case, way)
    world.push(case)


def offer_less(world: World, number: int, way: int) -> None:
    case = world.case(number)
    amount = world.sum_near(case, len(SUMS))
    world.play(case.id, pick(way, WORKERS), told.Overridden(amount=amount, reason="too much"))


def walk_out(world: World, number: int, way: int) -> None:
    """The customer leaves before anything was offered, or after it."""
    case = world.case(number)
    world.play(case.id, BY_NAME[case.owner], told.Left())


def close_untold(world: World, number: int, way: int) -> None:
    for verb in (1, 2):
        world.finish(number, 1, verb)


def end_otherwise_than_told(world: World, number: int, way: int) -> None:
    """The result is told; then a part of it cannot be given, another is agreed, and nobody tells that."""
    number = len(world.cases) if len(world.cases) < MOST_CASES else number % len(world.cases)
    world.open(way % 4, 0, 4)
    for _ in range(3):
        world.push(number)
    case = world.case(number)
    owner = BY_NAME[case.owner]
    world.play(case.id, owner, told.Accepted(option=2))
    world.finish(number, 1, 0)
    for instrument in ("voucher", "power_bank_tutorial", "repair_visit", "other_model"):
        world.play(case.id, owner, told.PartBlocked(instrument=instrument))
    world.play(case.id, owner, told.Accepted(option=1))
    for _ in range(3):
        if world.case(number).state is State.AGREED:
            world.push(number)
    close_untold(world, number, way)


def break_a_promise(world: World, number: int, way: int) -> None:
    """A date is told and let go by; then it is decided anew."""
    world.promise(number, 1, 3)
    world.pass_time(3)
    world.change_facts(number, 1, way, 0)
    world.push(number)


Temptation = Callable[[World, int, int], None]
TEMPTATIONS: tuple[Temptation, ...] = (
    decide_ones_own,
    decide_ones_own_in_somebodys_place,
    let_somebody_decide_it_in_ones_place,
    grant_in_somebodys_place,
    decide_twice,
    refuse,
    collect_and_use_at_once,
    split_over_claims,
    name_the_order_later,
    go_ahead_alone,
    offer_less,
    walk_out,
    close_untold,
    end_otherwise_than_told,
    break_a_promise,
)


def _place(person: Actor) -> int:
    return [*BY_NAME].index(person.name)


VERBS: Mapping[str, tuple[int, int]] = {
    # a step: how many numbers it takes, and how often it is taken
    "open": (3, 3),
    "push": (1, 14),
    "talk": (4, 4),
    "ask": (2, 1),
    "decide": (5, 2),
    "agree": (3, 5),
    "delegate": (3, 1),
    "promise": (3, 3),
    "hand": (4, 2),
    "finish": (3, 3),
    "change_facts": (4, 2),
    "clock": (3, 1),
    "set_limits": (3, 1),
    "pass_time": (1, 2),
}
NUMBERS = 60


class _Undone(Exception):
    pass


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with suppress(_Undone), database.transaction() as tx:
        yield tx
        raise _Undone


def walk(world: World, rng: Random, steps: int, temptations: tuple[Temptation, ...] = ()) -> None:
    """Steps by chance; one in four is a temptation, or every second one where some are named."""
    while not world.cases:
        world.open(*(rng.randrange(NUMBERS) for _ in range(3)))
    verbs, weights = zip(*((verb, weight) for verb, (_, weight) in VERBS.items()), strict=True)
    for verb in rng.choices(verbs, weights, k=steps):
        if rng.randrange(2 if temptations else 4):
            getattr(world, verb)(*(rng.randrange(NUMBERS) for _ in range(VERBS[verb][0])))
        else:
            tempt = rng.choice(temptations or TEMPTATIONS)
            tempt(world, rng.randrange(NUMBERS), rng.randrange(NUMBERS))
