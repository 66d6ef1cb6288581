"""Reading a case whole: what its records say, with names and texts where they have not been erased."""

from collections.abc import Mapping
from typing import Any

from settlement.cases.facts import all_facts, facts_shown, references_in, with_names
from settlement.cases.history import (
    HistoryForApprovers,
    HistoryPage,
    WholeHistory,
    for_agents,
    for_approvers,
    whole,
)
from settlement.cases.lifecycle import Case, State, may_happen
from settlement.cases.views import (
    CaseMoved,
    CaseView,
    Fulfilment,
    FullCaseView,
    SignalProposed,
    approval_seen,
    clock_seen,
    promises_seen,
)
from settlement.decision.phrases import Phrases
from settlement.desk.case_file import policy_of
from settlement.desk.sitting import Sitting
from settlement.negotiation.lexicon import propose_signals
from settlement.permissions import reach
from settlement.roles import Role, may_grant
from settlement.store import approvals, cases, clocks, privacy, promises

_SEE_ALL = (Role.FINANCE, Role.AUDITOR)

_MADE_BY: Mapping[str, tuple[str, ...]] = {
    "hand_over_case": ("hand_over_offered",),
    "diagnose_case": ("diagnosed", "facts_changed"),
    "confirm_signals": ("signals_confirmed",),
    "suggest_for_case": ("suggested",),
    "play_round": ("confirmed",),
    "agree": ("agreed",),
    "ask_approval": ("approval_bypassed",),  # in the same states: where there are talks
    "inform_customer": ("informed",),
    "answer_case": ("answered",),
    "tell_result": ("result_told",),
    "follow_up_case": ("followed_up",),
    "close_case": ("closed",),
    "reopen_case": ("reopened",),
    "review_case": ("review_requested",),
    "promise_date": ("promise_made",),
    "fulfil": ("promise_kept",),
    "run_clocks": ("clock_paused",),
    "hold_case": ("held",),
}
"""What can be done to a case, by the events that it would become."""


def phrases_of(sitting: Sitting, case: Case, language: str) -> Phrases:
    """The words of the case's policy."""
    return Phrases(policy_of(sitting, case).edition, {}, language)


def case_moved(sitting: Sitting, case: Case) -> CaseMoved:
    """Where a case stands, and what may be done now."""
    return CaseMoved(**_standing(sitting, case))


def case_view(sitting: Sitting, case: Case, language: str) -> CaseView | FullCaseView:
    """A case as the role of the reader may see it."""
    phrases = phrases_of(sitting, case, language)
    refs = references_in(case.complaint)
    complaint = with_names(case.complaint, privacy.identities_of(sitting.tx, refs))
    shown = _standing(sitting, case) | {
        "kind": case.kind,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "fulfilled_at": case.fulfilled_at,
        "talk": case.talk,
        "told": case.told,
        "review": case.review,
        "hold": case.hold,
        "linked_to": case.linked_to,
        "decision": case.decision,
        **_words(sitting, case, phrases),
        "clocks": tuple(clock_seen(each, phrases) for each in clocks.clocks_of(sitting.tx, case.id)),
        "promises": promises_seen(promises.promises_of(sitting.tx, case.id), phrases),
        "approvals": tuple(
            approval_seen(each) for each in approvals.approvals_of(sitting.tx, case.id, case.talk)
        ),
    }
    if sitting.actor.role in _SEE_ALL:
        return FullCaseView(**shown, facts=all_facts(complaint))
    return CaseView(**shown, facts=facts_shown(complaint))


def history_of(
    sitting: Sitting, case: Case, language: str, *, after: int, limit: int
) -> HistoryPage | HistoryForApprovers | WholeHistory:
    """A page of what happened, oldest first, as the role of the reader may see it."""
    events = cases.find_history(sitting.tx, case.id)
    numbered = list(enumerate(events, start=1))[after : after + limit]
    following = after + limit if after + limit < len(events) else None
    texts, role = privacy.texts_of_case(sitting.tx, case.id), sitting.actor.role
    if role in _SEE_ALL:
        return WholeHistory(case=case.id, events=whole(numbered, texts, language), next=following)
    if may_grant(role, Role.SUPERVISOR):
        shown = for_approvers(numbered, texts, language)
        return HistoryForApprovers(case=case.id, events=shown, next=following)
    return HistoryPage(case=case.id, events=for_agents(numbered, texts, language), next=following)


def fulfilment_of(sitting: Sitting, case: Case, language: str) -> Fulfilment:
    """The promises of a case."""
    found = promises.promises_of(sitting.tx, case.id)
    return Fulfilment(
        case=case.id,
        version=case.version,
        state=case.state,
        promises=promises_seen(found, phrases_of(sitting, case, language)),
    )


def _standing(sitting: Sitting, case: Case) -> dict[str, Any]:
    doable = (
        name
        for name, events in _MADE_BY.items()
        if reach(sitting.actor.role, name) and any(_possible(case, event) for event in events)
    )
    return {
        "case": case.id,
        "version": case.version,
        "state": case.state,
        "owner": case.owner,
        "offered_to": case.offered_to,
        "possible": tuple(doable),
    }


def _possible(case: Case, event: str) -> bool:
    """New facts in running talks make the decision anew; before them they are a diagnosis.

    What was agreed is fulfilled until all of it is; other promises are kept by their own address.
    """
    if event == "promise_kept" and case.state is not State.AGREED:
        return False
    if event == "facts_changed" and case.state is not State.TALKING:
        return False
    return may_happen(case, event)


def _words(sitting: Sitting, case: Case, phrases: Phrases) -> dict[str, Any]:
    """What the customer said, and what it hints at that nobody has confirmed."""
    texts = privacy.texts_of_case(sitting.tx, case.id)
    said = texts.get(case.said) if case.said else None
    known = case.complaint["complaint"]["signals"]
    hints = propose_signals(said, phrases.terms.lexicon) if said else ()
    return {
        "said": said,
        "proposed": tuple(
            SignalProposed(signal=each.signal, words_found=each.words_found)
            for each in hints
            if not known.get(each.signal)
        ),
    }
