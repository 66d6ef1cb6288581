"""The blocks of a policy beside its tables: what they become, and every way in which they are refused."""

import re
from fractions import Fraction

import pytest

from settlement.dates import Duration, DurationUnit
from settlement.money import Money
from settlement.roles import LEVELS, Role
from tests.books import POLICY, edition, faults_in, faults_of


def altered(*changes: tuple[str, str]) -> str:
    """The shipped policy with the first place of each text changed."""
    text = POLICY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


def test_every_block_becomes_what_it_says():
    terms = edition(POLICY).terms
    assert (terms.time_zone, terms.calendar) == ("Asia/Shanghai", "cn")
    assert (terms.balance.kappa, terms.balance.beta) == (Fraction(3, 2), Fraction(1, 2))
    assert (terms.balance.small_room, terms.balance.round_cost) == (yuan("20.00"), yuan("15.00"))
    assert (terms.value.margin, terms.value.years, terms.value.neutral) == (Fraction(3, 10), 3, yuan("0.00"))
    assert (terms.influence.exponent, terms.influence.cap) == (Fraction(1, 4), yuan("5000.00"))
    assert terms.ladder.longest_lead == Duration(7, DurationUnit.WORKING_DAYS)
    assert terms.owed_limits[Role.AGENT].month == yuan("60000.00")
    assert terms.goodwill_limits[Role.DIRECTOR].case == yuan("100000.00")
    assert terms.agent_may_verify == yuan("500.00")
    assert terms.approval_clocks[Role.SUPERVISOR] == Duration(2, DurationUnit.HOURS)
    assert set(terms.approval_clocks) == set(terms.owed_limits) == set(LEVELS)


def test_only_a_loss_a_duration_and_a_category_can_be_unknown():
    facts = edition(POLICY).inputs
    assert {name for name, type_ in facts.items() if type_.nullable} == {"loss", "duration_h", "category"}
    numbers = [type_ for type_ in facts.values() if type_.ordered]
    assert all(type_.low == 0 and type_.high is None for type_ in numbers)


def test_a_clock_is_one_for_all_grades_or_five():
    clocks = edition(POLICY).terms.clocks
    assert [str(limit) for limit in clocks["complaint"]["first_response"]] == ["15 min"] * 5
    assert [str(limit) for limit in clocks["complaint"]["resolution"]] == ["3 wd"] * 3 + ["7 wd"] * 2
    assert set(clocks["consultation"]) == {"first_response", "resolution"}


def test_instruments_have_a_face_or_run_from_one_to_another_or_take_goods_back():
    instruments = {each.id: each for each in edition(POLICY).terms.instruments}
    voucher, refund, model = (instruments[name] for name in ("voucher", "return_refund", "other_model"))
    assert (voucher.lo, voucher.hi, voucher.step) == (yuan("5.00"), yuan("200.00"), yuan("5.00"))
    assert (refund.goods_value, refund.fixed, refund.lo) == (Fraction(9, 10), None, None)
    assert (model.fixed, model.cost, model.value) == (yuan("140.00"), Fraction(3, 5), Fraction(9, 10))
    assert voucher.goods_value is None
    assert all(each.available for each in instruments.values())


def test_an_instrument_can_be_taken_out():
    text = altered(
        ('id = "voucher"', 'id = "points"\navailable = false'),
        ('instrument = "voucher"', 'instrument = "fee_waiver"'),
    )
    assert [each.id for each in edition(text).terms.instruments if not each.available] == ["points"]


@pytest.mark.parametrize(("face", "is_fine"), [("99.00", True), ("98.00", False)])
def test_a_gift_of_a_fixed_face_has_that_face(face, is_fine):
    text = altered(
        ('instrument = "voucher"\nface = "20.00"', f'instrument = "power_bank_tutorial"\nface = "{face}"')
    )
    if is_fine:
        assert edition(text).terms.gift.face == yuan(face)
    else:
        assert faults_in(text) == [f"gift, face: power_bank_tutorial has no face of {face} CNY"]


def test_a_policy_may_have_no_gift():
    gift = re.search(r"\[gift\].*?\n\n", POLICY, re.DOTALL).group()
    assert edition(altered((gift, ""))).terms.gift is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('kappa = "1.5"', "", "balance, kappa: is missing"),
        ('kappa = "1.5"', 'kappa = "150%"', "balance, kappa: '150%' is not a decimal"),
        ('beta = "50%"', 'beta = "0.5"', "balance, beta: '0.5' is not a percentage"),
        ('beta = "50%"', "beta = true", "balance, beta: true is not a text"),
        ("[balance]", "[balances]", "balance: is missing"),
        ("[balance]", "[balance]\nspare = 1", "balance, spare: is not a key of this block"),
        ("years = 3", "years = 300", "value, years: '300' is out of bounds"),
        ("years = 3", "years = 3.0", "value, years: 3.0 is a bare decimal"),
        ("gap_days = 91", "gap_days = 0", "value, gap_days: '0' is out of bounds"),
        ('discount = "10%"', 'discount = "-10%"', "value, discount: '-10%' is out of bounds"),
        ("max_options = 4", "max_options = 5", "ladder, max_options: '5' is out of bounds"),
        ("noncash_parts = 2", "noncash_parts = 3", "ladder, noncash_parts: '3' is out of bounds"),
        ('longest_lead = "7 wd"', 'longest_lead = 7', "ladder, longest_lead: 7 is not a time limit"),
        ('offer_stands = "14 d"', "", "ladder, offer_stands: is missing"),
        ('month = "60000.00"', 'month = "-1.00"', "authority.owed.agent, month: '-1.00' is out of bounds"),
        ("[authority.goodwill]", "[authority.favour]", "authority.goodwill: is missing"),
        ('senior_agent = { case = "2000.00"', 'senior_agent = { case = "400.00"', "authority.owed.senior_agent: may grant less than agent"),
        ('day = "15000.00"', 'day = "4000.00"', "authority.owed.senior_agent: may grant less than agent"),
        ('month = "200000.00"', 'month = "50000.00"', "authority.owed.senior_agent: may grant less than agent"),
        ("[clocks.suggestion]", "[clocks.praise]", "clocks.suggestion: is missing"),
        ('first_response = "24 h"\nresolution = "7 wd"', "", "clocks.suggestion: names no clock"),
        ('diagnosis = "2 h"', 'repair = "2 h"', "clocks.complaint, repair: is not a key of this block"),
        ('director = "24 h"', "", "clocks.approval, director: is missing"),
        ('agent_may_verify = "500.00"', 'agent_may_verify = "500"', "evidence, agent_may_verify: '500' is not an amount of CNY"),
        ('"photo", "receipt"', '"photo", "photo"', "evidence, kinds: is empty or names one twice"),
        ('"photo", "receipt"', '"photo", "the receipt"', "evidence, kinds: 'the receipt' cannot be a name"),
        ('id = "voucher"', 'id = "fee_waiver"', 'instrument "fee_waiver": stands twice'),
        ('id = "voucher"', "id = 5", 'instrument "number 2", id: 5 is not a text'),
        ('id = "voucher"', 'id = ["voucher"]', 'instrument "number 2", id: a list is not a text'),
        ('id = "other_model"', 'id = "other model"', "instrument \"other model\", id: 'other model' cannot be a name"),
        ('id = "call_back"', 'id = "call-back"', "gesture \"call-back\", id: 'call-back' cannot be a name"),
        ('kind = "credit"', 'kind = "points"', "kind: 'points' is not known"),
        ('fixed = "140.00"', 'fixed = "0.00"', "fixed: is nothing"),
        ('fixed = "140.00"', "", "cannot have the faces []"),
        ('fixed = "140.00"', 'fixed = "140.00"\ngoods_value = "5%"', "goods_value: exchange takes no goods back"),
        ('goods_value = "90%"', 'other = "90%"', "goods_value: is missing"),
        ('goods_value = "90%"', 'goods_value = "101%"', "goods_value: '101%' is out of bounds"),
        ('hi = "200.00"', 'hi = "203.00"', "lo, hi and step do not fit"),
        ('lo = "5.00"', 'lo = "500.00"', "lo, hi and step do not fit"),
        ('lead = "15 min"', "", "lead: is missing"),
        ('categories = ["electronics", "appliance"]', 'categories = ["boats"]', "categories: 'boats' is not known"),
        ('problems = ["service"]', 'problems = ["price"]', "problems: 'price' is not known"),
        ('face = "20.00"', 'face = "21.00"', "gift, face: voucher has no face of 21.00 CNY"),
        ('face = "20.00"', 'face = "205.00"', "gift, face: voucher has no face of 205.00 CNY"),
        ('kind = "call_back"', 'kind = "flowers"', "kind: 'flowers' is not known"),
        ('kind = "apology"\nlevel = "agent"', 'kind = "apology"\nlevel = "auditor"', "level: 'auditor' is not known"),
        ('zh = "为确保', 'zh = "{amount}为确保', "has the placeholders [] and ['{amount}']"),
        ('en = "I want', 'en = "{I want', "has the placeholders ['{'] and []"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia"', "book, time_zone: 'Asia' is not a time zone"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "localtime"', "book, time_zone: 'localtime' is not a time zone"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "../cn"', "book, time_zone: '../cn' is not a time zone"),
        ("[balance]", '[inputs]\nx = "date"\n[balance]', "inputs: is not a key of this block"),
        ('calendar = "cn"', 'calendar = "cn"\nstanding = "promise"', "book, standing: is not a key of this block"),
    ],
)  # fmt: skip
def test_a_slip_in_a_block_is_placed(old, new, fault):
    found = faults_of(altered((old, new)))
    assert any(fault in f"{each.place}: {each.problem}" for each in found), [str(each) for each in found]
    assert all(each.remedy for each in found)


def test_a_placeholder_that_nobody_fills_is_refused_in_both_languages():
    text = altered(('zh = "为确保', 'zh = "{name}为确保'), ('en = "I want', 'en = "{name} I want'))
    assert faults_in(text) == ["text \"facts_back\": has the placeholders ['{name}'] and ['{name}']"]


def test_a_currency_that_is_none_is_told_once_and_not_again_at_every_amount():
    assert faults_in(altered(('currency = "CNY"', 'currency = "CNX"'))) == [
        "book, currency: 'CNX' is not a currency"
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"20.00"],', '"null"],', 'table "award", row "minor", column "award": is null'),
        ('"20.00"],', '"USD 20.00"],', 'table "award", row "minor", column "award": is money of another currency'),
        ('"20.00"],', '"-20.00"],', "table \"award\", row \"minor\", column \"award\": '-20.00' is out of bounds"),
        ('"1.8%"', '"101%"', "table \"retention\", row \"minor\", column \"retention_gain\": '101%' is out of bounds"),
        ('hit = "highest"\nwhen = ["amount"', 'hit = "first"\nwhen = ["amount"', 'table "approval", hit: is not highest'),
        ('"manager", "director"] } }', '"director", "manager"] } }', 'table "approval", then: level does not list the levels, lowest first'),
    ],
)  # fmt: skip
def test_a_policy_always_has_an_answer_that_it_may_give(old, new, fault):
    assert fault in faults_in(altered((old, new)))


def test_an_answer_that_can_be_unknown_through_a_formula_is_refused():
    row = '{ id = "loss_100",        loss = ">= 100.00", grade = "2" }'
    text = altered((row, row.replace('"2"', '"= round(duration_h / 24, up, 1)"')))
    fault = 'table "severity", column "grade": can be null, since a formula reads what can be null'
    assert fault in faults_in(text)


@pytest.mark.parametrize(
    ("table", "fact"),
    [("severity", "amount"), ("liability", "harm"), ("routing", "vulnerable"), ("award", "repeat_orders"),
     ("retention", "loss"), ("activity", "grade"), ("approval", "loss"), ("award", "liability_rate"),
     ("retention", "evidence_photo"), ("severity", "threatens_publicity")],
)  # fmt: skip
def test_no_table_reads_beyond_its_list(table, fact):
    block = re.search(rf'id = "{table}"\nhit.*?\]\n\n', POLICY, re.DOTALL).group()
    spied = re.sub(r"when = \[", f'when = ["{fact}", ', block)
    told = "cause" if fact == "liability_rate" else fact
    faults = faults_in(altered((block, spied)))
    assert f'table "{table}": reads {told}, which must not move it' in faults


def test_a_policy_has_seven_tables_and_no_other():
    more = '[[table]]\nid = "mood"\nhit = "first"\nwhen = ["harm"]\nthen = { mood = "integer" }\nrows = [["r", "-", "1"]]\n'
    words = 'mood = { en = "Mood", zh = "心情" }'
    found = faults_in(altered(("[balance]", f"{more}[balance]"), ("[words]", f"[words]\n{words}")))
    assert found == ['table "mood": is not a table of a policy']
    for table in ("severity", "liability", "routing", "award", "retention", "activity", "approval"):
        assert f'table "{table}": is missing' in faults_in(altered((f'id = "{table}"', 'id = "renamed"')))


def test_evidence_counts_for_liability_under_the_names_that_the_policy_gives():
    other = altered(
        ('"evidence_advert_page"]', '"evidence_photo"]'), ("evidence_advert_page =", "evidence_photo =")
    )
    assert edition(other).tables["liability"].columns[2].name == "evidence_photo"
    unknown = altered(('"evidence_advert_page"]', '"evidence_selfie"]'))
    assert any("'evidence_selfie' is not a name" in fault for fault in faults_in(unknown))


def test_the_words_of_a_row_may_not_say_to_customers_what_no_text_may():
    words = '"award.minor" = { en = "Our final offer.", zh = "公司规定。" }'
    found = faults_in(
        altered(('"award.minor" = { en = "Award for minor harm.", zh = "轻微情形的抚慰金额。" }', words))
    )
    told = ["says 'final offer': false finality", "says '公司规定': \"company policy\" as a reason"]
    assert [
        fault for fault in found if "award.minor" in fault and all(each not in fault for each in told)
    ] == []
    assert len([fault for fault in found if "award.minor" in fault]) == 2


@pytest.mark.parametrize(
    ("block", "old", "new", "problem"),
    [
        ("follow_up", 'visit = "3 d"', 'visit = "soon"', "is not a time limit"),
        ("follow_up", 'remind_at = "75%"', 'remind_at = "175%"', "is out of bounds"),
        ("grants", "window_days = 90", "window_days = 0", "is out of bounds"),
        ("retention", "keep_days = 365", "keep_months = 12", "is not a key of this block"),
    ],
)
def test_the_terms_of_a_cases_life_are_read_strictly(block, old, new, problem):
    assert any(fault.startswith(block) and problem in fault for fault in faults_in(altered((old, new))))


def test_terms_of_a_cases_life_that_are_left_out_have_their_shipped_values():
    shipped = edition(POLICY).terms.life
    start, end = (
        POLICY.index("[follow_up]"),
        POLICY.index("# ---------------------------------------------------------------- what can be given"),
    )
    assert edition(POLICY[:start] + POLICY[end:]).terms.life == shipped
