"""Where the executors differ nothing is decided: 503, one alarm, the edition off until restart."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

import settlement.rules.evaluate as evaluating
from settlement.rules.reference import matching_rows
from settlement.rules.rete import ReteTable
from tests.builders import a_request
from tests.http.test_roles import FACTS


def spoil_the_walker(monkeypatch, table_id: str) -> None:
    """The walker loses the first row of a table."""

    def wrong(table, values):
        rows = matching_rows(table, values)
        return frozenset(sorted(rows)[1:]) if table.id == table_id else rows

    monkeypatch.setattr(evaluating, "matching_rows", wrong)


@pytest.fixture
def planted(monkeypatch):
    """The walker is wrong about severity, until it is told to stop."""
    spoil_the_walker(monkeypatch, "severity")
    return lambda: monkeypatch.setattr(evaluating, "matching_rows", matching_rows)


def alarms(caplog) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "settlement.alarm"]


def test_a_difference_is_told_recorded_nowhere_and_raises_one_alarm(call, recorded, planted, caplog):
    answer = call("POST", "/v1/suggestions", key="k", json=a_request())
    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"
    assert recorded() == (0, 0)
    assert len(alarms(caplog)) == 1
    assert alarms(caplog)[0].levelno == logging.CRITICAL
    assert 'table "severity"' in alarms(caplog)[0].getMessage()


def test_the_answer_tells_neither_rules_nor_facts(call, planted):
    text = call("POST", "/v1/suggestions", by="director", json=a_request()).get_data(as_text=True)
    assert "severity" not in text
    assert "inconvenience" not in text


def test_the_edition_stays_off_when_the_cause_is_gone_without_a_second_alarm(call, recorded, planted, caplog):
    call("POST", "/v1/suggestions", json=a_request())
    planted()
    assert call("POST", "/v1/suggestions", json=a_request()).status_code == 503
    assert len(alarms(caplog)) == 1
    assert recorded() == (0, 0)
    assert call("GET", "/readyz", by=None).json["latched"] == ["retail-cn 2026.1"]


def test_other_books_go_on(call, planted):
    call("POST", "/v1/suggestions", json=a_request())
    answer = call("POST", "/v1/entitlements/cn_consumer_fraud", json={"facts": FACTS})
    assert answer.json["amount"] == "500.00"


def test_a_key_is_not_spent_on_a_fault(call, kept_keys, planted):
    assert call("POST", "/v1/suggestions", key="k", json=a_request()).status_code == 503
    assert kept_keys() == 0
    assert call("POST", "/v1/suggestions", key="k", json=a_request(id="C-2")).status_code == 503


def test_a_table_that_the_engine_gets_wrong_is_found_as_well(call, recorded, monkeypatch, caplog):
    plain = ReteTable.match

    def wrong(self, values, compare):
        return plain(self, values, lambda rows: compare(rows | {3} if "award" in self._place else rows))

    monkeypatch.setattr(ReteTable, "match", wrong)
    assert call("POST", "/v1/suggestions", json=a_request()).status_code == 503
    assert 'table "award"' in alarms(caplog)[0].getMessage()
    assert recorded() == (0, 0)


def test_a_pack_that_is_off_stops_what_claims_under_it_and_nothing_else(call, monkeypatch, caplog):
    path = "/v1/entitlements/cn_consumer_fraud"
    with monkeypatch.context() as spoilt:
        spoil_the_walker(spoilt, "added_sum")
        assert call("POST", path, key="k", json={"facts": FACTS}).status_code == 503
    assert call("POST", path, key="k", json={"facts": FACTS}).status_code == 503
    claimed = a_request(claims=[("cn_consumer_fraud", FACTS)], occurred_on="2024-07-01")
    assert call("POST", "/v1/suggestions", json=claimed).status_code == 503
    assert call("POST", "/v1/suggestions", json=a_request()).status_code == 201
    assert len(alarms(caplog)) == 1
    ready = call("GET", "/readyz", by=None)
    assert (ready.status_code, ready.json["ready"]) == (200, True)
    assert ready.json["latched"] == ["cn_consumer_fraud 2026.1"]


def test_what_is_read_goes_on_while_an_edition_is_off(call, monkeypatch):
    kept = call("POST", "/v1/suggestions", json=a_request()).headers["Location"]
    spoil_the_walker(monkeypatch, "severity")
    assert call("POST", "/v1/suggestions", json=a_request()).status_code == 503
    for path in (kept, "/v1/decisions", "/v1/limits", "/v1/books"):
        assert call("GET", path).status_code == 200
    assert call("GET", f"{kept}/trace", by="auditor").status_code == 200


def test_the_rules_of_another_day_are_off_with_their_edition(call, planted):
    call("POST", "/v1/suggestions", json=a_request())
    answer = call("POST", "/v1/suggestions?as_of=2026-06-01", by="finance", json=a_request())
    assert answer.status_code == 503


def test_many_at_once_are_all_refused_with_one_alarm_and_nothing_is_recorded(call, recorded, planted, caplog):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call("POST", "/v1/suggestions", json=a_request()), range(16)))
    assert {answer.status_code for answer in answers} == {503}
    assert len(alarms(caplog)) == 1
    assert recorded() == (0, 0)
