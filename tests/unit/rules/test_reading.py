"""Reading a book: what is refused, where, and that everything is told at once."""

import copy
import tomllib
from typing import Any

import pytest

from settlement.errors import BadBook
from settlement.rules.reading import digest, read_edition
from tests.books import PACK, POLICY, changed, edition, faults_in, faults_of


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "late_parcel"', 'id = "late_parcel"\nextra = 1', "book, extra: is not a key of this block"),
        ('kind = "pack"', 'kind = "tome"', "book, kind: 'tome' is not known"),
        ('currency = "EUR"', 'currency = "EURO"', "book, currency: 'EURO' is not a currency"),
        ("effective_from = 2026-01-01", 'effective_from = "2026-01-01"', "book, effective_from:"),
        ('standing = "promise"', 'standing = "rumour"', "book, standing: 'rumour' is not known"),
        ('head = "delay"', "", "book, head: is given twice or not at all"),
        ('head = "delay"', 'head = "hair"', "book, head: 'hair' is not known"),
        ('owed_in = "money"', "", "book, owed_in: is missing"),
        ('outputs = ["amount", "band", "interest"]', 'outputs = ["band"]', "does not begin with amount"),
        ('outputs = ["amount", "band", "interest"]', 'outputs = ["amount", "nothing"]', "'nothing' is no output"),
        ('late = { type = "integer"', 'late = { type = "int"', "inputs, late, type: 'int' is not known"),
        ('late = { type', 'round = "date"\nlate = { type', "'round' is a reserved word"),
        ('late = { type', 'amount = "date"\nlate = { type', "is already the name of"),
        ('values = ["small", "large"] }', 'values = ["small", "small"] }', "names a member twice"),
        ('min = "0.00", max', 'min = "99999.00", max', "min is above max"),
        ('hit = "highest"', 'hit = "any"', "hit: 'any' is not known"),
        ('["short", "[1..6]", "small", "-", "2.00"]', '["short", "[1..6]", "small", "-"]', 'row "short": has 4 cells, not 5'),
        ('["short", "[1..6]"', '["short", "[1..x]"', 'row "short", column "late": \'x\' is not a whole number'),
        ('["short", "[1..6]"', '["on_time", "[1..6]"', 'row "on_time": stands twice'),
        ('"small", "-", "2.00"]', '"tiny", "-", "2.00"]', "'tiny' is not a member"),
        ('"small", "-", "2.00"]', '"small", "-", "2"]', "'2' is not an amount of EUR"),
        ('when = ["late", "size", "weeks"]', 'when = ["late", "size", "week"]', "'week' is not a name of this book"),
        ('id = "weeks"\n', 'id = "weeks"\nif = "x"\n', "if: is not a key"),
        ('amount = ["+price"]', 'amount = ["price"]', "'price' is not a signed name"),
        ('band = { en = "Band", zh = "档次" }', "", "words, band: is missing"),
        ('band = { en = "Band", zh = "档次" }', 'band = { en = "Band" }', "is not a text in both languages"),
        ('"compensation.on_time" =', '"compensation.gone" =', "names nothing in this book"),
        ('given = { price = "100.00"', 'given = { cost = "100.00"', "example 1"),
        ('rows = ["compensation.weekly"]', 'rows = ["compensation.gone"]', "'compensation.gone' is no row"),
        ('then = { rate = "rate" }', 'then = { rate = "integer" }', "is not a whole number"),
        ('when = ["day"]', 'when = ["day", "size"]', "a table by day"),
    ],
)  # fmt: skip
def test_a_fault_is_placed_and_says_what_to_write(old, new, fault):
    found = faults_of(changed(PACK, (old, new)))
    assert any(fault in f"{each.place}: {each.problem}" for each in found), [str(each) for each in found]
    assert all(each.place.startswith("book.toml") and each.remedy for each in found)


def test_every_fault_is_told_at_once():
    text = changed(
        PACK,
        ('currency = "EUR"', 'currency = "EURO"'),
        ('hit = "highest"', 'hit = "any"'),
        ('["short", "[1..6]"', '["short", "[1..x]"'),
        ('fragile = "boolean"', 'fragile = "bool"'),
        ('is = "round(late / 7, up, 1)"', 'is = "round(late / 7, sideways, 1)"'),
    )
    found = "\n".join(faults_in(text))
    for part in ("EURO", "'any'", "'x' is not", "'bool'", "sideways"):
        assert part in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "book"),
        ("x = 1.5", "bare decimal"),
        ("x = ", "not TOML"),
        ("x = [" * 500, "TOML|nested"),
        ("\0", "not TOML"),
        ("x = 1e5", "bare decimal"),
        ("x = nan", "bare decimal"),
        ("x = " + "9" * 5000, "TOML|digits|large"),
        ("[book]\nkind = 5", "kind"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_what_is_no_book_at_all_is_told(text, said):
    with pytest.raises(BadBook, match=said):
        read_edition(text, "book.toml")


def places(value: Any, path: tuple = ()):
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


@pytest.mark.parametrize("new", [0, True, [], {}, "", "x", [0], {"x": 0}, "null", "-", "= 1 / 0"], ids=repr)
def test_a_wrong_value_anywhere_is_a_fault_of_the_book_and_nothing_else(new, monkeypatch):
    data, wrong = tomllib.loads(PACK), []
    for *steps, last in filter(None, places(data)):
        spoilt = copy.deepcopy(data)
        place: Any = spoilt
        for step in steps:
            place = place[step]
        place[last] = new
        monkeypatch.setattr(tomllib, "loads", lambda *_, data=spoilt, **__: data)
        try:
            read_edition("", "book.toml")
        except BadBook as refused:
            wrong += [fault for fault in refused.faults if not (fault.problem and fault.remedy)]
    assert not wrong


def test_the_digest_covers_values_and_neither_comments_nor_layout():
    spaced = "# a comment\n" + PACK.replace(" = ", "  =  ")
    assert edition(spaced).digest == edition(PACK).digest
    assert edition(changed(PACK, ("late = 8", "late = 9"))).digest != edition(PACK).digest
    assert digest({"b": 1, "a": "中"}) == digest({"a": "中", "b": 1})


def test_the_order_of_rows_has_meaning():
    rows = '["on_time", "<= 0", "-", "-", "0.00"],\n  ["short", "[1..6]", "small", "-", "2.00"],'
    first, second = rows.split("\n  ")
    assert edition(changed(PACK, (rows, f"{second}\n  {first}"))).digest != edition(PACK).digest


def test_whether_a_name_can_be_null_is_inferred():
    book = edition(PACK)
    assert book.type_of("amount").nullable
    assert book.type_of("weeks").nullable
    assert book.type_of("interest").nullable
    assert not book.type_of("band").nullable


def test_a_row_with_too_much_in_it_must_be_split():
    many = ", ".join(str(n) for n in range(0, 1200, 2))
    text = changed(PACK, ('["short", "[1..6]"', f'["short", "{many}"'))
    assert any("split this row" in str(fault) for fault in faults_of(text))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('when = ["grade"]\nthen = { award', 'when = ["grade", "loss"]\nthen = { award', "reads loss, which must not move it"),
        ('when = ["cause", "problem", "evidence_advert_page"]', 'when = ["cause", "harm", "evidence_advert_page"]', "reads harm"),
        ('id = "routing"\n', 'id = "routes"\n', 'table "routing": is missing'),
        ('then = { liability_rate = "rate" }', 'then = { liability_rate = "decimal" }', "does not give what it must"),
        ('grade = { type = "integer", min = 1, max = 5 }', 'grade = { type = "integer", min = 0, max = 5 }', "grade does not run from 1 to 5"),
        ('then = { level = { type = "enum", values = ["agent", ', 'then = { level = { type = "enum", values = ["boss", ', "'agent' is not a member"),
        ('kappa = "1.5"', 'kappa = "0.9"', "balance, kappa"),
        ('beta = "50%"', 'beta = "150%"', "balance, beta"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia/Nowhere"', "is not a time zone"),
        ('calendar = "cn"', 'calendar = "xx"', "book, calendar"),
        ('first_response = "24 h"', 'first_response = "24 hours"', "is not a time limit"),
        ('resolution = ["3 wd", "3 wd", ', 'resolution = ["3 wd", ', "has 4 limits"),
        ('small_room = "20.00"', 'small_room = "20"', "is not an amount of CNY"),
        ('stale_after_days = 180', 'stale_after_days = -1', "value, stale_after_days"),
        ('fixed = "140.00"', 'fixed = "140.00"\nlo = "1.00"', "cannot have the faces"),
        ('hi = "200.00"\nstep = "5.00"', 'hi = "200.00"\nstep = "0.00"', "do not fit"),
        ('lo = "5.00"\nhi = "200.00"\nstep = "5.00"', 'lo = "0.00"\nhi = "200.00"\nstep = "0.00"', "do not fit"),
        ('kind = "cash"', 'kind = "service"', "are of kind cash"),
        ('cost = "100%"\nvalue = "100%"\nlead = "3 d"', 'cost = "100%"\nvalue = "90%"\nlead = "3 d"', "not always worth its face"),
        ('cost = "100%"\nvalue = "100%"\nlead = "3 d"', 'cost = "100%"\nvalue = "100%"\nlead = "30 d"', "longer than longest_lead"),
        ('id = "explain_facts"\nkind = "explanation"', 'id = "explain_facts"\nkind = "call_back"', "there is no explanation"),
        ('code = "what_we_give"', 'code = "what_they_take"', 'text "what_we_give": is missing'),
        ('instrument = "voucher"\nface', 'instrument = "nothing"\nface', "gift, instrument"),
        ('agent = { case = "500.00"', 'agent = { case = "5000.00"', "may grant less than agent"),
    ],
)  # fmt: skip
def test_a_policy_holds_to_its_contract(old, new, fault):
    found = faults_of(changed(POLICY, (old, new)))
    assert any(fault in f"{each.place}: {each.problem}" for each in found), [str(each) for each in found]


def test_a_formula_cannot_smuggle_a_forbidden_fact_into_a_table():
    text = changed(
        POLICY,
        ('when = ["grade"]\nthen = { award', 'when = ["grade", "twice"]\nthen = { award'),
        ('[words]\ngrade', '[[formula]]\nid = "twice"\nis = "2 * hours_waiting"\n[words]\ngrade'),
    ).replace('"20.00"],', '"-", "20.00"],')  # fmt: skip
    assert any("reads hours_waiting, which must not move it" in fault for fault in faults_in(text))


@pytest.mark.parametrize("fact", ["followers", "channel", "threatens_publicity", "lifetime"])
def test_who_complains_how_loud_and_where_has_no_name_in_the_tables_that_price(fact):
    text = changed(
        POLICY, ('when = ["harm", "loss", "duration_h"', f'when = ["{fact}", "harm", "loss", "duration_h"')
    )
    assert faults_of(text)
