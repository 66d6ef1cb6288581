"""The audit log over HTTP: read in pages, verified, exported as it is read, by finance and auditors."""

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from settlement.checkpoints import key_from, public_key_of
from settlement.desk.audit_export import export_lines, read_export, verify_export
from settlement.desk.checkpoints import add_checkpoint
from settlement.desk.erasure import Why, erase_customer
from settlement.roles import Actor, Role
from settlement.store import audit
from tests import lives
from tests.builders import a_customer, a_request
from tests.http.casework import a_suggested_case
from tests.lives import LATER, an_agreement
from tests.sittings import NOW, a_sitting

ADMIN = Actor("Admin", Role.ADMIN)
KEY = key_from(bytes(32))


@pytest.fixture
def database(app):
    return app.extensions["settlement"].database


@pytest.fixture
def advised(call):
    """Ids of five decisions, of three cases and two people."""
    return [
        call("POST", "/v1/suggestions", by=by, json=a_request(id=case)).json["decision"]
        for by, case in (
            ("agent", "C-1"),
            ("agent", "C-2"),
            ("agent2", "C-3"),
            ("agent2", "C-1"),
            ("agent", "C-2"),
        )
    ]


def listed(call, query="", by="auditor"):
    answer = call("GET", f"/v1/audit{query}", by=by)
    assert answer.status_code == 200, answer.text
    return answer.json


def verified(call, query=""):
    answer = call("GET", f"/v1/audit/verify{query}", by="auditor")
    assert answer.status_code == 200, answer.text
    return answer.json


def exported(call, form="jsonl"):
    answer = call("GET", f"/v1/audit/export?format={form}", by="finance")
    assert answer.status_code == 200, answer.text
    return answer


def add_entries(database, count, body="", at=NOW):
    with database.transaction() as tx:
        for number in range(count):
            audit.append(
                tx, at=at, actor="Nobody", role="", event="noted", subject=f"n-{number}", body={"text": body}
            )


# ---------------------------------------------------------------- read


def test_pages_run_from_the_newest_entry_to_the_first_and_never_shift(call, advised):
    page = listed(call, "?limit=2")
    call("POST", "/v1/suggestions", json=a_request(id="C-later"))
    met = [*page["entries"]]
    while page["next"]:
        page = listed(call, f"?limit=2&before={page['next']}")
        met += page["entries"]
    assert [entry["seq"] for entry in met] == [5, 4, 3, 2, 1]
    assert [entry["subject"] for entry in met] == advised[::-1]
    assert [entry["prev"] for entry in met] == [*(entry["hash"] for entry in met[1:]), ""]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?actor=The%20agent", [5, 2, 1]),
        ("?event=decision_recorded", [5, 4, 3, 2, 1]),
        ("?event=delegated", []),
        ("?case=C-1", [4, 1]),
        ("?case=C-2&actor=The%20agent", [5, 2]),
        ("?case=C-2&actor=Another", []),
        ("?from=2100-01-01T00:00:00Z", []),
        ("?to=2100-01-01T00:00:00Z&limit=1", [5]),
        ("?to=2020-01-01T00:00:00%2B08:00", []),
    ],
)
def test_what_is_wanted_is_found(call, advised, query, expected):
    assert [entry["seq"] for entry in listed(call, query)["entries"]] == expected
    [one] = listed(call, f"?subject={advised[2]}")["entries"]
    assert (one["seq"], json.loads(one["body"])["case_id"]) == (3, "C-3")


def test_a_time_range_has_its_first_moment_and_not_its_last(call, database):
    for minutes in range(3):
        add_entries(database, 1, at=NOW + timedelta(minutes=minutes))
    first, end = ((NOW + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 2))
    assert [entry["seq"] for entry in listed(call, f"?from={first}&to={end}")["entries"]] == [2, 1]
    shanghai = "2026-03-03T10:21:00%2B08:00"
    assert [entry["seq"] for entry in listed(call, f"?from={shanghai}")["entries"]] == [3, 2]


def test_the_steps_of_a_case_are_found_by_the_case_with_its_decision(call):
    case = a_suggested_case(call)
    events = [entry["event"] for entry in listed(call, f"?case={case}&limit=200")["entries"]]
    assert {"case_opened", "case_diagnosed", "case_suggested", "decision_recorded"} <= {*events}
    assert listed(call, "?case=C-none") == {"entries": [], "next": None}


@pytest.mark.parametrize(
    "query",
    ["?from=yesterday", "?to=2026-01-01", "?before=x", "?limit=0", "?what=all", "?actor=", "?event=%00"],
)
def test_what_cannot_be_wanted_is_a_fault(call, query):
    answer = call("GET", f"/v1/audit{query}", by="auditor")
    assert (answer.status_code, len(answer.json["errors"])) == (422, 1)


# ---------------------------------------------------------------- verified


def test_a_whole_log_is_told_with_its_head_and_the_last_checkpoint(call, advised, database):
    before = verified(call)
    assert (before["whole"], before["count"], before["faults"], before["first_broken"]) == (True, 5, 0, None)
    assert before["last_checkpoint"] is None
    assert before["head"] == listed(call, "?limit=1")["entries"][0]["hash"]
    for day in (1, 2):
        with database.transaction() as tx:
            add_checkpoint(tx, audit.head(tx), KEY, by=ADMIN, now=datetime(2026, 4, day, tzinfo=UTC))
    after = verified(call, f"?head={before['head']}")
    assert (after["whole"], after["count"]) == (True, 7)
    signed = after["last_checkpoint"]
    assert (signed["number"], signed["count"], signed["public_key"]) == (2, 6, public_key_of(KEY))


def test_reading_verifying_and_exporting_write_nothing(call, advised, recorded):
    listed(call), verified(call), exported(call).get_data()
    assert recorded() == (5, 5)


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit SET actor = 'Nobody' WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 5", 4),
        ("UPDATE audit_head SET count = 4", 5),
    ],
)
def test_the_first_broken_place_is_named(call, advised, tamper, statement, first):
    tamper(statement)
    found = verified(call)
    assert not found["whole"]
    assert found["first_broken"] in (first, first + 1)
    assert found["first_broken"] == min(each["seq"] for each in found["findings"])
    assert found["faults"] == len(found["findings"])


def test_a_log_that_was_rewritten_is_another_one_than_was_noted(call, advised):
    found = verified(call, f"?head={'0' * 64}")
    assert [each["problem"] for each in found["findings"]] == [
        f"no entry has the hash {'0' * 64}: the log was rewritten or cut"
    ]
    assert call("GET", "/v1/audit/verify?head=abc", by="auditor").status_code == 422


def test_a_byte_that_somebody_spoilt_stops_nothing(call, advised, tamper, database_file, database_kind):
    tamper("UPDATE audit SET actor = CAST(x'ff41' AS TEXT), event = CAST(x'ff42' AS TEXT) WHERE seq = 3")
    assert listed(call)["entries"][2]["actor"] == "\ufffdA"
    assert verified(call)["first_broken"] == 3
    assert b"\xffA" in exported(call).get_data()


# ---------------------------------------------------------------- taken elsewhere


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_is_the_command_lines_and_is_verified_without_the_database(call, advised, database, form):
    with database.transaction() as tx:
        add_checkpoint(tx, audit.head(tx), KEY, by=ADMIN, now=NOW)
    answer = exported(call, form)
    with database.reading() as tx:
        assert answer.get_data() == b"".join(export_lines(tx, form))
    held = read_export(answer.get_data())
    assert (len(held.entries), len(held.checkpoints)) == (6, 1)
    assert verify_export(held, public_key=public_key_of(KEY)) == []
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit.{form}"'


@pytest.mark.parametrize(
    ("accept", "query", "kind"),
    [
        (None, "", "application/x-ndjson"),
        ("text/csv", "", "text/csv"),
        ("text/csv;q=0.1, application/x-ndjson", "", "application/x-ndjson"),
        ("text/csv", "?format=jsonl", "application/x-ndjson"),
        ("application/json", "?format=csv", "text/csv"),
    ],
)
def test_the_form_is_the_one_that_was_asked_for(call, advised, database_file, accept, query, kind):
    headers = {"Accept": accept} if accept else {}
    answer = call("GET", f"/v1/audit/export{query}", by="auditor", headers=headers)
    assert answer.mimetype == kind
    if kind == "text/csv":
        assert len(list(csv.DictReader(io.StringIO(answer.text, newline="")))) == 6
    else:
        assert len([json.loads(line) for line in answer.text.splitlines()]) == 6


@pytest.mark.parametrize("path", ["/v1/audit/export", "/v1/audit/verify"])
def test_the_log_is_never_held_whole(call, database, path):
    """Twelve megabytes pass through half of that: 500 entries at a time, and what is being written."""
    add_entries(database, 3000, "x" * 4000)
    tracemalloc.start()
    try:
        answer = call("GET", path, by="auditor")
        size = sum(len(piece) for piece in answer.response)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert (size > 12_000_000) == path.endswith("export")
    assert peak < 6_000_000


def test_an_export_that_nobody_reads_to_its_end_keeps_no_connection(call, advised, database):
    for _ in range(40):  # more than there are connections
        exported(call).close()
    assert verified(call)["whole"]


def test_an_export_is_the_log_of_one_moment(call, advised, database):
    add_entries(database, 1000, "x" * 200)
    answer = exported(call)
    pieces = iter(answer.response)
    begun = next(pieces) + next(pieces)
    add_entries(database, 1)
    held = read_export(begun + b"".join(pieces))
    assert (held.head.count, len(held.entries)) == (1005, 1005)
    assert verify_export(held) == []


def test_whom_we_have_forgotten_nobody_finds_in_the_log(call, database):
    with database.transaction() as tx:
        customer = a_customer(id="K-SECRET")
        case = an_agreement(tx, "C-1", customer=customer, order_id="O-SECRET")
        lives.closed(tx, case, now=LATER)
    with database.transaction() as tx:
        erase_customer(a_sitting(tx, ADMIN, now=LATER), "K-SECRET", Why.ASKED)
    found = [
        json.dumps(listed(call, "?limit=200")),
        call("GET", "/v1/audit/verify", by="auditor").text,
        *(exported(call, form).text for form in ("jsonl", "csv")),
    ]
    assert [name in text for text in found for name in ("SECRET", "words of", "told in")] == [False] * 12
    assert "identity_erased" in found[0]
    assert verified(call)["whole"]
