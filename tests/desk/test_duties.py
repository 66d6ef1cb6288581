"""What time alone brings about, once and by itself."""

import logging
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest

from settlement.cases.approvals import ApprovalState
from settlement.cases.lifecycle import PROGRAM
from settlement.cases.promises import PromiseState
from settlement.desk import approvals, cases, clocks, duties, negotiations, promises
from settlement.desk.case_file import facts_of
from settlement.desk.duties import run_duties
from settlement.desk.grants import granted_before
from settlement.errors import NotAuthorised
from settlement.money import Money
from settlement.negotiation import events as told
from settlement.roles import Role
from settlement.store.approvals import find_approval
from settlement.store.cases import find_case, find_history
from settlement.store.grants import find_commitment
from settlement.store.promises import promises_of
from tests import lives
from tests.builders import a_complaint, a_customer, books, cny
from tests.lives import CHEN, LI, NOW, WANG, ZHAO, a_talk, an_agreement, an_end_without_a_yes
from tests.sittings import a_sitting, counting_id

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def run(database, now) -> Counter[str]:
    return run_duties(database, books(), now, counting_id)


def events_of(database, case_id, name):
    with database.reading() as tx:
        return [event for event in find_history(tx, case_id) if event.name == name]


def only(done: Counter[str], *names: str) -> dict[str, int]:
    return {name: done[name] for name in names}


def waits_for_a_supervisor(tx, case_id="C-1", by=LI, now=NOW, **facts):
    """A case whose offer waits for a supervisor, and the request."""
    case = a_talk(tx, case_id, *lives.BEFORE_THE_OFFER, by=by, now=now, threatens_publicity=True, **facts)
    return negotiations.ask_approval(a_sitting(tx, by, now=now), case)


# ---------------------------------------------------------------- promises


def test_a_promise_whose_time_is_over_is_broken_once_and_by_nobody(database):
    with database.transaction() as tx:
        case = an_agreement(tx, "C-1")
        due = promises_of(tx, "C-1")
    assert run(database, NOW)["promises_broken"] == 0
    after = max(each.due_at for each in due) + MINUTE
    assert run(database, after)["promises_broken"] == len(due)
    assert run(database, after + DAY)["promises_broken"] == 0
    broken = events_of(database, "C-1", "promise_broken")
    assert {event.actor.name for event in broken} == {PROGRAM}
    with database.reading() as tx:
        assert {each.state for each in promises_of(tx, "C-1")} == {PromiseState.BROKEN}
        known = facts_of(a_sitting(tx, now=after), find_case(tx, case.id))
    assert known.complaint.signals.broken_promises == len(due)


def test_a_promise_that_is_due_right_now_is_not_broken_yet(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-1")
        first = min(each.due_at for each in promises_of(tx, "C-1"))
    assert run(database, first)["promises_broken"] == 0
    assert run(database, first + timedelta(microseconds=1))["promises_broken"] == 1


def test_whoever_has_the_case_is_reminded_of_a_promise_once(database):
    with database.transaction() as tx:
        sitting, case = a_sitting(tx), a_talk(tx, "C-1")
        promises.tell_date(sitting, case, "call_back", NOW + 4 * HOUR)
    assert run(database, NOW + 3 * HOUR - MINUTE)["promises_reminded"] == 0
    assert run(database, NOW + 3 * HOUR)["promises_reminded"] == 1
    assert run(database, NOW + 3 * HOUR + MINUTE)["promises_reminded"] == 0
    [event] = [each for each in events_of(database, "C-1", "reminded") if "promise" in each.body]
    assert event.body["to"] == "Li"


# ---------------------------------------------------------------- clocks


def test_an_owner_is_reminded_when_three_quarters_of_a_limit_are_over(database):
    with database.transaction() as tx:
        cases.open_case(a_sitting(tx), a_complaint(id="C-1"))
    received = NOW - 5 * MINUTE  # a quarter of an hour for the first answer
    assert run(database, received + timedelta(minutes=11, seconds=14))["clocks_reminded"] == 0
    assert run(database, received + timedelta(minutes=11, seconds=15))["clocks_reminded"] == 1
    assert run(database, received + timedelta(minutes=12))["clocks_reminded"] == 0
    [event] = events_of(database, "C-1", "reminded")
    assert (event.body["what"], event.body["to"]) == ("first_response", "Li")


def test_a_clock_that_is_over_goes_to_the_level_above_whoever_has_the_case(database):
    with database.transaction() as tx:
        cases.open_case(a_sitting(tx, LI), a_complaint(id="C-1"))
        cases.open_case(a_sitting(tx, ZHAO), a_complaint(id="C-2"))
    assert run(database, NOW + 10 * MINUTE)["clocks_escalated"] == 0
    assert run(database, NOW + 11 * MINUTE)["clocks_escalated"] == 2
    assert run(database, NOW + 12 * MINUTE)["clocks_escalated"] == 0
    assert [event.body["to"] for event in events_of(database, "C-1", "escalated")] == ["senior_agent"]
    assert [event.body["to"] for event in events_of(database, "C-2", "escalated")] == ["director"]


def test_a_clock_that_stands_or_has_stopped_is_left_alone(database):
    with database.transaction() as tx:
        sitting = a_sitting(tx)
        case = cases.open_case(sitting, a_complaint(id="C-1"))
        case = clocks.pause_clock(sitting, case, "diagnosis", "waits for the maker")
        cases.inform(sitting, case, "we look into it", "phone")
    done = run(database, NOW + 3 * HOUR)
    assert only(done, "clocks_reminded", "clocks_escalated") == {"clocks_reminded": 0, "clocks_escalated": 0}


# ---------------------------------------------------------------- approvals


def test_a_request_that_nobody_decides_goes_up_level_by_level(database):
    with database.transaction() as tx:
        _, asked = waits_for_a_supervisor(tx)
    assert run(database, NOW + 2 * HOUR)["approvals_sent_up"] == 0
    now = NOW + 2 * HOUR + MINUTE
    assert run(database, now)["approvals_sent_up"] == 1
    assert run(database, now)["approvals_sent_up"] == 0
    with database.reading() as tx:
        waiting = find_approval(tx, asked.id)
    assert (waiting.level, waiting.due_at) == (Role.MANAGER, now + 4 * HOUR)
    assert waiting.state is ApprovalState.REQUESTED
    now += 4 * HOUR + MINUTE
    run(database, now)
    with database.reading() as tx:
        assert find_approval(tx, asked.id).level is Role.DIRECTOR
    assert [e.body["to"] for e in events_of(database, "C-1", "approval_escalated")] == ["manager", "director"]


def test_a_request_that_went_up_is_for_the_new_level_alone(database):
    with database.transaction() as tx:
        _, asked = waits_for_a_supervisor(tx)
        approvals.assign(a_sitting(tx, CHEN), asked.id, to=WANG, operation="decide_approval")
    run(database, NOW + 3 * HOUR)
    with database.transaction() as tx:
        now = NOW + 3 * HOUR
        with pytest.raises(NotAuthorised, match="needs a manager"):
            approvals.give(
                a_sitting(tx, WANG, now=now), asked.id, seen=asked.digest, operation="decide_approval"
            )
        approvals.give(a_sitting(tx, CHEN, now=now), asked.id, seen=asked.digest, operation="decide_approval")


def test_at_the_top_somebody_is_reminded_once_a_day(database):
    with database.transaction() as tx:
        _, asked = waits_for_a_supervisor(tx)
    for hours in (3, 8):  # up to the director
        run(database, NOW + hours * HOUR)
    first = NOW + 33 * HOUR
    assert run(database, first)["approvals_sent_up"] == 1
    assert run(database, first + 23 * HOUR)["approvals_sent_up"] == 0
    assert run(database, first + 24 * HOUR)["approvals_sent_up"] == 1
    reminded = [e for e in events_of(database, "C-1", "reminded") if e.body.get("approval") == asked.id]
    assert [event.body["to"] for event in reminded] == ["director", "director"]


def test_an_approval_that_nobody_used_lapses_and_the_offer_waits_again(database):
    with database.transaction() as tx:
        case, asked = waits_for_a_supervisor(tx)
        approvals.give(a_sitting(tx, WANG), asked.id, seen=asked.digest, operation="decide_approval")
    assert run(database, NOW + 24 * HOUR)["approvals_expired"] == 0
    late = NOW + 24 * HOUR + MINUTE
    assert run(database, late)["approvals_expired"] == 1
    assert run(database, late)["approvals_expired"] == 0
    with database.transaction() as tx:
        assert find_approval(tx, asked.id).state is ApprovalState.EXPIRED
        with pytest.raises(NotAuthorised):
            lives.play(a_sitting(tx, LI, now=late), find_case(tx, case.id), told.Offered())


def test_what_is_owed_stays_granted_once_somebody_said_yes(database):
    with database.transaction() as tx:
        case, _ = waits_for_a_supervisor(tx)
        lives.play(a_sitting(tx), case, told.Left())
        [owed] = [each for each in approvals.store.approvals_of(tx, "C-1", 1) if each.asked["kind"] == "owed"]
        approvals.give(a_sitting(tx, WANG), owed.id, seen=owed.digest, operation="decide_approval")
        committed = find_commitment(tx, "C-1", 1)
    assert (committed.state, committed.sums.total) == ("owed", cny("199.00"))
    assert run(database, NOW + 30 * DAY)["approvals_expired"] == 0
    with database.reading() as tx:
        assert find_approval(tx, owed.id).state is ApprovalState.USED


def test_an_emergency_that_nobody_looked_at_is_told_a_level_higher_once(database):
    with database.transaction() as tx:
        case = a_talk(
            tx, "C-1", *lives.BEFORE_THE_OFFER, by=WANG, harm="health", duration_h=200, verified="4000.00"
        )
        _, bypass = negotiations.bypass_approval(a_sitting(tx, WANG), case, "the customer is in hospital")
    assert bypass.level is Role.MANAGER
    assert run(database, NOW + 24 * HOUR)["bypasses_escalated"] == 0
    assert run(database, NOW + 25 * HOUR)["bypasses_escalated"] == 1
    assert run(database, NOW + 50 * HOUR)["bypasses_escalated"] == 0
    told_up = [e for e in events_of(database, "C-1", "escalated") if e.body["what"] == "bypass_review"]
    assert [event.body["to"] for event in told_up] == ["director"]


# ---------------------------------------------------------------- offers


def test_an_offer_that_nobody_took_counts_until_it_stands_no_more_then_only_what_is_owed(database):
    with database.transaction() as tx:
        an_end_without_a_yes(tx, "C-1")
        before = find_commitment(tx, "C-1", 1)
        stands = books().policy_for("retail-cn", NOW.date()).edition.terms.ladder.offer_stands
    assert before.sums.goodwill > Money.zero("CNY")
    until = NOW + timedelta(days=stands.count + 1)
    assert run(database, until - 2 * DAY)["offers_lapsed"] == 0
    assert run(database, until)["offers_lapsed"] == 1
    assert run(database, until)["offers_lapsed"] == 0
    with database.reading() as tx:
        after = find_commitment(tx, "C-1", 1)
        counted = granted_before(
            a_sitting(tx, now=until),
            facts_of(a_sitting(tx), find_case(tx, "C-1")),
            lives.policy(),
            but=("", 0),
        )
    assert (after.sums.owed, after.sums.goodwill) == (before.sums.owed, Money.zero("CNY"))
    assert counted == after.sums
    [event] = events_of(database, "C-1", "offer_lapsed")
    assert Money.of(**event.body["goodwill"]) == before.sums.goodwill


def test_an_offer_stands_from_the_end_of_the_talks_as_the_customer_was_told(database):
    with database.transaction() as tx:
        case = a_talk(tx, "C-1", *lives.TO_THE_OFFER)
        left = NOW + 6 * DAY
        lives.play(a_sitting(tx, now=left), case, told.Left())
    stands = lives.policy().terms.ladder.offer_stands.count * DAY
    assert run(database, NOW + stands + 2 * DAY)["offers_lapsed"] == 0
    assert run(database, left + stands + DAY)["offers_lapsed"] == 1


def test_an_offer_in_running_talks_and_one_that_was_taken_count_on(database):
    with database.transaction() as tx:
        a_talk(tx, "C-1", *lives.TO_THE_OFFER)
        an_agreement(tx, "C-2")
        before = find_commitment(tx, "C-1", 1), find_commitment(tx, "C-2", 1)
    assert run(database, NOW + 100 * DAY)["offers_lapsed"] == 0
    with database.reading() as tx:
        assert (find_commitment(tx, "C-1", 1), find_commitment(tx, "C-2", 1)) == before


# ---------------------------------------------------------------- all together


def test_one_case_that_cannot_be_handled_does_not_keep_the_others_waiting(database, monkeypatch, caplog):
    with database.transaction() as tx:
        for number in (1, 2, 3):
            an_agreement(tx, f"C-{number}", now=NOW)
    real = duties.break_promise

    def spoilt(sitting, case, promise):
        real(sitting, case, promise)
        if case.id == "C-2":
            raise RuntimeError("something odd")

    monkeypatch.setattr(duties, "break_promise", spoilt)
    with caplog.at_level(logging.ERROR):
        done = run(database, NOW + 60 * DAY)
    assert (done["promises_broken"], done["failed"]) == (4, 2)
    assert "the others go on" in caplog.text
    assert not events_of(database, "C-2", "promise_broken"), "nothing half-done"
    with database.reading() as tx:
        assert {each.state for each in promises_of(tx, "C-2")} == {PromiseState.DUE}


class Meanwhile:
    """A database in which somebody is faster, between the look and the deed."""

    def __init__(self, database, act):
        self.database, self.act = database, act
        self.reading, self.scrub = database.reading, database.scrub

    @contextmanager
    def transaction(self):
        if self.act is not None:
            act, self.act = self.act, None
            with self.database.transaction() as tx:
                act(tx)
        with self.database.transaction() as tx:
            yield tx


def keep(tx, now):
    for each in promises_of(tx, "C-1"):
        promises.keep_promise(a_sitting(tx, now=now), each.id, "keep_promise")


def decide(tx, now):
    [asked] = approvals.store.approvals_of(tx, "C-1", 1)
    approvals.give(a_sitting(tx, ZHAO, now=now), asked.id, seen=asked.digest, operation="decide_approval")


def void(tx, now):
    sitting, known = a_sitting(tx, WANG, now=now), {"customer": a_customer(id="K-C-1"), "order_id": "O-C-1"}
    more = a_complaint(id="C-1", verified="250.00", **known)
    negotiations.conclude(sitting, cases.diagnose(sitting, find_case(tx, "C-1"), more, None))


def answer(tx, now):
    cases.inform(a_sitting(tx, now=now), find_case(tx, "C-1"), "we look into it", "phone")


def look(tx, now):
    [bypass] = approvals.store.approvals_of(tx, "C-1", 1)
    sitting = a_sitting(tx, ZHAO, now=now)
    approvals.review_bypass(sitting, bypass.id, right=True, reason="it was", operation="decide_approval")


def come_back(tx, now):
    cases.open_case(a_sitting(tx, now=now), a_complaint(id="C-2", customer=a_customer(id="K-C-1")))


def a_given_approval(tx):
    _, asked = waits_for_a_supervisor(tx)
    approvals.give(a_sitting(tx, WANG), asked.id, seen=asked.digest, operation="decide_approval")


def an_emergency(tx):
    case = a_talk(
        tx, "C-1", *lives.BEFORE_THE_OFFER, by=WANG, harm="health", duration_h=200, verified="4000.00"
    )
    negotiations.bypass_approval(a_sitting(tx, WANG), case, "in hospital")


RACES = {
    "promises_broken": (lambda tx: an_agreement(tx, "C-1"), keep, 60 * DAY),
    "clocks_escalated": (lambda tx: cases.open_case(a_sitting(tx), a_complaint(id="C-1")), answer, HOUR),
    "approvals_sent_up": (waits_for_a_supervisor, decide, 3 * HOUR),
    "approvals_expired": (a_given_approval, void, 25 * HOUR),
    "bypasses_escalated": (an_emergency, look, 25 * HOUR),
    "customers_forgotten": (
        lambda tx: lives.closed(tx, an_agreement(tx, "C-1"), now=lives.LATER), come_back, 400 * DAY,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RACES)
def test_where_somebody_was_faster_nothing_is_done(database, monkeypatch, name):
    prepare, act, later = RACES[name]
    with database.transaction() as tx:
        prepare(tx)
    now = NOW + later
    monkeypatch.setattr(duties, "DUTIES", {name: duties.DUTIES[name]})
    meanwhile = Meanwhile(database, lambda tx: act(tx, now))
    assert run(meanwhile, now) == {}
    assert meanwhile.act is None, "it was looked at and found due"


WORKER = """
import sys
from datetime import datetime
from settlement.desk.duties import run_duties
from settlement.rules.library import load_books
from settlement.store.database import Database
books = load_books()
with Database.open(sys.argv[1]) as database:
    print("ready", flush=True)
    sys.stdin.readline()
    done = run_duties(database, books, datetime.fromisoformat(sys.argv[2]))
    print(sum(done.values()), done["failed"], flush=True)
"""


def test_two_workers_over_one_database_do_nothing_twice(database, database_url):
    with database.transaction() as tx:
        for number in range(4):
            an_agreement(tx, f"C-promise-{number}")
            cases.open_case(a_sitting(tx), a_complaint(id=f"C-clock-{number}", customer=None))
            waits_for_a_supervisor(tx, f"C-approval-{number}")
            an_end_without_a_yes(tx, f"C-offer-{number}")
            _, asked = waits_for_a_supervisor(tx, f"C-unused-{number}")
            approvals.give(a_sitting(tx, CHEN), asked.id, seen=asked.digest, operation="decide_approval")
    now = NOW + 40 * DAY
    command = [sys.executable, "-c", WORKER, database_url, now.isoformat()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": {**os.environ}}
    workers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    try:
        for worker in workers:
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        shares = [tuple(map(int, worker.stdout.readline().split())) for worker in workers]
    finally:
        for worker in workers:
            worker.communicate(timeout=60)
    assert [failed for _, failed in shares] == [0, 0]
    with database.reading() as tx:
        ids = list(tx.exec_driver_sql("SELECT id FROM cases").scalars())
        by_time = [(each, e) for each in ids for e in find_history(tx, each) if e.actor.name == PROGRAM]
    assert sum(did for did, _ in shares) == len(by_time) > 30
    told_once = Counter((case_id, event.name, str(sorted(event.body.items()))) for case_id, event in by_time)
    assert set(told_once.values()) == {1}
    assert run(database, now).total() == 0
