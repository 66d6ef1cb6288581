"""The laws of cases: everybody does anything in any order, and no law is ever broken."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from settlement.cases import lifecycle, needs
from settlement.cases.lifecycle import State
from settlement.cases.promises import PromiseState
from settlement.decision.approval import Granted
from settlement.desk import case_file, cases, negotiations, people, promises
from settlement.desk import replay as replaying
from settlement.store import cases as store
from settlement.store import privacy
from tests import case_laws as laws
from tests import case_temptations as tempt
from tests import life_laws, person_laws
from tests.case_walks import TEMPTATIONS, Temptation, undone, walk
from tests.case_world import World

WALKS, STEPS = 12, 20
MUST_HAPPEN = {
    *[
        "opened",
        "diagnosed",
        "suggested",
        "signals_confirmed",
        "facts_changed",
        "offered",
        "overridden",
        "agreed",
        "talks_ended",
    ],
    *["approval_given", "approval_used", "approval_voided", "approval_expired", "approval_bypassed"],
    *[
        "promise_kept",
        "promise_broken",
        "promise_replaced",
        "fulfilled",
        "closed",
        "reopened",
        "reviewed",
        "taken_over",
    ],
    *["clock_paused", "identity_erased"],
}
"""What the walks lead to, so that the laws are looked at where they matter."""


def test_nobody_breaks_a_law_in_any_order_of_steps(database):
    """A walk that breaks one is told by its number: the same steps again."""
    happened: Counter[str] = Counter()
    for number in range(WALKS):
        with undone(database) as tx:
            world = World(tx, laws.look)
            try:
                walk(world, Random(f"walk:{number}"), STEPS, first=TEMPTATIONS[number::WALKS])
                laws.look_at_end(world)
            except AssertionError as broken:
                raise AssertionError(f"walk {number}: {broken}") from broken
            for history in world.memory["past"].histories.values():
                happened.update(event.name for event in history)
    assert set(happened) >= MUST_HAPPEN, f"never: {MUST_HAPPEN - set(happened)}"


# ---------------------------------------------------------------- the laws can fail

Patch = pytest.MonkeyPatch
WITHIN = 40
"""Walks in which a mistake must show itself."""


def a_case_may_be_closed_untold(patch: Patch) -> None:
    patch.setitem(needs.NEEDS, "closed", lambda case, event: None)


def another_end_counts_as_told(patch: Patch) -> None:
    for event in ("agreed", "talks_ended"):
        patch.setitem(lifecycle._CHANGES, event, lambda case, event: case)


def a_promise_may_be_kept_twice(patch: Patch) -> None:
    patch.setattr(promises, "when_kept", lambda promise, now: PromiseState.KEPT)


def what_was_agreed_is_not_promised(patch: Patch) -> None:
    patch.setattr(negotiations, "obligations", lambda accepted, terms: ())


def what_is_owed_is_forgotten_when_talks_end(patch: Patch) -> None:
    real = negotiations.promise_each

    def forget(sitting, case, agreed, terms):
        return real(sitting, case, [each for each in agreed if each.kind != "owed"], terms)

    patch.setattr(negotiations, "promise_each", forget)


def what_is_owed_is_paid_before_anybody_said_yes(patch: Patch) -> None:
    patch.setattr(promises, "_refuse_ungranted", lambda sitting, promise: None)


def broken_promises_are_forgiven(patch: Patch) -> None:
    for module in (case_file, cases):
        patch.setattr(module, "with_broken_promises", lambda sitting, case, complaint: complaint)


def a_closed_case_may_be_talked_about(patch: Patch) -> None:
    states, to = lifecycle.MOVES["followed_up"]
    patch.setitem(lifecycle.MOVES, "followed_up", (states | {State.CLOSED}, to))


def whoever_is_offered_a_case_has_it(patch: Patch) -> None:
    patch.setitem(
        lifecycle._CHANGES,
        "hand_over_offered",
        lambda case, event: replace(case, owner=event.body["to"], offered_to=event.body["to"]),
    )


def a_case_that_nobody_fulfils(patch: Patch) -> None:
    patch.setattr(promises, "fulfil_if_done", lambda sitting, case: case)


def clocks_run_on_after_the_end(patch: Patch) -> None:
    patch.setattr(cases, "follow", lambda sitting, case, event, policy: case)


def a_row_is_left_behind(patch: Patch) -> None:
    patch.setattr(store, "update_case", lambda tx, case, **about: None)


def an_event_is_not_audited(patch: Patch) -> None:
    patch.setattr(store, "append", lambda tx, **said: None)


def a_hand_in_it_hinders_nobody(patch: Patch) -> None:
    asked = lambda case, event: None if case.review == "requested" else "not asked for"  # noqa: E731
    patch.setitem(needs.NEEDS, "reviewed", asked)


def what_was_confirmed_is_no_fact(patch: Patch) -> None:
    real = lifecycle._CHANGES["signals_confirmed"]
    patch.setitem(
        lifecycle._CHANGES,
        "signals_confirmed",
        lambda case, event: replace(real(case, event), complaint=case.complaint),
    )


def what_is_chosen_anew_comes_on_top(patch: Patch) -> None:
    patch.setattr(negotiations, "take_back_promises", lambda sitting, case, reason: case)


def a_part_is_promised_twice(patch: Patch) -> None:
    real = negotiations.obligations
    patch.setattr(negotiations, "obligations", lambda *said: real(*said)[:1] + real(*said))


def what_was_settled_before_is_forgotten(patch: Patch) -> None:
    patch.setattr(cases, "settled_before", lambda *_: None)


def nobody_asks_who_has_it(patch: Patch) -> None:
    patch.setattr(cases, "is_gone", lambda tx, name: False)


def one_may_leave_with_cases(patch: Patch) -> None:
    patch.setattr(people, "leave", lambda *_, **__: None)


def ids_are_compared_letter_by_letter(patch: Patch) -> None:
    patch.setattr(privacy, "as_compared", lambda value: value)


def the_words_of_the_forgotten_stay(patch: Patch) -> None:
    real = privacy.forget
    patch.setattr(privacy, "forget", lambda tx, refs, ids: real(tx, refs, ()))


def an_open_case_hinders_no_erasure(patch: Patch) -> None:
    real = privacy.cases_naming
    patch.setattr(
        privacy,
        "cases_naming",
        lambda tx, ref: [replace(case, state="closed", hold=None) for case in real(tx, ref)],
    )


def what_was_granted_is_not_recorded(patch: Patch) -> None:
    patch.setattr(replaying, "granted_of", lambda record: Granted.nothing("CNY"))


MISTAKES: dict[Callable[..., None], dict[Callable[[Patch], None], tuple[Temptation, ...]]] = {
    # law: mistakes that break it, and what somebody has to try
    life_laws.no_untold_case_is_closed: {
        a_case_may_be_closed_untold: (tempt.close_untold,),
        another_end_counts_as_told: (tempt.end_otherwise_than_told,),
    },
    life_laws.promises_only_move_forward: {a_promise_may_be_kept_twice: (tempt.keep_twice,)},
    life_laws.what_is_owed_is_promised_when_talks_end: {
        what_was_agreed_is_not_promised: (),
        what_is_owed_is_forgotten_when_talks_end: (tempt.walk_out,),
    },
    life_laws.nothing_is_paid_without_a_word: {
        what_is_owed_is_paid_before_anybody_said_yes: (tempt.walk_out,)
    },
    life_laws.a_broken_promise_is_a_fact: {broken_promises_are_forgiven: (tempt.break_a_promise,)},
    life_laws.cases_only_move_forward: {a_closed_case_may_be_talked_about: (tempt.visit_when_closed,)},
    life_laws.a_case_always_has_one_owner: {whoever_is_offered_a_case_has_it: (tempt.offer_a_case,)},
    life_laws.a_case_that_can_go_on_can_be_closed: {a_case_that_nobody_fulfils: ()},
    life_laws.clocks_stop_with_the_case: {clocks_run_on_after_the_end: (tempt.visit_when_closed,)},
    life_laws.the_rows_are_what_the_events_tell: {a_row_is_left_behind: ()},
    life_laws.who_reviews_had_no_hand_in_it: {a_hand_in_it_hinders_nobody: (tempt.review_ones_own,)},
    life_laws.a_decision_knows_what_is_known: {what_was_confirmed_is_no_fact: (tempt.confirm_what_is_said,)},
    life_laws.what_was_agreed_is_what_they_get: {
        what_is_chosen_anew_comes_on_top: (tempt.end_otherwise_than_told,),
        a_part_is_promised_twice: (tempt.settle_again,),
    },
    life_laws.nothing_is_given_twice: {what_was_settled_before_is_forgotten: (tempt.settle_again,)},
    person_laws.no_open_case_is_left_alone: {
        nobody_asks_who_has_it: (tempt.leave_with_open_cases,),
        one_may_leave_with_cases: (tempt.leave_with_open_cases,),
    },
    person_laws.one_name_has_one_reference: {ids_are_compared_letter_by_letter: ()},
    person_laws.who_is_forgotten_is_forgotten: {
        the_words_of_the_forgotten_stay: (tempt.forget_in_the_middle,),
        an_open_case_hinders_no_erasure: (tempt.forget_in_the_middle,),
    },
    laws.the_log_verifies: {an_event_is_not_audited: ()},
    laws.every_decision_can_be_made_again: {what_was_granted_is_not_recorded: (tempt.split_over_claims,)},
}


@pytest.mark.parametrize(
    ("law", "mistake"),
    [(law, mistake) for law, mistakes in MISTAKES.items() for mistake in mistakes],
    ids=lambda named: named.__name__,
)
def test_a_small_mistake_breaks_its_law(monkeypatch, database_file, database, law, mistake):
    mistake(monkeypatch)
    assert laws.breach(database, law, MISTAKES[law][mistake], WITHIN)


def test_every_law_of_cases_has_a_mistake_that_breaks_it():
    assert set(MISTAKES) == {*life_laws.LIFE_LAWS, *person_laws.PERSON_LAWS, *laws.AT_END}
