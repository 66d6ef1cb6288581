"""GET /v1/cases/{id}/agreement: the letter to the customer."""

import pytest

from tests.http.casework import a_suggested_case, done, post, talk


@pytest.fixture
def open_talks(call):
    """A case in which an offer lies on the table."""
    case = a_suggested_case(call)
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    return case


def test_the_letter_follows_a_yes_and_comes_in_the_readers_language(call, open_talks):
    at = f"/v1/cases/{open_talks}/agreement"
    assert call("GET", at).status_code == 404
    done(post(call, open_talks, "agreement", {"option": 1}))
    for language, word in (("en", "what we agreed"), ("zh", "协商结果")):
        answer = call("GET", at, language=language)
        assert answer.headers["Content-Language"] == language
        assert word in answer.json["text"].splitlines()[0]
    assert call("GET", at, by="agent2").status_code == 404


def test_the_letter_names_its_talks_and_its_decision(call, open_talks):
    talk(call, open_talks, "left")
    at = f"/v1/cases/{open_talks}/agreement"
    letter = call("GET", at).json
    assert letter["text"].startswith(f"Your complaint {open_talks}: how our talks ended\n")
    assert letter["talk"] == 1
    assert letter["decision"] == call("GET", f"/v1/cases/{open_talks}").json["decision"]
    assert call("GET", f"{at}?talk=1").json == letter
    assert call("GET", f"{at}?talk=2").status_code == 404
    assert call("GET", f"{at}?talk=first").status_code == 422
