"""Options of equal value: the worked example, what suits whom, and when it is ready."""

from typing import Any

import pytest

from settlement.decision.answer import Decision, Option
from tests.builders import a_customer, a_policy, cny, decide_for

EXAMPLE = {
    "harm": "financial",
    "verified": "199.00",
    "problem": "communication",
    "paid": "1999.00",
    "customer": a_customer(value="20000.00"),
}


def shown(option: Option) -> str:
    parts = [f"{part.instrument} {part.face.amount}" for part in option.parts]
    return f"{' + '.join([*parts, option.cash.amount])} costs {option.cost.amount}"


def opening(decision: Decision) -> list[str]:
    return [shown(option) for option in decision.offers[0].options]


def test_the_worked_example_gives_its_options_exactly():
    decision = decide_for(**EXAMPLE)
    assert opening(decision) == [
        "338.75 costs 338.75",
        "power_bank_tutorial 99.00 + voucher 65.00 + 202.60 costs 286.15",
        "other_model 140.00 + voucher 15.00 + 200.75 costs 293.75",
        "voucher 170.00 + 202.75 costs 304.75",
    ]


def test_a_cheap_return_takes_the_place_of_the_dearest_kind():
    options = opening(decide_for(**EXAMPLE | {"paid": "399.00"}))
    assert len(options) == 4
    assert any(
        option.startswith("return_refund 399.00") or "return_refund 399.00" in option for option in options
    )


def test_without_the_price_paid_there_is_no_return():
    assert not any("return_refund" in option for option in opening(decide_for(**EXAMPLE, order=None)))


def test_without_an_order_only_what_suits_every_kind_of_goods_is_offered():
    decision = decide_for(**EXAMPLE, order=None)
    assert opening(decision) == ["338.75 costs 338.75", "voucher 170.00 + 202.75 costs 304.75"]
    assert "order_unknown" in decision.warnings


@pytest.mark.parametrize(
    ("category", "problem", "expected"),
    [
        ("electronics", "product", {"power_bank_tutorial", "return_refund", "other_model", "voucher"}),
        ("food", "service", {"fee_waiver", "new_dispatch", "voucher"}),
        ("service", "service", {"fee_waiver", "voucher"}),
        ("other", "product", {"voucher"}),
        ("clothing", "communication", {"return_refund", "voucher"}),
    ],
)
def test_only_instruments_that_suit_goods_and_problem_are_offered(category, problem, expected):
    decision = decide_for(**EXAMPLE | {"problem": problem, "paid": "900.00"}, category=category)
    used = {part.instrument for option in decision.offers[0].options for part in option.parts}
    assert used == expected


def test_a_part_that_is_a_trinket_beside_the_cash_is_not_offered():
    """150.00 of goodwill beside 5,000.00 owed: less than 5 % of the sum."""
    decision = decide_for(verified="4900.00", customer=a_customer(established=True))
    assert len(decision.offers[0].options) == 1


def test_an_instrument_that_is_taken_out_is_not_offered():
    policy = a_policy(('id = "power_bank_tutorial"', 'id = "power_bank_tutorial"\navailable = false'))
    assert not any("power_bank" in option for option in opening(decide_for(**EXAMPLE, policy=policy)))


def test_an_instrument_that_takes_too_long_is_not_offered():
    policy = a_policy(('longest_lead = "7 wd"', 'longest_lead = "3 d"'))
    assert not any("other_model" in option for option in opening(decide_for(**EXAMPLE, policy=policy)))


def test_the_final_rung_has_a_menu_of_its_own_sum():
    final = decide_for(**EXAMPLE, demand="360.00").offers[1]
    assert {option.standard_value for option in final.options} == {cny("360.00")}
    assert final.options[0].cash == cny("360.00")


def ready(decision: Decision) -> dict[str, str]:
    """When each option is ready, by its main part."""
    options = decision.offers[0].options
    return {
        option.parts[0].instrument if option.parts else "cash": str(option.ready_by)[:10]
        for option in options
    }


def before_the_spring_festival(**said: Any) -> Decision:
    """Received on a Friday; the Saturday is worked, then nine days off."""
    return decide_for(**EXAMPLE, received_at="2026-02-13T10:00:00+08:00", **said)


def test_an_option_is_ready_when_its_last_part_is():
    """The exchange takes three working days, the money three days."""
    found = ready(before_the_spring_festival())
    assert found["cash"] == found["power_bank_tutorial"] == found["voucher"] == "2026-02-16"
    assert found["other_model"] == "2026-02-25"


def test_the_later_date_counts_where_a_rough_guess_would_say_otherwise():
    """Ten days are as a rule longer than seven working days, but not over the festival."""
    policy = a_policy(
        ('value = "100%"\nlead = "3 d"', 'value = "100%"\nlead = "10 d"'),
        ('lead = "15 min"', 'lead = "7 wd"'),
        ('longest_lead = "7 wd"', 'longest_lead = "14 d"'),
    )
    found = ready(before_the_spring_festival(policy=policy))
    assert (found["cash"], found["voucher"]) == ("2026-02-23", "2026-03-02")


def test_a_date_that_is_open_leaves_the_option_open():
    decision = decide_for(
        **EXAMPLE | {"customer": a_customer(value="20000.00", as_of="2026-12-28")},
        received_at="2026-12-30T10:00:00+08:00",
    )
    found = ready(decision)
    assert (found["cash"], found["other_model"]) == ("2027-01-02", "None")
    assert "year_not_announced:2027" in decision.warnings
