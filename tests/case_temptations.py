"""What somebody would try who wants more than they may; some need several steps of which each is allowed."""

from collections.abc import Callable
from datetime import timedelta

from settlement.cases.approvals import Approval
from settlement.cases.lifecycle import State
from settlement.desk import approvals, negotiations
from settlement.desk.promises import keep_promise
from settlement.negotiation import events as told
from settlement.roles import Role
from settlement.store import approvals as store
from settlement.store.promises import find_promise
from settlement.store.tables import approvals as rows
from settlement.store.tables import promises
from tests import case_steps as steps
from tests.case_steps import DECIDES
from tests.case_world import (
    A_STRANGER,
    ABROAD,
    BY_NAME,
    KEEPS,
    MOST_CASES,
    NAMELESS,
    SUMS,
    WORKERS,
    World,
    pick,
)


def _an_approval(world: World, number: int, *states: str) -> Approval | None:
    """One of those that wait; those that a director asked for first, since no level stands in their way."""
    waiting = world.ids(rows, *(states or ("requested", "bypassed")))
    found = [store.find_approval(world.tx, each) for each in waiting]
    found = [each for each in found if each.requested_role is Role.DIRECTOR and number % 2] or found
    return pick(number // 2, found) if found else None


def _settle(world: World, approval: Approval, who: str, way: int, place: str | None = None) -> None:
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
            s,
            approval.id,
            seen=approval.digest,
            amount=world.money(approval.case_id, pick(way, SUMS)),
            reason="more",
            **said,
        ),
    )
    world.attempt(who, pick(way, ways))


def _able(world: World, approval: Approval, number: int) -> str:
    able = world.able(approval.level) or ["Chen"]
    return pick(number, [each for each in able if each != approval.requested_by] or able)


def decide_ones_own(world: World, number: int, way: int) -> None:
    if approval := _an_approval(world, number):
        _settle(world, approval, approval.requested_by, way)


def decide_ones_own_in_somebodys_place(world: World, number: int, way: int) -> None:
    if approval := _an_approval(world, number):
        above = _able(world, approval, way)
        steps.delegate(world, _place(above), _place(approval.requested_by), 2)
        _settle(world, approval, approval.requested_by, way, above)


def let_somebody_decide_it_in_ones_place(world: World, number: int, way: int) -> None:
    if approval := _an_approval(world, number):
        friend = pick(way, [each.name for each in WORKERS if each.name != approval.requested_by])
        steps.delegate(world, _place(approval.requested_by), _place(friend), 2)
        _settle(world, approval, friend, way // 2, approval.requested_by)


def grant_in_somebodys_place(world: World, number: int, way: int) -> None:
    """The same giver's authority through several hands."""
    if approval := _an_approval(world, number):
        friend = pick(
            way, [each.name for each in WORKERS if each.name not in ("Wang", approval.requested_by)]
        )
        steps.delegate(world, _place("Wang"), _place(friend), 2)
        _settle(world, approval, friend, 0, "Wang")
        world.push(world.cases.index(approval.case_id))


def decide_twice(world: World, number: int, way: int) -> None:
    if approval := _an_approval(
        world, number, "approved", "declined", "sent_back", "voided", "used", "expired"
    ):
        _settle(world, approval, _able(world, approval, way), way)


def refuse(world: World, number: int, way: int) -> None:
    """Somebody who may says no, also to what is owed."""
    if approval := _an_approval(world, number):
        _settle(world, approval, _able(world, approval, way // 2), 1 + way % 2)


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
            able = world.able(approval.level)
            giver = "Wang" if "Wang" in able else "Zhou"
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
    world.open(number, 0, NAMELESS)
    if case < len(world.cases):
        for _ in range(3):
            world.push(case)
        steps.change_facts(world, case, 1, 0, way)
        split_over_claims(world, number, 3)


def go_ahead_alone(world: World, number: int, way: int) -> None:
    """An emergency, whether it is one or not, and then the offer by whoever has the case."""
    case = number % len(world.cases)
    steps.bypass(world, case, way)
    world.push(case)


def offer_less(world: World, number: int, way: int) -> None:
    case = world.case(number)
    amount = world.sum_near(case, len(SUMS))
    world.play(case.id, pick(way, WORKERS).name, told.Overridden(amount=amount, reason="too much"))


def walk_out(world: World, number: int, way: int) -> None:
    """The customer leaves before anything was offered, or after it."""
    case = world.case(number)
    world.play(case.id, case.owner, told.Left())


def close_untold(world: World, number: int, way: int) -> None:
    for verb in (1, 2):
        steps.finish(world, number, 1, verb)


def end_otherwise_than_told(world: World, number: int, way: int) -> None:
    """The result is told; then a part of it cannot be given, another is agreed, and nobody tells that."""
    number = len(world.cases) if len(world.cases) < MOST_CASES else number % len(world.cases)
    world.open(way % 4, 0, NAMELESS)
    for _ in range(3):
        world.push(number)
    case = world.case(number)
    owner = case.owner
    world.play(case.id, owner, told.Accepted(option=2))
    steps.finish(world, number, 1, 0)
    for instrument in ("voucher", "power_bank_tutorial", "repair_visit", "other_model"):
        world.play(case.id, owner, told.PartBlocked(instrument=instrument))
    world.play(case.id, owner, told.Accepted(option=1))
    for _ in range(3):
        if world.case(number).state is State.AGREED:
            world.push(number)
    close_untold(world, number, way)


def break_a_promise(world: World, number: int, way: int) -> None:
    """A date is told and let go by; then it is decided anew."""
    steps.promise(world, number, 1, 3)
    world.now += timedelta(days=4)
    world.do_what_is_due()
    steps.change_facts(world, number, 1, way, 0)
    world.push(number)


def split_over_days(world: World, number: int, way: int) -> None:
    """A claim a day, of strangers, or one before and one after midnight."""
    for whose in (1, 3, A_STRANGER):
        case = len(world.cases)
        world.open(1, 1, whose)
        for _ in range(4):
            if case < len(world.cases):
                world.push(case)
        if way % 2:
            world.now += timedelta(days=1)
        else:
            world.let_go_by(pick(number, (0, 4)))


def split_over_links(world: World, number: int, way: int) -> None:
    """Cases of nobody, each after the first, so that only this ties them together."""
    first = len(world.cases)
    for who in (1, 0, 5, 10):
        world.open(who, way % 2, NAMELESS)
    for case in pick(number, (range(first, len(world.cases)), range(len(world.cases) - 1, first - 1, -1))):
        for _ in range(3):
            world.push(case)


def split_over_currencies(world: World, number: int, way: int) -> None:
    """Ma, whose limits are high here and low abroad, grants abroad."""
    world.limit("Zhao", "Ma", 1, "GBP")
    case = len(world.cases)
    world.open(2, ABROAD + 1, NAMELESS)
    if case < len(world.cases):
        for _ in range(3):
            world.push(case)


def settle_again(world: World, number: int, way: int) -> None:
    """A case is settled to its end, taken up again, perhaps with a greater loss, and settled once more."""
    case = len(world.cases) if len(world.cases) < MOST_CASES else number % len(world.cases)
    whose, greater = pick(number, (NAMELESS, NAMELESS, A_STRANGER)), way // 4 % 2
    world.open(1, greater, whose)
    _push_until(world, case, lambda: world.case(case).talk > 1)
    if greater:
        steps.change_facts(world, case, 1, 8, whose)
    _push_until(world, case, lambda: world.case(case).state is State.AGREED)
    steps.agree(world, -1, way, 1)
    _push_until(world, case, lambda: world.case(case).state is State.AGREED)


def forget_in_the_middle(world: World, number: int, way: int) -> None:
    """Somebody is forgotten once their case is closed; it is opened again, and they come back."""
    case = len(world.cases)
    world.open(way % 4, 0, A_STRANGER)
    if case < len(world.cases):
        _push_until(world, case, lambda: world.case(case).state is State.CLOSED)
        steps.finish(world, case, 1 + 2 * way, pick(number, (4, 7, 8)))
        steps.forget(world, A_STRANGER, 1)
        _push_until(world, case, lambda: world.case(case).talk > 1)
        world.open(way % 4, number, A_STRANGER)


def _push_until(world: World, case: int, is_so: Callable[[], bool]) -> None:
    for _ in range(18):
        if case < len(world.cases) and not is_so():
            world.push(case)


def use_what_is_over(world: World, number: int, way: int) -> None:
    """A yes is given; its time goes by and no worker sees it; then the offer is put."""
    if approval := _an_approval(world, number, "requested"):
        _settle(world, approval, _able(world, approval, way), 0)
        world.now += timedelta(days=1 + way % 3)
        world.push(world.cases.index(approval.case_id))


def fall_after_the_yes(world: World, number: int, way: int) -> None:
    """Somebody says yes and is then let in no more, or is lowered; the offer is put all the same."""
    if approval := _an_approval(world, number, "requested"):
        giver = _able(world, approval, way // 2)
        _settle(world, approval, giver, 0)
        _lower(world, giver, way)
        world.push(world.cases.index(approval.case_id))


def decide_for_the_fallen(world: World, number: int, way: int) -> None:
    """In the place of somebody who may decide no more."""
    if approval := _an_approval(world, number, "requested"):
        giver = _able(world, approval, way // 2)
        friend = pick(way, [n for n in world.able(Role.AGENT) if n not in (giver, approval.requested_by)])
        steps.delegate(world, _place(giver), _place(friend), 2)
        _lower(world, giver, way)
        _settle(world, approval, friend, 0, giver)
        world.push(world.cases.index(approval.case_id))


def decide_after_the_delegation(world: World, number: int, way: int) -> None:
    """In somebody's place, when the time for it is over or has not begun."""
    if approval := _an_approval(world, number, "requested"):
        giver = _able(world, approval, way // 2)
        friend = pick(way, [n for n in world.able(Role.AGENT) if n not in (giver, approval.requested_by)])
        steps.delegate(world, _place(giver), _place(friend), pick(way, (3, 5)))
        if way % 4 == 1:
            steps.end_delegation(world, -1, 1)
        world.now += timedelta(hours=7 * (way % 2))
        _settle(world, approval, friend, 0, giver)


def fall_in_an_emergency(world: World, number: int, way: int) -> None:
    """Whoever went ahead in an emergency is lowered before the offer is put by somebody else."""
    case = len(world.cases)
    world.open(way % 4, 6, A_STRANGER)
    if case < len(world.cases):
        for _ in range(3):
            world.push(case)
        owner = world.case(case).owner
        steps.bypass(world, case, 1)
        steps.hand(world, case, 2 * _place("Wang"), 3, 0)
        _lower(world, owner, way)
        world.push(case)


def _lower(world: World, name: str, way: int) -> None:
    if way % 2:
        steps.shut_out(world, name, "Qian")
    else:
        steps.put_in_role(world, name, pick(way // 2, (Role.AGENT, Role.FINANCE)), "Qian")


def leave_with_open_cases(world: World, number: int, way: int) -> None:
    """Who has cases is not let in any more, or gets work of another kind; a closed case is opened again."""
    owner, takes = world.case(number).owner, pick(way // 2, (None, None, "Gu", "Ma"))
    if way % 2:
        steps.shut_out(world, owner, takes)
    else:
        steps.put_in_role(world, owner, Role.AUDITOR, takes)
    steps.finish(world, number, 2 * _place("Wang"), 3)


def confirm_what_is_said(world: World, number: int, way: int) -> None:
    """The words of a customer, and then what comes next."""
    case = len(world.cases)
    world.open(1, 1, NAMELESS)
    if case < len(world.cases):
        steps.hear(world, case, 1, 2)
        world.push(case)


def keep_twice(world: World, number: int, way: int) -> None:
    for each in world.ids(promises):
        found = find_promise(world.tx, each)
        world.attempt(
            world.case(world.cases.index(found.case_id)).owner,
            lambda s, id_=each: keep_promise(s, id_, KEEPS),
        )


def visit_when_closed(world: World, number: int, way: int) -> None:
    case = len(world.cases)
    world.open(1, 0, A_STRANGER)
    if case < len(world.cases):
        _push_until(world, case, lambda: world.case(case).state is State.CLOSED)
        steps.finish(world, case, 1, 1)


def offer_a_case(world: World, number: int, way: int) -> None:
    steps.hand(world, number, 3, 0, way)


def review_ones_own(world: World, number: int, way: int) -> None:
    """Who had a hand in a case answers whether it was right."""
    for who in range(2):
        steps.review(world, number, way + who, number)


def _place(person: str) -> int:
    return [*BY_NAME].index(person)
