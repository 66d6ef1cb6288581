"""Adding an output up over days, in two ways."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.daily import NoSingleRow, rows_between, sum_by_days, sum_by_edges
from tests.books import PACK, PARCEL, answer, changed, edition

RATES = edition(PACK).tables["rates"]
WAYS = pytest.mark.parametrize("add", [sum_by_edges, sum_by_days])


@WAYS
@pytest.mark.parametrize(
    ("after", "until", "total"),
    [
        ("2025-12-30", "2026-01-02", "14/100"),  # the 31st at 5 %, two days at 4.5 %
        ("2025-12-31", "2026-01-01", "45/1000"),
        ("2025-12-30", "2025-12-31", "5/100"),
        ("2026-01-01", "2026-01-01", "0"),
        ("2026-01-02", "2026-01-01", "0"),
    ],
)
def test_days_after_the_first_up_to_and_with_the_last_count(add, after, until, total):
    assert add(RATES, "rate", date.fromisoformat(after), date.fromisoformat(until)) == Fraction(total)


@WAYS
def test_one_unknown_day_makes_the_sum_unknown(add):
    assert add(RATES, "rate", date(2024, 12, 30), date(2025, 1, 2)) is None


@WAYS
def test_a_day_that_no_row_or_two_rows_hold_is_a_fault(add):
    gap = edition(changed(PACK, ('otherwise = ["before", "null"]', ""))).tables["rates"]
    with pytest.raises(NoSingleRow):
        add(gap, "rate", date(2024, 12, 30), date(2025, 1, 2))
    twice = edition(changed(PACK, ("[2025-01-01..2026-01-01)", "[2025-01-01..2026-01-03)"))).tables["rates"]
    with pytest.raises(NoSingleRow):
        add(twice, "rate", date(2025, 12, 30), date(2026, 1, 2))


@given(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(-5, 800))
def test_both_ways_agree(after, days):
    until = after + timedelta(days=days)
    assert sum_by_edges(RATES, "rate", after, until) == sum_by_days(RATES, "rate", after, until)


GAPS = edition(
    changed(
        PACK,
        ("[2025-01-01..2026-01-01)", "[2025-01-01..2025-03-01), (2025-03-10..2025-05-05]"),
        (">= 2026-01-01", "not(< 2025-07-01, 2025-07-15)"),
        ('["before", "null"]', '["between", "1%"]'),
    )
).tables["rates"]


@given(st.dates(date(2024, 12, 1), date(2025, 8, 1)), st.integers(-5, 300))
def test_both_ways_agree_where_rows_leave_gaps(after, days):
    until = after + timedelta(days=days)
    assert sum_by_edges(GAPS, "rate", after, until) == sum_by_days(GAPS, "rate", after, until)


def test_interest_is_summed_in_a_book():
    assert (
        answer(PACK, **PARCEL | {"price": "10000.00", "paid": "2026-12-31"}).written("interest") == "451.37"
    )


@pytest.mark.parametrize(
    ("after", "until", "rows"),
    [
        ("2024-12-30", "2026-01-02", ("before", "y2025", "y2026")),
        ("2025-12-31", "2026-01-02", ("y2026",)),
        ("2025-12-30", "2025-12-31", ("y2025",)),
        ("2026-01-02", "2026-01-02", ()),
    ],
)
def test_the_rows_of_a_sum_stand_in_the_order_of_its_days(after, until, rows):
    assert rows_between(RATES, date.fromisoformat(after), date.fromisoformat(until)) == rows
