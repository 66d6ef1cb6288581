"""Tallies, CSV and the two reports on fairness."""

import csv
import io
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.cases.fairness import ALL, BANDS, Opening, report_haggle, report_spread
from settlement.cases.lifecycle import Event
from settlement.cases.reports import is_stamping
from settlement.cases.spreadsheet import write_csv
from settlement.cases.tallies import decimals, groups, middle, ratio
from settlement.cases.told import CaseTold, TalkTold, tell
from settlement.money import Money, write_money
from settlement.roles import Actor, Role
from settlement.rules.case_terms import DEFAULTS
from tests.builders import cny


def test_a_median_between_two_is_half_way_and_rounds_up():
    assert [middle(each) for each in ([], [5], [3, 1], [1, 2], [9, 1, 5], [4, 1, 3, 2])] == [
        None,
        5,
        2,
        2,
        5,
        3,
    ]


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_half_of_everything_lies_on_each_side_of_the_median(numbers):
    found = middle(numbers)
    assert sum(each < found for each in numbers) * 2 <= len(numbers)
    assert min(numbers) <= found <= max(numbers)


def test_averages_are_exact_to_four_decimals_halves_up():
    assert (ratio(1, 3), ratio(2, 3), ratio(0, 3), ratio(1, 0)) == ("0.3333", "0.6667", "0.0000", None)
    assert (decimals(Fraction(1, 20_000)), decimals(Fraction(-3, 2))) == ("0.0001", "-1.5000")


def test_groups_come_in_order_with_the_unknown_last():
    found = groups([("b", 1), (None, 2), ("a", 3), ("b", 4)], lambda pair: (pair[0],))
    assert found == [(("a",), [("a", 3)]), (("b",), [("b", 1), ("b", 4)]), ((None,), [(None, 2)])]


# ---------------------------------------------------------------- what events tell


def told_of(*events: tuple[str, dict]) -> CaseTold:
    """A case after events, one an hour."""
    begun = datetime(2026, 3, 3, tzinfo=UTC)
    li = Actor("Li", Role.AGENT)
    case = CaseTold("C", "complaint", "closed", "product", "company", "p", "CNY", "Li", begun)
    return tell(
        case, (Event(n, begun + timedelta(hours=h), li, body) for h, (n, body) in enumerate(events, 1))
    )


def offered(amount: str) -> tuple[str, dict]:
    return "offered", {"amount": write_money(cny(amount))}


def countered(amount: str) -> tuple[str, dict]:
    return "countered", {"amount": write_money(cny(amount))}


def agreed(amount: str) -> tuple[str, dict]:
    return "agreed", {"amount": write_money(cny(amount)), "option": None}


def followed_up(rating: int | None, solved: str | None, *, reached: bool = True) -> tuple[str, dict]:
    return "followed_up", {"rating": rating, "solved": solved, "reached": reached, "said": None}


def test_the_first_result_that_was_told_counts_and_the_last_rating():
    case = told_of(
        ("result_told", {}), followed_up(1, "no"), ("closed", {}), ("reopened", {"reason": None}),
        ("result_told", {}), followed_up(4, None), followed_up(None, None, reached=False),
    )  # fmt: skip
    assert case.told_at - case.received_at == timedelta(hours=1)
    assert (case.rating, case.solved, case.visited, case.reached) == (4, "no", True, True)
    assert [talk.number for talk in case.talks] == [1, 2]


def test_the_first_sum_that_the_customer_named_is_what_they_asked():
    items = {
        "items": [
            {"amount": write_money(cny("30.00"))},
            {"amount": None},
            {"amount": write_money(cny("12.00"))},
        ]
    }
    assert told_of(("items_split", items), countered("99.00")).talks[0].asked == cny("42.00")
    assert told_of(("items_split", {"items": []}), countered("99.00")).talks[0].asked == cny("99.00")
    assert told_of(("items_split", {"items": [{"amount": None}]})).talks[0].asked is None


def test_a_sum_named_before_any_offer_is_no_bargaining():
    assert not told_of(countered("99.00"), offered("50.00"), agreed("50.00")).talks[0].bargained
    assert told_of(offered("50.00"), countered("99.00"), agreed("50.00")).talks[0].bargained
    assert told_of(offered("50.00"), ("refused", {}), agreed("50.00")).talks[0].bargained


def test_what_was_agreed_and_then_blocked_is_agreed_no_more_until_they_choose_again():
    blocked = ("part_blocked", {"instrument": "voucher"})
    assert told_of(offered("50.00"), agreed("50.00"), blocked).talks[0].agreed is None
    again = told_of(offered("50.00"), agreed("50.00"), blocked, offered("50.00"), agreed("50.00")).talks[0]
    assert (again.first, again.agreed) == (cny("50.00"), cny("50.00"))


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\t=1", "\r=1"])
def test_a_name_never_becomes_a_formula(text):
    _, [cell, *_] = csv.reader(io.StringIO(write_csv(["a", "b"], [{"a": text, "b": 1}]), newline=""))
    assert cell == f"'{text}"


def test_sums_numbers_yes_and_no_and_the_unknown_are_plain():
    row = {
        "sum": cny("1234.50"),
        "debt": cny("-1.00"),
        "count": -3,
        "share": "0.5000",
        "alarm": True,
        "none": None,
    }
    text = write_csv(list(row), [row])
    assert text == "sum,debt,count,share,alarm,none\r\n1234.50,-1.00,-3,0.5000,yes,\r\n"


@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20), min_size=1
    )
)
def test_what_is_written_can_be_read_again(texts):
    rows = list(csv.reader(io.StringIO(write_csv(["a"], [{"a": each} for each in texts]), newline="")))
    read = [row[0] if row else "" for row in rows[1:]]
    assert [each.removeprefix("'") if each[1:] in texts else each for each in read] == [
        each.removeprefix("'") if each[1:] in texts else each for each in texts
    ]


# ---------------------------------------------------------------- stamping


TERMS = DEFAULTS.grants  # from 20 approvals on, more than 95 % unchanged, half of them within 30 seconds


@pytest.mark.parametrize(
    ("seconds", "unchanged", "alarm"),
    [
        ([30] * 20, 20, True),
        ([30] * 19, 19, False),  # too few to tell
        ([30] * 20, 19, False),  # 95 % is not more than 95 %
        ([30] * 10 + [31] * 10, 20, True),
        ([30] * 9 + [31] * 11, 20, False),  # more than half were read
    ],
)
def test_the_alarm_for_stamping_keeps_to_the_bounds_of_the_policy(seconds, unchanged, alarm):
    assert is_stamping(seconds, unchanged, TERMS) is alarm


# ---------------------------------------------------------------- bargaining


def a_case(grade: int, *talks: TalkTold) -> CaseTold:
    return CaseTold(
        "C", "complaint", "closed", "product", "company", "p", "CNY", "Li", datetime(2026, 3, 3, tzinfo=UTC),
        grade=grade, talks=talks,
    )  # fmt: skip


def a_talk(first: str, agreed: str | None, *, bargained: bool) -> TalkTold:
    return TalkTold(1, first=cny(first), last=cny(first), agreed=agreed and cny(agreed), bargained=bargained)


def test_the_gap_compares_the_same_grade_only():
    rows = report_haggle(
        [
            a_case(2, a_talk("100.00", "110.00", bargained=True)),
            a_case(2, a_talk("300.00", "300.00", bargained=False)),
            a_case(3, a_talk("100.00", "200.00", bargained=True)),
            a_case(2, a_talk("100.00", None, bargained=True)),
            a_case(2, a_talk("0.00", "0.00", bargained=True)),
        ]
    )
    assert [(row["grade"], row["gap"], row["without_money"]) for row in rows] == [
        (2, "1.1000", 1),
        (3, None, 0),
    ]
    assert rows[0]["bargained_over_first"] == "1.1000"
    assert rows[1]["accepted_over_first"] is None


# ---------------------------------------------------------------- equal harm


AMOUNTS = st.integers(1, 10**6)
CELLS = st.tuples(st.sampled_from(["health", "none"]), st.integers(1, 5), st.sampled_from(["1", "0.75"]))


def an_opening(cell, band, base, opening, is_small=False) -> Opening:
    return Opening(*cell, band, Money(base, "CNY"), Money(opening, "CNY"), is_small)


@given(st.lists(st.tuples(CELLS, st.sampled_from(BANDS), AMOUNTS), min_size=1, max_size=20))
def test_where_value_moves_nothing_every_ratio_is_one(found):
    """Each harm has its own multiple of the base, and every band gets it."""
    rows = report_spread(an_opening(cell, band, base, base * (1 + cell[1])) for cell, band, base in found)
    assert {row["ratio"] for row in rows} == {"1.0000"}


@given(st.lists(st.tuples(CELLS, st.sampled_from(BANDS), AMOUNTS, AMOUNTS, st.booleans()), max_size=20))
def test_cells_add_up_to_the_lines_of_all_and_small_ones_stand_apart(found):
    openings = [an_opening(cell, band, base, base + more, small) for cell, band, base, more, small in found]
    rows = report_spread(openings)
    for small in (True, False):
        for band in BANDS:
            mine = [row for row in rows if (row["small"], row["band"]) == (small, band)]
            all_cells = [row for row in mine if row["harm"] == ALL]
            assert len(all_cells) <= 1
            for name in ("openings", "base", "offered"):
                parts = [row[name] for row in mine if row["harm"] != ALL]
                whole = [row[name] for row in all_cells]
                zero = 0 if name == "openings" else cny("0.00")
                assert sum(parts, zero) == sum(whole, zero)
    assert sum(row["openings"] for row in rows if row["harm"] != ALL) == len(openings)


def test_more_for_the_valuable_shows_as_more_than_one_and_less_for_the_others():
    cell = ("health", 3, "1")
    openings = [
        an_opening(cell, "high", 100, 150),
        an_opening(cell, "none", 100, 100),
        an_opening(cell, "none", 300, 300),
    ]
    rows = {row["band"]: row for row in report_spread(openings) if row["harm"] != ALL}
    assert (rows["high"]["over_base"], rows["high"]["ratio"]) == (
        "1.5000",
        "1.3636",
    )  # 150 over 550/500 of 100
    assert (rows["none"]["mean_offer"], rows["none"]["ratio"]) == (Money(200, "CNY"), "0.9091")
