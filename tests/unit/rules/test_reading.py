"""Reading a book: what is refused, where, and that everything is told at once."""

import copy
import tomllib
from typing import Any

import pytest

from settlement.errors import BadBook
from settlement.money import Money
from settlement.rules.reading import digest, read_edition
from tests.books import PACK, POLICY, a_pack, changed, edition, faults_in, faults_of


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
        ('code = "explain_cause"', 'code = "explain_this"', 'text "explain_cause": is missing'),
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


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ('["before", "null"]', '["before", ""]', ['table "rates", otherwise: leaves an output empty']),
        ('["before", "null"]', '["before"]', ['table "rates", otherwise: does not fit the outputs']),
        ('["before", "null"]', '["y2025", "null"]', ["table \"rates\", otherwise: 'y2025' is a row's id"]),
        ('["on_time", "<= 0", "-", "-", "0.00"]', '["on_time", "<= 0", "-", "-", ""]', ['table "compensation", row "on_time", column "amount": is empty']),
        ('["on_time", "<= 0", "-", "-", "0.00"]', '["on_time", "<= 0", "-", "-", 0]', ['table "compensation", row "on_time", column "amount": 0 is not a text']),
        ('["on_time", "<= 0"', '["on time", "<= 0"', ["table \"compensation\", row \"on time\": 'on time' cannot be a row's id", "words, compensation.on_time: names nothing in this book"]),
        ('"small", "-", "2.00"]', '"small", "-", "USD -2.00"]', ['table "compensation", row "short", column "amount": \'-2.00\' is below zero']),
        ('"small", "-", "2.00"]', '"small", "-", "XYZ 2.00"]', ['table "compensation", row "short", column "amount": \'XYZ\' is not a currency code']),
        ('then = { amount = "money" }', 'then = { amount = "monney" }', ['table "compensation", then, amount, type: \'monney\' is not known']),
        ('then = { amount = "money" }', 'then = { amount = { type = "money", nullable = true } }', ['table "compensation", then, amount, nullable: is not said of an output']),
        ('is = "round(late / 7, up, 1)"', "", ['formula "weeks", is: is missing']),
        ('is = "round(late / 7, up, 1)"', 'is = "round(late / 7, up, 1)"\nunit = "week"', ['formula "weeks", unit: is not a key of this block']),
        ('id = "bands"', 'id = "rates"', ['table "rates": stands twice']),
        ('id = "bands"\n', "", ['table "number 2", id: is missing']),
        ('when = ["size", "fragile"]', "", ['table "bands", when: is missing or empty']),
        ('when = ["size", "fragile"]', 'when = ["size", "size"]', ['table "bands", when: names size twice']),
        ('when = ["size", "fragile"]', 'when = "size"', ['table "bands", when: is not a list of texts']),
        ('["before", "null"]', '["", "null"]', ['table "rates", otherwise: has no id']),
        ('["before", "null"]', '["be-fore", "null"]', ["table \"rates\", otherwise: 'be-fore' cannot be a row's id"]),
        ('expect = { amount = "50.00"', 'wish = 1\nexpect = { amount = "50.00"', ["example 1, wish: is not a key of this block"]),
        ('{ id = "large", size', '{ id = "large", colour = "red", size', ['table "bands", row "large", colour: is not a key of this block']),
        ('{ id = "large", size', '{ id = "any", size', ['table "bands", row "any": stands twice']),
        ('id = "bands"', 'id = "Bands!"', ["table \"Bands!\", id: 'Bands!' cannot be a name"]),
        ('"band", "interest"]', '"band", "band", "interest"]', ["book, outputs: names 'band' twice"]),
        ('"band", "interest"]', '"band", "interest", "rate"]', ["book, outputs: 'rate' is no output or formula that can be published"]),
        ('fragile = "boolean"', 'fragile = { type = "boolean", min = "false" }', ["inputs, fragile, min: a type boolean has no order"]),
        ('fragile = "boolean"', 'fragile = { type = "boolean", values = ["x"] }', ["inputs, fragile, values: a type boolean has no values"]),
        ('fragile = "boolean"', 'fragile = { type = "boolean", nullable = "yes" }', ["inputs, fragile, nullable: 'yes' is not true or false"]),
        ('fragile = "boolean"', 'fragile = "boolean"\n"né" = "date"', ["inputs, né: 'né' cannot be a name", "words, né: is missing"]),
        ('price = { type = "money", min = "0.00"', 'price = { type = "money", min = 0', ["inputs, price, min: '0' is not an amount of EUR"]),
        ('price = { type = "money", min = "0.00"', 'price = { type = "money", min = true', ["inputs, price, min: true is not a text"]),
        ('values = ["small", "large"] }', 'values = [] }', ["inputs, size, values: is empty or names a member twice", "words, size.small: names nothing in this book", "words, size.large: names nothing in this book"]),
        ('id = "late_parcel"', 'id = "../late"', ["book, id: '../late' cannot be its name"]),
        ('edition = "1"', 'edition = "1 2"', ["book, edition: '1 2' cannot be its name"]),
        ('source = "Made up for tests."', 'source = 07:30:00', ["book, source: 07:30:00 is a time"]),
        ('source = "Made up for tests."', 'source = " "', ["book, source: is missing"]),
        ("effective_from = 2026-01-01", "effective_from = 2026-01-01T00:00:00", ["book, effective_from: 2026-01-01T00:00:00 is a time", "book, effective_from: '2026-01-01T00:00:00' is not a date"]),
        ('zh = "价格" }', 'zh = "价\\u0000格" }', ["words, price, zh: holds a control character: '价\\x00格'"]),
        ('amount = ["+price"]', 'amount = ["+prize"]', ["monotone, amount: '+prize' is not a signed name"]),
        ('amount = ["+price"]', 'wages = ["+price"]', ["monotone, wages: is no output or formula"]),
        ('late = 8, size', 'late = "8", size', ["example 1, given, late: '8' is not a whole number"]),
        ('late = 8, size', 'late = 10000000000000000, size', ["example 1, given, late: is too large a number"]),
    ],
)  # fmt: skip
def test_one_slip_is_one_fault_and_what_rests_on_it_is_not_told_again(old, new, faults):
    assert [fault for fault in faults_in(changed(PACK, (old, new))) if fault not in faults] == []
    assert faults_in(changed(PACK, (old, new)))[: len(faults)] == faults


def test_a_currency_that_is_none_is_told_once_and_not_at_every_amount():
    assert faults_in(changed(PACK, ('currency = "EUR"', 'currency = "EURO"'))) == [
        "book, currency: 'EURO' is not a currency"
    ]


AMOUNT = '[[table]]\nid = "t"\nhit = "first"\nwhen = ["x"]\nthen = {{ y = "money" }}\nrows = [["r", "-", "1.00"]]\n[[formula]]\nid = "amount"\nis = "{}"\n'


@pytest.mark.parametrize(
    ("formula", "faults"),
    [
        ("y", []),
        ("2 * x", ["book, outputs: amount is not money"]),
        ("z", ["formula \"amount\": 'z' is not a name of this book"]),
    ],
)
def test_an_amount_may_be_a_formula_if_it_is_money(formula, faults):
    text = a_pack('x = "integer"', AMOUNT.format(formula)).replace('amount = "null" }', 'amount = "1.00" }')
    assert (faults_in(text) if faults else [edition(text).outputs]) == (faults or [("amount",)])


def test_a_table_by_day_that_cannot_be_added_up_is_refused():
    dates = changed(PACK, ('rate = "rate" }', 'rate = "date" }'), ('"5%"]', '"2020-01-01"]'), ('"4.5%"]', '"2020-01-01"]'))  # fmt: skip
    assert faults_in(dates) == ["formula \"interest\": 'rate' cannot be added up: it is a date"]
    foreign = changed(PACK, ('rate = "rate" }', 'rate = "money" }'), ('"5%"]', '"USD 5.00"]'), ('"4.5%"]', '"4.50"]'))  # fmt: skip
    assert faults_in(foreign) == ["formula \"interest\": 'rate' holds money of another currency"]
    assert any(
        "a table by day gives literals" in f for f in faults_in(changed(PACK, ('"5%"]', '"= 2 * 2%"]')))
    )


def test_a_day_has_no_value_of_its_own_outside_a_sum():
    text = changed(PACK, ('is = "round(late / 7, up, 1)"', 'is = "round(late * rate, up, 1)"'))
    assert "formula \"weeks\": 'rate' has a value for each day" in faults_in(text)


def test_money_of_another_currency_is_published_and_nothing_else():
    foreign = changed(PACK, ('"small", "-", "2.00"]', '"small", "-", "USD 2.00"]'))
    assert edition(foreign).tables["compensation"].rows[2].outputs[0].value == Money(200, "USD")
    used = changed(foreign, ('is = "round(price * day_sum', 'is = "round(amount * day_sum'))
    assert "formula \"interest\": 'amount' holds money of another currency" in faults_in(used)
    highest = changed(foreign, ('hit = "first"', 'hit = "highest"'))
    assert any("'USD 2.00' cannot be compared with other currencies" in fault for fault in faults_in(highest))


def test_nothing_in_another_currency_is_an_amount_too():
    zero = edition(changed(PACK, ('"small", "-", "2.00"]', '"small", "-", "JPY 0"]')))
    assert zero.tables["compensation"].rows[2].outputs[0].value == Money(0, "JPY")


@pytest.mark.parametrize("text", [PACK, POLICY], ids=["pack", "policy"])
def test_a_book_without_a_kind_is_taken_for_what_it_looks_like(text):
    kind = 'kind = "pack"\n' if text is PACK else 'kind = "policy"\n'
    assert faults_in(changed(text, (kind, ""))) == ["book, kind: is missing"]


def test_a_literal_may_name_the_currency_of_its_own_book():
    own = edition(changed(PACK, ('"small", "-", "2.00"]', '"small", "-", "EUR 2.00"]')))
    assert own.tables["compensation"].rows[2].outputs[0].value == 200


def test_a_member_may_hold_what_the_language_says():
    text = changed(
        PACK,
        ('values = ["small", "large"] }', 'values = ["small", "large", "_x", "-5", "a b.c-d", "大号"] }'),
        ('"size.large" =', '"size.大号" = { en = "x", zh = "x" }\n"size._x" = { en = "x", zh = "x" }\n'
         '"size.-5" = { en = "x", zh = "x" }\n"size.a b.c-d" = { en = "x", zh = "x" }\n"size.large" ='),
    )  # fmt: skip
    assert edition(text).inputs["size"].values[2:] == ("_x", "-5", "a b.c-d", "大号")
    for member in ("null", "-", "", " a", "a,b", "a\\tb", "(a"):
        wrong = changed(
            PACK, ('values = ["small", "large"] }', f'values = ["small", "large", "{member}"] }}')
        )
        assert any("is not a member" in fault or "control" in fault for fault in faults_in(wrong)), member


def chain(length: int, start: str = "late") -> str:
    names = [start, *(f"step{number}" for number in range(length))]
    links = zip(names[1:], names, strict=False)
    return "".join(f'[[formula]]\nid = "{name}"\nis = "{below} + 1"\n' for name, below in links)


@pytest.mark.parametrize("turned", [False, True])
def test_names_rest_on_one_another_only_so_deep(turned):
    for length, is_fine in ((39, True), (41, False), (3000, False)):
        formulas = chain(length).split("[[formula]]")
        links = "[[formula]]".join([formulas[0], *(reversed(formulas[1:]) if turned else formulas[1:])])
        text = changed(PACK, ("[monotone]", f"{links}\n[monotone]"))
        found = [] if is_fine else [f for f in faults_in(text) if "names rest on one another" in f]
        assert bool(found) is not is_fine


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 20_000) + " = 1",
        "x = " + "9" * 5000,
        "x = 0x" + "f" * 5000,
        "x = " + "[" * 3000 + "]" * 3000,
        "x = {a = " * 300 + "1" + "}" * 300,
        "x." + "a." * 40 + "b = 1",
        '"\\uD800" = 1',
        '"' + "k" * 5000 + '" = 1',
        "x" * 1_000_001,
        PACK + '\n[extra]\nx = "\ud800"',
        PACK.replace("\n", "\r"),
    ],
    ids=range(11),
)
def test_hostile_texts_are_faults_of_the_book_and_cost_little(text):
    with pytest.raises(BadBook) as refused:
        read_edition(text, "book.toml")
    assert len(str(refused.value)) < 20_000


def test_a_book_has_at_most_a_million_characters():
    filled = PACK + "#" * (1_000_000 - len(PACK))
    assert edition(filled).digest == edition(PACK).digest
    assert faults_of(filled + "#")[0].problem == "is too long"


@pytest.mark.parametrize("name", ["table", "formula", "example"])
def test_what_is_a_list_of_blocks_cannot_be_one_block(name):
    text = PACK.replace(f"[[{name}]]", f"[{name}]", 1)
    for again in range(3):
        text = text.replace(f"[[{name}]]", f"[{name}_{again}]", 1)
    assert any(fault.startswith(f"{name}: ") and "list of blocks" in fault for fault in faults_in(text))


def test_long_lists_of_unknown_names_are_all_told():
    formulas = "".join(f'[[formula]]\nid = "f{n}"\nis = "unknown{n}"\n' for n in range(1500))
    found = faults_in(changed(PACK, ("[monotone]", f"{formulas}\n[monotone]")))
    assert len([fault for fault in found if "is not a name of this book" in fault]) == 1500
