"""Two services on one database, and people who all want the same at once: a short form of `make races`."""

from tests.processes.races import RACES, repeat_requests, run_race
from tests.processes.service import a_service, running
from tests.processes.whole import faults_in

TIMES, TWINS = 2, 4


def test_what_several_ask_for_at_once_happens_once(database, database_url):
    services = [a_service(database_url) for _ in range(2)]
    with running(*services):
        for race, most in RACES.items():
            assert list(run_race(services, database, race, most, TIMES)) == []
        assert list(repeat_requests(services, database, 1, TWINS)) == []
    assert faults_in(database) == []
