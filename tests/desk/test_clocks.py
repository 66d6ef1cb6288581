"""Clocks at work. Each bug that users of help desks report of theirs has a test here that names it."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.cases.clocks import is_overdue, was_kept
from settlement.cases.lifecycle import State
from settlement.desk import cases, clocks, negotiations, promises
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store import clocks as store
from settlement.store.promises import promises_of
from tests.builders import a_complaint
from tests.sittings import NOW, a_sitting

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FACTS = {"verified": "80.00", "vulnerable": False}


def later(tx, since):
    return a_sitting(tx, now=NOW + since)


def an_open_case(tx, **facts):
    return cases.open_case(a_sitting(tx), a_complaint(**FACTS | facts))


def a_talk(tx, since=HOUR):
    """A case in which the offer was accepted, each step at one moment."""
    sitting = later(tx, since)
    case = cases.diagnose(sitting, an_open_case(tx), a_complaint(**FACTS), None)
    return sitting, cases.suggest_for_case(sitting, case)[0]


def play(sitting, case, *events):
    for event in events:
        case, _ = negotiations.play_round(sitting, case, event)
    return case


AGREE = (told.Confirmed(), told.ItemsSplit(items=()), told.Offered(), told.Accepted(option=1))


def running(tx, case):
    return {clock.what: clock for clock in store.clocks_of(tx, case.id) if clock.stopped_at is None}


def closed(tx):
    """A case from the first word to the end, four days later."""
    sitting, case = a_talk(tx)
    case = play(sitting, case, *AGREE)
    for promise in promises_of(tx, case.id):
        case, _ = promises.keep_promise(sitting, promise.id, "keep_promise")
    case = cases.tell_result(sitting, case, "paid", "phone")
    visit = later(tx, 4 * DAY)
    case = cases.follow_up(visit, case, reached=True, rating=5, solved="yes", answer="fine")
    return cases.close(visit, case)


# ---------------------------------------------------------------- zammad#1322: a customer's note was missed


def test_every_round_of_the_talks_starts_the_clock_for_the_next_news_again(database):
    with database.transaction() as tx:
        sitting, case = a_talk(tx)
        case = play(sitting, case, told.Confirmed())
        assert "first_response" not in running(tx, case)
        assert running(tx, case)["progress"].due_at == sitting.now + DAY
        next_day = later(tx, 20 * HOUR)
        case = play(next_day, case, told.ItemsSplit(items=()))
        assert running(tx, case)["progress"].due_at == next_day.now + DAY


def test_a_silent_customer_is_no_news(database):
    with database.transaction() as tx:
        sitting, case = a_talk(tx)
        case = play(sitting, case, *AGREE[:3])
        before = running(tx, case)["progress"]
        case = play(later(tx, 5 * HOUR), case, told.Silent())
        assert running(tx, case)["progress"] == before


def test_news_is_owed_until_the_result_is_told(database):
    with database.transaction() as tx:
        sitting, case = a_talk(tx)
        case = play(sitting, case, *AGREE)
        assert "progress" in running(tx, case)
        case = cases.inform(later(tx, 10 * HOUR), case, "we are at it", "phone")
        assert running(tx, case)["progress"].due_at == NOW + 34 * HOUR
        case = cases.tell_result(later(tx, 11 * HOUR), case, "it is on its way", "phone")
        case = cases.inform(later(tx, 12 * HOUR), case, "still on its way", "phone")
        assert "progress" not in running(tx, case)


# ---------------------------------------------------------------- zammad#4353: stays escalated afterwards


def test_what_has_stopped_is_not_overdue_and_does_not_go_up(database):
    with database.transaction() as tx:
        case = an_open_case(tx)
        much_later = later(tx, 10 * DAY)
        assert is_overdue(running(tx, case)["first_response"], much_later.now)
        store.mark_clock(tx, running(tx, case)["first_response"], "reminded_at", much_later.now)
        cases.inform(much_later, case, "sorry, it took us long", "phone")
        found = [clock.what for clock in store.unmarked_clocks(tx, "escalated_at", much_later.now)]
        assert "first_response" not in found
        assert not any(
            is_overdue(clock, much_later.now)
            for clock in store.clocks_of(tx, case.id)
            if clock.what == "first_response"
        )


def test_a_clock_with_more_time_goes_up_again_only_when_that_is_over(database):
    with database.transaction() as tx:
        case = an_open_case(tx)
        fourth_day = later(tx, 4 * DAY)
        clock = running(tx, case)["resolution"]
        assert is_overdue(clock, fourth_day.now)
        for column in ("reminded_at", "escalated_at"):
            store.mark_clock(tx, clock, column, fourth_day.now)
        case = cases.diagnose(fourth_day, case, a_complaint(**FACTS, affected="many"), "others, too")
        clock = running(tx, case)["resolution"]
        assert not is_overdue(clock, fourth_day.now)
        assert clock in store.unmarked_clocks(tx, "escalated_at", fourth_day.now)


# ---------------------------------------------------------------- chatwoot#10178: runs on after resolving


def test_nothing_but_the_visit_runs_once_the_result_is_told_and_nothing_once_it_is_closed(database):
    with database.transaction() as tx:
        sitting, case = a_talk(tx)
        case = play(sitting, case, *AGREE)
        for promise in promises_of(tx, case.id):
            case, _ = promises.keep_promise(sitting, promise.id, "keep_promise")
        case = cases.tell_result(sitting, case, "paid", "phone")
        assert set(running(tx, case)) == {"visit"}
        case = cases.follow_up(sitting, case, reached=False, rating=None, solved=None, answer=None)
        case = cases.close(sitting, case)
        assert running(tx, case) == {}


def test_an_answer_stops_the_clocks_of_a_question(database):
    with database.transaction() as tx:
        sitting = a_sitting(tx)
        case = cases.open_case(sitting, a_complaint(kind="consultation"))
        assert set(running(tx, case)) == {"first_response", "resolution"}
        case = cases.answer_case(sitting, case, "it is the blue button", "chat")
        assert running(tx, case) == {}


def test_a_case_that_is_opened_again_has_new_clocks_from_that_moment(database):
    with database.transaction() as tx:
        case = closed(tx)
        again = later(tx, 5 * DAY)
        case = cases.reopen(again, case, "it broke again")
        assert case.state is State.OPENED
        found = running(tx, case)
        assert {clock.what: clock.started_at for clock in found.values()} == dict.fromkeys(
            ("first_response", "diagnosis", "progress", "resolution"), again.now
        )
        assert found["first_response"].due_at == again.now + 15 * MINUTE
        old = [clock for clock in store.clocks_of(tx, case.id) if clock.started_at < again.now]
        assert all(clock.stopped_at is not None for clock in old)


# ---------------------------------------------------------------- chatwoot#9747: the share that was met


def test_a_clock_that_gets_another_limit_counts_once(database):
    with database.transaction() as tx:
        case = an_open_case(tx)
        case = cases.diagnose(later(tx, HOUR), case, a_complaint(**FACTS, affected="many"), None)
        found = [clock for clock in store.clocks_of(tx, case.id) if clock.what == "resolution"]
        assert [(str(clock.limit), clock.stopped_at) for clock in found] == [("7 wd", None)]


def test_a_clock_that_stood_when_the_end_came_counts_as_met(database):
    with database.transaction() as tx:
        _, case = a_talk(tx)
        case = clocks.pause_clock(later(tx, 2 * HOUR), case, "resolution", "the maker has the goods")
        case = play(later(tx, 20 * DAY), case, told.Confirmed(), told.Left())
        cases.tell_result(later(tx, 20 * DAY), case, "no agreement", "letter")
        met = {clock.what: was_kept(clock) for clock in store.clocks_of(tx, case.id)}
        assert met["resolution"] is True
        assert met["first_response"] is False


# ---------------------------------------------------------------- osticket PR#419: outside working hours


def test_days_off_cost_nothing_of_a_limit_in_working_days(database):
    friday = datetime(2026, 2, 13, 2, 0, tzinfo=UTC)
    with database.transaction() as tx:
        received = {"received_at": "2026-02-13T10:00:00+08:00"}
        case = cases.open_case(a_sitting(tx, now=friday), a_complaint(**received))
        due = datetime(2026, 2, 25, 15, 59, 59, tzinfo=UTC)
        assert running(tx, case)["resolution"].due_at == due
        case = clocks.pause_clock(a_sitting(tx, now=friday + 3 * DAY), case, "resolution", "holiday")
        clocks.resume_clock(a_sitting(tx, now=friday + 8 * DAY), case, "resolution")
        assert running(tx, case)["resolution"].due_at == due


def test_a_limit_into_a_year_that_is_not_announced_has_no_end_and_is_worked_on_all_the_same(database):
    with database.transaction() as tx:
        eve = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
        complaint = a_complaint(received_at="2026-12-30T10:00:00+08:00")
        case = cases.open_case(a_sitting(tx, now=eve), complaint)
        assert running(tx, case)["resolution"].due_at is None
        case = clocks.pause_clock(a_sitting(tx, now=eve + DAY), case, "resolution", "waiting")
        case = clocks.resume_clock(a_sitting(tx, now=eve + 2 * DAY), case, "resolution")
        assert running(tx, case)["resolution"].due_at is None
        assert store.unmarked_clocks(tx, "escalated_at", eve + 60 * DAY)


# ---------------------------------------------------------------- osticket#657: reset on update


def test_writing_in_a_case_moves_no_end(database):
    with database.transaction() as tx:
        case = an_open_case(tx)
        before = running(tx, case)["resolution"]
        case = cases.diagnose(later(tx, HOUR), case, a_complaint(**FACTS), "the battery")
        case = cases.diagnose(later(tx, 2 * HOUR), case, a_complaint(**FACTS), "no, the charger")
        case = cases.confirm_signals(later(tx, 3 * HOUR), case, {"negative_words": True})
        assert running(tx, case)["resolution"] == before


@pytest.mark.parametrize("standing", [False, True])
def test_another_grade_counts_from_the_receipt_and_keeps_the_pauses(database, standing):
    with database.transaction() as tx:
        case = an_open_case(tx)
        case = clocks.pause_clock(later(tx, HOUR), case, "resolution", "the maker has the goods")
        if not standing:
            case = clocks.resume_clock(later(tx, DAY + HOUR), case, "resolution")
        worse = a_complaint(**FACTS, affected="many")
        case = cases.diagnose(later(tx, DAY + 2 * HOUR), case, worse, "others, too")
        if standing:
            case = clocks.resume_clock(later(tx, DAY + 3 * HOUR), case, "resolution")
        clock = running(tx, case)["resolution"]
        assert clock.started_at == datetime(2026, 3, 3, 2, 15, tzinfo=UTC)
        # Seven working days from Tuesday the 3rd end on Thursday the 12th; it stood for one.
        assert clock.due_at == datetime(2026, 3, 13, 15, 59, 59, tzinfo=UTC)


def test_facts_that_turn_up_in_the_talks_move_the_limit_as_well(database):
    with database.transaction() as tx:
        sitting, case = a_talk(tx)
        case = play(sitting, case, told.Confirmed())
        case = cases.diagnose(sitting, case, a_complaint(**FACTS, affected="many"), "others, too")
        assert str(running(tx, case)["resolution"].limit) == "7 wd"


def test_who_asks_for_a_review_twice_waits_for_the_answer_since_the_first(database_file, database):
    with database.transaction() as tx:
        case = closed(tx)
        for days in (5, 6):
            case = cases.request_review(later(tx, days * DAY), case, "not content")
            judge = a_sitting(tx, Actor(f"Judge {days}", Role.SUPERVISOR), now=NOW + days * DAY)
            case = cases.review(judge, case, upheld=True, reason="rightly so")
        [waits] = [each for each in store.clocks_of(tx, case.id) if each.what == "review_told"]
        assert waits.started_at == NOW + 5 * DAY
