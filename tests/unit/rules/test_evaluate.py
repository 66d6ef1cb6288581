"""Running a book: hit policies, answers, faults, the trace, the latch."""

from fractions import Fraction
from itertools import pairwise

import pytest

import settlement.rules.evaluate as evaluating
from settlement.errors import BadInput, EnginesDisagree
from settlement.rules.evaluate import BadResult, EditionLatched, NoRowMatches, SeveralRowsMatch
from settlement.rules.reference import matching_rows
from tests.books import PACK, PARCEL, a_pack, answer, changed, formula_pack, live, written


def table(hit: str, *rows: str, otherwise: str = "", column: str = "x") -> str:
    rest = f"otherwise = {otherwise}" if otherwise else ""
    return f"""
[[table]]
id = "t"
hit = "{hit}"
when = ["{column}"]
then = {{ amount = "money" }}
rows = [{", ".join(rows)}]
{rest}
"""


ROWS = ('["low", "< 5", "1.00"]', '["mid", "[3..8]", "7.00"]', '["null", "8", "null"]')


def given(hit: str, x, *rows: str, otherwise: str = ""):
    return answer(a_pack('x = "integer"', table(hit, *(rows or ROWS), otherwise=otherwise)), x=x)


@pytest.mark.parametrize(
    ("hit", "x", "amount", "rows"),
    [
        ("first", 4, "1.00", ("t.low",)),
        ("first", 6, "7.00", ("t.mid",)),
        ("unique", 2, "1.00", ("t.low",)),
        ("highest", 4, "7.00", ("t.low", "t.mid")),
        ("highest", 8, None, ("t.mid", "t.null")),
        ("highest", 2, "1.00", ("t.low",)),
    ],
)
def test_the_hit_policy_chooses_among_matching_rows(hit, x, amount, rows):
    evaluation = given(hit, x)
    assert (evaluation.written("amount"), evaluation.rows) == (amount, rows)


def test_two_rows_of_a_unique_table_are_a_fault_that_names_them():
    with pytest.raises(SeveralRowsMatch, match=r'table "t": for x = 4: the rows low, mid match'):
        given("unique", 4)


def test_no_row_is_a_fault_unless_the_table_says_otherwise():
    with pytest.raises(NoRowMatches, match=r'table "t": for x = 9: no row matches'):
        given("first", 9)
    evaluation = given("first", 9, otherwise='["none", "0.00"]')
    assert (evaluation.written("amount"), evaluation.rows) == ("0.00", ("t.none",))


def test_highest_takes_the_last_member_of_an_enum_and_each_output_by_itself():
    evaluation = answer(PACK, **PARCEL)
    assert written(evaluation) == {"amount": "50.00", "band": "high", "interest": "0.04"}
    assert evaluation.values["share"] == Fraction("0.25")


def test_null_says_that_the_pack_does_not_answer_and_nothing_is_something_else():
    assert written(answer(PACK, **PARCEL | {"late": None}))["amount"] is None
    assert written(answer(PACK, **PARCEL | {"late": 0}))["amount"] == "0.00"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('["r", "-", "= 1.00 / (x - x)"]', "division by zero"),
        ('["r", "-", "= 1.00 / 3"]', "not a whole number"),
        ('["r", "-", "= 1.00 * x"]', "out of bounds|below zero"),
        ('["r", "-", "= 0.00 - 1.00"]', "below zero"),
    ],
)
def test_a_fault_of_the_book_is_named_and_placed_and_never_null_or_zero(row, problem):
    x = 10**15 if "* x" in row else 5
    with pytest.raises(BadResult, match=problem) as fault:
        given("first", x, row)
    assert "book.toml" in str(fault.value)


def test_only_what_is_needed_is_computed():
    text = a_pack(
        'x = "integer"',
        table("first", '["zero", "0", "null"]', '["more", "-", "= 10.00 / x"]'),
    )
    assert answer(text, x=0).written("amount") is None


def test_money_of_another_currency_is_published_with_its_currency():
    evaluation = given("first", 1, '["far", "-", "USD 200.00"]')
    assert evaluation.written("amount") == "USD 200.00"


def test_every_fact_must_be_given_and_every_fault_is_listed():
    running = live(PACK)
    with pytest.raises(BadInput) as refused:
        running.read_facts({"price": "1", "size": "huge", "paid": "soon", "fragile": "yes", "more": 1})
    assert {fault.place for fault in refused.value.faults} == {
        "/price", "/size", "/paid", "/fragile", "/more", "/due",
    }  # fmt: skip
    running.retire()


@pytest.mark.parametrize("price", ["-0.01", "10000.01"])
def test_a_fact_out_of_bounds_is_refused(price):
    with pytest.raises(BadInput):
        live(PACK).read_facts(PARCEL | {"price": price})


def test_a_nullable_fact_may_be_absent():
    facts = {name: value for name, value in PARCEL.items() if name != "late"}
    assert written(answer(PACK, **facts))["amount"] is None


def test_the_trace_tells_tables_rows_operands_and_values_in_order():
    steps = answer(PACK, **PARCEL).steps
    told = [getattr(step, "table", None) or step.formula for step in steps]
    assert told == ["weeks", "compensation", "bands", "compensation.weekly.amount", "rates", "interest"]
    weekly = steps[3]
    assert weekly.operands == {"price": "100.00", "share": "0.25", "weeks": 2}
    assert weekly.value == "50.00"
    assert steps[1].read == {"late": 8, "size": "large", "weeks": 2}
    assert (steps[4].read, steps[4].rows) == ({"day": "(2025-12-30..2026-01-02]"}, ("y2025", "y2026"))


@pytest.fixture
def one_row_lost(monkeypatch):
    monkeypatch.setattr(evaluating, "matching_rows", lambda t, values: matching_rows(t, values) - {3})


def test_a_difference_between_the_executors_stops_the_decision_and_latches_the_edition(
    one_row_lost, monkeypatch
):
    running = live(PACK)
    facts = running.read_facts(PARCEL)
    with pytest.raises(EnginesDisagree, match=r'table "compensation".*weekly') as difference:
        running.answer(facts)
    assert "100.00" not in str(difference.value)
    monkeypatch.setattr(evaluating, "matching_rows", matching_rows)
    with pytest.raises(EditionLatched):
        running.answer(facts)
    assert live(PACK).answer(facts).written("amount") == "50.00"


def test_two_sums_over_days_that_differ_stop_the_decision(monkeypatch):
    monkeypatch.setattr(evaluating, "sum_by_days", lambda *_: Fraction(1))
    with pytest.raises(EnginesDisagree, match="two sums of rate differ"):
        answer(PACK, **PARCEL)


def test_a_table_finds_its_rows_by_a_formula():
    text = a_pack(
        'delay = "integer"\nstart = "integer"',
        table("first", '["by", "<= 0", "5.00"]', '["over", "-", "1.00"]', column="over")
        + '[[formula]]\nid = "over"\nis = "delay - 2 * start"\n',
    )
    assert answer(text, delay=4, start=2).written("amount") == "5.00"
    assert answer(text, delay=5, start=2).written("amount") == "1.00"


def test_a_column_that_is_no_whole_number_is_a_fault_of_the_book():
    text = a_pack(
        'x = "money"',
        table("first", '["r", "< 5.00", "1.00"]', column="third")
        + '[[formula]]\nid = "third"\nis = "x / 3"\n',
    )
    with pytest.raises(BadResult, match='formula "third"'):
        answer(text, x="1.00")


def test_changing_a_row_changes_the_answer():
    assert (
        written(answer(changed(PACK, ('"2.00"]', '"3.00"]')), **PARCEL | {"late": 2, "size": "small"}))[
            "amount"
        ]
        == "3.00"
    )


def chain_of(length: int, link: str) -> str:
    """A book whose value rests on that many formulas, each made from the next by `link`."""
    names = [f"f{number}" for number in range(length)] + ["x"]
    formulas = "".join(
        f'[[formula]]\nid = "{name}"\nis = "{link.format(below)}"\n' for name, below in pairwise(names)
    )
    pack = formula_pack('x = "integer"', "1.00 * f0")
    return changed(pack, ("[words]", f"{formulas}[words]"))


def test_names_that_rest_on_names_do_not_pile_up():
    deep = chain_of(38, "-" * 38 + "{}")
    assert answer(deep, any=True, x=7).written("value") == "7.00"


def test_a_number_that_grows_without_end_is_a_fault_of_the_book():
    with pytest.raises(BadResult, match=r'formula "f2\d": a number grows out of bounds'):
        answer(chain_of(38, "{0} * {0}"), any=True, x=10)


def test_the_first_and_the_last_day_of_the_calendar_can_be_reached():
    for formula, last in (("start + 63916", "2199-12-31"), ("start - 82180", "1800-01-01")):
        pack = formula_pack('start = "date"', formula, kind="number")
        assert answer(pack, any=True, start="2025-01-01").written("value") == last


def test_a_date_that_leaves_the_calendar_is_a_fault_of_the_book():
    for formula in (
        "start + 63917",
        "start - 82181",
        "add_months(start, 9999999999)",
        "start - 999999999999",
    ):
        with pytest.raises(BadResult, match='formula "value": the date leaves the years 1800 to 2199'):
            answer(formula_pack('start = "date"', formula, kind="number"), any=True, start="2025-01-01")


def test_the_trace_shows_money_that_is_not_whole_in_major_units():
    pack = changed(PACK, ('is = "round(price * day_sum(rate, due, paid) / 365, half_up, 0.01)"',
                          'is = "round(daily, half_up, 0.01)"\n[[formula]]\nid = "daily"\n'
                          'is = "price * day_sum(rate, due, paid) / 365"'))  # fmt: skip
    steps = [step for step in answer(pack, **PARCEL).steps if getattr(step, "formula", "") == "daily"]
    assert [(step.value, step.operands) for step in steps] == [
        ("14/365", {"price": "100.00", "due": "2025-12-30", "paid": "2026-01-02"})
    ]


@pytest.mark.parametrize(
    "raw",
    [True, 1.0, 1.5, "8", " 8", None, [], {}, 10**5000, "x" * 100_000, [[[[]]]], "８", float("nan")],
    ids=range(13),
)
def test_a_fact_of_a_wrong_type_is_refused_in_a_short_message(raw):
    running = live(a_pack('x = "integer"', table("first", '["r", "-", "0.00"]')))
    with pytest.raises(BadInput) as refused:
        running.read_facts({"x": raw})
    assert [fault.place for fault in refused.value.faults] == ["/x"]
    assert len(str(refused.value)) < 200


def test_the_place_of_an_unknown_fact_is_a_json_pointer():
    with pytest.raises(BadInput) as refused:
        live(PACK).read_facts(PARCEL | {"a/b~c": 1})
    assert [fault.place for fault in refused.value.faults] == ["/a~1b~0c"]


def test_an_edge_of_every_type_of_fact_is_taken_and_what_lies_beyond_is_not():
    inputs = 'n = "integer"\nm = "money"\nr = "rate"\nd = "decimal"\nday = "date"'.replace("day =", "on =")
    running = live(a_pack(inputs, table("first", '["r", "-", "0.00"]', column="n")))
    edges = {
        "n": 10**15,
        "m": "-10000000000000.00",
        "r": "100000000",
        "d": "1000000.000000000",
        "on": "2199-12-31",
    }
    assert running.read_facts(edges)["m"] == -(10**15)
    beyond = {
        "n": 10**15 + 1,
        "m": "10000000000000.01",
        "r": "100000000.1",
        "d": "1000000.000000001",
        "on": "2200-01-01",
    }
    for name, value in beyond.items():
        with pytest.raises(BadInput):
            running.read_facts(edges | {name: value})
