"""Somebody is stopped, or gets another role, while a request of theirs is on its way: whoever is first, wins."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event

import pytest

from settlement.desk.people import disable_person, set_role
from settlement.desk.tokens import create_token
from settlement.roles import Actor, Role
from settlement.store.cases import find_case
from tests.http.casework import a_matter, done, open_case, post

ADMIN = Actor("Admin", Role.ADMIN)


@pytest.fixture
def staffed(call, database):
    """A case of Li's that Wang is asked to take over; both have tokens of their own."""
    with database.transaction() as tx:
        for number, name in enumerate(("Li", "Wang", "He")):
            create_token(
                tx, name=name, role=Role.SUPERVISOR, secret=name, token_id=f"t-{number}", by=ADMIN,
                now=datetime.now(UTC),
            )  # fmt: skip
    case = open_case(call, by="Li")
    done(post(call, case, "hand-over", {"action": "offer", "to": "Wang", "reason": "ill"}, by="Li"))
    return call, case


@pytest.fixture
def while_it_waits(app, database, monkeypatch):
    """Sends a request whose sender is known already and waits for its turn while something else is done."""
    own = app.extensions["settlement"].database
    begin, waits = own.transaction, Event()

    @contextmanager
    def waiting():
        waits.set()
        with begin() as tx:
            yield tx

    def race(send, deed):
        monkeypatch.setattr(own, "transaction", waiting)
        with ThreadPoolExecutor(1) as pool:
            with database.transaction() as tx:
                answer = pool.submit(send)
                assert waits.wait(10)
                deed(tx)
            return answer.result(30)

    return race


STOPS = {
    "disabled": (401, lambda tx: disable_person(tx, "Wang", by=ADMIN, now=datetime.now(UTC), hand_over_to="He")),
    "finance": (409, lambda tx: set_role(tx, "Wang", Role.FINANCE, by=ADMIN, now=datetime.now(UTC), hand_over_to="He")),
}  # fmt: skip


@pytest.mark.parametrize("way", STOPS)
def test_who_is_stopped_while_they_accept_a_case_does_not_get_it(staffed, database, while_it_waits, way):
    call, case = staffed
    status, stop = STOPS[way]
    answer = while_it_waits(lambda: post(call, case, "hand-over", {"action": "accept"}, by="Wang"), stop)
    assert answer.status_code == status
    with database.reading() as tx:
        found = find_case(tx, case)
    assert (found.owner, found.offered_to) == ("Li", "He")


@pytest.mark.parametrize("way", STOPS)
def test_who_is_stopped_while_they_open_a_case_opens_none(staffed, database, while_it_waits, way):
    call, _ = staffed
    status, stop = STOPS[way]
    body = {"complaint": a_matter(id="C-late")}
    answer = while_it_waits(lambda: call("POST", "/v1/cases", by="Wang", json=body), stop)
    assert answer.status_code == status
    with database.reading() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM cases WHERE owner = 'Wang'").scalar_one() == 0


def test_who_accepted_first_hands_the_case_on_with_the_leave(staffed, database):
    call, case = staffed
    done(post(call, case, "hand-over", {"action": "accept"}, by="Wang"))
    with database.transaction() as tx:
        STOPS["disabled"][1](tx)
        assert find_case(tx, case).owner == "He"
    assert call("GET", f"/v1/cases/{case}", by="Wang").status_code == 401
