"""Promises at work: made with an agreement, kept, broken, replaced, and remembered by the next decision."""

import json
from datetime import timedelta

import pytest

from settlement.cases.lifecycle import PROGRAM, IllegalMove, State
from settlement.cases.promises import PromiseOver
from settlement.desk import cases, negotiations, promises
from settlement.desk.letters import customer_letter
from settlement.errors import BadInput, NotAuthorised, NotFound, Refused
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store.cases import find_case, find_history
from settlement.store.decisions import find_decision
from settlement.store.promises import find_promise, promises_of
from tests.builders import a_complaint
from tests.sittings import NOW, a_sitting

LI, MA, WANG = Actor("Li", Role.AGENT), Actor("Ma", Role.AGENT), Actor("Wang", Role.SUPERVISOR)
FACTS = {"verified": "80.00"}
KEEPS = "keep_promise"
LATE = NOW + timedelta(days=30)


def talking(tx, name="C-1", actor=LI, linked_to=None, **facts):
    """A case in which an offer lies on the table."""
    sitting, complaint = a_sitting(tx, actor), a_complaint(id=name, **FACTS | facts)
    case = cases.open_case(sitting, complaint, linked_to=linked_to)
    case = cases.diagnose(sitting, case, complaint, None)
    case = cases.suggest_for_case(sitting, case)[0]
    return sitting, play(sitting, case, told.Confirmed(), told.ItemsSplit(items=()), told.Offered())


def play(sitting, case, *events):
    for event in events:
        case, _ = negotiations.play_round(sitting, case, event)
    return case


def agreed(tx, option=1, **said):
    sitting, case = talking(tx, **said)
    return sitting, play(sitting, case, told.Accepted(option=option))


def states(tx, case):
    return [(each.kind, str(each.state)) for each in promises_of(tx, case.id)]


def test_every_part_of_an_agreement_is_promised_with_its_own_date(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        menu = negotiations.advice_for(sitting, case).menu
        option = next(each for each in menu if each.parts)
        case = play(sitting, case, told.Accepted(option=option.id))
        made = {(each.kind, each.what) for each in promises_of(tx, case.id)}
        assert {("part", part.instrument) for part in option.parts} <= made
        assert (("cash", "cash") in made) == bool(option.cash)
        assert ("prevention", "batch_checked") in made
        assert all(each.due_at and each.due_at > NOW for each in promises_of(tx, case.id))


def test_a_promise_says_who_does_it(database):
    with database.transaction() as tx:
        _, case = agreed(tx, actor=WANG, wants="face")
        who = {(each.kind, each.what): each.level for each in promises_of(tx, case.id)}
        assert who["gesture", "apology_supervisor"] is Role.SUPERVISOR
        assert who["cash", "cash"] is Role.AGENT


def test_what_was_kept_is_not_promised_again_where_a_part_is_chosen_anew(database):
    with database.transaction() as tx:
        sitting, case = talking(tx, actor=WANG, wants="both", verified="300.00")
        menu = negotiations.advice_for(sitting, case).menu
        option = next(each for each in menu if each.parts)
        case = play(sitting, case, told.Accepted(option=option.id))
        said = next(each for each in promises_of(tx, case.id) if each.kind == "gesture")
        case, _ = promises.keep_promise(sitting, said.id, KEEPS)
        blocked = told.PartBlocked(instrument=option.parts[0].instrument)
        case = play(sitting, case, blocked, told.Accepted(option=1))
        standing = [each for each in promises_of(tx, case.id) if str(each.state) != "replaced"]
        kinds = [each.kind for each in standing]
        assert sorted(kinds) == ["cash", "gesture", "prevention"]
        assert next(each for each in standing if each.kind == "gesture").id == said.id
        assert "A supervisor calls and apologises" in customer_letter(sitting, case, "en").text


def test_the_last_promise_that_is_kept_fulfils_the_case(database):
    with database.transaction() as tx:
        sitting, case = agreed(tx)
        first, second = promises_of(tx, case.id)
        case, kept = promises.keep_promise(sitting, first.id, KEEPS)
        assert (case.state, str(kept.state)) == (State.AGREED, "kept")
        case, _ = promises.keep_promise(sitting, second.id, KEEPS)
        assert (case.state, case.open_duties) == (State.FULFILLED, frozenset())


def test_a_kept_promise_is_neither_kept_nor_replaced_again(database):
    with database.transaction() as tx:
        sitting, case = agreed(tx)
        first, _ = promises_of(tx, case.id)
        promises.keep_promise(sitting, first.id, KEEPS)
        with pytest.raises(PromiseOver):
            promises.keep_promise(sitting, first.id, KEEPS)
        with pytest.raises(PromiseOver):
            promises.replace_promise(sitting, first.id, KEEPS, what="cash", due=LATE, reason="again")


def test_what_is_kept_after_its_time_was_broken_first(database):
    with database.transaction() as tx:
        _, case = agreed(tx)
        first, _ = promises_of(tx, case.id)
        case, kept = promises.keep_promise(a_sitting(tx, LI, now=LATE), first.id, KEEPS)
        assert str(kept.state) == "kept_late"
        assert kept.broken_at == first.due_at, "not only when somebody noticed"
        assert [each.name for each in find_history(tx, case.id)][-2:] == ["promise_broken", "promise_kept"]


def test_a_replaced_promise_has_an_heir_with_its_own_date(database):
    with database.transaction() as tx:
        _, case = agreed(tx)
        first, _ = promises_of(tx, case.id)
        case, heir = promises.replace_promise(
            a_sitting(tx, WANG), first.id, KEEPS, what="cash", due=LATE, reason="the bank is shut"
        )
        assert str(find_promise(tx, first.id).state) == "replaced"
        assert (heir.replaces, heir.due_at, heir.kind) == (first.id, LATE, "cash")
        assert heir.id in case.open_duties
        assert first.id not in case.open_duties


def test_a_promise_that_was_broken_and_then_replaced_counts_as_broken(database):
    with database.transaction() as tx:
        _, case = agreed(tx)
        first, _ = promises_of(tx, case.id)
        late = a_sitting(tx, WANG, now=LATE)
        promises.replace_promise(
            late, first.id, KEEPS, what="cash", due=LATE + timedelta(days=1), reason="forgotten"
        )
        gone = find_promise(tx, first.id)
        assert (str(gone.state), gone.broken_at) == ("replaced", first.due_at)


def test_a_date_that_is_told_is_a_promise_and_holds_the_end_up(database):
    with database.transaction() as tx:
        sitting, case = agreed(tx)
        case, date = promises.tell_date(sitting, case, "a call", NOW + timedelta(days=1))
        for each in promises_of(tx, case.id):
            if each.id != date.id:
                case, _ = promises.keep_promise(sitting, each.id, KEEPS)
        assert case.state is State.AGREED
        case, _ = promises.keep_promise(sitting, date.id, KEEPS)
        assert case.state is State.FULFILLED


@pytest.mark.parametrize("due", [NOW, NOW - timedelta(days=1)])
def test_nobody_tells_a_date_that_is_over(database, due):
    with database.transaction() as tx:
        sitting, case = agreed(tx)
        first, _ = promises_of(tx, case.id)
        with pytest.raises(BadInput, match="is over already"):
            promises.tell_date(sitting, case, "a call", due)
        with pytest.raises(BadInput, match="is over already"):
            promises.replace_promise(sitting, first.id, KEEPS, what="cash", due=due, reason="later")


def test_a_broken_promise_is_a_harm_that_the_next_decision_sees(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        case, first = promises.tell_date(sitting, case, "a call", NOW + timedelta(hours=1))
        case, _ = promises.tell_date(sitting, case, "a letter", NOW + timedelta(days=90))
        late = a_sitting(tx, LI, now=LATE)
        case, _ = promises.break_promise(late, case, first)
        case = cases.diagnose(late, case, a_complaint(id="C-1", **FACTS), "we did not call")
        assert _broken_in(tx, case.decision) == 1


def test_what_was_broken_before_counts_in_the_case_that_follows(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        case, date = promises.tell_date(sitting, case, "a call", NOW + timedelta(hours=1))
        promises.break_promise(a_sitting(tx, LI, now=LATE), case, date)
        _, linked = talking(tx, "C-2", WANG, linked_to="C-1")
        _, other = talking(tx, "C-3", WANG)
        assert _broken_in(tx, linked.decision) == 1
        assert _broken_in(tx, other.decision) == 0


def test_a_broken_promise_that_was_kept_late_counts_still(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        case, date = promises.tell_date(sitting, case, "a call", NOW + timedelta(hours=1))
        late = a_sitting(tx, LI, now=LATE)
        case, _ = promises.keep_promise(late, date.id, KEEPS)
        case = cases.diagnose(late, case, a_complaint(id="C-1", **FACTS), None)
        assert _broken_in(tx, case.decision) == 1


def _broken_in(tx, decision):
    request = json.loads(find_decision(tx, decision).request)
    return request["complaint"]["signals"]["broken_promises"]


def test_what_is_owed_is_promised_when_the_customer_leaves(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        case = play(sitting, case, told.Left())
        assert (case.state, states(tx, case)) == (State.UNSETTLED, [("owed", "due")])


def test_nothing_is_promised_where_nothing_is_owed(database):
    with database.transaction() as tx:
        sitting, case = talking(tx, actor=WANG, verified=None, cause="customer")
        case = play(sitting, case, told.Left())
        assert (case.state, states(tx, case)) == (State.UNSETTLED, [])


def test_what_was_agreed_is_not_taken_back_once_part_of_it_is_done(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        menu = negotiations.advice_for(sitting, case).menu
        option = next(each for each in menu if each.parts)
        case = play(sitting, case, told.Accepted(option=option.id))
        part = next(each for each in promises_of(tx, case.id) if each.kind == "part")
        case, _ = promises.keep_promise(sitting, part.id, KEEPS)
        with pytest.raises(Refused, match="is done already"):
            play(sitting, case, told.PartBlocked(instrument=part.what))


def test_the_program_keeps_no_promise_and_other_agents_see_none(database):
    with database.transaction() as tx:
        _, case = agreed(tx)
        first, _ = promises_of(tx, case.id)
        with pytest.raises(NotAuthorised, match="a person keeps a promise"):
            promises.keep_promise(a_sitting(tx, Actor(PROGRAM, Role.SUPERVISOR)), first.id, KEEPS)
        with pytest.raises(NotFound):
            promises.keep_promise(a_sitting(tx, MA), first.id, KEEPS)
        promises.keep_promise(a_sitting(tx, WANG), first.id, KEEPS)


def test_a_case_with_a_broken_promise_is_not_closed(database):
    with database.transaction() as tx:
        sitting, case = talking(tx)
        case = play(sitting, case, told.Left())
        [owed] = promises_of(tx, case.id)
        late = a_sitting(tx, LI, now=LATE)
        case, _ = promises.break_promise(late, case, owed)
        case = cases.tell_result(late, case, "we pay what we owe", "letter")
        case = cases.follow_up(late, case, reached=False, rating=None, solved=None, answer=None)
        with pytest.raises(IllegalMove, match="wait still"):
            cases.close(late, case)
        promises.keep_promise(late, owed.id, KEEPS)
        assert cases.close(late, find_case(tx, case.id)).state is State.CLOSED
