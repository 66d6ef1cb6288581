"""Kill -9 of the service, the worker and database connections: a short form of `make crash`."""

import pytest

from settlement.store.database import Database
from tests.processes.crashes import faults_after, give_tokens, summary, torment
from tests.processes.service import Process, a_service

ROUNDS = 4


@pytest.fixture
def cut(database_kind, request):
    """Breaks every connection to the database, where there are any."""
    if database_kind == "sqlite":
        return lambda: None
    server, name = request.getfixturevalue("server"), request.getfixturevalue("postgresql_name")
    ended = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND usename = 'service'"
    )
    return lambda: server.run(ended.format(name))


def test_nothing_acknowledged_is_lost_and_nothing_is_half_written(database_url, cut):
    with Database.open(database_url) as database:
        give_tokens(database)
        worker = Process(("worker", "--every", "1"), {"SETTLEMENT_DATABASE_URL": database_url})
        worker.start()
        try:
            with a_service(database_url) as service:
                acknowledged = torment(database, service, worker, ROUNDS, seed=7, cut=cut)
        finally:
            worker.kill()
        assert acknowledged.steps, "nobody did anything"
        assert faults_after(database, acknowledged) == [], summary(acknowledged)
