"""Is the process alive, and may it be sent work?"""

from settlement.rules.rete import DROPS_BEFORE_UNREADY


def test_a_live_process_says_so_without_a_token(call):
    answer = call("GET", "/healthz", by=None)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_process_that_dropped_many_engines_asks_to_be_replaced(call, monkeypatch):
    for dropped, status in ((DROPS_BEFORE_UNREADY - 1, 200), (DROPS_BEFORE_UNREADY, 503)):
        monkeypatch.setattr("settlement.web.health.dropped_engines", lambda dropped=dropped: dropped)
        answer = call("GET", "/readyz", by=None)
        assert answer.status_code == status
        assert answer.json["ready"] == (status == 200)
        assert bool(answer.json["problems"]) == (status == 503)


def test_a_database_that_is_not_up_to_date_is_told(call, monkeypatch):
    monkeypatch.setattr("settlement.web.health.dropped_engines", lambda: 0)
    monkeypatch.setattr("settlement.store.database.Database.is_current", lambda _: False)
    answer = call("GET", "/readyz", by=None)
    assert answer.status_code == 503
    assert "settlement init" in answer.json["problems"][0]
