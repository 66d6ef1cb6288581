"""The laws of negotiation hold in every talk: P1 to P16 in the machine of tests/talks.py, the rest here."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from settlement.decision.balance_point import final_amount, settlement_range
from settlement.money import Money
from tests.builders import a_policy
from tests.talks import Talks, decided, numbers

WALKS = settings(
    max_examples=200, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
amounts = st.integers(0, 3_000_000)
more = st.integers(0, 200_000)


def yuan(cents: int) -> Money:
    return Money(cents, "CNY")


def test_every_law_holds_in_every_talk():
    run_state_machine_as_test(Talks, settings=WALKS)


@given(amounts, more, amounts, more, amounts, more)
def test_more_owed_more_deserved_and_more_at_stake_never_give_less(floor, f, award, a, interest, n):
    """P17, P19."""
    terms = a_policy().terms.balance
    one = settlement_range(yuan(floor), yuan(award), yuan(interest), terms, only_face=False)
    two = settlement_range(yuan(floor + f), yuan(award + a), yuan(interest + n), terms, only_face=False)
    for name in ("base", "balance_point", "opening", "ceiling"):
        assert getattr(one, name) <= getattr(two, name), name
    assert one.floor <= one.base <= one.balance_point <= one.opening <= one.ceiling


@given(numbers, amounts)
def test_the_final_rung_meets_what_is_named_between_opening_and_ceiling(number, named):
    found = decided(number).range
    met = final_amount(found, yuan(named), only_face=False)
    assert found.opening <= met <= found.ceiling
    assert met in (found.opening, found.ceiling, yuan(named))
