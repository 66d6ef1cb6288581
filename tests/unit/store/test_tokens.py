"""Bearer tokens: found by the hash of their secret."""

import pytest
from sqlalchemy.exc import IntegrityError

from settlement.audit import digest
from settlement.roles import Role
from settlement.store.database import Database
from settlement.store.tokens import Token, add_token, find_token
from tests.unit.store.builders import NOON

LI = Token("t-1", "李", Role.SENIOR_AGENT, NOON)


def test_a_secret_finds_its_person(database: Database) -> None:
    with database.transaction() as tx:
        add_token(tx, LI, secret_hash=digest("open sesame"))
        add_token(tx, Token("t-2", "wu", Role.AUDITOR, NOON), secret_hash=digest("other"))
    with database.reading() as tx:
        found = find_token(tx, digest("open sesame"))
        assert found == LI
        assert isinstance(found.role, Role)
        assert find_token(tx, digest("open")) is None


@pytest.mark.parametrize("second", [(LI, "another"), (Token("t-2", "wu", Role.AGENT, NOON), "one")])
def test_neither_an_id_nor_a_secret_is_used_twice(database: Database, second: tuple[Token, str]) -> None:
    with database.transaction() as tx:
        add_token(tx, LI, secret_hash="one")
    with pytest.raises(IntegrityError), database.transaction() as tx:
        add_token(tx, second[0], secret_hash=second[1])
