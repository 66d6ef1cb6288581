"""Bearer tokens: found by the hash of their secret, until they end."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from settlement.audit import digest
from settlement.roles import Actor, Role
from settlement.store.database import Database
from settlement.store.people import Person, add_person, change_person
from settlement.store.tokens import Token, add_token, end_token, find_token, holder_of, list_tokens
from tests.unit.store.builders import NOON

LI = Token("t-1", "李", NOON)
TICK = timedelta(microseconds=1)


@pytest.fixture
def people(database: Database) -> Database:
    with database.transaction() as tx:
        add_person(tx, Person("李", Role.SENIOR_AGENT, NOON, "local"))
        add_person(tx, Person("wu", Role.AUDITOR, NOON, "local"))
        add_token(tx, LI, secret_hash=digest("open sesame"))
        add_token(tx, Token("t-2", "wu", NOON, NOON + TICK), secret_hash=digest("other"))
    return database


def test_a_secret_finds_its_person(people: Database) -> None:
    with people.reading() as tx:
        found = holder_of(tx, digest("open sesame"), NOON)
        assert found == ("t-1", Actor("李", Role.SENIOR_AGENT))
        assert isinstance(found[1].role, Role)
        assert holder_of(tx, digest("open"), NOON) is None
        assert find_token(tx, "t-1") == LI
        assert find_token(tx, "t-9") is None


def test_a_token_ends_at_its_moment_and_not_before(people: Database) -> None:
    with people.reading() as tx:
        assert holder_of(tx, digest("other"), NOON) == ("t-2", Actor("wu", Role.AUDITOR))
        assert holder_of(tx, digest("other"), NOON + TICK) is None


def test_a_revoked_token_and_one_of_somebody_disabled_stand_for_nobody(people: Database) -> None:
    with people.transaction() as tx:
        end_token(tx, "t-1", NOON)
        change_person(tx, "wu", disabled_at=NOON)
    with people.reading() as tx:
        assert holder_of(tx, digest("open sesame"), NOON) is None
        assert holder_of(tx, digest("other"), NOON) is None


def test_a_token_of_nobody_stands_for_nobody(database: Database) -> None:
    with database.transaction() as tx:
        add_token(tx, LI, secret_hash="one")
        assert holder_of(tx, "one", NOON) is None


def test_tokens_are_listed_by_person(people: Database) -> None:
    with people.reading() as tx:
        assert [token.id for token in list_tokens(tx)] == ["t-2", "t-1"]
        assert list_tokens(tx, "李") == [LI]


@pytest.mark.parametrize("second", [(LI, "another"), (Token("t-2", "wu", NOON), "one")])
def test_neither_an_id_nor_a_secret_is_used_twice(database: Database, second: tuple[Token, str]) -> None:
    with database.transaction() as tx:
        add_token(tx, LI, secret_hash="one")
    with pytest.raises(IntegrityError), database.transaction() as tx:
        add_token(tx, second[0], secret_hash=second[1])
