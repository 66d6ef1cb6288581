"""Kill -9 of the service, the worker and database connections: a short form of `make crash`."""

import pytest

from tests.processes.crashes import end_connections, hold_the_file, torment

ROUNDS = 3


@pytest.fixture
def cut(database_kind, request):
    if database_kind == "sqlite":
        return hold_the_file(request.getfixturevalue("database_file"))
    return end_connections(request.getfixturevalue("server").run, request.getfixturevalue("postgresql_name"))


def test_nothing_acknowledged_is_lost_and_nothing_is_half_written(database, database_url, cut):
    faults, acknowledged = torment(database, database_url, ROUNDS, seed=7, cut=cut)
    assert faults == [], acknowledged
    assert '"erasures"' in acknowledged, "nobody lived to the end"
