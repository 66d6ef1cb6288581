"""Grants at work: limits of persons, and every way of splitting a claim to get round them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from settlement.cases.authority import PersonLimits
from settlement.desk import approvals, cases, negotiations
from settlement.desk.case_file import facts_of
from settlement.desk.grants import granted_before, limits_of, limits_passed, set_limits
from settlement.errors import BadInput, NotAuthorised, Refused
from settlement.money import Money
from settlement.negotiation import events as told
from settlement.roles import LEVELS, Actor, Role
from settlement.rules.library import Books, Release
from settlement.rules.live_policy import Policy
from settlement.rules.policy import Limits
from settlement.store.approvals import approvals_of
from settlement.store.cases import find_case
from settlement.store.grants import find_limits, put_commitment
from settlement.store.tables import audit, commitments
from tests.builders import a_complaint, a_customer, a_policy, books, cny, granted
from tests.sittings import NOW, a_sitting

LI, MA, SUN = Actor("Li", Role.AGENT), Actor("Ma", Role.AGENT), Actor("Sun", Role.SENIOR_AGENT)
WANG, ZHAO = Actor("Wang", Role.SUPERVISOR), Actor("Zhao", Role.DIRECTOR)
MIDNIGHT = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
"""Where the first of April begins in Shanghai."""


def flat(owed, goodwill):
    """The same limit in a case, a day and a month."""
    return PersonLimits(Limits(*[cny(owed)] * 3), Limits(*[cny(goodwill)] * 3))


def suggested(tx, name, actor=LI, now=NOW, linked_to=None, **facts):
    """A case in which the opening offer is due: 80.00 that are owed, and 26.00."""
    sitting = a_sitting(tx, actor, now=now)
    complaint = a_complaint(id=name, **{"verified": "80.00", "received_at": now.isoformat()} | facts)
    case = cases.open_case(sitting, complaint, linked_to=linked_to)
    case = cases.diagnose(sitting, case, complaint, None)
    case = cases.suggest_for_case(sitting, case)[0]
    for event in (told.Confirmed(), told.ItemsSplit(items=())):
        case, _ = negotiations.play_round(sitting, case, event)
    return sitting, case


def offer(sitting, case):
    return negotiations.play_round(sitting, case, told.Offered())[0]


def before(tx, now, person, **said):
    """What somebody granted at a moment, to somebody else unless said."""
    put_commitment(
        tx,
        **{
            "case_id": f"C-{now.timestamp()}",
            "talk": 1,
            "state": "agreed",
            "person": person,
            "sums": granted("80.00", "26.00"),
            "customer_ref": "k-else",
            "order_ref": "o-else",
            "day": (now + timedelta(hours=8)).date(),
            "now": now,
        }
        | said,
    )


# ---------------------------------------------------------------- splitting


SPLIT = [
    # how a claim is split in two, and whether both parts count together
    ({}, {}, True),  # one customer, one order
    ({}, {"customer": a_customer(id="K-8")}, True),  # one order, somebody else
    ({}, {"order_id": "O-2"}, True),  # one customer, another order
    ({"customer": None}, {"customer": None}, True),  # one order of nobody we know
    ({"order": None}, {"order": None}, True),  # one customer, no order
    ({}, {"order_id": "O-2", "customer": a_customer(id="K-8")}, False),  # strangers
    ({"customer": None, "order": None}, {"customer": None, "order": None}, False),  # two who are unknown
]


@pytest.mark.parametrize(("one", "other", "together"), SPLIT)
@pytest.mark.parametrize("second", [LI, MA], ids=["one agent", "two agents"])
def test_two_claims_count_together_where_they_are_of_one_order_or_customer(
    database, one, other, together, second
):
    """Both were suggested before either was offered; 150.00 are each agent's limit of what is owed."""
    with database.transaction() as tx:
        for agent in (LI, MA):
            set_limits(a_sitting(tx, ZHAO), agent, flat("150.00", "100.00"), a_policy())
        first_sitting, first = suggested(tx, "C-1", **one)
        then_sitting, then = suggested(tx, "C-2", second, **other)
        offer(first_sitting, first)
        same_person = second is LI
        if together or same_person:
            limit = "owed_case" if together else "owed_day"
            with pytest.raises(NotAuthorised, match=limit):
                offer(then_sitting, then)
        else:
            offer(then_sitting, then)


def test_an_order_that_is_named_only_in_the_talks_counts_all_the_same(database):
    with database.transaction() as tx:
        set_limits(a_sitting(tx, ZHAO), LI, flat("150.00", "100.00"), a_policy())
        sitting, first = suggested(tx, "C-1", order=None, customer=None)
        first = offer(sitting, first)
        named = a_complaint(id="C-1", verified="80.00", received_at=NOW.isoformat())
        cases.diagnose(sitting, first, named, "it was order O-1")
        sitting, second = suggested(tx, "C-2", MA)
        assert granted_before(sitting, facts_of(sitting, second), a_policy(), but=("C-2", 1)) == granted(
            "80.00", "26.00"
        )


@pytest.mark.parametrize("offered_first", ["C-1", "C-2", "C-3"])
def test_cases_that_are_linked_count_together_whichever_is_offered_first(database, offered_first):
    """Of nobody we know: two that follow the first, and only that ties them together."""
    with database.transaction() as tx:
        set_limits(a_sitting(tx, ZHAO), LI, flat("150.00", "100.00"), a_policy())
        found = {"C-1": suggested(tx, "C-1", order=None, customer=None)}
        for name in ("C-2", "C-3"):
            found[name] = suggested(tx, name, linked_to="C-1", order=None, customer=None)
        offer(*found.pop(offered_first))
        for sitting, case in found.values():
            with pytest.raises(NotAuthorised, match="owed_case"):
                offer(sitting, case)


@pytest.mark.parametrize("other", [{"order_id": "O-9"}, {"customer": a_customer(id="K-9")}, {"order": None}])
def test_what_was_offered_for_one_order_is_not_moved_to_another(database, other):
    with database.transaction() as tx:
        sitting, case = suggested(tx, "C-1")
        case = offer(sitting, case)
        changed = a_complaint(id="C-1", verified="80.00", received_at=NOW.isoformat(), **other)
        with pytest.raises(BadInput, match="is not that of the talks"):
            cases.diagnose(sitting, case, changed, "it was another")


def test_the_table_of_approvals_counts_what_an_order_got_as_well(database):
    """An agent may grant 300.00; three times 106.00 for one order are more, in however many claims."""
    with database.transaction() as tx:
        found = [suggested(tx, f"C-{number}") for number in (1, 2, 3)]
        offer(*found[0])
        offer(*found[1])
        with pytest.raises(NotAuthorised, match="needs a senior_agent"):
            offer(*found[2])


def test_what_is_owed_when_talks_end_counts_with_what_an_order_got_as_well(database):
    """80.00 are an agent's to pay, but not beside the 286.00 that were offered for the order meanwhile."""
    with database.transaction() as tx:
        sitting, ends = suggested(tx, "C-1")
        offer(*suggested(tx, "C-2", verified="199.00"))
        ends, _ = negotiations.play_round(sitting, ends, told.Left())
        [approval] = approvals_of(tx, "C-1", 1)
        assert (approval.asked["kind"], approval.level) == ("owed", Role.SENIOR_AGENT)
        assert tx.scalars(select(commitments.c.case_id)).all() == ["C-2"]


def test_what_was_granted_before_the_window_counts_no_more(database):
    with database.transaction() as tx:
        sitting, case = suggested(tx, "C-1")
        facts = facts_of(sitting, case)
        names = {"customer_ref": facts.customer.id, "order_ref": facts.order.id}
        before(tx, NOW - timedelta(days=90), "Ma", **names)
        before(tx, NOW - timedelta(days=90, seconds=1), "Ma", **names)
        assert granted_before(sitting, facts, a_policy(), but=("C-1", 1)) == granted("80.00", "26.00")


@pytest.mark.parametrize(
    ("since", "passed"),
    [
        (timedelta(0), ("owed_day", "owed_month")),
        (timedelta(hours=1), ("owed_day", "owed_month")),
        (timedelta(days=2), ("owed_month",)),
        (timedelta(days=40), ()),
    ],
)
def test_a_day_and_a_month_are_those_of_the_place(database, since, passed):
    """The last second of the thirtieth of April in Shanghai is still in the month."""
    limits = PersonLimits(Limits(cny("500.00"), cny("100.00"), cny("150.00")), Limits(*[cny("500.00")] * 3))
    with database.transaction() as tx:
        now = MIDNIGHT + timedelta(days=30) - timedelta(seconds=1)
        set_limits(a_sitting(tx, ZHAO), LI, limits, a_policy())
        before(tx, now - since, "Li")
        sitting, case = suggested(tx, "C-1", MA, now=now)
        found = limits_passed(
            sitting, LI, granted("80.00"), facts_of(sitting, case), a_policy(), but=("C-1", 1)
        )
        assert found == passed


def test_the_first_of_a_month_begins_anew(database):
    limits = PersonLimits(Limits(*[cny("100.00")] * 3), Limits(*[cny("100.00")] * 3))
    with database.transaction() as tx:
        set_limits(a_sitting(tx, ZHAO), LI, limits, a_policy())
        before(tx, MIDNIGHT - timedelta(seconds=1), "Li")
        sitting, case = suggested(tx, "C-1", now=MIDNIGHT)
        offer(sitting, case)


def test_an_offer_takes_the_place_of_the_one_before_it_in_the_same_talks(database):
    with database.transaction() as tx:
        sitting, case = suggested(tx, "C-1", WANG)
        case = offer(sitting, case)
        happened = told.Overridden(amount=cny("140.00"), reason="a long wait")
        negotiations.play_round(sitting, case, happened)
        [row] = tx.execute(select(commitments)).all()
        assert (row.person, row.owed, row.goodwill) == ("Wang", 8000, 6000)


def test_what_is_owed_and_goodwill_are_told_apart_by_the_facts_as_they_are_now(database):
    with database.transaction() as tx:
        sitting, case = suggested(tx, "C-1", WANG)
        more = a_complaint(id="C-1", verified="100.00", received_at=NOW.isoformat())
        case = cases.diagnose(sitting, case, more, "more was broken")
        case, advice = negotiations.conclude(sitting, case)
        offer(sitting, case)
        [row] = tx.execute(select(commitments)).all()
        assert row.owed == 10000
        assert row.owed + row.goodwill == advice.amount.minor


# ---------------------------------------------------------------- two currencies


def both_policies():
    """The shipped policy, and the same in euros."""
    euros = a_policy(
        ('id = "retail-cn"', 'id = "retail-eu"'), ('currency = "CNY"', 'currency = "EUR"')
    ).edition
    released = [each for each in books().editions if books().is_released(each)]
    return Books(
        [*released, euros], [Release(each.id, each.edition, each.digest) for each in (*released, euros)]
    )


def eur(amount):
    return {"amount": amount, "currency": "EUR"}


def suggested_in_euros(tx, name, shelf, actor=LI):
    facts = {"policy": "retail-eu", "verified": eur("80.00"), "claimed": None, "paid": eur("899.00")}
    sitting = a_sitting(tx, actor, books=shelf)
    complaint = a_complaint(id=name, received_at=NOW.isoformat(), customer=None, **facts)
    case = cases.diagnose(sitting, cases.open_case(sitting, complaint), complaint, None)
    case = cases.suggest_for_case(sitting, case)[0]
    for event in (told.Confirmed(), told.ItemsSplit(items=())):
        case, _ = negotiations.play_round(sitting, case, event)
    return sitting, case


def test_limits_in_one_currency_are_not_got_round_by_settling_in_another(database):
    """One loss, split: half of it in yuan, within the limits of the person, half in euros."""
    shelf = both_policies()
    with database.transaction() as tx:
        set_limits(a_sitting(tx, ZHAO), LI, flat("100.00", "50.00"), a_policy())
        offer(*suggested(tx, "C-1", order_id="O-2"))
        sitting, case = suggested_in_euros(tx, "C-2", shelf)
        with pytest.raises(NotAuthorised, match="owed_case"):
            offer(sitting, case)
        case, asked = negotiations.ask_approval(sitting, case)
        assert asked.level is Role.SENIOR_AGENT
        mine = {"seen": asked.digest, "operation": "decide_approval"}
        set_limits(a_sitting(tx, ZHAO), SUN, flat("100.00", "50.00"), a_policy())
        with pytest.raises(NotAuthorised, match="your own limits"):
            approvals.give(a_sitting(tx, SUN, books=shelf), asked.id, **mine)
        approvals.give(a_sitting(tx, WANG, books=shelf), asked.id, **mine)
        offer(sitting, find_case(tx, "C-2"))


def test_who_has_limits_in_each_currency_grants_within_each(database):
    shelf = both_policies()
    in_euros = Policy.of(shelf.policy_for("retail-eu", NOW.date()))
    with database.transaction() as tx:
        boss = a_sitting(tx, ZHAO, books=shelf)
        set_limits(boss, LI, flat("100.00", "50.00"), a_policy())
        hundred, fifty = Money.of("100.00", "EUR"), Money.of("50.00", "EUR")
        set_limits(boss, LI, PersonLimits(Limits(*[hundred] * 3), Limits(*[fifty] * 3)), in_euros)
        offer(*suggested(tx, "C-1", order_id="O-2"))
        offer(*suggested_in_euros(tx, "C-2", shelf))


def test_whose_limits_were_never_set_has_those_of_the_role_in_each_currency(database):
    with database.transaction() as tx:
        offer(*suggested_in_euros(tx, "C-2", both_policies()))


# ---------------------------------------------------------------- limits of persons


def test_limits_that_were_set_stand_in_place_of_those_of_the_role(database):
    with database.transaction() as tx:
        sitting = a_sitting(tx, ZHAO)
        assert limits_of(sitting, LI, a_policy()).owed == a_policy().terms.owed_limits[Role.AGENT]
        for each in (flat("10.00", "1.00"), flat("20.00", "2.00")):
            set_limits(sitting, LI, each, a_policy())
        assert limits_of(sitting, LI, a_policy()) == flat("20.00", "2.00")
        assert find_limits(tx, Actor("Ma", Role.AGENT), "CNY") is None


def test_who_set_which_limits_is_in_the_log(database):
    with database.transaction() as tx:
        set_limits(a_sitting(tx, ZHAO), LI, flat("10.00", "1.00"), a_policy())
        [entry] = tx.execute(select(audit).where(audit.c.event == "limits_set")).all()
        assert (entry.actor, entry.subject) == ("Zhao", "Li")
        assert '"owed_case":"10.00"' in entry.body


@pytest.mark.parametrize(
    ("who", "whom", "limits", "why"),
    [
        (LI, LI, flat("1.00", "1.00"), "nobody sets their own"),
        (ZHAO, ZHAO, flat("1.00", "1.00"), "nobody sets their own"),
        (WANG, SUN, flat("999999.00", "1.00"), "above your own"),
        (LI, ZHAO, flat("1.00", "1.00"), "Zhao is above you"),
        (SUN, WANG, flat("1.00", "1.00"), "Wang is above you"),
        (Actor("Fei", Role.FINANCE), LI, flat("1.00", "1.00"), "grants nothing and sets no limits"),
        (Actor("Hu", Role.ADMIN), LI, flat("1.00", "1.00"), "grants nothing and sets no limits"),
    ],
)
def test_limits_are_set_by_somebody_else_of_that_level_within_their_own(database, who, whom, limits, why):
    with database.transaction() as tx:
        with pytest.raises(NotAuthorised, match=why):
            set_limits(a_sitting(tx, who), whom, limits, a_policy())
        assert find_limits(tx, whom, "CNY") is None


def test_who_grants_nothing_is_given_no_limits(database):
    with database.transaction() as tx, pytest.raises(Refused, match="grants nothing"):
        set_limits(a_sitting(tx, ZHAO), Actor("Gu", Role.AUDITOR), flat("1.00", "1.00"), a_policy())


def test_limits_that_were_lowered_are_lower_for_those_who_set_others(database):
    with database.transaction() as tx:
        set_limits(a_sitting(tx, ZHAO), WANG, flat("50.00", "5.00"), a_policy())
        with pytest.raises(NotAuthorised, match="above your own"):
            set_limits(a_sitting(tx, WANG), LI, flat("50.01", "5.00"), a_policy())
        set_limits(a_sitting(tx, WANG), LI, flat("50.00", "5.00"), a_policy())


@pytest.mark.parametrize("role", [role for role in Role if role not in LEVELS])
def test_who_grants_nothing_puts_no_offer(database, role):
    with database.transaction() as tx:
        _, case = suggested(tx, "C-1")
        with pytest.raises(NotAuthorised, match="not yours to put"):
            offer(a_sitting(tx, Actor("Gu", role)), case)
