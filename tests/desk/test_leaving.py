"""Somebody stops working on cases: nothing that waits for them is left with nobody."""

from datetime import timedelta

import pytest

from settlement.desk import approvals, cases, delegations, negotiations
from settlement.desk.audit import verify_records
from settlement.desk.leaving import StillNeeded
from settlement.desk.people import create_person, disable_person, enable_person, set_role
from settlement.errors import BadInput, Refused
from settlement.roles import Actor, Role
from settlement.store import audit
from settlement.store.approvals import find_approval
from settlement.store.cases import find_case, find_history
from settlement.store.delegations import delegated_to
from settlement.store.people import find_person
from settlement.store.promises import promises_of
from tests import lives
from tests.lives import CHEN, LATER, LI, NOW, WANG, ZHAO, a_talk, an_agreement, closed
from tests.sittings import a_sitting

ADMIN = Actor("Admin", Role.ADMIN)
HE = Actor("He", Role.SUPERVISOR)
DAY = timedelta(days=1)


@pytest.fixture
def staffed(database):
    """Wang has a case with promises, is asked to take one over, and was given a request to decide."""
    with database.transaction() as tx:
        for each in (LI, WANG, CHEN, ZHAO, HE):
            create_person(tx, name=each.name, role=each.role, by=ADMIN, now=NOW)
        an_agreement(tx, "C-owned", by=WANG)
        closed(tx, an_agreement(tx, "C-closed", by=WANG), by=WANG, now=LATER)
        cases.offer_hand_over(a_sitting(tx), a_talk(tx, "C-offered"), "Wang", "ill")
        case = a_talk(tx, "C-given", *lives.BEFORE_THE_OFFER, threatens_publicity=True)
        _, asked = negotiations.ask_approval(a_sitting(tx), case)
        approvals.assign(a_sitting(tx, CHEN), asked.id, to=WANG, operation="decide_approval")
        for giver, to in ((WANG, CHEN), (CHEN, WANG), (CHEN, HE)):
            delegations.delegate(a_sitting(tx, giver), to=to, starts_at=NOW, ends_at=NOW + 9 * DAY)
    return database


def asked_in(tx, case_id="C-given"):
    [event] = [each for each in find_history(tx, case_id) if each.name == "approval_requested"]
    return event.body["approval"]


LEAVING = {
    "disabled": lambda tx, **said: disable_person(tx, "Wang", by=ADMIN, now=NOW + DAY, **said),
    "finance": lambda tx, **said: set_role(tx, "Wang", Role.FINANCE, by=ADMIN, now=NOW + DAY, **said),
}


@pytest.mark.parametrize("way", LEAVING)
def test_who_is_still_needed_stays_and_everything_that_waits_is_named(staffed, way):
    with staffed.transaction() as tx:
        promised = ", ".join(each.id for each in promises_of(tx, "C-owned") if each.state == "due")
        approval = asked_in(tx)
        before = find_person(tx, "Wang")
    assert promised
    with pytest.raises(StillNeeded) as refused, staffed.transaction() as tx:
        LEAVING[way](tx)
    assert str(refused.value) == (
        f"these wait for Wang: case C-owned with the promises {promised}; "
        "case C-offered, which they were asked to take over; "
        f"approval {approval} of case C-given, given to them to decide. "
        "Name somebody to take them: --hand-over-to NAME"
    )
    with staffed.reading() as tx:
        assert find_person(tx, "Wang") == before
        assert delegated_to(tx, "Chen", NOW + DAY) == [("Wang", Role.SUPERVISOR)]


@pytest.mark.parametrize("way", LEAVING)
def test_what_waits_is_handed_over_with_the_leave_and_recorded(staffed, way):
    with staffed.transaction() as tx:
        LEAVING[way](tx, hand_over_to="He")
    with staffed.reading() as tx:
        assert (find_case(tx, "C-owned").owner, find_case(tx, "C-owned").offered_to) == ("He", None)
        assert (find_case(tx, "C-offered").owner, find_case(tx, "C-offered").offered_to) == ("Li", "He")
        assert find_approval(tx, asked_in(tx)).assigned_to == "He"
        last = find_history(tx, "C-owned")[-1]
        assert (last.name, last.actor, last.body) == ("reassigned", ADMIN, {"from": "Wang", "to": "He"})
        assert find_history(tx, "C-given")[-1].name == "approval_assigned"
        assert find_case(tx, "C-closed").owner == "Wang"
        assert delegated_to(tx, "Chen", NOW + DAY) == delegated_to(tx, "Wang", NOW + DAY) == []
        assert delegated_to(tx, "He", NOW + DAY) == [("Chen", Role.MANAGER)]
        told = [entry.event for entry in audit.entries(tx) if entry.actor == "Admin"]
        assert verify_records(tx)[2] == []
    assert told[-6:-1] == [
        "case_reassigned", "case_reassigned", "case_approval_assigned", "delegation_ended", "delegation_ended",
    ]  # fmt: skip
    with staffed.transaction() as tx:
        case = cases.accept_hand_over(a_sitting(tx, HE, now=NOW + 2 * DAY), find_case(tx, "C-offered"))
        given = approvals.give(
            a_sitting(tx, HE, now=NOW + 2 * DAY), asked_in(tx), seen=find_approval(tx, asked_in(tx)).digest,
            operation="decide_approval",
        )  # fmt: skip
    assert (case.owner, given[1].decided_by) == ("He", "He")


@pytest.mark.parametrize(
    ("to", "error", "why"),
    [
        ("Wang", BadInput, "is the same person"),
        ("Nobody", BadInput, "'Nobody' cannot be asked"),
        ("Admin", BadInput, "'Admin' cannot be asked"),
        ("Li", Refused, "approval a-.* was asked for by Li"),
        ("Xu", Refused, "approval a-.* needs a supervisor"),
    ],
)
def test_who_cannot_take_it_over_does_not(staffed, to, error, why):
    with staffed.transaction() as tx:
        create_person(tx, name="Xu", role=Role.SENIOR_AGENT, by=ADMIN, now=NOW)
    with pytest.raises(error, match=why), staffed.transaction() as tx:
        LEAVING["disabled"](tx, hand_over_to=to)
    with staffed.reading() as tx:
        assert find_case(tx, "C-owned").owner == "Wang"
        assert find_person(tx, "Wang").disabled_at is None


def test_who_works_on_in_another_role_keeps_what_they_may_still_do(staffed):
    with staffed.transaction() as tx:
        set_role(tx, "Wang", Role.MANAGER, by=ADMIN, now=NOW)
    with pytest.raises(StillNeeded) as refused, staffed.transaction() as tx:
        set_role(tx, "Wang", Role.AGENT, by=ADMIN, now=NOW)
    assert "C-given" in str(refused.value)
    assert "C-owned" not in str(refused.value)
    with staffed.transaction() as tx:
        set_role(tx, "Wang", Role.AGENT, by=ADMIN, now=NOW, hand_over_to="He")
        assert find_case(tx, "C-owned").owner == "Wang"
        assert delegated_to(tx, "Chen", NOW) == [("Wang", Role.SUPERVISOR)]


def test_a_case_that_is_offered_to_who_takes_over_is_theirs_and_offered_to_nobody(staffed):
    with staffed.transaction() as tx:
        cases.offer_hand_over(a_sitting(tx, WANG), find_case(tx, "C-owned"), "He", "ill")
        LEAVING["disabled"](tx, hand_over_to="He")
        assert (find_case(tx, "C-owned").owner, find_case(tx, "C-owned").offered_to) == ("He", None)


def test_a_case_of_somebody_gone_belongs_to_who_takes_it_up_again(staffed):
    with staffed.transaction() as tx:
        LEAVING["disabled"](tx, hand_over_to="He")
        case = cases.reopen(a_sitting(tx, CHEN, now=LATER), find_case(tx, "C-closed"), "it came back")
        assert (case.owner, case.state) == ("Chen", "opened")
        enable_person(tx, "Wang", by=ADMIN, now=LATER)
        closed(tx, find_case(tx, "C-owned"), by=HE, now=LATER)
        case = cases.reopen(a_sitting(tx, CHEN, now=LATER), find_case(tx, "C-owned"), "it came back")
    assert case.owner == "He"
