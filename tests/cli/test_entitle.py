"""`settlement entitle`: published tables through JSON lines, and every golden case of every pack."""

import json
from pathlib import Path

import pytest

GOLDEN = sorted((Path(__file__).resolve().parents[1] / "golden" / "packs").glob("*.jsonl"))


def test_a_line_gives_every_published_output_at_top_level(run, fraud_facts, read_lines):
    result = run("entitle", "cn_consumer_fraud", "-", input=[{"id": "a", "facts": fraud_facts}])
    (line,) = read_lines(result)
    assert result.exit_code == 0
    assert next(iter(line)) == "id"
    assert (line["id"], line["amount"], line["currency"]) == ("a", "500.00", "CNY")
    assert line["book"]["id"] == "cn_consumer_fraud"
    assert line["reasons"][0]["row"] == "R3"


def test_a_table_that_does_not_answer_says_null(run, fraud_facts, read_lines):
    facts = fraud_facts | {"fraud_established": False}
    (line,) = read_lines(run("entitle", "cn_consumer_fraud", "-", input=[{"facts": facts}]))
    assert line["amount"] is None
    assert line["id"] is None


def test_lines_come_out_in_order_with_errors_between(run, fraud_facts, read_lines):
    good = {"id": 1, "facts": fraud_facts}
    lines = [
        good,
        {"id": "b", "facts": fraud_facts | {"price": "1e3", "requested": "yes", "colour": 1}},
        "{",
        {"id": "d", "facts": [], "fact": {}},
        {"id": ["e"], "facts": fraud_facts},
        {"id": "f"},
        "7",
        good | {"id": "last"},
    ]
    result = run("entitle", "cn_consumer_fraud", "-", input=lines)
    found = read_lines(result)
    assert result.exit_code == 1
    assert [line["id"] for line in found] == [1, "b", None, "d", None, "f", None, "last"]
    pointers = [{fault["pointer"] for fault in line.get("error", {}).get("faults", ())} for line in found]
    assert pointers[1] == {"/facts/price", "/facts/requested", "/facts/colour"}
    assert pointers[3] == {"/fact", "/facts"}
    assert pointers[4] == {"/id"}
    assert pointers[5] == {"/facts"}
    assert "amount" not in found[1]
    assert found[7]["amount"] == "500.00"


def test_a_file_holds_one_object_and_the_id_may_be_left_out(run, fraud_facts, read_lines, tmp_path):
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"facts": fraud_facts}, indent=2), "utf-8")
    (line,) = read_lines(run("entitle", "cn_consumer_fraud", file))
    assert line["amount"] == "500.00"
    file.write_text(json.dumps({"facts": fraud_facts | {"price": 3}}), "utf-8")
    refused = run("entitle", "cn_consumer_fraud", file)
    assert refused.exit_code == 2
    assert "/facts/price: " in refused.stderr


@pytest.mark.parametrize("name", ["nobody", "retail-cn"])
def test_a_name_that_is_no_pack_is_told_once_with_the_packs_there_are(run, name):
    result = run("entitle", name, "-", input="{}\n{}\n")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "cn_consumer_fraud" in result.stderr


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_every_golden_case_comes_out_to_the_penny(script, read_lines, file):
    cases = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    lines = "".join(f"{json.dumps({'id': case['id'], 'facts': case['facts']})}\n" for case in cases)
    done = script("entitle", file.stem, "-", input=lines.encode())
    answers = read_lines(done.stdout)
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    differing = {
        case["id"]: answer
        for case, answer in zip(cases, answers, strict=True)
        if {name: answer.get(name, "absent") for name in case["expect"]} != case["expect"]
    }
    assert not differing
    assert done.returncode == 0
