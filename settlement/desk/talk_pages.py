"""Reading the talks of a case: the next step, in words, as the role of the reader may see it."""

from dataclasses import replace

from settlement.cases.approvals import ApprovalState
from settlement.cases.lifecycle import Case
from settlement.decision.offers import offer_at
from settlement.decision.phrases import Phrases
from settlement.decision.views import Said
from settlement.desk.approvals import level_to_ask
from settlement.desk.case_file import stale_shown
from settlement.desk.grants import granted_before
from settlement.desk.negotiations import authorised
from settlement.desk.sitting import Sitting
from settlement.desk.talk_table import Table, read_table
from settlement.errors import NotAuthorised
from settlement.money import Money
from settlement.negotiation.advice import NEEDS_A_YES, Advice, advise_next
from settlement.negotiation.events import Offered
from settlement.negotiation.items import ItemShown, OnOffer, show_items
from settlement.negotiation.moves import fold
from settlement.negotiation.talks import Authority, State, Step, Talk
from settlement.negotiation.views import (
    AdviceForAgent,
    AdviceForApprover,
    for_agent,
    for_approver,
    items_seen,
)
from settlement.roles import Role, may_grant
from settlement.store.privacy import texts_of_case


def advice_view(sitting: Sitting, case: Case, language: str) -> AdviceForAgent | AdviceForApprover:
    """The next step for whoever asks. Raises Refused where there are no talks."""
    table, authority = read_table(sitting, case), Authority(sitting.actor.role)
    talk = fold(table.decided, authority, table.history)
    advised = advise_next(table.decided, authority, table.history)
    advice = _within_authority(sitting, case, table, talk, advised)
    phrases = Phrases(talk.decided.policy.edition, {}, language)
    about = {
        "case": case.id,
        "version": case.version,
        "stale": stale_shown(sitting, case, language),
        "approved": _set_by_approver(table),
        "heard_since": tuple(Said(code=each, text=phrases.own("signal", each)) for each in case.dangers),
        "items": items_seen(advice.items, texts_of_case(sitting.tx, case.id), phrases),
    }
    shown = for_approver if may_grant(sitting.actor.role, Role.SUPERVISOR) else for_agent
    return shown(about, advice, talk.decided, phrases)


def _within_authority(sitting: Sitting, case: Case, table: Table, talk: Talk, advice: Advice) -> Advice:
    """The adviser knows levels. The limits of a person, what was granted since, and what exactly a yes was
    given to, may ask for a yes all the same; then no sum is shown.
    """
    if talk.state is not State.DUE or advice.amount is None or _may_put(sitting, case, table):
        return advice
    decided = talk.decided
    granted = granted_before(sitting, decided.complaint, decided.policy, but=(case.id, case.talk))
    today = replace(decided, granted=granted)
    needed = offer_at(today, talk.rung, talk.due, talk.wishes).offer.approval
    return replace(
        advice,
        step=Step.APPROVE,
        amount=None,
        menu=(),
        gift=None,
        talk=("keep_warm",),
        ask=(),
        need_level=level_to_ask(sitting.actor, needed),
        why=NEEDS_A_YES,
        items=_items_before(talk, advice),
    )


def _set_by_approver(table: Table) -> Money | None:
    """Another sum than was asked for, to which somebody said yes."""
    for each in table.approvals:
        if each.state is ApprovalState.APPROVED and each.amended:
            return Money.of(**each.amended["amount"])
    return None


def _may_put(sitting: Sitting, case: Case, table: Table) -> bool:
    try:
        authorised(sitting, case, table, Offered())
    except NotAuthorised:
        return False
    return True


def _items_before(talk: Talk, advice: Advice) -> tuple[ItemShown, ...]:
    """The items beside what the customer has been told so far."""
    ids, table = {*advice.gestures, *advice.prevention}, talk.table
    gestures = tuple(each for each in talk.decided.policy.terms.gestures if each.id in ids)
    known = OnOffer(table.amount if table else None, table.options if table else (), gestures)
    return show_items(talk.items, known)
