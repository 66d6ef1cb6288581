"""What is due when, by China's working days of 2026."""

import pytest

from settlement.decision.answer import Decision
from tests.builders import a_customer, decide_for

NEW_YEAR = "2026-02-13T10:00:00+08:00"  # Friday; Saturday is worked, then the Spring Festival until the 23rd


def due(decision: Decision) -> dict[str, str | None]:
    return {clock.what: clock.due and clock.due.isoformat() for clock in decision.clocks}


def test_minutes_and_hours_run_on_and_working_days_end_with_the_day():
    assert due(decide_for()) == {
        "first_response": "2026-03-03T10:30:00+08:00",
        "diagnosis": "2026-03-03T12:15:00+08:00",
        "progress": "2026-03-04T10:15:00+08:00",
        "resolution": "2026-03-06T23:59:59+08:00",
        "offer_stands": None,
    }


def test_a_limit_that_starts_later_says_how_long_it_is():
    limits = {clock.what: clock.limit for clock in decide_for(harm="health").clocks}
    assert limits["approval_by_supervisor"] == "2 h"
    assert limits["offer_stands"] == "14 d"


@pytest.mark.parametrize(
    ("harm", "last_day"),
    [("inconvenience", "2026-03-06"), ("health", "2026-03-06"), ("safety", "2026-03-12")],
)
def test_severe_cases_have_seven_working_days(harm, last_day):
    assert due(decide_for(harm=harm))["resolution"] == f"{last_day}T23:59:59+08:00"


@pytest.mark.parametrize(
    ("harm", "last_day"),
    [
        ("none", "2026-02-25"),  # Sat 14 Feb is worked; then Tue 24 and Wed 25
        ("safety", "2026-03-02"),  # and Thu, Fri, Sat 28 Feb, which is worked, and Mon 2 March
    ],
)
def test_the_spring_festival_is_left_out_and_make_up_days_count(harm, last_day):
    found = due(decide_for(harm=harm, received_at=NEW_YEAR))
    assert found["resolution"] == f"{last_day}T23:59:59+08:00"
    assert found["first_response"] == "2026-02-13T10:15:00+08:00"


def test_the_national_holiday_is_left_out():
    found = due(decide_for(received_at="2026-09-30T23:00:00+08:00"))
    assert found["resolution"] == "2026-10-10T23:59:59+08:00"  # Thu 8, Fri 9, and the worked Sat 10


def test_a_day_begins_by_the_clocks_of_the_policy_wherever_it_was_received():
    found = due(decide_for(received_at="2026-02-12T17:00:00Z"))
    assert found == due(decide_for(received_at="2026-02-13T01:00:00+08:00"))
    assert found["resolution"] == "2026-02-25T23:59:59+08:00"


def test_a_year_that_is_not_announced_leaves_the_date_open_and_warns():
    decision = decide_for(received_at="2026-12-30T10:00:00+08:00")
    assert due(decision)["resolution"] is None
    assert due(decision)["progress"] == "2026-12-31T10:00:00+08:00"
    assert "year_not_announced:2027" in decision.warnings


def test_a_limit_that_ends_within_the_year_needs_no_later_one():
    decision = decide_for(received_at="2026-12-28T10:00:00+08:00", order=None)
    assert due(decision)["resolution"] == "2026-12-31T23:59:59+08:00"
    assert not [warning for warning in decision.warnings if warning.startswith("year")]


@pytest.mark.parametrize(
    ("kind", "clocks"),
    [
        (
            "consultation",
            {"first_response": "2026-03-03T10:30:00+08:00", "resolution": "2026-03-04T10:15:00+08:00"},
        ),
        (
            "suggestion",
            {"first_response": "2026-03-04T10:15:00+08:00", "resolution": "2026-03-12T23:59:59+08:00"},
        ),
    ],
)
def test_questions_and_suggestions_have_clocks_of_their_own(kind, clocks):
    assert due(decide_for(kind=kind)) == clocks


def test_no_clock_of_the_case_looks_at_value():
    rich, nobody = decide_for(customer=a_customer(value="900000.00")), decide_for(customer=None)
    assert rich.clocks == nobody.clocks
    assert rich.priority == nobody.priority
