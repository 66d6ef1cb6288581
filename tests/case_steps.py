"""What people do in the house beside talking: each step takes the world, and numbers that chance chooses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from settlement.cases.lifecycle import Case, State
from settlement.desk import approvals, cases, clocks, delegations, erasure, negotiations, people, promises
from settlement.desk.erasure import Why
from settlement.desk.sitting import Sitting
from settlement.negotiation.lexicon import propose_signals
from settlement.permissions import need
from settlement.roles import Actor, Role
from settlement.store import approvals as approval_store
from settlement.store import promises as promise_store
from settlement.store.cases import find_case
from settlement.store.privacy import texts_of_case
from settlement.store.tables import approvals as approval_rows
from settlement.store.tables import promises as promise_rows
from tests.case_world import (
    BY_NAME,
    KEEPS,
    PASSING,
    PEOPLE,
    SUMS,
    WHOSE,
    WORDS,
    WORKERS,
    WORKS,
    Lent,
    World,
    pick,
    policy_in,
    read,
)

DECIDES, REVIEWS, CONFIRMS, HOLDS, FORGETS = (
    "decide_approval",
    "review_case.decide",
    "confirm_signals",
    "hold_case",
    "post_erasure",
)
ADMIN = "Hu"

# ---------------------------------------------------------------- approvals


def bypass(world: World, number: int, who: int) -> None:
    case = world.case(number)
    world.attempt(
        world.someone(who, case),
        lambda s: negotiations.bypass_approval(s, read(s, case.id, WORKS), "somebody is hurt"),
    )


def decide(world: World, number: int, who: int, verb: int, place: int, sum_: int) -> None:
    """Anybody decides an approval in any way, in their own place or in somebody's."""
    waiting = world.ids(approval_rows, "requested", "bypassed") or world.ids(approval_rows)
    if not waiting:
        return
    approval = approval_store.find_approval(world.tx, pick(number, waiting))
    stand = pick(place // 2, WORKERS).name if place % 2 else None
    seen, to = approval.digest, pick(place, WORKERS).name
    amount = world.money(approval.case_id, pick(sum_, SUMS))
    said = {"operation": DECIDES, "in_place_of": stand}
    verbs: tuple[Callable[[Sitting], Any], ...] = (
        lambda s: approvals.give(s, approval.id, seen=seen, **said),
        lambda s: negotiations.amend_approval(
            s, approval.id, seen=seen, amount=amount, reason="fairer", **said
        ),
        lambda s: negotiations.decline_approval(s, approval.id, reason="no", **said),
        lambda s: approvals.send_back(s, approval.id, reason="a photo is missing", **said),
        lambda s: approvals.assign(s, approval.id, to=Actor(to, world.roles[to]), operation=DECIDES),
        lambda s: approvals.review_bypass(s, approval.id, right=True, reason="yes", operation=DECIDES),
    )
    act = verbs[5] if approval.state == "bypassed" else pick(verb, (verbs[0], *verbs[:5]))
    world.attempt(pick(who, WORKERS).name, act)


def agree(world: World, number: int, who: int, place: int) -> None:
    """Somebody who reaches the level says yes, and whoever asked puts the offer."""
    waiting = world.ids(approval_rows, "requested")
    if not waiting:
        return
    approval = approval_store.find_approval(world.tx, pick(number, waiting))
    able = world.able(approval.level)
    if not able:
        return
    giver = pick(who, able)
    stands = [each.receiver for each in world.delegations.values() if each.giver.name == giver]
    actor, stand = (pick(place, stands), giver) if stands else (giver, None)
    given = world.attempt(
        actor,
        lambda s: approvals.give(s, approval.id, seen=approval.digest, in_place_of=stand, operation=DECIDES),
    )
    if given and place % 3:
        world.push(world.cases.index(approval.case_id))


def delegate(world: World, giver: int, receiver: int, length: int) -> None:
    """From now, or from tomorrow."""
    to = pick(receiver, PEOPLE).name
    starts = world.now + timedelta(days=length % 4 == 3)
    ends = starts + pick(length, PASSING)

    def act(sitting: Sitting) -> None:
        asked = Actor(to, world.roles[to])
        made = delegations.delegate(sitting, to=asked, starts_at=starts, ends_at=ends)
        world.delegations[made] = Lent(sitting.actor, to, starts, ends)

    world.attempt(pick(giver, PEOPLE).name, act)


def end_delegation(world: World, number: int, who: int) -> None:
    if not world.delegations:
        return
    name = pick(number, [*world.delegations])
    lent = world.delegations[name]

    def act(sitting: Sitting) -> None:
        delegations.end_delegation(sitting, name)
        world.delegations[name] = replace(lent, ends=sitting.now)

    world.attempt(lent.giver.name if who % 2 else pick(who, PEOPLE).name, act)


# ---------------------------------------------------------------- the life of a case


def promise(world: World, number: int, who: int, verb: int) -> None:
    """Kept, put off, or a date that is told."""
    waiting = world.ids(promise_rows, "due", "broken") if who % 4 else world.ids(promise_rows)
    if not waiting:
        return
    found = promise_store.find_promise(world.tx, pick(number, waiting))
    case, later = find_case(world.tx, found.case_id), world.now + timedelta(days=2)
    verbs: tuple[Callable[[Sitting], Any], ...] = (
        lambda s: promises.keep_promise(s, found.id, KEEPS),
        lambda s: promises.replace_promise(
            s, found.id, KEEPS, what=found.what, due=later, reason="the bank is shut"
        ),
        lambda s: promises.tell_date(s, read(s, case.id, WORKS), "call", later),
    )
    world.attempt(world.someone(who, case), pick(verb, (verbs[0], *verbs)))


def hand(world: World, number: int, who: int, verb: int, to: int) -> None:
    case = world.case(number)
    name = pick(to, PEOPLE).name
    verbs: tuple[Callable[[Sitting, Case], Any], ...] = (
        lambda s, c: cases.offer_hand_over(s, c, name, "on leave"),
        lambda s, c: cases.accept_hand_over(s, c),
        lambda s, c: cases.decline_hand_over(s, c, "no time"),
        lambda s, c: cases.take_over(s, c, "it is stuck"),
    )
    actor = case.offered_to if case.offered_to and who % 3 else world.someone(who, case)
    world.attempt(actor, lambda s: pick(verb, verbs)(s, read(s, case.id, WORKS)))


def finish(world: World, number: int, who: int, verb: int) -> None:
    """Tell, visit, close, open again, ask for a review and answer it, hold."""
    case = world.case(number)
    verbs: tuple[tuple[str, Callable[[Sitting, Case], Any]], ...] = (
        (WORKS, lambda s, c: cases.tell_result(s, c, "this is how it ended", "phone")),
        (WORKS, lambda s, c: cases.follow_up(s, c, reached=True, rating=4, solved="yes", answer="fine")),
        (WORKS, cases.close),
        (WORKS, lambda s, c: cases.reopen(s, c, "it broke again")),
        (WORKS, lambda s, c: cases.request_review(s, c, "not content")),
        (WORKS, lambda s, c: cases.inform(s, c, "we are at it", "phone")),
        (REVIEWS, lambda s, c: cases.review(s, c, upheld=bool(who % 2), reason="read again")),
        (HOLDS, lambda s, c: cases.hold(s, c, "legal" if who % 2 else "important")),
        (HOLDS, cases.release_hold),
    )
    operation, act = pick(verb, verbs)
    world.attempt(world.someone(who, case), lambda s: act(s, read(s, case.id, operation)))


def review(world: World, number: int, who: int, verb: int) -> None:
    """The owner asks for a review; anybody of those who may gives its answer."""
    case = world.case(number)
    world.attempt(case.owner, lambda s: cases.request_review(s, read(s, case.id, WORKS), "not content"))
    able = world.able(Role.SUPERVISOR)
    if able:
        world.attempt(
            pick(who, able),
            lambda s: cases.review(s, read(s, case.id, REVIEWS), upheld=bool(verb % 2), reason="read again"),
        )


def change_facts(world: World, number: int, who: int, matter: int, whose: int) -> None:
    case = world.case(number)
    before = world.facts[case.id]
    complaint = world.complaint(case.id, matter, whose)

    def act(sitting: Sitting) -> None:
        changed = cases.diagnose(sitting, read(sitting, case.id, WORKS), complaint, "found out")
        if changed.state is State.TALKING:
            negotiations.conclude(sitting, changed)

    if not world.attempt(world.someone(who, case), act):
        world.facts[case.id] = before


def hear(world: World, number: int, who: int, text: int) -> None:
    """What the words of a customer hint at is confirmed by somebody, all of it or each other one."""
    case = world.case(number)
    said = texts_of_case(world.tx, case.id).get(case.said or "", "") + pick(text, ("", *WORDS))
    lexicon = policy_in(world.currencies[case.id]).terms.lexicon
    flags = {
        name for name, known in case.complaint["complaint"]["signals"].items() if isinstance(known, bool)
    }
    proposed = [each.signal for each in propose_signals(said, lexicon) if each.signal in flags]
    if not proposed:
        return
    confirmed = {signal: bool((text // 2 + place) % 2) for place, signal in enumerate(proposed)}
    if world.attempt(
        world.someone(who, case),
        lambda s: cases.confirm_signals(s, read(s, case.id, CONFIRMS), confirmed),
    ):
        world.facts[case.id] |= confirmed


def clock(world: World, number: int, who: int, verb: int) -> None:
    case = world.case(number)
    what = pick(verb, ("resolution", "progress", "visit"))
    act = clocks.pause_clock if verb % 2 else clocks.resume_clock
    said = ("we wait for the maker",) if verb % 2 else ()
    world.attempt(world.someone(who, case), lambda s: act(s, read(s, case.id, WORKS), what, *said))


# ---------------------------------------------------------------- people, and forgetting


def move_person(world: World, whom: int, verb: int, to: int) -> None:
    """Somebody is not let in any more, or again; gets another role, or their first one back."""
    name, takes = pick(whom, PEOPLE).name, pick(to, (None, *BY_NAME))
    if name in world.gone:
        let_in(world, name)
    elif verb % 2:
        shut_out(world, name, takes)
    elif world.roles[name] is not BY_NAME[name].role:
        put_in_role(world, name, BY_NAME[name].role, takes)
    else:
        put_in_role(world, name, pick(to, tuple(Role)), takes)


def let_in(world: World, name: str) -> None:
    if world.attempt(ADMIN, lambda s: people.enable_person(s.tx, name, by=s.actor, now=s.now)):
        world.gone.discard(name)


def shut_out(world: World, name: str, takes: str | None) -> None:
    """Somebody may take what they had."""

    def act(sitting: Sitting) -> None:
        people.disable_person(sitting.tx, name, by=sitting.actor, now=sitting.now, hand_over_to=takes)
        world.gone.add(name)

    world.attempt(ADMIN, act)


def put_in_role(world: World, name: str, role: Role, takes: str | None) -> None:
    def act(sitting: Sitting) -> None:
        people.set_role(sitting.tx, name, role, by=sitting.actor, now=sitting.now, hand_over_to=takes)
        world.roles[name] = role

    world.attempt(ADMIN, act)


def forget(world: World, whose: int, who: int) -> None:
    """Somebody asks to be forgotten, and an admin or anybody does it."""
    customer, _ = pick(whose, WHOSE)
    if customer is None:
        return

    def act(sitting: Sitting) -> None:
        need(sitting.actor.role, FORGETS)
        erasure.erase_customer(sitting, customer, Why.ASKED)

    world.attempt(ADMIN if who % 2 else pick(who, PEOPLE).name, act)
