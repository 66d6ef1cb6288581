"""What is due soon, for the people who are to act."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from settlement.cases.approvals import ApprovalState, Standin, waits_for
from settlement.cases.clocks import standing
from settlement.cases.due import DueItem, earliest_end, in_order, time_left
from settlement.dates import Duration, DurationUnit, read_duration
from settlement.decision.phrases import Phrases
from settlement.desk.clocks import calendar_of
from settlement.desk.delegations import places_of
from settlement.desk.suggestions import policy_received
from settlement.permissions import Reach, need
from settlement.roles import Actor, Role, may_grant
from settlement.rules.library import Books
from settlement.rules.policy import PolicyTerms
from settlement.store import due as store
from settlement.store.clocks import clock_from
from settlement.store.due import Waiting
from settlement.store.privacy import texts_of_case

KINDS = ("clock", "approval", "promise", "hand_over", "visit", "review")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list somebody wants: one person's, one kind, what ends before a moment."""

    owner: str | None = None
    what: str | None = None
    before: datetime | None = None


def due_soon(
    tx: Connection, books: Books, actor: Actor, now: datetime, wanted: Wanted, language: str
) -> list[DueItem]:
    """Everything that waits and that this person may see, the least time left first. Raises NotAuthorised."""
    only_own = need(actor.role, "get_due") is Reach.OWN
    places = places_of(tx, actor, now)
    return in_order(
        entry.item
        for entry in _entries(tx, _Reading(tx, books, now, language))
        if _fits(entry, wanted) and (not only_own or _is_for(actor, places, entry))
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item, who owns its case, and who may not act because they asked for it."""

    item: DueItem
    owner: str
    asked_by: str | None = None


def _fits(entry: _Entry, wanted: Wanted) -> bool:
    item = entry.item
    return (
        (wanted.owner is None or wanted.owner in (entry.owner, item.whose))
        and (wanted.what is None or wanted.what in (item.kind, item.what))
        and (wanted.before is None or (item.due_at is not None and item.due_at < wanted.before))
    )


def _is_for(actor: Actor, places: Sequence[Standin], entry: _Entry) -> bool:
    """Whether it is one's own: in one's case, given to one, or waiting for one's level or one whose place
    one takes. What one asked for waits for somebody else.
    """
    whose, level = entry.item.whose, entry.item.level
    if level is not None and actor.name == entry.asked_by:
        return False
    if actor.name in (entry.owner, whose):
        return True
    if level is not None and whose is None and may_grant(actor.role, level):
        return True
    # Only what is asked for is decided in somebody's place, not what is looked at afterwards.
    if level is None or entry.asked_by is None or entry.item.what != ApprovalState.REQUESTED:
        return False
    return any(
        waits_for(place, level=level, requested_by=entry.asked_by, assigned_to=whose) for place in places
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """From which records, by which books, when, and for a reader of which language."""

    tx: Connection
    books: Books
    now: datetime
    language: str

    def phrases(self, waiting: Waiting) -> Phrases:
        """The texts of the policy by which a case is judged, and what that says."""
        edition = policy_received(self.books, waiting.policy, waiting.received_at)
        return Phrases(edition, {}, self.language)

    def text(self, case_id: str, ref: str | None) -> str | None:
        """What a reference of a case stands for; None once it was erased."""
        return texts_of_case(self.tx, case_id).get(ref) if ref else None

    def left(self, due: datetime | None, limit: Duration, terms: PolicyTerms) -> timedelta | None:
        return None if due is None else time_left(self.now, due, limit.unit, calendar_of(terms))


def _entries(tx: Connection, reading: _Reading) -> Iterator[_Entry]:
    for kind, found in (
        (_clock, store.ticking_clocks(tx)),
        (_approval, (each for each in store.open_approvals(tx) if not _has_lapsed(each, reading.now))),
        (_promise, store.open_promises(tx)),
        (_hand_over, store.offered_hand_overs(tx)),
    ):
        yield from (kind(waiting, reading.phrases(waiting), reading) for waiting in found)


def _has_lapsed(waiting: Waiting, now: datetime) -> bool:
    """A given approval that nobody used in time waits for nobody, recorded or not."""
    row = waiting.row
    return bool(row["state"] == ApprovalState.APPROVED and row["due_at"] and row["due_at"] < now)


def _clock(waiting: Waiting, phrases: Phrases, reading: _Reading) -> _Entry:
    row = waiting.row
    calendar = calendar_of(phrases.terms)
    clock = standing(clock_from(row), reading.now, calendar)
    stands, unknown = clock.paused_at is not None, clock.due_at is None
    end = earliest_end(clock.started_at, clock.limit, calendar) if unknown else clock.due_at
    kind = row["what"] if row["what"] in ("visit", "review") else "clock"
    item = DueItem(
        kind=kind,
        what=row["what"],
        text=phrases.own("clock", row["what"]),
        case_id=row["case_id"],
        id=None,
        # Who had a hand in a case does not review it: that waits for somebody else.
        whose=None if kind == "review" else waiting.owner,
        level=Role.SUPERVISOR if kind == "review" else None,
        since=clock.started_at,
        due_at=None if stands else clock.due_at,
        left=None if stands else reading.left(end, clock.limit, phrases.terms),
        stands=stands,
        working_days=clock.limit.unit is DurationUnit.WORKING_DAYS,
        stands_since=clock.paused_at,
        stands_until=clock.paused_until,
        reason=reading.text(clock.case_id, clock.pause_reason),
        not_announced=unknown and not stands,
    )
    return _Entry(item, waiting.owner)


def _approval(waiting: Waiting, phrases: Phrases, reading: _Reading) -> _Entry:
    """A request waits for its level, a given one for who asked, an emergency for a look from its level."""
    row = waiting.row
    state, level, due = ApprovalState(row["state"]), Role(row["level"]), row["due_at"]
    given = state is ApprovalState.APPROVED
    limits = phrases.terms.life.grants
    limit = {
        ApprovalState.REQUESTED: phrases.terms.approval_clocks[level],
        ApprovalState.APPROVED: limits.approval_stands,
        ApprovalState.BYPASSED: limits.bypass_review,
    }[state]
    item = DueItem(
        kind="approval",
        what=str(state),
        text=phrases.own("due", str(state)),
        case_id=row["case_id"],
        id=row["id"],
        whose=row["requested_by"] if given else row["assigned_to"],
        level=None if given else level,
        since=row["requested_at"],
        due_at=due,
        left=reading.left(due, limit, phrases.terms),
        working_days=limit.unit is DurationUnit.WORKING_DAYS,
    )
    return _Entry(item, waiting.owner, row["requested_by"])


def _promise(waiting: Waiting, phrases: Phrases, reading: _Reading) -> _Entry:
    """A customer waits for a promise on days off too: every day counts."""
    row, due = waiting.row, waiting.row["due_at"]
    limit = read_duration(row["limit"] or "0 d")
    assert limit is not None, "limits are stored as they are written"
    end = due or earliest_end(row["made_at"], limit, calendar_of(phrases.terms))
    item = DueItem(
        kind="promise",
        what=row["what"],
        text=phrases.promised(row["kind"], row["what"]),
        case_id=row["case_id"],
        id=row["id"],
        whose=waiting.owner,
        level=Role(row["level"]),
        since=row["made_at"],
        due_at=due,
        left=end - reading.now,
        not_announced=due is None,
    )
    return _Entry(item, waiting.owner)


def _hand_over(waiting: Waiting, phrases: Phrases, _reading: _Reading) -> _Entry:
    row = waiting.row
    item = DueItem(
        kind="hand_over",
        what="answer",
        text=phrases.own("due", "hand_over"),
        case_id=row["case_id"],
        id=None,
        whose=row["offered_to"],
        level=None,
        since=row["since"],
        due_at=None,
        left=None,
    )
    return _Entry(item, waiting.owner)
