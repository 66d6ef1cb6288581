"""The whole decision: what is offered, what is not, what is said of the unknown, and what is recorded."""

import pytest

from settlement.decision.answer import Decision
from settlement.decision.decide import decide
from tests.builders import a_complaint, a_customer, a_policy, cny, decide_for, fraud, granted, packs

KNOWN = a_customer(value="5000.00", referrals=[("2026-01-01", "300.00")], purchase_days=1)


def amounts(decision: Decision) -> tuple[str, ...]:
    return tuple(money.amount for _, money in decision.range)


# ---- nothing is due


def test_where_nothing_is_due_there_are_reasons_a_gesture_and_a_gift():
    decision = decide_for(cause="customer", customer=KNOWN, demand="300.00")
    assert amounts(decision) == ("0.00",) * 5
    assert decision.interest == cny("0.00")
    (offer,) = decision.offers
    assert (offer.amount, offer.options, offer.gestures) == (cny("0.00"), (), ("explain_facts",))
    assert offer.prevention
    assert (decision.gift.instrument, decision.gift.face) == ("voucher", cny("20.00"))
    assert "nothing_to_pay" in [reason.code for reason in decision.reasons]
    assert decision.approval.reasons == ("wants_more",)


def test_there_is_no_gift_where_something_is_due():
    assert decide_for().gift is None
    assert decide_for(cause="customer", claims=[fraud()]).gift is None


def test_there_is_no_gift_for_established_abuse():
    assert decide_for(cause="customer", customer=a_customer(established=True)).gift is None


def test_there_is_no_gift_where_the_policy_has_none():
    policy = a_policy(
        ('[gift]   # where nothing is owed: a courtesy outside the range\ninstrument = "voucher"\n', ""),
        ('face = "20.00"         # CNY; assumption\n', ""),
    )
    assert decide_for(cause="customer", policy=policy).gift is None


# ---- questions


@pytest.mark.parametrize("kind", ["consultation", "suggestion"])
def test_a_question_gets_clocks_and_no_offers(kind):
    decision = decide_for(kind=kind)
    assert (decision.range, decision.award, decision.interest, decision.value) == (None,) * 4
    assert (decision.offers, decision.owed, decision.gift) == ((), (), None)
    assert (decision.approval.level, decision.approval.reasons) == ("agent", ("nothing_to_grant",))
    assert decision.clocks
    assert decision.reasons
    assert "not_a_complaint" not in decision.warnings


def test_a_question_that_names_a_loss_should_be_a_complaint():
    for said in ({"claimed": "9.00"}, {"verified": "9.00"}, {"claims": [fraud()]}):
        assert "not_a_complaint" in decide_for(kind="consultation", **said).warnings


def test_a_question_names_the_packs_that_read_its_claims_so_that_it_can_be_replayed():
    complaint = a_complaint(kind="consultation", claims=[fraud()])
    first = decide_for(complaint)
    named = {pack.id: packs()[pack.id] for pack in first.packs}
    assert [(pack.id, pack.amount, pack.heads) for pack in first.packs] == [("cn_consumer_fraud", None, ())]
    assert decide(complaint, a_policy(), named, granted()) == first


# ---- unknown is not zero


def warnings(decision: Decision) -> set[str]:
    return set(decision.warnings)


def test_everything_that_is_unknown_is_named():
    decision = decide_for(duration_h=None, evidence=None, order=None, claims=None, customer=None)
    assert decision.warnings == (
        "duration_unknown",
        "loss_unknown",
        "no_evidence",
        "demand_unknown",
        "order_unknown",
        "no_claims",
        "customer_unknown",
    )


def test_of_a_known_customer_each_missing_block_is_named():
    nothing = a_customer(history=None, lifetime=None, reach=None, referrals=None, abuse=None)
    assert warnings(decide_for(customer=nothing)) >= {
        "value_unknown",
        "reach_unknown",
        "referrals_unknown",
        "abuse_unknown",
    }


NEUTRAL = ('neutral = "0.00"', 'neutral = "50.00"')


@pytest.mark.parametrize(
    ("customer", "lifetime", "influence"),
    [
        (None, "50.00", "50.00"),
        (a_customer(history=None, lifetime=None, reach=None, referrals=None), "50.00", "50.00"),
        (a_customer(profile_free=True, value="9000.00"), "50.00", "50.00"),
        (a_customer(value="9000.00", confidence="low"), "50.00", "0.00"),
        (a_customer(value="9000.00", reach=None), "9000.00", "50.00"),
        (a_customer(value="9000.00", reach=None, referrals=[("2026-03-03", "20.00")]), "9000.00", "50.00"),
        (a_customer(value="9000.00", reach=None, referrals=[("2026-03-03", "400.00")]), "9000.00", "200.00"),
        (a_customer(value="9000.00"), "9000.00", "0.00"),
    ],
)
def test_what_is_unknown_counts_as_the_neutral_amount_of_the_policy(customer, lifetime, influence):
    value = decide_for(customer=customer, policy=a_policy(NEUTRAL)).value
    assert (value.lifetime.amount, value.influence.amount) == (lifetime, influence)


def test_who_wants_no_profile_gets_what_a_stranger_gets():
    stranger, hidden = (
        decide_for(customer=None),
        decide_for(customer=KNOWN.model_copy(update={"profile_free": True})),
    )
    assert hidden.range == stranger.range
    assert [offer.options for offer in hidden.offers] == [offer.options for offer in stranger.offers]
    assert (hidden.value.past, hidden.value_band) == (None, "none")
    assert "profile_free" in hidden.warnings


def test_no_profile_does_not_undo_established_abuse():
    hidden = decide_for(customer=a_customer(profile_free=True, established=True))
    assert hidden.range.opening == hidden.range.base


# ---- what is shown and traced


def test_past_value_is_shown_as_of_the_day_received_and_buys_nothing():
    poor = decide_for(customer=a_customer(value="100.00", spend="0.00"))
    rich = decide_for(customer=a_customer(value="100.00", spend="99999.00"))
    assert (rich.value.past.amount, rich.value.past.as_of) == ("99999.00", "2026-03-03")
    assert rich.value.lifetime.as_of == "2026-02-28"
    assert rich.range == poor.range


def rows(decision: Decision, table: str) -> list[str]:
    return [reason.row for reason in decision.reasons if reason.table == table]


def test_the_yardstick_of_a_newcomer_is_traced_and_is_no_reason_of_this_customers():
    loyal = a_customer(purchase_days=10, spend="3000.00", first_on="2024-01-01", last_on="2026-02-20")
    decision = decide_for(customer=loyal)
    assert rows(decision, "activity") == ["loyal_fresh"]
    asked = [step["rows"] for each in decision.trace.evaluations for step in each.steps]
    assert asked.count(("once_fresh",)) == 1


def test_only_the_rows_that_decided_are_reasons():
    decision = decide_for(harm="health", verified="20.00")
    assert rows(decision, "severity") == ["health"]


@pytest.mark.parametrize(
    ("value", "band"),
    [("0.00", "none"), ("299.99", "low"), ("300.00", "middle"), ("2999.99", "middle"), ("3000.00", "high")],
)
def test_value_is_told_in_words(value, band):
    assert decide_for(customer=a_customer(value=value)).value_band == band


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"customer": a_customer(value="100.00")}, ["ceiling_by_interest", "opening_at_ceiling"]),
        ({"customer": a_customer(value="9000.00")}, ["ceiling_by_small_room", "opening_at_ceiling"]),
        (
            {"verified": "199.00", "customer": a_customer(value="9000.00")},
            ["ceiling_by_kappa", "opening_saves_a_round"],
        ),
        ({"wants": "face"}, ["ceiling_by_interest", "opening_is_base_for_face"]),
        ({"customer": a_customer(established=True)}, ["ceiling_is_base", "opening_at_ceiling"]),
        ({"cause": "customer"}, ["ceiling_is_base", "nothing_to_pay"]),
    ],
)
def test_the_bounds_that_took_hold_are_named(said, codes):
    assert [reason.code for reason in decide_for(**said).reasons if reason.table is None] == codes


def test_a_line_of_the_trace_can_be_read_alone():
    decision = decide_for(verified="199.00", customer=a_customer(value="9000.00"), demand="330.00")
    lines = {line.name: (line.formula, line.operands, line.amount.amount) for line in decision.trace.sums}
    assert lines["final"] == (
        "min(ceiling, max(opening, sum_named))",
        {"ceiling": "388.50", "opening": "338.75", "sum_named": "330.00"},
        "338.75",
    )
    assert lines["loss"] == (
        "liability * verified_loss, rounded up",
        {"liability": "1", "verified_loss": "199.00"},
        "199.00",
    )
