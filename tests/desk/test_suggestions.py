"""Choosing the books for a complaint."""

import shutil
from pathlib import Path

import pytest

from settlement.desk.suggestions import choose_books
from settlement.errors import BadInput
from settlement.rules.library import SHELF, load_books, read_edition_file, release
from tests.builders import a_complaint


@pytest.fixture
def two_policies(tmp_path: Path) -> Path:
    for name in ("packs", "policies"):
        shutil.copytree(SHELF / name, tmp_path / name)
    shutil.copy(SHELF / "editions.lock", tmp_path / "editions.lock")
    text = (tmp_path / "policies/retail-cn/2026.1.toml").read_text("utf-8")
    path = tmp_path / "policies/outlet-cn/2026.1.toml"
    path.parent.mkdir()
    path.write_text(text.replace('id = "retail-cn"', 'id = "outlet-cn"'), "utf-8")
    release(read_edition_file(path, tmp_path), tmp_path)
    return tmp_path


def test_the_policy_must_be_named_where_several_are_in_force(two_policies):
    books = load_books(two_policies)
    with pytest.raises(BadInput) as refused:
        choose_books(books, a_complaint(policy=None))
    assert refused.value.faults[0].place == "/policy"
    assert "outlet-cn, retail-cn" in refused.value.faults[0].remedy
    assert choose_books(books, a_complaint(policy="outlet-cn"))[0].edition.id == "outlet-cn"


def test_the_policy_may_be_left_out_where_one_is_in_force():
    assert choose_books(load_books(), a_complaint(policy=None))[0].edition.id == "retail-cn"


def test_a_draft_in_another_time_zone_moves_no_day(two_policies):
    path = two_policies / "policies/retail-cn/2027.1.toml"
    text = (two_policies / "policies/retail-cn/2026.1.toml").read_text("utf-8")
    changed = text.replace("2026.1", "2027.1").replace("2026-01-01", "2027-01-01")
    path.write_text(changed.replace("Asia/Shanghai", "America/New_York"), "utf-8")
    moment = a_complaint(
        received_at="2025-12-31T16:30:00Z", occurred_on="2025-12-31", placed_on="2025-12-30", customer=None
    )
    assert choose_books(load_books(two_policies), moment)[0].edition.edition == "2026.1"
