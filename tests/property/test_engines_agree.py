"""The rules engine and the plain walker find the same rows. `make fuzz` asks ten times as often."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settlement.rules import cells, reference, rete
from tests.random_tables import differences, random_facts, random_table

SEED = 20261124
TABLES, FACTS_OF_EACH = 500, 200


def test_both_find_the_same_rows_for_a_hundred_thousand_facts():
    rng = Random(SEED)
    for _ in range(TABLES):
        table = random_table(rng)
        assert list(differences(table, random_facts(rng, table, FACTS_OF_EACH))) == []


def test_most_of_these_facts_hit_a_row_and_many_hit_several():
    rng, sizes = Random(SEED), []
    for _ in range(60):
        table = random_table(rng)
        sizes += [len(reference.matching_rows(table, fact)) for fact in random_facts(rng, table, 50)]
    assert sum(size > 0 for size in sizes) > len(sizes) / 2
    assert sum(size > 1 for size in sizes) > len(sizes) / 4


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_both_find_the_same_rows_whatever_hypothesis_tries(rng):
    table = random_table(rng, most_rows=6)
    assert list(differences(table, random_facts(rng, table, 8))) == []


# ---- the comparison can fail: each small mistake below is found


def ends_always_included(item, type_):
    first, last = cells.item_range(item, type_)
    return first - (getattr(item, "low_included", True) is False), last


def first_arm_forgotten(code, cell):
    return [{"$or": c["$or"][1:]} if "$or" in c else c for c in rete_conditions(code, cell)]


def one_hole_forgotten(code, cell):
    return [c for c in rete_conditions(code, cell) if "$neq" not in c]


def last_bound_forgotten(code, cell):
    conditions = rete_conditions(code, cell)
    return conditions[:-1] if len(conditions) == 2 else conditions


def unknown_is_the_greatest_known(code, column, name):
    rete_init(code, column, name)
    code.top = code.high


def last_shard_forgotten(rules):
    return list(rete_cut(rules))[:-1] or [[]]


def gap_one_too_long(intervals, low, high):
    return [(first, min(high, last + 1)) for first, last in rete_complement(intervals, low, high)]


def unknown_meets_not(cell, value):
    return cell.negated if value is None and cell.items else walker_cell_holds(cell, value)


def ends_never_included(item, value):
    return walker_item_holds(item, value) and value not in (
        getattr(item, "low", None),
        getattr(item, "high", None),
    )


rete_conditions, rete_init = rete._Code.conditions, rete._Code.__init__
rete_cut, rete_complement = rete._cut, rete._complement
walker_cell_holds, walker_item_holds = reference.cell_holds, reference.item_holds

MISTAKES: list[tuple[object, str, Callable]] = [
    (rete, "item_range", ends_always_included),
    (rete, "_cut", last_shard_forgotten),
    (rete, "_complement", gap_one_too_long),
    (rete._Code, "conditions", first_arm_forgotten),
    (rete._Code, "conditions", one_hole_forgotten),
    (rete._Code, "conditions", last_bound_forgotten),
    (rete._Code, "__init__", unknown_is_the_greatest_known),
    (reference, "cell_holds", unknown_meets_not),
    (reference, "item_holds", ends_never_included),
]


@pytest.mark.parametrize(
    ("where", "name", "mistake"), MISTAKES, ids=[mistake.__name__ for *_, mistake in MISTAKES]
)
def test_a_small_mistake_in_either_executor_is_found(monkeypatch, where, name, mistake):
    monkeypatch.setattr(where, name, mistake)
    assert any(_differ(Random(seed)) for seed in range(100))


def test_a_row_that_the_engine_loses_is_found(monkeypatch):
    class LosesARow:
        def __getattr__(self, name):
            return getattr(durable, name)

        def complete_and_start_action(self, handle, state):
            answer = durable.complete_and_start_action(handle, state)
            return durable.complete_and_start_action(handle, state) if answer and '"r1"' in answer else answer

    durable = rete.c_engine
    monkeypatch.setattr(rete, "c_engine", LosesARow())
    assert any(_differ(Random(seed)) for seed in range(100))


def _differ(rng: Random) -> bool:
    table = random_table(rng)
    return any(differences(table, random_facts(rng, table, 50)))
