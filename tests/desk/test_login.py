"""Logging in: slow hashes outside the one writer's turn, no word on why not, lock-out."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.desk import login
from settlement.desk.audit import verify_records
from settlement.desk.login import FAILURES, LOCKED, SESSION, check_password, hash_of_password, log_in
from settlement.desk.people import create_person, disable_person, enable_person, set_password, set_role
from settlement.desk.tokens import token_for
from settlement.errors import BadInput
from settlement.roles import Actor, Role
from settlement.store import audit
from settlement.store.people import find_person

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
ADMIN = Actor("Zhao Min", Role.ADMIN)
PASSWORD = "mountain river café"
SLOW_HASH = hash_of_password(PASSWORD)


@pytest.fixture
def staffed(database):
    with database.transaction() as tx:
        create_person(tx, name="Li Na", role=Role.AGENT, by=ADMIN, now=NOW)
        set_password(tx, "Li Na", SLOW_HASH, by=ADMIN, now=NOW)
        create_person(tx, name="Wu", role=Role.AGENT, by=ADMIN, now=NOW)
    return database


@pytest.fixture
def attempt(staffed):
    numbers = iter(range(100))

    def attempt(password=PASSWORD, name="Li Na", now=NOW):
        number = next(numbers)
        return log_in(
            staffed, name=name, password=password, secret=f"s{number}", token_id=f"t-{number}", now=now
        )

    return attempt


def events(database) -> list[tuple[str, str, str]]:
    with database.reading() as tx:
        return [(entry.event, entry.actor, entry.subject) for entry in audit.entries(tx)]


def test_a_password_is_kept_as_argon2id_of_19_mib_and_two_rounds():
    assert SLOW_HASH.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login._OF_NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_of_password(PASSWORD) != SLOW_HASH  # its own salt each time


def test_the_right_password_gives_a_token_for_a_working_day(staffed, attempt):
    token, actor = attempt()
    assert (actor, token.expires_at) == (Actor("Li Na", Role.AGENT), NOW + SESSION)
    with staffed.reading() as tx:
        assert token_for(tx, "s0", NOW) == ("t-0", actor)
        assert token_for(tx, "s0", NOW + SESSION) is None
    assert events(staffed)[-1] == ("token_created", "Li Na", "t-0")


def test_letters_may_be_composed_by_the_keyboard_or_not(attempt):
    assert attempt("mountain river cafe\u0301")


@pytest.mark.parametrize(
    ("name", "password"),
    [("Li Na", "mountain river"), ("Li Na", PASSWORD.upper()), ("Wu", PASSWORD), ("Nobody", PASSWORD), ("Li Na", "")],
)  # fmt: skip
def test_a_wrong_name_or_password_gives_nothing(staffed, attempt, name, password):
    before = events(staffed)
    assert attempt(password, name) is None
    assert events(staffed) == before


def test_a_wrong_name_takes_the_same_work_as_a_wrong_password(attempt, monkeypatch):
    worked = []

    class Counting:
        def verify(self, slow_hash, password):
            worked.append(slow_hash.split("$")[:4])
            return login_slow.verify(slow_hash, password)

    login_slow = login._slow
    monkeypatch.setattr(login, "_slow", Counting())
    for name in ("Li Na", "Wu", "Nobody"):
        assert attempt("something else", name) is None
    assert worked == [["", "argon2id", "v=19", "m=19456,t=2,p=1"]] * 3


def test_the_password_of_nobody_opens_nothing(attempt, monkeypatch):
    monkeypatch.setattr(login, "_OF_NOBODY", SLOW_HASH)
    assert attempt(name="Nobody") is None
    assert attempt(name="Wu") is None


def test_no_slow_hash_is_computed_while_the_writer_has_its_turn(staffed, attempt, monkeypatch):
    class Writing:
        def verify(self, slow_hash, password):
            with staffed.transaction():
                return login_slow.verify(slow_hash, password)

    login_slow = login._slow
    monkeypatch.setattr(login, "_slow", Writing())
    assert attempt()


def test_five_failures_in_a_row_lock_the_name_for_a_quarter_of_an_hour(staffed, attempt):
    for _ in range(FAILURES):
        assert attempt("wrong") is None
    assert events(staffed)[-1] == ("user_locked", "login", "Li Na")
    assert attempt() is None
    assert attempt(now=NOW + LOCKED - timedelta(microseconds=1)) is None
    assert attempt(now=NOW + LOCKED)
    with staffed.reading() as tx:
        assert verify_records(tx)[2] == []


def test_a_success_forgets_the_failures_before_it(staffed, attempt):
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert attempt("wrong") is None
        assert attempt()
    assert "user_locked" not in {event for event, _, _ in events(staffed)}


def test_tries_while_locked_do_not_lock_for_longer(staffed, attempt):
    for _ in range(3 * FAILURES):
        attempt("wrong")
    assert [event for event, _, _ in events(staffed)].count("user_locked") == 1
    assert attempt(now=NOW + LOCKED)


@pytest.mark.parametrize("way_out", [enable_person, set_password], ids=lambda each: each.__name__)
def test_an_admin_lets_somebody_in_who_was_locked_out(staffed, attempt, way_out):
    for _ in range(FAILURES):
        attempt("wrong")
    with staffed.transaction() as tx:
        way_out(tx, "Li Na", *([SLOW_HASH] if way_out is set_password else []), by=ADMIN, now=NOW)
    assert attempt()


def test_somebody_disabled_cannot_log_in(staffed, attempt):
    with staffed.transaction() as tx:
        disable_person(tx, "Li Na", by=ADMIN, now=NOW)
    assert attempt() is None


def test_a_password_changed_while_it_was_checked_does_not_let_in(staffed, attempt, monkeypatch):
    another = hash_of_password("another password")

    class Slow:
        def verify(self, slow_hash, password):
            with staffed.transaction() as tx:
                set_password(tx, "Li Na", another, by=ADMIN, now=NOW)
            return login_slow.verify(slow_hash, password)

    login_slow = login._slow
    monkeypatch.setattr(login, "_slow", Slow())
    assert attempt() is None


def test_a_new_password_ends_what_the_old_one_opened(staffed, attempt):
    attempt()
    with staffed.transaction() as tx:
        set_password(tx, "Li Na", SLOW_HASH, by=ADMIN, now=NOW)
        assert token_for(tx, "s0", NOW) is None


def test_a_login_has_the_role_that_the_person_has_now(staffed, attempt):
    with staffed.transaction() as tx:
        set_role(tx, "Li Na", Role.MANAGER, by=ADMIN, now=NOW)
    assert attempt()[1] == Actor("Li Na", Role.MANAGER)


def test_a_spoilt_hash_lets_nobody_in(staffed, attempt, tamper):
    tamper("UPDATE users SET password_hash = 'spoilt' WHERE name = 'Li Na'")
    assert attempt() is None


@pytest.mark.parametrize(
    "password", ["x" * 12, "十二个汉字也可以做密码的", " " * 11 + "!", "pässwörd\u2028🐼 !", "x" * 1024]
)
def test_twelve_characters_of_any_kind_are_a_password(password):
    check_password(password, "Li Na")


@pytest.mark.parametrize(
    ("password", "name"),
    [("", "Li"), ("x" * 11, "Li"), ("x" * 1025, "Li"), ("Bartholomew Smith", "bartholomew smith")],
)
def test_what_is_easy_to_guess_is_refused_with_what_to_do(password, name):
    with pytest.raises(BadInput) as refused:
        check_password(password, name)
    assert [(fault.place, bool(fault.remedy)) for fault in refused.value.faults] == [("/password", True)]
    assert not password or password not in str(refused.value)


def test_failures_are_counted_by_person(staffed, attempt):
    attempt("wrong")
    with staffed.reading() as tx:
        assert find_person(tx, "Li Na").failed_logins == 1
        assert find_person(tx, "Wu").failed_logins == 0
