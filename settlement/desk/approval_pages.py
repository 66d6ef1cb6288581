"""Reading approvals: who asked sees what came of it, who may say yes sees what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from settlement.cases.approval_views import (
    ApprovalPage,
    ApprovalPriced,
    ApprovalToDecide,
    ApprovalView,
    for_requester,
    in_short,
    priced,
    to_decide,
)
from settlement.cases.approvals import Approval, ApprovalState, Standin, standing, waits_for
from settlement.cases.lifecycle import Case
from settlement.cases.views import approval_seen
from settlement.decision.answer import Offer, Rung
from settlement.decision.offers import offer_at
from settlement.decision.phrases import Phrases
from settlement.desk.delegations import places_of
from settlement.desk.records import decision_of, phrases_for
from settlement.desk.sitting import Sitting
from settlement.desk.talk_table import read_table
from settlement.errors import NotFound
from settlement.money import Money
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import Authority
from settlement.permissions import Reach, reach
from settlement.roles import LEVELS, Actor, Role, may_grant
from settlement.store import approvals as store
from settlement.store.cases import find_case
from settlement.store.decisions import find_decision
from settlement.store.privacy import texts_of_case

_SEE_ALL = (Role.FINANCE, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class CaseAt:
    """A case at a moment: dates count from there."""

    sitting: Sitting
    case: Case

    @classmethod
    def of(cls, sitting: Sitting, approval: Approval) -> "CaseAt":
        """Now."""
        return cls(sitting, find_case(sitting.tx, approval.case_id))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and whose place they take today."""

    actor: Actor
    places: Sequence[Standin]

    @classmethod
    def of(cls, sitting: Sitting) -> "_Reader":
        return cls(sitting.actor, places_of(sitting.tx, sitting.actor, sitting.now))

    def concerns(self, approval: Approval) -> bool:
        """Whether it is their own request, was given to them, or is theirs to decide."""
        named = (approval.requested_by, approval.assigned_to)
        return self.actor.name in named or self.may_decide(approval)

    def may_decide(self, approval: Approval) -> bool:
        """Whether it is of their level, or was theirs to decide in somebody's place, or still is.

        A place that one takes shows nothing of what one asked for oneself.
        """
        if self.actor.role in LEVELS and may_grant(self.actor.role, approval.level):
            return True
        waits = approval.state is ApprovalState.REQUESTED
        return approval.decided_by == self.actor.name or (
            waits
            and any(
                waits_for(
                    place,
                    level=approval.level,
                    requested_by=approval.requested_by,
                    assigned_to=approval.assigned_to,
                )
                for place in self.places
            )
        )


def page_of_approvals(
    sitting: Sitting, *, filters: Mapping[str, str], before: str | None, limit: int
) -> ApprovalPage:
    """A page of requests, newest first; agents see their own and those that they may decide.

    What a request is for and its sum stand there for those who may read them in the request itself.
    """
    reader = _Reader.of(sitting)
    only_own = reach(sitting.actor.role, "get_approvals") is Reach.OWN
    found, following = store.list_approvals(
        sitting.tx,
        filters=filters,
        reader=reader.actor if only_own else None,
        places=reader.places if only_own else (),
        now=sitting.now,
        before=before,
        limit=limit,
    )
    stand = [standing(each, sitting.now) for each in found]
    listed = tuple(in_short(each) if _sees_sum(reader, each) else approval_seen(each) for each in stand)
    return ApprovalPage(approvals=listed, next=following)


def _sees_sum(reader: _Reader, approval: Approval) -> bool:
    """No sum is for those whose level is below what it needs."""
    return reader.actor.role in _SEE_ALL or reader.may_decide(approval)


def read_approval(sitting: Sitting, approval_id: str) -> Approval:
    """One request. Raises NotFound, for an agent also where it does not concern them."""
    approval = standing(store.find_approval(sitting.tx, approval_id), sitting.now)
    own = reach(sitting.actor.role, "get_approval") is Reach.OWN
    if own and not _Reader.of(sitting).concerns(approval):
        raise NotFound(f"no approval {approval_id!r} of yours")
    return approval


def approval_view(
    sitting: Sitting, approval: Approval, language: str, then: CaseAt | None = None
) -> ApprovalView | ApprovalToDecide | ApprovalPriced:
    """A request as the reader may see it: no sum for those whose level is below what it needs.

    `then` is the moment that it is shown from, with its case; now, unless said.
    """
    decision = decision_of(find_decision(sitting.tx, approval.asked["decision"]))
    phrases: Phrases = phrases_for(decision, sitting.books, language)
    texts, role = texts_of_case(sitting.tx, approval.case_id), sitting.actor.role
    if not _sees_sum(_Reader.of(sitting), approval):
        own = approval.requested_by == sitting.actor.name
        return for_requester(approval, texts, phrases, own=own)
    if role in _SEE_ALL or may_grant(role, Role.SUPERVISOR):
        return priced(
            approval, texts, phrases, decision, _offer_at(then or CaseAt.of(sitting, approval), approval)
        )
    return to_decide(approval, texts, phrases)


def _offer_at(then: CaseAt, approval: Approval) -> Offer | None:
    """The offer that a request is about, composed as the talks stand; None once they began anew."""
    sitting, case = then.sitting, then.case
    if case.talk != approval.talk or case.ground is None:
        return None
    table = read_table(sitting, case)
    talk = fold(table.decided, Authority(approval.requested_role), table.history)
    rung, amount = Rung(approval.asked["rung"]), Money.of(**approval.asked["amount"])
    return offer_at(talk.decided, rung, amount, talk.wishes).offer
