"""What does not fit the policy is refused, every fault at once; some words count only from above."""

from dataclasses import dataclass
from typing import Any

import pytest

from settlement.decision.check import check_word
from settlement.errors import BadInput, NotAuthorised
from settlement.roles import Role
from tests.builders import a_complaint, a_customer, a_policy, decide_for, fraud, missed_appointment

EURO = {"amount": "10.00", "currency": "EUR"}


def faults(**said: Any) -> list[str]:
    with pytest.raises(BadInput) as refused:
        decide_for(**said)
    return [fault.place for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"claimed": EURO}, "/complaint/loss/claimed/currency"),
        ({"verified": EURO}, "/complaint/loss/verified/currency"),
        ({"demand": EURO}, "/complaint/demand/currency"),
        ({"paid": EURO}, "/order/paid/currency"),
        ({"customer": a_customer(spend=EURO)}, "/customer/history/spend/currency"),
        ({"customer": a_customer(margin_12m=EURO)}, "/customer/history/margin_12m/currency"),
        ({"customer": a_customer(value=EURO)}, "/customer/lifetime/value/currency"),
        ({"customer": a_customer(referrals=[("2026-01-01", EURO)])}, "/customer/referrals/0/margin/currency"),
        ({"category": "boats"}, "/order/category"),
        ({"evidence": ["photo", "rumour"]}, "/complaint/evidence/1/kind"),
        ({"occurred_on": "2026-03-04"}, "/case/occurred_on"),
        ({"placed_on": "2026-03-04"}, "/order/placed_on"),
        ({"customer": a_customer(purchase_days=2, last_on="2026-03-04")}, "/customer/history/last_on"),
        ({"customer": a_customer(last_on="2026-01-01")}, "/customer/history/last_on"),
        ({"customer": a_customer(last_on="2026-02-01")}, "/customer/history/purchase_days"),
        ({"customer": a_customer(purchase_days=2)}, "/customer/history/purchase_days"),
        (
            {"customer": a_customer(purchase_days=4, last_on="2026-01-07")},
            "/customer/history/purchase_days",
        ),
        ({"claims": [fraud(price="1")]}, "/claims/0/facts/price"),
        ({"claims": [fraud(colour="red")]}, "/claims/0/facts/colour"),
        ({"claims": [missed_appointment()]}, "/claims/0/pack"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(said, place):
    assert faults(**said) == [place]


@pytest.mark.parametrize(
    "said",
    [
        {"occurred_on": "2026-03-03"},
        {"placed_on": "2026-03-03"},
        {"customer": a_customer(purchase_days=1, first_on="2026-03-03", last_on="2026-03-03")},
        {"customer": a_customer(purchase_days=2, last_on="2026-01-06")},
        {"customer": a_customer(purchase_days=3, last_on="2026-01-07")},
        {"evidence": []},
        {"order": None, "claims": None, "evidence": None, "customer": None},
    ],
)
def test_what_just_fits_is_not_refused(said):
    assert decide_for(**said).range is not None


def test_the_day_is_the_local_day_of_the_policy():
    late = {
        "received_at": "2026-03-02T17:00:00Z",
        "occurred_on": "2026-03-03",
    }  # 01:00 on the 3rd in Shanghai
    assert decide_for(**late).range is not None
    assert faults(**late | {"received_at": "2026-03-02T15:00:00Z"}) == ["/case/occurred_on"]


def test_every_fault_is_listed_at_once():
    half_a_claim = {name: fact for name, fact in fraud()[1].items() if name not in ("price", "requested")}
    assert faults(
        claimed=EURO,
        verified=EURO,
        demand=EURO,
        paid=EURO,
        placed_on="2026-03-04",
        category="boats",
        occurred_on="2026-03-04",
        evidence=["rumour", "photo", "gossip"],
        claims=[("cn_consumer_fraud", half_a_claim), missed_appointment(days="1")],
        customer=a_customer(
            spend=EURO,
            margin_12m=EURO,
            last_on="2026-03-05",
            value=EURO,
            referrals=[("2026-01-01", "1.00"), ("2026-01-01", EURO)],
        ),
    ) == [
        "/complaint/loss/claimed/currency",
        "/complaint/loss/verified/currency",
        "/complaint/demand/currency",
        "/order/paid/currency",
        "/customer/history/spend/currency",
        "/customer/history/margin_12m/currency",
        "/customer/lifetime/value/currency",
        "/customer/referrals/1/margin/currency",
        "/order/category",
        "/complaint/evidence/0/kind",
        "/complaint/evidence/2/kind",
        "/case/occurred_on",
        "/order/placed_on",
        "/customer/history/last_on",
        "/customer/history/purchase_days",
        "/claims/0/facts/price",
        "/claims/0/facts/requested",
        "/claims/1/pack",
        "/claims/1/facts/days",
    ]


def test_a_fault_says_what_to_write_instead():
    with pytest.raises(BadInput) as refused:
        decide_for(category="boats")
    (fault,) = refused.value.faults
    assert fault.problem == "'boats' is not known"
    assert fault.remedy.startswith("write one of electronics, appliance")


def test_the_claims_of_a_question_are_read_as_strictly():
    assert (
        faults(kind="consultation", claims=[("cn_consumer_fraud", {})])[0] == "/claims/0/facts/conduct_date"
    )


# ---- whose word counts


@dataclass(frozen=True)
class Said:
    words: dict[str, Any]
    place: str


HEAVY = (
    Said({"cause": "customer"}, "/complaint/cause"),
    Said({"verified": "500.01"}, "/complaint/loss/verified"),
    Said({"customer": a_customer(established=True)}, "/customer/abuse/established"),
)
BELOW = (Role.AGENT, Role.SENIOR_AGENT)
ENOUGH = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)


@pytest.mark.parametrize("role", BELOW)
@pytest.mark.parametrize("said", HEAVY, ids=lambda said: said.place)
def test_heavy_words_need_a_supervisor(said, role):
    with pytest.raises(NotAuthorised, match=f"needs a supervisor's word: {said.place}"):
        check_word(a_complaint(**said.words), a_policy(), role)


@pytest.mark.parametrize("role", ENOUGH)
@pytest.mark.parametrize("said", HEAVY, ids=lambda said: said.place)
def test_a_supervisor_and_above_may_say_them(said, role):
    check_word(a_complaint(**said.words), a_policy(), role)


def test_all_heavy_words_are_named_at_once():
    words = HEAVY[0].words | HEAVY[1].words | HEAVY[2].words
    with pytest.raises(NotAuthorised) as refused:
        check_word(a_complaint(**words), a_policy(), Role.AGENT)
    assert all(said.place in str(refused.value) for said in HEAVY)


@pytest.mark.parametrize(
    "words",
    [
        {"cause": "shared"},
        {"verified": "500.00"},
        {"claimed": "900.00"},
        {"customer": a_customer(claims_90d=9)},
    ],
)
def test_an_agent_may_say_the_rest(words):
    check_word(a_complaint(**words), a_policy(), Role.AGENT)
