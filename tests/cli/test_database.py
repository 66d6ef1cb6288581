"""`settlement init`: on either database; on PostgreSQL for an owner, with a service that is somebody else."""

import pytest

from settlement.errors import BadInput
from settlement.store import audit, migrations
from settlement.store.database import Database
from settlement.web.app import create_app
from tests.postgres import OWNER, SERVICE


@pytest.fixture
def urls(server, postgresql_empty):
    """An empty database on PostgreSQL for its owner and for the service."""
    return server.url(postgresql_empty, OWNER), server.url(postgresql_empty, SERVICE)


def test_init_makes_the_tables_and_says_where_they_are(run, empty_url):
    for _ in range(2):
        result = run("init", "--database", empty_url)
        assert (result.exit_code, result.stdout) == (0, f"The database is ready: {empty_url}\n")
    with Database.open(empty_url) as database:
        assert database.is_current()


def test_a_password_is_never_shown(run, server, postgresql_empty):
    url = f"postgresql://{OWNER}:open-sesame@/{postgresql_empty}?host={server.folder}"
    for command in (["audit", "verify"], ["init"], ["init", "--grant-to", "nobody-of-this-name"]):
        result = run(*command, "--database", url)
        assert "open-sesame" not in result.output
        assert f"{OWNER}:***@" in result.output or "nobody-of-this-name" in result.output


def test_the_service_works_with_what_it_is_granted_and_can_migrate_nothing(run, urls):
    owner, service = urls
    with pytest.raises(BadInput, match=r"as the owner of the tables"):
        create_app(service)
    assert run("init", "--grant-to", SERVICE, "--database", owner).exit_code == 0
    app = create_app(service)
    assert app.test_client().get("/readyz").json["ready"] is True
    app.extensions["settlement"].database.close()
    assert run("audit", "verify", "--database", service).stdout == "0 entries, head none: whole\n"
    assert run("init", "--database", service).exit_code == 0


def test_the_service_does_not_start_on_older_tables(run, urls):
    owner, service = urls
    run("init", "--grant-to", SERVICE, "--database", owner)
    with Database.open(owner) as database, database.transaction() as tx:
        migrations.downgrade(tx, migrations.revisions()[1])
    with pytest.raises(BadInput, match=r"as the owner of the tables"):
        create_app(service)


def test_an_owner_is_not_made_the_service_and_a_role_must_be_there(run, urls):
    owner, _ = urls
    refused = run("init", "--grant-to", OWNER, "--database", owner)
    assert (refused.exit_code, "grant to another role" in refused.stderr) == (2, True)
    unknown = run("init", "--grant-to", 'no "such" role', "--database", owner)
    assert (unknown.exit_code, 'role "no "such" role" does not exist' in unknown.stderr) == (2, True)
    with Database.open(owner) as database, database.reading() as tx:
        assert audit.head(tx).count == 0


def test_sqlite_knows_no_roles(run, database_file):
    refused = run("init", "--grant-to", SERVICE, "--database", database_file)
    assert (refused.exit_code, "only PostgreSQL has roles" in refused.stderr) == (2, True)


def test_a_server_that_is_not_there_is_told_in_one_line(run):
    for command in (["init"], ["audit", "verify"], ["serve"]):
        result = run(*command, "--database", "postgresql://me:open-sesame@127.0.0.1:1/db")
        assert result.exit_code == 2
        assert "cannot be used as a database" in result.stderr
        assert "open-sesame" not in result.stderr
