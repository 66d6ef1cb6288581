"""The shelf: what is released, what is in force, what changed."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from settlement.errors import BadBook, NotFound
from settlement.rules.library import (
    LOCK,
    SHELF,
    NoEditionInForce,
    load_books,
    read_edition_file,
    release,
)

FIRST = "policies/retail-cn/2026.1.toml"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    for name in ("packs", "policies"):
        shutil.copytree(SHELF / name, tmp_path / name)
    shutil.copy(SHELF / LOCK, tmp_path / LOCK)
    return tmp_path


def newer(shelf: Path, name: str, begins: str, *, released: bool = True) -> None:
    text = (shelf / FIRST).read_text("utf-8").replace("2026.1", name).replace("2026-01-01", begins)
    path = shelf / f"policies/retail-cn/{name}.toml"
    path.write_text(text, "utf-8")
    if released:
        assert release(read_edition_file(path, shelf), shelf)


def in_force(shelf: Path, day: str) -> str:
    return load_books(shelf).policy_for("retail-cn", date.fromisoformat(day)).edition.edition


def problems(shelf: Path) -> list[str]:
    with pytest.raises(BadBook) as refused:
        load_books(shelf)
    return [str(fault) for fault in refused.value.faults]


def test_the_shipped_shelf_holds_to_its_lock():
    books = load_books()
    assert all(books.is_released(edition) for edition in books.editions)


def test_the_edition_goes_by_the_day_received(shelf):
    newer(shelf, "2026.2", "2026-06-01")
    assert [in_force(shelf, day) for day in ("2026-05-31", "2026-06-01", "2099-01-01")] == [
        "2026.1", "2026.2", "2026.2",
    ]  # fmt: skip
    with pytest.raises(NoEditionInForce):
        in_force(shelf, "2025-12-31")


def test_a_draft_can_be_read_and_cannot_decide(shelf):
    newer(shelf, "2026.2", "2026-06-01", released=False)
    assert in_force(shelf, "2026-07-01") == "2026.1"
    assert [edition.edition for edition in load_books(shelf).of("retail-cn")] == ["2026.1", "2026.2"]


def test_a_pack_is_its_newest_released_edition(shelf):
    text = (shelf / "packs/cn_consumer_fraud/2026.1.toml").read_text("utf-8")
    path = shelf / "packs/cn_consumer_fraud/2027.1.toml"
    path.write_text(text.replace("2026.1", "2027.1").replace("2026-01-01", "2027-01-01"), "utf-8")
    assert load_books(shelf).pack("cn_consumer_fraud").edition.edition == "2026.1"
    release(read_edition_file(path, shelf), shelf)
    assert load_books(shelf).pack("cn_consumer_fraud").edition.edition == "2027.1"


@pytest.mark.parametrize(
    ("old", "new"), [('kappa = "1.5"', 'kappa = "1.6"'), ("Above what an agent", "Over what an agent")]
)
def test_a_released_edition_that_changed_stops_the_start(shelf, old, new):
    path = shelf / FIRST
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert any("its file has changed" in problem for problem in problems(shelf))


def test_comments_and_layout_are_no_change(shelf):
    path = shelf / FIRST
    path.write_text("# a word more\n\n" + path.read_text("utf-8").replace(" = ", "  =  "), "utf-8")
    assert in_force(shelf, "2026-05-01") == "2026.1"


def test_a_released_edition_that_is_gone_stops_the_start(shelf):
    (shelf / FIRST).unlink()
    assert any("missing" in problem for problem in problems(shelf))


def test_the_faults_of_every_file_are_listed(shelf):
    for name in ("cn_consumer_fraud", "cn_food_drug_punitive"):
        path = shelf / f"packs/{name}/2026.1.toml"
        path.write_text(path.read_text("utf-8").replace('"money"', '"monny"'), "utf-8")
    text = "\n".join(problems(shelf))
    assert "packs/cn_consumer_fraud/2026.1.toml" in text
    assert "packs/cn_food_drug_punitive/2026.1.toml" in text


def test_two_released_editions_cannot_begin_on_one_day(shelf):
    newer(shelf, "2026.2", "2026-01-01")
    assert any("begins on the same day" in problem for problem in problems(shelf))


def test_a_file_lies_where_its_name_says(shelf):
    (shelf / FIRST).rename(shelf / "policies/retail-cn/2026.9.toml")
    assert any("move it to policies/retail-cn/2026.1.toml" in problem for problem in problems(shelf))


def test_a_file_beside_the_folders_of_its_book_is_not_passed_over(shelf):
    for place in ("packs/stray.toml", "policies/retail-cn/old/2026.1.toml"):
        stray = shelf / place
        stray.parent.mkdir(exist_ok=True)
        shutil.copy(shelf / FIRST, stray)
        assert any(f"{place}: holds retail-cn 2026.1" in problem for problem in problems(shelf))
        stray.unlink()


def test_every_line_of_the_lock_that_cannot_be_read_is_told_with_the_faults_of_the_files(shelf):
    digest = "0" * 64
    (shelf / LOCK).write_text(f"# releases\n\nretail-cn 2026.1\nretail-cn 2026.1 {digest[1:]}\n", "utf-8")
    path = shelf / FIRST
    path.write_text(path.read_text("utf-8").replace('beta = "50%"', 'beta = "half"'), "utf-8")
    told = "\n".join(problems(shelf))
    assert "line 3" in told
    assert "line 4" in told
    assert "balance, beta" in told


def test_a_lock_that_is_no_text_stops_the_start(shelf):
    (shelf / LOCK).write_bytes(b"\xff\xfe")
    assert any(f"{LOCK}: is not UTF-8 text" in problem for problem in problems(shelf))


def test_without_a_lock_every_edition_is_a_draft(shelf):
    (shelf / LOCK).unlink()
    books = load_books(shelf)
    assert not any(books.is_released(edition) for edition in books.editions)
    with pytest.raises(NoEditionInForce):
        books.pack("cn_consumer_fraud")
    with pytest.raises(NoEditionInForce):
        books.policy_for(None, date(2026, 5, 1))


def test_a_changed_edition_cannot_be_released_again(shelf):
    path = shelf / FIRST
    path.write_text(path.read_text("utf-8").replace('kappa = "1.5"', 'kappa = "1.6"'), "utf-8")
    with pytest.raises(BadBook):
        release(read_edition_file(path, shelf), shelf)


def test_releasing_twice_changes_nothing(shelf):
    before = (shelf / LOCK).read_text("utf-8")
    assert not release(read_edition_file(shelf / FIRST, shelf), shelf)
    assert (shelf / LOCK).read_text("utf-8") == before


def test_unknown_books_are_told_with_those_there_are():
    books = load_books()
    for ask in (lambda: books.pack("nothing"), lambda: books.policy_for("nothing", date(2026, 1, 1))):
        with pytest.raises(NotFound, match="retail-cn"):
            ask()
    with pytest.raises(NotFound):
        books.by_digest("0" * 64)
    with pytest.raises(NotFound, match="is a policy"):
        books.pack("retail-cn")


def test_a_file_that_is_no_text_or_not_there_is_told(tmp_path):
    (tmp_path / "book.toml").write_bytes(b"\xff\xfe")
    for name, said in (("book.toml", "UTF-8"), ("nothing.toml", "cannot be read")):
        with pytest.raises(BadBook, match=said):
            read_edition_file(tmp_path / name)


def test_a_draft_that_cannot_be_read_yet_stops_nobody_and_is_told(shelf):
    (shelf / "policies/retail-cn/2027.1.toml").write_text("[book\n", "utf-8")
    books = load_books(shelf)
    assert books.policy_for("retail-cn", date(2026, 5, 1)).edition.edition == "2026.1"
    assert [fault.place for fault in books.left_out] == ["policies/retail-cn/2027.1.toml"]
