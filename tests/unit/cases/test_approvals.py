"""Approvals: the moves between their states, and who may make them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from settlement.cases.approvals import (
    Approval,
    ApprovalOver,
    ApprovalState,
    OtherThing,
    SameApprover,
    Standin,
    check_approver,
    check_declinable,
    check_other,
    check_same,
    differences,
    digest_of,
    moved,
)
from settlement.errors import NotAuthorised, Refused
from settlement.roles import Actor, Role
from tests.builders import granted

LI, WANG, ZHAO = Actor("Li", Role.AGENT), Actor("Wang", Role.SUPERVISOR), Actor("Zhao", Role.DIRECTOR)
ASKED = {"kind": "offer", "amount": "286.00", "options": [1]}

TABLE = {
    # from: where to; every other pair is refused
    "requested": "approved declined sent_back voided",
    "approved": "used voided expired",
    "bypassed": "reviewed",
    "declined": "",
    "sent_back": "",
    "voided": "",
    "expired": "",
    "used": "",
    "reviewed": "",
}


def an_approval(state="requested", **said):
    asked = Approval(
        id="a-1",
        case_id="C-1",
        talk=1,
        state=ApprovalState(state),
        level=Role.SUPERVISOR,
        asked=ASKED,
        digest=digest_of(ASKED),
        sums=granted("199.00", "87.00"),
        requested_by="Li",
        requested_role=Role.AGENT,
        requested_at=datetime(2026, 3, 3, 2, 0, tzinfo=UTC),
    )
    return replace(asked, **said)


def in_place_of(giver, actor):
    return Standin(actor, giver.name, giver.role)


@pytest.mark.parametrize("to", ApprovalState)
@pytest.mark.parametrize("state", TABLE)
def test_an_approval_moves_as_the_table_says_and_no_other_way(state, to):
    if to in TABLE[state].split():
        assert moved(an_approval(state), to) is to
    else:
        with pytest.raises(ApprovalOver, match=f"a-1 is {state}: it cannot become {to}"):
            moved(an_approval(state), to)


def test_the_table_names_every_state():
    assert set(TABLE) == set(ApprovalState)


@pytest.mark.parametrize(
    "who",
    [
        Standin.oneself(LI),
        in_place_of(ZHAO, LI),  # standing in for somebody higher
        in_place_of(LI, ZHAO),  # somebody higher standing in for the one who asked
    ],
)
def test_nobody_approves_their_own_nor_has_it_approved_in_their_place(who):
    with pytest.raises(SameApprover, match="nobody approves their own"):
        check_other(an_approval(), who)
    with pytest.raises(SameApprover):
        check_approver(an_approval(), who, ())


@pytest.mark.parametrize("who", [Standin.oneself(WANG), Standin.oneself(ZHAO), in_place_of(WANG, ZHAO)])
def test_somebody_else_of_that_level_or_above_may_approve(who):
    check_approver(an_approval(), who, ())


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR, Role.ADMIN])
def test_who_grants_nothing_approves_nothing(role):
    with pytest.raises(NotAuthorised, match="approves nothing"):
        check_other(an_approval(), Standin.oneself(Actor("Gu", role)))


def test_who_is_below_the_level_may_not():
    with pytest.raises(NotAuthorised, match="needs a supervisor; senior_agent is below"):
        check_approver(an_approval(), Standin.oneself(Actor("Sun", Role.SENIOR_AGENT)), ())


def test_who_stands_in_has_the_level_of_the_giver_and_not_their_own():
    check_approver(an_approval(), in_place_of(WANG, Actor("Ma", Role.AGENT)), ())
    with pytest.raises(NotAuthorised, match="agent is below"):
        check_approver(an_approval(), in_place_of(Actor("Ma", Role.AGENT), ZHAO), ())


def test_ones_own_limits_bind_the_approver_too():
    with pytest.raises(NotAuthorised, match=r"your own limits \(owed_day\): send it up"):
        check_approver(an_approval(), Standin.oneself(WANG), ("owed_day",))


def test_what_was_given_to_somebody_is_theirs_to_decide_or_of_who_stands_in():
    assigned = an_approval(assigned_to="Wang")
    check_other(assigned, Standin.oneself(WANG))
    check_other(assigned, in_place_of(WANG, ZHAO))
    with pytest.raises(NotAuthorised, match="was given to Wang to decide"):
        check_other(assigned, Standin.oneself(ZHAO))


def test_the_goodwill_may_be_declined_and_what_is_owed_may_not():
    check_declinable(an_approval())
    with pytest.raises(Refused, match="cannot be declined"):
        check_declinable(an_approval(sums=granted("199.00")))


def test_an_approval_is_bound_to_what_was_read():
    check_same(an_approval(), digest_of(ASKED))
    with pytest.raises(OtherThing, match="read it again"):
        check_same(an_approval(), digest_of(ASKED | {"amount": "287.00"}))


def test_the_order_of_names_is_no_difference_and_any_value_is():
    assert digest_of(dict(reversed(ASKED.items()))) == digest_of(ASKED)
    assert digest_of(ASKED | {"options": [2]}) != digest_of(ASKED)


def test_differences_are_told_by_name_with_what_was_and_what_is():
    now = {"kind": "offer", "amount": "300.00", "rung": "final"}
    assert differences(ASKED, now) == {
        "amount": {"was": "286.00", "is": "300.00"},
        "options": {"was": [1], "is": None},
        "rung": {"was": None, "is": "final"},
    }


def test_another_sum_of_the_approver_is_what_was_granted():
    assert an_approval().granted == ASKED
    assert an_approval(amended={"amount": "300.00"}).granted == {"amount": "300.00"}


def test_a_stand_in_names_the_giver_and_oneself_names_nobody():
    assert Standin.oneself(WANG).giver is None
    assert in_place_of(ZHAO, WANG).giver == "Zhao"
