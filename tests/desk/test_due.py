"""What is due soon: the least time left first, whoever the customer is and however much it is about."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from settlement.desk import approvals, cases, clocks, negotiations, promises
from settlement.desk.due import Wanted, due_soon
from settlement.errors import NotAuthorised
from settlement.roles import Actor, Role
from settlement.store.cases import find_case
from tests import lives
from tests.builders import a_complaint, a_customer, books, cny
from tests.lives import CHEN, LATER, LI, NOW, WANG, ZHAO, a_talk, an_agreement, an_end_without_a_yes
from tests.sittings import a_sitting

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HE = Actor("He", Role.AGENT)
SU = Actor("Su", Role.SENIOR_AGENT)


def due(database, by=ZHAO, now=NOW, language="en", **wanted):
    with database.reading() as tx:
        return due_soon(tx, books(), by, now, Wanted(**wanted), language)


def named(found):
    return [(item.case_id, item.kind, item.what) for item in found]


def opened(tx, case_id, by=LI, **facts):
    return cases.open_case(a_sitting(tx, by), a_complaint(id=case_id, **facts))


def test_the_least_time_left_comes_first_and_what_has_no_end_last(database):
    with database.transaction() as tx:
        case = opened(tx, "C-1")
        promises.tell_date(a_sitting(tx), case, "call_back", NOW + HOUR)
        clocks.pause_clock(a_sitting(tx), find_case(tx, "C-1"), "resolution", "waits")
    found = due(database)
    assert named(found) == [
        ("C-1", "clock", "first_response"),
        ("C-1", "promise", "call_back"),
        ("C-1", "clock", "diagnosis"),
        ("C-1", "clock", "progress"),
        ("C-1", "clock", "resolution"),
    ]
    assert [item.left for item in found[:3]] == [timedelta(minutes=10), HOUR, timedelta(minutes=115)]
    assert (found[-1].left, found[-1].due_at, found[-1].stands) == (None, None, True)


def test_each_line_says_what_it_is_in_the_language_of_the_reader(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-1")
        case = opened(tx, "C-2")
        promises.tell_date(a_sitting(tx), case, "call_back", NOW + HOUR)
    english, chinese = ({i.text for i in due(database, language=language)} for language in ("en", "zh"))
    assert {"money to the original account", "a call back", "first response"} <= {
        text.lower() for text in english
    }
    assert {"原路退款", "回电", "首次响应"} <= chinese


def test_what_is_over_counts_on_below_zero_and_comes_first(database):
    with database.transaction() as tx:
        opened(tx, "C-1")
    first = due(database, now=NOW + 3 * HOUR)[0]
    assert (first.what, first.left) == ("first_response", -(3 * HOUR - timedelta(minutes=10)))


def test_a_limit_in_working_days_has_no_time_to_lose_on_days_off(database):
    """From Friday evening to Monday morning nothing of three working days goes by."""
    shanghai = ZoneInfo("Asia/Shanghai")
    with database.transaction() as tx:
        opened(tx, "C-1", received_at="2026-03-05T09:00:00+08:00")
    left = [
        next(item.left for item in due(database, now=now) if item.what == "resolution")
        for now in (
            datetime(2026, 3, 6, 23, 59, 59, tzinfo=shanghai),
            datetime(2026, 3, 8, 12, tzinfo=shanghai),
            datetime(2026, 3, 9, 0, 0, tzinfo=shanghai),
            datetime(2026, 3, 9, 6, 0, tzinfo=shanghai),
        )
    ]
    two_days = 2 * DAY - timedelta(seconds=1)
    assert left == [two_days + timedelta(seconds=1), two_days, two_days, two_days - 6 * HOUR]


def test_the_order_is_the_same_whoever_the_customers_are_and_however_much_it_is_about(database):
    """Values and sums go up in one half of the cases and down in the other; nothing moves."""
    rich = {"value": "90000.00", "followers": 5_000_000}
    with database.transaction() as tx:
        for number in range(4):
            poor_first = {0: {"value": "0.00"}, 1: rich, 2: rich, 3: {"value": "10.00"}}[number]
            loss = {0: "500.00", 1: "110.00", 2: "450.00", 3: "300.00"}[number]
            for group, customer, amount in (("A", poor_first, loss), ("B", {"value": "50.00"}, "199.00")):
                facts = {"customer": a_customer(id=f"K-{group}{number}", **customer), "verified": amount}
                case_id = f"{group}-{number}"
                minutes = timedelta(minutes=(number * 7) % 4)
                case = a_talk(tx, case_id, *lives.BEFORE_THE_OFFER, now=NOW + minutes, harm="health", **facts)
                if number % 2:
                    negotiations.ask_approval(a_sitting(tx, now=NOW + minutes), case)
                promises.tell_date(a_sitting(tx), find_case(tx, case_id), "call_back", NOW + HOUR + minutes)
    found = due(database, now=NOW + 10 * HOUR)
    by_group = {
        group: [(item.case_id[2:], item.kind, item.what) for item in found if item.case_id[0] == group]
        for group in "AB"
    }
    assert by_group["A"] == by_group["B"]
    assert len(by_group["A"]) > 10


def test_visits_reviews_and_hand_overs_are_on_the_list(database):
    with database.transaction() as tx:
        case = an_end_without_a_yes(tx, "C-1")
        cases.request_review(a_sitting(tx), case, "the customer asks")
        case = cases.record(
            a_sitting(tx), opened(tx, "C-2"), "hand_over_offered", {"to": "He", "reason": None}
        )
    found = due(database)
    assert ("C-1", "visit", "visit") in named(found)
    [review] = [item for item in found if item.kind == "review"]
    assert (review.whose, review.level) == (None, Role.SUPERVISOR)
    [hand_over] = [item for item in found if item.kind == "hand_over"]
    assert (hand_over.case_id, hand_over.whose, hand_over.since) == ("C-2", "He", NOW)


def test_an_approval_waits_for_its_level_then_for_who_asked_then_for_nobody(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *lives.BEFORE_THE_OFFER, threatens_publicity=True)
        case, asked = negotiations.ask_approval(a_sitting(tx), case)
    [item] = due(database, what="approval")
    assert (item.what, item.level, item.whose, item.left) == ("requested", Role.SUPERVISOR, None, 2 * HOUR)
    with database.transaction() as tx:
        approvals.give(a_sitting(tx, WANG), asked.id, seen=asked.digest, operation="decide_approval")
    [item] = due(database, what="approval")
    assert (item.what, item.level, item.whose, item.left) == ("approved", None, "Li", 24 * HOUR)
    with database.transaction() as tx:
        lives.play(a_sitting(tx), find_case(tx, "C-1"), *lives.TO_THE_OFFER[2:])
    assert due(database, what="approval") == []


def test_agents_see_what_is_theirs_to_do(database):
    with database.transaction() as tx:
        opened(tx, "C-li", LI)
        opened(tx, "C-he", HE)
        case = a_talk(tx, "C-up", *lives.BEFORE_THE_OFFER, vulnerable=True)
        _, asked = negotiations.ask_approval(a_sitting(tx), case)
        assert asked.level is Role.SENIOR_AGENT
    assert {item.case_id for item in due(database, LI)} == {"C-li", "C-up"}
    assert {item.case_id for item in due(database, HE)} == {"C-he"}
    assert named(due(database, SU)) == [("C-up", "approval", "requested")], "it waits for a senior agent"
    assert {item.case_id for item in due(database, CHEN)} == {"C-li", "C-he", "C-up"}


def test_nobody_finds_their_own_request_among_what_they_may_decide(database):
    with database.transaction() as tx:
        sitting, case = a_sitting(tx, SU), a_talk(tx, "C-1", by=SU)
        approvals.ask(
            sitting,
            case,
            asked={"kind": "offer"},
            amount=cny("9.00"),
            owed=cny("0.00"),
            level=Role.SENIOR_AGENT,
        )
        cases.take_over(a_sitting(tx, WANG), find_case(tx, "C-1"), "mine")
    assert due(database, SU) == []


def test_the_list_is_cut_by_person_by_kind_and_by_moment(database):
    with database.transaction() as tx:
        opened(tx, "C-li", LI)
        an_agreement(tx, "C-he", by=HE)
    assert {item.case_id for item in due(database, owner="He")} == {"C-he"}
    assert {item.kind for item in due(database, what="promise")} == {"promise"}
    assert {item.what for item in due(database, what="diagnosis")} == {"diagnosis"}
    assert named(due(database, before=NOW + HOUR)) == [("C-li", "clock", "first_response")]


def test_a_closed_case_is_not_due_and_an_admin_sees_no_list(database):
    with database.transaction() as tx:
        lives.closed(tx, an_agreement(tx, "C-1"), now=LATER)
    assert due(database) == []
    with pytest.raises(NotAuthorised):
        due(database, Actor("Admin", Role.ADMIN))
