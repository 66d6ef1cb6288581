"""Published tables, case by case. Cases named `own-…` stand at edges that the given ones leave out."""

import json
from pathlib import Path

import pytest

from tests.builders import books

FILES = sorted((Path(__file__).parent / "packs").glob("*.jsonl"))
CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}-{case['id']}")
    for file in FILES
    for case in map(json.loads, file.read_text("utf-8").splitlines())
]


@pytest.mark.parametrize(("pack", "case"), CASES)
def test_a_case_comes_out_as_published(pack, case):
    live = books().pack(pack)
    evaluation = live.answer(live.read_facts(case["facts"]))
    expected = {name: value for name, value in case["expect"].items() if name != "currency"}
    assert {name: evaluation.written(name) for name in expected} == expected
    assert live.edition.currency == case["expect"]["currency"]


@pytest.mark.parametrize("pack", [file.stem for file in FILES])
def test_every_row_of_a_pack_is_hit_by_a_case(pack):
    live = books().pack(pack)
    hit = set()
    for param in CASES:
        name, case = param.values
        if name == pack:
            facts = live.read_facts(case["facts"])
            hit.update(live.answer(facts).rows)
            if "head" in live.found_in:
                hit.update(live.evaluate(facts, ["head"]).rows)
    rows = {f"{table.id}.{row.id}" for table in live.edition.tables.values() for row in table.rows}
    assert rows <= hit


def test_every_pack_on_the_shelf_has_golden_cases():
    shipped = {edition.id for edition in books().editions if edition.terms is None}
    assert {file.stem for file in FILES} == shipped
