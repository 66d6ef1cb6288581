"""What crashes and races are judged by: each thing that could be half there is seen."""

import pytest

from settlement.desk.erasure import Why, erase_customer
from tests.lives import BEFORE_THE_OFFER, LI, NOW, ZHAO, a_talk, an_agreement, closed, negotiations
from tests.processes.whole import faults_in
from tests.sittings import a_sitting

PLANTED = {
    "an event without its rows": "DELETE FROM promises WHERE case_id = 'C-2'",
    "a row without its event": "UPDATE promises SET state = 'broken' WHERE case_id = 'C-2'",
    "an approval that nobody gave": "UPDATE approvals SET state = 'approved'",
    "a clock that nobody started": "UPDATE clocks SET what = 'review' WHERE case_id = 'C-1' AND what = 'visit'",
    "a clock that nobody stopped": "UPDATE clocks SET stopped_at = started_at WHERE case_id = 'C-2'",
    "another sum than was agreed": "UPDATE commitments SET goodwill = goodwill + 1 WHERE case_id = 'C-2'",
    "a key without an answer": "INSERT INTO idempotency VALUES ('t', 'r', 'k', 'd', NULL, '2026-03-03T00:00:00Z')",
    "a customer half forgotten": "DELETE FROM identities WHERE value = 'K-C-2'",
    "words half forgotten": "UPDATE private_texts SET case_id = 'C-1'",
    "a case that stands elsewhere": "UPDATE cases SET state = 'closed' WHERE id = 'C-2'",
}


@pytest.fixture
def cases(database, database_file):
    """One that was closed and forgotten, one that is agreed, one that waits for a yes."""
    with database.transaction() as tx:
        closed(tx, an_agreement(tx, "C-1", by=ZHAO), by=ZHAO, now=NOW)
        erase_customer(a_sitting(tx), "K-C-1", Why.ASKED)
        an_agreement(tx, "C-2", by=ZHAO)
        waits = a_talk(tx, "C-3", *BEFORE_THE_OFFER, threatens_publicity=True)
        negotiations.ask_approval(a_sitting(tx, LI), waits)


def test_nothing_is_wrong_with_cases_that_are_whole(database, cases):
    assert faults_in(database) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_half_there_is_seen(database, cases, tamper, planted):
    tamper(PLANTED[planted])
    assert faults_in(database)
