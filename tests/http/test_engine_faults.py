"""Where the executors differ nothing is decided: 503, one alarm, the edition off until restart."""

import logging

import pytest

import settlement.rules.evaluate as evaluating
from settlement.rules.reference import matching_rows
from tests.builders import a_request
from tests.http.test_roles import FACTS


@pytest.fixture
def planted(monkeypatch):
    """The walker loses a row of the severity table, until it is told to stop."""

    def wrong(table, values):
        rows = matching_rows(table, values)
        return rows - {0} if table.id == "severity" else rows

    monkeypatch.setattr(evaluating, "matching_rows", wrong)
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


def test_a_key_is_not_spent_on_a_fault(call, app, planted):
    assert call("POST", "/v1/suggestions", key="k", json=a_request()).status_code == 503
    assert call("POST", "/v1/suggestions", key="k", json=a_request(id="C-2")).status_code == 503
