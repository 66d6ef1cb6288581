"""Kill -9 of the service, the worker and database connections: a short form of `make crash`."""

import shutil
from datetime import UTC, datetime

import pytest

from settlement.desk.erasure import Why, erase_customer
from settlement.store.database import Database
from tests.lives import ZHAO, an_agreement, closed
from tests.processes.crashes import end_connections, hold_the_file, torment
from tests.processes.service import a_service, a_worker, running
from tests.sittings import a_sitting

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


@pytest.mark.parametrize("starts_again", [a_service, a_worker])
def test_names_that_a_killed_process_had_deleted_are_gone_when_it_runs_again(
    starts_again, database_file, tmp_path
):
    """It commits, and is killed before it has emptied the journal: what then stands in the files is copied."""
    now, words, killed = datetime.now(UTC), b"words of C-1", tmp_path / "killed"
    with Database.open(f"sqlite:///{database_file}") as database:
        with database.transaction() as tx:
            closed(tx, an_agreement(tx, "C-1", by=ZHAO, now=now), by=ZHAO, now=now)
        database.scrub()
        with database.transaction() as tx:
            erase_customer(a_sitting(tx, now=now), "K-C-1", Why.ASKED)
        killed.mkdir()
        for path in database_file.parent.glob(f"{database_file.name}*"):
            shutil.copy(path, killed)
    file = killed / database_file.name
    assert words in file.read_bytes()
    with running(starts_again(f"sqlite:///{file}")):
        assert [path.name for path in killed.iterdir() if words in path.read_bytes()] == []
