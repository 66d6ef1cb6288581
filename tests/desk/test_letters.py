"""The letter to a customer when talks end: what, why, by when, how to contest; and nothing else."""

import re
from datetime import timedelta

import pytest

from settlement.desk import cases, promises
from settlement.desk.letters import customer_letter
from settlement.desk.records import decision_of
from settlement.desk.talk_pages import advice_view
from settlement.errors import NotFound
from settlement.negotiation import events as told
from settlement.store.decisions import find_decision
from settlement.store.promises import promises_of
from tests.builders import a_complaint, a_customer, fraud
from tests.desk.test_case_life import WANG, ZHAO, an_open_case, play
from tests.sittings import NOW, a_sitting

PUT = (told.Confirmed(), told.ItemsSplit(items=()), told.Offered())
NOTHING_DUE = {"cause": "customer", "verified": None}
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


def ended(tx, end, **facts):
    """A case whose talks ended so after an offer was put."""
    sitting, case = an_open_case(tx, **facts)
    return sitting, play(sitting, case, *PUT, end)[0]


def with_a_voucher(tx):
    """A case in which the customer took an option with a voucher, and the promise of that."""
    sitting, case = an_open_case(tx)
    case, advice = play(sitting, case, *PUT)
    option = next(each for each in advice.menu if "voucher" in [part.instrument for part in each.parts])
    case, _ = play(sitting, case, told.Accepted(option=option.id))
    return sitting, case, next(each for each in promises_of(tx, case.id) if each.what == "voucher")


def letter_of(tx, end, language="en", **facts):
    sitting, case = ended(tx, end, **facts)
    return customer_letter(sitting, case, language).text


def a_letter(tx, language="en", option=2, **facts):
    return letter_of(tx, told.Accepted(option=option), language, **facts)


@pytest.fixture
def tx(database, database_file):
    """A transaction, on one kind of database: what is told depends on none."""
    with database.transaction() as opened:
        yield opened


def test_the_letter_says_what_why_by_when_and_how_to_contest(database):
    with database.transaction() as tx:
        letter = a_letter(tx)
    assert letter.splitlines()[0] == "Your complaint C-1001: what we agreed"
    for told_to_customer in (
        "We are sorry that what you bought from us was not as it should be.",
        "- 201.85 CNY in money (by 6 March 2026)\n",
        "- Power bank and a tutorial by video, 99.00 CNY (by 5 March 2026)\n",
        "- The cause lies with us.\n",
        "- Your due in any case: 199.00 CNY (proven loss).\n",
        "- The batch is checked, and what was found is told (by 12 March 2026)\n",
        "we ask you within 3 days how it went",
        "somebody who was not involved looks at your case again; you get an answer within 7 working days",
        "12315",
    ):
        assert told_to_customer in letter


def test_the_letter_is_written_in_chinese_too(tx):
    letter = a_letter(tx, "zh")
    assert letter.startswith("您的投诉C-1001：协商结果\n")
    assert "- 现金201.85 CNY（最迟2026年3月6日）" in letter
    assert "- 充电宝及一对一使用教程，99.00 CNY（最迟2026年3月5日）" in letter
    assert not re.search(r"[,;:()]|\. |\.$", letter.replace("201.85", "").replace("C-1001", ""), re.MULTILINE)


@LANGUAGES
def test_a_courtesy_is_promised_and_told(tx, language):
    sitting, case = ended(tx, told.Accepted(option=None), actor=WANG, **NOTHING_DUE)
    [gift] = [each for each in promises_of(tx, case.id) if each.kind == "gift"]
    assert (gift.what, str(gift.amount)) == ("voucher", "20.00 CNY")
    assert gift.due_at == NOW + timedelta(minutes=15)
    lines = {
        "en": "- We agreed that no money is due.\n"
        "- Voucher, 20.00 CNY, as a courtesy (by 10:35 on 3 March 2026)\n",
        "zh": "- 双方确认无需支付款项。\n- 优惠券，20.00 CNY，聊表心意（最迟2026年3月3日10:35）\n",
    }
    assert lines[language] in customer_letter(sitting, case, language).text


def test_a_courtesy_that_was_put_is_kept_when_new_facts_bring_the_cause_to_us(tx):
    sitting, case = an_open_case(tx, actor=WANG, **NOTHING_DUE)
    case, advice = play(sitting, case, *PUT)
    assert advice.gift is not None
    case = cases.diagnose(sitting, case, a_complaint(verified="199.00", demand=None), "it is ours")
    case, advice = play(sitting, case, told.Offered(), told.Accepted(option=1))
    assert {"cash", "gift"} <= {each.kind for each in promises_of(tx, case.id)}
    letter = customer_letter(sitting, case, "en").text
    assert "no money is due" not in letter
    assert "Voucher, 20.00 CNY, as a courtesy" in letter


def test_no_courtesy_goes_with_money(tx):
    """Also where nothing would be owed any more: what was offered stays, and is put again in another form."""
    sitting, case = an_open_case(tx, actor=WANG)
    case, before = play(sitting, case, *PUT)
    case = cases.diagnose(sitting, case, a_complaint(demand=None, **NOTHING_DUE), "a misunderstanding")
    case, advice = play(sitting, case, told.Wished(kind="credit"))
    assert (advice.state, advice.amount, advice.gift) == ("due", before.amount, None)
    case, _ = play(sitting, case, told.Offered(), told.Accepted(option=1))
    assert "gift" not in {each.kind for each in promises_of(tx, case.id)}


def test_what_is_due_within_minutes_is_told_with_its_time(tx):
    sitting, case, voucher = with_a_voucher(tx)
    assert voucher.due_at == NOW + timedelta(minutes=15)
    letter = customer_letter(sitting, case, "en").text
    assert f"- Voucher, {voucher.amount} (by 10:35 on 3 March 2026)\n" in letter
    assert "in money (by 6 March 2026)\n" in letter


def test_another_date_that_was_told_stands_in_the_letter(tx):
    sitting, case, voucher = with_a_voucher(tx)
    later = NOW + timedelta(days=2)
    case, heir = promises.replace_promise(
        sitting, voucher.id, "keep_promise", what="voucher", due=later, reason="the printer is shut"
    )
    assert heir.amount == voucher.amount
    letter = customer_letter(sitting, case, "en").text
    assert letter.count(f"- Voucher, {voucher.amount}") == 1
    assert "(by 10:20 on 5 March 2026)" in letter


@pytest.mark.parametrize("option", [1, 2, 3, 4])
def test_each_sum_that_was_agreed_is_promised_and_told_once(tx, option):
    sitting, case = an_open_case(tx)
    case, advice = play(sitting, case, *PUT)
    chosen = advice.menu[option - 1]
    case, _ = play(sitting, case, told.Accepted(option=option))
    made = [each.amount for each in promises_of(tx, case.id) if each.amount]
    assert made == [*([chosen.cash] if chosen.cash else []), *(part.face for part in chosen.parts)]
    received = customer_letter(sitting, case, "en").text.split("What you receive")[1].split("Why")[0]
    assert re.findall(r"\d+\.\d\d CNY", received) == [str(amount) for amount in made]


def test_a_date_that_cannot_be_told_yet_is_not_made_up(tx):
    sitting, case = an_open_case(tx)
    at = a_sitting(tx, sitting.actor, now=NOW.replace(year=2027, month=12, day=30))
    case, _ = play(at, case, *PUT, told.Accepted(option=1))
    letter = customer_letter(at, case, "en").text
    assert "- The batch is checked, and what was found is told (we will tell you the date)\n" in letter
    assert "in money (by 2 January 2028)\n" in letter


@LANGUAGES
@pytest.mark.parametrize("facts", [{}, {"wants": "face", "harm": "health"}, NOTHING_DUE])
def test_the_letter_speaks_to_the_customer_and_without_our_own_measures(tx, language, facts):
    sitting, case = an_open_case(tx, actor=WANG, **facts)
    case, advice = play(sitting, case, *PUT)
    case, _ = play(sitting, case, told.Accepted(option=advice.menu[0].id if advice.menu else None))
    letter = customer_letter(sitting, case, language).text.lower()
    inner = {
        "en": "the customer|complaint is at least|severity|grade|level|ceiling|band|liability|within two",
        "zh": "客户|严重程度|轻微|级别|上限|责任比例|两日内",
    }
    assert not re.search(inner[language], letter)


def test_the_letter_holds_no_range_no_value_and_nobody_elses_data(tx):
    sitting, case = ended(tx, told.Accepted(option=2), actor=WANG, customer=a_customer(value="20000.00"))
    letter = customer_letter(sitting, case, "en").text
    decision = decision_of(find_decision(tx, case.decision))
    found = decision.range
    for secret in (found.base, found.balance_point, found.ceiling, decision.award, decision.interest):
        assert secret.amount not in letter
    assert not any(word in letter.lower() for word in ("ceiling", "range", "value of", "loyal", "grade"))


@LANGUAGES
def test_what_a_published_table_says_stands_beside_its_title(tx, language):
    letter = a_letter(tx, language, 1, actor=ZHAO, claims=[fraud(requested=False)])
    line = {
        "en": "- China: added sum for consumer fraud. It has not been asked for.\n",
        "zh": "- 消费欺诈增加赔偿：未提出该项要求。\n",
    }
    assert line[language] in letter


@LANGUAGES
def test_talks_without_a_yes_end_with_what_is_owed_and_the_offer_that_stands(tx, language):
    letter = letter_of(tx, told.Left(), language)
    said = {
        "en": (
            "C-1001: how our talks ended\n",
            "Our talks ended on 3 March 2026 without an agreement. What is owed to you is yours all the same.",
            "What you receive\n- 199.00 CNY in money (by 6 March 2026)\n",
            "Our last offer, 286.00 CNY in all, stays open to you until 17 March 2026.\n",
        ),
        "zh": (
            "您的投诉C-1001：处理结果\n",
            "我们的协商于2026年3月3日结束，未能达成一致。您应得的部分不受影响。",
            "您将得到\n- 现金199.00 CNY（最迟2026年3月6日）\n",
            "我们最后的方案（合计286.00 CNY）为您保留至2026年3月17日。\n",
        ),
    }
    assert all(each in letter for each in said[language])


def test_where_nothing_is_owed_and_nothing_agreed_the_letter_says_so(tx):
    letter = letter_of(tx, told.Left(), actor=WANG, **NOTHING_DUE)
    assert "- No money is owed to you.\n" in letter
    assert "yours all the same" not in letter
    assert "Our last offer" not in letter


def test_no_offer_is_named_where_a_threat_ended_the_talks(tx):
    assert "Our last offer" not in letter_of(tx, told.Threatened(kind="violence"))


def test_before_the_talks_end_there_is_no_letter(tx):
    sitting, case = an_open_case(tx)
    with pytest.raises(NotFound, match="a letter follows a yes"):
        customer_letter(sitting, case, "en")


def test_what_is_chosen_anew_has_no_letter_until_it_is_agreed(tx):
    sitting, case = ended(tx, told.Accepted(option=2))
    case, _ = play(sitting, case, told.PartBlocked(instrument="power_bank_tutorial"))
    with pytest.raises(NotFound):
        customer_letter(sitting, case, "en")
    case, _ = play(sitting, case, told.Accepted(option=1))
    letter = customer_letter(sitting, case, "en").text
    assert "Power bank" not in letter
    assert letter.count("in money") == 1


def test_the_dates_of_talks_that_are_over_stay_as_they_were_told(tx):
    sitting, case = ended(tx, told.Left())
    before = customer_letter(sitting, case, "en").text
    later = a_sitting(tx, sitting.actor, now=NOW + timedelta(days=5))
    assert customer_letter(later, case, "en").text == before


@pytest.mark.parametrize("end", [told.Left(), told.Accepted(option=1)])
def test_what_is_said_when_talks_are_over_names_the_dates_of_their_end(tx, end):
    sitting, case = ended(tx, end)
    said = advice_view(sitting, case, "en").say
    assert any("March 2026" in each.text for each in said)
    later = a_sitting(tx, sitting.actor, now=NOW + timedelta(days=5))
    assert advice_view(later, case, "en").say == said


# ---------------------------------------------------------------- opened again


def opened_again(tx):
    """A case that was agreed, fulfilled, closed, and opened again for another fault."""
    sitting, case = ended(tx, told.Accepted(option=2))
    for each in promises_of(tx, case.id):
        case, _ = promises.keep_promise(sitting, each.id, "keep_promise")
    later = a_sitting(tx, sitting.actor, now=NOW + timedelta(days=4))
    case = cases.tell_result(later, case, "paid and checked", "phone")
    case = cases.follow_up(later, case, reached=True, rating=2, solved="no", answer="it rattles again")
    case = cases.close(later, case)
    return later, cases.reopen(later, case, "it rattles again")


def test_the_letter_after_a_reopening_names_what_was_given_and_what_is_new(database):
    with database.transaction() as tx:
        sitting, case = opened_again(tx)
        first = customer_letter(sitting, case, "en")
        facts = a_complaint(verified="339.00", demand=None)  # both faults together
        case, _ = cases.suggest_for_case(sitting, cases.diagnose(sitting, case, facts, "the other one"))
        above = a_sitting(tx, WANG, now=sitting.now)
        case, advice = play(above, case, *PUT)
        case, _ = play(above, case, told.Accepted(option=1))
        second, kept = customer_letter(sitting, case, "en"), customer_letter(sitting, case, "en", talk=1)
        chinese = customer_letter(sitting, case, "zh").text
    assert kept == first
    assert (first.talk, second.talk) == (1, 2)
    assert first.decision != second.decision == case.decision
    assert (
        "What you have had already\n"
        "- 201.85 CNY in money (done on 3 March 2026)\n"
        "- Power bank and a tutorial by video, 99.00 CNY (done on 3 March 2026)\n"
        "- The batch is checked, and what was found is told (done on 3 March 2026)\n\n"
        f"What is new\n- {advice.menu[0].cash} in money (by 10 March 2026)\n\n"
    ) in second.text
    assert "What you receive\n- 201.85 CNY" in first.text
    assert "此前已为您办理\n- 现金201.85 CNY（已于2026年3月3日完成）\n" in chinese
    assert f"本次新增\n- 现金{advice.menu[0].cash}（最迟2026年3月10日）\n" in chinese


def test_talks_that_have_not_ended_have_no_letter_of_their_own(tx):
    sitting, case = opened_again(tx)
    assert customer_letter(sitting, case, "en").talk == 1
    with pytest.raises(NotFound, match="talks 2 of case C-1001 have no end yet"):
        customer_letter(sitting, case, "en", talk=2)
