"""How much somebody may grant, and what counts against it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.cases.authority import (
    PersonLimits,
    Used,
    above_ones_own,
    limits_of_role,
    next_level,
    parts_of,
    passed_limits,
)
from settlement.decision.approval import Granted
from settlement.errors import CannotDecide
from settlement.money import LARGEST_MINOR, Money
from settlement.roles import LEVELS, Role
from settlement.rules.policy import Limits
from tests.builders import a_policy, cny, granted

NOTHING = granted()


def limits(owed=("100.00", "200.00", "300.00"), goodwill=("10.00", "20.00", "30.00")):
    """Case, day and month, apart for owed and goodwill."""
    return PersonLimits(Limits(*map(cny, owed)), Limits(*map(cny, goodwill)))


def used(related=NOTHING, today=NOTHING, month=NOTHING):
    return Used(related, today, month)


@pytest.mark.parametrize(
    ("amount", "owed", "found"),
    [
        ("286.00", "199.00", ("199.00", "87.00")),
        ("199.00", "199.00", ("199.00", "0.00")),
        ("50.00", "199.00", ("50.00", "0.00")),
        ("50.00", "0.00", ("0.00", "50.00")),
    ],
)
def test_a_sum_is_what_is_owed_and_the_goodwill_beyond_it(amount, owed, found):
    assert parts_of(cny(amount), cny(owed)) == granted(*found)


@pytest.mark.parametrize(
    ("asked", "before", "passed"),
    [
        (granted("100.00", "10.00"), used(), ()),
        (granted("100.01", "10.00"), used(), ("owed_case",)),
        (granted("100.00", "10.01"), used(), ("goodwill_case",)),
        # what order and customer got elsewhere counts in the case
        (granted("50.00"), used(related=granted("50.01")), ("owed_case",)),
        (granted("0.00", "5.00"), used(related=granted("0.00", "5.01")), ("goodwill_case",)),
        # what the person granted elsewhere counts for the day and for the month
        (granted("50.00"), used(today=granted("150.01"), month=granted("150.01")), ("owed_day",)),
        (granted("50.00"), used(month=granted("250.01")), ("owed_month",)),
        (granted("0.00", "5.00"), used(today=granted("0.00", "15.01")), ("goodwill_day",)),
        (granted("0.00", "5.00"), used(month=granted("0.00", "25.01")), ("goodwill_month",)),
        # each part for itself
        (granted("50.00"), used(today=granted("0.00", "999.00")), ()),
        (granted("0.00", "5.00"), used(today=granted("999.00")), ()),
        (
            granted("100.01", "10.01"),
            used(today=granted("200.00", "20.00"), month=granted("300.00", "30.00")),
            ("owed_case", "owed_day", "owed_month", "goodwill_case", "goodwill_day", "goodwill_month"),
        ),
        # to the last cent
        (
            granted("50.00", "5.00"),
            used(granted("50.00", "5.00"), granted("150.00", "15.00"), granted("250.00", "25.00")),
            (),
        ),
    ],
)
def test_a_grant_passes_the_limits_that_it_passes_with_what_was_before(asked, before, passed):
    assert passed_limits(asked, before, limits()) == passed


def test_nothing_asked_passes_no_limit_whatever_others_got():
    spent = granted("999999.00", "999999.00")
    assert passed_limits(NOTHING, used(spent, spent, spent), limits()) == ()


def test_a_sum_that_cannot_be_written_is_for_a_person():
    whole = Granted(Money(LARGEST_MINOR, "CNY"), Money(0, "CNY"))
    with pytest.raises(CannotDecide, match="a person takes the case"):
        passed_limits(granted("0.01"), used(month=whole), limits())


sums = st.integers(0, 20_000).map(lambda minor: Money(minor, "CNY"))
grants = st.builds(Granted, sums, sums)


@given(st.lists(grants, min_size=1, max_size=6))
def test_splitting_a_grant_never_gives_more_than_asking_for_it_at_once(parts):
    """Each part is granted where it passes nothing; together they fit in the limits of the case."""
    got = NOTHING
    for part in parts:
        if not passed_limits(part, used(related=got, today=got, month=got), limits()):
            got = got + part
    assert got.owed <= cny("100.00")
    assert got.goodwill <= cny("10.00")


@given(grants, grants, grants, grants)
def test_more_before_never_leaves_more_room(asked, related, today, more):
    before = used(related, today, today)
    worse = used(related + more, today + more, today + more)
    assert set(passed_limits(asked, before, limits())) <= set(passed_limits(asked, worse, limits()))


@pytest.mark.parametrize("role", Role)
def test_only_those_who_talk_to_customers_have_limits(role):
    found = limits_of_role(role, a_policy().terms)
    assert (found is not None) == (role in LEVELS)
    if found is not None:
        assert found.owed == a_policy().terms.owed_limits[role]
        assert found.goodwill == a_policy().terms.goodwill_limits[role]


def test_limits_above_ones_own_are_named_each():
    assert above_ones_own(limits(), limits()) == ()
    higher = limits(owed=("100.01", "200.00", "300.01"), goodwill=("10.00", "20.01", "30.00"))
    assert above_ones_own(higher, limits()) == ("owed_case", "owed_month", "goodwill_day")


def test_the_level_above():
    assert [next_level(level) for level in LEVELS] == [
        Role.SENIOR_AGENT,
        Role.SUPERVISOR,
        Role.MANAGER,
        Role.DIRECTOR,
        None,
    ]
