"""Reading a case whole: what its records say, with names and texts where they have not been erased."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from settlement.cases.approvals import standing
from settlement.cases.clocks import standing as clock_standing
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
from settlement.cases.needs import deed_text
from settlement.cases.promises import Promise
from settlement.cases.views import (
    CaseMoved,
    CaseView,
    Fulfilment,
    FullCaseView,
    Possible,
    SignalConfirmed,
    SignalProposed,
    approval_seen,
    clock_seen,
    promises_seen,
)
from settlement.decision.phrases import Phrases
from settlement.desk.case_file import broken_since, policy_of, stale_shown
from settlement.desk.clocks import calendar_of
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
    "play_round": ("confirmed", "danger_heard"),
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


Route = Callable[[str], tuple[str, str]]
"""Method and path of an operation with the case at hand, by the operation's name."""


def case_moved(sitting: Sitting, case: Case, language: str, route: Route) -> CaseMoved:
    """Where a case stands, and what may be done now."""
    return CaseMoved(**_standing(sitting, case, language, route))


def case_view(sitting: Sitting, case: Case, language: str, route: Route) -> CaseView | FullCaseView:
    """A case as the role of the reader may see it."""
    phrases = phrases_of(sitting, case, language)
    refs = references_in(case.complaint)
    complaint = with_names(case.complaint, privacy.identities_of(sitting.tx, refs))
    shown = _standing(sitting, case, language, route) | {
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
        "stale": stale_shown(sitting, case, language),
        **_words(sitting, case, phrases),
        "clocks": tuple(
            clock_seen(clock_standing(each, sitting.now, calendar_of(phrases.terms)), phrases)
            for each in clocks.clocks_of(sitting.tx, case.id)
        ),
        "promises": promises_seen(promises.promises_of(sitting.tx, case.id), phrases, sitting.now),
        "approvals": tuple(
            approval_seen(standing(each, sitting.now))
            for each in approvals.approvals_of(sitting.tx, case.id, case.talk)
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


def fulfilment_of(
    sitting: Sitting, case: Case, language: str, stood: Iterable[Promise] | None = None
) -> Fulfilment:
    """The promises of a case, as they stand unless said."""
    found = promises.promises_of(sitting.tx, case.id) if stood is None else list(stood)
    return Fulfilment(
        case=case.id,
        version=case.version,
        state=case.state,
        promises=promises_seen(found, phrases_of(sitting, case, language), sitting.now),
    )


def possible_now(sitting: Sitting, case: Case, language: str, route: Route) -> tuple[Possible, ...]:
    """What can be done with a case as it stands, by whoever asks, in words and by which route."""
    found = []
    for name, events in _MADE_BY.items():
        happening = [event for event in events if _possible(case, event)]
        if name == "suggest_for_case" and broken_since(sitting, case):
            happening.append("suggested")
        if happening and reach(sitting.actor.role, name):
            method, path = route(name)
            text = deed_text(_WORDED.get(happening[0], happening[0]), language)
            found.append(Possible(operation=name, text=text, method=method, path=path))
    return tuple(found)


_WORDED = {"confirmed": "round", "facts_changed": "diagnosed"}
"""Events that stand for others of the same operation."""


def _standing(sitting: Sitting, case: Case, language: str, route: Route) -> dict[str, Any]:
    return {
        "case": case.id,
        "version": case.version,
        "state": case.state,
        "owner": case.owner,
        "offered_to": case.offered_to,
        "contradicted": case.contradicted,
        "possible": possible_now(sitting, case, language, route),
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


def signals_hinted(sitting: Sitting, case: Case, phrases: Phrases) -> tuple[SignalProposed, ...]:
    """What the customer's words hint at that is not set and nobody has confirmed."""
    said = privacy.texts_of_case(sitting.tx, case.id).get(case.said) if case.said else None
    known = case.complaint["complaint"]["signals"]
    return tuple(
        SignalProposed(**_signal(each.signal, phrases), words_found=each.words_found)
        for each in (propose_signals(said, phrases.terms.lexicon) if said else ())
        if not known.get(each.signal) and each.signal not in case.signals
    )


def _words(sitting: Sitting, case: Case, phrases: Phrases) -> dict[str, Any]:
    """What the customer said, and what it hints at that nobody has confirmed."""
    texts = privacy.texts_of_case(sitting.tx, case.id)
    said = texts.get(case.said) if case.said else None
    return {
        "said": said,
        "proposed": signals_hinted(sitting, case, phrases),
        "confirmed": tuple(SignalConfirmed(**_signal(name, phrases)) for name in case.signals),
    }


def _signal(name: str, phrases: Phrases) -> dict[str, str]:
    effect = phrases.own("signal_effect", name)
    return {"signal": name, "text": phrases.own("signal", name), "effect": effect}
