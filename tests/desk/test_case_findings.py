"""`audit verify` notices what was done to the records of cases behind the program's back."""

import pytest

from settlement.desk.audit import verify_records
from tests.desk.test_case_life import an_open_case
from tests.lives import an_agreement


def problems(database) -> list[str]:
    with database.reading() as tx:
        return [finding.problem for finding in verify_records(tx)[2]]


@pytest.fixture
def case(database):
    with database.transaction() as tx:
        an_open_case(tx)
    assert problems(database) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE case_events SET body = replace(body, '199.00', '919.00') WHERE position = 1",
            "was changed after",
        ),
        ("UPDATE case_events SET actor = 'Somebody' WHERE position = 3", "was changed after"),
        ("DELETE FROM case_events WHERE position = 5", "was removed"),
        ("UPDATE cases SET owner = 'Somebody'", "stands elsewhere than its events say: owner"),
        ("DELETE FROM cases", "stands elsewhere than its events say: missing"),
    ],
)
def test_a_tampered_case_is_found(database, case, tamper, statement, problem):
    tamper(statement)
    assert any(problem in each for each in problems(database)), problems(database)


def test_an_invented_event_is_found(database, case, tamper):
    columns = "case_id, position, at, actor, role, event, body"
    tamper(
        f"INSERT INTO case_events ({columns}) SELECT case_id, 99, at, actor, role, 'closed', '{{}}' "
        "FROM case_events WHERE position = 1"
    )
    assert any("has no entry in the log" in each for each in problems(database))


def test_a_gap_in_one_case_is_told_for_what_it_is_and_hides_nothing_of_another(database, tamper):
    with database.transaction() as tx:
        for name in ("C-1", "C-2", "C-3"):
            an_agreement(tx, name)
    assert problems(database) == []
    tamper(
        "DELETE FROM case_events WHERE case_id = 'C-1' AND position = 5",
        "UPDATE case_events SET actor = 'Nobody' WHERE case_id = 'C-3' AND position = 2",
        "DELETE FROM case_events WHERE case_id = 'C-2'",
    )
    with database.reading() as tx:
        gone = tx.exec_driver_sql("SELECT count(*) FROM audit WHERE subject = 'C-2'").scalar_one()
    found = problems(database)
    assert "event 5 of case C-1 was removed" in found
    assert "event 2 of case C-3 was changed after it was recorded" in found
    assert sum("of case C-2 was removed" in each for each in found) == gone
    assert sum("was removed" in each or "was changed" in each for each in found) == gone + 2
