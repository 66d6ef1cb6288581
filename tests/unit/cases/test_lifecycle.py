"""Every event in every state: what is allowed, where it leads, and what else it needs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from settlement.cases.lifecycle import (
    MOVES,
    PROGRAM,
    Case,
    Event,
    IllegalMove,
    State,
    after,
    fold,
    may_happen,
    open_case,
    possible,
)
from settlement.roles import Actor, Role

LI, WU = Actor("Li", Role.AGENT), Actor("Wu", Role.SUPERVISOR)
AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
COMPLAINT = {"case": {"kind": "complaint"}, "customer": None, "order": None}

LETTERS = dict(zip("odstaufnwc", State, strict=True))
"""One letter a state, in the order of the columns below; w is followed_up, n is answered."""

TABLE = """
                        odstaufnwc    opened diagnosed suggested talking agreed unsettled fulfilled answered
                                      followed_up closed;  = stays, . is refused
hand_over_offered       =========.
handed_over             =========.
hand_over_declined      =========.
taken_over              =========.
reassigned              =========.
hand_over_lapsed        =========.
signals_confirmed       ==d=......
informed                =========.
diagnosed               ddd.......
suggested               .ss.......
confirmed               ..tt......
items_split             ..tt......
offered                 ..tt......
overridden              ..tt......
accepted                ..tt......
countered               ..tt......
ranked                  ..tt......
wished                  ..tt......
refused                 ..tt......
silent                  ..tt......
left                    ..tt......
threatened              ..tt......
self_harm_told          ..tt......
safety_raised           ..tt......
legal_action_taken      ..tt......
facts_changed           ..tt......
approved                ..tt......
denied                  ..tt......
part_blocked            ..ttt.....
agreed                  ...a......
talks_ended             ...u......
danger_heard            ....======
offer_lapsed            ==========
answered                nnn.......
approval_requested      =========.
approval_given          =========.
approval_declined       =========.
approval_sent_back      =========.
approval_assigned       =========.
approval_escalated      =========.
approval_expired        =========.
approval_voided         =========.
approval_used           =========.
approval_bypassed       ..==......
bypass_reviewed         ==========
promise_made            =========.
promise_kept            =========.
promise_broken          ==========
promise_replaced        =========.
fulfilled               ....f.....
result_told             ....======
followed_up             .....ww...
closed                  .......cc.
reopened                ....oooooo
review_requested        ....======
reviewed                ==========
clocks_started          ==========
clock_paused            =========.
clock_resumed           =========.
clock_stopped           ==========
dated                   ==========
reminded                ==========
escalated               ==========
held                    ==========
hold_released           ==========
identity_erased         ==========
"""
ROWS = dict(line.split()[:2] for line in TABLE.splitlines()[3:])

BODY = {
    "to": "Wu",
    "from": "Li",
    "complaint": COMPLAINT,
    "decision": "d-1",
    "signals": [],
    "withdrawn": [],
    "kind": "violence",
    "promise": "p-1",
    "approval": "a-1",
    "why": "legal",
    "outcome": "upheld",
    "review": "changed",
}


def a_case(state=State.OPENED, **said):
    """A case of Li's in which nothing stands in the way of any event."""
    ready = Case(
        id="C-1",
        kind="complaint",
        state=state,
        owner="Li",
        complaint=COMPLAINT,
        edition="e",
        opened_at=AT,
        offered_to="Wu",
        people=frozenset({"Li"}),
        told=True,
        hold="important",
    )
    return replace(ready, **said)


def event(name, actor=WU, **body):
    kept = {key: value for key, value in BODY.items() if key != "promise" or not name.startswith("approval")}
    return Event(name, AT, actor, kept | body)


NEEDS = {"answered": {"kind": "consultation"}, "reviewed": {"review": "requested"}}
"""What single events need beside the state."""


def test_the_table_names_every_event():
    assert set(ROWS) == set(MOVES)


@pytest.mark.parametrize(
    ("name", "state", "mark"),
    [
        (name, state, mark)
        for name, row in ROWS.items()
        for state, mark in zip(LETTERS.values(), row, strict=True)
    ],
)
def test_an_event_is_possible_where_the_table_says_so_and_leads_where_it_says(name, state, mark):
    case = a_case(state, **NEEDS.get(name, {}))
    if mark == ".":
        with pytest.raises(IllegalMove, match=r"Not possible now: .+\. Possible: .+"):
            after(case, event(name))
        assert case == a_case(state, **NEEDS.get(name, {}))
        return
    moved = after(case, event(name))
    assert moved.state is (state if mark == "=" else LETTERS[mark])
    assert moved.version == case.version + 1


@pytest.mark.parametrize("state", State)
def test_what_is_possible_is_what_the_table_says(state):
    column = [*State].index(state)
    allowed = {name for name, row in ROWS.items() if row[column] != "."}
    said = set(possible(a_case(state)))
    assert said - {"a round of talk"} == {name for name in allowed if name in said}
    assert ("a round of talk" in said) == ("confirmed" in allowed)
    assert allowed - said == ({name for name in allowed if ROWS[name].startswith("..tt")})


def test_only_reopening_leads_out_of_a_closed_case():
    leads = {name for name, row in ROWS.items() if row[-1] not in ".="}
    assert leads == {"reopened"}


# ---------------------------------------------------------------- what else a move needs


@pytest.mark.parametrize(
    ("name", "state", "said", "actor", "why"),
    [
        ("hand_over_offered", State.OPENED, {"owner": "Wu"}, WU, "its owner has it already"),
        ("handed_over", State.OPENED, {"offered_to": None}, WU, "nobody was asked"),
        ("handed_over", State.OPENED, {"offered_to": "Ma"}, WU, "Ma was asked to take it over, not Wu"),
        (
            "hand_over_declined",
            State.OPENED,
            {"offered_to": "Ma"},
            WU,
            "Ma was asked to take it over, not Wu",
        ),
        ("taken_over", State.OPENED, {}, LI, "you own it already"),
        ("suggested", State.DIAGNOSED, {"kind": "suggestion"}, WU, "gets an answer and no offers"),
        ("answered", State.OPENED, {}, WU, "a complaint is diagnosed and gets an offer"),
        ("fulfilled", State.AGREED, {"open_duties": frozenset({"p-1"})}, WU, "these wait still: p-1"),
        ("closed", State.FOLLOWED_UP, {"told": False}, WU, "has not been told"),
        ("closed", State.ANSWERED, {"told": False}, WU, "has not been told"),
        ("closed", State.FOLLOWED_UP, {"open_duties": frozenset({"a-1"})}, WU, "approvals wait still.*a-1"),
        ("closed", State.FOLLOWED_UP, {"review": "requested"}, WU, "a review was asked for and is not done"),
        ("review_requested", State.CLOSED, {"review": "requested"}, WU, "a review runs already"),
        ("reviewed", State.CLOSED, {}, WU, "no review was asked for"),
        ("reviewed", State.CLOSED, {"review": "requested"}, LI, "Li had a hand in it"),
        ("hold_released", State.OPENED, {"hold": None}, WU, "it is not held"),
    ],
)
def test_a_move_says_what_it_lacks(name, state, said, actor, why):
    with pytest.raises(IllegalMove, match=why):
        after(a_case(state, **said), event(name, actor))


# ---------------------------------------------------------------- what a move changes


def test_whoever_opens_a_case_owns_it():
    opened = open_case("C-1", Event("opened", AT, LI, {"complaint": COMPLAINT, "edition": "e"}))
    assert (opened.owner, opened.people, opened.version) == ("Li", {"Li"}, 1)


def test_a_case_stays_with_its_owner_until_it_is_taken():
    offered = after(a_case(offered_to=None), event("hand_over_offered", LI))
    assert (offered.owner, offered.offered_to) == ("Li", "Wu")
    declined = after(offered, event("hand_over_declined"))
    assert (declined.owner, declined.offered_to) == ("Li", None)
    taken = after(offered, event("handed_over"))
    assert (taken.owner, taken.offered_to) == ("Wu", None)
    assert after(a_case(), event("taken_over")).owner == "Wu"


@pytest.mark.parametrize("name", ["agreed", "talks_ended"])
def test_another_end_than_was_told_is_another_result_to_tell(name):
    assert not after(a_case(State.TALKING), event(name)).told


def test_the_answer_of_a_review_is_told_before_the_case_is_closed():
    reviewed = after(a_case(State.FOLLOWED_UP, review="requested"), event("reviewed"))
    assert (reviewed.review, reviewed.told) == ("upheld", False)
    assert not after(a_case(State.CLOSED, review="requested"), event("reviewed")).told


def test_opening_again_begins_other_talks_and_forgets_no_hand_that_was_in_it():
    closed = a_case(State.CLOSED, rounds=(event("confirmed"),), decision="d-1", ground="d-1", closed_at=AT)
    again = after(closed, event("reopened"))
    assert (again.talk, again.rounds, again.told, again.decision, again.ground) == (2, (), False, None, None)
    assert again.closed_at is None
    assert again.people == {"Li", "Wu"}


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("approval_requested", "approval_given"),
        ("approval_requested", "approval_declined"),
        ("approval_requested", "approval_sent_back"),
        ("approval_requested", "approval_expired"),
        ("approval_requested", "approval_voided"),
        ("approval_bypassed", "bypass_reviewed"),
        ("promise_made", "promise_kept"),
        ("promise_made", "promise_replaced"),
    ],
)
def test_what_waits_is_a_duty_until_it_has_ended(begins, ends):
    body = {"promise": "p-1"} if begins == "promise_made" else {"approval": "a-1", "promise": None}
    waiting = after(a_case(State.TALKING), event(begins, **body))
    assert len(waiting.open_duties) == 1
    assert after(waiting, event(ends, **body)).open_duties == frozenset()


def test_a_broken_promise_waits_still():
    waiting = after(a_case(State.AGREED), event("promise_made"))
    assert after(waiting, event("promise_broken")).open_duties == {"p-1"}


def test_the_program_has_no_hand_in_a_case():
    moved = after(a_case(), event("reminded", Actor(PROGRAM, Role.ADMIN)))
    assert moved.people == {"Li"}


def test_rounds_are_those_of_the_talks_and_nothing_else():
    case = a_case(State.SUGGESTED)
    for name in ("confirmed", "informed", "offered"):
        case = after(case, event(name))
    assert [each.name for each in case.rounds] == ["confirmed", "offered"]


def test_a_history_folds_to_what_its_events_tell():
    opened = Event("opened", AT, LI, {"complaint": COMPLAINT, "edition": "e"})
    case = fold("C-1", [opened, event("diagnosed", LI), event("suggested", LI), event("confirmed", LI)])
    assert (case.state, case.decision, case.version) == (State.TALKING, "d-1", 4)


def test_what_can_be_foretold_is_foretold():
    assert may_happen(a_case(State.FOLLOWED_UP), "closed")
    assert not may_happen(a_case(State.FOLLOWED_UP, told=False), "closed")
    assert not may_happen(a_case(State.TALKING), "closed")
    assert may_happen(a_case(), "handed_over")
