"""`settlement report`, `due` and `erase`: for people in either language, and CSV for spreadsheets."""

import csv
import io
import re

import pytest

from settlement.cli.reports import NAMES
from settlement.desk import negotiations
from settlement.desk.reports import COLUMNS
from settlement.roles import Actor, Role
from settlement.store.cases import find_case
from settlement.store.database import Database
from tests import lives
from tests.lives import LATER, WANG, a_talk, an_agreement, an_end_without_a_yes
from tests.sittings import a_sitting

ODD = Actor("=1+1", Role.AGENT)


@pytest.fixture
def lived(database, database_url):
    """A database with a closed case, one without a yes, one that waits for approval, by somebody oddly named."""
    with database.transaction() as tx:
        lives.closed(tx, an_agreement(tx, "C-1", by=WANG), by=WANG, now=LATER)
        an_end_without_a_yes(tx, "C-2", by=WANG)
        an_agreement(tx, "C-3", by=ODD)
        case = a_talk(tx, "C-4", *lives.BEFORE_THE_OFFER, threatens_publicity=True)
        negotiations.ask_approval(a_sitting(tx), case)
    return database_url


def test_the_names_of_the_command_are_those_of_the_reports():
    assert set(NAMES) == set(COLUMNS)


@pytest.mark.parametrize("name", NAMES)
def test_every_report_speaks_both_languages(run, lived, name):
    english = run("report", name, "--database", lived)
    chinese = run("report", name, "--language", "zh", "--database", lived)
    assert english.exit_code == chinese.exit_code == 0
    head = english.stdout.split("\n")[2]
    assert not [word for word in COLUMNS[name] if "_" in word and word in head]
    assert re.search("[\u4e00-\u9fff]", chinese.stdout)
    assert "product" not in chinese.stdout


def test_csv_has_the_published_names_and_cannot_run_in_a_spreadsheet(run, lived):
    done = run("report", "overrides", "--csv", "--database", lived)
    head, *lines = csv.reader(io.StringIO(done.stdout))
    assert tuple(head) == COLUMNS["overrides"]
    assert {line[0] for line in lines} == {"Wang", "'=1+1"}


def test_a_period_without_cases_says_so(run, lived):
    args = ("--from", "2020-01-01", "--to", "2020-12-31", "--database", lived)
    assert run("report", "money", *args).stdout == "No cases in this period.\n"
    assert run("report", "money", "--language", "zh", *args).stdout == "该期间没有案件。\n"
    assert run("report", "money", "--csv", *args).stdout.splitlines() == [",".join(COLUMNS["money"])]
    wrong = run("report", "money", "--from", "2026-02-02", "--to", "2026-02-01", "--database", lived)
    assert wrong.exit_code == 2
    assert "To do: give a day not before" in wrong.stderr


def test_what_is_due_is_listed_in_either_language(run, lived):
    english = " ".join(run("due", "--what", "approval", "--database", lived).stdout.split())
    assert re.search(r"-\d+ d \d+ h 2026-03-03 04:20Z approval decide on a.*C-4 supervisor", english)
    chinese = run("due", "--language", "zh", "--database", lived).stdout
    assert "审批" in chinese
    assert "承诺" in chinese
    assert run("due", "--owner", "nobody", "--database", lived).stdout == "Nothing was due.\n"


def test_a_customer_is_forgotten_from_the_command_line(run, lived):
    refused = run("erase", "K-C-2", "--reason", "asked", "--database", lived)
    assert refused.exit_code == 1
    assert "case C-2 is unsettled: close it first" in refused.stderr
    done = run("erase", "K-C-1", "--reason", "asked", "--database", lived)
    assert re.fullmatch(r"Forgotten: \d+ names and texts, in the cases C-1\.\n", done.stdout)
    again = run("erase", "K-C-1", "--reason", "asked", "--database", lived)
    assert again.exit_code == 2
    assert "no customer is known by that id" in again.stderr
    for whom in (("K-C-1", "--case", "C-1"), ("--order", "O-1", "--case", "C-1"), ()):
        assert run("erase", *whom, "--reason", "asked", "--database", lived).exit_code == 2
    assert run("erase", "K-C-1", "--reason", "because", "--database", lived).exit_code == 2
    assert run("replay", "--all", "--database", lived).exit_code == 0
    assert "whole" in run("audit", "verify", "--database", lived).stdout


@pytest.mark.parametrize(("name", "value"), [("order", "O-C-1"), ("case", "C-1"), ("reference", None)])
def test_a_customer_is_forgotten_by_order_case_and_reference_too(run, lived, name, value):
    if value is None:
        with Database.open(lived) as database, database.reading() as tx:
            value = find_case(tx, "C-1").complaint["customer"]["id"]
    done = run("erase", f"--{name}", value, "--reason", "asked", "--database", lived)
    assert re.fullmatch(r"Forgotten: \d+ names and texts, in the cases C-1\.\n", done.stdout)
    again = run("erase", f"--{name}", value, "--reason", "asked", "--database", lived)
    assert again.exit_code == 2
    assert "any more" in again.stderr or "already" in again.stderr


def test_forgetting_is_told_in_chinese_too(run, lived):
    done = run("erase", "K-C-1", "--reason", "asked", "--language", "zh", "--database", lived)
    assert re.fullmatch(r"已删除：\d+项身份与文字，涉及案件C-1。\n", done.stdout)
