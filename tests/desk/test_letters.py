"""The letter to a customer who accepted: what, why, by when, how to contest; and nothing else."""

import pytest

from settlement.desk.letters import customer_letter
from settlement.desk.records import decision_of
from settlement.errors import NotFound
from settlement.negotiation import events as told
from settlement.store.decisions import find_decision
from tests.builders import a_customer
from tests.desk.test_case_life import WANG, an_open_case, play

YES = (told.Confirmed(), told.ItemsSplit(items=()), told.Offered())


def a_letter(tx, language="en", option=2, **facts):
    sitting, case = an_open_case(tx, **facts)
    case, _ = play(sitting, case, *YES, told.Accepted(option=option))
    return sitting, case, customer_letter(sitting, case, language)


def test_the_letter_says_what_why_by_when_and_how_to_contest(database):
    with database.transaction() as tx:
        _, _, letter = a_letter(tx)
    assert letter.splitlines()[0] == "Your complaint C-1001: what we agreed"
    for told_to_customer in (
        "- 201.85 CNY in money (by 6 March 2026)",
        "- Power bank and a tutorial by video, 99.00 CNY (by 5 March 2026)",
        "- The cause lies with us.",
        "your due in any case: proven loss 199.00 CNY",
        "- The batch is checked and the finding is told to the customer. (by 12 March 2026)",
        "somebody who was not involved looks at your case again; you get an answer within 7 working days",
        "12315",
    ):
        assert told_to_customer in letter


def test_the_letter_is_written_in_chinese_too(database):
    with database.transaction() as tx:
        _, _, letter = a_letter(tx, "zh")
    assert letter.startswith("您的投诉C-1001：协商结果\n")
    assert "- 现金201.85 CNY（2026年3月6日前）" in letter


def test_a_date_that_cannot_be_told_yet_is_not_made_up(database):
    with database.transaction() as tx:
        _, _, letter = a_letter(tx, option=1, received_at="2026-12-30T10:15:00+08:00")
    assert "(we will tell you the date)" not in letter.split("Why")[0].splitlines()[1]


def test_the_letter_holds_no_range_no_value_and_nobody_elses_data(database):
    with database.transaction() as tx:
        _, case, letter = a_letter(tx, actor=WANG, customer=a_customer(value="20000.00"))
        decision = decision_of(find_decision(tx, case.decision))
    found = decision.range
    for secret in (found.base, found.balance_point, found.ceiling, decision.award, decision.interest):
        assert secret.amount not in letter
    assert not any(word in letter.lower() for word in ("ceiling", "range", "value of", "loyal", "grade"))


def test_without_a_yes_there_is_no_letter(database):
    with database.transaction() as tx:
        sitting, case = an_open_case(tx)
        with pytest.raises(NotFound, match="a letter follows a yes"):
            customer_letter(sitting, case, "en")
