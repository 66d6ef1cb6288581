"""What is put off has an end: other dates for a promise, clocks that stand, years that are not announced."""

from datetime import timedelta

import pytest

from settlement import dates
from settlement.cases.clocks import ClockStands, is_overdue
from settlement.cases.promises import PromiseState
from settlement.desk import cases, clocks, promises
from settlement.desk.case_pages import case_view
from settlement.desk.due import Wanted, due_soon
from settlement.desk.duties import run_duties
from settlement.desk.reports import Period, report
from settlement.errors import BadInput, NotAuthorised, Refused
from settlement.roles import Actor, Role
from settlement.store.cases import find_case, find_history
from settlement.store.clocks import clocks_of
from settlement.store.promises import promises_of
from tests.builders import a_complaint, books
from tests.lives import CHEN, LI, NOW, WANG, ZHAO, a_talk, an_agreement, an_end_without_a_yes
from tests.sittings import a_sitting, counting_id

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEEPS = "keep_promise"


def run(database, now):
    return run_duties(database, books(), now, counting_id)


def put_off(tx, promise, due, by=LI, now=NOW):
    sitting = a_sitting(tx, by, now=now)
    return promises.replace_promise(sitting, promise.id, KEEPS, what=promise.what, due=due, reason="late")[1]


def due(database, now, language="en"):
    with database.reading() as tx:
        return due_soon(tx, books(), ZHAO, now, Wanted(), language)


# ---------------------------------------------------------------- another date, and another


def test_a_customer_is_told_another_date_twice_and_no_more(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1")
        _, told = promises.tell_date(a_sitting(tx), case, "call_back", NOW + HOUR)
        for days in (1, 2):
            told = put_off(tx, told, NOW + days * DAY)
        with pytest.raises(Refused, match="another date 2 times already"):
            put_off(tx, told, NOW + 3 * DAY)
        promises.keep_promise(a_sitting(tx, now=NOW + 9 * DAY), told.id, KEEPS)


def test_other_dates_are_not_later_in_all_than_the_policy_allows(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1")
        _, told = promises.tell_date(a_sitting(tx), case, "call_back", NOW + DAY)
        told = put_off(tx, told, NOW + 20 * DAY)
        with pytest.raises(BadInput) as error:
            put_off(tx, told, NOW + 31 * DAY + HOUR)
        [fault] = error.value.faults
        assert (fault.place, fault.problem) == ("/due", "is more than 30 days after what was told first")
        put_off(tx, told, NOW + 31 * DAY)


@pytest.mark.parametrize("lived", [an_agreement, an_end_without_a_yes], ids=["agreed", "owed"])
def test_money_that_is_owed_is_put_off_by_somebody_above_who_has_not_promised_it(database, lived):
    with database.transaction() as tx:
        lived(tx, "C-1")
        money = next(each for each in promises_of(tx, "C-1") if each.kind in ("cash", "owed"))
        with pytest.raises(NotAuthorised, match="a supervisor or above"):
            put_off(tx, money, NOW + 5 * DAY, LI)
        heir = put_off(tx, money, NOW + 5 * DAY, WANG)
        with pytest.raises(NotAuthorised, match="somebody else"):
            put_off(tx, heir, NOW + 6 * DAY, WANG)
        put_off(tx, heir, NOW + 6 * DAY, CHEN)


def test_who_has_a_case_is_not_above_themselves(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-1", by=WANG)
        money = next(each for each in promises_of(tx, "C-1") if each.kind == "cash")
        for by in (WANG, Actor("Qian", Role.SUPERVISOR)):
            with pytest.raises(NotAuthorised, match="a manager or above"):
                put_off(tx, money, NOW + 5 * DAY, by)
        put_off(tx, money, NOW + 5 * DAY, CHEN)


def test_what_is_no_money_that_is_owed_is_put_off_by_whoever_has_the_case(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-1")
        mend = next(each for each in promises_of(tx, "C-1") if each.kind == "prevention")
        put_off(tx, mend, mend.due_at + DAY)


# ---------------------------------------------------------------- clocks that stand


def standing(tx, since=HOUR):
    case = cases.open_case(a_sitting(tx), a_complaint(id="C-1"))
    return clocks.pause_clock(a_sitting(tx, now=NOW + since), case, "resolution", "the maker has the goods")


def resolution(tx):
    return next(each for each in clocks_of(tx, "C-1") if each.what == "resolution")


def test_the_list_of_what_is_due_says_since_when_and_why_a_clock_stands(database):
    with database.transaction() as tx:
        standing(tx)
    item = next(each for each in due(database, NOW + DAY) if each.stands)
    assert (item.reason, item.stands_since) == ("the maker has the goods", NOW + HOUR)
    assert item.stands_until == NOW + HOUR + 30 * DAY


def test_a_clock_that_stood_for_as_long_as_it_may_runs_on_from_then_noted_or_not(database):
    with database.transaction() as tx:
        standing(tx)
    end = NOW + HOUR + 30 * DAY
    assert run(database, end)["clocks_resumed"] == 0
    much_later = end + 20 * DAY

    def seen():
        with database.reading() as tx:
            view = case_view(
                a_sitting(tx, now=much_later), find_case(tx, "C-1"), "en", lambda name: ("POST", name)
            )
            [row] = [
                row
                for row in report(a_sitting(tx, now=much_later), "clocks", Period())
                if row["what"] == "resolution"
            ]
        shown = next(each for each in view.clocks if each.what == "resolution")
        [item] = [each for each in due(database, much_later) if each.what == "resolution"]
        return shown, row, item

    before = seen()
    assert (before[0].paused_at, before[1]["overdue"], before[2].stands) == (None, 1, False)
    done = run(database, much_later)
    assert (done["clocks_resumed"], run(database, much_later)["clocks_resumed"]) == (1, 0)
    assert seen() == before
    with database.reading() as tx:
        assert is_overdue(resolution(tx), much_later)
        [event] = [each for each in find_history(tx, "C-1") if each.name == "clock_resumed"]
    assert event.body["from"] == end.isoformat()


def test_a_clock_stands_no_longer_in_all_for_being_paused_more_often(database):
    with database.transaction() as tx:
        case = standing(tx)
        case = clocks.resume_clock(a_sitting(tx, now=NOW + HOUR + 20 * DAY), case, "resolution")
        case = clocks.pause_clock(a_sitting(tx, now=NOW + 21 * DAY), case, "resolution", "again")
        assert resolution(tx).paused_until == NOW + 31 * DAY
        # Noted late, by a person: it ran on all the same.
        case = clocks.resume_clock(a_sitting(tx, now=NOW + 60 * DAY), case, "resolution")
        assert resolution(tx).due_at < NOW + 40 * DAY
        with pytest.raises(ClockStands, match="has stood for 30 days"):
            clocks.pause_clock(a_sitting(tx, now=NOW + 61 * DAY), case, "resolution", "once more")


def test_a_clock_that_ran_on_unnoted_is_judged_as_one_that_ran(database):
    with database.transaction() as tx:
        case = standing(tx)
        late = a_sitting(tx, now=NOW + 50 * DAY)
        case = cases.diagnose(late, case, a_complaint(id="C-1"), None)
        case, _ = cases.suggest_for_case(late, case)
        clocks.stop_clocks(late, case, "result_told")
        stopped = [e.body for e in find_history(tx, "C-1") if e.name == "clock_stopped"]
        assert {"what": "resolution", "in_time": False} in stopped


# ---------------------------------------------------------------- years that are not announced

EVE = NOW.replace(month=12, day=30)
"""Three days before a year that nobody has announced."""
YEAR = """
[year.2027]
notice = "made up for tests"
off = [[2027-01-01, 2027-01-03]]
make_up = []
"""


@pytest.fixture
def announced(monkeypatch, tmp_path):
    """Announces the next year when it is called."""

    def announce():
        text = (dates.CALENDARS / "cn.toml").read_text("utf-8")
        (tmp_path / "cn.toml").write_text(text + YEAR, "utf-8")
        monkeypatch.setattr(dates, "CALENDARS", tmp_path)
        dates.working_days.cache_clear()

    yield announce
    monkeypatch.undo()
    dates.working_days.cache_clear()


def test_what_waits_for_a_calendar_is_dated_once_it_is_announced(database, announced):
    with database.transaction() as tx:
        an_agreement(tx, "C-1", now=EVE)
        case = find_case(tx, "C-1")
        case = clocks.pause_clock(a_sitting(tx, now=EVE), case, "resolution", "the maker has the goods")
        clocks.resume_clock(a_sitting(tx, now=EVE + 5 * DAY), case, "resolution")
    now = EVE + 6 * DAY  # Tuesday the fifth of January
    done = run(database, now)
    assert (done["clocks_dated"], done["promises_dated"]) == (0, 0)
    waits = [each for each in due(database, now) if each.not_announced]
    assert {(each.kind, each.due_at) for each in waits} == {("clock", None), ("promise", None)}
    announced()
    done = run(database, now)
    assert (done["clocks_dated"], done["promises_dated"]) == (1, 1)
    assert run(database, now)["clocks_dated"] == 0
    with database.reading() as tx:
        assert resolution(tx).due_at.isoformat() == "2027-01-07T15:59:59+00:00"
        [mend] = [each for each in promises_of(tx, "C-1") if each.kind == "prevention"]
        assert mend.due_at.isoformat() == "2027-01-11T15:59:59+00:00"
        told = [each.body["due"] for each in find_history(tx, "C-1") if each.name == "dated"]
    assert len(told) == 2
    assert not [each for each in due(database, now) if each.not_announced]
    assert run(database, now + 9 * DAY)["clocks_escalated"] >= 1


def test_what_is_dated_when_it_is_over_already_is_broken(database, announced):
    with database.transaction() as tx:
        an_agreement(tx, "C-1", now=EVE)
    announced()
    run(database, EVE + 60 * DAY)
    with database.reading() as tx:
        assert {each.state for each in promises_of(tx, "C-1")} == {PromiseState.BROKEN}


def test_what_waits_for_a_calendar_stands_in_its_place_and_not_last(database):
    """Seven working days cannot be over before seven days: that is when it must be looked at."""
    with database.transaction() as tx:
        an_agreement(tx, "C-1", now=EVE)
        promises.tell_date(a_sitting(tx, now=EVE), find_case(tx, "C-1"), "call_back", EVE + 20 * DAY)
    found = due(database, EVE)
    places = [index for index, each in enumerate(found) if each.not_announced]
    assert places
    assert max(places) < len(found) - 1
    assert found[-1].what == "call_back"


def test_somebody_who_was_faster_leaves_nothing_to_date(database, announced):
    with database.transaction() as tx:
        an_agreement(tx, "C-1", now=EVE)
        for each in promises_of(tx, "C-1"):
            promises.keep_promise(a_sitting(tx, now=EVE), each.id, KEEPS)
    announced()
    assert run(database, EVE + DAY)["promises_dated"] == 0
