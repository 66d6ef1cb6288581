"""Reports tie to the records: every sum is counted again here, from the events, by other means."""

import shutil
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from settlement.desk import approvals, cases, negotiations, promises
from settlement.desk.duties import run_duties
from settlement.desk.erasure import Why, erase_customer
from settlement.desk.records import decision_of
from settlement.desk.reports import COLUMNS, Period, report, sample
from settlement.errors import BadInput
from settlement.money import Money
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store.cases import find_case, find_history
from settlement.store.database import Database
from settlement.store.decisions import find_decision
from settlement.store.promises import promises_of
from tests import lives
from tests.builders import a_complaint, a_customer, books, cny
from tests.lives import CHEN, LATER, LI, NOW, WANG, ZHAO, a_talk, an_agreement, an_end_without_a_yes
from tests.sittings import a_sitting, counting_id

FINANCE = Actor("Fin", Role.FINANCE)
ADMIN = Actor("Admin", Role.ADMIN)
DAY = timedelta(days=1)


def rows_of(database, name, period=Period(), now=LATER):  # noqa: B008 - frozen
    with database.reading() as tx:
        return report(a_sitting(tx, FINANCE, now=now), name, period)


def live_a_year(database):
    """Cases of every sort: agreed, kept in part, left, declined, opened again, overridden, consulted."""
    with database.transaction() as tx:
        by_wang = {"by": WANG}
        lives.closed(tx, an_agreement(tx, "C-kept", **by_wang), by=WANG, now=LATER, rating=5)
        an_agreement(tx, "C-waits", **by_wang, problem="service", demand="900.00")
        an_end_without_a_yes(tx, "C-left", **by_wang, verified="49.00")
        case = a_talk(
            tx, "C-haggled", *lives.TO_THE_OFFER, **by_wang, customer=a_customer(id="K-rich", value="9000.00")
        )
        case = lives.play(a_sitting(tx, WANG), case, told.Countered(amount=cny("9000.00")), told.Offered())
        lives.play(a_sitting(tx, WANG), case, told.Accepted(option=1))
        case = a_talk(
            tx, "C-over", *lives.BEFORE_THE_OFFER, **by_wang, customer=a_customer(id="K-mid", value="800.00")
        )
        over = told.Overridden(amount=cny("333.00"), reason="waited long")
        lives.play(a_sitting(tx, WANG), case, over, told.Accepted(option=1))
        case = lives.closed(tx, an_end_without_a_yes(tx, "C-again", **by_wang), by=WANG, now=LATER, rating=2)
        again = a_sitting(tx, CHEN, now=LATER)
        case = cases.reopen(again, case, "came back")
        case = cases.diagnose(again, case, _again(), None)
        case, _ = cases.suggest_for_case(again, case)
        lives.play(again, case, *lives.TO_THE_OFFER, told.Accepted(option=1))
        asks = a_complaint(id="C-asks", kind="consultation", customer=None, order=None)
        case = cases.open_case(a_sitting(tx, LI), asks)
        cases.answer_case(a_sitting(tx, LI), case, "so it is", "phone")
        for number, verdict in enumerate(("give", "amend", "decline", "send_back", "wait")):
            _asked_for(tx, f"C-asked-{number}", verdict)
    run_duties(database, books(), NOW + 20 * DAY, counting_id)


@pytest.fixture(scope="module")
def year_file(migrated_file, tmp_path_factory):
    """A file with the year in it; copy it, do not write to it."""
    file = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("year") / "year.sqlite3"))
    with Database.open(f"sqlite:///{file}") as database:
        live_a_year(database)
    return file


@pytest.fixture
def year(year_file, tmp_path):
    """The year in a database of this test's own; that both databases count alike is a test by itself."""
    with Database.open(f"sqlite:///{shutil.copy(year_file, tmp_path / 'year.sqlite3')}") as database:
        yield database


def _again():
    return a_complaint(
        id="C-again", verified="199.00", received_at="2026-03-03T10:15:00+08:00", customer=a_customer(id="K-C-again"),
        order_id="O-C-again", demand="450.00",
    )  # fmt: skip


def _asked_for(tx, case_id, verdict):
    case = a_talk(tx, case_id, *lives.BEFORE_THE_OFFER, threatens_publicity=True, problem="service")
    case, asked = negotiations.ask_approval(a_sitting(tx), case)
    sitting = a_sitting(tx, ZHAO, now=NOW + timedelta(minutes=1))
    common = {"operation": "decide_approval"}
    match verdict:
        case "give":
            approvals.give(sitting, asked.id, seen=asked.digest, **common)
        case "amend":
            negotiations.amend_approval(
                sitting, asked.id, seen=asked.digest, amount=cny("301.00"), reason="more", **common
            )
        case "decline":
            negotiations.decline_approval(sitting, asked.id, reason="no", **common)
        case "send_back":
            approvals.send_back(sitting, asked.id, reason="ask again", **common)


def histories(database):
    with database.reading() as tx:
        ids = tx.exec_driver_sql("SELECT id FROM cases ORDER BY number").scalars().all()
        return {each: find_history(tx, each) for each in ids}


def sums(rows, name) -> Money:
    return sum((row[name] for row in rows), Money.zero("CNY"))


def test_every_report_has_its_columns_in_every_line(year):
    for name, columns in COLUMNS.items():
        rows = rows_of(year, name)
        assert rows, name
        assert all(set(row) == set(columns) for row in rows), name


def test_both_databases_count_alike(year, database):
    live_a_year(database)
    for name in COLUMNS:
        assert rows_of(database, name) == rows_of(year, name), name


def test_cases_add_up_and_times_run_from_the_receipt_to_the_first_result(year):
    rows, told_of = rows_of(year, "cases"), histories(year)
    assert sum(row["cases"] for row in rows) == len(told_of)
    names = [event.name for history in told_of.values() for event in history]
    assert sum(row["closed"] for row in rows) == 1, "one was opened again"
    assert sum(row["reopened"] for row in rows) == names.count("reopened")
    ratings = [e.body["rating"] for h in told_of.values() for e in h if e.name == "followed_up"]
    assert sum(row["rated"] for row in rows) == len(ratings) == 2
    [goods] = [row for row in rows if (row["kind"], row["problem"]) == ("complaint", "product")]
    assert goods["mean_rating"] == "3.5000"
    assert (goods["told"], goods["median_min_to_told"]) == (2, 4 * 24 * 60 + 5)
    [consulted] = [row for row in rows if row["kind"] == "consultation"]
    assert (consulted["told"], consulted["median_min_to_told"], consulted["mean_rating"]) == (1, 5, None)


def test_money_ties_to_the_events_to_the_commitments_and_to_the_promises(year):
    rows, told_of = rows_of(year, "money"), histories(year)
    offered, agreed, lapsed = defaultdict(int), Counter(), 0
    for case_id, history in told_of.items():
        talk = 1
        for event in history:
            talk += event.name == "reopened"
            if event.name in ("offered", "overridden"):
                offered[case_id, talk] = Money.of(**event.body["amount"]).minor
            if event.name == "agreed":
                agreed[case_id, talk] = Money.of(**event.body["amount"]).minor
            if event.name == "offer_lapsed":
                lapsed += Money.of(**event.body["goodwill"]).minor
    assert sums(rows, "offered").minor == sum(offered.values())
    assert sums(rows, "agreed").minor == agreed.total()
    assert sum(row["agreed_talks"] for row in rows) == len(agreed)
    with year.reading() as tx:
        states = {
            row.state: int(row.minor)
            for row in tx.exec_driver_sql(
                "SELECT state, sum(owed + goodwill) AS minor FROM commitments GROUP BY state"
            )
        }
        by_state = Counter(tx.exec_driver_sql("SELECT state FROM commitments").scalars())
        ended_owed = tx.exec_driver_sql(
            "SELECT sum(owed) FROM commitments WHERE state IN ('offered', 'lapsed', 'owed')"
        ).scalar_one()
    assert {"agreed", "lapsed", "owed"} <= by_state.keys()
    assert lapsed > 0
    assert states["agreed"] == sums(rows, "agreed").minor
    assert states["agreed"] + states["lapsed"] + lapsed == sums(rows, "offered").minor
    assert sums(rows, "owed").minor == ended_owed
    assert sums(rows, "agreed") + sums(rows, "owed") == sums(rows, "kept") + sums(rows, "waiting")


def test_kept_is_what_every_part_of_was_done(year):
    before = sums(rows_of(year, "money"), "kept")
    with year.transaction() as tx:
        due = [each for each in promises_of(tx, "C-waits") if each.kind in ("cash", "part")]
        for each in due:
            promises.keep_promise(a_sitting(tx, WANG, now=LATER), each.id, "keep_promise")
        agreed = next(e for e in find_history(tx, "C-waits") if e.name == "agreed")
    assert sums(rows_of(year, "money"), "kept") - before == Money.of(**agreed.body["amount"])


def test_what_nobody_asked_for_is_unknown_and_not_zero(year):
    rows = rows_of(year, "money")
    named = [
        event
        for history in histories(year).values()
        for event in history
        if event.name == "countered" or (event.body.get("complaint") or {}).get("complaint", {}).get("demand")
    ]
    assert {event.name for event in named} == {"countered", "opened", "diagnosed"}
    assert sums(rows, "asked") == cny("900.00") + cny("9000.00") + cny("450.00")
    assert sum(row["asked_talks"] for row in rows) == 3
    assert all(row["asked_talks"] + row["asked_unknown"] == row["talks"] for row in rows)


def test_approvals_add_up_by_person(year):
    rows = rows_of(year, "approvals")
    told_of = histories(year)
    asked = [e for history in told_of.values() for e in history if e.name == "approval_requested"]
    assert sum(row["requests"] for row in rows) == len(asked)
    assert all(r["requests"] == r["decided"] + r["waiting"] + r["bypassed"] + r["void"] for r in rows)
    [zhao] = [row for row in rows if row["approver"] == "Zhao"]
    parts = [zhao[name] for name in ("decided", "unchanged", "amended", "declined", "sent_back", "median_s")]
    assert parts == [4, 1, 1, 1, 1, 60]
    assert (zhao["follow_rate"], zhao["alarm"]) == ("0.2500", False)
    [nobody] = [row for row in rows if row["approver"] is None]
    assert (nobody["decided"], nobody["follow_rate"], nobody["median_s"]) == (0, None, None)


def test_who_stamps_hundreds_unread_raises_the_alarm(database):
    with database.transaction() as tx:
        for number in range(20):
            case = a_talk(
                tx, f"C-{number}", *lives.BEFORE_THE_OFFER, by=Actor(f"Agent {number}", Role.AGENT), threatens_publicity=True,
                verified=None, harm="none",
            )  # fmt: skip
            by = a_sitting(tx, Actor(f"Agent {number}", Role.AGENT))
            _, asked = negotiations.ask_approval(by, case)
            seconds = 30 if number < 10 else 31
            stamp = a_sitting(tx, ZHAO, now=NOW + timedelta(seconds=seconds))
            approvals.give(stamp, asked.id, seen=asked.digest, operation="decide_approval")
    [row] = rows_of(database, "approvals")
    assert (row["decided"], row["unchanged"], row["alarm"]) == (20, 20, True)


def test_overrides_stand_by_person_rung_and_row_with_all_offers_as_their_ground(year):
    rows = rows_of(year, "overrides")
    [over] = [row for row in rows if row["overrides"]]
    assert (over["person"], over["rung"], over["put"]) == ("Wang", "opening", cny("333.00"))
    assert over["above"] + over["below"] == 1
    assert over["rows"]
    put = [e for h in histories(year).values() for e in h if e.name in ("offered", "overridden")]
    assert over["offers"] == sum(event.actor.name == "Wang" for event in put)
    [chen] = [row for row in rows if row["person"] == "Chen"]
    assert (chen["offers"], chen["overrides"], chen["put"]) == (1, 0, None)
    with year.reading() as tx:
        decision = next(e for e in find_history(tx, "C-over") if e.name == "suggested").body["decision"]
        assert over["advised"] == decision_of(find_decision(tx, decision)).range.opening


def test_causes_that_come_back_stand_with_the_promises_that_wait(year):
    rows = rows_of(year, "causes")
    assert [row["cases"] for row in rows] == sorted((row["cases"] for row in rows), reverse=True)
    complaints = [
        h for h in histories(year).values() if h[0].body["complaint"]["case"]["kind"] == "complaint"
    ]
    assert sum(row["cases"] for row in rows) == len(complaints)
    promised = [
        e for h in complaints for e in h if e.name == "promise_made" and e.body["kind"] == "prevention"
    ]
    assert sum(row["promised"] for row in rows) == len(promised)
    assert all(row["promised"] == row["kept"] + row["replaced"] + row["open"] for row in rows)
    goods = next(row for row in rows if row["problem"] == "product")
    assert (goods["category"], goods["kept"]) == ("electronics", 1)
    assert goods["open"] > 0
    assert goods["first_open_due"] is not None
    assert goods["again"] == 0
    with year.transaction() as tx:
        an_end_without_a_yes(tx, "C-back", by=CHEN, now=LATER + DAY)
    assert next(row for row in rows_of(year, "causes") if row["problem"] == "product")["again"] == 1


def test_the_haggle_gap_is_the_one_ratio_over_the_other(year):
    first, last, bargained = {}, {}, set()
    for case_id, history in histories(year).items():
        for event in history:
            if event.name == "reopened":
                first.pop(case_id, None)
            if event.name in ("offered", "overridden"):
                first.setdefault(case_id, Money.of(**event.body["amount"]).minor)
            if event.name == "countered":
                bargained.add(case_id)
            if event.name == "agreed":
                last[case_id] = Money.of(**event.body["amount"]).minor
    [row] = rows_of(year, "haggle")
    more = [case for case in last if case in bargained]
    less = [case for case in last if case not in bargained]
    assert (row["bargained"], row["accepted"]) == (len(more), len(less)) == (1, 4)
    over = {
        name: Fraction(sum(last[c] for c in group), sum(first[c] for c in group))
        for name, group in (("more", more), ("less", less))
    }
    assert row["accepted_over_first"] == "1.0000"
    assert Fraction(row["gap"]) == round(over["more"] / over["less"], 4) > 1


def test_the_spread_compares_equal_harm_only(year):
    rows = rows_of(year, "spread")
    overall = [row for row in rows if row["harm"] == "all"]
    assert (
        sum(row["openings"] for row in overall) == sum(r["openings"] for r in rows if r["harm"] != "all") > 0
    )
    usual = {row["band"]: Fraction(row["ratio"]) for row in overall if not row["small"]}
    assert usual["high"] > 1 > usual["none"]
    for row in rows:
        assert Fraction(row["over_base"]) >= 1


def test_clocks_add_up(year):
    rows = rows_of(year, "clocks", now=NOW + 20 * DAY)
    started = [
        clock["what"]
        for h in histories(year).values()
        for e in h
        if e.name == "clocks_started"
        for clock in e.body["clocks"]
    ]
    assert {row["what"]: row["started"] for row in rows} == Counter(started)
    for row in rows:
        assert row["started"] == row["kept"] + row["late"] + row["running"] + row["overdue"] + row["no_end"]
    stopped = [e.body["in_time"] for h in histories(year).values() for e in h if e.name == "clock_stopped"]
    assert sum(row["kept"] for row in rows) == stopped.count(True)


def test_a_period_counts_days_of_the_policy_both_ends_in(database):
    with database.transaction() as tx:
        for number, received in enumerate(
            ("2026-03-02T23:59:59+08:00", "2026-03-03T00:00:00+08:00", "2026-03-03T23:59:59+08:00", "2026-03-04T00:00:00+08:00")
        ):  # fmt: skip
            cases.open_case(a_sitting(tx), a_complaint(id=f"C-{number}", received_at=received))

    def count(first, last):
        return sum(row["cases"] for row in rows_of(database, "cases", Period(first, last)))

    third = date(2026, 3, 3)
    assert count(third, third) == 2
    assert (count(None, third), count(third, None), count(None, None)) == (3, 3, 4)
    with pytest.raises(BadInput, match="is before 2026-03-03"):
        count(third, date(2026, 3, 2))


def test_reports_are_the_same_after_everybody_was_forgotten(year):
    later = NOW + 40 * DAY
    with year.transaction() as tx:
        lives.closed(tx, find_case(tx, "C-waits"), by=WANG, now=later)
    before = {name: rows_of(year, name, now=later) for name in COLUMNS}
    with year.transaction() as tx:
        for customer in ("K-C-kept", "K-C-waits"):
            erase_customer(a_sitting(tx, ADMIN, now=later), customer, Why.ASKED)
    assert {name: rows_of(year, name, now=later) for name in COLUMNS} == before


def test_a_seed_draws_the_same_closed_cases_again(database):
    with database.transaction() as tx:
        for number in range(12):
            lives.closed(
                tx, an_end_without_a_yes(tx, f"C-{number}", by=WANG, verified="9.00"), by=WANG, now=LATER
            )
        an_agreement(tx, "C-open")

    def drawn(seed, count=4):
        with database.reading() as tx:
            return [case.id for case in sample(a_sitting(tx, FINANCE, now=LATER), seed, count, Period())]

    assert drawn("a") == drawn("a")
    assert drawn("a") == drawn("a", 12)[:4], "more of the same draw"
    assert len({tuple(drawn(str(seed))) for seed in range(10)}) > 5
    assert sorted(drawn("b", 200)) == sorted(f"C-{number}" for number in range(12))
