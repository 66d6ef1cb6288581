"""Rows that do not fit their table: one fault each, and nothing that rests on them is told again."""

import pytest

from tests.books import PACK, changed, faults_in

WEEKLY = '["weekly", "-", "-", "-",'


@pytest.mark.parametrize(
    ("start", "count"), [('["weekly", "-", "-",', 4), (f'{WEEKLY} "-",', 6), ('["weekly",', 2)]
)
def test_a_row_has_as_many_cells_as_its_table_has_columns(start, count):
    told = f'table "compensation", row "weekly": has {count} cells, not 5'
    assert faults_in(changed(PACK, (WEEKLY, start))) == [told]


def test_what_otherwise_gives_is_said_and_never_empty():
    told = 'table "rates", otherwise: leaves an output empty'
    assert faults_in(changed(PACK, ('["before", "null"]', '["before", ""]'))) == [told]


def test_a_column_left_out_of_a_row_by_name_is_anything_and_an_output_left_out_is_a_fault():
    found = faults_in(changed(PACK, ('id = "any", band = "low", share = "10%"', 'id = "any", band = "low"')))
    assert found == ['table "bands", row "any", column "share": is empty']
