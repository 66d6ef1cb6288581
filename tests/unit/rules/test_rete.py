"""The fence around durable_rules: what matches, what is too much, what is refused."""

import importlib.metadata
import runpy
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from settlement.errors import BadBook, BadInput, EnginesDisagree
from settlement.rules import rete
from settlement.rules.book import Row
from settlement.rules.cells import Cell, Equals, Unknown, Within
from settlement.rules.reference import matching_rows
from settlement.rules.rete import ReteTable, dropped_engines, plan_faults
from settlement.rules.types import LARGEST, Kind, Type
from tests.random_tables import differences, table_of

COUNT = Type(Kind.INTEGER)
FARE = Type(Kind.MONEY, currency="EUR", nullable=True)
FLAG = Type(Kind.BOOLEAN)
TIER = Type(Kind.ENUM, values=("basic", "silver", "gold"), nullable=True)


def no_check(rows):
    """The engine alone is asked."""


def match(table, *values):
    engine = ReteTable(table)
    rows = engine.match(values, no_check)
    engine.retire()
    return rows


@pytest.fixture
def no_engine(monkeypatch):
    """Any call of the engine fails."""
    monkeypatch.setattr(rete, "c_engine", None)


# ---- what matches


def test_every_form_of_a_cell_gives_the_rows_that_the_walker_gives():
    texts = ["-", "3.00", "null", "< 3.00", "[1.00..3.00)", "not(3.00)", "not(null)", "not([1.00..3.00])"]
    texts += ["1.00, 3.00", "null, [1.00..2.00], > 3.00", "not(1.00, 3.00)", "[1.00..2.00], [2.01..3.00]"]
    table = table_of({"fare": FARE}, *([text] for text in texts))
    near = [None, -LARGEST, LARGEST] + [whole + step for whole in (0, 100, 200, 300) for step in (-1, 0, 1)]
    assert list(differences(table, ((value,) for value in near))) == []


def test_cells_that_reading_refuses_have_the_meaning_that_the_walker_gives_them():
    """Nothing builds them today; should it, no row may appear or be lost."""
    beyond, whole = Within(50, True, 60, True), Within(0, True, 9, True)
    cells = [Cell("", items, negated) for negated in (False, True) for items in ((Equals(99),), (beyond,))]
    cells += [Cell("", items, negated) for negated in (False, True) for items in ((Unknown(),), (whole,), ())]
    cells += [
        Cell("", (Unknown(), beyond, Equals(3))),
        Cell("", (Equals(-5), Equals(3), beyond), negated=True),
    ]
    rows = tuple(Row(str(number), (cell,), ()) for number, cell in enumerate(cells))
    for type_ in (replace(COUNT, low=0, high=9), replace(COUNT, low=0, high=9, nullable=True)):
        table = replace(table_of({"count": type_}), rows=rows)
        values = [(value,) for value in [*range(10), *([None] if type_.nullable else [])]]
        assert list(differences(table, iter(values))) == []


def test_rows_of_dashes_only_match_everything():
    table = table_of({"fare": FARE, "flag": FLAG}, ["-", "-"], ["-", "-"])
    assert match(table, None, True) == {0, 1}


def test_a_table_without_rows_matches_nothing():
    assert match(table_of({"fare": FARE}), 5) == frozenset()


def test_a_table_without_columns_is_asked_too():
    assert match(table_of({}, [], []), *()) == {0, 1}


def test_a_column_of_one_value_matches_it():
    one = replace(COUNT, low=7, high=7)
    assert match(table_of({"count": one}, ["7"], ["-"], [">= 7"]), 7) == {0, 1, 2}


@pytest.mark.parametrize("edge", [-LARGEST, LARGEST])
def test_the_far_ends_of_the_range_are_told_apart_from_their_neighbours(edge):
    inner = edge - 1 if edge > 0 else edge + 1
    wide = replace(COUNT, nullable=True)
    table = table_of({"count": wide}, [str(edge)], [str(inner)], [f"not({edge})"], ["null"])
    assert match(table, edge) == {0}
    assert match(table, inner) == {1, 2}
    assert match(table, None) == {3}


def test_whole_fractions_are_taken_for_numbers():
    assert match(table_of({"fare": FARE}, ["3.00"]), Fraction(300)) == {0}


# ---- limits


def all_rows(count):
    return frozenset(range(count))


@pytest.mark.parametrize("rows", [47, 48, 49, 96, 97, 200])
@pytest.mark.parametrize("cell", ["-", "[0.00..{}.00]", "<= {}.00", "0.01, 9.99, {}.00", "null, 0.01, not"])
def test_all_rows_may_match_at_once(rows, cell):
    texts = ["not(9.99)" if "not" in cell else cell.format(row + 1) for row in range(rows)]
    table = table_of({"fare": FARE, "flag": FLAG}, *([text, "-"] for text in texts))
    assert match(table, 1, True) == matching_rows(table, (1, True))
    if cell != "[0.00..{}.00]":
        assert match(table, 1, True) == all_rows(rows)


@pytest.mark.parametrize("text", ["-", "5", ">= 5", "[5..9]", "1, 5, 9", "[1..2], [4..5], [8..9]", "not(6)"])
def test_all_rows_may_be_identical(text):
    table = table_of({"count": COUNT, "other": COUNT}, *([text, text] for _ in range(200)))
    assert match(table, 5, 5) == all_rows(200)


def test_every_ruleset_stays_within_the_limits(monkeypatch):
    """They are far below what hangs or kills the engine, so none may be built to see what happens."""
    texts, create = [], rete.c_engine.create_ruleset

    def build(name, text):
        texts.append(text)
        return create(name, text)

    monkeypatch.setattr(rete.c_engine, "create_ruleset", build)
    hundred = ", ".join(str(2 * number) for number in range(100))
    assert match(table_of({"count": COUNT}, *([hundred] for _ in range(7))), 4) == all_rows(7)
    assert match(table_of({"count": COUNT}, *(["[0..1], [3..4]"] for _ in range(48))), 4) == all_rows(48)
    assert match(table_of({"count": COUNT}, *(["-"] for _ in range(97))), 4) == all_rows(97)
    assert [text.count('"r') for text in texts] == [2, 2, 2, 1, 20, 20, 8, 48, 48, 1]
    assert max(text.count('"c') for text in texts) == 200


@pytest.mark.parametrize("arms", [2, 3, 6, 12])
def test_lists_of_intervals_never_overflow_what_the_engine_keeps_waiting(arms):
    """Far above every interval each lower end holds: 48 rows of 12 would be 576 waiting, and it takes 64."""
    starts = [[1000 * row + 10 * arm for arm in range(arms)] for row in range(48)]
    texts = [[", ".join(f"[{start}..{start + 5}]" for start in row)] for row in starts]
    table = table_of({"count": COUNT}, *texts)
    facts = [(value,) for row in starts for start in row for value in (start, start + 5, start + 6)]
    assert list(differences(table, iter([(-1,), (10**6,), *facts]))) == []


def test_without_that_limit_the_engine_fails_for_some_facts_only(monkeypatch):
    monkeypatch.setattr(rete, "SHARD_PENDING", 1000)
    table = table_of({"count": COUNT}, *([f"[{row}00..{row}05], [{row}10..{row}15]"] for row in range(1, 49)))
    engine = ReteTable(table)
    assert engine.match([101], no_check) == {0}
    with pytest.raises(EnginesDisagree, match="303"):
        engine.match([10**6], no_check)


@pytest.mark.parametrize("sign", ["not({})", "{}"])
def test_a_row_may_have_256_comparisons_and_no_more(sign):
    def row(count):
        return table_of({"count": COUNT}, [sign.format(", ".join(str(2 * n) for n in range(count)))])

    assert plan_faults(row(256)) == []
    assert match(row(256), 8) == matching_rows(row(256), (8,))
    assert match(row(256), 9) == matching_rows(row(256), (9,))
    (fault,) = plan_faults(row(257))
    assert fault.place == 'table "table", row "R0"'
    assert fault.remedy == "split this row in two"


def test_a_row_may_have_12_intervals_in_a_list_and_no_more():
    def row(count):
        return table_of({"count": COUNT}, [", ".join(f"[{10 * n}..{10 * n + 5}]" for n in range(count))])

    assert plan_faults(row(12)) == []
    assert list(differences(row(12), ((value,) for value in range(-2, 130)))) == []
    assert len(plan_faults(row(13))) == 1


def test_a_row_may_have_13_lists_and_no_more():
    def row(count):
        return table_of({f"x{n}": COUNT for n in range(count)}, ["1, 5"] * count)

    assert plan_faults(row(13)) == []
    assert match(row(13), *[5] * 13) == {0}
    assert match(row(13), *[5] * 12, 4) == frozenset()
    assert len(plan_faults(row(14))) == 1


def test_a_table_may_have_200_columns_and_no_more():
    def table(count):
        return table_of({f"x{n}": COUNT for n in range(count)}, ["5"] * count)

    assert match(table(200), *[5] * 200) == {0}
    assert match(table(200), *[5] * 199, 6) == frozenset()
    (fault,) = plan_faults(table(201))
    assert "201 columns" in fault.problem


def test_a_table_beyond_the_limits_is_refused_before_the_engine_is_called(no_engine):
    too_long = ", ".join(str(2 * number) for number in range(300))
    with pytest.raises(BadBook) as refused:
        ReteTable(table_of({"count": COUNT}, ["-"], [too_long], [too_long]))
    assert [fault.place[-8:] for fault in refused.value.faults] == ['row "R1"', 'row "R2"']


# ---- facts that are refused

BAD_FACTS = [
    (COUNT, None),
    (COUNT, True),
    (COUNT, 1.0),
    (COUNT, "1"),
    (COUNT, float("nan")),
    (COUNT, Fraction(1, 2)),
    (COUNT, LARGEST + 1),
    (COUNT, -LARGEST - 1),
    (COUNT, 10**30),
    (replace(COUNT, nullable=True), LARGEST + 1),
    (replace(COUNT, low=0, high=9), 10),
    (replace(COUNT, low=0, high=9), -1),
    (Type(Kind.RATE), Fraction(1, 3)),
    (Type(Kind.DECIMAL), 10**9),
    (Type(Kind.DECIMAL), 0.5),
    (Type(Kind.DATE), date(1799, 12, 31)),
    (Type(Kind.DATE), date(2200, 1, 1)),
    (Type(Kind.DATE), datetime(2024, 1, 1)),  # noqa: DTZ001
    (Type(Kind.DATE), "2024-01-01"),
    (FLAG, 1),
    (FLAG, None),
    (FLAG, "true"),
    (TIER, "platinum"),
    (TIER, 0),
]


@pytest.mark.parametrize(("type_", "value"), BAD_FACTS)
def test_a_value_that_is_not_of_its_column_is_refused_before_the_engine_is_called(no_engine, type_, value):
    engine, dropped = ReteTable(table_of({"x": type_}, ["-"])), dropped_engines()
    with pytest.raises(BadInput) as refused:
        engine.match([value], no_check)
    assert [fault.place for fault in refused.value.faults] == ["x"]
    assert dropped_engines() == dropped


def test_all_bad_values_are_listed():
    engine = ReteTable(table_of({"count": COUNT, "flag": FLAG, "tier": TIER}))
    with pytest.raises(BadInput) as refused:
        engine.match([True, False, "x"], no_check)
    assert [fault.place for fault in refused.value.faults] == ["count", "tier"]


# ---- the environment


def test_the_installed_engine_is_the_one_that_was_studied(monkeypatch):
    assert importlib.metadata.version("durable_rules") == rete.ENGINE_VERSION
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.0.29")
    with pytest.raises(ImportError, match=r"2\.0\.29"):
        runpy.run_path(rete.__file__)


def test_names_that_the_engine_confuses_are_told_by_our_hash():
    assert rete._fnv1a("costarring") == rete._fnv1a("liquid")
    assert rete._fnv1a("id") == 926444256  # as in the engine's source


def test_no_thread_is_started_and_the_python_layer_stays_out():
    code = (
        "import sys, threading\n"
        "from settlement.rules.rete import ReteTable\n"
        "from tests.random_tables import table_of\n"
        "from settlement.rules.types import Kind, Type\n"
        "engine = ReteTable(table_of({'x': Type(Kind.INTEGER)}, ['5']))\n"
        "rows = engine.match([5], lambda rows: None)\n"
        "print(sorted(rows), threading.active_count(), 'durable' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[0] 1 False\n"
