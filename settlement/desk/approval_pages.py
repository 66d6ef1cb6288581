"""Reading approvals: who asked sees what came of it, who may say yes sees what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass

from settlement.cases.approval_views import (
    ApprovalPage,
    ApprovalPriced,
    ApprovalToDecide,
    ApprovalView,
    for_requester,
    priced,
    to_decide,
)
from settlement.cases.approvals import Approval
from settlement.cases.lifecycle import Case
from settlement.cases.views import approval_seen
from settlement.decision.answer import Offer, Rung
from settlement.decision.offers import offer_at
from settlement.decision.phrases import Phrases
from settlement.desk.negotiations import read_table
from settlement.desk.records import decision_of, phrases_for
from settlement.desk.sitting import Sitting
from settlement.errors import NotFound
from settlement.money import Money
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import Authority
from settlement.permissions import Reach, reach
from settlement.roles import LEVELS, Role, may_grant
from settlement.store import approvals as store
from settlement.store.cases import find_case
from settlement.store.decisions import find_decision
from settlement.store.grants import delegated_to
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
    """Who reads, for whom they may decide today, and up to which level."""

    names: tuple[str, ...]
    levels: tuple[Role, ...]

    @classmethod
    def of(cls, sitting: Sitting) -> "_Reader":
        """Oneself, and whoever asked them to decide in their place."""
        actor = sitting.actor
        givers = delegated_to(sitting.tx, actor.name, sitting.now)
        held = (actor.role, *(level for _, level in givers))
        reached = tuple(each for each in LEVELS if any(may_grant(level, each) for level in held))
        return cls((actor.name, *(name for name, _ in givers)), reached)

    def concerns(self, approval: Approval) -> bool:
        """Whether it is their own request, or one that they may decide."""
        return (
            approval.requested_by == self.names[0]
            or approval.assigned_to in self.names
            or approval.level in self.levels
        )


def page_of_approvals(
    sitting: Sitting, *, filters: Mapping[str, str], before: str | None, limit: int
) -> ApprovalPage:
    """A page of requests, newest first; agents see their own and those that they may decide."""
    reader = _Reader.of(sitting) if reach(sitting.actor.role, "get_approvals") is Reach.OWN else None
    found, following = store.list_approvals(
        sitting.tx,
        filters=filters,
        names=reader.names if reader else None,
        levels=reader.levels if reader else (),
        before=before,
        limit=limit,
    )
    return ApprovalPage(approvals=tuple(approval_seen(each) for each in found), next=following)


def read_approval(sitting: Sitting, approval_id: str) -> Approval:
    """One request. Raises NotFound, for an agent also where it does not concern them."""
    approval = store.find_approval(sitting.tx, approval_id)
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
    if role not in _SEE_ALL and approval.level not in _Reader.of(sitting).levels:
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
