"""The state table of the adviser, row by row, and the rules beside it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from settlement.decision.decided import Decided
from settlement.errors import BadInput
from settlement.negotiation.advice import Advice, advise_next, waits_for_approval
from settlement.negotiation.events import (
    Accepted,
    Approved,
    Confirmed,
    Countered,
    Denied,
    FactsChanged,
    Item,
    ItemsSplit,
    Left,
    LegalActionTaken,
    Offered,
    Overridden,
    PartBlocked,
    Ranked,
    Refused,
    SafetyRaised,
    SelfHarmTold,
    Silent,
    Threatened,
    Wished,
    check_currency,
)
from settlement.negotiation.moves import takes_effect
from settlement.negotiation.talks import Authority
from settlement.roles import Role
from tests.builders import a_complaint, a_customer, cny, decided_for, granted

VALUED = a_customer(value="20000.00")
BEGUN = (Confirmed(), ItemsSplit(items=()))
OPENED = (*BEGUN, Offered())
WITH_ITEMS = (Confirmed(), ItemsSplit(items=(Item(kind="money", weight="must"),)))


def decided(**said: Any) -> Decided:
    """By default the second worked example: O 338.75, C 388.50, 199.00 of it owed."""
    said = {"harm": "financial", "verified": "199.00", "customer": VALUED} | said
    complaint = a_complaint(**said)
    return decided_for(complaint)


def advice(*history: Any, level: Role = Role.DIRECTOR, **said: Any) -> Advice:
    return advise_next(decided(**said), Authority(level), history)


def told(one: Advice) -> tuple[str, str, str | None]:
    """State, step and sum."""
    return one.state.value, one.step.value, None if one.amount is None else one.amount.amount


def test_at_first_we_listen_and_show_no_sum():
    one = advice()
    assert told(one) == ("listen", "confirm", None)
    assert one.talk == ("facts_back", "emotion_named")
    assert (one.menu, one.gestures, one.ask, one.need_level) == ((), (), (), None)


def test_what_is_confirmed_is_split_into_items():
    one = advice(Confirmed())
    assert told(one) == ("decompose", "decompose", None)
    assert one.talk == ("split_demand",)


def test_then_the_opening_is_due_with_one_concrete_apology():
    one = advice(*BEGUN)
    assert told(one) == ("due", "probe", "338.75")
    assert one.talk == ("sorry_that", "what_we_give")
    assert [option.id for option in one.menu] == [1, 2, 3, 4]
    assert one.gestures
    assert one.prevention
    assert told(advice(*OPENED)) == ("open", "probe", "338.75")


def test_where_face_is_at_stake_gestures_come_first():
    one = advice(*BEGUN, wants="both")
    assert one.talk == ("gesture_first", "sorry_that", "what_we_give")


def test_a_sum_above_the_level_is_shown_to_nobody_but_who_may_approve_it():
    one = advice(*BEGUN, level=Role.AGENT)
    assert told(one) == ("due", "approve", None)
    assert one.menu == ()
    assert one.need_level is Role.SENIOR_AGENT
    assert one.talk == ("keep_warm",)
    waits = waits_for_approval(decided(), Authority(Role.AGENT), BEGUN)
    assert waits is not None
    assert (waits.offer.amount, waits.approval.level) == (cny("338.75"), Role.SENIOR_AGENT)
    assert waits_for_approval(decided(), Authority(Role.SENIOR_AGENT), BEGUN) is None


def test_an_approval_lets_an_offer_be_put_up_to_its_sum():
    enough = Approved(level=Role.SENIOR_AGENT, amount=cny("338.75"))
    assert told(advice(*BEGUN, enough, Offered(), level=Role.AGENT)) == ("open", "probe", "338.75")
    for short in (
        Approved(level=Role.SENIOR_AGENT, amount=cny("338.74")),
        Approved(level=Role.AGENT, amount=cny("338.75")),
    ):
        assert told(advice(*BEGUN, short, Offered(), level=Role.AGENT)) == ("due", "approve", None)


@pytest.mark.parametrize("amount", ["300.00", "338.75", "400.00"])
def test_a_sum_that_the_approver_set_is_the_one_that_is_due(amount):
    set_by_them = Approved(level=Role.SUPERVISOR, amount=cny(amount), amended=True)
    one = advice(*BEGUN, set_by_them, level=Role.AGENT)
    assert told(one) == ("due", "probe", amount)
    put = advice(*BEGUN, set_by_them, Offered(), level=Role.AGENT)
    assert (told(put), put.overruled) == (("open", "probe", amount), 0)


def test_a_sum_that_the_approver_may_not_set_changes_nothing():
    for wrong in (
        Approved(level=Role.AGENT, amount=cny("400.00"), amended=True),  # too low a level
        Approved(level=Role.DIRECTOR, amount=cny("0.01"), amended=True),  # below what is owed
    ):
        assert told(advice(*BEGUN, wrong, level=Role.SUPERVISOR)) == ("due", "probe", "338.75")
    raised = (*OPENED, Countered(amount=cny("360.00")))
    low = Approved(level=Role.DIRECTOR, amount=cny("338.74"), amended=True)
    assert advice(*raised, low).amount == advice(*raised).amount, "never below what was offered"
    assert advice(*BEGUN[:1], low).state == "decompose"


def test_an_approval_of_the_old_facts_is_void_on_new_ones():
    history = (*BEGUN, Approved(level=Role.DIRECTOR, amount=cny("9999.00")), FactsChanged(decided()))
    assert told(advice(*history, level=Role.AGENT)) == ("due", "approve", None)


def test_what_a_colleague_of_a_higher_level_put_stays_put():
    history = (*BEGUN, Offered(level=Role.SUPERVISOR))
    assert told(advice(*history, level=Role.AGENT)) == ("open", "probe", "338.75")


def test_a_denied_opening_is_handed_over_and_a_denied_raise_leaves_the_offer():
    one = advice(*BEGUN, Denied(reason="not now"), level=Role.AGENT)
    assert told(one) == ("escalated", "hand_over", None)
    assert one.stop == "no_authority"
    again = advice(*OPENED, Countered(amount=cny("360.00")), Denied(reason="enough"))
    assert told(again) == ("open", "explain", "338.75")


def test_an_accepted_option_is_settled_as_it_was_shown():
    menu = advice(*OPENED).menu
    one = advice(*OPENED, Accepted(option=2))
    assert told(one) == ("settled", "settle", None)
    assert one.settled is not None
    assert (one.settled.option, one.settled.amount) == (menu[1], cny("338.75"))
    assert one.talk == ("thank", "promise_date", "prevention")
    assert one.stop is None


def test_an_option_that_was_not_shown_settles_nothing():
    assert advice(*OPENED, Accepted(option=None)) == advice(*OPENED)
    assert advice(*BEGUN, Accepted(option=1)) == advice(*BEGUN)


def test_a_counter_below_the_offer_gets_the_offer():
    one = advice(*OPENED, Countered(amount=cny("150.00")))
    assert told(one) == ("open", "confirm_yes", "338.75")
    assert one.talk == ("you_get_the_offer",)
    assert one.answers == 1


@pytest.mark.parametrize(
    ("named", "met"), [("360.00", "360.00"), ("388.50", "388.50"), ("2000.00", "388.50")]
)
def test_a_counter_above_the_offer_is_met_up_to_the_ceiling(named, met):
    one = advice(*OPENED, Countered(amount=cny(named)))
    assert told(one) == ("due", "exchange", met)
    assert one.ask == ("settle_today", "confirm_solved")


def test_the_lowest_sum_named_counts_wherever_it_was_named():
    assert told(advice(*OPENED, Ranked(order=(2,)), demand="350.00"))[2] == "350.00"
    assert told(advice(Countered(amount=cny("345.00")), *OPENED, Ranked(order=(2,)), demand="350.00"))[2] == (
        "345.00"
    )
    assert told(advice(*BEGUN, demand="2000.00"))[2] == "338.75"


def test_a_ranking_raises_to_the_ceiling_where_no_sum_was_named():
    assert told(advice(*OPENED, Ranked(order=(2, 1)))) == ("due", "exchange", "388.50")


@pytest.mark.parametrize("order", [(1, 1), (1, 4, 3, 2), (3,), (4, 4)], ids=str)
def test_a_ranking_of_what_was_shown_is_an_answer_and_another_is_none(order):
    is_answer = len(set(order)) == len(order)
    assert (advice(*OPENED, Ranked(order=order)).answers == 1) == is_answer


def test_the_first_wish_changes_the_form_at_the_same_sum_and_a_later_one_is_an_answer():
    one = advice(*OPENED, Wished(kind="repair"))
    assert told(one) == ("due", "other_form", "338.75")
    assert one.talk == ("other_form",)
    assert any(part.instrument == "repair_visit" for part in one.menu[1].parts)
    again = advice(*OPENED, Wished(kind="repair"), Offered(), Wished(kind="exchange"))
    assert told(again) == ("due", "exchange", "388.50")


def test_who_wants_face_gets_a_higher_apology_and_not_more_money():
    face = {"wants": "face", "harm": "inconvenience", "verified": None}
    first = advice(*OPENED, **face)
    one = advice(*OPENED, Wished(kind="apology"), **face)
    assert (first.gestures[1], one.gestures[1]) == ("apology_supervisor", "apology_director")
    assert told(one) == ("open", "gesture", "20.00")
    assert one.talk == ("apology_one_level_up",)
    assert told(advice(*OPENED, Ranked(order=(1,)), Ranked(order=(1,)), **face)) == (
        "open",
        "explain",
        "20.00",
    )
    assert told(advice(*OPENED, Countered(amount=cny("30.00")), **face)) == ("due", "exchange", "30.00")


def test_a_bare_no_gets_reasons_and_the_same_offer_and_the_second_ends_the_talks():
    one = advice(*OPENED, Refused())
    assert told(one) == ("open", "explain", "338.75")
    assert one.talk == ("reason", "accept_by")
    assert one.ask == ("which_is_nearest", "what_is_missing")
    two = advice(*OPENED, Refused(), Refused())
    assert told(two) == ("closed", "close", "338.75")
    assert two.stop == "stands"
    assert two.talk == ("offer_stands_until", "outside_routes", "owed_is_paid")


FREE = {"cause": "customer", "verified": None}
FACE = {"wants": "face", "harm": "inconvenience", "verified": None}


def test_a_bare_no_to_an_explanation_gets_a_reason_and_the_question_what_is_missing():
    one = advice(*OPENED, Refused(), **FREE)
    assert (told(one), one.why) == (("open", "explain", "0.00"), "bare_no")
    assert (one.talk, one.ask) == (("reason",), ("what_is_missing",))


@pytest.mark.parametrize(
    ("history", "said", "why"),
    [
        ((), {}, "not_confirmed"),
        ((Confirmed(),), {}, "not_split"),
        (BEGUN, {}, "opening_due"),
        (OPENED, {}, "offer_put"),
        ((*OPENED, Refused()), {}, "bare_no"),
        ((*OPENED, Refused(), Refused()), {}, "stands"),
        ((*OPENED, Silent()), {}, "no_answer"),
        ((*OPENED, Wished(kind="repair")), {}, "form_wished"),
        ((*OPENED, Countered(amount=cny("150.00"))), {}, "named_no_more"),
        ((*OPENED, Countered(amount=cny("360.00"))), {}, "answer_has_content"),
        ((*OPENED, Countered(amount=cny("360.00")), Denied(reason="no")), {}, "raise_declined"),
        ((*OPENED, Ranked(order=(1,)), Offered(), Ranked(order=(1,))), {}, "nothing_higher"),
        ((*OPENED, Wished(kind="apology")), FACE, "respect_asked"),
        ((*OPENED, Ranked(order=(1,)), Ranked(order=(1,))), FACE, "highest_apology"),
        ((*OPENED, FactsChanged(decided(verified="900.00"))), {}, "more_is_owed"),
        ((*BEGUN, FactsChanged(decided(verified="900.00"))), {}, "opening_due"),
        ((*OPENED, PartBlocked(instrument="voucher")), {}, "part_is_blocked"),
        ((*OPENED, Accepted(option=1)), {}, "said_yes"),
        ((*BEGUN, Denied(reason="no")), {}, "no_authority"),
        ((*OPENED, SafetyRaised()), {}, "safety"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_each_step_has_its_reason(history, said, why):
    assert advice(*history, **said).why == why


def test_who_may_not_put_an_offer_hears_that_somebody_must_agree():
    assert advice(*BEGUN, level=Role.AGENT).why == "needs_a_yes"


def test_refusals_count_only_in_a_row():
    kept = advice(*OPENED, Refused(), Countered(amount=cny("100.00")), Refused())
    assert kept.state.value == "open"


def test_a_new_offer_starts_the_count_of_refusals_and_silences_anew():
    put = override("340.00")
    assert advice(*OPENED, Refused(), put, Refused()).state.value == "open"
    assert advice(*OPENED, Silent(), Silent(), put, Silent()).state.value == "open"


def test_silence_is_no_consent_and_the_third_ends_the_talks():
    assert told(advice(*OPENED, Silent())) == ("open", "remind", "338.75")
    assert advice(*OPENED, Silent()).talk == ("remind",)
    one = advice(*OPENED, Silent(), Silent(), Silent())
    assert (one.state.value, one.stop, one.settled) == ("closed", "silence", None)
    assert advice(*OPENED, Silent(), Silent(), Refused(), Silent(), Silent()).state.value == "open"


def test_who_leaves_keeps_the_offer_and_before_an_offer_hears_of_other_routes():
    one = advice(*OPENED, Left())
    assert (told(one), one.stop) == (("closed", "close", "338.75"), "left")
    early = advice(Left())
    assert early.talk == ("outside_routes", "owed_is_paid")
    assert early.amount is None


def test_the_fourth_answer_ends_the_talks_where_nothing_is_due():
    less = Countered(amount=cny("1.00"))
    assert advice(*OPENED, less, less, less).state.value == "open"
    one = advice(*OPENED, less, less, less, less)
    assert (one.state.value, one.stop, one.answers) == ("closed", "rounds", 4)


def test_what_the_fourth_answer_makes_due_is_put_and_is_the_last_offer():
    wish = Wished(kind="explanation")
    four = (*OPENED, Refused(), wish, Refused(), Ranked(order=(1,)))
    assert told(advice(*four)) == ("due", "exchange", "388.50")
    last = (*four, Offered())
    assert advice(*last, Accepted(option=1)).settled is not None
    one = advice(*last, Refused())
    assert (one.state.value, one.stop, one.answers) == ("closed", "rounds", 4)


@pytest.mark.parametrize(
    ("event", "stop"),
    [
        (Threatened(kind="violence"), "violence"),
        (Threatened(kind="extortion"), "extortion"),
        (SelfHarmTold(), "self_harm"),
        (SafetyRaised(), "safety"),
        (LegalActionTaken(), "legal"),
    ],
)
@pytest.mark.parametrize("history", [(), BEGUN, (*WITH_ITEMS, Offered())], ids=["listening", "due", "open"])
def test_some_things_are_handed_over_at_once_without_any_sum(event, stop, history):
    one = advice(*history, event)
    assert told(one) == ("escalated", "hand_over", None)
    assert (one.stop, one.menu, one.items, one.settled) == (stop, (), (), None)
    assert one.talk[-1] == "hand_over"
    assert (one.talk[0] == "stay_with_you") == (stop == "self_harm")


def test_what_has_ended_stays_ended():
    for end in (Left(), Accepted(option=1), SafetyRaised()):
        history = (*OPENED, end)
        for event in (Offered(), Accepted(option=2), Countered(amount=cny("1.00")), FactsChanged(decided())):
            assert advice(*history, event) == advice(*history)


def test_a_sum_named_above_the_opening_brings_somebody_in_as_a_demand_does():
    small = {"verified": "100.00", "customer": a_customer(value="371.00")}
    assert told(advice(*BEGUN, level=Role.AGENT, **small)) == ("due", "probe", "195.00")
    one = advice(*OPENED, Countered(amount=cny("199.00")), level=Role.AGENT, **small)
    assert (told(one), one.need_level) == (("due", "approve", None), Role.SENIOR_AGENT)
    asked = advice(*OPENED, Ranked(order=(1,)), level=Role.AGENT, **small)
    assert told(asked) == ("due", "exchange", "199.99")


# ---- overruling


def override(amount: str, reason: str = "known for years", level: Role | None = Role.DIRECTOR) -> Overridden:
    return Overridden(amount=cny(amount), reason=reason, level=level)


@pytest.mark.parametrize("amount", ["199.00", "300.00", "500.00"])
def test_less_or_more_than_advised_can_be_put_and_is_counted(amount):
    one = advice(*BEGUN, override(amount))
    assert told(one) == ("open", "probe", amount)
    assert one.overruled == 1
    assert one.menu[0].cash == cny(amount)


@pytest.mark.parametrize(
    "void",
    [
        override("300.00", reason=""),
        override("300.00", reason="  "),
        override("300.00", level=None),
        override("300.00", level=Role.AGENT),
        override("300.00", level=Role.FINANCE),
        override("198.99"),
    ],
    ids=str,
)
def test_without_reason_or_level_or_below_what_is_owed_it_has_no_effect(void):
    assert advice(*BEGUN, void) == advice(*BEGUN)
    assert not takes_effect(decided(), Authority(Role.DIRECTOR), BEGUN, void)


def test_a_sum_with_which_more_was_granted_than_can_be_written_has_no_effect():
    one = decided()
    much = Decided(one.decision, one.complaint, one.policy, granted(owed="1.00"))
    largest = override("10000000000000.00")
    assert takes_effect(one, Authority(Role.DIRECTOR), BEGUN, largest)
    assert not takes_effect(much, Authority(Role.DIRECTOR), BEGUN, largest)


def test_it_never_goes_below_what_was_offered():
    assert advice(*OPENED, override("338.74")) == advice(*OPENED)
    assert told(advice(*OPENED, override("340.00"))) == ("open", "probe", "340.00")


def test_an_approval_covers_it():
    approved = Approved(level=Role.DIRECTOR, amount=cny("400.00"))
    one = advice(*BEGUN, approved, override("400.00", level=Role.AGENT), level=Role.AGENT)
    assert told(one) == ("open", "probe", "400.00")


def test_there_is_no_money_to_put_where_nothing_is_owed_and_the_cause_is_not_ours():
    free = {"cause": "customer", "verified": None}
    assert advice(*BEGUN, override("10.00"), **free) == advice(*BEGUN, **free)


# ---- new facts, blocked parts, nothing to give


def test_new_facts_never_take_back_what_was_offered():
    less = decided(customer=None, verified="10.00")
    one = advice(*OPENED, FactsChanged(less))
    assert told(one) == ("open", "probe", "338.75")
    assert advice(*OPENED, FactsChanged(less), Accepted(option=1)).settled.amount == cny("338.75")
    assert told(advice(*OPENED, FactsChanged(less), Ranked(order=(1,)))) == ("open", "explain", "338.75")


def test_new_facts_before_an_offer_change_what_is_due():
    assert told(advice(*BEGUN, FactsChanged(decided(verified="500.00")))) != told(advice(*BEGUN))


def test_an_offer_that_no_longer_gives_what_is_owed_is_due_anew():
    more = decided(verified="900.00")
    one = advice(*OPENED, FactsChanged(more))
    assert one.state.value == "due"
    assert one.amount == more.range.opening
    assert all(option.cash >= cny("900.00") for option in one.menu)
    denied = advice(*OPENED, FactsChanged(more), Denied(reason="no"))
    assert (denied.state.value, denied.stop) == ("escalated", "no_authority")
    assert advice(*OPENED, FactsChanged(more), Left()).amount is None


def test_an_option_that_gives_too_little_in_money_makes_a_new_offer_due():
    more = decided(verified="250.00")
    assert more.range.floor < cny("338.75")
    assert any(option.cash < cny("250.00") for option in advice(*OPENED).menu)
    one = advice(*OPENED, FactsChanged(more))
    assert one.state.value == "due"
    assert all(option.cash >= cny("250.00") for option in one.menu)


def test_a_wish_pending_when_facts_change_keeps_its_sum():
    history = (*OPENED, Wished(kind="repair"), FactsChanged(decided(demand="1.00")))
    assert told(advice(*history)) == ("due", "other_form", "338.75")


def uses(one: Advice, instrument: str) -> bool:
    return any(part.instrument == instrument for option in one.menu for part in option.parts)


def test_options_with_a_blocked_part_are_composed_anew_at_the_same_sum():
    before = advice(*OPENED)
    assert uses(before, "voucher")
    one = advice(*OPENED, PartBlocked(instrument="voucher"))
    assert told(one) == ("open", "recompose", "338.75")
    assert one.talk == ("part_blocked",)
    assert not uses(one, "voucher")
    assert not uses(advice(*BEGUN, PartBlocked(instrument="voucher")), "voucher")


def test_money_cannot_be_blocked_nor_what_the_policy_does_not_have():
    for instrument in ("cash", "balloons"):
        blocked = PartBlocked(instrument=instrument)
        assert advice(*OPENED, blocked) == advice(*OPENED)
        assert not takes_effect(decided(), Authority(Role.DIRECTOR), OPENED, blocked)


def test_if_it_was_agreed_already_the_customer_chooses_again_at_no_less():
    with_voucher = next(
        option.id for option in advice(*OPENED).menu if any(p.instrument == "voucher" for p in option.parts)
    )
    agreed = (*OPENED, Accepted(option=with_voucher))
    one = advice(*agreed, PartBlocked(instrument="voucher"))
    assert told(one) == ("open", "recompose", "338.75")
    assert one.settled is None
    assert advice(*agreed, PartBlocked(instrument="voucher"), Accepted(option=1)).settled is not None
    assert advice(*OPENED, Accepted(option=1), PartBlocked(instrument="voucher")).state.value == "settled"


def test_a_part_blocked_while_a_raise_is_due_is_gone_from_the_offer_on_the_table_too():
    history = (*OPENED, Countered(amount=cny("360.00")), PartBlocked(instrument="voucher"))
    assert told(advice(*history)) == ("due", "exchange", "360.00")
    assert not uses(advice(*history, Denied(reason="no")), "voucher")


def test_where_nothing_is_due_we_explain_and_a_yes_needs_no_option():
    free = {"cause": "customer", "verified": None}
    one = advice(*BEGUN, **free)
    assert told(one) == ("due", "probe", "0.00")
    assert one.talk == ("explain_cause",)
    assert one.gift is not None
    assert advice(**free).gift is None
    assert advice(*OPENED, Countered(amount=cny("0.00")), **free).talk == ("reason",)
    done = advice(*OPENED, Accepted(option=None), **free)
    assert done.settled is not None
    assert (done.settled.option, done.settled.amount) == (None, cny("0.00"))
    assert done.talk == ("thank", "prevention")
    assert advice(*OPENED, Accepted(option=1), **free) == advice(*OPENED, **free)
    assert advice(*OPENED, Refused(), **free).talk == ("reason",)
    assert advice(*OPENED, Wished(kind="credit"), **free).step.value == "explain"
    assert advice(*OPENED, Left(), **free).talk == ("outside_routes",)


# ---- what dates count from, and what does not fit


def test_dates_count_from_the_moment_of_the_offer():
    one = decided()
    later = one.moment + timedelta(days=10)
    moved = Decided(one.decision, one.complaint, one.policy, one.granted, counted_from=later)
    ready: list[datetime | None] = [
        advise_next(each, Authority(Role.DIRECTOR), BEGUN).menu[0].ready_by for each in (one, moved)
    ]
    assert ready[1] - ready[0] == timedelta(days=10)


def test_every_amount_in_another_currency_is_told():
    pounds = cny("1.00").of("1.00", "GBP")
    item = Item(kind="money", weight="must", amount=pounds)
    with pytest.raises(BadInput) as refused:
        check_currency(ItemsSplit(items=(Item(kind="face", weight="want"), item, item)), "CNY")
    assert [fault.place for fault in refused.value.faults] == ["/items/1/amount", "/items/2/amount"]
    with pytest.raises(BadInput):
        check_currency(Countered(amount=pounds), "CNY")
    check_currency(Countered(amount=cny("1.00")), "CNY")
