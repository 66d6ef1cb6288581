"""`settlement report`, `due` and `erase`: for people in either language, and CSV for spreadsheets."""

import csv
import io
import re
from collections import Counter
from datetime import timedelta

import pytest
from rich.cells import cell_len

from settlement.cli.due import _left
from settlement.cli.labels import Labels
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
    assert not [word for word in COLUMNS[name] if "_" in word and word in english.stdout]
    assert re.search("[\u4e00-\u9fff]", chinese.stdout)
    assert "product" not in chinese.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_no_figure_is_cut_off_and_no_line_is_too_long(run, lived, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    for name in NAMES:
        lines = list(csv.reader(io.StringIO(run("report", name, "--csv", "--database", lived).stdout)))[1:]
        figures = Counter(cell for line in lines for cell in line if cell[:1].isdigit())
        for language in ("en", "zh"):
            page = run("report", name, "--language", language, "--database", lived).stdout
            shown = Counter(re.findall(r"(?<![^\s：])[0-9][^\s，]*", page))
            assert figures - shown == Counter(), (name, language)
            assert max(map(cell_len, page.splitlines())) <= width
            assert "_" not in page


def test_a_sum_of_all_harms_says_that_it_is_one(run, lived):
    spread = ("report", "spread", "--database", lived)
    assert run(*spread).stdout.count("Harm: all together") == 1
    assert run(*spread, "--language", "zh").stdout.count("损害：合计") == 1
    harms = [line["harm"] for line in csv.DictReader(io.StringIO(run(*spread, "--csv").stdout))]
    assert harms == ["inconvenience", "all"]


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


def test_what_is_due_is_listed_in_either_language(run, lived, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    english = " ".join(run("due", "--what", "approval", "--database", lived).stdout.split())
    assert re.search(r"-\d+ days \d+ h 2026-03-03 04:20Z approval decide on a.*C-4 supervisor", english)
    chinese = run("due", "--language", "zh", "--database", lived).stdout
    assert "审批" in chinese
    assert "承诺" in chinese
    assert run("due", "--owner", "nobody", "--database", lived).stdout == "Nothing was due.\n"


def test_what_is_due_says_for_each_line_whether_days_off_count(run, lived, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    english = run("due", "--database", lived).stdout
    assert re.search(r"-\d+ working days \d+ h +2026-03-06 15:59Z +time limit +resolution", english)
    assert re.search(r"-\d+ days \d+ h +2026-03-06 15:59Z +visit", english)
    chinese = run("due", "--language", "zh", "--database", lived).stdout
    assert re.search(r"-\d+个工作日\d+小时 +2026-03-06 15:59Z +时限 +办结", chinese)
    assert re.search(r"-\d+天\d+小时 +2026-03-06 15:59Z +回访", chinese)


@pytest.mark.parametrize(
    ("left", "working_days", "english", "chinese"),
    [
        (timedelta(days=2, hours=3, minutes=9), False, "2 days 3 h", "2天3小时"),
        (timedelta(days=1, hours=3), True, "1 working day 3 h", "1个工作日3小时"),
        (-timedelta(hours=5, minutes=7), True, "-5 h 7 min of working days", "-工作日内 5小时7分钟"),
        (timedelta(minutes=7), False, "0 h 7 min", "0小时7分钟"),
    ],
)
def test_time_left_is_told_in_the_days_that_its_limit_counts(left, working_days, english, chinese):
    told = [_left(left, Labels(language), working_days=working_days) for language in ("en", "zh")]
    assert told == [english, chinese]


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
