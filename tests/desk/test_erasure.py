"""Who somebody is can be forgotten; what was decided and granted stays, whole and computable."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from settlement.desk import approvals, cases, clocks, erasure, negotiations, promises
from settlement.desk.audit import verify_records
from settlement.desk.duties import run_duties
from settlement.desk.erasure import Why, erase_customer
from settlement.desk.replay import replay_all
from settlement.desk.suggestions import suggest
from settlement.errors import NotFound, Refused
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store import audit
from settlement.store.cases import find_case, find_history
from settlement.store.grants import find_commitment
from settlement.store.tables import commitments, metadata
from tests import lives
from tests.builders import a_complaint, a_customer, books
from tests.lives import CHEN, LATER, LI, NOW, WANG, a_talk, an_agreement, an_end_without_a_yes, closed
from tests.sittings import a_sitting, counting_id

ADMIN = Actor("Admin", Role.ADMIN)
DAY = timedelta(days=1)
YEAR = 365 * DAY


def erase(database, customer, now=LATER):
    with database.transaction() as tx:
        erased = erase_customer(a_sitting(tx, ADMIN, now=now), customer, Why.ASKED)
    database.scrub()
    return erased


def everything_in(database, request) -> bytes:
    """Every byte that the database keeps, in small letters: the files of SQLite, every row of PostgreSQL."""
    with database.reading() as tx:
        rows = [repr(row) for table in metadata.sorted_tables for row in tx.execute(table.select())]
    found = "\n".join(rows).encode()
    if request.getfixturevalue("database_kind") == "sqlite":
        file: Path = request.getfixturevalue("database_file")
        found += b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
    return found.lower()


def replayed_and_verified(database):
    """Every decision decided again, and the log looked through: what differs."""
    with database.reading() as tx:
        differing = [each for each in replay_all(tx, books()) if each.problem]
        return differing, verify_records(tx)[2]


def a_life_full_of_words(tx, case_id="C-SECRET-1"):
    """A closed case in which everybody wrote the customer's name wherever words can be written."""
    name = "the secret name"
    case = a_talk(
        tx, case_id, *lives.BEFORE_THE_OFFER[:1], threatens_publicity=True,
        customer=a_customer(id="K-SECRET"), order_id="O-SECRET",
    )  # fmt: skip
    sitting = a_sitting(tx)
    wants_much = told.Item(kind="money", weight="must", words=f"{name} wants much", amount=None)
    case = lives.play(sitting, case, told.ItemsSplit(items=(wants_much,)))
    case, asked = negotiations.ask_approval(sitting, case)
    case, _ = approvals.send_back(
        a_sitting(tx, WANG), asked.id, reason=f"call {name}", operation="decide_approval"
    )
    case, asked = negotiations.ask_approval(a_sitting(tx), case)
    case, _ = negotiations.amend_approval(
        a_sitting(tx, CHEN),
        asked.id,
        seen=asked.digest,
        amount=asked.sums.total,
        reason=f"{name} waited",
        operation="decide_approval",
    )
    overridden = told.Overridden(amount=asked.sums.total, reason=f"as {name} asked")
    case = lives.play(sitting, case, overridden, told.Accepted(option=1))
    case = clocks.pause_clock(sitting, case, "resolution", f"{name} is away")
    case = clocks.resume_clock(sitting, case, "resolution")
    case = cases.take_over(a_sitting(tx, WANG), case, f"{name} is known to me")
    case = cases.inform(a_sitting(tx, WANG), case, f"dear {name}", "phone")
    case, dated = promises.tell_date(a_sitting(tx, WANG), case, "call_back", NOW + DAY)
    promises.replace_promise(
        a_sitting(tx, WANG), dated.id, "keep_promise", what="answer", due=NOW + 2 * DAY, reason=name
    )
    case = closed(tx, find_case(tx, case.id), by=WANG, now=LATER)
    case = cases.reopen(a_sitting(tx, WANG, now=LATER), case, f"{name} came back")
    case = cases.diagnose(a_sitting(tx, WANG, now=LATER), case, _complaint_of(case_id), f"{name} is right")
    case, _ = cases.suggest_for_case(a_sitting(tx, WANG, now=LATER), case)
    case = lives.play(a_sitting(tx, WANG, now=LATER), case, told.Confirmed(), told.Left())
    case = closed(tx, case, by=WANG, now=LATER)
    case = cases.request_review(a_sitting(tx, WANG, now=LATER), case, f"{name} asks")
    return cases.review(a_sitting(tx, lives.ZHAO, now=LATER), case, upheld=True, reason=f"{name} is right")


def _complaint_of(case_id):
    return a_complaint(
        id=case_id,
        verified="199.00",
        received_at="2026-03-03T10:15:00+08:00",
        customer=a_customer(id="K-SECRET"),
        order_id="O-SECRET",
    )


def test_after_an_erasure_no_name_and_no_word_is_left_and_everything_else_is(database, request):
    with database.transaction() as tx:
        a_life_full_of_words(tx)
        an_agreement(tx, "C-2")
        commitments = [find_commitment(tx, "C-SECRET-1", talk) for talk in (1, 2)]
    secrets = (b"k-secret", b"o-secret", b"secret name")
    assert all(secret in everything_in(database, request) for secret in secrets)
    erased = erase(database, "K-SECRET")
    assert erased.cases == ("C-SECRET-1",)
    assert erased.entries > 15
    left = everything_in(database, request)
    assert [secret for secret in secrets if secret in left] == []
    assert b"k-c-2" in left
    assert replayed_and_verified(database) == ([], [])
    with database.reading() as tx:
        assert [find_commitment(tx, "C-SECRET-1", talk) for talk in (1, 2)] == commitments
        assert find_history(tx, "C-SECRET-1")[-1].name == "identity_erased"
        last = list(audit.entries(tx))[-1]
    assert (last.event, last.actor) == ("identity_erased", "Admin")


def test_the_search_finds_what_was_not_erased(database, request, monkeypatch):
    """A planted fault: the texts stay."""
    with database.transaction() as tx:
        a_life_full_of_words(tx)
    monkeypatch.setattr("settlement.desk.erasure.privacy.forget", lambda *_: 1)
    erase(database, "K-SECRET")
    assert b"secret name" in everything_in(database, request)


@pytest.mark.parametrize("customer", ["K-7", "nobody"])
def test_who_is_not_known_cannot_be_forgotten(database, customer):
    with database.transaction() as tx:
        an_agreement(tx, "C-1", customer=a_customer(id="K-other"))
    with pytest.raises(NotFound):
        erase(database, customer)


def test_an_open_case_and_a_legal_hold_stand_in_the_way_and_each_is_named(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-open", customer=a_customer(id="K-7"))
        case = closed(
            tx, an_end_without_a_yes(tx, "C-held", customer=a_customer(id="K-7"), by=WANG), by=WANG, now=LATER
        )
        cases.hold(a_sitting(tx, WANG, now=LATER), case, "legal")
    with database.transaction() as tx:
        marked = closed(
            tx,
            an_end_without_a_yes(tx, "C-marked", customer=a_customer(id="K-7"), by=WANG),
            by=WANG,
            now=LATER,
        )
        cases.hold(a_sitting(tx, WANG, now=LATER), marked, "important")
        asked = closed(
            tx,
            an_end_without_a_yes(tx, "C-asked", customer=a_customer(id="K-7"), by=WANG),
            by=WANG,
            now=LATER,
        )
        cases.request_review(a_sitting(tx, WANG, now=LATER), asked, "again")
    for way, name in (
        (erase_customer, "K-7"),
        (erasure.erase_case, "C-asked"),
        (erasure.erase_order, "O-C-held"),
    ):
        with pytest.raises(Refused) as refused, database.transaction() as tx:
            way(a_sitting(tx, ADMIN, now=LATER), name, Why.ASKED)
        assert str(refused.value) == (
            "cannot be forgotten yet: case C-open is agreed: close it first; "
            "case C-held is under a legal hold, which somebody must release first; "
            "case C-marked is marked important: somebody must take the mark away first; "
            "a review of case C-asked was asked for and is not done: do it first"
        )
    with database.transaction() as tx:
        for name in ("C-held", "C-marked"):
            cases.release_hold(a_sitting(tx, WANG, now=LATER), find_case(tx, name))
        cases.review(a_sitting(tx, CHEN, now=LATER), find_case(tx, "C-asked"), upheld=True, reason="so it is")
        closed(tx, find_case(tx, "C-open"), now=LATER)
    assert set(erase(database, "K-7").cases) == {"C-open", "C-held", "C-marked", "C-asked"}
    with pytest.raises(NotFound):
        erase(database, "K-7")


def test_an_order_that_somebody_elses_case_needs_stays_until_theirs_is_erased_too(database, request):
    with database.transaction() as tx:
        for number, name in ((1, "K-1"), (2, "K-2")):
            facts = {"customer": a_customer(id=name), "order_id": "O-SHARED"}
            closed(tx, an_end_without_a_yes(tx, f"C-{number}", by=WANG, **facts), by=WANG, now=LATER)
    erase(database, "K-1")
    assert b"o-shared" in everything_in(database, request)
    erase(database, "K-2")
    assert b"o-shared" not in everything_in(database, request)


def test_a_customer_who_became_known_later_is_forgotten_with_all_that_was_said_before(database, request):
    with database.transaction() as tx:
        sitting = a_sitting(tx)
        unknown = a_complaint(id="C-1", customer=None, order=None)
        case = cases.open_case(sitting, unknown, said="a word before the name")
        known = a_complaint(id="C-1", customer=a_customer(id="K-LATE"), order_id="O-LATE", verified="10.00")
        case = cases.diagnose(sitting, case, known, None)
        case, _ = cases.suggest_for_case(sitting, case)
        case = lives.play(sitting, case, *lives.TO_THE_OFFER, told.Accepted(option=1))
        closed(tx, case, now=LATER)
    erase(database, "K-LATE")
    left = everything_in(database, request)
    assert [word for word in (b"k-late", b"o-late", b"before the name") if word in left] == []


# ---------------------------------------------------------------- what was said afterwards

WORD = b"word afterwards"


def said_afterwards(tx, case_id, now):
    """A forgotten customer comes back: their case is taken up again, and everybody writes once more."""
    word = WORD.decode()
    sitting = a_sitting(tx, WANG, now=now)
    case = cases.request_review(sitting, find_case(tx, case_id), f"{word} of review")
    outsider = Actor("Sun", Role.SUPERVISOR)
    case = cases.review(a_sitting(tx, outsider, now=now), case, upheld=True, reason=f"{word} of answer")
    case = cases.tell_result(sitting, case, f"{word} of result", "letter")
    case = cases.reopen(sitting, case, f"{word} of reopening")
    case = cases.inform(sitting, case, f"{word} of news", "phone")
    unnamed = _complaint_of(case_id).model_copy(update={"customer": None, "order": None})
    case = cases.diagnose(sitting, case, unnamed, f"{word} of diagnosis")
    case, _ = cases.suggest_for_case(sitting, case)
    wants = told.Item(kind="face", weight="must", words=f"{word} of demand", amount=None)
    case = lives.play(sitting, case, told.Confirmed(), told.ItemsSplit(items=(wants,)), told.Offered())
    case = clocks.pause_clock(sitting, case, "resolution", f"{word} of clock")
    case = clocks.resume_clock(sitting, case, "resolution")
    case = lives.play(sitting, case, told.Left())
    case = closed(tx, case, by=WANG, now=now + DAY)
    return cases.tell_result(a_sitting(tx, WANG, now=now + DAY), case, f"{word} when all was over", "phone")


@pytest.fixture
def forgotten(database):
    """The database with a case whose customer was forgotten, and in which much was said since."""
    with database.transaction() as tx:
        a_life_full_of_words(tx)
    erase(database, "K-SECRET")
    with database.transaction() as tx:
        said_afterwards(tx, "C-SECRET-1", LATER + DAY)
    return database


def test_what_is_said_after_an_erasure_is_forgotten_with_the_case(forgotten, request):
    assert WORD in everything_in(forgotten, request)
    with pytest.raises(NotFound):
        erase(forgotten, "K-SECRET")
    with forgotten.transaction() as tx:
        erased = erasure.erase_case(a_sitting(tx, ADMIN, now=LATER + 3 * DAY), "C-SECRET-1", Why.ASKED)
    forgotten.scrub()
    assert (erased.cases, erased.entries > 8) == (("C-SECRET-1",), True)
    assert WORD not in everything_in(forgotten, request)
    assert replayed_and_verified(forgotten) == ([], [])
    with pytest.raises(NotFound, match="nothing is known there"), forgotten.transaction() as tx:
        erasure.erase_case(a_sitting(tx, ADMIN), "C-SECRET-1", Why.ASKED)


def test_what_is_said_after_an_erasure_is_forgotten_in_time(forgotten, request):
    end = LATER + 2 * DAY + YEAR
    assert run(forgotten, end - timedelta(seconds=1))["cases_forgotten"] == 0
    assert WORD in everything_in(forgotten, request)
    assert run(forgotten, end)["cases_forgotten"] == 1
    assert WORD not in everything_in(forgotten, request)
    assert replayed_and_verified(forgotten) == ([], [])
    assert run(forgotten, end + YEAR)["cases_forgotten"] == 0


def test_what_is_told_after_an_erasure_in_a_case_that_stays_closed_is_forgotten_in_time(database, request):
    with database.transaction() as tx:
        closed(tx, an_agreement(tx, "C-1"), now=LATER)
    erase(database, "K-C-1")
    with database.transaction() as tx:
        cases.tell_result(a_sitting(tx, now=LATER + DAY), find_case(tx, "C-1"), WORD.decode(), "phone")
    assert run(database, LATER + YEAR)["cases_forgotten"] == 0
    assert run(database, LATER + YEAR + DAY)["cases_forgotten"] == 1
    assert WORD not in everything_in(database, request)


def test_what_is_said_after_an_erasure_is_forgotten_by_the_reference_that_stands_for_nobody(
    forgotten, request
):
    with forgotten.transaction() as tx:
        named = select(commitments.c.customer_ref).where(commitments.c.customer_ref.is_not(None))
        ref = tx.scalar(named.limit(1))
        erased = erasure.erase_reference(a_sitting(tx, ADMIN, now=LATER + 3 * DAY), ref, Why.ASKED)
    forgotten.scrub()
    assert erased.cases == ("C-SECRET-1",)
    assert WORD not in everything_in(forgotten, request)


def test_who_comes_back_after_an_erasure_is_somebody_new_and_is_forgotten_again(forgotten, request):
    with forgotten.transaction() as tx:
        sitting = a_sitting(tx, WANG, now=LATER + 3 * DAY)
        case = cases.reopen(sitting, find_case(tx, "C-SECRET-1"), WORD.decode())
        case = cases.diagnose(sitting, case, _complaint_of(case.id), WORD.decode())
        case, _ = cases.suggest_for_case(sitting, case)
        case = lives.play(sitting, case, told.Confirmed(), told.Left())
        closed(tx, case, by=WANG, now=LATER + 4 * DAY)
    assert b"k-secret" in everything_in(forgotten, request)
    erase(forgotten, "K-SECRET", now=LATER + 5 * DAY)
    left = everything_in(forgotten, request)
    assert [word for word in (WORD, b"k-secret", b"o-secret") if word in left] == []
    assert replayed_and_verified(forgotten) == ([], [])


def test_a_case_in_which_something_was_said_late_is_kept_for_as_long_from_then(database):
    with database.transaction() as tx:
        case = closed(tx, an_agreement(tx, "C-1"), now=LATER)
        cases.tell_result(a_sitting(tx, now=LATER + 100 * DAY), case, "once more", "phone")
    assert run(database, LATER + YEAR)["customers_forgotten"] == 0
    assert run(database, LATER + 100 * DAY + YEAR)["customers_forgotten"] == 1


def test_nobody_is_forgotten_while_somebody_is_to_look_again(database):
    with database.transaction() as tx:
        case = closed(tx, an_agreement(tx, "C-1"), now=LATER)
        cases.request_review(a_sitting(tx, now=LATER), case, "again")
    assert run(database, LATER + 2 * YEAR)["customers_forgotten"] == 0
    with database.transaction() as tx:
        cases.review(a_sitting(tx, WANG, now=LATER), find_case(tx, "C-1"), upheld=True, reason="so it is")
    assert run(database, LATER + 2 * YEAR)["customers_forgotten"] == 1


# ---------------------------------------------------------------- whom one means


@pytest.mark.parametrize(
    ("way", "name"),
    [("order", "O-C-1"), ("order", " o-c-1"), ("case", "C-1"), ("reference", "k"), ("reference", "o")],
)
def test_a_customer_is_found_by_order_case_and_reference_too(database, request, way, name):
    with database.transaction() as tx:
        for number in (1, 2):
            facts = {"customer": a_customer(id="K-7")}
            closed(tx, an_end_without_a_yes(tx, f"C-{number}", by=WANG, **facts), by=WANG, now=LATER)
        if way == "reference":
            complaint = find_case(tx, "C-1").complaint
            name = complaint[{"k": "customer", "o": "order"}[name]]["id"]
        erased = getattr(erasure, f"erase_{way}")(a_sitting(tx, ADMIN, now=LATER), name, Why.ASKED)
    database.scrub()
    assert erased.cases == ("C-1", "C-2")
    left = everything_in(database, request)
    assert [word for word in (b"k-7", b"o-c-1", b"o-c-2", b"words of c-2") if word in left] == []
    with database.reading() as tx:
        assert list(audit.entries(tx))[-1].subject.startswith("k-")


def test_an_order_of_several_customers_is_refused_with_what_to_do(database, request):
    with database.transaction() as tx:
        for number in (1, 2):
            facts = {"customer": a_customer(id=f"K-{number}"), "order_id": "O-SHARED"}
            closed(tx, an_end_without_a_yes(tx, f"C-{number}", by=WANG, **facts), by=WANG, now=LATER)
    with pytest.raises(Refused, match="name one of their cases, C-1, C-2"), database.transaction() as tx:
        erasure.erase_order(a_sitting(tx, ADMIN, now=LATER), "O-SHARED", Why.ASKED)
    with database.transaction() as tx:
        assert erasure.erase_case(a_sitting(tx, ADMIN, now=LATER), "C-1", Why.ASKED).cases == ("C-1",)
    assert b"k-2" in everything_in(database, request)


def test_an_order_and_a_case_of_nobody_are_forgotten_alone(database, request):
    with database.transaction() as tx:
        suggest(a_sitting(tx), a_complaint(customer=None, order_id="O-STRAY"))
        closed(tx, an_agreement(tx, "C-1", customer=None, order_id="O-NAMELESS"), now=LATER)
        sitting = a_sitting(tx, ADMIN, now=LATER)
        assert erasure.erase_order(sitting, "O-STRAY", Why.ASKED) == erasure.Erased((), 1)
        assert erasure.erase_case(sitting, "C-1", Why.ASKED).cases == ("C-1",)
    database.scrub()
    left = everything_in(database, request)
    assert [word for word in (b"o-stray", b"o-nameless", b"words of c-1") if word in left] == []


@pytest.mark.parametrize(
    ("way", "name"), [("order", "O-7"), ("case", "C-7"), ("reference", "k-" + "0" * 16), ("reference", "k-")]
)
def test_what_leads_to_nobody_is_told(database, way, name):
    with database.transaction() as tx:
        closed(tx, an_agreement(tx, "C-1"), now=LATER)
    with pytest.raises(NotFound), database.transaction() as tx:
        getattr(erasure, f"erase_{way}")(a_sitting(tx, ADMIN, now=LATER), name, Why.ASKED)


# ---------------------------------------------------------------- time alone


def run(database, now):
    return run_duties(database, books(), now, counting_id)


def test_a_year_after_the_last_case_was_closed_a_customer_is_forgotten(database, request):
    with database.transaction() as tx:
        for number, when in ((1, LATER), (2, LATER + 30 * DAY)):
            case = an_agreement(
                tx, f"C-{number}", customer=a_customer(id="K-OLD"), now=when - 4 * DAY, verified="9.00"
            )
            closed(tx, case, now=when)
    assert run(database, LATER + YEAR + DAY)["customers_forgotten"] == 0, "a younger case of theirs"
    end = LATER + 30 * DAY + YEAR
    assert run(database, end - timedelta(seconds=1))["customers_forgotten"] == 0
    assert b"k-old" in everything_in(database, request)
    assert run(database, end)["customers_forgotten"] == 1
    assert run(database, end)["customers_forgotten"] == 0
    assert b"k-old" not in everything_in(database, request)
    assert replayed_and_verified(database) == ([], [])


@pytest.mark.parametrize(("why", "days"), [("important", 1825), ("legal", None)])
def test_what_is_marked_important_is_kept_longer_and_a_legal_hold_for_ever(database, why, days):
    with database.transaction() as tx:
        case = closed(tx, an_agreement(tx, "C-1"), now=LATER)
        cases.hold(a_sitting(tx, WANG, now=LATER), case, why)
    assert run(database, LATER + 400 * DAY)["customers_forgotten"] == 0
    assert run(database, LATER + 1825 * DAY)["customers_forgotten"] == (days is not None)
    assert run(database, LATER + 20_000 * DAY)["customers_forgotten"] == 0


def test_an_open_case_is_never_forgotten(database):
    with database.transaction() as tx:
        an_agreement(tx, "C-1")
    done = run(database, NOW + 3 * YEAR)
    assert done["customers_forgotten"] + done["cases_forgotten"] + done["strays_forgotten"] == 0


def test_words_of_a_case_without_a_name_are_forgotten_too(database, request):
    with database.transaction() as tx:
        closed(tx, an_agreement(tx, "C-1", customer=None, order_id="O-NAMELESS"), now=LATER)
    assert run(database, LATER + YEAR - DAY)["cases_forgotten"] == 0
    assert run(database, LATER + YEAR)["cases_forgotten"] == 1
    assert run(database, LATER + YEAR)["cases_forgotten"] == 0
    left = everything_in(database, request)
    assert [word for word in (b"o-nameless", b"words of c-1", b"found in c-1") if word in left] == []


def test_a_case_whose_customer_became_known_is_kept_as_long_as_theirs(database):
    with database.transaction() as tx:
        sitting = a_sitting(tx)
        case = cases.open_case(sitting, a_complaint(id="C-1", kind="consultation", customer=None))
        case = cases.diagnose(sitting, case, a_complaint(id="C-1", kind="consultation"), None)
        cases.close(sitting, cases.answer_case(sitting, case, "so it is", "phone"))
        an_agreement(tx, "C-2", customer=a_customer(id="K-7"))
    done = run(database, NOW + 2 * YEAR)
    assert done["customers_forgotten"] + done["cases_forgotten"] == 0


def test_who_only_asked_for_a_suggestion_is_forgotten_a_year_after_the_last_one(database, request):
    with database.transaction() as tx:
        for now in (NOW, NOW + 100 * DAY):
            suggest(
                a_sitting(tx, LI, now=now), a_complaint(customer=a_customer(id="K-ASKED"), order_id="O-ASKED")
            )
        suggest(a_sitting(tx), a_complaint(customer=None, order_id="O-STRAY"))
    assert run(database, NOW + YEAR + DAY).total() == 1, "the order of nobody, which no case needs"
    assert run(database, NOW + 100 * DAY + YEAR)["customers_forgotten"] == 0
    assert run(database, NOW + 101 * DAY + YEAR)["customers_forgotten"] == 1
    left = everything_in(database, request)
    assert [word for word in (b"k-asked", b"o-asked", b"o-stray") if word in left] == []
    assert replayed_and_verified(database) == ([], [])
