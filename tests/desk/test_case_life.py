"""A complaint from the first word to the closed case, through several hands."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from settlement.cases.lifecycle import IllegalMove, State
from settlement.desk import approvals, cases, negotiations, promises
from settlement.desk.case_file import read_case
from settlement.desk.people import create_person, disable_person, set_role
from settlement.errors import BadInput, NotAuthorised, NotFound, Refused
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store.approvals import approvals_of
from settlement.store.cases import find_history
from settlement.store.due import standing_offers
from settlement.store.grants import find_commitment
from settlement.store.promises import promises_of
from settlement.store.tables import cases as case_rows
from tests.builders import a_complaint, cny
from tests.sittings import NOW, a_sitting

LI, WANG, ZHAO = Actor("Li", Role.AGENT), Actor("Wang", Role.SUPERVISOR), Actor("Zhao", Role.DIRECTOR)


def an_open_case(tx, actor=LI, said="耳机有杂音", **facts):
    """A case that was opened, diagnosed and got its suggestion."""
    sitting = a_sitting(tx, actor)
    complaint = a_complaint(**{"verified": "199.00", "demand": None} | facts)
    case = cases.open_case(sitting, complaint, said=said)
    case = cases.diagnose(sitting, case, complaint, "the left speaker rattles")
    return sitting, cases.suggest_for_case(sitting, case)[0]


def play(sitting, case, *events):
    advice = None
    for event in events:
        case, advice = negotiations.play_round(sitting, case, event)
    return case, advice


def test_a_small_complaint_runs_from_opening_to_closing(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx)
        case, advice = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()), told.Offered())
        assert advice.state == "open"
        assert advice.amount is not None
        case, advice = play(sitting, case, told.Accepted(option=1))
        assert case.state is State.AGREED
        due = promises_of(tx, case.id)
        assert [(each.kind, each.what) for each in due] == [("cash", "cash"), ("prevention", "batch_checked")]
        assert all(each.due_at for each in due)
        with pytest.raises(IllegalMove, match="Not possible now"):
            cases.close(sitting, case)
        for each in due:
            case, _ = promises.keep_promise(sitting, each.id, "keep_promise")
        assert case.state is State.FULFILLED
        later = a_sitting(tx, LI, now=NOW + timedelta(days=4))
        case = cases.tell_result(later, case, "paid and checked", "phone")
        case = cases.follow_up(later, case, reached=True, rating=5, solved="yes", answer="all well")
        case = cases.close(later, case)
        assert case.state is State.CLOSED
        assert read_case(later, case.id, "get_case").version == case.version


def test_an_untold_case_cannot_be_closed(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx)
        case, _ = play(
            sitting, case, told.Confirmed(), told.ItemsSplit(items=()), told.Offered(), told.Left()
        )
        assert case.state is State.UNSETTLED
        [owed] = promises_of(tx, case.id)
        assert owed.kind == "owed"
        case, _ = promises.keep_promise(sitting, owed.id, "keep_promise")
        case = cases.follow_up(sitting, case, reached=False, rating=None, solved=None, answer=None)
        with pytest.raises(IllegalMove, match="has not been told"):
            cases.close(sitting, case)


def test_an_offer_above_an_agent_waits_for_somebody_else(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx, threatens_publicity=True)
        case, advice = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
        assert advice.need_level is Role.SUPERVISOR
        assert advice.amount is None
        with pytest.raises(NotAuthorised, match="needs a supervisor"):
            play(sitting, case, told.Offered())
        case, asked = negotiations.ask_approval(sitting, case)
        with pytest.raises(Refused, match="already"):
            negotiations.ask_approval(sitting, case)
        with pytest.raises(NotAuthorised, match="nobody approves their own"):
            approvals.give(sitting, asked.id, seen=asked.digest, operation="decide_approval")
        above = a_sitting(tx, WANG)
        case, given = approvals.give(above, asked.id, seen=asked.digest, operation="decide_approval")
        assert given.state == "approved"
        case, advice = play(sitting, case, told.Offered(), told.Accepted(option=1))
        assert case.state is State.AGREED


def test_a_decline_pays_what_is_owed_all_the_same(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx, threatens_publicity=True)
        case, _ = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
        case, asked = negotiations.ask_approval(sitting, case)
        above = a_sitting(tx, WANG)
        case, _ = negotiations.decline_approval(above, asked.id, reason="no", operation="decide_approval")
        assert case.state is State.UNSETTLED
        assert [(each.kind, each.due_at is not None) for each in promises_of(tx, case.id)] == [("owed", True)]


def test_another_sum_of_the_approver_is_put_as_an_override(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx, threatens_publicity=True)
        case, _ = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
        case, asked = negotiations.ask_approval(sitting, case)
        above = a_sitting(tx, WANG)
        case, _ = negotiations.amend_approval(
            above,
            asked.id,
            seen=asked.digest,
            amount=cny("300.00"),
            reason="long wait",
            operation="decide_approval",
        )
        case, advice = play(sitting, case, told.Overridden(amount=cny("300.00"), reason="as approved"))
        assert advice.amount == cny("300.00")
        assert advice.overruled == 1


def test_new_facts_void_an_approval_and_show_what_changed(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx, threatens_publicity=True)
        case, _ = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
        case, asked = negotiations.ask_approval(sitting, case)
        above = a_sitting(tx, WANG)
        case, _ = approvals.give(above, asked.id, seen=asked.digest, operation="decide_approval")
        changed = a_complaint(verified="250.00", threatens_publicity=True)
        case = cases.diagnose(above, case, changed, None)
        case, advice = negotiations.conclude(sitting, case)
        assert advice.need_level is Role.SUPERVISOR
        with pytest.raises(NotAuthorised):
            play(sitting, case, told.Offered())


def test_a_blocked_part_of_what_was_agreed_is_chosen_anew_at_the_same_sum(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx)
        case, advice = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()), told.Offered())
        with_part = next(option for option in advice.menu if option.parts)
        case, _ = play(sitting, case, told.Accepted(option=with_part.id))
        before = advice.amount
        blocked = with_part.parts[0].instrument
        case, advice = play(sitting, case, told.PartBlocked(instrument=blocked))
        assert case.state is State.TALKING
        assert advice.amount == before
        assert blocked not in {part.instrument for option in advice.menu for part in option.parts}
        states = {(each.kind, str(each.state)) for each in promises_of(tx, case.id)}
        assert states == {("cash", "replaced"), ("part", "replaced"), ("prevention", "replaced")}
        case, _ = play(sitting, case, told.Accepted(option=1))
        assert case.state is State.AGREED
        assert sum(each.state == "due" for each in promises_of(tx, case.id)) == 2


def test_who_walks_out_after_a_part_was_blocked_has_agreed_to_nothing(database):
    """What was offered counts until it lapses, and no longer."""
    with database.transaction() as tx:
        sitting, case = an_open_case(tx)
        case, advice = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()), told.Offered())
        with_part = next(option for option in advice.menu if option.parts)
        case, _ = play(sitting, case, told.Accepted(option=with_part.id))
        agreed = advice.amount
        assert find_commitment(tx, case.id, 1).state == "agreed"
        blocked = told.PartBlocked(instrument=with_part.parts[0].instrument)
        case, _ = play(sitting, case, blocked, told.Left())
        left = find_commitment(tx, case.id, 1)
        assert (left.state, left.sums.total) == ("offered", agreed)
        assert standing_offers(tx) == [(case.id, 1)]


def test_closing_ends_an_open_hand_over(database):
    with database.transaction() as tx:
        by = Actor("Root", Role.ADMIN)
        create_person(tx, name="Sun", role=Role.AGENT, by=by, now=NOW)
        later, case = closed_after_a_yes(
            tx, before_closing=lambda by, it: cases.offer_hand_over(by, it, "Sun", "ill")
        )
        assert (case.state, case.owner, case.offered_to) == (State.CLOSED, "Li", None)
        last = [(each.name, dict(each.body)) for each in find_history(tx, case.id)][-3:]
        assert ("hand_over_lapsed", {"to": "Sun"}) in last
        assert not [each for each in later.tx.execute(select(case_rows.c.offered_to)).scalars() if each]


def test_what_is_owed_above_an_agent_is_paid_only_after_somebody_said_yes(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx, threatens_publicity=True)
        case, _ = play(sitting, case, told.Confirmed(), told.Left())
        assert case.state is State.UNSETTLED
        [owed] = promises_of(tx, case.id)
        with pytest.raises(Refused, match="has not been given yet"):
            promises.keep_promise(sitting, owed.id, "keep_promise")
        [asked] = approvals_of(tx, case.id, 1)
        above = a_sitting(tx, WANG)
        with pytest.raises(Refused, match="cannot be declined"):
            negotiations.decline_approval(above, asked.id, reason="no", operation="decide_approval")
        approvals.give(above, asked.id, seen=asked.digest, operation="decide_approval")
        case, kept = promises.keep_promise(sitting, owed.id, "keep_promise")
        assert kept.state == "kept"


def test_a_second_case_for_the_same_order_counts_what_the_first_one_got(database):
    """Splitting one harm over two cases and two agents gets nobody around the approval."""
    with database.transaction() as tx:
        sitting, first = an_open_case(tx, id="C-1")
        other, second = an_open_case(tx, Actor("Sun", Role.AGENT), id="C-2")
        opening = (told.Confirmed(), told.ItemsSplit(items=()))
        first, _ = play(sitting, first, *opening, told.Offered(), told.Accepted(option=1))
        second, advice = play(other, second, *opening)
        assert advice.need_level is None  # as it was decided, before the first offer was put
        with pytest.raises(NotAuthorised, match="needs a senior_agent"):
            play(other, second, told.Offered())
        _, asked = negotiations.ask_approval(other, second)
        assert asked.level is Role.SENIOR_AGENT


def closed_after_a_yes(tx, actor=LI, before_closing=lambda _, case: case, **facts):
    """A case that ended well four days ago."""
    sitting, case = an_open_case(tx, actor, **facts)
    case, _ = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()), told.Offered())
    case, _ = play(sitting, case, told.Accepted(option=1))
    for each in promises_of(tx, case.id):
        case, _ = promises.keep_promise(sitting, each.id, "keep_promise")
    later = a_sitting(tx, actor, now=NOW + timedelta(days=4))
    case = cases.tell_result(later, case, "paid", "phone")
    case = cases.follow_up(later, case, reached=True, rating=5, solved="yes", answer=None)
    return later, cases.close(later, before_closing(later, case))


def test_what_a_case_got_before_it_was_opened_again_counts_though_nobody_is_known(database):
    with database.transaction() as tx:
        later, case = closed_after_a_yes(tx, customer=None, order=None)
        case = cases.reopen(later, case, "it broke again")
        complaint = a_complaint(verified="420.00", customer=None, order=None)
        case = cases.suggest_for_case(later, cases.diagnose(later, case, complaint, None))[0]
        case, _ = play(later, case, told.Confirmed(), told.ItemsSplit(items=()))
        with pytest.raises(NotAuthorised, match="needs a senior_agent"):
            play(later, case, told.Offered())


def test_a_case_opened_again_keeps_the_customer_and_the_order_it_had(database):
    with database.transaction() as tx:
        later, case = closed_after_a_yes(tx)
        case = cases.reopen(later, case, "it broke again")
        with pytest.raises(BadInput) as refused:
            cases.diagnose(later, case, a_complaint(verified="199.00", customer=None, order=None), None)
        assert [fault.place for fault in refused.value.faults] == ["/customer", "/order"]


def test_however_an_id_is_written_it_is_the_same_order(database):
    with database.transaction() as tx:
        refs = {
            an_open_case(tx, id=f"C-{number}", order_id=written)[1].complaint["order"]["id"]
            for number, written in enumerate(["O-9", "O-9 ", " o-9", "Ｏ-9", "O-10"])
        }
    assert len(refs) == 2


def test_a_confirmed_signal_brings_a_person_in_also_while_talks_run(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx)
        case = cases.confirm_signals(sitting, case, {"asks_escalation": True})
        assert case.state is State.DIAGNOSED
        case = cases.suggest_for_case(sitting, case)[0]
        case, advice = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
        assert advice.need_level is None
        case = cases.confirm_signals(sitting, case, {"threatens_publicity": True})
        with pytest.raises(NotAuthorised, match="needs a supervisor"):
            play(sitting, case, told.Offered())


def approved(tx, giver=WANG):
    sitting, case = an_open_case(tx, threatens_publicity=True)
    case, _ = play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))
    case, asked = negotiations.ask_approval(sitting, case)
    case, _ = approvals.give(a_sitting(tx, giver), asked.id, seen=asked.digest, operation="decide_approval")
    return sitting, case


def test_a_yes_that_nobody_used_in_time_is_none_also_before_the_worker_said_so(database):
    with database.transaction() as tx:
        _, case = approved(tx)
        late = a_sitting(tx, LI, now=NOW + timedelta(hours=25))
        with pytest.raises(NotAuthorised, match="needs a supervisor"):
            play(late, case, told.Offered())
        _, asked = negotiations.ask_approval(late, case)
        assert asked.state == "requested"


@pytest.mark.parametrize("fall", ["disabled", "demoted"])
def test_a_yes_of_somebody_who_may_not_say_it_any_more_is_none(database, fall):
    with database.transaction() as tx:
        by = Actor("Root", Role.ADMIN)
        create_person(tx, name="Wang", role=Role.SUPERVISOR, by=by, now=NOW)
        sitting, case = approved(tx)
        if fall == "disabled":
            disable_person(tx, "Wang", by=by, now=NOW)
        else:
            set_role(tx, "Wang", Role.AGENT, by=by, now=NOW)
        with pytest.raises(NotAuthorised, match="needs a supervisor"):
            play(sitting, case, told.Offered())


def test_a_case_is_linked_only_to_one_that_one_may_read(database):
    with database.transaction() as tx:
        an_open_case(tx, Actor("Sun", Role.AGENT), id="C-1")
        with pytest.raises(NotFound):
            cases.open_case(a_sitting(tx, LI), a_complaint(id="C-2"), linked_to="C-1")


def test_the_result_of_a_review_of_a_closed_case_can_be_told(database):
    with database.transaction() as tx:
        later, case = closed_after_a_yes(tx)
        case = cases.request_review(later, case, "they ask")
        case = cases.review(a_sitting(tx, ZHAO), case, upheld=True, reason="rightly so")
        assert cases.tell_result(later, case, "it stays as it was", "phone").state is State.CLOSED
