"""The laws of grants and approvals can fail: each small mistake below breaks one of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from settlement.cases import approvals as pure
from settlement.cases.approvals import SameApprover
from settlement.cases.authority import PersonLimits
from settlement.decision.approval import Granted
from settlement.desk import approvals, cases, delegations, grants, negotiations
from settlement.errors import NotAuthorised
from settlement.money import Money
from settlement.negotiation import moves
from settlement.roles import LEVELS
from settlement.rules.policy import Limits
from settlement.store import delegations as delegation_store
from settlement.store import grants as grant_store
from settlement.store.cases import linked_cases
from tests import case_laws as laws
from tests import case_temptations as tempt
from tests import grant_laws as rules
from tests.case_walks import Temptation

Patch = pytest.MonkeyPatch
WITHIN = 40
"""Walks in which a mistake must show itself."""


def one_may_decide_ones_own(patch: Patch) -> None:
    _no_check(patch, lambda approval, who: None)


def the_giver_of_a_delegation_may_have_asked(patch: Patch) -> None:
    """Only who acts is looked at, not in whose place."""

    def check(approval: Any, who: Any) -> None:
        if approval.requested_by == who.actor.name:
            raise SameApprover("their own")
        if who.level not in LEVELS:
            raise NotAuthorised("no level")

    _no_check(patch, check)


def one_may_stand_in_for_somebody_higher(patch: Patch) -> None:
    """Only the one in whose place it is decided is looked at."""

    def check(approval: Any, who: Any) -> None:
        if approval.requested_by == who.person:
            raise SameApprover("their own")

    _no_check(patch, check)


def _no_check(patch: Patch, check: Callable[[Any, Any], None]) -> None:
    patch.setattr(pure, "check_other", check)
    patch.setattr(approvals, "check_other", check)


def other_cases_of_an_order_are_forgotten(patch: Patch) -> None:
    patch.setattr(grant_store, "granted_to", lambda tx, *, currency, **_: Granted.nothing(currency))


def what_somebody_granted_before_is_forgotten(patch: Patch) -> None:
    patch.setattr(grant_store, "granted_by", lambda tx, person, *, currency, **_: Granted.nothing(currency))


def the_limits_of_the_giver_are_not_looked_at(patch: Patch) -> None:
    real = approvals.limits_passed
    patch.setattr(
        approvals,
        "limits_passed",
        lambda sitting, person, *rest, **said: (
            () if person.name != sitting.actor.name else real(sitting, person, *rest, **said)
        ),
    )
    patch.setattr(negotiations, "_holds", lambda *_: True)


def room_is_looked_at_only_when_the_yes_is_given(patch: Patch) -> None:
    patch.setattr(negotiations, "_holds", lambda *_: True)


def everybody_reaches_every_level(patch: Patch) -> None:
    patch.setattr(negotiations, "may_grant", lambda role, level: True)


def the_table_is_asked_once_and_never_again(patch: Patch) -> None:
    patch.setattr(negotiations, "_today", lambda sitting, case, talk: talk)


def a_grant_is_not_written_down(patch: Patch) -> None:
    patch.setattr(grant_store, "put_commitment", lambda tx, **_: None)


def a_grant_counts_for_whoever_puts_the_offer(patch: Patch) -> None:
    real = approvals.commit
    patch.setattr(
        approvals,
        "commit",
        lambda sitting, case, sums, policy, person, state: real(
            sitting, case, sums, policy, sitting.actor.name, state
        ),
    )


def what_is_owed_is_split_as_it_was_at_first(patch: Patch) -> None:
    real = negotiations.parts_of
    first: dict[Any, Any] = {}
    patch.setattr(
        negotiations, "parts_of", lambda amount, owed: real(amount, first.setdefault(amount.currency, owed))
    )


def an_order_that_becomes_known_later_does_not_count(patch: Patch) -> None:
    patch.setattr(cases, "name_commitment", lambda *_: None)


def an_offer_may_fall(patch: Patch) -> None:
    """Only what is owed is the least, whatever is on the table."""
    patch.setattr(moves, "max", lambda owed, *_: owed, raising=False)


def what_ended_may_begin_again(patch: Patch) -> None:
    patch.setattr(pure, "moved", lambda approval, to: to)


def what_is_owed_may_be_refused(patch: Patch) -> None:
    patch.setattr(pure, "check_declinable", lambda approval: None)


def new_facts_void_nothing(patch: Patch) -> None:
    patch.setattr(approvals, "void_others", lambda sitting, case, due: case)


def cases_that_are_linked_do_not_count_together(patch: Patch) -> None:
    patch.setattr(grants, "tied_cases", lambda tx, case_id: (case_id,))


def only_the_case_before_counts(patch: Patch) -> None:
    patch.setattr(grants, "tied_cases", linked_cases)


def talks_before_count_no_more(patch: Patch) -> None:
    patch.setattr(grants, "tied_cases", lambda tx, case_id: ())


def a_month_is_a_day(patch: Patch) -> None:
    real = grant_store.granted_by
    patch.setattr(
        grant_store,
        "granted_by",
        lambda tx, person, *, first, last, **said: real(tx, person, first=last, last=last, **said),
    )


def a_day_ends_at_midnight_by_utc(patch: Patch) -> None:
    patch.setattr(approvals, "local_day", lambda moment, zone: moment.date())


def limits_of_one_currency_count_in_another(patch: Patch) -> None:
    real = grant_store.find_limits

    def find(tx: Any, person: Any, currency: str) -> Any:
        found = real(tx, person, "CNY")
        return found and PersonLimits(*(_in(part, currency) for part in (found.owed, found.goodwill)))

    patch.setattr(grant_store, "find_limits", find)


def _in(limits: Limits, currency: str) -> Limits:
    return Limits(*(Money(getattr(limits, each).minor, currency) for each in ("case", "day", "month")))


def who_is_gone_may_grant(patch: Patch) -> None:
    """As long as the yes stands."""
    for module in (negotiations, delegations):
        patch.setattr(module, "standing_of", lambda tx, name, level: level)


def an_emergency_outlasts_who_went_ahead(patch: Patch) -> None:
    patch.setattr(negotiations, "_went_ahead", lambda sitting, approval: True)


def a_delegation_never_ends(patch: Patch) -> None:
    real = delegation_store.delegated_to
    patch.setattr(
        delegation_store,
        "delegated_to",
        lambda tx, receiver, now: [
            pair for hours in range(-26, 26) for pair in real(tx, receiver, now + timedelta(hours=hours))
        ],
    )


def only_a_worker_sees_that_it_is_over(patch: Patch) -> None:
    patch.setattr(pure, "is_late", lambda approval, now: False)


MISTAKES: dict[Callable[..., None], dict[Callable[[Patch], None], tuple[Temptation, ...]]] = {
    # law: mistakes that break it, and what somebody has to try
    rules.nobody_decides_their_own: {
        one_may_decide_ones_own: (tempt.decide_ones_own,),
        the_giver_of_a_delegation_may_have_asked: (tempt.let_somebody_decide_it_in_ones_place,),
        one_may_stand_in_for_somebody_higher: (tempt.decide_ones_own_in_somebodys_place,),
    },
    rules.nobody_grants_beyond_their_limits: {
        other_cases_of_an_order_are_forgotten: (tempt.split_over_claims,),
        what_somebody_granted_before_is_forgotten: (tempt.split_over_claims,),
        the_limits_of_the_giver_are_not_looked_at: (tempt.grant_in_somebodys_place,),
        room_is_looked_at_only_when_the_yes_is_given: (tempt.collect_and_use_at_once,),
        everybody_reaches_every_level: (tempt.fall_after_the_yes,),
        the_table_is_asked_once_and_never_again: (tempt.split_over_claims,),
        cases_that_are_linked_do_not_count_together: (tempt.split_over_links,),
        only_the_case_before_counts: (tempt.split_over_links,),
        talks_before_count_no_more: (tempt.settle_again,),
        a_month_is_a_day: (tempt.split_over_days,),
        limits_of_one_currency_count_in_another: (tempt.split_over_currencies,),
        who_is_gone_may_grant: (tempt.fall_after_the_yes, tempt.decide_for_the_fallen),
        an_emergency_outlasts_who_went_ahead: (tempt.fall_in_an_emergency,),
        a_delegation_never_ends: (tempt.decide_after_the_delegation,),
    },
    rules.every_grant_is_on_record: {
        a_grant_is_not_written_down: (),
        a_grant_counts_for_whoever_puts_the_offer: (tempt.collect_and_use_at_once,),
        what_is_owed_is_split_as_it_was_at_first: (),
        an_order_that_becomes_known_later_does_not_count: (tempt.name_the_order_later,),
        a_day_ends_at_midnight_by_utc: (tempt.split_over_days,),
    },
    rules.an_approval_that_is_over_is_not_used: {
        only_a_worker_sees_that_it_is_over: (tempt.use_what_is_over,)
    },
    rules.what_is_offered_never_falls: {an_offer_may_fall: (tempt.offer_less,)},
    rules.approvals_only_move_forward: {what_ended_may_begin_again: (tempt.decide_twice,)},
    rules.what_is_owed_is_never_refused: {what_is_owed_may_be_refused: (tempt.walk_out, tempt.refuse)},
    rules.an_approval_waits_only_for_what_is_due: {new_facts_void_nothing: ()},
}


@pytest.mark.parametrize(
    ("law", "mistake"),
    [(law, mistake) for law, mistakes in MISTAKES.items() for mistake in mistakes],
    ids=lambda named: named.__name__,
)
def test_a_small_mistake_breaks_its_law(monkeypatch, database_file, database, law, mistake):
    mistake(monkeypatch)
    assert laws.breach(database, law, MISTAKES[law][mistake], WITHIN)


def test_every_law_of_grants_has_a_mistake_that_breaks_it():
    assert set(MISTAKES) == set(rules.GRANT_LAWS)
