"""The case that the README opens and diagnoses."""

from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "case"


def test_the_case_of_the_readme_is_opened_diagnosed_and_talked_about(call):
    def post(path: str, example: str | None = None, version: str | None = None, json=None):
        data = (EXAMPLES / example).read_bytes() if example else None
        headers = {"If-Match": version} if version else {}
        sent = {"data": data, "content_type": "application/json"} if data else {"json": json}
        answer = call("POST", path, headers=headers, **sent)
        assert answer.status_code in (200, 201), answer.json
        return answer

    opened = post("/v1/cases", "open.json")
    assert opened.headers["ETag"] == '"2"'
    diagnosed = post("/v1/cases/C-1008/diagnosis", "diagnosis.json", '"2"')
    suggested = post("/v1/cases/C-1008/suggestion", version=diagnosed.headers["ETag"], json={})
    confirmed = post(
        "/v1/cases/C-1008/rounds", version=suggested.headers["ETag"], json={"event": "confirmed"}
    )
    assert confirmed.json["step"] == "decompose"
