"""Two approvers at once: a short form of `make races`."""

from settlement.desk.audit import verify_records
from tests.processes.approvers import prepare, race

RACES = 25


def test_of_two_approvers_exactly_one_wins(database, database_url):
    outcomes = race(database_url, prepare(database, RACES))
    assert [sum(won) for won in outcomes] == [1] * RACES
    with database.reading() as tx:
        assert verify_records(tx)[2] == []
