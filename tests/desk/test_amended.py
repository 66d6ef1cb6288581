"""A sum that an approver set in place of the one asked for: due as such, put as theirs, counted as theirs."""

import pytest
from sqlalchemy import select

from settlement.desk import cases, negotiations
from settlement.desk.reports import Period, report
from settlement.errors import BadInput, NotAuthorised, Refused
from settlement.negotiation import events as told
from settlement.store.approvals import find_approval
from settlement.store.cases import find_history
from settlement.store.tables import commitments
from tests.builders import a_complaint, cny
from tests.desk.test_approvals import (
    BY,
    PUBLIC,
    QIAN,
    WANG,
    ZHAO,
    asked,
    begun,
    give,
    limit_by_director,
    play,
)
from tests.sittings import a_sitting


def amended(tx, approval, by, amount):
    """Another sum than was asked for, set by the approver."""
    return negotiations.amend_approval(
        a_sitting(tx, by), approval.id, seen=approval.digest, amount=cny(amount), reason="waits long", **BY
    )


@pytest.mark.parametrize("amount", ["200.00", "300.00"])
def test_a_sum_that_the_approver_set_is_due_and_put_as_the_approvers(database, amount):
    """Lower or higher than was asked for: it is no override of who talks."""
    with database.transaction() as tx:
        sitting, _, approval = asked(tx)
        case, given = amended(tx, approval, WANG, amount)
        advice = negotiations.advice_for(sitting, case)
        assert (advice.amount, advice.step, advice.need_level) == (cny(amount), "probe", None)
        assert given.granted["amount"]["amount"] == amount
        case, advice = negotiations.play_round(sitting, case, told.Offered())
        assert (advice.amount, advice.overruled) == (cny(amount), 0)
        assert find_approval(tx, approval.id).state == "used"
        assert "overridden" not in [event.name for event in find_history(tx, case.id)]
        [offered] = [event for event in find_history(tx, case.id) if event.name == "offered"]
        assert (offered.body["amount"]["amount"], offered.body["level"]) == (amount, "supervisor")
        assert tx.scalars(select(commitments.c.person)).all() == ["Wang"]
    with database.reading() as tx:
        sitting = a_sitting(tx, ZHAO)
        [row] = report(sitting, "approvals", Period())
        assert (row["approver"], row["amended"], row["unchanged"]) == ("Wang", 1, 0)
        assert row["follow_rate"] == "0.0000"
        [row] = report(sitting, "overrides", Period())
        assert (row["person"], row["offers"], row["overrides"]) == ("Li", 1, 0)


def test_a_sum_that_the_approver_set_is_theirs_though_others_might_have_put_it(database):
    with database.transaction() as tx:
        _, _, approval = asked(tx)
        case, _ = amended(tx, approval, WANG, "201.00")
        play(a_sitting(tx, ZHAO), case, told.Offered())
        assert tx.scalars(select(commitments.c.person)).all() == ["Wang"]
        assert find_approval(tx, approval.id).state == "used"


def test_what_the_approver_set_is_not_asked_for_again(database):
    with database.transaction() as tx:
        sitting, _, approval = asked(tx)
        case, _ = amended(tx, approval, WANG, "300.00")
        with pytest.raises(Refused, match="is approved already"):
            negotiations.ask_approval(sitting, case)
        assert find_approval(tx, approval.id).state == "approved"


def test_what_the_approver_set_stands_while_the_offer_is_composed_as_it_was(database):
    with database.transaction() as tx:
        sitting, _, approval = asked(tx)
        case, _ = amended(tx, approval, WANG, "300.00")
        case = play(sitting, case, told.Countered(amount=cny("9000.00")))
        assert find_approval(tx, approval.id).state == "approved"
        play(sitting, case, told.Offered())
        assert find_approval(tx, approval.id).state == "used"


def test_new_facts_void_a_sum_that_the_approver_set_too(database):
    with database.transaction() as tx:
        sitting, _, approval = asked(tx)
        case, _ = amended(tx, approval, WANG, "300.00")
        case = cases.diagnose(sitting, case, a_complaint(**PUBLIC | {"verified": "250.00"}), "more broken")
        case, advice = negotiations.conclude(sitting, case)
        assert find_approval(tx, approval.id).state == "voided"
        assert (advice.amount, advice.need_level) == (None, "supervisor")
        [voided] = [each for each in find_history(tx, case.id) if each.name == "approval_voided"]
        assert voided.body["changed"]["amount"]["was"]["amount"] == "300.00"


def test_where_the_approver_has_no_room_left_what_the_rules_advise_is_asked_for_again(database):
    with database.transaction() as tx:
        complaints = [{"id": f"C-{n}", "customer": None, "order": None} for n in (1, 2)]
        (one, first, yes), (two, _, also) = (asked(tx, **each) for each in complaints)
        limit_by_director(tx, WANG, "310.00")
        first, _ = give(tx, WANG, yes)
        second, _ = amended(tx, also, WANG, "300.00")
        play(one, first, told.Offered())
        with pytest.raises(NotAuthorised, match="ask for approval first"):
            play(two, second, told.Offered())
        second, again = negotiations.ask_approval(two, second)
        assert find_approval(tx, also.id).state == "voided"
        assert again.asked == also.asked
        second, _ = give(tx, QIAN, again)
        play(two, second, told.Offered())


def test_another_sum_is_never_below_what_the_customer_has_been_offered(database):
    with database.transaction() as tx:
        above = a_sitting(tx, ZHAO)
        _, case = begun(tx)
        case = play(above, case, told.Overridden(amount=cny("330.00"), reason="waits long"))
        case = play(a_sitting(tx), case, told.Wished(kind="credit"))
        _, approval = negotiations.ask_approval(a_sitting(tx), case)
        with pytest.raises(BadInput, match="below the offer"):
            amended(tx, approval, ZHAO, "329.99")
