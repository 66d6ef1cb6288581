"""GET /v1/cases/{id}/agreement: the letter to the customer."""

from tests.http.casework import a_suggested_case, done, post, talk


def test_the_letter_follows_a_yes_and_comes_in_the_readers_language(call):
    case = a_suggested_case(call)
    assert call("GET", f"/v1/cases/{case}/agreement").status_code == 404
    talk(call, case, "confirmed", {"event": "items_split", "items": []}, "offered")
    done(post(call, case, "agreement", {"option": 1}))
    for language, word in (("en", "what we agreed"), ("zh", "协商结果")):
        answer = call("GET", f"/v1/cases/{case}/agreement", language=language)
        assert answer.headers["Content-Language"] == language
        assert word in answer.json["text"].splitlines()[0]
    assert call("GET", f"/v1/cases/{case}/agreement", by="agent2").status_code == 404
