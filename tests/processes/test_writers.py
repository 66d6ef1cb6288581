"""Many processes write at once: a short form of `make races`."""

from settlement.audit import verify
from settlement.store import audit
from tests.processes.writers import WRITERS, append_many, together

TIMES = 50


def test_writers_in_many_processes_leave_one_whole_chain(database, database_url):
    told = together(append_many, database_url, times=TIMES)
    with database.reading() as tx:
        entries = list(audit.entries(tx))
        assert verify(entries, audit.head(tx)) == []
    assert len(entries) == WRITERS * TIMES
    assert {entry.subject for entry in entries} == {subject for subjects in told for subject in subjects}
