"""`settlement policy`: the shelf is sound, a bad book tells all, a page for finance, and releasing."""

import json
import re
import shutil
from pathlib import Path

import pytest

from settlement.cli.shelf import check_shelf, lock_edition
from settlement.errors import BadBook
from settlement.rules.library import FOLDERS, LOCK, SHELF, load_books

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PACK = SHELF / "packs" / "cn_consumer_fraud" / "2026.1.toml"
BOOKS = ("retail-cn", "cn_consumer_fraud", "cn_food_drug_punitive", "uk_ofcom_auto_compensation")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A copy of the shelf."""
    copy = tmp_path / "shelf"
    for folder in FOLDERS.values():
        shutil.copytree(SHELF / folder, copy / folder)
    shutil.copy(SHELF / LOCK, copy / LOCK)
    return copy


def draft(shelf: Path, *changes: tuple[str, str], edition: str = "2027.1") -> Path:
    """A new edition of cn_consumer_fraud on the shelf."""
    text = PACK.read_text("utf-8").replace('edition = "2026.1"', f'edition = "{edition}"')
    text = text.replace("effective_from = 2026-01-01", "effective_from = 2027-01-01")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = shelf / "packs" / "cn_consumer_fraud" / f"{edition}.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_shelf_is_sound(run):
    result = run("policy", "check")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert all(line.startswith("ok  ") for line in lines[:-1])
    assert lines[-1].endswith("no faults")


def test_a_bad_file_tells_every_fault_with_what_to_do(run, tmp_path):
    bad, odd = tmp_path / "bad.toml", tmp_path / "odd.toml"
    text = PACK.read_text("utf-8").replace('hit = "first"', 'hit = "best"').replace('"true"', '"perhaps"')
    bad.write_text(text.replace('currency = "CNY"', 'currency = "RMB"'), "utf-8")
    odd.write_bytes(b"\xff")
    result = run("policy", "check", bad, PACK, odd, tmp_path / "none.toml")
    assert result.exit_code == 1
    assert f"{bad}: " in result.stdout
    assert "'best' is not known" in result.stdout
    assert "'RMB'" in result.stdout
    assert result.stdout.count("'perhaps'") >= 3
    assert result.stdout.count("    To do: ") >= 6
    assert "ok  packs/cn_consumer_fraud/2026.1.toml" in result.stdout
    assert "is not UTF-8 text" in result.stdout
    assert "cannot be read" in result.stdout


def test_an_example_that_fails_is_a_fault(run, tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text(
        PACK.read_text("utf-8").replace('amount = "500.00", rows', 'amount = "501.00", rows'), "utf-8"
    )
    result = run("policy", "check", file)
    assert result.exit_code == 1
    assert "example 1: amount is '500.00', expected '501.00'" in result.stdout


def test_a_changed_release_is_a_fault_of_the_shelf(shelf):
    file = shelf / "packs" / "cn_consumer_fraud" / "2026.1.toml"
    file.write_text(file.read_text("utf-8").replace("3 * price", "4 * price"), "utf-8")
    faults = [fault for checked in check_shelf(shelf) for fault in checked.faults]
    assert any("has changed" in fault.problem and fault.place.startswith(LOCK) for fault in faults)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("book", BOOKS)
def test_a_book_is_shown_whole_in_both_languages(run, book, language):
    result = run("policy", "show", book, "--language", language)
    edition = load_books().of(book)[-1]
    assert result.exit_code == 0
    assert edition.digest in result.stdout
    assert edition.title.in_language(language) in result.stdout.replace("\n", " ")
    for table in edition.tables.values():
        assert table.id in result.stdout
        for row in table.rows:
            assert row.id in result.stdout


def test_a_policy_shows_its_parameters(run):
    shown = run("policy", "show", "retail-cn").stdout
    for word in (
        "kappa",
        "half_life_months",
        "agent_may_verify",
        "voucher",
        "apology_director",
        "facts_back",
    ):
        assert word in shown
    assert "50000000.00" in shown


def test_an_edition_that_is_none_is_told_with_those_there_are(run):
    result = run("policy", "show", "retail-cn", "--edition", "1999.1")
    assert result.exit_code == 2
    assert "2026.1" in result.stderr


def test_releasing_writes_the_lock_once(shelf):
    file = draft(shelf)
    before = load_books(shelf)
    assert not before.is_released(before.of("cn_consumer_fraud")[-1])
    edition, is_new = lock_edition(file, shelf)
    after = load_books(shelf)
    assert is_new
    assert after.is_released(edition)
    assert lock_edition(file, shelf) == (edition, False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("max(3 * price, 500.00)", "max(3 * price, 400.00)"), "example 1"),
        (('hit = "first"', 'hit = "best"'), "best"),
        (("effective_from = 2027-01-01", "effective_from = 2026-01-01"), "begins on the same day"),
    ],
)
def test_what_would_not_work_is_not_released(shelf, change, told):
    file, lock = draft(shelf, change), (shelf / LOCK).read_bytes()
    with pytest.raises(BadBook, match=told):
        lock_edition(file, shelf)
    assert (shelf / LOCK).read_bytes() == lock


def test_the_next_edition_of_the_readme_is_released_and_tried_before_its_day(run, shelf, monkeypatch):
    folder = shelf / "policies" / "retail-cn"
    text = (folder / "2026.1.toml").read_text("utf-8")
    for told in ('edition = "2027.1"', "effective_from = 2027-01-01", 'beta = "75%"'):
        assert told in README
        text, count = re.subn(rf"^{told.partition(' = ')[0]} = (\"[^\"]*\"|\S+)", told, text, flags=re.M)
        assert count == 1
    (folder / "2027.1.toml").write_text(text, "utf-8")
    assert lock_edition(folder / "2027.1.toml", shelf)[1]
    books = load_books(shelf)
    monkeypatch.setattr("settlement.rules.library.load_books", lambda: books)
    example = ROOT / "examples" / "ordinary_customer.json"
    for more, edition, opening in ((), "2026.1", "291.39"), (("--as-of", "2027-01-01"), "2027.1", "293.78"):
        answer = json.loads(run("advise", example, "--json", *more).stdout)
        assert (answer["policy"]["edition"], answer["range"]["opening"]["amount"]) == (edition, opening)
        assert opening in README


def test_a_file_beside_the_shelf_is_not_released(run, tmp_path):
    file = tmp_path / "2027.1.toml"
    shutil.copy(PACK, file)
    result = run("policy", "lock", file)
    assert result.exit_code == 2
    assert "is not on the shelf" in result.stderr


def test_releasing_again_what_is_released_writes_nothing(run):
    lock = (SHELF / LOCK).read_bytes()
    result = run("policy", "lock", PACK)
    assert result.exit_code == 0
    assert "nothing was written" in result.stdout
    assert (SHELF / LOCK).read_bytes() == lock
