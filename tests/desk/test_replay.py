"""Old decisions replay to the byte, also when a newer edition is in force."""

import shutil
from pathlib import Path
from random import Random

import pytest

from settlement.decision import position
from settlement.desk.replay import replay, replay_all
from settlement.desk.suggestions import suggest
from settlement.errors import NotFound, SettlementError
from settlement.roles import Actor, Role
from settlement.rules.library import SHELF, Books, load_books, read_edition_file, release
from tests.builders import a_complaint
from tests.generated import generated
from tests.sittings import a_sitting, counting_id

DIRECTOR = Actor("Director", Role.DIRECTOR)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A shelf of our own with the shipped books."""
    for name in ("packs", "policies"):
        shutil.copytree(SHELF / name, tmp_path / name)
    shutil.copy(SHELF / "editions.lock", tmp_path / "editions.lock")
    return tmp_path


def with_newer_edition(shelf: Path) -> Books:
    """A released edition from June on, with other awards and a new edition of a pack."""
    old = (shelf / "policies/retail-cn/2026.1.toml").read_text("utf-8")
    new = old.replace('edition = "2026.1"', 'edition = "2026.2"').replace("2026-01-01", "2026-06-01")
    new = new.replace('"60.00"],', '"90.00"],')
    path = shelf / "policies/retail-cn/2026.2.toml"
    path.write_text(new, "utf-8")
    release(read_edition_file(path, shelf), shelf)
    old = (shelf / "packs/cn_consumer_fraud/2026.1.toml").read_text("utf-8")
    new = old.replace('edition = "2026.1"', 'edition = "2026.2"').replace("2026-01-01", "2026-06-01")
    path = shelf / "packs/cn_consumer_fraud/2026.2.toml"
    path.write_text(new.replace("Read November 2026.", "Read again in June 2026."), "utf-8")
    release(read_edition_file(path, shelf), shelf)
    return load_books(shelf)


def record_many(database, books: Books, count: int, prefix: str) -> None:
    """Decisions with the ids prefix-0, prefix-1, …"""
    rng, made = Random(11), 0

    def new_id(kind: str) -> str:
        return f"{prefix}-{made}" if kind == "d" else counting_id(kind)

    while made < count:
        try:
            with database.transaction() as tx:
                suggest(a_sitting(tx, DIRECTOR, books=books, new_id=new_id), generated(rng))
        except SettlementError:
            continue
        made += 1


def problems(database, books: Books) -> list[str | None]:
    with database.reading() as tx:
        return [replayed.problem for replayed in replay_all(tx, books)]


def test_every_decision_replays_to_the_byte_under_old_and_new_editions(database, shelf):
    record_many(database, load_books(shelf), 150, "old")
    books = with_newer_edition(shelf)
    record_many(database, books, 150, "new")
    with database.reading() as tx:
        editions = set(tx.exec_driver_sql("SELECT edition FROM decisions").scalars())
    assert editions == {"2026.1", "2026.2"}
    assert problems(database, books) == [None] * 300


def test_a_complaint_is_judged_by_the_edition_of_the_day_it_came_in(database, shelf):
    books = with_newer_edition(shelf)
    awards = []
    for moment in ("2026-05-31T23:59:59+08:00", "2026-06-01T00:00:00+08:00"):
        complaint = a_complaint(received_at=moment, verified="199.00")
        with database.transaction() as tx:
            advised = suggest(a_sitting(tx, DIRECTOR, books=books), complaint)
        awards.append(advised.decision.award.amount)
    assert awards == ["60.00", "90.00"]


def test_one_decision_can_be_replayed_by_its_id(database):
    books = load_books()
    record_many(database, books, 1, "one")
    with database.reading() as tx:
        assert replay(tx, books, "one-0").problem is None
        with pytest.raises(NotFound):
            replay(tx, books, "another")


def test_a_changed_record_is_named(database, tamper):
    books = load_books()
    record_many(database, books, 3, "d")
    tamper("UPDATE decisions SET output = replace(output, 'balance/1', 'balance/9') WHERE id = 'd-1'")
    found = problems(database, books)
    assert (found[0], found[2]) == (None, None)
    assert "changed after it was written" in found[1]


def test_a_record_that_cannot_be_read_any_more_is_named_and_stops_nothing(database, tamper):
    books = load_books()
    record_many(database, books, 2, "d")
    tamper("UPDATE decisions SET role = 'king' WHERE id = 'd-0'")
    found = problems(database, books)
    assert "cannot be read any more" in found[0]
    assert found[1] is None


def test_a_missing_edition_is_named_and_stops_nothing(database, shelf):
    books = with_newer_edition(shelf)
    record_many(database, books, 40, "d")
    found = problems(database, load_books())
    assert any(problem and "no edition" in problem for problem in found)
    assert None in found


def test_a_change_of_the_formulas_shows(database, monkeypatch):
    books = load_books()
    record_many(database, books, 30, "d")
    plain = position.settlement_range

    def richer(floor, deserved, interest, terms, *, only_face):
        return plain(floor, deserved + terms.round_cost, interest, terms, only_face=only_face)

    monkeypatch.setattr(position, "settlement_range", richer)
    assert any(problem and "differs in output" in problem for problem in problems(database, books))
