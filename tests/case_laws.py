"""The laws of cases, grants, approvals and promises. Each raises AssertionError where it is broken.

EACH_STEP   looked at after every step of a world
AT_END      looked at once, when a world has come to its end

They do not use the code that they judge: what was granted, by whose authority, and how much room there was
is added up again here from the events. Only the offers themselves come from the adviser.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from settlement.cases.authority import PersonLimits
from settlement.cases.lifecycle import State
from settlement.decision.answer import Rung
from settlement.decision.approval import Granted
from settlement.decision.offers import offer_at
from settlement.desk.audit import verify_records
from settlement.money import Money
from settlement.negotiation.talks import Talk
from settlement.roles import LEVELS
from settlement.store.cases import find_case
from settlement.store.database import Database
from settlement.store.decisions import find_decision
from settlement.store.tables import approvals, cases, commitments, promises
from tests.builders import a_policy
from tests.case_ledger import Grant, Past, asked_in, learn, remember, talk_of
from tests.case_walks import Temptation, undone, walk
from tests.case_world import BY_NAME, World

WINDOW = timedelta(days=90)
NO_MONEY = Granted.nothing("CNY")
SEED, STEPS = 12, 25  # of the walks in which a mistake is looked for


def look(world: World) -> None:
    """Learn what happened in a step, then look at every law."""
    _look(world, EACH_STEP)


def _look(world: World, laws: Sequence["Law"]) -> None:
    past = world.memory.setdefault("past", Past())
    learn(world, past)
    for law in laws:
        law(world, past)
    remember(world, past)


def look_at_end(world: World) -> None:
    past = world.memory.setdefault("past", Past())
    for law in AT_END:
        law(world, past)


# ---------------------------------------------------------------- grants


def nobody_grants_beyond_their_limits(world: World, past: Past) -> None:
    """The person on record had room: in the case with all that order and customer got, today, this month."""
    for grant, others, talk in past.granted:
        limits = _limits(world, grant)
        related = [
            each
            for each in others
            if each.at >= grant.at - WINDOW
            and (_same(each.customer, grant.customer) or _same(each.order, grant.order))
        ]
        theirs = [each for each in others if each.person == grant.person and each.day <= grant.day]
        used = {
            "case": _sum(related),
            "day": _sum(each for each in theirs if each.day == grant.day),
            "month": _sum(each for each in theirs if (each.day.year, each.day.month) == _month(grant.day)),
        }
        for part in ("owed", "goodwill"):
            asked = getattr(grant.sums, part)
            for period, before in used.items():
                most = getattr(getattr(limits, part), period)
                told = f"{grant.person}: {part} {asked} and {before} before; at most {most} a {period}"
                assert not asked or asked + getattr(before, part) <= most, told
        _check_level(grant, _sum(related), talk)


def _check_level(grant: Grant, related: Granted, talk: Talk) -> None:
    """The table of approvals counts what order and customer got in other cases, too."""
    rung = talk.rung if talk.table else Rung.OPENING
    decided = replace(talk.decided, granted=related)
    needed = offer_at(decided, rung, grant.sums.total, talk.wishes).approval.level
    level = LEVELS.index(grant.level) + (1 if grant.in_emergency else 0)
    assert level >= LEVELS.index(needed), f"{grant.sums.total} needs a {needed}, not a {grant.level}"


def _limits(world: World, grant: Grant) -> PersonLimits:
    terms = a_policy().terms
    role = LEVELS[LEVELS.index(grant.level) + 1] if grant.in_emergency else grant.level
    by_role = PersonLimits(terms.owed_limits[role], terms.goodwill_limits[role])
    return by_role if grant.in_emergency else world.limits.get(grant.person, by_role)


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _sum(grants: Iterator[Grant] | list[Grant]) -> Granted:
    return sum((each.sums for each in grants), NO_MONEY)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def every_grant_is_on_record(world: World, past: Past) -> None:
    """What counts against limits is what the events tell, under the name of whose word it was."""
    rows = {
        (row.case_id, row.talk): (
            row.person,
            row.owed,
            row.goodwill,
            row.day,
            row.customer_ref,
            row.order_ref,
        )
        for row in world.tx.execute(select(commitments))
    }
    told = {
        key: (
            each.person,
            each.sums.owed.minor,
            each.sums.goodwill.minor,
            each.day.isoformat(),
            each.customer,
            each.order,
        )
        for key, each in past.ledger.items()
    }
    assert rows == told, f"on record {rows}; told {told}"


def what_is_offered_never_falls(world: World, past: Past) -> None:
    for case_id, _, event in past.new:
        if event.name in ("offered", "overridden"):
            talk = talk_of(world, case_id)
            key = case_id, find_case(world.tx, case_id).talk
            assert talk.table is not None
            amount = talk.table.amount
            assert amount >= past.offered.get(key, amount), f"{amount} after {past.offered[key]}"
            assert amount >= talk.decided.range.floor, "less than what is owed"
            past.offered[key] = amount


# ---------------------------------------------------------------- approvals

_FINAL_APPROVALS = {"declined", "sent_back", "voided", "expired", "used", "reviewed"}
_APPROVAL_MOVES = {
    None: {"requested", "bypassed"},
    "requested": {"approved", "declined", "sent_back", "voided", "used"},
    "approved": {"used", "voided", "expired"},
    "bypassed": {"reviewed"},
}


def nobody_decides_their_own(world: World, past: Past) -> None:
    """Neither the rows nor the events name who asked as who decided, or as in whose place."""
    for row in world.tx.execute(select(approvals)):
        assert row.requested_by not in (row.decided_by, row.granted_by, row.reviewed_by)
    begins = ("approval_requested", "approval_bypassed")
    decides = ("approval_given", "approval_declined", "approval_sent_back", "bypass_reviewed")
    for case_id, _, event in past.new:
        if event.name in decides:
            name, history = event.body["approval"], past.histories[case_id]
            [asked] = [e for e in history if e.name in begins and e.body["approval"] == name]
            assert asked.actor.name not in (event.actor.name, event.body.get("in_place_of"))


def approvals_only_move_forward(world: World, past: Past) -> None:
    for name, state in world.tx.execute(select(approvals.c.id, approvals.c.state)):
        before = past.approvals.get(name)
        assert state == before or state in _APPROVAL_MOVES.get(before, set()), f"{before} became {state}"


def what_is_owed_is_never_refused(world: World, past: Past) -> None:
    for row in world.tx.execute(select(approvals).where(approvals.c.goodwill == 0)):
        assert row.state not in ("declined", "sent_back"), f"approval {row.id} of what is owed is {row.state}"


def an_approval_waits_only_for_what_is_due(world: World, past: Past) -> None:
    """Whatever changes what is asked for voids the approval; nothing waits that nobody can give any more."""
    query = select(approvals).where(approvals.c.state.in_(("requested", "approved")))
    for row in world.tx.execute(query):
        case = find_case(world.tx, row.case_id)
        asked = asked_in(past.histories[row.case_id], row.id)
        assert row.talk == case.talk
        if asked["kind"] == "offer":
            assert case.state in (State.SUGGESTED, State.TALKING), (
                f"{row.state} in a case that is {case.state}"
            )
            assert asked["decision"] == case.decision, "the facts have changed since it was asked for"
            assert talk_of(world, row.case_id).state == "due"


# ---------------------------------------------------------------- promises

_PROMISE_MOVES = {
    None: {"due"},
    "due": {"broken", "kept", "kept_late", "replaced"},
    "broken": {"kept_late", "replaced"},
}


def promises_only_move_forward(world: World, past: Past) -> None:
    for name, state in world.tx.execute(select(promises.c.id, promises.c.state)):
        before = past.promises.get(name)
        # One that is over may be broken and kept late, or replaced, in one step.
        assert state == before or state in _PROMISE_MOVES.get(before, set()), f"{before} became {state}"


def what_is_owed_is_promised_when_talks_end(world: World, past: Past) -> None:
    for case_id, place, event in past.new:
        if event.name not in ("agreed", "talks_ended"):
            continue
        floor = talk_of(world, case_id).decided.range.floor
        made = [e.body["kind"] for e in past.histories[case_id][place:] if e.name == "promise_made"]
        if event.name == "agreed":
            assert Money.of(**event.body["amount"]) >= floor
            assert not Money.of(**event.body["amount"]) or {"cash", "part"} & set(made)
        elif floor:
            assert made == ["owed"]


def nothing_is_paid_without_a_word(world: World, past: Past) -> None:
    """Money that was promised is kept only where a person with authority stands behind the whole of it."""
    for case_id, _, event in past.new:
        if event.name != "promise_kept":
            continue
        row = world.tx.execute(select(promises).where(promises.c.id == event.body["promise"])).one()
        if row.kind in ("cash", "part", "owed"):
            grant = past.ledger.get((case_id, row.talk))
            assert grant is not None, f"{row.kind} is paid and nobody granted it"
            assert grant.sums.total >= talk_of(world, case_id).decided.range.floor


def a_broken_promise_is_a_fact(world: World, past: Past) -> None:
    """The next decision is told of every promise that was broken in the case or the one before it."""
    for case_id, place, event in past.new:
        if event.name not in ("suggested", "facts_changed"):
            continue
        first = past.histories[case_id][0]
        told = [e for e in past.histories[case_id][:place] if e.name == "promise_broken"]
        if linked := first.body["linked_to"]:
            told += [e for e in past.histories[linked] if e.name == "promise_broken" and e.at <= event.at]
        request = find_decision(world.tx, event.body["decision"]).request
        assert f'"broken_promises":{len(told)}' in request


# ---------------------------------------------------------------- cases

_CASE_MOVES = {
    "opened": {"diagnosed", "answered"},
    "diagnosed": {"suggested", "answered"},
    "suggested": {"diagnosed", "talking", "answered", "agreed", "unsettled"},
    "talking": {"agreed", "unsettled", "fulfilled"},
    "agreed": {"fulfilled", "talking", "unsettled", "opened"},  # opened: by a review
    "unsettled": {"followed_up", "opened"},
    "fulfilled": {"followed_up", "opened"},
    "answered": {"closed", "opened"},
    "followed_up": {"closed", "opened"},
    "closed": {"opened"},
}


def cases_only_move_forward(world: World, past: Past) -> None:
    """And out of `closed` only by being opened again."""
    for name, state in world.tx.execute(select(cases.c.id, cases.c.state)):
        before = past.states.get(name, state)
        assert state == before or state in _CASE_MOVES[before], f"case {name}: {before} became {state}"
    for case_id, _, event in past.new:
        by_review = event.body.get("review") == "changed"
        assert event.name != "reopened" or past.states[case_id] == "closed" or by_review


def no_untold_case_is_closed(world: World, past: Past) -> None:
    """Told since it ended as it did, with nothing open."""
    for case_id, place, event in past.new:
        if event.name != "closed":
            continue
        history = past.histories[case_id][:place]
        ends = ("agreed", "talks_ended", "reopened", "opened", "reviewed")
        ended = max(n for n, e in enumerate(history) if e.name in ends)
        assert any(e.name in ("result_told", "answered") for e in history[ended:]), "closed and not told"
        waits = select(promises.c.id).where(
            promises.c.case_id == case_id, promises.c.state.in_(("due", "broken"))
        )
        assert not list(world.tx.scalars(waits)), "closed with open promises"
        asked = select(approvals.c.id).where(
            approvals.c.case_id == case_id, approvals.c.state.in_(("requested", "approved", "bypassed"))
        )
        assert not list(world.tx.scalars(asked)), "closed with open approvals"


def a_case_always_has_one_owner(world: World, past: Past) -> None:
    """Somebody who may work on it; it changes hands only by the hands that take it."""
    for name, owner in world.tx.execute(select(cases.c.id, cases.c.owner)):
        assert BY_NAME[owner].role in LEVELS
        before = past.owners.get(name, owner)
        if owner != before:
            takers = [
                e.actor.name for c, _, e in past.new if c == name and e.name in ("handed_over", "taken_over")
            ]
            assert takers == [owner], f"case {name} went from {before} to {owner} by itself"


def a_case_that_can_go_on_can_be_closed(world: World, past: Past) -> None:
    """In an agreed case something waits; without a duty it is fulfilled at once."""
    for row in world.tx.execute(select(cases.c.id).where(cases.c.state == "agreed")):
        assert find_case(world.tx, row.id).open_duties, f"case {row.id} is agreed and nothing waits"


def clocks_stop_with_the_case(world: World, past: Past) -> None:
    running = world.running_clocks()
    assert len(running) == len(set(running)), f"a clock runs twice: {running}"
    for case_id, what in running:
        assert past.histories[case_id][-1].name != "closed"
        state = find_case(world.tx, case_id).state
        assert state is not State.CLOSED or what == "review", f"{what} runs in a closed case"


def the_rows_are_what_the_events_tell(world: World, past: Past) -> None:
    for case_id in {case_id for case_id, _, _ in past.new}:
        row = world.tx.execute(select(cases).where(cases.c.id == case_id)).one()
        case = find_case(world.tx, case_id)
        customer, order = case.complaint.get("customer"), case.complaint.get("order")
        told = {
            "state": str(case.state),
            "owner": case.owner,
            "offered_to": case.offered_to,
            "talk": case.talk,
            "version": len(past.histories[case_id]),
            "hold": case.hold,
            "linked_to": case.linked_to,
            "fulfilled_at": case.fulfilled_at,
            "closed_at": case.closed_at,
            "customer_ref": customer and customer["id"],
            "order_ref": order and order["id"],
        }
        assert {name: getattr(row, name) for name in told} == told


def the_log_verifies(world: World, past: Past) -> None:
    _, _, findings = verify_records(world.tx)
    assert not findings


Law = Callable[[World, Past], None]
GRANT_LAWS: tuple[Law, ...] = (
    nobody_grants_beyond_their_limits,
    every_grant_is_on_record,
    what_is_offered_never_falls,
    nobody_decides_their_own,
    approvals_only_move_forward,
    what_is_owed_is_never_refused,
    an_approval_waits_only_for_what_is_due,
)
CASE_LAWS: tuple[Law, ...] = (
    promises_only_move_forward,
    what_is_owed_is_promised_when_talks_end,
    nothing_is_paid_without_a_word,
    a_broken_promise_is_a_fact,
    cases_only_move_forward,
    no_untold_case_is_closed,
    a_case_always_has_one_owner,
    a_case_that_can_go_on_can_be_closed,
    clocks_stop_with_the_case,
    the_rows_are_what_the_events_tell,
)
EACH_STEP: tuple[Law, ...] = (*GRANT_LAWS, *CASE_LAWS)
AT_END: tuple[Law, ...] = (the_log_verifies,)


def breach(database: Database, law: Law, temptations: tuple[Temptation, ...], walks: int) -> str | None:
    """How a law is broken in some walks by chance; None where none breaks it."""
    laws = [each for each in EACH_STEP if each is law]

    def look_at_one(world: World) -> None:
        _look(world, laws)

    for number in range(walks):
        with undone(database) as tx:
            world = World(tx, look_at_one)
            try:
                walk(world, Random(f"{SEED}:{number}"), STEPS, temptations)
                if law in AT_END:
                    look_at_end(world)
            except AssertionError as broken:
                return f"{number}: {broken}"
            except IntegrityError as refused:
                return f"{number}: the database refuses it: {refused.orig}"
    return None
