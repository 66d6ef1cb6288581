"""Many processes write at once: a short form of `make races`."""

from settlement.audit import verify
from settlement.store import audit
from tests.processes.writers import WRITERS, append_many, retry, together

TIMES = 50


def test_writers_in_many_processes_leave_one_whole_chain(database, database_url):
    told = together(append_many, database_url, times=TIMES)
    with database.reading() as tx:
        entries = list(audit.entries(tx))
        assert verify(entries, audit.head(tx)) == []
    assert len(entries) == WRITERS * TIMES
    assert {entry.subject for entry in entries} == {subject for subjects in told for subject in subjects}


def test_a_request_repeated_by_many_processes_has_one_effect_and_one_answer(database, database_url):
    answers = together(retry, database_url, times=TIMES)
    assert all(each == answers[0] for each in answers)
    with database.reading() as tx:
        subjects = [entry.subject for entry in audit.entries(tx)]
    assert sorted(subjects) == sorted({f"k-{number // 2}" for number in range(TIMES)})
