"""A request sent twice has its effect once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from settlement.errors import Refused
from settlement.store import audit
from settlement.store.database import Database
from settlement.store.idempotency import KEPT, KeyReused, claim, keep
from tests.unit.store.builders import NOON, append_entry

ASKED = {"token": "t-1", "route": "POST /v1/suggestions", "key": "k-1"}


def ask(database: Database, *, body: str = "b", now: datetime = NOON, **said: Any) -> str:
    """A request whose effect is an audit entry."""
    asked = ASKED | said
    with database.transaction() as tx:
        kept = claim(tx, **asked, body_digest=body, now=now)
        if kept is not None:
            return kept
        answer = f"answer {append_entry(tx).seq}"
        keep(tx, **asked, answer=answer)
        return answer


def effects(database: Database) -> int:
    with database.reading() as tx:
        return audit.head(tx).count


def fail_after_claiming(tx: Connection) -> None:
    assert claim(tx, **ASKED, body_digest="b", now=NOON) is None
    append_entry(tx)
    raise ZeroDivisionError


def test_the_second_request_gets_the_first_answer(database: Database) -> None:
    assert ask(database) == "answer 1"
    assert ask(database) == "answer 1"
    assert effects(database) == 1


def test_twins_at_the_same_moment_have_one_effect(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ask(database), range(24)))
    assert answers == ["answer 1"] * 24
    assert effects(database) == 1


@pytest.mark.parametrize("other", [{"token": "t-2"}, {"route": "POST /v1/cases"}, {"key": "k-2"}])
def test_a_key_counts_for_its_token_and_route(database: Database, other: dict[str, str]) -> None:
    assert ask(database) == "answer 1"
    assert ask(database, body="another", **other) == "answer 2"


def test_another_body_is_refused(database: Database) -> None:
    ask(database)
    with pytest.raises(KeyReused, match="'k-1' came before with another body"):
        ask(database, body="another")
    assert issubclass(KeyReused, Refused)
    assert effects(database) == 1


def test_a_failed_request_frees_its_key(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        fail_after_claiming(tx)
    assert ask(database, body="another") == "answer 1"


def test_a_key_is_kept_for_thirty_days(database: Database) -> None:
    ask(database)
    assert timedelta(days=30) == KEPT
    assert ask(database, now=NOON + KEPT) == "answer 1"
    assert ask(database, body="another", now=NOON + KEPT + timedelta(microseconds=1)) == "answer 2"
    assert ask(database, body="another", now=NOON + KEPT * 2) == "answer 2"


def test_old_answers_of_others_are_forgotten_too(database: Database) -> None:
    ask(database)
    ask(database, token="t-2", now=NOON + KEPT * 2)
    with database.reading() as tx:
        assert tx.exec_driver_sql("SELECT token FROM idempotency").scalars().all() == ["t-2"]


def test_keeping_an_answer_for_a_key_that_nobody_claimed_is_a_mistake(database: Database) -> None:
    with pytest.raises(AssertionError), database.transaction() as tx:
        keep(tx, **ASKED, answer="answer")
