"""The one file that knows durable_rules: a table as rulesets of its C engine, fenced.

The engine is exact for flat facts of bounded integers; elsewhere it can be wrong, stuck or dead
without an error (`test_rete_hazards.py` shows how). So:

- it sees only bounded integers, under names chosen here, in a text made from a template;
- rulesets stay far below its limits: a table is cut into shards;
- every call is checked, and an engine in doubt is never called again, not even to free it;
- the caller compares with the plain walker before an engine goes back to its pool.

From top to bottom: the table, the engine, the limits, the encoding.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from importlib.metadata import version
from itertools import chain
from threading import Lock
from typing import Any

import durable_rules_engine as c_engine

from settlement.errors import BadBook, BadInput, EnginesDisagree, Fault
from settlement.rules.book import Column, Row, Table
from settlement.rules.cells import Cell, Unknown, item_range
from settlement.rules.types import BadValue, Kind, Type, Value

ENGINE_VERSION = "2.0.28"
"""The only version whose undocumented functions were studied; another is refused at import."""

DROPS_BEFORE_UNREADY = 16
"""A dropped engine costs up to 5 MB: after so many the process should be replaced."""

_dropped: list[str] = []  # why; appending is atomic


def dropped_engines() -> int:
    """How many engines this process has dropped. From DROPS_BEFORE_UNREADY on it is not ready."""
    return len(_dropped)


class ReteTable:
    """One table of one edition in the engine, for any number of threads. Retire it with its edition.

    `place` says in messages which table failed. Raises BadBook for a table beyond the engine's limits.
    """

    def __init__(self, table: Table, place: str = "") -> None:
        if faults := plan_faults(table):
            raise BadBook(faults)
        self._place = place or f'table "{table.id}"'
        self._plan = _Plan(table)
        self._idle: list[_Engine] = []
        self._retired = False
        self._lock = Lock()  # guards giving back and retiring, nothing else

    def match(
        self, values: Sequence[Value | None], check: Callable[[frozenset[int]], None]
    ) -> frozenset[int]:
        """The numbers of the rows that match; rows count from 0 in file order.

        `check` sees them before the engine is used again; what it raises goes through, and the engine is
        dropped. Raises BadInput before any engine is called, EnginesDisagree when the engine fails.
        """
        numbers = self._plan.numbers_of(values)
        try:
            engine, rows = self._ask(numbers)
            check(rows)
        except BaseException as error:  # KeyboardInterrupt too: after it an engine loses rows without a word
            _dropped.append(f"{self._place}: {error!r}")
            raise
        self._give_back(engine)
        return rows

    def retire(self) -> None:
        """Free the idle engines now and each busy one when it comes back."""
        with self._lock:
            self._retired = True
            while engine := self._take():
                self._close(engine)

    def _ask(self, numbers: Sequence[int]) -> tuple["_Engine", frozenset[int]]:
        try:
            engine = self._take() or _Engine(self._plan)
            return engine, engine.match(numbers)
        except Exception as error:
            raise EnginesDisagree(f"{self._place}: the rules engine failed: {error}") from error

    def _take(self) -> "_Engine | None":
        try:
            return self._idle.pop()
        except IndexError:  # asking first would race with another thread
            return None

    def _give_back(self, engine: "_Engine") -> None:
        with self._lock:
            if self._retired:
                self._close(engine)
            else:
                self._idle.append(engine)

    def _close(self, engine: "_Engine") -> None:
        try:
            engine.close()
        except Exception as error:  # no answer depends on it: only memory is lost
            _dropped.append(f"{self._place}: {error!r}")


# ---- the engine

_CANARY = -1
"""Row number of the rule that always matches and is defined last: it comes last, or rows were cut off."""

_SESSION = "0"
_RETRACTION = '{"id":"1","sid":"0"}'


class _EngineFault(Exception):
    """The engine did not answer as it must."""


class _Engine:
    """Live rulesets of one plan, for one caller at a time. Dead after any exception."""

    def __init__(self, plan: "_Plan") -> None:
        self._fact = plan.fact
        self._nonce = 0
        self._shards = [(c_engine.create_ruleset("t", shard.rules), shard.rows) for shard in plan.shards]
        self.match(plan.probe)  # makes the state, too, without which delete_state kills the process

    def match(self, numbers: Sequence[int]) -> frozenset[int]:
        """The rows that match in any shard. Raises _EngineFault and whatever the engine raises."""
        self._nonce += 1
        fact = self._fact % (self._nonce, *numbers)
        found: list[int] = []
        for handle, rows in self._shards:
            found += _drain(handle, rows, fact)
        return frozenset(found)

    def close(self) -> None:
        """Free it: the state first, else its memory is lost."""
        for handle, _ in self._shards:
            c_engine.delete_state(handle, _SESSION)
            c_engine.delete_ruleset(handle)


def _drain(handle: int, rows: Mapping[str, int], fact: str) -> list[int]:
    """Assert a fact, take the rows one by one, retract it. `rows` numbers the heads of the messages."""
    code, state = c_engine.assert_fact(handle, fact)
    if code != 0:
        raise _EngineFault("the fact was not taken")
    tail = f'":{{"m":{fact}}}}}'  # the whole fact with this call's nonce: no other fact ends so
    found: list[int] = []
    started = c_engine.start_action_for_state(handle, state)
    message = started and started[1]
    while message is not None and len(found) <= len(rows):
        row = rows.get(message.removesuffix(tail))
        if row is None:
            raise _EngineFault("it spoke of another fact or of no row")
        found.append(row)
        message = c_engine.complete_and_start_action(handle, state)
    if len(set(found)) != len(found):
        raise _EngineFault("a row came twice")
    if found[-1:] != [_CANARY]:
        raise _EngineFault("the rows were cut off")
    code, _ = c_engine.retract_fact(handle, _RETRACTION)
    if code != 0 or c_engine.get_facts(handle, _SESSION) != "[]":
        raise _EngineFault("the fact was not removed")
    return found[:-1]


# ---- the limits

MOST_COLUMNS = 200
ROW_COMPARISONS, ROW_MARKERS = 256, 28
"""A marker is the beginning or the end of an AND or an OR."""

SHARD_ROWS, SHARD_COMPARISONS, SHARD_PENDING = 48, 256, 60
"""Pending: holds, and waits for its turn. The engine fails at the 65th, so for some facts only."""


def plan_faults(table: Table) -> list[Fault]:
    """What the engine cannot hold of a table: too many columns, or rows that must be split."""
    place = f'table "{table.id}"'
    if len(table.columns) > MOST_COLUMNS:
        return [Fault(place, f"{len(table.columns)} columns are too many", f"keep to {MOST_COLUMNS}")]
    codes = [_Code(column, f"c{number}") for number, column in enumerate(table.columns)]
    return [
        Fault(f'{place}, row "{row.id}"', "too many values and intervals in one row", "split this row in two")
        for row in table.rows
        if not _Rule(0, _condition(row, codes)).fits
    ]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One row as the engine reads it, and its sizes. Only names of columns begin with c."""

    number: int
    condition: str

    @property
    def comparisons(self) -> int:
        return self.condition.count('"c')

    @property
    def markers(self) -> int:
        return 2 * (self.condition.count('"$and"') + self.condition.count('"$or"'))

    @property
    def pending(self) -> int:
        """One for the row, and one for each interval of a list: its lower end may hold, its upper end not."""
        return self.condition.count('"$and"')

    @property
    def fits(self) -> bool:
        return self.comparisons <= ROW_COMPARISONS and self.markers <= ROW_MARKERS


@dataclass(frozen=True, slots=True)
class _Shard:
    """One ruleset: its text, and the row number for the head of each message."""

    rules: str
    rows: Mapping[str, int]


def _shard(rules: Sequence[_Rule]) -> _Shard:
    named = {f"r{rule.number}": rule.condition for rule in rules} | {"z": '{"k":1}'}
    texts = (f'"{name}":{{"all":[{{"m":{condition}}}]}}' for name, condition in named.items())
    heads = {f'{{"r{rule.number}': rule.number for rule in rules} | {'{"z': _CANARY}
    return _Shard("{" + ",".join(texts) + "}", heads)


def _cut(rules: Iterable[_Rule]) -> Iterator[list[_Rule]]:
    """The rules in shards within the limits; at least one shard."""
    shard: list[_Rule] = []
    for rule in rules:
        longer = [*shard, rule]
        if (
            len(longer) > SHARD_ROWS
            or sum(r.comparisons for r in longer) > SHARD_COMPARISONS
            or sum(r.pending for r in longer) > SHARD_PENDING
        ):
            yield shard
            longer = [rule]
        shard = longer
    yield shard


# ---- the encoding

Interval = tuple[int, int]
"""The first and the last of a run of whole numbers."""


class _Plan:
    """A table as its engines get it. Never changes."""

    def __init__(self, table: Table) -> None:
        self.codes = [_Code(column, f"c{number}") for number, column in enumerate(table.columns)]
        rules = (_Rule(number, _condition(row, self.codes)) for number, row in enumerate(table.rows))
        self.shards = [_shard(shard) for shard in _cut(rules)]
        self.fact = '{"id":"1","sid":"0","k":1,"n":%d' + "".join(f',"{c.name}":%d' for c in self.codes) + "}"
        self.probe = [code.low for code in self.codes]

    def numbers_of(self, values: Sequence[Value | None]) -> list[int]:
        """The values as the engine gets them. Raises BadInput with every value that is not of its column."""
        numbers, faults = [], []
        for code, value in zip(self.codes, values, strict=True):
            try:
                numbers.append(code.number_of(value))
            except BadValue as bad:
                faults.append(Fault(code.column.name, bad.problem, bad.remedy))
        if faults:
            raise BadInput(faults)
        return numbers


class _Code:
    """One column as whole numbers from `low` to `top`; unknown is the top, one beyond the type's bound."""

    def __init__(self, column: Column, name: str) -> None:
        self.column, self.name = column, name
        self.low, self.high = column.type.bounds
        self.top = self.high + column.type.nullable
        self._natural, self._number = _numbering(column.type)

    def number_of(self, value: Value | None) -> int:
        """The whole number for a natural value. Raises BadValue."""
        if type(value) in self._natural:
            number = self._number(value)
            if number is not None and self.low <= number <= self.high:
                return number
        elif value is None and self.column.type.nullable:
            return self.top
        raise BadValue(f"{value!r} is no value of this column", f"give {self.column.type.asks_for}")

    def conditions(self, cell: Cell) -> list[Any]:
        """What must hold for the column: nothing, one or two bounds, values left out, or one of a list."""
        if cell.items is None:
            return []
        intervals = self.intervals(cell)
        if not intervals:  # reading refuses such a cell
            return [{self.name: self.low - 1}]
        gaps = _complement(intervals, self.low, self.top)
        if len(intervals) == 1:
            return self._bounds(*intervals[0])
        if all(first == last for first, last in gaps):
            return [{"$neq": {self.name: first}} for first, _ in gaps]
        arms = [self._bounds(*interval) for interval in intervals]
        return [{"$or": [arm[0] if len(arm) == 1 else {"$and": arm} for arm in arms]}]

    def intervals(self, cell: Cell) -> list[Interval]:
        """The numbers for which a cell holds: apart, none adjoining, in order."""
        assert cell.items is not None
        known = [item_range(item, self.column.type) for item in cell.items if not isinstance(item, Unknown)]
        if cell.negated:
            return _complement(known, self.low, self.high)
        unknown = [(self.top, self.top)] if Unknown() in cell.items and self.top > self.high else []
        gaps = _complement([*known, *unknown], self.low, self.top)
        return _complement(gaps, self.low, self.top)

    def _bounds(self, first: int, last: int) -> list[Any]:
        if first == last:
            return [{self.name: first}]
        low = [{"$gte": {self.name: first}}] if first > self.low else []
        high = [{"$lte": {self.name: last}}] if last < self.top else []
        return low + high


def _numbering(type_: Type) -> tuple[tuple[type, ...], Callable[[Any], int | None]]:
    """The Python types of a natural value, exactly these, and Type.number by the shortest way."""
    match type_.kind:
        case Kind.ENUM:
            return (str,), {member: type_.number(member) for member in type_.values}.get
        case Kind.BOOLEAN:
            return (bool,), int
        case Kind.DATE:
            return (date,), date.toordinal
        case Kind.INTEGER | Kind.MONEY:
            return (int, Fraction), lambda value: value if type(value) is int else type_.number(value)
        case _:
            return (int, Fraction), type_.number


def _complement(intervals: Iterable[Interval], low: int, high: int) -> list[Interval]:
    """What they leave of the numbers from low to high."""
    left, free = [], low
    for first, last in sorted(intervals):
        if first > free:
            left.append((free, min(first - 1, high)))
        free = max(free, last + 1)
    if free <= high:
        left.append((free, high))
    return [interval for interval in left if interval[0] <= high]


def _condition(row: Row, codes: Sequence[_Code]) -> str:
    """A row as the engine reads it."""
    cells = [code.conditions(cell) for code, cell in zip(codes, row.cells, strict=True)]
    return json.dumps({"$and": [{"k": 1}, *chain.from_iterable(cells)]}, separators=(",", ":"))


# ---- what must be true before any of this is used


def _fnv1a(name: str) -> int:
    """The hash by which, alone, the engine compares the names of properties."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


_OURS = ["id", "sid", "k", "n", *(f"c{number}" for number in range(MOST_COLUMNS))]
_ITS_OWN = (
    "$and $or $eq $neq $lt $lte $gt $gte $ex $nex $mt $imt $iall $iany $add $sub $mul $div $l $r $i $m $s "
    "$forward all any pri count cap dist name"
)
_NAMES = [*_OURS, *_ITS_OWN.split()]
assert len({_fnv1a(name) for name in _NAMES}) == len(_NAMES), "two names are one to the engine"

_installed = version("durable_rules")
if _installed != ENGINE_VERSION:
    raise ImportError(f"durable_rules {_installed} is installed; only {ENGINE_VERSION} has been studied")
