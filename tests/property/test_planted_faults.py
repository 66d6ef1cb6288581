"""The laws can fail: each small mistake below breaks its law within a few hundred complaints."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from settlement.complaint import CaseKind, Complaint
from settlement.decision import balance_point, entitlement, offers, position, severity, tracing, worth
from settlement.decision import decide as deciding
from settlement.decision.answer import Evaluated
from settlement.money import Money, Rounding
from settlement.roles import Role
from settlement.valuation import influence
from tests import laws
from tests.builders import a_policy
from tests.generated import generated

SEED = 20261124
WITHIN = 400

CENT = Money(1, "CNY")

Patch = pytest.MonkeyPatch
Mistake = Callable[[Patch], None]


def instead(patch: Patch, where: Any, name: str, change: Callable[..., Any]) -> None:
    """Let `change(real, …)` stand in for a function."""
    real = getattr(where, name)
    patch.setattr(where, name, lambda *args, **named: change(real, *args, **named))


def watched(patch: Patch) -> SimpleNamespace:
    """Where a mistake may look up the complaint that is just being decided."""
    seen = SimpleNamespace(complaint=None)

    def look(real: Callable[..., Any], complaint: Complaint, *rest: Any) -> Any:
        seen.complaint = complaint
        return real(complaint, *rest)

    instead(patch, deciding, "check_complaint", look)
    return seen


def followers(complaint: Complaint) -> int:
    customer = complaint.customer
    return customer.reach.followers if customer and customer.reach else 0


def changed_range(patch: Patch, change: Callable[[Any], dict[str, Money]]) -> None:
    def settle(real: Callable[..., Any], *args: Any, **named: Any) -> Any:
        found = real(*args, **named)
        return found.model_copy(update=change(found))

    instead(patch, position, "settlement_range", settle)


def changed_menu(patch: Patch, change: Callable[[list[Any]], Any]) -> None:
    instead(patch, offers, "build_menu", lambda real, *args: tuple(change(list(real(*args)))))


# ---- mistakes in one decision


def everybody_opens_at_the_base(patch: Patch) -> None:
    changed_range(patch, lambda found: {"opening": found.base})


def the_floor_is_paid_on_top_of_the_base(patch: Patch) -> None:
    changed_range(patch, lambda found: {"floor": found.base + CENT})


def the_round_is_saved_even_above_the_ceiling(patch: Patch) -> None:
    changed_range(patch, lambda found: {"opening": found.balance_point + Money(1500, "CNY")})


def the_ceiling_has_a_cent_too_much(patch: Patch) -> None:
    instead(patch, balance_point, "room", lambda real, *args: real(*args) + CENT)


def nothing_is_explained(patch: Patch) -> None:
    patch.setattr(offers, "choose_gestures", lambda *args: ())


def nothing_is_prevented(patch: Patch) -> None:
    patch.setattr(offers, "choose_prevention", lambda *args: ())


def a_cent_is_paid_where_nothing_is_due(patch: Patch) -> None:
    instead(patch, position, "nothing", lambda real, *args: real(*args).model_copy(update={"opening": CENT}))


def the_interest_survives_where_nothing_is_due(patch: Patch) -> None:
    patch.setattr(
        position,
        "nothing",
        lambda currency: balance_point.settlement_range(
            Money(0, currency), Money(0, currency), CENT, a_policy().terms.balance, only_face=False
        ),
    )


def an_option_has_a_cent_too_much(patch: Patch) -> None:
    changed_menu(
        patch,
        lambda options: [o.model_copy(update={"cash": o.cash + CENT}) if o.parts else o for o in options],
    )


def a_part_is_cheaper_than_it_is(patch: Patch) -> None:
    changed_menu(
        patch,
        lambda options: [o.model_copy(update={"cost": o.cost - CENT}) if o.parts else o for o in options],
    )


def what_is_owed_in_money_is_forgotten(patch: Patch) -> None:
    instead(patch, entitlement, "owed_in_money", lambda real, owed, currency: Money(0, currency))


def pure_cash_is_left_out(patch: Patch) -> None:
    changed_menu(patch, lambda options: options[1:] or options)


def an_option_costs_as_much_as_cash(patch: Patch) -> None:
    changed_menu(
        patch,
        lambda options: [o.model_copy(update={"cost": o.standard_value}) for o in options],
    )


def one_option_stands_twice(patch: Patch) -> None:
    changed_menu(patch, lambda options: [*options, options[-1].model_copy(update={"id": len(options) + 1})])


def every_instrument_suits_everything(patch: Patch) -> None:
    def build(real: Callable[..., Any], amount: Money, owed: Money, paid: Any, some: Any, *rest: Any) -> Any:
        return real(amount, owed, paid, a_policy().terms.instruments, *rest)

    instead(patch, offers, "build_menu", build)


def the_final_rung_is_always_the_ceiling(patch: Patch) -> None:
    patch.setattr(position, "final_amount", lambda found, demand, only_face: found.ceiling)


def the_demand_is_simply_paid(patch: Patch) -> None:
    patch.setattr(position, "final_amount", lambda found, demand, only_face: demand or found.ceiling)


def rows_are_no_reasons(patch: Patch) -> None:
    patch.setattr(tracing, "row_reasons", lambda evaluation: [])


def one_head_is_lost(patch: Patch) -> None:
    instead(patch, entitlement, "owed_by_head", lambda real, *args: real(*args)[1:])


def our_share_of_the_loss_is_always_whole(patch: Patch) -> None:
    instead(
        patch,
        entitlement,
        "owed_by_head",
        lambda real, claims, liability, loss: real(claims, Fraction(bool(liability)), loss),
    )


def the_award_is_rounded_down(patch: Patch) -> None:
    def rounded_down(liability: Fraction, award: Money) -> Money:
        return award.scale(liability, Rounding.DOWN)

    instead(patch, position, "award_for", a_crooked_award)
    patch.setattr(position, "desert", rounded_down)
    patch.setattr(tracing, "desert", rounded_down)


def a_crooked_award(real: Callable[..., Any], *args: Any) -> Any:
    """One that a share leaves with a fraction of a cent."""
    evaluation = real(*args)
    return replace(evaluation, values={**evaluation.values, "award": evaluation.values["award"] + 1})


def the_interest_is_rounded_down(patch: Patch) -> None:
    def rounded_down(gain: Fraction, lifetime: Money, influence: Money, cost: Money) -> Money:
        return (lifetime + min(influence, lifetime)).scale(gain, Rounding.DOWN) + cost

    patch.setattr(worth, "company_interest", rounded_down)


def abuse_is_overlooked(patch: Patch) -> None:
    instead(patch, deciding, "find_worth", lambda real, *args: replace(real(*args), abuse_established=False))


def unverified_followers_count(patch: Patch) -> None:
    def predict(real: Callable[..., Any], reach: Any, *args: Any) -> Any:
        return real(reach.model_copy(update={"verified": True}), *args)

    instead(patch, influence, "predicted_influence", predict)


def influence_is_worth_more_than_the_customer(patch: Patch) -> None:
    def double(real: Callable[..., Any], *args: Any) -> Any:
        found = real(*args)
        return replace(found, amount=found.amount + found.amount)

    instead(patch, worth, "influence_value", double)


def an_agent_may_grant_everything(patch: Patch) -> None:
    def agent(real: Callable[..., Any], *args: Any) -> Any:
        approval, evaluation = real(*args)
        return approval.model_copy(update={"level": Role.AGENT}), evaluation

    instead(patch, offers, "approval_for", agent)


def a_float_slips_in(patch: Patch) -> None:
    half = Evaluated(book="b", edition="e", steps=({"value": 0.5},))
    instead(patch, deciding, "traced", lambda real, evaluations: (*real(evaluations), half))


def complaints_are_taken_for_questions(patch: Patch) -> None:
    patch.setattr(deciding, "CaseKind", SimpleNamespace(COMPLAINT=CaseKind.CONSULTATION))


# ---- mistakes that two decisions show


def followers_lift_the_base_by_a_cent(patch: Patch) -> None:
    seen = watched(patch)
    cent_for = {True: CENT, False: Money(0, "CNY")}
    instead(patch, position, "desert", lambda real, *a: real(*a) + cent_for[followers(seen.complaint) > 0])


def a_known_customer_is_answered_first(patch: Patch) -> None:
    seen = watched(patch)
    instead(
        patch, deciding, "case_clocks", lambda real, *a: real(*a)[1 if followers(seen.complaint) else 0 :]
    )


def the_phone_is_graded_higher(patch: Patch) -> None:
    seen = watched(patch)

    def grade(real: Callable[..., Any], *args: Any) -> Any:
        found = real(*args)
        lifted = min(5, found.values["grade"] + (seen.complaint.case.channel == "phone"))
        return replace(found, values={**found.values, "grade": lifted})

    instead(patch, severity, "grade_severity", grade)


def a_threat_pays(patch: Patch) -> None:
    seen = watched(patch)

    def find(real: Callable[..., Any], *args: Any) -> Any:
        found = real(*args)
        loud = seen.complaint.complaint.signals.threatens_publicity
        return replace(found, interest=found.interest + CENT) if loud else found

    instead(patch, deciding, "find_worth", find)


def the_award_falls_with_the_grade(patch: Patch) -> None:
    instead(
        patch,
        position,
        "desert",
        lambda real, liability, award: real(liability, Money(102_000 - award.minor, "CNY")),
    )


def small_room_opens_at_the_ceiling(patch: Patch) -> None:
    """Tried and refused by the design: a larger base falls from the ceiling to the balance point."""
    room = Money(6000, "CNY")
    changed_range(
        patch, lambda found: {"opening": found.ceiling} if found.ceiling - found.base <= room else {}
    )


def value_is_taken_off(patch: Patch) -> None:
    def against(gain: Fraction, lifetime: Money, influence: Money, cost: Money) -> Money:
        return max(Money(0, "CNY"), cost - lifetime.scale(gain, Rounding.UP))

    patch.setattr(worth, "company_interest", against)


def influence_is_taken_off(patch: Patch) -> None:
    def against(gain: Fraction, lifetime: Money, influence: Money, cost: Money) -> Money:
        return (lifetime - min(influence, lifetime)).scale(gain, Rounding.UP) + cost

    patch.setattr(worth, "company_interest", against)


def a_counter_runs_along(patch: Patch) -> None:
    numbers = count()
    instead(patch, deciding, "unknowns", lambda real, complaint: [*real(complaint), f"call {next(numbers)}"])


def only_the_first_instruments_are_tried(patch: Patch) -> None:
    def build(real: Callable[..., Any], amount: Money, owed: Money, paid: Any, some: Any, *rest: Any) -> Any:
        listed = list(some)
        cash = [instrument for instrument in listed if instrument.kind == "cash"]
        return real(amount, owed, paid, [*cash, *listed[:3]], *rest)

    instead(patch, offers, "build_menu", build)


MISTAKES: dict[Callable[..., None], tuple[Mistake, ...]] = {
    laws.the_range_is_in_order: (
        everybody_opens_at_the_base,
        the_floor_is_paid_on_top_of_the_base,
        the_round_is_saved_even_above_the_ceiling,
    ),
    laws.the_ceiling_keeps_its_bound: (the_ceiling_has_a_cent_too_much,),
    laws.where_nothing_is_due_nothing_is_paid_and_much_is_said: (
        nothing_is_explained,
        nothing_is_prevented,
        a_cent_is_paid_where_nothing_is_due,
        the_interest_survives_where_nothing_is_due,
    ),
    laws.every_option_has_exactly_the_value_of_its_rung: (
        an_option_has_a_cent_too_much,
        a_part_is_cheaper_than_it_is,
    ),
    laws.cash_covers_what_is_owed_in_money: (what_is_owed_in_money_is_forgotten,),
    laws.the_first_option_is_cash_and_the_others_cost_less: (
        pure_cash_is_left_out,
        an_option_costs_as_much_as_cash,
        one_option_stands_twice,
    ),
    laws.every_part_suits_the_goods_and_the_problem: (every_instrument_suits_everything,),
    laws.the_final_rung_meets_the_demand_below_the_ceiling: (
        the_final_rung_is_always_the_ceiling,
        the_demand_is_simply_paid,
    ),
    laws.there_are_always_reasons: (rows_are_no_reasons,),
    laws.the_floor_is_what_is_owed: (one_head_is_lost, our_share_of_the_loss_is_always_whole),
    laws.every_sum_can_be_computed_again: (the_award_is_rounded_down, the_interest_is_rounded_down),
    laws.abuse_takes_the_interest_and_nothing_else: (abuse_is_overlooked,),
    laws.followers_alone_buy_nothing: (
        unverified_followers_count,
        influence_is_worth_more_than_the_customer,
    ),
    laws.nobody_grants_beyond_their_limits: (an_agent_may_grant_everything,),
    laws.no_number_is_a_float: (a_float_slips_in,),
    laws.only_a_complaint_gets_offers: (complaints_are_taken_for_questions,),
    laws.who_complains_moves_neither_floor_nor_base: (
        followers_lift_the_base_by_a_cent,
        a_known_customer_is_answered_first,
        the_phone_is_graded_higher,
    ),
    laws.loud_words_and_threats_move_no_amount: (a_threat_pays,),
    laws.more_severe_never_gets_less: (the_award_falls_with_the_grade, small_room_opens_at_the_ceiling),
    laws.more_value_never_gets_less: (value_is_taken_off, influence_is_taken_off),
    laws.the_same_again_gives_the_same_bytes: (a_counter_runs_along,),
    laws.the_order_of_instruments_does_not_matter: (only_the_first_instruments_are_tried,),
}


def breaches(law: Callable[..., None], complaints: int) -> Iterator[str]:
    """How the law is broken by generated complaints, one after the other."""
    for number in range(complaints):
        rng = Random(f"{SEED}:{number}")
        judged = [laws.judge(generated(rng))]
        if law in laws.TOGETHER:
            judged.append(laws.TOGETHER[law](rng, *judged))
        try:
            law(*judged)
        except AssertionError as broken:
            yield f"{number}: {broken}"


@pytest.mark.parametrize(
    ("law", "mistake"),
    [(law, mistake) for law, mistakes in MISTAKES.items() for mistake in mistakes],
    ids=lambda named: named.__name__,
)
def test_a_small_mistake_breaks_its_law(monkeypatch, law, mistake):
    mistake(monkeypatch)
    assert next(breaches(law, WITHIN), None)


@pytest.mark.parametrize("law", MISTAKES, ids=lambda law: law.__name__)
def test_no_law_is_broken_where_nothing_is_planted(law):
    assert list(breaches(law, 30)) == []


def test_every_law_has_a_mistake_that_breaks_it():
    assert set(MISTAKES) == {*laws.ALONE, *laws.TOGETHER}
