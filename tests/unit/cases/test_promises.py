"""Promises: due, then kept, broken or replaced; what has ended stays ended."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.cases.promises import (
    FINAL,
    Promise,
    PromiseOver,
    PromiseState,
    is_overdue,
    when_kept,
    when_replaced,
)

DUE = datetime(2026, 3, 6, 15, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_promise(state=PromiseState.DUE, due_at=DUE):
    made_at = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    return Promise("p-1", "C-1", "cash", "cash", state, "Li", made_at, due_at)


@pytest.mark.parametrize(
    ("state", "now", "found"),
    [
        (PromiseState.DUE, DUE, "kept"),
        (PromiseState.DUE, DUE + SECOND, "kept_late"),
        (PromiseState.BROKEN, DUE, "kept_late"),
        (PromiseState.BROKEN, DUE + SECOND, "kept_late"),
    ],
)
def test_what_is_done_by_the_end_is_kept_and_what_is_done_later_is_late(state, now, found):
    assert when_kept(a_promise(state), now) == found


def test_a_promise_without_a_date_is_never_late():
    assert when_kept(a_promise(due_at=None), DUE + timedelta(days=900)) == "kept"
    assert not is_overdue(a_promise(due_at=None), DUE + timedelta(days=900))


@pytest.mark.parametrize("state", PromiseState)
def test_only_what_is_due_can_be_overdue(state):
    assert is_overdue(a_promise(state), DUE + SECOND) == (state is PromiseState.DUE)
    assert not is_overdue(a_promise(state), DUE)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_what_has_ended_is_neither_kept_nor_replaced_again(state):
    with pytest.raises(PromiseOver, match=f"p-1 is {state} already"):
        when_kept(a_promise(state), DUE)
    with pytest.raises(PromiseOver, match=f"p-1 is {state} already"):
        when_replaced(a_promise(state))


@pytest.mark.parametrize("state", [PromiseState.DUE, PromiseState.BROKEN])
def test_what_waits_can_be_replaced(state):
    assert when_replaced(a_promise(state)) is PromiseState.REPLACED


def test_the_final_states_are_these():
    assert {"kept", "kept_late", "replaced"} == FINAL
