"""Approvals at work: asked for, given, amended, refused, handed on, used; and what the tables refuse."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from settlement.cases.approvals import ApprovalOver, OtherThing, SameApprover
from settlement.cases.authority import PersonLimits
from settlement.cases.lifecycle import State
from settlement.desk import approvals, cases, delegations, negotiations, promises
from settlement.desk.grants import set_limits
from settlement.desk.people import create_person, disable_person, set_role
from settlement.errors import BadInput, NotAuthorised, Refused
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.rules.policy import Limits
from settlement.store.approvals import approvals_of, find_approval
from settlement.store.cases import find_case, find_history
from settlement.store.grants import put_commitment
from settlement.store.promises import promises_of
from settlement.store.tables import approvals as rows
from settlement.store.tables import audit, commitments
from tests.builders import a_complaint, a_policy, cny, granted
from tests.sittings import NOW, a_sitting

LI, MA, SUN = Actor("Li", Role.AGENT), Actor("Ma", Role.AGENT), Actor("Sun", Role.SENIOR_AGENT)
WANG, QIAN = Actor("Wang", Role.SUPERVISOR), Actor("Qian", Role.SUPERVISOR)
ZHAO, CHEN = Actor("Zhao", Role.DIRECTOR), Actor("Chen", Role.DIRECTOR)
BY = {"operation": "decide_approval"}
PUBLIC = {"verified": "199.00", "threatens_publicity": True}  # a supervisor has to agree
URGENT = {"verified": "80.00", "vulnerable": True}  # a senior agent has to agree, or it is urgent


def begun(tx, actor=LI, **facts):
    """A case in which the opening offer is due."""
    sitting, complaint = a_sitting(tx, actor), a_complaint(**PUBLIC | facts)
    case = cases.open_case(sitting, complaint)
    case = cases.diagnose(sitting, case, complaint, None)
    case = cases.suggest_for_case(sitting, case)[0]
    return sitting, play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()))


def play(sitting, case, *events):
    for event in events:
        case, _ = negotiations.play_round(sitting, case, event)
    return case


def asked(tx, actor=LI, **facts):
    sitting, case = begun(tx, actor, **facts)
    case, approval = negotiations.ask_approval(sitting, case)
    return sitting, case, approval


def owed(tx):
    """A request for what is owed: the customer left before anything was offered."""
    sitting, case = begun(tx)
    case = play(sitting, case, told.Left())
    [approval] = approvals_of(tx, case.id, 1)
    return sitting, case, approval


def give(tx, actor, approval, **said):
    return approvals.give(a_sitting(tx, actor), approval.id, **{"seen": approval.digest} | BY | said)


def delegate(tx, giver, to, **said):
    ends = {"starts_at": NOW, "ends_at": NOW + timedelta(days=1)}
    return delegations.delegate(a_sitting(tx, giver), to=to, **ends | said)


# ---------------------------------------------------------------- nobody's own


def test_nobody_decides_what_they_asked_for_in_any_way(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        own = a_sitting(tx, LI)
        for decide in (
            lambda: approvals.give(own, approval.id, seen=approval.digest, **BY),
            lambda: approvals.decline(own, approval.id, reason="no", **BY),
            lambda: approvals.send_back(own, approval.id, reason="no", **BY),
            lambda: approvals.assign(own, approval.id, to=WANG, **BY),
        ):
            with pytest.raises(SameApprover):
                decide()


def test_standing_in_for_somebody_higher_makes_ones_own_request_nobody_elses(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        delegate(tx, WANG, LI)
        with pytest.raises(SameApprover):
            give(tx, LI, approval, in_place_of="Wang")


def test_nobody_decides_in_the_place_of_the_one_who_asked(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        delegate(tx, LI, ZHAO)
        with pytest.raises(SameApprover):
            give(tx, ZHAO, approval, in_place_of="Li")
        give(tx, ZHAO, approval)


@pytest.mark.parametrize("column", ["decided_by", "reviewed_by"])
def test_the_table_itself_refuses_ones_own(database, column):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.execute(update(rows).where(rows.c.id == approval.id).values({column: rows.c.requested_by}))
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.execute(text(f"UPDATE approvals SET {column} = requested_by"))
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.execute(update(rows).values({column: "Zhao", "requested_by": "Zhao"}))
    with database.transaction() as tx:
        assert getattr(find_approval(tx, approval.id), column) is None
        tx.execute(update(rows).values({column: "Zhao"}))  # somebody else is no matter


def test_limits_and_delegations_of_ones_own_are_refused_by_their_tables(database):
    sums = ", ".join(
        f"{part}_{period}" for part in ("owed", "goodwill") for period in ("case", "day", "month")
    )
    with pytest.raises(IntegrityError, match="not_ones_own"), database.transaction() as tx:
        tx.execute(
            text(
                f"INSERT INTO limits_set (number, person, role, set_by, currency, at, {sums}) "
                "VALUES (1, 'Li', 'agent', 'Li', 'CNY', '2026', 1, 1, 1, 1, 1, 1)"
            )
        )
    with pytest.raises(IntegrityError, match="to_somebody_else"), database.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO delegations (id, number, giver, receiver, level, made_at, starts_at, ends_at) "
                "VALUES ('g-1', 1, 'Li', 'Li', 'agent', '2026', '2026', '2027')"
            )
        )


# ---------------------------------------------------------------- what was asked for


def test_a_yes_to_something_else_than_was_read_is_refused(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        with pytest.raises(OtherThing):
            give(tx, WANG, approval, seen="0" * 64)


def test_new_facts_void_a_request_and_the_record_says_what_changed(database):
    with database.transaction() as tx:
        sitting, case, approval = asked(tx)
        give(tx, WANG, approval)
        case = find_case(tx, case.id)
        case = cases.diagnose(sitting, case, a_complaint(**PUBLIC | {"verified": "250.00"}), "more broken")
        case, _ = negotiations.conclude(sitting, case)
        assert find_approval(tx, approval.id).state == "voided"
        [voided] = [each for each in find_history(tx, case.id) if each.name == "approval_voided"]
        assert set(voided.body["changed"]) >= {"amount", "decision"}
        with pytest.raises(NotAuthorised, match="ask for approval first"):
            play(sitting, case, told.Offered())
        with pytest.raises(ApprovalOver):
            give(tx, QIAN, approval)


def test_a_request_for_an_offer_is_void_once_the_customer_has_gone(database):
    with database.transaction() as tx:
        sitting, case, approval = asked(tx)
        case = play(sitting, case, told.Left())
        assert find_approval(tx, approval.id).state == "voided"
        assert [each.asked["kind"] for each in approvals_of(tx, case.id, 1)] == ["offer", "owed"]


def test_an_approval_is_used_once(database):
    with database.transaction() as tx:
        sitting, case, approval = asked(tx)
        case, _ = give(tx, WANG, approval)
        play(sitting, case, told.Offered())
        assert find_approval(tx, approval.id).state == "used"
        for actor in (WANG, QIAN):
            with pytest.raises(ApprovalOver):
                give(tx, actor, approval)


# ---------------------------------------------------------------- who may


def test_who_is_below_the_level_neither_gives_nor_refuses(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        for decide in (
            lambda: give(tx, SUN, approval),
            lambda: approvals.decline(a_sitting(tx, SUN), approval.id, reason="no", **BY),
            lambda: approvals.send_back(a_sitting(tx, SUN), approval.id, reason="no", **BY),
            lambda: approvals.assign(a_sitting(tx, SUN), approval.id, to=WANG, **BY),
        ):
            with pytest.raises(NotAuthorised, match="below that"):
                decide()


def test_another_sum_needs_the_level_that_it_needs(database):
    """A supervisor may agree to what was asked, and not to ten times as much."""
    with database.transaction() as tx:
        _, _, approval = asked(tx, verified="480.00")
        sitting = a_sitting(tx, WANG)
        with pytest.raises(NotAuthorised):
            negotiations.amend_approval(
                sitting, approval.id, seen=approval.digest, amount=cny("3100.00"), reason="more", **BY
            )
        assert find_approval(tx, approval.id).state == "requested"


def test_another_sum_is_never_below_what_is_owed(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        with pytest.raises(BadInput, match="below what is owed"):
            negotiations.amend_approval(
                a_sitting(tx, WANG),
                approval.id,
                seen=approval.digest,
                amount=cny("198.99"),
                reason="less",
                **BY,
            )


def test_who_was_given_a_request_decides_it_and_others_may_hand_it_on(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        approvals.assign(a_sitting(tx, WANG), approval.id, to=QIAN, **BY)
        with pytest.raises(NotAuthorised, match="was given to Qian to decide"):
            give(tx, WANG, approval)
        approvals.assign(a_sitting(tx, ZHAO), approval.id, to=WANG, **BY)  # Qian is ill
        give(tx, WANG, approval)


@pytest.mark.parametrize("to", [LI, MA])
def test_a_request_is_given_neither_to_the_one_who_asked_nor_to_somebody_too_low(database, to):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        with pytest.raises(Refused, match="cannot decide it"):
            approvals.assign(a_sitting(tx, WANG), approval.id, to=to, **BY)


# ---------------------------------------------------------------- what is owed


def test_what_is_owed_is_neither_declined_nor_sent_back_nor_changed(database):
    with database.transaction() as tx:
        _, case, approval = owed(tx)
        above = a_sitting(tx, WANG)
        said = {"reason": "no", **BY}
        with pytest.raises(Refused, match="cannot be declined"):
            negotiations.decline_approval(above, approval.id, **said)
        with pytest.raises(Refused, match="or sent back"):
            approvals.send_back(above, approval.id, **said)
        with pytest.raises(Refused, match="give it as it is"):
            negotiations.amend_approval(
                above, approval.id, seen=approval.digest, amount=cny("500.00"), **said
            )
        assert find_case(tx, case.id).open_duties >= {approval.id}


def test_what_is_owed_counts_against_whoever_said_yes(database):
    with database.transaction() as tx:
        sitting, case, approval = owed(tx)
        give(tx, WANG, approval)
        [row] = tx.execute(select(commitments)).all()
        assert (row.person, row.owed, row.goodwill, row.state) == ("Wang", 19900, 0, "owed")
        assert find_approval(tx, approval.id).state == "used"
        [promise] = promises_of(tx, case.id)
        promises.keep_promise(sitting, promise.id, "keep_promise")


def test_a_second_claim_for_what_is_owed_counts_with_the_first(database):
    """Two times 600 for one order: each is a supervisor's at most, both together are more than 800."""
    with database.transaction() as tx:
        first = _owed_for(tx, "C-1", "600.00")
        second = _owed_for(tx, "C-2", "600.00")
        assert first.level is second.level is Role.SENIOR_AGENT
        give(tx, SUN, first)
        with pytest.raises(NotAuthorised, match="needs a supervisor"):
            give(tx, SUN, second)
        give(tx, WANG, second)


def _owed_for(tx, name, verified):
    """A request for what is owed, made by an agent in a case that a supervisor has diagnosed."""
    sitting, above = a_sitting(tx, LI), a_sitting(tx, WANG)
    complaint = a_complaint(id=name, verified=verified)
    case = cases.open_case(above, complaint)
    case = cases.diagnose(above, case, complaint, None)
    case = cases.suggest_for_case(above, case)[0]
    case = play(sitting, case, told.Confirmed(), told.Left())
    [approval] = approvals_of(tx, case.id, 1)
    return approval


# ---------------------------------------------------------------- in somebody's place


def test_a_grant_in_somebodys_place_counts_against_them(database):
    with database.transaction() as tx:
        sitting, case, approval = asked(tx)
        delegate(tx, WANG, MA)
        case, given = give(tx, MA, approval, in_place_of="Wang")
        assert (given.decided_by, given.granted_by) == ("Ma", "Wang")
        play(sitting, case, told.Offered())
        assert tx.scalars(select(commitments.c.person)).all() == ["Wang"]


def test_nobody_stands_in_before_or_after_or_unasked(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        tomorrow = {"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=2)}
        delegate(tx, WANG, MA, **tomorrow)
        with pytest.raises(NotAuthorised, match="has not asked Ma"):
            give(tx, MA, approval, in_place_of="Wang")
        with pytest.raises(NotAuthorised, match="has not asked Ma"):
            give(tx, MA, approval, in_place_of="Zhao")
        late = a_sitting(tx, MA, now=NOW + timedelta(days=2))
        with pytest.raises(NotAuthorised, match="has not asked Ma"):
            approvals.give(late, approval.id, seen=approval.digest, in_place_of="Wang", **BY)


@pytest.mark.parametrize(
    ("giver", "to", "said", "place"),
    [
        (WANG, WANG, {}, "/to"),
        (WANG, Actor("Gu", Role.AUDITOR), {}, "/to"),
        (Actor("Hu", Role.ADMIN), WANG, {}, "/to"),
        (WANG, MA, {"ends_at": NOW}, "/ends_at"),
        (WANG, MA, {"starts_at": NOW - timedelta(days=9), "ends_at": NOW - timedelta(days=8)}, "/ends_at"),
    ],
)
def test_a_delegation_goes_to_somebody_else_who_may_and_is_not_over(database, giver, to, said, place):
    with database.transaction() as tx, pytest.raises(BadInput) as refused:
        delegate(tx, giver, to, **said)
    assert place in [fault.place for fault in refused.value.faults]


def test_a_delegation_is_in_the_log(database):
    with database.transaction() as tx:
        name = delegate(tx, WANG, MA)
        assert tx.execute(select(audit.c.actor, audit.c.event).where(audit.c.subject == name)).all() == [
            ("Wang", "delegated")
        ]


# ---------------------------------------------------------------- in an emergency


def test_in_an_emergency_one_level_may_be_passed_and_somebody_else_looks_at_it(database):
    with database.transaction() as tx:
        sitting, case = begun(tx, **URGENT, threatens_publicity=False)
        case, grant = negotiations.bypass_approval(sitting, case, "she is alone with it")
        case = play(sitting, case, told.Offered(), told.Accepted(option=1))
        assert tx.scalars(select(commitments.c.person)).all() == ["Li"]
        for promise in promises_of(tx, case.id):
            case, _ = promises.keep_promise(sitting, promise.id, "keep_promise")
        assert case.state is State.AGREED  # it waits for the review
        with pytest.raises(SameApprover):
            approvals.review_bypass(sitting, grant.id, right=True, reason="mine", **BY)
        case, seen = approvals.review_bypass(a_sitting(tx, SUN), grant.id, right=True, reason="yes", **BY)
        assert (seen.state, seen.reviewed_by) == ("reviewed", "Sun")
        assert case.state is State.FULFILLED


def test_two_levels_are_never_passed(database):
    with database.transaction() as tx:
        sitting, case = begun(tx, **URGENT | {"threatens_publicity": True})
        with pytest.raises(NotAuthorised, match="one level may be passed, not more"):
            negotiations.bypass_approval(sitting, case, "she is alone with it")


def test_what_is_no_emergency_waits(database):
    with database.transaction() as tx:
        sitting, case = begun(tx, SUN)
        with pytest.raises(NotAuthorised, match="is an emergency"):
            negotiations.bypass_approval(sitting, case, "I am in a hurry")


def test_an_emergency_does_not_pass_the_limits_of_the_level_that_is_passed(database):
    with database.transaction() as tx:
        sitting, case = begun(tx, **URGENT, threatens_publicity=False)
        put_commitment(
            tx,
            case_id="C-0",
            talk=1,
            state="agreed",
            person="Li",
            sums=granted("0.00", "2990.00"),
            customer_ref="k-0",
            order_ref="o-0",
            day=NOW.date(),
            now=NOW,
        )
        with pytest.raises(NotAuthorised, match=r"even the limits of a senior_agent \(goodwill_day\)"):
            negotiations.bypass_approval(sitting, case, "she is alone with it")


def test_a_grant_in_an_emergency_is_of_whoever_took_it_upon_themselves(database):
    with database.transaction() as tx:
        sitting, case = begun(tx, SUN, **URGENT | {"threatens_publicity": True})
        case, _ = negotiations.bypass_approval(sitting, case, "she is alone with it")
        play(a_sitting(tx, LI), case, told.Offered())
        assert tx.scalars(select(commitments.c.person)).all() == ["Sun"]


@pytest.mark.parametrize("fall", ["disabled", "demoted"])
def test_a_grant_in_an_emergency_falls_with_whoever_took_it_upon_themselves(database, fall):
    with database.transaction() as tx:
        by = Actor("Root", Role.ADMIN)
        create_person(tx, name="Sun", role=Role.SENIOR_AGENT, by=by, now=NOW)
        create_person(tx, name="Wei", role=Role.AGENT, by=by, now=NOW)
        sitting, case = begun(tx, SUN, **URGENT | {"threatens_publicity": True})
        case, _ = negotiations.bypass_approval(sitting, case, "she is alone with it")
        if fall == "disabled":
            disable_person(tx, "Sun", by=by, now=NOW, hand_over_to="Wei")
        else:
            set_role(tx, "Sun", Role.AGENT, by=by, now=NOW)
        with pytest.raises(NotAuthorised, match="needs a supervisor"):
            play(a_sitting(tx, LI), find_case(tx, case.id), told.Offered())


# ---------------------------------------------------------------- limits that were used up meanwhile


def test_an_approval_whose_giver_has_no_room_left_gives_way_to_a_new_request(database):
    with database.transaction() as tx:
        complaints = [{"id": f"C-{n}", "customer": None, "order": None} for n in (1, 2)]
        (one, first, yes), (two, second, also) = (asked(tx, **each) for each in complaints)
        limit_by_director(tx, WANG, "300.00")
        first, _ = give(tx, WANG, yes)
        second, _ = give(tx, WANG, also)
        play(one, first, told.Offered())
        with pytest.raises(NotAuthorised, match="ask for approval first"):
            play(two, second, told.Offered())
        second, again = negotiations.ask_approval(two, second)
        assert find_approval(tx, also.id).state == "voided"
        second, _ = give(tx, QIAN, again)
        play(two, second, told.Offered())
        assert set(tx.scalars(select(commitments.c.person))) == {"Wang", "Qian"}


def limit_by_director(tx, person, day):
    each = Limits(cny(day), cny(day), cny(day))
    set_limits(a_sitting(tx, ZHAO), person, PersonLimits(each, each), a_policy())


def test_a_decided_request_cannot_become_one_of_the_person_who_decided(database):
    with database.transaction() as tx:
        asked(tx)
        tx.execute(update(rows).values(decided_by="Wang"))
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.execute(update(rows).values(requested_by="Wang"))
