"""Who decides in whose place: lent for a time, taken back, and what it reaches while it lasts."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from settlement.desk import approvals, delegations, negotiations
from settlement.desk.approval_pages import page_of_approvals, read_approval
from settlement.desk.due import Wanted, due_soon
from settlement.desk.people import create_person, disable_person, set_role
from settlement.errors import NotAuthorised, NotFound, Refused
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store.approvals import find_approval
from settlement.store.cases import find_case
from settlement.store.delegations import find_delegation
from settlement.store.tables import audit
from tests import lives
from tests.builders import books
from tests.lives import CHEN, LI, NOW, WANG, ZHAO, a_talk
from tests.sittings import a_sitting

MA, SUN = Actor("Ma", Role.AGENT), Actor("Sun", Role.SENIOR_AGENT)
QIAN, FINANCE = Actor("Qian", Role.SUPERVISOR), Actor("Fin", Role.FINANCE)
ADMIN = Actor("Admin", Role.ADMIN)
BY = {"operation": "decide_approval"}
HOUR = timedelta(hours=1)


def lend(tx, giver, to, now=NOW, **said):
    ends = {"starts_at": now, "ends_at": now + 24 * HOUR}
    return delegations.delegate(a_sitting(tx, giver, now=now), to=to, **ends | said)


def end(tx, by, delegation, now=NOW + HOUR):
    delegations.end_delegation(a_sitting(tx, by, now=now), delegation)


def listed(tx, by, limit=50, before=None):
    found, following = delegations.page_of_delegations(a_sitting(tx, by), before=before, limit=limit)
    return [each.id for each in found], following


def asked(tx, case_id="C-1", by=LI, **facts):
    """A request that waits for a supervisor, unless facts say more or less."""
    case = a_talk(tx, case_id, *lives.BEFORE_THE_OFFER, by=by, **{"threatens_publicity": True} | facts)
    return negotiations.ask_approval(a_sitting(tx, by), case)[1]


def give(tx, by, approval, now=NOW, **said):
    seen = {"seen": approval.digest, **BY}
    return approvals.give(a_sitting(tx, by, now=now), approval.id, **seen | said)


def due_for(tx, person, now=NOW):
    found = due_soon(tx, books(), person, now, Wanted(what="approval"), "en")
    return {item.id for item in found}


def approvals_for(tx, person, now=NOW, **filters):
    page = page_of_approvals(a_sitting(tx, person, now=now), filters=filters, before=None, limit=50)
    return {each.approval for each in page.approvals}


# ---------------------------------------------------------------- listed


def test_agents_see_what_they_gave_or_got_and_those_above_everything(database):
    with database.transaction() as tx:
        one, two = lend(tx, WANG, SUN), lend(tx, SUN, MA)
        three = lend(tx, CHEN, WANG)
        for by, expected in [
            (SUN, [two, one]),
            (MA, [two]),
            (LI, []),
            (QIAN, [three, two, one]),
            (FINANCE, [three, two, one]),
        ]:
            assert listed(tx, by)[0] == expected, by
        assert listed(tx, FINANCE, limit=2) == ([three, two], "2")
        assert listed(tx, FINANCE, limit=2, before="2") == ([one], None)
        with pytest.raises(NotAuthorised):
            listed(tx, ADMIN)


# ---------------------------------------------------------------- ended


@pytest.mark.parametrize("by", [WANG, CHEN, ZHAO])
def test_the_giver_or_somebody_above_ends_it_from_now_on_and_the_log_tells(database, by):
    with database.transaction() as tx:
        made = lend(tx, WANG, MA)
        end(tx, by, made)
        found = find_delegation(tx, made)
        assert (found.ended_at, found.ended_by) == (NOW + HOUR, by.name)
        entries = tx.execute(select(audit).where(audit.c.subject == made).order_by(audit.c.seq)).all()
        assert [(e.event, e.actor, e.role) for e in entries[1:]] == [("delegation_ended", by.name, by.role)]
        assert json.loads(entries[1].body) == {"giver": "Wang", "to": "Ma"}


@pytest.mark.parametrize(
    ("by", "refused"), [(QIAN, NotAuthorised), (SUN, NotFound), (MA, NotAuthorised), (FINANCE, NotAuthorised)]
)
def test_nobody_else_ends_it_neither_an_equal_nor_who_got_it(database, by, refused):
    with database.transaction() as tx:
        made = lend(tx, WANG, MA)
        with pytest.raises(refused):
            end(tx, by, made)
        assert find_delegation(tx, made).ended_at is None


def test_what_is_over_is_not_ended_again(database):
    with database.transaction() as tx:
        made, late = lend(tx, WANG, MA), lend(tx, WANG, SUN)
        end(tx, WANG, made)
        for by, delegation, now in [(ZHAO, made, NOW + HOUR), (WANG, late, NOW + 24 * HOUR)]:
            with pytest.raises(Refused, match="is over already"):
                end(tx, by, delegation, now)
        assert find_delegation(tx, made).ended_by == "Wang"
        with pytest.raises(NotFound):
            end(tx, ZHAO, "g-none")


def test_one_that_has_not_begun_never_begins(database):
    with database.transaction() as tx:
        made = lend(tx, WANG, MA, starts_at=NOW + 2 * HOUR)
        end(tx, WANG, made)
        approval = asked(tx)
        with pytest.raises(NotAuthorised, match="has not asked Ma"):
            give(tx, MA, approval, now=NOW + 3 * HOUR, in_place_of="Wang")


def test_what_was_decided_stays_and_what_waits_is_the_givers_again(database):
    with database.transaction() as tx:
        first, second = asked(tx, "C-1"), asked(tx, "C-2")
        approvals.assign(a_sitting(tx, ZHAO), second.id, to=WANG, **BY)
        made = lend(tx, WANG, MA)
        give(tx, MA, first, in_place_of="Wang")
        assert due_for(tx, MA) == {second.id}
        end(tx, WANG, made)
        later = NOW + HOUR
        assert due_for(tx, MA, later) == set()
        assert approvals_for(tx, MA, later) == {first.id}, "what one decided one may look at"
        with pytest.raises(NotFound):
            read_approval(a_sitting(tx, MA, now=later), second.id)
        with pytest.raises(NotAuthorised, match="has not asked Ma"):
            give(tx, MA, second, now=later, in_place_of="Wang")
        offered = lives.play(a_sitting(tx, LI, now=later), find_case(tx, "C-1"), told.Offered())
        assert offered.state == "talking"
        assert find_approval(tx, first.id).state == "used"
        give(tx, WANG, second, now=later)


def test_to_end_one_leaves_another_of_the_same_two_alone(database):
    with database.transaction() as tx:
        made, _ = lend(tx, WANG, MA), lend(tx, WANG, MA)
        end(tx, WANG, made)
        give(tx, MA, asked(tx), now=NOW + HOUR, in_place_of="Wang")


# ---------------------------------------------------------------- what it reaches


def test_a_stand_in_finds_what_waits_for_the_giver_and_no_more(database):
    """Wang is a supervisor: what needs a manager, what waits for Qian and what Wang asked for is not lent."""
    with database.transaction() as tx:
        waits, low = asked(tx, "C-1"), asked(tx, "C-2", vulnerable=True, threatens_publicity=False)
        assert (waits.level, low.level) == (Role.SUPERVISOR, Role.SENIOR_AGENT)
        high = asked(tx, "C-3", by=WANG, verified="3000.00")
        assert high.level is Role.MANAGER
        to_wang, to_qian = asked(tx, "C-4"), asked(tx, "C-5")
        approvals.assign(a_sitting(tx, ZHAO), to_wang.id, to=WANG, **BY)
        approvals.assign(a_sitting(tx, ZHAO), to_qian.id, to=QIAN, **BY)
        decided = asked(tx, "C-6")
        give(tx, ZHAO, decided)
        assert due_for(tx, MA) == approvals_for(tx, MA) == set()
        lend(tx, WANG, MA)
        assert due_for(tx, MA) == approvals_for(tx, MA) == {waits.id, low.id, to_wang.id}
        assert approvals_for(tx, MA, level="supervisor") == {waits.id, to_wang.id}
        for hidden in (high, to_qian, decided):
            with pytest.raises(NotFound):
                read_approval(a_sitting(tx, MA), hidden.id)
        assert due_for(tx, MA, NOW + 24 * HOUR) == set(), "its time is over"


def test_what_the_giver_asked_for_is_not_lent_by_them_and_may_be_by_another(database):
    """Wang asked a manager, and is one by now."""
    with database.transaction() as tx:
        high = asked(tx, by=WANG, verified="3000.00")
        lend(tx, Actor("Wang", Role.MANAGER), MA)
        assert due_for(tx, MA) == approvals_for(tx, MA) == set()
        with pytest.raises(NotFound):
            read_approval(a_sitting(tx, MA), high.id)
        lend(tx, CHEN, MA)
        assert due_for(tx, MA) == approvals_for(tx, MA) == {high.id}


def test_a_stand_in_finds_their_own_request_as_one_they_asked_for_and_not_among_what_is_due(database):
    with database.transaction() as tx:
        own, waits = asked(tx, "C-ma", by=MA), asked(tx, "C-li")
        lend(tx, WANG, MA)
        assert due_for(tx, MA) == {waits.id}
        assert approvals_for(tx, MA, requested_by="Ma") == {own.id}
        assert approvals_for(tx, MA) == {own.id, waits.id}
        give(tx, WANG, own)
        assert due_for(tx, MA) == {own.id, waits.id}, "it is hers to use"


def test_an_emergency_is_not_looked_at_in_somebodys_place(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *lives.BEFORE_THE_OFFER, vulnerable=True)
        _, urgent = negotiations.bypass_approval(a_sitting(tx), case, "it smokes")
        lend(tx, SUN, MA)
        assert due_for(tx, MA) == approvals_for(tx, MA) == set()
        assert due_for(tx, SUN) == {urgent.id}


def test_a_giver_who_may_decide_less_lends_less(database):
    with database.transaction() as tx:
        for person in (WANG, SUN):
            create_person(tx, name=person.name, role=person.role, by=ADMIN, now=NOW)
        high, low = asked(tx, "C-1"), asked(tx, "C-2", vulnerable=True, threatens_publicity=False)
        lend(tx, WANG, MA)
        set_role(tx, "Wang", Role.SENIOR_AGENT, by=ADMIN, now=NOW)
        assert due_for(tx, MA) == approvals_for(tx, MA) == {low.id}
        disable_person(tx, "Wang", by=ADMIN, now=NOW)
        assert due_for(tx, MA) == approvals_for(tx, MA) == set()
        with pytest.raises(NotAuthorised, match="has not asked Ma to decide"):
            give(tx, MA, high, in_place_of="Wang")
