"""Clocks of cases: one row for each time a clock was started."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from settlement.cases.clocks import RunningClock
from settlement.dates import read_duration
from settlement.errors import NotFound
from settlement.store.tables import clocks


def insert_clock(tx: Connection, clock: RunningClock) -> None:
    """Add a clock that was just started."""
    tx.execute(
        insert(clocks).values(
            case_id=clock.case_id,
            what=clock.what,
            number=clock.number,
            limit=str(clock.limit),
            started_at=clock.started_at,
            due_at=clock.due_at,
        )
    )


def save_clock(tx: Connection, clock: RunningClock) -> None:
    """Move a clock to where it stands now."""
    names = ("due_at", "paused_at", "paused_until", "pause_reason", "stopped_at")
    _change(tx, clock, **{name: getattr(clock, name) for name in names})


def relimit_clock(tx: Connection, clock: RunningClock) -> None:
    """Give a clock another limit and end; whom it was told to before is told again when it is time."""
    said = {"limit": str(clock.limit), "due_at": clock.due_at}
    _change(tx, clock, **said, reminded_at=None, escalated_at=None)


def mark_clock(tx: Connection, clock: RunningClock, column: str, now: datetime) -> None:
    """Note that somebody was reminded, or that it went up."""
    _change(tx, clock, **{column: now})


def _change(tx: Connection, clock: RunningClock, **said: Any) -> None:
    same = (clocks.c.case_id == clock.case_id) & (clocks.c.what == clock.what)
    tx.execute(update(clocks).where(same & (clocks.c.number == clock.number)).values(**said))


def clocks_of(tx: Connection, case_id: str) -> list[RunningClock]:
    """Every clock of a case, in the order in which they were started."""
    rows = tx.execute(
        select(clocks).where(clocks.c.case_id == case_id).order_by(clocks.c.started_at, clocks.c.what)
    ).mappings()
    return [clock_from(row) for row in rows]


def running_clock(tx: Connection, case_id: str, what: str) -> RunningClock:
    """The newest clock of that name in a case. Raises NotFound."""
    row = (
        tx.execute(
            select(clocks)
            .where((clocks.c.case_id == case_id) & (clocks.c.what == what))
            .order_by(clocks.c.number.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound(f"case {case_id!r} has no clock {what!r}")
    return clock_from(row)


def find_clock(tx: Connection, case_id: str, what: str, number: int) -> RunningClock:
    """One clock. Raises NoResultFound."""
    same = (clocks.c.case_id == case_id) & (clocks.c.what == what) & (clocks.c.number == number)
    return clock_from(tx.execute(select(clocks).where(same)).mappings().one())


def overstood_clocks(tx: Connection, now: datetime) -> list[RunningClock]:
    """Clocks that have stood for as long as they may."""
    over = clocks.c.stopped_at.is_(None) & (clocks.c.paused_until < now)
    rows = tx.execute(select(clocks).where(over).order_by(clocks.c.paused_until, clocks.c.case_id)).mappings()
    return [clock_from(row) for row in rows]


def undated_clocks(tx: Connection) -> list[RunningClock]:
    """Clocks that have not stopped and of which no end is known."""
    undated = clocks.c.stopped_at.is_(None) & clocks.c.due_at.is_(None)
    rows = tx.execute(
        select(clocks).where(undated).order_by(clocks.c.started_at, clocks.c.case_id)
    ).mappings()
    return [clock_from(row) for row in rows]


def unmarked_clock(tx: Connection, case_id: str, what: str, number: int, column: str) -> RunningClock | None:
    """A clock of which nobody was reminded, or that did not go up yet; None where that was done."""
    same = (clocks.c.case_id == case_id) & (clocks.c.what == what) & (clocks.c.number == number)
    row = tx.execute(select(clocks).where(same, clocks.c[column].is_(None))).mappings().one_or_none()
    return None if row is None else clock_from(row)


def next_number(tx: Connection, case_id: str, what: str) -> int:
    """The number of the next clock of that name in a case."""
    query = select(func.count()).select_from(clocks)
    return (tx.scalar(query.where((clocks.c.case_id == case_id) & (clocks.c.what == what))) or 0) + 1


def unmarked_clocks(tx: Connection, column: str, now: datetime) -> list[RunningClock]:
    """Running clocks with a known end that nobody was reminded of, or that did not go up yet."""
    runs = clocks.c.stopped_at.is_(None) & clocks.c.paused_at.is_(None) & clocks.c.due_at.is_not(None)
    query = select(clocks).where(runs, clocks.c[column].is_(None), clocks.c.started_at <= now)
    return [clock_from(row) for row in tx.execute(query.order_by(clocks.c.due_at)).mappings()]


def clock_from(row: Mapping[str, Any] | RowMapping) -> RunningClock:
    """The clock that a row tells."""
    limit = read_duration(row["limit"])
    assert limit is not None, "limits are stored as they are written"
    return RunningClock(
        case_id=row["case_id"],
        what=row["what"],
        number=row["number"],
        limit=limit,
        started_at=row["started_at"],
        due_at=row["due_at"],
        paused_at=row["paused_at"],
        stopped_at=row["stopped_at"],
        paused_until=row["paused_until"],
        pause_reason=row["pause_reason"],
    )
