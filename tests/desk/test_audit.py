"""`audit verify` over real records: what was changed, removed, moved or cut off is found."""

import pytest

from settlement.desk.audit import verify_records
from settlement.rules.library import load_books
from tests.desk.test_replay import record_many


@pytest.fixture
def kept(database):
    record_many(database, load_books(), 6, "d")
    return database


def findings(database, known=None) -> list[str]:
    with database.reading() as tx:
        return [finding.problem for finding in verify_records(tx, known)[2]]


def test_untouched_records_have_no_finding(kept):
    with kept.reading() as tx:
        count, head, found = verify_records(tx)
    assert (count, found) == (6, [])
    assert findings(kept, head) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'Nobody' WHERE seq = 3",
        "UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 3",
        "UPDATE audit SET body = replace(body, 'retail-cn', 'retail-cm') WHERE seq = 3",
        "UPDATE decisions SET output = replace(output, '\"agent\"', '\"agemt\"') WHERE id = 'd-2'",
        "UPDATE decisions SET role = 'king' WHERE id = 'd-2'",
        "UPDATE decisions SET role = 'agent' WHERE id = 'd-2'",
        "UPDATE decisions SET actor = 'Nobody' WHERE id = 'd-2'",
        "UPDATE decisions SET recorded_at = 'never' WHERE id = 'd-2'",
        "UPDATE decisions SET case_id = 'C-0' WHERE id = 'd-2'",
        "UPDATE decisions SET edition = '2025.1' WHERE id = 'd-2'",
        "UPDATE decisions SET request = request || ' ' WHERE id = 'd-2'",
        "UPDATE decisions SET digest = (SELECT digest FROM decisions WHERE id = 'd-3') WHERE id = 'd-2'",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 6",
        "DELETE FROM audit WHERE seq > 3",
        "DELETE FROM decisions WHERE id = 'd-5'",
        "UPDATE audit_head SET count = 5",
        "UPDATE audit_head SET last_hash = ''",
    ],
)
def test_a_changed_byte_a_removed_row_and_a_cut_tail_are_found(kept, tamper, statement):
    tamper(statement)
    assert findings(kept)


def test_two_swapped_rows_are_found(kept, tamper):
    tamper(
        "UPDATE audit SET seq = -1 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = -1",
    )
    assert findings(kept)


def test_two_swapped_decisions_are_found(kept, tamper):
    tamper(
        "UPDATE decisions SET position = -1 WHERE position = 2",
        "UPDATE decisions SET position = 2 WHERE position = 4",
        "UPDATE decisions SET position = 4 WHERE position = -1",
    )
    assert findings(kept)


def test_a_tail_cut_off_together_with_its_head_is_found_against_a_noted_head(kept, tamper):
    with kept.reading() as tx:
        noted = verify_records(tx)[1]
    tamper(
        "DELETE FROM audit WHERE seq = 6",
        "DELETE FROM decisions WHERE id = 'd-5'",
        "UPDATE audit_head SET count = 5, last_hash = (SELECT hash FROM audit WHERE seq = 5)",
    )
    assert findings(kept) == []
    assert findings(kept, noted)
