"""Reports, the list of what is due, and forgetting, over HTTP."""

import csv
import io

import pytest

from settlement.desk import cases, negotiations
from settlement.desk.reports import COLUMNS
from settlement.negotiation import events as told
from settlement.roles import Actor, Role
from settlement.store.cases import find_case
from settlement.store.tables import metadata
from tests import lives
from tests.builders import a_complaint, a_customer, a_request
from tests.lives import LATER, a_talk, an_agreement
from tests.sittings import a_sitting

AGENT, SUPERVISOR = Actor("The agent", Role.AGENT), Actor("The supervisor", Role.SUPERVISOR)


@pytest.fixture
def lived(call, database):
    """A closed case, one that waits for approval, and one of somebody else."""
    with database.transaction() as tx:
        lives.closed(tx, an_agreement(tx, "C-1", by=AGENT), by=AGENT, now=LATER)
        case = a_talk(tx, "C-2", *lives.BEFORE_THE_OFFER, by=AGENT, threatens_publicity=True)
        negotiations.ask_approval(a_sitting(tx, AGENT), case)
        a_talk(tx, "C-3", by=Actor("Another", Role.AGENT))
    return call


@pytest.mark.parametrize("name", COLUMNS)
def test_each_report_comes_as_json_and_as_csv_with_the_same_lines(lived, name):
    asked = lived("GET", f"/v1/reports/{name}", by="finance")
    assert asked.status_code == 200
    assert tuple(asked.json["columns"]) == COLUMNS[name]
    text = lived("GET", f"/v1/reports/{name}?format=csv", by="finance")
    assert text.mimetype == "text/csv"
    head, *lines = csv.reader(io.StringIO(text.get_data(as_text=True)))
    assert tuple(head) == COLUMNS[name]
    assert len(lines) == len(asked.json["rows"])


def test_accept_chooses_the_form_where_nothing_else_says_it(lived):
    def form(accept, query=""):
        return lived("GET", f"/v1/reports/money{query}", by="auditor", headers={"Accept": accept}).mimetype

    assert form("text/csv") == "text/csv"
    assert form("text/csv;q=0.5, application/json") == "application/json"
    assert form("*/*") == "application/json"
    assert form("text/csv", "?format=json") == "application/json"


def test_sums_are_money_and_the_unknown_is_null(lived):
    [row] = lived("GET", "/v1/reports/money", by="manager").json["rows"]
    assert row["kept"] == row["agreed"]
    assert row["agreed"]["currency"] == "CNY"
    assert (row["asked"], row["asked_unknown"]) == ({"amount": "0.00", "currency": "CNY"}, 3)
    [cases] = lived("GET", "/v1/reports/cases?from=2026-03-03&to=2026-03-03", by="manager").json["rows"]
    assert cases["mean_rating"] == "5.0000"
    assert lived("GET", "/v1/reports/cases?from=2027-01-01", by="manager").json["rows"] == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/v1/reports/money?from=yesterday", "query from"),
        ("/v1/reports/money?from=2026-02-02&to=2026-02-01", "query to"),
        ("/v1/reports/money?format=xml", "query format"),
        ("/v1/reports/money?of=me", "query of"),
        ("/v1/reports/sample", "query seed"),
        ("/v1/due?before=soon", "query before"),
    ],
)
def test_a_wrong_parameter_is_told_with_its_place(lived, path, place):
    answer = lived("GET", path, by="finance")
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == [place]


def test_a_report_that_there_is_not_is_not_found_and_the_others_are_named(lived):
    answer = lived("GET", "/v1/reports/bonuses", by="finance")
    assert answer.status_code == 404
    assert "spread" in answer.json["detail"]


def test_the_same_seed_draws_the_same_sample(lived):
    drawn = [lived("GET", "/v1/reports/sample?seed=march&n=5", by="auditor").json for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert [each["case"] for each in drawn[0]["cases"]] == ["C-1"]


def test_what_is_due_is_the_same_list_for_people(lived):
    everything = lived("GET", "/v1/due", by="supervisor").json
    assert everything["total"] == len(everything["due"])
    lefts = [item["left_s"] for item in everything["due"] if item["left_s"] is not None]
    assert lefts == sorted(lefts)
    [waiting] = lived("GET", "/v1/due?what=approval&owner=The agent", by="supervisor").json["due"]
    assert (waiting["case"], waiting["level"], waiting["whose"]) == ("C-2", "supervisor", None)
    assert {item["case"] for item in lived("GET", "/v1/due", by="agent").json["due"]} == {"C-2"}
    cut = lived("GET", "/v1/due?limit=1", by="supervisor").json
    assert (len(cut["due"]), cut["total"]) == (1, everything["total"])


def test_a_customer_is_forgotten_once_and_the_same_key_tells_it_again(lived, database):
    body = {"customer": "K-C-1", "reason": "asked"}
    first = lived("POST", "/v1/erasures", by="admin", json=body, key="k")
    assert (first.status_code, first.json["cases"]) == (200, ["C-1"])
    assert first.json["entries"] > 0
    assert lived("POST", "/v1/erasures", by="admin", json=body, key="k").json == first.json
    assert lived("POST", "/v1/erasures", by="admin", json=body).status_code == 404
    with database.reading() as tx:
        assert find_case(tx, "C-1").version > 0
    shown = lived("GET", "/v1/cases/C-1", by="supervisor")
    assert shown.status_code == 200
    assert "K-C-1" not in shown.text


def test_an_open_case_stands_in_the_way_and_is_named(lived):
    answer = lived("POST", "/v1/erasures", by="admin", json={"customer": "K-C-2", "reason": "asked"})
    assert answer.status_code == 409
    assert "case C-2 is talking: close it first" in answer.json["detail"]


@pytest.mark.parametrize("name", ["order", "case", "reference"])
def test_a_customer_is_forgotten_by_order_case_and_reference_too(lived, database, name):
    with database.reading() as tx:
        reference = find_case(tx, "C-1").complaint["customer"]["id"]
    body = {name: {"order": "O-C-1", "case": "C-1", "reference": reference}[name], "reason": "asked"}
    first = lived("POST", "/v1/erasures", by="admin", json=body, key="k")
    assert (first.status_code, first.json["cases"]) == (200, ["C-1"])
    assert lived("POST", "/v1/erasures", by="admin", json=body, key="k").json == first.json
    assert lived("POST", "/v1/erasures", by="admin", json=body).status_code == 404
    other = {"customer": "K-C-1", "reason": "asked"}
    assert lived("POST", "/v1/erasures", by="admin", json=other, key="k").status_code == 409


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/customer", "/reason"]),
        ({"customer": "K", "reason": "K-7 wrote on Monday"}, ["/reason"]),
        ({"case": "C-1", "order": "O-C-1", "reason": "asked"}, ["/case"]),
        ({"reference": "K-7", "reason": "asked"}, ["/reference"]),
        ({"case": None, "reason": "asked"}, ["/case"]),
    ],
)
def test_a_reason_is_a_word_for_a_sentence_might_tell_who(lived, body, pointers):
    answer = lived("POST", "/v1/erasures", by="admin", json=body)
    assert answer.status_code == 422
    assert sorted(fault["pointer"] for fault in answer.json["errors"]) == pointers


def test_no_answer_that_is_kept_for_a_key_tells_who_was_forgotten(lived, database):
    """What a request sent again would get holds no name either."""
    request = a_request(**_OF_THE_SECRET)
    assert lived("POST", "/v1/suggestions", json=request, key="a").status_code == 201
    assert (
        lived("POST", "/v1/cases", json={"complaint": request, "said": "K-secret says"}, key="b").status_code
        == 201
    )
    with database.transaction() as tx:
        sitting = a_sitting(tx, AGENT)
        case = cases.diagnose(sitting, find_case(tx, "C-9"), a_complaint(**_OF_THE_SECRET), None)
        case, _ = cases.suggest_for_case(sitting, case)
        lives.closed(tx, lives.play(sitting, case, *lives.TO_THE_OFFER, told.Left()), by=AGENT, now=LATER)
    body = {"customer": "K-secret", "reason": "unlawful"}
    assert lived("POST", "/v1/erasures", by="admin", json=body, key="c").status_code == 200
    with database.reading() as tx:
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(table.select())]
    assert not [row for row in rows if "secret" in row.lower()]


_OF_THE_SECRET = {"id": "C-9", "customer": a_customer(id="K-secret"), "order_id": "O-secret"}
