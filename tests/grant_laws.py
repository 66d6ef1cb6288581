"""The laws of grants and approvals. Each raises AssertionError where it is broken."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from settlement.cases.authority import PersonLimits
from settlement.cases.lifecycle import State
from settlement.decision.answer import Rung
from settlement.decision.approval import Granted
from settlement.decision.offers import offer_at
from settlement.negotiation.talks import Talk
from settlement.roles import LEVELS
from settlement.store.tables import commitments
from tests.case_ledger import Grant, Past, asked_in
from tests.case_world import World, policy_in

WINDOW = timedelta(days=90)

# ---------------------------------------------------------------- grants


def nobody_grants_beyond_their_limits(world: World, past: Past) -> None:
    """The person on record had room: in the case with all that order and customer got, today, this month."""
    for grant, others, talk in past.granted:
        limits = _limits(world, grant)
        alike = [each for each in others if each.currency == grant.currency]
        tied = _tied(past, grant.case)
        related = [
            each
            for each in alike
            if each.at >= grant.at - WINDOW
            and (each.case in tied or _same(each.customer, grant.customer) or _same(each.order, grant.order))
        ]
        theirs = [each for each in alike if each.person == grant.person and each.day <= grant.day]
        used = {
            "case": _sum(grant, related),
            "day": _sum(grant, (each for each in theirs if each.day == grant.day)),
            "month": _sum(grant, (each for each in theirs if _month(each.day) == _month(grant.day))),
        }
        for part in ("owed", "goodwill"):
            asked = getattr(grant.sums, part)
            for period, before in used.items():
                most = getattr(getattr(limits, part), period)
                told = f"{grant.person}: {part} {asked} and {before} before; at most {most} a {period}"
                assert not asked or asked + getattr(before, part) <= most, told
        _check_level(grant, _sum(grant, related), talk)


def _check_level(grant: Grant, related: Granted, talk: Talk) -> None:
    """The table of approvals counts what order and customer got in other cases, too."""
    rung = talk.rung if talk.table else Rung.OPENING
    decided = replace(talk.decided, granted=related)
    needed = offer_at(decided, rung, grant.sums.total, talk.wishes).approval.level
    level = LEVELS.index(grant.level) + (1 if grant.in_emergency else 0)
    assert level >= LEVELS.index(needed), f"{grant.sums.total} needs a {needed}, not a {grant.level}"


def _limits(world: World, grant: Grant) -> PersonLimits:
    terms = policy_in(grant.currency).terms
    role = LEVELS[LEVELS.index(grant.level) + 1] if grant.in_emergency else grant.level
    by_role = PersonLimits(terms.owed_limits[role], terms.goodwill_limits[role])
    return (
        by_role
        if grant.in_emergency
        else world.limits.get((grant.person, grant.level, grant.currency), by_role)
    )


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _tied(past: Past, case_id: str) -> set[str]:
    """A case and all that follow it or that it follows, one after the other."""
    pairs = [(row.id, row.linked_to) for row in past.now["cases"] if row.linked_to]
    tied = {case_id}
    while more := {each for pair in pairs if tied & {*pair} for each in pair} - tied:
        tied |= more
    return tied


def _sum(grant: Grant, others: Iterable[Grant]) -> Granted:
    return sum((each.sums for each in others), Granted.nothing(grant.currency))


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
            talk = past.talk_of(world, case_id)
            key = case_id, past.cases[case_id].talk
            assert talk.table is not None
            amount = talk.table.amount
            assert amount >= past.offered.get(key, amount), f"{amount} after {past.offered[key]}"
            assert amount >= talk.decided.range.floor, "less than what is owed"
            past.offered[key] = amount


# ---------------------------------------------------------------- approvals

_APPROVAL_MOVES = {
    None: {"requested", "bypassed"},
    "requested": {"approved", "declined", "sent_back", "voided", "used"},
    "approved": {"used", "voided", "expired"},
    "bypassed": {"reviewed"},
}


def nobody_decides_their_own(world: World, past: Past) -> None:
    """Neither the rows nor the events name who asked as who decided, or as in whose place."""
    for row in past.now["approvals"]:
        assert row.requested_by not in (row.decided_by, row.granted_by, row.reviewed_by)
    begins = ("approval_requested", "approval_bypassed")
    decides = ("approval_given", "approval_declined", "approval_sent_back", "bypass_reviewed")
    for case_id, _, event in past.new:
        if event.name in decides:
            name, history = event.body["approval"], past.histories[case_id]
            [asked] = [e for e in history if e.name in begins and e.body["approval"] == name]
            assert asked.actor.name not in (event.actor.name, event.body.get("in_place_of"))


def approvals_only_move_forward(world: World, past: Past) -> None:
    for row in past.now["approvals"]:
        before = _state_before(past, row.id)
        moves = _APPROVAL_MOVES.get(before, set())
        assert row.state == before or row.state in moves, f"{before} became {row.state}"


def what_is_owed_is_never_refused(world: World, past: Past) -> None:
    for row in past.now["approvals"]:
        assert row.goodwill or row.state not in ("declined", "sent_back"), (
            f"approval {row.id} of what is owed is {row.state}"
        )


def an_approval_waits_only_for_what_is_due(world: World, past: Past) -> None:
    """Whatever changes what is asked for voids the approval; nothing waits that nobody can give any more."""
    for row in past.now["approvals"]:
        if row.state not in ("requested", "approved"):
            continue
        case = past.cases[row.case_id]
        asked = asked_in(past.histories[row.case_id], row.id)
        if asked["kind"] == "offer":  # what is owed is owed after a reopening too
            assert row.talk == case.talk
            assert case.state in (State.SUGGESTED, State.TALKING), (
                f"{row.state} in a case that is {case.state}"
            )
            assert asked["decision"] == case.decision, "the facts have changed since it was asked for"
            assert past.talk_of(world, row.case_id).state == "due"


def _state_before(past: Past, approval: str) -> str | None:
    before = past.before["approvals"].get(approval)
    return before and before.state


def an_approval_that_is_over_is_not_used(world: World, past: Past) -> None:
    """Whether or not a worker has seen that its time is over."""
    rows = {row.id: row for row in past.now["approvals"]}
    for _, _, event in past.new:
        if event.name == "approval_used":
            due = rows[event.body["approval"]].due_at
            assert due is None or event.at <= due, f"used at {event.at} and over since {due}"


GRANT_LAWS = (
    nobody_grants_beyond_their_limits,
    every_grant_is_on_record,
    what_is_offered_never_falls,
    nobody_decides_their_own,
    approvals_only_move_forward,
    what_is_owed_is_never_refused,
    an_approval_waits_only_for_what_is_due,
    an_approval_that_is_over_is_not_used,
)
