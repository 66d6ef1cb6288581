"""`settlement user` and `settlement token`: people, roles, passwords, tokens."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from settlement.desk.cases import open_case
from settlement.desk.login import log_in
from settlement.desk.tokens import token_for
from settlement.roles import Actor, Role
from settlement.store import audit
from settlement.store.database import Database
from settlement.store.people import all_people
from tests.builders import a_complaint
from tests.sittings import a_sitting

PASSWORD = "mountain river café"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "people.sqlite3"


@pytest.fixture
def at(run, file):
    """A command on this test's database."""

    def command(*args, input=None):
        return run(*args, "--database", file, input=input)

    return command


@pytest.fixture
def token(at):
    """Makes a token; its secret."""

    def make(name="Li Na", role="agent", *more):
        result = at("token", "create", "--role", role, "--name", name, *more)
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()[-1]

    return make


def holder(file, secret, now=None):
    with Database.open(f"sqlite:///{file}") as database, database.reading() as tx:
        found = token_for(tx, secret, now or datetime.now(UTC))
    return found and found[1]


def rows(result) -> list[list[str]]:
    assert result.exit_code == 0
    return [line.split("\t") for line in result.stdout.splitlines()[1:]]


def test_a_token_may_end_by_itself(token, at, file):
    secret = token("Li Na", "agent", "--days", "30")
    now = datetime.now(UTC)
    assert holder(file, secret, now + timedelta(days=29)) == Actor("Li Na", Role.AGENT)
    assert holder(file, secret, now + timedelta(days=31)) is None
    assert at("token", "create", "--role", "agent", "--name", "Li Na", "--days", "0").exit_code == 2


def test_a_name_with_another_role_is_refused_with_what_to_do(token, at, file):
    token()
    result = at("token", "create", "--role", "supervisor", "--name", "Li Na")
    assert result.exit_code == 1
    assert "Li Na is agent" in result.stderr
    assert "settlement user set-role" in result.stderr
    assert result.stdout == ""
    assert at("user", "set-role", "Li Na", "supervisor").exit_code == 0
    assert holder(file, token("Li Na", "supervisor")) == Actor("Li Na", Role.SUPERVISOR)


def test_tokens_are_listed_without_their_secrets_and_revoked_by_id(token, at, file):
    secret, other = token(), token("Wu", "auditor", "--days", "1")
    listed = at("token", "list")
    assert secret not in listed.stdout
    assert other not in listed.stdout
    (token_id, name, day, standing), (_, _, _, ending) = rows(listed)
    assert (name, day, standing) == ("Li Na", f"{datetime.now(UTC):%Y-%m-%d}", "active")
    assert re.fullmatch(r"until \d{4}-\d\d-\d\d \d\d:\d\d", ending)
    for _ in (1, 2):
        assert at("token", "revoke", token_id).exit_code == 0
    assert holder(file, secret) is None
    assert rows(at("token", "list"))[0][3].startswith("revoked ")
    assert at("token", "revoke", "t-0").exit_code == 2


def test_people_are_listed_with_how_they_stand(token, at, file):
    token()
    assert at("user", "create", "--name", "Wu", "--role", "finance").exit_code == 0
    assert at("user", "disable", "Wu").exit_code == 0
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert rows(at("user", "list")) == [
        ["Li Na", "agent", today, "none", "active"],
        ["Wu", "finance", today, "none", f"disabled {today}"],
    ]
    assert at("user", "enable", "Wu").exit_code == 0
    assert rows(at("user", "list"))[1][4] == "active"


def test_a_disabled_person_is_stopped_at_once(token, at, file):
    secret = token()
    at("user", "disable", "Li Na")
    assert holder(file, secret) is None
    result = at("token", "create", "--role", "agent", "--name", "Li Na")
    assert result.exit_code == 1
    assert "settlement user enable" in result.stderr


def test_who_has_a_case_is_stopped_once_somebody_takes_it_over(token, at, file):
    token("Li Na", "agent")
    token("Wu", "agent")
    with Database.open(f"sqlite:///{file}") as database, database.transaction() as tx:
        open_case(a_sitting(tx, Actor("Li Na", Role.AGENT)), a_complaint(id="C-1"))
    for command in (("disable", "Li Na"), ("set-role", "Li Na", "auditor")):
        refused = at("user", *command)
        assert refused.exit_code == 1
        assert "these wait for Li Na: case C-1. Name somebody to take them: --hand-over-to" in refused.stderr
        nobody = at("user", *command, "--hand-over-to", "Xu")
        assert nobody.exit_code == 2
        assert "--hand-over-to: 'Xu' cannot be asked" in nobody.stderr
    assert at("user", "set-role", "Li Na", "auditor", "--hand-over-to", "Wu").exit_code == 0
    assert at("user", "disable", "Li Na").exit_code == 0
    assert at("user", "disable", "Wu", "--hand-over-to", "Li Na").exit_code == 2
    assert at("audit", "verify").exit_code == 0


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_a_password_is_read_from_a_line_and_lets_in(token, at, file, ending):
    token()
    result = at("user", "set-password", "Li Na", input=f"{PASSWORD}{ending}".encode())
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert rows(at("user", "list"))[0][3] == "set"
    with Database.open(f"sqlite:///{file}") as database:
        found = log_in(
            database, name="Li Na", password=PASSWORD, secret="s", token_id="t-1", now=datetime.now(UTC)
        )
    assert found


def test_somebody_locked_out_is_shown_and_let_in_again(token, at, file):
    token()
    at("user", "set-password", "Li Na", input=PASSWORD.encode())
    with Database.open(f"sqlite:///{file}") as database:
        for _ in range(5):
            log_in(
                database, name="Li Na", password="wrong", secret="s", token_id="t-1", now=datetime.now(UTC)
            )
    assert rows(at("user", "list"))[0][4].startswith("locked until ")
    assert at("user", "enable", "Li Na").exit_code == 0
    assert rows(at("user", "list"))[0][4] == "active"


@pytest.mark.parametrize("password", ["short", "Bartholomew X"])
def test_an_easy_password_is_refused_with_what_to_do(token, at, file, password):
    token("Bartholomew X")
    result = at("user", "set-password", "Bartholomew X", input=password.encode())
    assert result.exit_code == 2
    assert "To do" in result.stderr
    assert rows(at("user", "list"))[0][3] == "none"


@pytest.mark.parametrize(
    "command", [("set-role", "Nobody", "agent"), ("disable", "Nobody"), ("enable", "Nobody"), ("set-password", "Nobody")]
)  # fmt: skip
def test_nobody_is_told_to_be_nobody(token, at, command):
    token()
    result = at("user", *command, input=PASSWORD.encode())
    assert result.exit_code == 2
    assert "settlement user list" in result.stderr


@pytest.mark.parametrize("name", ["local", " Li", "Li  Na", "a\nb"])
def test_what_is_no_name_makes_nobody_and_no_file(run, file, name):
    for command in (("user", "create"), ("token", "create")):
        result = run(*command, "--role", "agent", "--name", name, "--database", file)
        assert result.exit_code == 2
    assert not file.exists()


def test_all_of_it_is_audited_under_the_name_local(token, at, file):
    token()
    at("user", "set-role", "Li Na", "manager")
    at("user", "set-password", "Li Na", input=PASSWORD.encode())
    with Database.open(f"sqlite:///{file}") as database, database.reading() as tx:
        told = [(entry.event, entry.actor) for entry in audit.entries(tx)]
        assert [person.role for person in all_people(tx)] == [Role.MANAGER]
    events = ("user_created", "token_created", "role_changed", "password_set")
    assert told == [(event, "local") for event in events]
    assert at("audit", "verify").exit_code == 0
