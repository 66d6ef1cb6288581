"""Approvals: asked for, then given, declined or sent back by somebody else; bound to what was asked.

What is owed cannot be declined: declining refuses the goodwill, and an approval of what is owed alone can
only be given or sent up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from settlement.audit import canonical, digest
from settlement.decision.approval import Granted
from settlement.errors import NotAuthorised, Refused
from settlement.roles import LEVELS, Actor, Role, may_grant


class ApprovalState(StrEnum):
    """`requested`, `approved` and `bypassed` wait for something; all others are final."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    SENT_BACK = "sent_back"
    VOIDED = "voided"
    EXPIRED = "expired"
    USED = "used"
    BYPASSED = "bypassed"
    REVIEWED = "reviewed"


MOVES: Mapping[ApprovalState, frozenset[ApprovalState]] = {
    ApprovalState.REQUESTED: frozenset(
        {
            ApprovalState.APPROVED,
            ApprovalState.DECLINED,
            ApprovalState.SENT_BACK,
            ApprovalState.VOIDED,
        }
    ),
    ApprovalState.APPROVED: frozenset({ApprovalState.USED, ApprovalState.VOIDED, ApprovalState.EXPIRED}),
    ApprovalState.BYPASSED: frozenset({ApprovalState.REVIEWED}),
}


class ApprovalOver(Refused):
    """The approval does not wait for this any more."""


class SameApprover(NotAuthorised):
    """Nobody approves their own request, nor for somebody who asked."""


class OtherThing(Refused):
    """What is to be approved has changed since it was read."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A request for somebody's yes, and what came of it.

    asked       what is to be approved: kind, rung, amount, options, decision; `digest` is of it
    level       who must agree at least
    amended     another sum that was said yes to
    granted_by  whose authority the yes rests on: of who decided, or of whom they stood in for
    """

    id: str
    case_id: str
    talk: int
    state: ApprovalState
    level: Role
    asked: Mapping[str, Any]
    digest: str
    sums: Granted
    requested_by: str
    requested_role: Role
    requested_at: datetime
    due_at: datetime | None = None
    assigned_to: str | None = None
    decided_by: str | None = None
    granted_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    reviewed_by: str | None = None
    amended: Mapping[str, Any] | None = None
    number: int = 0

    @property
    def granted(self) -> Mapping[str, Any]:
        """What was said yes to: what was asked for, or the approver's own sum."""
        return self.amended or self.asked

    @property
    def owed_alone(self) -> bool:
        return not self.sums.goodwill


@dataclass(frozen=True, slots=True)
class Standin:
    """Who decides, and in whose place: their own, or a giver's for the time of a delegation."""

    actor: Actor
    person: str
    level: Role

    @classmethod
    def oneself(cls, actor: Actor) -> "Standin":
        return cls(actor, actor.name, actor.role)

    @property
    def giver(self) -> str | None:
        """In whose place it is decided; None where somebody decides for themselves."""
        return self.person if self.person != self.actor.name else None


def digest_of(asked: Mapping[str, Any]) -> str:
    """What binds an approval: any change of what is asked gives another digest."""
    return digest(canonical(asked))


def moved(approval: Approval, to: ApprovalState) -> ApprovalState:
    """The next state. Raises ApprovalOver."""
    if to not in MOVES.get(approval.state, frozenset()):
        raise ApprovalOver(f"approval {approval.id} is {approval.state}: it cannot become {to} any more")
    return to


def is_late(approval: Approval, now: datetime) -> bool:
    """Whether the time is over in which it was to be decided, used or looked at."""
    return approval.due_at is not None and approval.due_at < now


def standing(approval: Approval, now: datetime) -> Approval:
    """The approval as it stands now: a given one whose time is over has lapsed, recorded or not."""
    lapsed = approval.state is ApprovalState.APPROVED and is_late(approval, now)
    return replace(approval, state=ApprovalState.EXPIRED) if lapsed else approval


def check_approver(approval: Approval, who: Standin, passed: tuple[str, ...]) -> None:
    """Whether somebody may say yes: not their own, high enough, within their own limits, and asked.

    Raises SameApprover, NotAuthorised.
    """
    check_other(approval, who)
    if not may_grant(who.level, approval.level):
        raise NotAuthorised(f"approval {approval.id} needs a {approval.level}; {who.level} is below that")
    if passed:
        raise NotAuthorised(
            f"approval {approval.id} would pass your own limits ({', '.join(passed)}): send it up"
        )


def check_other(approval: Approval, who: Standin) -> None:
    """Raises SameApprover where somebody would judge their own request, and NotAuthorised for outsiders."""
    if approval.requested_by in (who.actor.name, who.person):
        raise SameApprover(
            f"approval {approval.id} was asked for by {approval.requested_by}: nobody approves their own"
        )
    if who.level not in LEVELS:
        raise NotAuthorised(f"the role {who.actor.role} approves nothing")
    if approval.assigned_to not in (None, who.actor.name, who.person):
        raise NotAuthorised(f"approval {approval.id} was given to {approval.assigned_to} to decide")


def waits_for(who: Standin, *, level: Role, requested_by: str, assigned_to: str | None) -> bool:
    """Whether somebody may decide a request that waits, as far as all but their limits goes."""
    named = (who.actor.name, who.person)
    is_theirs = requested_by not in named and assigned_to in (None, *named)
    return is_theirs and who.level in LEVELS and may_grant(who.level, level)


def check_declinable(approval: Approval) -> None:
    """Raises Refused where only what is owed was asked for."""
    if approval.owed_alone:
        raise Refused(
            f"approval {approval.id} is for what is owed: that cannot be declined or sent back; "
            "give it, or send it up"
        )


def check_same(approval: Approval, seen: str) -> None:
    """Raises OtherThing where the approver read something else than what would be approved."""
    if seen != approval.digest:
        raise OtherThing(f"approval {approval.id} does not ask for {seen}: read it again")


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What of two things asked for differs, by name."""
    names = sorted({*before, *now})
    return {
        name: {"was": before.get(name), "is": now.get(name)}
        for name in names
        if before.get(name) != now.get(name)
    }
