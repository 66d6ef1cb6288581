"""People and their tokens: one name, one role at a time; every change audited, none of one's own."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from settlement.desk.audit import verify_records
from settlement.desk.people import (
    OwnStanding,
    create_person,
    disable_person,
    enable_person,
    set_password,
    set_role,
)
from settlement.desk.tokens import OtherRole, create_token, revoke_token, token_for
from settlement.errors import BadInput, NotFound, Refused
from settlement.roles import Actor, Role
from settlement.store import audit
from settlement.store.database import Database
from settlement.store.migrations import downgrade, upgrade
from settlement.store.people import PersonExists, all_people, find_person

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
ADMIN = Actor("Zhao Min", Role.ADMIN)


def token_of(tx, name="Li Na", role=Role.AGENT, secret="s", token_id="t-1", **said):
    return create_token(tx, name=name, role=role, secret=secret, token_id=token_id, by=ADMIN, now=NOW, **said)


def findings(database) -> list[str]:
    with database.reading() as tx:
        return [finding.problem for finding in verify_records(tx)[2]]


def test_a_token_makes_its_person_once(database):
    with database.transaction() as tx:
        token_of(tx)
        token_of(tx, secret="another", token_id="t-2")
        assert [(p.name, p.role, p.created_by) for p in all_people(tx)] == [("Li Na", Role.AGENT, "Zhao Min")]
        events = [(entry.event, entry.subject, entry.actor) for entry in audit.entries(tx)]
    assert events == [
        ("user_created", "Li Na", "Zhao Min"),
        ("token_created", "t-1", "Zhao Min"),
        ("token_created", "t-2", "Zhao Min"),
    ]


def test_a_name_has_one_role_at_a_time(database):
    with database.transaction() as tx:
        token_of(tx)
        with pytest.raises(OtherRole, match=r"Li Na is agent, not supervisor: .*settlement user set-role"):
            token_of(tx, role=Role.SUPERVISOR, secret="another", token_id="t-2")
        with pytest.raises(PersonExists):
            create_person(tx, name="Li Na", role=Role.AGENT, by=ADMIN, now=NOW)


@pytest.mark.parametrize("name", ["li na", "LI NA", "Ｌｉ Ｎａ", "ﬃ"])
def test_names_that_look_alike_are_one_name(database, name):
    with database.transaction() as tx:
        token_of(tx)
        create_person(tx, name="FFI", role=Role.AGENT, by=ADMIN, now=NOW)
        told = "there is a user '(Li Na|FFI)' already, and .* looks like it"
        with pytest.raises(PersonExists, match=told):
            create_person(tx, name=name, role=Role.ADMIN, by=ADMIN, now=NOW)
        with pytest.raises(PersonExists, match=told):
            token_of(tx, name=name, secret="another", token_id="t-2")
        assert [person.name for person in all_people(tx)] == ["FFI", "Li Na"]


def test_the_table_itself_refuses_a_name_that_looks_like_another(database):
    with database.transaction() as tx:
        token_of(tx)
    row = "SELECT 'li na', compared, role, created_at, created_by, NULL, NULL, 0, NULL FROM users"
    with pytest.raises(IntegrityError), database.transaction() as tx:
        tx.exec_driver_sql(f"INSERT INTO users {row}")


def test_tokens_follow_the_role_of_their_person_at_once(database):
    with database.transaction() as tx:
        token_of(tx)
        set_role(tx, "Li Na", Role.SUPERVISOR, by=ADMIN, now=NOW)
        assert token_for(tx, "s", NOW) == ("t-1", Actor("Li Na", Role.SUPERVISOR))


def test_a_disabled_person_is_stopped_at_once_and_may_come_back(database):
    with database.transaction() as tx:
        token_of(tx)
        disable_person(tx, "Li Na", by=ADMIN, now=NOW)
        assert token_for(tx, "s", NOW) is None
        with pytest.raises(Refused, match="settlement user enable"):
            token_of(tx, secret="another", token_id="t-2")
        enable_person(tx, "Li Na", by=ADMIN, now=NOW)
        assert token_for(tx, "s", NOW) == ("t-1", Actor("Li Na", Role.AGENT))


def test_tokens_expire_and_are_revoked(database):
    with database.transaction() as tx:
        token_of(tx, expires_at=NOW + timedelta(hours=8))
        assert token_for(tx, "s", NOW + timedelta(hours=7, minutes=59))
        assert token_for(tx, "s", NOW + timedelta(hours=8)) is None
        revoke_token(tx, "t-1", by=ADMIN, now=NOW)
        assert token_for(tx, "s", NOW) is None
        with pytest.raises(NotFound):
            revoke_token(tx, "t-9", by=ADMIN, now=NOW)


CHANGES = {
    "role_changed": lambda tx, by: set_role(tx, "Li Na", Role.SUPERVISOR, by=by, now=NOW),
    "user_disabled": lambda tx, by: disable_person(tx, "Li Na", by=by, now=NOW),
    "user_enabled": lambda tx, by: enable_person(tx, "Li Na", by=by, now=NOW),
}


@pytest.mark.parametrize("event", CHANGES)
def test_nobody_changes_their_own_standing(database, event):
    with database.transaction() as tx:
        create_person(tx, name="Li Na", role=Role.ADMIN, by=ADMIN, now=NOW)
        before = find_person(tx, "Li Na")
        with pytest.raises(OwnStanding, match="another admin"):
            CHANGES[event](tx, Actor("Li Na", Role.ADMIN))
        assert find_person(tx, "Li Na") == before


def test_every_change_is_told_once_in_the_past_tense_and_no_secret_with_it(database):
    with database.transaction() as tx:
        token_of(tx, secret="very secret")
        for _ in (1, 2):
            for event in CHANGES:
                CHANGES[event](tx, ADMIN)
            revoke_token(tx, "t-1", by=ADMIN, now=NOW)
        set_password(tx, "Li Na", "$argon2id$slow", by=ADMIN, now=NOW)
        entries = list(audit.entries(tx))
    assert [entry.event for entry in entries] == [
        "user_created", "token_created", "role_changed", "user_disabled", "user_enabled", "token_revoked",
        "user_disabled", "user_enabled", "password_set",
    ]  # fmt: skip
    assert json.loads(entries[2].body) == {"before": "agent", "role": "supervisor"}
    assert not [entry for entry in entries if 'secret"' in entry.body or "slow" in entry.body]
    assert findings(database) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "x" * 65,
        "a\nb",
        " Li",
        "Li ",
        "Li  Na",
        "Jose\u0301",
        "local",
        "Settlement",
        "a\u202eb",
        "LOGIN",
        "ｌｏｃａｌ",
    ],
)
def test_what_would_not_tell_people_apart_is_no_name(database, name):
    with pytest.raises(BadInput) as refused, database.transaction() as tx:
        create_person(tx, name=name, role=Role.AGENT, by=ADMIN, now=NOW)
    assert [(fault.place, bool(fault.remedy)) for fault in refused.value.faults] == [("/name", True)]


@pytest.mark.parametrize("name", ["李娜", "José Ó Briain", "O'Neil-Smith (night shift)", "x" * 64])
def test_names_of_people_are_names(database, name):
    with database.transaction() as tx:
        assert create_person(tx, name=name, role=Role.AGENT, by=ADMIN, now=NOW).name == name


@pytest.mark.parametrize(
    "change", [set_role, disable_person, enable_person, set_password], ids=lambda change: change.__name__
)
def test_nobody_is_changed_who_is_not_there(database, change):
    given = {set_role: (Role.AGENT,), set_password: ("hash",)}.get(change, ())
    with pytest.raises(NotFound, match="settlement user list"), database.transaction() as tx:
        change(tx, "Nobody", *given, by=ADMIN, now=NOW)


def staff(database):
    """Somebody with a token that ends, a revoked one, and a password; somebody disabled."""
    with database.transaction() as tx:
        token_of(tx, expires_at=NOW)
        token_of(tx, secret="gone", token_id="t-2")
        revoke_token(tx, "t-2", by=ADMIN, now=NOW)
        set_password(tx, "Li Na", "$argon2id$slow", by=ADMIN, now=NOW)
        create_person(tx, name="Wu", role=Role.FINANCE, by=ADMIN, now=NOW)
        set_role(tx, "Wu", Role.AUDITOR, by=ADMIN, now=NOW)
        disable_person(tx, "Wu", by=ADMIN, now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tokens SET name = 'Wu' WHERE id = 't-1'",
        "UPDATE tokens SET secret_hash = 'mine' WHERE id = 't-1'",
        "UPDATE tokens SET expires_at = NULL WHERE id = 't-1'",
        "UPDATE tokens SET expires_at = '2036-03-03T12:00:00.000000+00:00' WHERE id = 't-1'",
        "UPDATE tokens SET revoked_at = NULL WHERE id = 't-2'",
        "UPDATE tokens SET revoked_at = created_at WHERE id = 't-1'",
        "DELETE FROM tokens WHERE id = 't-2'",
        "INSERT INTO tokens SELECT 'another', name, 'mine', created_at, NULL, NULL FROM tokens WHERE id = 't-1'",
        "UPDATE users SET role = 'finance' WHERE name = 'Wu'",
        "UPDATE users SET role = 'king' WHERE name = 'Wu'",
        "UPDATE users SET disabled_at = NULL WHERE name = 'Wu'",
        "UPDATE users SET disabled_at = 'never' WHERE name = 'Li Na'",
        "UPDATE users SET password_hash = 'mine' WHERE name = 'Li Na'",
        "UPDATE users SET password_hash = NULL WHERE name = 'Li Na'",
        "UPDATE users SET password_hash = 'mine' WHERE name = 'Wu'",
        "UPDATE users SET name = 'Xu' WHERE name = 'Wu'",
        "DELETE FROM users WHERE name = 'Wu'",
        "UPDATE users SET compared = 'xu' WHERE name = 'Wu'",
        "INSERT INTO users SELECT 'Xu', 'xu', 'admin', created_at, created_by, NULL, NULL, 0, NULL FROM users"
        " WHERE name = 'Wu'",
    ],
)
def test_nobody_becomes_somebody_else_or_more_unseen(database, tamper, statement):
    staff(database)
    assert findings(database) == []
    tamper(statement)
    assert findings(database)


@pytest.fixture
def owned(owner_url):
    """The database, for the one who may change its tables."""
    with Database.open(owner_url) as database:
        yield database


def test_tokens_from_before_there_were_users_keep_their_people_and_verify(owned, tamper):
    """Their entries told name and role together; a name with two roles has that of its newest token."""
    with owned.transaction() as tx:
        downgrade(tx, "0002")
        for number, (name, role) in enumerate(
            [("Li Na", "agent"), ("Wu", "auditor"), ("Li Na", "supervisor")]
        ):
            told = {"name": name, "role": role, "secret_hash": f"hash {number}"}
            at = NOW + timedelta(seconds=number)
            columns = f"'t-{number}', '{name}', '{role}', 'hash {number}', '{at.isoformat()}'"
            tx.exec_driver_sql(
                f"INSERT INTO tokens (id, name, role, secret_hash, created_at) VALUES ({columns})"
            )
            audit.append(
                tx,
                at=at,
                actor="local",
                role="director",
                event="token_created",
                subject=f"t-{number}",
                body=told,
            )
        upgrade(tx)
        assert [(p.name, p.role) for p in all_people(tx)] == [
            ("Li Na", Role.SUPERVISOR),
            ("Wu", Role.AUDITOR),
        ]
    assert findings(owned) == []
    tamper("UPDATE users SET role = 'admin' WHERE name = 'Wu'")
    assert findings(owned) == ["user Wu was changed from outside: role"]


def test_people_from_before_there_were_users_who_look_alike_are_named(owned):
    with owned.transaction() as tx:
        downgrade(tx, "0002")
        for name in ("Li Na", "li na"):
            row = f"'{name}', '{name}', 'agent', '{name}', '{NOW.isoformat()}'"
            tx.exec_driver_sql(f"INSERT INTO tokens (id, name, role, secret_hash, created_at) VALUES ({row})")
    with pytest.raises(BadInput, match="'Li Na' and 'li na' look alike"):
        owned.upgrade()


def test_going_back_to_before_there_were_users_brings_no_ended_token_to_life(owned):
    staff(owned)
    with owned.transaction() as tx:
        token_of(tx, name="Xu", secret="x", token_id="t-3")
        token_of(tx, name="Yi", secret="y", token_id="t-4")
        disable_person(tx, "Yi", by=ADMIN, now=NOW)
        downgrade(tx, "0002")
        assert tx.exec_driver_sql("SELECT id, name, role FROM tokens").all() == [("t-3", "Xu", "agent")]
