"""What counts does not wait for the worker: it only writes down what time has brought about."""

from datetime import timedelta

import pytest

from settlement.cases.approvals import ApprovalState
from settlement.cases.lifecycle import State
from settlement.desk import approvals, cases, negotiations, promises
from settlement.desk.approval_pages import page_of_approvals, read_approval
from settlement.desk.case_file import facts_of
from settlement.desk.case_pages import case_view, fulfilment_of, possible_now
from settlement.desk.due import Wanted, due_soon
from settlement.desk.duties import run_duties
from settlement.desk.reports import Period, report
from settlement.desk.talk_pages import advice_view
from settlement.errors import NotAuthorised
from settlement.negotiation import events as told
from settlement.store.approvals import approvals_of, find_approval
from settlement.store.cases import find_case, find_history
from settlement.store.decisions import find_decision
from settlement.store.grants import find_commitment
from settlement.store.promises import find_promise, list_promises, promises_of
from tests import lives
from tests.builders import books
from tests.lives import LI, NOW, WANG, ZHAO, a_talk, an_agreement
from tests.sittings import a_sitting, counting_id


def can(sitting, case):
    return {each.operation for each in possible_now(sitting, case, "en", lambda name: ("POST", name))}


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# ---------------------------------------------------------------- promises


def two_dates_gone_by(tx, *events):
    """A case in which two dates were told and let go by, in talks that have come so far; nobody noted it."""
    case = a_talk(tx, "C-1", *events)
    for what in ("call_back", "news"):
        case, _ = promises.tell_date(a_sitting(tx), case, what, NOW + HOUR)
    return a_sitting(tx, now=NOW + 2 * HOUR), find_case(tx, "C-1")


def test_what_is_overdue_is_broken_for_everybody_before_and_after_it_is_noted(database):
    with database.transaction() as tx:
        sitting, _ = two_dates_gone_by(tx)

    def seen(tx):
        later = a_sitting(tx, now=sitting.now)
        case = find_case(tx, "C-1")
        one, _ = list_promises(tx, filters={"state": "broken"}, now=later.now, before=None, limit=9)
        open_ones, _ = list_promises(tx, filters={"state": "due"}, now=later.now, before=None, limit=9)
        view = case_view(later, case, "en", lambda name: ("POST", name))
        return (
            facts_of(later, case).complaint.signals.broken_promises,
            [each.id for each in one],
            open_ones,
            [(each.state, each.broken_at) for each in view.promises],
            [each.state for each in fulfilment_of(later, case, "en").promises],
            view.stale,
        )

    with database.reading() as tx:
        before = seen(tx)
    assert run_duties(database, books(), sitting.now, counting_id)["promises_broken"] == 2
    with database.reading() as tx:
        assert seen(tx) == before
    assert (before[0], len(before[1]), before[2]) == (2, 2, [])
    assert before[3] == [("broken", NOW + HOUR)] * 2


def test_a_prevention_that_is_overdue_is_broken_in_the_report(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-1")
        [row] = report(a_sitting(tx, now=NOW + 60 * DAY), "causes", Period())
        assert row["broken"] == sum(each.kind == "prevention" for each in promises_of(tx, "C-1"))


def test_running_talks_say_that_their_suggestion_does_not_know_of_it_and_the_next_one_does(database):
    with database.transaction() as tx:
        sitting, case = two_dates_gone_by(tx, *lives.TO_THE_OFFER)
        before = advice_view(sitting, case, "en")
        assert (before.stale.broken_promises, before.stale.grade) == (2, 3)
        assert "suggest_for_case" in can(sitting, case)
        offered = find_commitment(tx, "C-1", 1)
        case, advised = cases.suggest_for_case(sitting, case)
        assert case.state is State.TALKING
        assert '"broken_promises":2' in find_decision(tx, advised.record.id).request
        assert advised.decision.severity.grade == 3
        after = advice_view(sitting, case, "en")
        assert (after.stale, after.amount) == (None, before.amount), "what was offered stays"
        assert find_commitment(tx, "C-1", 1) == offered
        assert "suggest_for_case" not in can(sitting, case)


def test_a_suggestion_that_was_not_talked_over_is_made_anew(database):
    with database.transaction() as tx:
        sitting, case = two_dates_gone_by(tx)
        assert case_view(sitting, case, "zh", lambda name: ("POST", name)).stale.text.startswith(
            "作出建议后又有 2 项"
        )
        case, _ = cases.suggest_for_case(sitting, case)
        assert case_view(sitting, case, "en", lambda name: ("POST", name)).stale is None


def test_a_broken_promise_is_told_to_the_owner_and_gives_us_no_more_time(database):
    with database.transaction() as tx:
        sitting, _ = two_dates_gone_by(tx)
    run_duties(database, books(), sitting.now, counting_id)
    with database.reading() as tx:
        history = find_history(tx, "C-1")
    broken = [event for event in history if event.name == "promise_broken"]
    assert [event.body["to"] for event in broken] == ["Li", "Li"]
    assert not [event for event in history[-2:] if event.name == "clocks_started"]


def test_what_gives_way_to_something_else_after_its_time_was_broken_all_the_same(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *lives.TO_THE_OFFER, told.Accepted(option=2))
        late = a_sitting(tx, now=NOW + 60 * DAY)
        made = promises_of(tx, "C-1")
        part = next(each for each in made if each.kind == "part")
        case = lives.play(late, case, told.PartBlocked(instrument=part.what))
        assert facts_of(late, case).complaint.signals.broken_promises == len(made)
        assert all(find_promise(tx, each.id).broken_at == each.due_at for each in made)


# ---------------------------------------------------------------- approvals


def a_lapsed_approval(tx, amount=None):
    """An approval of another sum, given and not used in time; the worker was away."""
    case = a_talk(tx, "C-1", *lives.BEFORE_THE_OFFER, threatens_publicity=True)
    case, asked = negotiations.ask_approval(a_sitting(tx), case)
    approvals.give(a_sitting(tx, WANG), asked.id, seen=asked.digest, operation="decide_approval")
    return a_sitting(tx, now=NOW + 24 * HOUR + MINUTE), find_case(tx, "C-1"), asked


def test_an_approval_whose_time_is_over_is_worth_nothing_anywhere(database):
    with database.transaction() as tx:
        sitting, case, asked = a_lapsed_approval(tx)
        assert find_approval(tx, asked.id).state is ApprovalState.APPROVED, "nobody noted it"
        advice = advice_view(sitting, case, "en")
        assert (advice.amount, advice.approved, str(advice.need_level)) == (None, None, "supervisor")
        with pytest.raises(NotAuthorised, match="ask for approval first"):
            lives.play(sitting, case, told.Offered())
        assert read_approval(sitting, asked.id).state is ApprovalState.EXPIRED
        [shown] = case_view(sitting, case, "en", lambda name: ("POST", name)).approvals
        assert shown.state == "expired"
        for state, found in (("approved", 0), ("expired", 1)):
            page = page_of_approvals(sitting, filters={"state": state}, before=None, limit=9)
            assert len(page.approvals) == found
        items = due_soon(tx, books(), ZHAO, sitting.now, Wanted(what="approval"), "en")
        assert items == []


def test_a_lapsed_approval_can_be_asked_for_again_and_is_noted_as_lapsed(database):
    with database.transaction() as tx:
        sitting, case, asked = a_lapsed_approval(tx)
        _, again = negotiations.ask_approval(sitting, case)
        assert [each.state for each in approvals_of(tx, "C-1", 1)] == ["expired", "requested"]
        assert again.digest == asked.digest
        names = [event.name for event in find_history(tx, "C-1")]
        assert names.count("approval_expired") == 1
    assert run_duties(database, books(), sitting.now, counting_id)["approvals_expired"] == 0


def test_one_that_still_stands_is_used(database):
    with database.transaction() as tx:
        sitting, case, asked = a_lapsed_approval(tx)
        lives.play(a_sitting(tx, LI, now=sitting.now - 2 * MINUTE), case, told.Offered())
        assert find_approval(tx, asked.id).state is ApprovalState.USED
