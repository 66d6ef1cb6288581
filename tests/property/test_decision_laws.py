"""The laws of a decision, on thousands of whole complaints. The laws are in tests/laws.py.

Each complaint is judged by every law of one decision, and again by the law that its second complaint is
for; the second, too, is a whole complaint and judged by every law of one decision.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.generated import generated
from tests.laws import ALONE, TOGETHER, Judged, judge

SEED = 20261124
ROUNDS = 960

# Of ten complaints so many are for each law of two decisions.
SHARES = {
    "who_complains_moves_neither_floor_nor_base": 3,
    "more_severe_never_gets_less": 3,
    "more_value_never_gets_less": 2,
    "loud_words_and_threats_move_no_amount": 2,
}
RARE = ("the_same_again_gives_the_same_bytes", "the_order_of_instruments_does_not_matter")
PLANS = tuple(name for name, share in SHARES.items() for _ in range(share))


def check_alone(judged: Judged) -> None:
    for law in ALONE:
        try:
            law(judged)
        except AssertionError as broken:
            pytest.fail(f"{law.__name__}: {broken}\n{judged.complaint.model_dump_json()}")


def check_together(name: str, rng: Random, one: Judged) -> Judged:
    law = next(law for law in TOGETHER if law.__name__ == name)
    other = TOGETHER[law](rng, one)
    try:
        law(one, other)
    except AssertionError as broken:
        both = "\n".join(judged.complaint.model_dump_json() for judged in (one, other))
        pytest.fail(f"{name}: {broken}\n{both}")
    return other


def plan() -> Iterator[tuple[int, str]]:
    """The law of two decisions for each number."""
    for turn in range(ROUNDS):
        for place, name in enumerate((*PLANS, RARE[turn % 2])):
            yield turn * 11 + place, name


def test_no_law_is_broken_by_any_of_twenty_thousand_complaints():
    judged: Counter[str] = Counter()
    for number, name in plan():
        rng = Random(f"{SEED}:{number}")
        one = judge(generated(rng))
        check_alone(one)
        other = check_together(name, rng, one)
        judged["complaints"] += 1
        if name in SHARES:
            check_alone(other)
            judged["complaints"] += 1
        judged[name] += 1
    assert judged["complaints"] >= 20_000
    assert set(judged) == {"complaints", *SHARES, *RARE}


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_no_law_is_broken_whatever_hypothesis_tries(rng):
    one = judge(generated(rng))
    check_alone(one)
    check_alone(check_together(rng.choice(sorted(SHARES)), rng, one))


def test_the_complaints_are_of_every_sort():
    """Each grade, share of ours, rung, menu, source and bound; else the laws would judge nothing."""
    met: Counter[str] = Counter()
    for number in range(1500):
        decision = judge(generated(Random(f"{SEED}:{number}"))).decision
        met.update(
            [
                f"grade {decision.severity.grade}",
                f"liability {decision.liability}",
                f"level {decision.approval.level}",
                f"kind {decision.kind}",
                f"gift {decision.gift is not None}",
                f"rungs {len(decision.offers)}",
            ]
        )
        met.update(f"options {len(offer.options)}" for offer in decision.offers)
        met.update(reason.code for reason in decision.reasons if reason.table is None)
        met.update(f"head {owed.head}" for owed in decision.owed)
        met.update(part.instrument for o in decision.offers for option in o.options for part in option.parts)
        if decision.value:
            lifetime, influence = decision.value.lifetime, decision.value.influence
            met.update([f"V from {lifetime.source}", f"W from {influence.source}"])
            met.update((*lifetime.caps, *influence.caps))
    assert [name for name in EXPECTED if not met[name]] == []


EXPECTED = (
    *(f"grade {grade}" for grade in range(1, 6)),
    *(f"liability {share}" for share in ("0", "1/2", "3/4", "1")),
    *(f"level {level}" for level in ("agent", "senior_agent", "supervisor", "manager", "director")),
    *(f"kind {kind}" for kind in ("complaint", "consultation", "suggestion")),
    *(f"rungs {count}" for count in range(3)),
    *(f"options {count}" for count in range(5)),
    *("gift True", "gift False", "head loss", "head added_sum"),
    *("ceiling_by_interest", "ceiling_by_kappa", "ceiling_by_small_room", "ceiling_is_base"),
    *("opening_saves_a_round", "opening_at_ceiling", "opening_is_base_for_face", "nothing_to_pay"),
    *("voucher", "return_refund", "other_model", "repair_visit"),
    *("power_bank_tutorial", "fee_waiver", "new_dispatch"),
    *(
        "V from neutral",
        "V from estimate",
        "V from crm",
        "W from neutral",
        "W from reach",
        "W from referrals",
    ),
    *("order_value", "past_margin", "lifetime", "influence_cap"),
)
