"""When the engine fails, is interrupted, is shared between threads, or its edition goes."""

import subprocess
import sys
import threading
from itertools import product
from random import Random

import pytest

from settlement.errors import EnginesDisagree
from settlement.rules import rete
from settlement.rules.reference import matching_rows
from settlement.rules.rete import ReteTable, dropped_engines
from settlement.rules.types import Kind, Type
from tests.random_tables import random_facts, table_of

COUNT = Type(Kind.INTEGER)
FLAG = Type(Kind.BOOLEAN)
TIER = Type(Kind.ENUM, values=("basic", "silver", "gold"), nullable=True)

durable = rete.c_engine


def no_check(rows):
    """The engine alone is asked."""


class StandIn:
    """The engine with its calls counted, and some made `instead`."""

    def __init__(self, instead=None):
        self.calls, self.instead = [], instead or {}

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append(name)
            return self.instead.get(name, getattr(durable, name))(*arguments)

        return call


@pytest.fixture
def stand_in(monkeypatch):
    it = StandIn()
    monkeypatch.setattr(rete, "c_engine", it)
    return it


# ---- when the engine fails

FAULTY = table_of({"count": COUNT, "flag": FLAG}, *([f"<= {row}", "-"] for row in range(60)))
FAULTY_FACT = (52, True)
FAULTY_ROWS = frozenset(range(52, 60))
CALLS = ["create_ruleset", "assert_fact", "start_action_for_state", "complete_and_start_action"]
CALLS += ["retract_fact", "get_facts"]
PRETENDED = {"assert_fact": (0, 1), "retract_fact": (0, 1), "get_facts": "[]", "create_ruleset": 131071}


def raises(real, *arguments):
    raise RuntimeError("planted")


def raises_afterwards(real, *arguments):
    real(*arguments)
    raise durable.error("planted")


def runs_out_of_memory(real, *arguments):
    raise MemoryError


def gives_none(real, *arguments):
    real(*arguments)


def does_nothing_and_gives_none(real, *arguments):
    return None


def does_nothing_and_looks_well(real, *arguments):
    return PRETENDED.get(real.__name__)


def refuses(real, *arguments):
    real(*arguments)
    return (1, 1)


def loses_a_row(real, *arguments):
    real(*arguments)
    return real(*arguments)


def interrupts(real, *arguments):
    raise KeyboardInterrupt


def interrupts_afterwards(real, *arguments):
    real(*arguments)
    raise KeyboardInterrupt


BEHAVIOURS = [raises, raises_afterwards, runs_out_of_memory, gives_none, does_nothing_and_gives_none]
BEHAVIOURS += [does_nothing_and_looks_well, refuses, loses_a_row, interrupts, interrupts_afterwards]


def broken(call, behaviour, turn):
    """The engine whose `turn`th call of this name behaves so; turn None is every call."""
    seen = iter(range(10**6))

    def once(*arguments):
        real = getattr(durable, call)
        return behaviour(real, *arguments) if turn in (next(seen), None) else real(*arguments)

    return StandIn({call: once})


def twin(rows):
    if rows != FAULTY_ROWS:
        raise EnginesDisagree("they differ")


LIES = {
    (
        "assert_fact",
        does_nothing_and_looks_well,
        False,
    ),  # about a first fact: the next call kills the process
    (
        "complete_and_start_action",
        does_nothing_and_gives_none,
        True,
    ),  # about the last row: found a call later
    ("complete_and_start_action", does_nothing_and_looks_well, True),
}

CASES = [case for case in product(CALLS, BEHAVIOURS, [True, False]) if case not in LIES]


@pytest.mark.parametrize(("call", "behaviour", "used_before"), CASES)
def test_a_fault_never_gives_a_wrong_row_and_the_next_decision_is_right(
    monkeypatch, call, behaviour, used_before
):
    for turn in (None, *range(12)):
        engine, dropped, failed = ReteTable(FAULTY), dropped_engines(), 0
        if used_before:
            engine.match(FAULTY_FACT, twin)
        with monkeypatch.context() as patch:
            patch.setattr(rete, "c_engine", broken(call, behaviour, turn))
            try:
                engine.match(FAULTY_FACT, twin)
            except (EnginesDisagree, KeyboardInterrupt):
                failed = 1
        assert dropped_engines() == dropped + failed
        engine.match(FAULTY_FACT, twin)
        engine.retire()


def test_a_last_step_that_only_pretends_costs_the_next_decision_but_gives_no_wrong_row(monkeypatch):
    engine = ReteTable(FAULTY)
    engine.match(FAULTY_FACT, twin)
    with monkeypatch.context() as patch:
        patch.setattr(rete, "c_engine", broken("complete_and_start_action", does_nothing_and_gives_none, 9))
        engine.match(FAULTY_FACT, twin)
    with pytest.raises(EnginesDisagree, match="the rows were cut off"):
        engine.match(FAULTY_FACT, no_check)
    engine.match(FAULTY_FACT, twin)


def test_a_fault_is_named_with_its_place_and_its_cause(monkeypatch):
    engine = ReteTable(FAULTY, 'packs/x: table "fees"')
    monkeypatch.setattr(rete, "c_engine", broken("assert_fact", raises, 1))
    with pytest.raises(EnginesDisagree, match=r'^packs/x: table "fees": the rules engine failed: planted$'):
        engine.match(FAULTY_FACT, no_check)


@pytest.mark.parametrize(
    ("call", "behaviour", "says"),
    [
        ("assert_fact", refuses, "the fact was not taken"),
        ("start_action_for_state", does_nothing_and_gives_none, "the rows were cut off"),
        ("complete_and_start_action", does_nothing_and_gives_none, "the rows were cut off"),
        (
            "complete_and_start_action",
            lambda real, *_: '{"z":{"m":{}}}',
            "it spoke of another fact or of no row",
        ),
        ("retract_fact", does_nothing_and_looks_well, "the fact was not removed"),
        ("retract_fact", refuses, "the fact was not removed"),
        ("get_facts", gives_none, "the fact was not removed"),
    ],
)
def test_each_check_on_the_engine_can_fail(monkeypatch, call, behaviour, says):
    engine = ReteTable(FAULTY)
    monkeypatch.setattr(rete, "c_engine", broken(call, behaviour, None))
    with pytest.raises(EnginesDisagree, match=says):
        engine.match(FAULTY_FACT, no_check)


def test_an_engine_that_never_stops_answering_is_stopped(monkeypatch):
    first = {}

    def start(handle, state):
        state, first["message"] = durable.start_action_for_state(handle, state)
        return state, first["message"]

    stuck = StandIn(
        {"start_action_for_state": start, "complete_and_start_action": lambda *_: first["message"]}
    )
    monkeypatch.setattr(rete, "c_engine", stuck)
    with pytest.raises(EnginesDisagree, match="a row came twice"):
        ReteTable(FAULTY).match(FAULTY_FACT, no_check)


def test_a_dropped_engine_is_never_called_again_not_even_to_free_it(monkeypatch):
    engine = ReteTable(FAULTY)
    engine.match(FAULTY_FACT, no_check)
    monkeypatch.setattr(rete, "c_engine", broken("complete_and_start_action", raises, 2))
    with pytest.raises(EnginesDisagree):
        engine.match(FAULTY_FACT, no_check)
    after = StandIn()
    monkeypatch.setattr(rete, "c_engine", after)
    engine.retire()
    assert after.calls == []


def test_what_cannot_be_freed_is_counted_and_stops_nobody(monkeypatch):
    engine, dropped = ReteTable(FAULTY), dropped_engines()
    engine.match(FAULTY_FACT, no_check)
    monkeypatch.setattr(rete, "c_engine", broken("delete_state", raises, 0))
    engine.retire()
    assert dropped_engines() == dropped + 1


# ---- the check of the caller


def test_the_check_sees_the_rows_before_the_engine_is_used_again(stand_in):
    engine, seen = ReteTable(FAULTY), []

    def check(rows):
        seen.append(rows)
        if len(seen) < 3:
            engine.match(FAULTY_FACT, check)

    engine.match(FAULTY_FACT, check)
    assert seen == [FAULTY_ROWS] * 3
    assert stand_in.calls.count("create_ruleset") == 3 * 2  # two shards each, none shared


@pytest.mark.parametrize("error", [EnginesDisagree("they differ"), KeyboardInterrupt()])
def test_when_the_check_fails_its_error_comes_through_and_the_engine_is_dropped(stand_in, error):
    def differ(rows):
        raise error

    engine, dropped = ReteTable(FAULTY), dropped_engines()
    engine.match(FAULTY_FACT, no_check)
    with pytest.raises(type(error)) as raised:
        engine.match(FAULTY_FACT, differ)
    assert raised.value is error
    assert dropped_engines() == dropped + 1
    assert engine.match(FAULTY_FACT, no_check) == FAULTY_ROWS
    assert stand_in.calls.count("create_ruleset") == 2 * 2


# ---- pool, retirement, threads


def test_an_engine_is_used_again(stand_in):
    engine = ReteTable(FAULTY)
    for _ in range(20):
        engine.match(FAULTY_FACT, no_check)
    assert stand_in.calls.count("create_ruleset") == 2


def test_nothing_is_built_before_the_first_decision(stand_in):
    ReteTable(FAULTY).retire()
    assert stand_in.calls == []


def test_retiring_frees_idle_engines_now_and_busy_ones_when_they_come_back(stand_in):
    engine = ReteTable(FAULTY)

    def retire_meanwhile(rows):
        engine.retire()
        assert "delete_ruleset" not in stand_in.calls

    engine.match(FAULTY_FACT, retire_meanwhile)
    assert stand_in.calls[-4:] == ["delete_state", "delete_ruleset"] * 2
    assert engine.match(FAULTY_FACT, no_check) == FAULTY_ROWS  # who still holds it gets right answers
    assert stand_in.calls.count("create_ruleset") == stand_in.calls.count("delete_ruleset") == 4
    engine.retire()
    assert stand_in.calls.count("delete_ruleset") == 4


@pytest.fixture
def hasty_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def in_threads(count, work):
    """Run work(number) in threads; what they raise is raised here."""
    failures = []

    def run(number):
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_four_threads_get_fifty_thousand_right_answers(hasty_threads):
    tiers = [f"{tier}, null" for tier in TIER.values]
    table = table_of(
        {"count": COUNT, "tier": TIER}, *([f"< {n}", tier] for n, tier in product(range(3), tiers))
    )
    facts = list(random_facts(Random(1), table, 500))
    expected = [matching_rows(table, fact) for fact in facts]
    engine, dropped = ReteTable(table), dropped_engines()

    def work(number):
        for _ in range(25):
            assert [engine.match(fact, no_check) for fact in facts] == expected

    in_threads(4, work)
    assert dropped_engines() == dropped
    engine.retire()


def test_each_answer_fits_the_edition_that_was_asked_while_editions_change(hasty_threads):
    editions = [
        table_of({"count": COUNT}, *([f">= {n}"] for n in range(edition, edition + 9)))
        for edition in range(60)
    ]
    in_force = [(0, ReteTable(editions[0]))]
    done = threading.Event()

    def work(number):
        if number == 0:
            for edition in range(1, 60):
                old, in_force[0] = in_force[0], (edition, ReteTable(editions[edition]))
                old[1].retire()
                in_force[0][1].match([0], no_check)
            done.set()
        while not done.is_set():
            edition, engine = in_force[0]
            rows = engine.match([30], lambda rows: None)
            assert rows == matching_rows(editions[edition], (30,))

    in_threads(4, work)


def test_memory_does_not_grow_over_decisions_and_editions():
    """A tenth of `make soak`, which exits 1 when a job grows beyond its bound."""
    small = ["--complaints", "2000", "--matches", "50000", "--editions", "100"]
    done = subprocess.run(
        [sys.executable, "bench/soak.py", *small], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
