"""The laws of promises and of the life of a case. Each raises AssertionError where it is broken."""

import json
from collections import Counter

from sqlalchemy import select

from settlement.cases.lifecycle import Case, Event, State
from settlement.decision.answer import Range
from settlement.decision.approval import Granted
from settlement.decision.decide import decide
from settlement.desk.records import complaint_of
from settlement.money import Money
from settlement.store.decisions import find_decision
from settlement.store.tables import clocks as clock_rows
from tests.builders import packs
from tests.case_ledger import Grant, Past
from tests.case_world import World, policy_in

# ---------------------------------------------------------------- promises

_PROMISE_MOVES = {
    None: {"due"},
    "due": {"broken", "kept", "kept_late", "replaced"},
    "broken": {"kept_late", "replaced"},
}


def promises_only_move_forward(world: World, past: Past) -> None:
    for row in past.now["promises"]:
        known, state = past.before["promises"].get(row.id), row.state
        before = known and known.state
        # One that is over may be broken and kept late, or replaced, in one step.
        assert state == before or state in _PROMISE_MOVES.get(before, set()), f"{before} became {state}"
    for _, _, event in past.new:
        if event.name == "promise_kept":
            known = past.before["promises"].get(event.body["promise"])
            assert known is None or known.state in ("due", "broken"), f"{known.state}, and kept again"


def what_is_owed_is_promised_when_talks_end(world: World, past: Past) -> None:
    for case_id, place, event in past.new:
        if event.name not in ("agreed", "talks_ended"):
            continue
        floor = past.talk_of(world, case_id).decided.range.floor
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
        [row] = [each for each in past.now["promises"] if each.id == event.body["promise"]]
        if row.kind in ("cash", "part", "owed"):
            grant = past.ledger.get((case_id, row.talk))
            assert grant is not None, f"{row.kind} is paid and nobody granted it"
            assert grant.sums.total >= past.talk_of(world, case_id).decided.range.floor


def a_broken_promise_is_a_fact(world: World, past: Past) -> None:
    """The next decision is told of every promise that was broken, or is over, in the case and those before it."""
    for case_id, place, event in past.new:
        if event.name not in ("suggested", "facts_changed"):
            continue
        told = [e for e in past.histories[case_id][:place] if e.name == "promise_broken"]
        chain = [case_id]
        while linked := past.cases[chain[-1]].linked_to:
            chain.append(linked)
            told += [e for e in past.histories[linked] if e.name == "promise_broken"]
        over = [
            row
            for row in past.now["promises"]
            if row.case_id in chain and row.state == "due" and row.due_at and row.due_at < event.at
        ]
        request = find_decision(world.tx, event.body["decision"]).request
        assert f'"broken_promises":{len(told) + len(over)}' in request


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
    for row in past.now["cases"]:
        before = past.before["cases"].get(row.id, row).state
        assert row.state in (before, *_CASE_MOVES[before]), f"case {row.id}: {before} became {row.state}"
    for case_id, _, event in past.new:
        by_review = event.body.get("review") == "changed"
        assert event.name != "reopened" or past.before["cases"][case_id].state == "closed" or by_review


def no_untold_case_is_closed(world: World, past: Past) -> None:
    """Told since it ended as it did, with nothing open."""
    for case_id, place, event in past.new:
        if event.name != "closed":
            continue
        history = past.histories[case_id][:place]
        ends = ("agreed", "talks_ended", "reopened", "opened", "reviewed")
        ended = max(n for n, e in enumerate(history) if e.name in ends)
        assert any(e.name in ("result_told", "answered") for e in history[ended:]), "closed and not told"
        for what, states in (
            ("promises", ("due", "broken")),
            ("approvals", ("requested", "approved", "bypassed")),
        ):
            waits = [r.id for r in past.now[what] if r.case_id == case_id and r.state in states]
            assert not waits, f"closed with open {what}"


def a_case_always_has_one_owner(world: World, past: Past) -> None:
    """It changes hands only by the hands that take it."""
    for row in past.now["cases"]:
        name, owner = row.id, row.owner
        before = past.before["cases"].get(name, row).owner
        if owner != before:
            takes = ("handed_over", "taken_over", "reassigned")
            takers = [e.body.get("to", e.actor.name) for c, _, e in past.new if c == name and e.name in takes]
            assert takers == [owner], f"case {name} went from {before} to {owner} by itself"


def a_case_that_can_go_on_can_be_closed(world: World, past: Past) -> None:
    """In an agreed case something waits; without a duty it is fulfilled at once."""
    for case in past.cases.values():
        waits = case.state is not State.AGREED or case.open_duties
        assert waits, f"case {case.id} is agreed and nothing waits"


def clocks_stop_with_the_case(world: World, past: Past) -> None:
    query = select(clock_rows.c.case_id, clock_rows.c.what).where(clock_rows.c.stopped_at.is_(None))
    running = [(row.case_id, row.what) for row in world.tx.execute(query)]
    assert len(running) == len(set(running)), f"a clock runs twice: {running}"
    for case_id, what in running:
        assert past.histories[case_id][-1].name != "closed"
        state = past.cases[case_id].state
        assert state is not State.CLOSED or what in ("review", "review_told"), f"{what} runs in a closed case"


def the_rows_are_what_the_events_tell(world: World, past: Past) -> None:
    changed = {case_id for case_id, _, _ in past.new}
    for row in [each for each in past.now["cases"] if each.id in changed]:
        case = past.cases[row.id]
        customer, order = case.complaint.get("customer"), case.complaint.get("order")
        told = {
            "state": str(case.state),
            "owner": case.owner,
            "offered_to": case.offered_to,
            "talk": case.talk,
            "version": len(past.histories[row.id]),
            "hold": case.hold,
            "linked_to": case.linked_to,
            "fulfilled_at": case.fulfilled_at,
            "closed_at": case.closed_at,
            "customer_ref": customer and customer["id"],
            "order_ref": order and order["id"],
        }
        assert {name: getattr(row, name) for name in told} == told


def who_reviews_had_no_hand_in_it(world: World, past: Past) -> None:
    """Neither did they do anything in the case, nor did anybody in their place."""
    for case_id, place, event in past.new:
        if event.name == "reviewed":
            before = past.histories[case_id][:place]
            hands = {e.actor.name for e in before} | {e.body.get("in_place_of") for e in before}
            assert event.actor.name not in hands, f"{event.actor.name} judges their own work"


def a_decision_knows_what_is_known(world: World, past: Past) -> None:
    """All that was written down or confirmed until then, but for the promises that were broken since."""
    for case_id, place, event in past.new:
        if event.name in ("suggested", "facts_changed"):
            facts = [
                e.body["complaint"] for e in past.histories[case_id][: place + 1] if "complaint" in e.body
            ]
            known = facts[-1]["complaint"]
            told = find_decision(world.tx, event.body["decision"])
            asked = json.loads(told.request)["complaint"]
            for each in (known, asked):
                each["signals"] = {**each["signals"], "broken_promises": 0}
            assert asked == known, f"decided on {asked}; known is {known}"


def what_was_agreed_is_what_they_get(world: World, past: Past) -> None:
    """In each talk of a case: each part of what was agreed once, in the promises that were kept or wait.

    What is owed alone is promised where nothing was agreed; never beside it, and never twice.
    """
    for case_id in {case_id for case_id, _, _ in past.new}:
        ends = _ends(past.histories[case_id])
        rows = [r for r in past.now["promises"] if r.case_id == case_id and r.state != "replaced"]
        for talk in range(1, past.cases[case_id].talk + 1):
            end = ends.get(talk)
            got = Counter(r.kind for r in rows if r.talk == talk and r.kind in ("cash", "part", "owed"))
            owed = got.pop("owed", 0)
            assert owed <= (end is not None and end.name == "talks_ended"), "what is owed, a second time"
            assert got == _due(end), f"talk {talk} of {case_id} gives {got}"


def _ends(history: list[Event]) -> dict[int, Event]:
    """How each of the talks ended, by their number; a part that cannot be given begins them again."""
    ends: dict[int, Event] = {}
    talk = 1
    for event in history:
        talk += event.name == "reopened"
        if event.name in ("agreed", "talks_ended"):
            ends[talk] = event
        elif event.name == "part_blocked":
            ends.pop(talk, None)
    return ends


def _due(end: Event | None) -> Counter[str]:
    if end is None or end.name == "talks_ended" or end.body["option"] is None:
        return Counter()
    option = end.body["option"]
    return +Counter(cash=int(bool(Money.of(**option["cash"]))), part=len(option["parts"]))


def nothing_is_given_twice(world: World, past: Past) -> None:
    """All talks of a case together give what is owed once, and no more than the ceiling of its facts.

    Where the facts changed in the talks, or somebody set another sum, what was put before stands.
    """
    for case_id, _, event in past.new:
        if event.name not in ("agreed", "talks_ended"):
            continue
        case, history = past.cases[case_id], past.histories[case_id]
        started = max((n for n, e in enumerate(history) if e.name == "reopened"), default=0)
        if {"facts_changed", "overridden"} & {e.name for e in history[started:]}:
            continue
        if any(e.name == "approval_given" and e.body["amended"] for e in history[started:]):
            continue
        now = past.ledger.get((case_id, case.talk))
        if now is None:
            continue
        got = _got_before(past, case_id, now)
        full = _as_if_for_the_first_time(world, case)
        assert got.owed + now.sums.owed <= max(full.floor, got.owed), "what is owed is paid twice"
        total = got.total + now.sums.total
        assert total <= max(full.ceiling, got.total), f"{total} where {full.ceiling} is the most"


def _got_before(past: Past, case_id: str, now: Grant) -> Granted:
    """In talks before: what was owed, granted or only promised by now, and the goodwill that was agreed."""
    ends, zero = _ends(past.histories[case_id]), Money.zero(now.currency)
    got = Granted.nothing(now.currency)
    for talk in range(1, now.talk):
        grant, end = past.ledger.get((case_id, talk)), ends.get(talk)
        if grant is not None:
            is_agreed = end is not None and end.name == "agreed"
            got += grant.sums if is_agreed else Granted(grant.sums.owed, zero)
        for row in past.now["promises"] if grant is None else ():
            if (row.case_id, row.talk, row.kind) == (case_id, talk, "owed") and row.state != "replaced":
                got += Granted(Money(row.amount, now.currency), zero)
    return got


def _as_if_for_the_first_time(world: World, case: Case) -> Range:
    complaint = complaint_of(find_decision(world.tx, case.decision))
    currency = world.currencies[case.id]
    found = decide(complaint, policy_in(currency), packs(), Granted.nothing(currency)).range
    assert found is not None
    return found


LIFE_LAWS = (
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
    who_reviews_had_no_hand_in_it,
    a_decision_knows_what_is_known,
    what_was_agreed_is_what_they_get,
    nothing_is_given_twice,
)
