"""What was promised: due, then kept, broken or replaced. A broken one can still be kept late or replaced."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from settlement.dates import Duration
from settlement.errors import Refused
from settlement.money import Money
from settlement.roles import Role


class PromiseState(StrEnum):
    """Kept, kept late and replaced are final."""

    DUE = "due"
    BROKEN = "broken"
    KEPT = "kept"
    KEPT_LATE = "kept_late"
    REPLACED = "replaced"


FINAL = frozenset({PromiseState.KEPT, PromiseState.KEPT_LATE, PromiseState.REPLACED})


DONE = frozenset({PromiseState.KEPT, PromiseState.KEPT_LATE})


class PromiseOver(Refused):
    """The promise has ended: nothing more happens to it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that somebody told the customer would be done.

    kind    cash, part, gift, gesture, prevention, owed or date
    what    the instrument or gesture; for `date` what the date was told for
    due_at  null where its working days are not announced yet
    limit   how long it may take from `made_at`; null where a date was told
    level   who does it; for all but gestures whoever has the case
    amount  the face of what is given; None where it is no thing of value
    """

    id: str
    case_id: str
    kind: str
    what: str
    state: PromiseState
    made_by: str
    made_at: datetime
    due_at: datetime | None
    talk: int = 1
    ended_at: datetime | None = None
    broken_at: datetime | None = None
    replaces: str | None = None
    limit: Duration | None = None
    level: Role = Role.AGENT
    amount: Money | None = None


def is_overdue(promise: Promise, now: datetime) -> bool:
    """Whether its time is over and nothing was recorded: from then on it is broken."""
    return promise.state is PromiseState.DUE and promise.due_at is not None and now > promise.due_at


def standing(promise: Promise, now: datetime) -> Promise:
    """The promise as it stands now: one whose time is over is broken since then, recorded or not."""
    if not is_overdue(promise, now):
        return promise
    return replace(promise, state=PromiseState.BROKEN, broken_at=promise.due_at)


def when_kept(promise: Promise, now: datetime) -> PromiseState:
    """The state after it was done now. Raises PromiseOver."""
    _refuse_over(promise)
    late = promise.state is PromiseState.BROKEN or is_overdue(promise, now)
    return PromiseState.KEPT_LATE if late else PromiseState.KEPT


def when_replaced(promise: Promise) -> PromiseState:
    """The state after the customer was told something else in its place. Raises PromiseOver.

    A promise that was broken before stays counted as broken: its `broken_at` is kept.
    """
    _refuse_over(promise)
    return PromiseState.REPLACED


def _refuse_over(promise: Promise) -> None:
    if promise.state in FINAL:
        raise PromiseOver(f"promise {promise.id} is {promise.state} already")
