"""The examples that books carry."""

import pytest

from settlement.rules.examples import example_faults
from settlement.rules.library import load_books
from tests.books import PACK, POLICY, changed, live

EDITIONS = load_books().editions


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.file)
def test_every_example_of_a_shipped_book_comes_out(edition):
    assert edition.examples
    assert example_faults(load_books().live(edition)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('amount = "50.00", band', 'amount = "49.99", band', "amount is '50.00', expected '49.99'"),
        ('band = "high", rows', 'band = "low", rows', "band is 'high', expected 'low'"),
        ('["compensation.weekly"]', '["compensation.short"]', "row compensation.short was not matched"),
    ],
)
def test_an_example_that_does_not_come_out_is_named(old, new, said):
    faults = example_faults(live(changed(PACK, (old, new))))
    assert len(faults) == 1
    assert said in faults[0].problem
    assert "example 1" in faults[0].place


def test_an_example_of_a_policy_may_set_what_is_computed():
    faults = example_faults(
        live(changed(POLICY, ('award = "150.00", retention_gain', 'award = "151.00", retention_gain')))
    )
    assert [fault.problem for fault in faults] == ["award is '150.00', expected '151.00'"]
