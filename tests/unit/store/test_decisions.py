"""Decision records: found by id, listed page by page, read in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError, StatementError

from settlement.errors import BadInput, NotFound
from settlement.roles import Role
from settlement.store.database import Database
from settlement.store.decisions import (
    DecisionRecord,
    find_decision,
    insert_decision,
    list_decisions,
    record_from,
    stored_decisions,
)
from tests.unit.store.builders import NOON, a_record


def insert_all(database: Database, *records: DecisionRecord) -> None:
    with database.transaction() as tx:
        for record in records:
            insert_decision(tx, record)


def pages(tx: Connection, limit: int, **only: str | None) -> Iterator[list[int]]:
    """The numbers of the records on each page."""
    before: str | None = None
    while True:
        records, before = list_decisions(
            tx, **{"actor": None, "case_id": None} | only, before=before, limit=limit
        )
        yield [int(record.id[2:]) for record in records]
        if before is None:
            return


@contextmanager
def counted_queries(tx: Connection) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(tx, "before_cursor_execute", note)
    yield seen
    event.remove(tx, "before_cursor_execute", note)


def test_a_record_comes_back_as_it_was(database: Database) -> None:
    insert_all(database, a_record(1), a_record(2, output='{"话":"“对不起”\\u0000"}', role=Role.SENIOR_AGENT))
    with database.reading() as tx, counted_queries(tx) as queries:
        found = find_decision(tx, a_record(2).id)
    assert found == a_record(2, output='{"话":"“对不起”\\u0000"}', role=Role.SENIOR_AGENT)
    assert isinstance(found.role, Role)
    assert len(queries) == 1


def test_a_time_comes_back_in_utc(database: Database) -> None:
    beijing = datetime(2026, 3, 3, 10, 15, tzinfo=timezone(timedelta(hours=8)))
    insert_all(database, a_record(recorded_at=beijing))
    with database.reading() as tx:
        found = find_decision(tx, a_record().id).recorded_at
        assert (
            tx.exec_driver_sql("SELECT recorded_at FROM decisions").scalar()
            == "2026-03-03T02:15:00.000000+00:00"
        )
    assert (found, found.utcoffset()) == (beijing, timedelta(0))


def test_a_time_without_a_zone_is_a_mistake(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        insert_all(database, a_record(recorded_at=datetime(2026, 3, 3)))  # noqa: DTZ001


def test_an_unknown_id_is_not_found(database: Database) -> None:
    with database.reading() as tx, pytest.raises(NotFound, match="no decision 'd-nothing'"):
        find_decision(tx, "d-nothing")


def test_an_id_is_used_once(database: Database) -> None:
    insert_all(database, a_record())
    with pytest.raises(IntegrityError) as caught:
        insert_all(database, replace(a_record(), output="{}"))
    assert "C-1001" not in str(caught.value), "what customers told us stays out of messages"


def test_pages_run_from_the_newest_to_the_oldest(database: Database) -> None:
    """Newest is what was recorded last, whatever the clock said."""
    insert_all(database, *(a_record(number, recorded_at=NOON) for number in range(1, 6)))
    with database.reading() as tx:
        assert list(pages(tx, 2)) == [[5, 4], [3, 2], [1]]
        assert list(pages(tx, 5)) == [[5, 4, 3, 2, 1]]
        assert list(pages(tx, 9)) == [[5, 4, 3, 2, 1]]


def test_a_page_needs_one_query(database: Database) -> None:
    insert_all(database, *map(a_record, range(1, 6)))
    with database.reading() as tx, counted_queries(tx) as queries:
        list_decisions(tx, actor="li", case_id="C-1001", before="4", limit=2)
    assert len(queries) == 1


def test_a_page_can_be_of_one_actor_or_one_case(database: Database) -> None:
    insert_all(
        database,
        *(a_record(number, actor="wu") for number in (1, 2)),
        *(a_record(number, case_id="C-2") for number in (3, 4)),
        a_record(5, actor="wu", case_id="C-2"),
    )
    with database.reading() as tx:
        assert list(pages(tx, 2, actor="wu")) == [[5, 2], [1]]
        assert list(pages(tx, 9, case_id="C-2")) == [[5, 4, 3]]
        assert list(pages(tx, 9, actor="wu", case_id="C-2")) == [[5]]
        assert list(pages(tx, 9, actor="nobody")) == [[]]


def test_pages_do_not_shift_while_records_arrive(database: Database) -> None:
    insert_all(database, *map(a_record, range(1, 5)))
    with database.reading() as tx:
        _, before = list_decisions(tx, actor=None, case_id=None, before=None, limit=2)
    insert_all(database, a_record(5))
    with database.reading() as tx:
        records, _ = list_decisions(tx, actor=None, case_id=None, before=before, limit=2)
    assert records == [a_record(2), a_record(1)]


@pytest.mark.parametrize("before", ["", "0", "-1", "1.5", "x", "１", "9" * 19, "1; DROP TABLE decisions"])
def test_a_strange_cursor_is_refused(database: Database, before: str) -> None:
    with database.reading() as tx, pytest.raises(BadInput, match="no place in this list"):
        list_decisions(tx, actor=None, case_id=None, before=before, limit=2)


def test_all_records_come_in_the_order_they_were_made(database: Database) -> None:
    """Also past one batch, and whatever their times say."""
    records = [a_record(number, recorded_at=a_record(200 - number).recorded_at) for number in range(120)]
    insert_all(database, *records)
    with database.reading() as tx:
        found = [record_from(each) for each in stored_decisions(tx)]
    assert found == records
    assert all(one.recorded_at > other.recorded_at for one, other in pairwise(found))
