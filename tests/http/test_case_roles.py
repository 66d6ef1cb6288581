"""The authorisation table of cases, talks, approvals and promises; see test_roles.py.

Routes that change a case are sent a version that it never had: who may do it is told that it has moved on,
who may not is told so first, and nothing changes, so that one case serves for every row.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from settlement.desk.delegations import delegate, end_delegation
from settlement.desk.people import create_person
from settlement.permissions import PERMISSIONS
from settlement.roles import Actor, Role
from settlement.store.database import Database
from settlement.web.app import OPERATIONS
from tests.http.casework import a_matter, a_suggested_case, done, post, talk
from tests.http.conftest import ACTORS
from tests.sittings import a_sitting

# `may`: the request would be granted were it not for a version, a digest or a date that cannot be right.
TABLE = """
route             whose  agent  senior_agent  supervisor  manager  director  finance  auditor  admin
open_case         any    201    201           201         201      201       403      403      403
get_cases         own    200    200           200         200      200       -        -        -
get_cases         other  none   none          200         200      200       200      200      403
get_case          own    200    200           200         200      200       -        -        -
get_case          other  404    404           200         200      200       200      200      403
get_case_events   own    200    200           200         200      200       -        -        -
get_case_events   other  404    404           200         200      200       200      200      403
diagnose_case     own    may    may           may         may      may       -        -        -
diagnose_case     other  404    404           may         may      may       403      403      403
confirm_signals   own    may    may           may         may      may       -        -        -
confirm_signals   other  404    404           may         may      may       403      403      403
suggest_for_case  own    may    may           may         may      may       -        -        -
suggest_for_case  other  404    404           may         may      may       403      403      403
hand_over_case    own    may    may           may         may      may       -        -        -
hand_over_case    other  404    404           may         may      may       403      403      403
hand_over_case    take   403    403           may         may      may       403      403      403
inform_customer   own    may    may           may         may      may       -        -        -
inform_customer   other  404    404           may         may      may       403      403      403
answer_case       own    may    may           may         may      may       -        -        -
answer_case       other  404    404           may         may      may       403      403      403
tell_result       own    may    may           may         may      may       -        -        -
tell_result       other  404    404           may         may      may       403      403      403
follow_up_case    own    may    may           may         may      may       -        -        -
follow_up_case    other  404    404           may         may      may       403      403      403
close_case        own    may    may           may         may      may       -        -        -
close_case        other  404    404           may         may      may       403      403      403
reopen_case       own    may    may           may         may      may       -        -        -
reopen_case       other  404    404           may         may      may       403      403      403
review_case       own    may    may           may         may      may       -        -        -
review_case       other  404    404           may         may      may       403      403      403
review_case       decide 403    403           may         may      may       403      403      403
hold_case         own    403    403           may         may      may       -        -        -
hold_case         other  403    403           may         may      may       may      may      403
run_clocks        own    may    may           may         may      may       -        -        -
run_clocks        other  404    404           may         may      may       403      403      403
get_advice        own    200    200           200         200      200       -        -        -
get_advice        other  404    404           200         200      200       403      403      403
play_round        own    may    may           may         may      may       -        -        -
play_round        other  404    404           may         may      may       403      403      403
agree             own    may    may           may         may      may       -        -        -
agree             other  404    404           may         may      may       403      403      403
get_agreement     own    404    404           404         404      404       -        -        -
get_agreement     other  404    404           404         404      404       404      404      403
ask_approval      own    may    may           may         may      may       -        -        -
ask_approval      other  404    404           may         may      may       403      403      403
bypass_approval   own    may    may           may         may      may       -        -        -
bypass_approval   other  404    404           may         may      may       403      403      403
get_approvals     own    200    200           -           -        -         -        -        -
get_approvals     other  none   none          200         200      200       200      200      403
get_approval      own    200    200           -           -        -         -        -        -
get_approval      other  404    404           200         200      200       200      200      403
decide_approval   own    403    403           -           -        -         -        -        -
decide_approval   other  404    404           may         may      may       403      403      403
delegate          any    403    may           may         may      may       403      403      403
get_delegations   own    200    200           200         200      200       -        -        -
get_delegations   other  none   none          200         200      200       200      200      403
end_delegation    own    may    may           may         may      may       -        -        -
end_delegation    other  404    404           may         may      may       403      403      403
get_person_limits own    200    200           200         200      200       -        -        -
get_person_limits other  404    404           200         200      200       200      200      403
set_person_limits own    403    403           403         403      403       403      403      403
set_person_limits other  403    403           may         may      may       403      403      403
promise_date      own    may    may           may         may      may       -        -        -
promise_date      other  404    404           may         may      may       403      403      403
get_promises      own    200    200           200         200      200       -        -        -
get_promises      other  none   none          200         200      200       200      200      403
get_fulfilment    own    200    200           200         200      200       -        -        -
get_fulfilment    other  404    404           200         200      200       200      200      403
fulfil            own    may    may           may         may      may       -        -        -
fulfil            other  404    404           may         may      may       403      403      403
keep_promise      own    may    may           may         may      may       -        -        -
keep_promise      other  404    404           may         may      may       403      403      403
"""


def rows() -> dict[tuple[str, str], dict[str, str]]:
    """What is expected, by route and whose, then by role."""
    head, *lines = (line.split() for line in TABLE.splitlines() if line)
    return {(line[0], line[1]): dict(zip(head[2:], line[2:], strict=True)) for line in lines}


EXPECTED = rows()
PATHS = {operation.name: (operation.method, operation.path) for operation in OPERATIONS}
MAY = {"409", "412", "422"}
"""What is answered to a request that only its version, its digest or its date stopped."""

LI, NO_ONE = "Li Na", "0" * 64
SUM = {"amount": "1.00", "currency": "EUR"}
LIMITS = {"case": SUM, "day": SUM, "month": SUM}
OWN_LIMITS = {period: {"amount": "1.00", "currency": "CNY"} for period in LIMITS}
WORDS = {"text": "We look into it.", "channel": "phone"}

BODIES: dict[str, Any] = {
    "open_case": {"complaint": a_matter()},
    "diagnose_case": {"complaint": a_matter()},
    "confirm_signals": {"signals": {"vulnerable": True}},
    "hand_over_case": {"action": "offer", "to": LI, "reason": "ill"},
    "hand_over_case take": {"action": "take", "reason": "ill"},
    "inform_customer": WORDS,
    "answer_case": WORDS,
    "tell_result": WORDS,
    "follow_up_case": {"reached": False},
    "reopen_case": {"reason": "it broke again"},
    "review_case": {"action": "request", "reason": "they ask"},
    "review_case decide": {"action": "decide", "upheld": True, "reason": "rightly so"},
    "hold_case": {"why": "important"},
    "run_clocks": {"action": "resume", "what": "diagnosis"},
    "play_round": {"event": "confirmed"},
    "agree": {"option": 1},
    "bypass_approval": {"reason": "at once"},
    "decide_approval": {"verdict": "approve", "seen": NO_ONE},
    "delegate": {"to": "nobody", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"},
    "set_person_limits": {"owed": LIMITS, "goodwill": LIMITS},
    "set_person_limits own": {"owed": OWN_LIMITS, "goodwill": OWN_LIMITS},
    "promise_date": {"what": "news", "due": "2020-01-01T00:00:00Z"},
    "fulfil": {"promise": "p-none"},
    "keep_promise": {"action": "replace", "due": "2020-01-01T00:00:00Z", "reason": "late"},
}
IN_LIST = {
    "get_cases": "case",
    "get_approvals": "approval",
    "get_delegations": "delegation",
    "get_promises": "promise",
}
"""Routes that list, and which thing they list."""


@pytest.fixture
def belongings(app, call) -> Callable[[str], dict[str, str]]:
    """A case in talks, a promise, a delegation that is over and, where somebody else must agree, an approval
    of the holder of a token.
    """
    made: dict[str, dict[str, str]] = {}
    database: Database = app.extensions["settlement"].database
    with database.transaction() as tx:
        by, now = Actor("local", Role.ADMIN), datetime.now(UTC)
        create_person(tx, name=LI, role=Role.AGENT, by=by, now=now)

    def of(holder: str) -> dict[str, str]:
        if holder not in made:
            made[holder] = _belongings(call, holder) | {"delegation": _delegation(database, ACTORS[holder])}
        return made[holder]

    return of


def _belongings(call: Any, holder: str) -> dict[str, str]:
    case = a_suggested_case(call, holder, id=f"C-of-{holder}", threatens_publicity=True)
    due = {"what": "news", "due": "2100-01-01T00:00:00Z"}
    found = {"case": case, "promise": done(post(call, case, "promises", due, holder))["promise"]}
    if holder in ("agent", "senior_agent", "agent2"):
        talk(call, case, "confirmed", {"event": "items_split", "items": []}, by=holder)
        found["approval"] = done(post(call, case, "approvals", by=holder))["approval"]
    return found


def _delegation(database: Database, giver: Actor) -> str:
    with database.transaction() as tx:
        now = datetime.now(UTC)
        to = Actor(LI, Role.AGENT)
        sitting = a_sitting(tx, giver, now=now)
        made = delegate(sitting, to=to, starts_at=now, ends_at=now + timedelta(hours=1))
        end_delegation(sitting, made)
    return made


def asked(call: Any, route: str, whose: str, role: str | None, thing: dict[str, str]) -> str:
    """What a role is answered, as the table writes it."""
    method, path = PATHS[route]
    name = f"The {role}" if whose == "own" else LI
    for place, value in (
        ("{case_id}", thing.get("case", "")),
        ("{approval_id}", thing.get("approval", "")),
        ("{promise_id}", thing.get("promise", "")),
        ("{delegation_id}", thing.get("delegation", "")),
        ("{name}", name),
    ):
        path = path.replace(place, value)
    body = BODIES.get(f"{route} {whose}", BODIES.get(route))
    if route == "open_case":
        body = {"complaint": a_matter(id=f"C-new-{role}")}
    request = {} if body is None else {"json": body}
    answer = call(method, path, by=role, headers={"If-Match": '"999"'}, **request)
    if answer.status_code == 200 and route in IN_LIST and thing[IN_LIST[route]] not in answer.text:
        return "none"
    return "may" if method == "POST" and str(answer.status_code) in MAY else str(answer.status_code)


@pytest.mark.parametrize("whose", sorted({whose for _, whose in EXPECTED}))
def test_each_role_may_do_what_the_table_says_and_nothing_else(call, belongings, whose):
    wrong = {}
    for route in [route for route, its in EXPECTED if its == whose]:
        for role, told in EXPECTED[route, whose].items():
            if told != "-":
                thing = belongings(role) if whose == "own" and role in LEVEL_NAMES else belongings("agent2")
                if (answer := asked(call, route, whose, role, thing)) != told:
                    wrong[route, role] = (told, answer)
    assert not wrong


LEVEL_NAMES = ("agent", "senior_agent", "supervisor", "manager", "director")


def test_without_a_token_none_of_it_is_open(call, belongings):
    thing = belongings("agent2")
    assert {asked(call, route, whose, None, thing) for route, whose in EXPECTED} == {"401"}


def test_every_part_of_a_permission_has_a_row():
    parts = {(name.partition(".")[0], name.partition(".")[2]) for name in PERMISSIONS if "." in name}
    routes = {route for route, _ in EXPECTED}
    assert {part for part in parts if part[0] in routes} == {
        (route, whose) for route, whose in EXPECTED if whose not in ("any", "own", "other")
    }
