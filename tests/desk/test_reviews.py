"""What follows from a review: what is to be changed is put right, and the customer is told either way."""

from datetime import timedelta

import pytest

from settlement.cases.lifecycle import IllegalMove, State
from settlement.desk import approvals, cases, negotiations
from settlement.desk.due import Wanted, due_soon
from settlement.desk.duties import run_duties
from settlement.negotiation import events as told
from settlement.store.approvals import approvals_of
from settlement.store.cases import find_case, find_history
from settlement.store.clocks import clocks_of
from settlement.store.grants import find_commitment
from settlement.store.promises import promises_of
from tests import lives
from tests.builders import books
from tests.lives import CHEN, LATER, NOW, WANG, ZHAO, a_talk, an_agreement, closed
from tests.sittings import a_sitting, counting_id

DAY = timedelta(days=1)


def reviewed(tx, case, *, upheld, now=LATER):
    case = cases.request_review(a_sitting(tx, now=now), case, "it was too little")
    return cases.review(a_sitting(tx, ZHAO, now=now), case, upheld=upheld, reason="I read all of it")


def running(tx, case):
    return sorted(each.what for each in clocks_of(tx, case.id) if each.stopped_at is None)


def test_a_closed_case_of_which_the_result_is_to_be_changed_is_opened_again_with_clocks(database):
    with database.transaction() as tx:
        case = reviewed(tx, closed(tx, an_agreement(tx, "C-1"), now=LATER), upheld=False)
        assert (case.state, case.talk, case.told, case.owner) == (State.OPENED, 2, False, "Li")
        assert running(tx, case) == ["diagnosis", "first_response", "progress", "resolution"]
        assert [event.name for event in find_history(tx, "C-1")][-3:-1] == ["clock_stopped", "reopened"]
        with pytest.raises(IllegalMove):
            cases.close(a_sitting(tx, now=LATER), case)
    with database.reading() as tx:
        found = due_soon(tx, books(), ZHAO, LATER, Wanted(owner="Li"), "en")
    assert {item.what for item in found} >= {"resolution", "first_response"}
    done = run_duties(database, books(), LATER + 10 * DAY, counting_id)
    assert done["clocks_escalated"] == 4


def test_a_case_that_is_not_closed_yet_is_opened_again_too_and_its_promises_stand(database):
    with database.transaction() as tx:
        case = reviewed(tx, an_agreement(tx, "C-1"), upheld=False, now=NOW)
        assert (case.state, case.talk) == (State.OPENED, 2)
        assert case.open_duties == {each.id for each in promises_of(tx, "C-1")}
        names = running(tx, case)
        assert names == ["diagnosis", "first_response", "progress", "resolution"], "each once"


def test_what_is_owed_and_was_asked_for_before_the_review_counts_for_the_talks_in_which_it_was(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *lives.BEFORE_THE_OFFER, threatens_publicity=True)
        case = lives.play(a_sitting(tx), case, told.Left())
        reviewed(tx, case, upheld=False, now=NOW)
        [owed] = approvals_of(tx, "C-1", 1)
        approvals.give(a_sitting(tx, WANG), owed.id, seen=owed.digest, operation="decide_approval")
        assert find_commitment(tx, "C-1", 1).state == "owed"
        assert find_commitment(tx, "C-1", 2) is None


def test_that_a_result_was_confirmed_is_told_with_a_clock_in_a_closed_case_too(database):
    with database.transaction() as tx:
        case = reviewed(tx, closed(tx, an_agreement(tx, "C-1"), now=LATER), upheld=True)
        assert (case.state, case.review, case.told) == (State.CLOSED, "upheld", False)
        assert running(tx, case) == ["review_told"]
    with database.reading() as tx:
        [item] = due_soon(tx, books(), ZHAO, LATER, Wanted(), "zh")
    assert (item.what, item.whose, item.text) == ("review_told", "Li", "告知复核结果")
    assert run_duties(database, books(), LATER + 3 * DAY, counting_id)["clocks_escalated"] == 1
    with database.transaction() as tx:
        case = cases.tell_result(
            a_sitting(tx, now=LATER + 4 * DAY), find_case(tx, "C-1"), "it stays", "phone"
        )
        assert (case.told, running(tx, case)) == (True, [])


def test_talks_that_run_again_by_the_time_of_the_answer_just_go_on(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *lives.TO_THE_OFFER, told.Accepted(option=2))
        case = cases.request_review(a_sitting(tx), case, "it was too little")
        part = next(each for each in promises_of(tx, "C-1") if each.kind == "part")
        case = lives.play(a_sitting(tx), case, told.PartBlocked(instrument=part.what))
        case = cases.review(a_sitting(tx, CHEN), case, upheld=False, reason="too little")
        assert (case.state, case.talk, case.told) == (State.TALKING, 1, False)
        assert negotiations.advice_for(a_sitting(tx), case).state != "closed"


def test_nobody_opens_again_what_is_not_closed_without_a_review(database):
    with database.transaction() as tx:
        case = an_agreement(tx, "C-1")
        with pytest.raises(IllegalMove, match="not closed yet"):
            cases.reopen(a_sitting(tx), case, "I would like to")
