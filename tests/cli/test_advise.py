"""`settlement advise`: lines, pages, errors, and no database without --record."""

import json
import logging
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from settlement.cli.adviser import Adviser
from settlement.errors import EnginesDisagree
from settlement.rules.evaluate import LiveEdition
from settlement.rules.library import load_books
from settlement.strict_json import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(sys.executable).parent / "settlement"
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.json"))


def test_lines_come_out_in_order_with_errors_between(run, example, read_lines):
    lines = [
        example(case_id="C-1"),
        "",
        {"case": {"id": "C-2"}},
        "this is not JSON",
        example("face_only", case_id="C-3", color="blue"),
        '{"case": {"id": "C-4"}, "case": {}}',
        [],
        example("food_claim", case_id="C-5"),
    ]
    result = run("advise", "-", input=lines)
    first, incomplete, unreadable, unknown, twice, a_list, last = read_lines(result)
    assert result.exit_code == 1
    assert first["decision"] is None
    assert first["range"]["opening"] == {"amount": "291.39", "currency": "CNY"}
    assert incomplete["id"] == "C-2"
    assert {"/case/kind", "/complaint"} <= {fault["pointer"] for fault in incomplete["error"]["faults"]}
    assert unreadable["id"] is None
    assert "one whole JSON object on each line" in unreadable["error"]["faults"][0]["remedy"]
    assert unknown["id"] == "C-3"
    assert [fault["pointer"] for fault in unknown["error"]["faults"]] == ["/color"]
    assert twice["id"] is None
    assert a_list["id"] is None
    assert set(a_list["error"]) == {"title", "faults"}
    assert last["packs"][0]["id"] == "cn_food_drug_punitive"


def test_every_fault_says_where_what_and_what_to_do(run, example, read_lines):
    (line,) = read_lines(run("advise", "-", input=[example(case_id="C-9", policy="nobody", order=7)]))
    for fault in line["error"]["faults"]:
        assert set(fault) == {"pointer", "problem", "remedy"}
        assert fault["problem"]


def test_all_lines_answered_is_exit_code_0(run, example):
    assert run("advise", "-", input=[example(), example("smart_watch")]).exit_code == 0


def test_a_jsonl_file_is_read_line_by_line(run, example, read_lines, tmp_path):
    file = tmp_path / "two.jsonl"
    file.write_text(f"{json.dumps(example())}\n\n{json.dumps(example('smart_watch'))}", "utf-8")
    result = run("advise", file)
    assert [line["severity"]["grade"] for line in read_lines(result)] == [2, 2]


def test_a_line_that_is_too_long_is_one_error(run, example, read_lines):
    lines = ["x" * (MOST_BYTES + 1), "y" * (3 * MOST_BYTES), example()]
    first, second, third = read_lines(run("advise", "-", input=lines))
    assert "too long" in first["error"]["faults"][0]["problem"]
    assert second == first
    assert third["offers"]


def test_lines_are_answered_as_they_come(started, example):
    with started("advise") as process:
        for case_id in ("C-1", "C-2"):
            process.stdin.write(json.dumps({"case": {"id": case_id}}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == case_id
        process.stdin.close()
        assert process.wait(60) == 1


def test_no_database_is_opened_without_record(run, example, tmp_path):
    result = run("advise", "-", input=[example()])
    assert result.exit_code == 0
    assert list(tmp_path.iterdir()) == []
    refused = run("advise", "--record", "-", input=[example()])
    assert refused.exit_code == 2
    assert "database" in refused.stderr


def test_json_of_a_file_is_the_same_answer_as_its_line(run, example, read_lines):
    file = ROOT / "examples" / "ordinary_customer.json"
    (whole,) = read_lines(run("advise", "--json", file))
    assert [whole] == read_lines(run("advise", "-", input=[example()]))
    assert whole["trace"]["sums"]


def test_the_language_chooses_every_text(run, example, read_lines):
    (line,) = read_lines(run("advise", "-", "--language", "zh", input=[example()]))
    assert line["severity"]["text"] == "一般"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_page_in_both_languages(run, name, language):
    result = run("advise", ROOT / "examples" / f"{name}.json", "--language", language)
    assert result.exit_code == 0
    assert ("Why" if language == "en" else "依据") in result.stdout
    assert "\x1b" not in result.stdout


def test_a_file_with_faults_tells_them_all_on_stderr(run, example, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(example(case_id="", color="blue")), "utf-8")
    result = run("advise", file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "/color: is not a known name\n  To do: " in result.stderr
    assert "/case/id: " in result.stderr


def test_a_fault_cannot_steer_the_terminal(run, example, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(example() | {"\x1b]0;owned\x07": 1}), "utf-8")
    assert "\x1b" not in run("advise", file).stderr


def test_rules_of_another_day_are_tried_and_marked(run, read_lines):
    file = ROOT / "examples" / "ordinary_customer.json"
    assert "cannot be offered" in run("advise", file, "--as-of", "2026-02-01").stdout
    (line,) = read_lines(run("advise", file, "--as-of", "2026-02-01", "--json"))
    assert line["as_of"] == "2026-02-01"
    before = run("advise", file, "--as-of", "2020-01-01")
    assert before.exit_code == 1
    assert "in force" in before.stderr


@pytest.mark.parametrize("day", ["2026-02-30", "20260201", "2026-2-1", "1200-01-01", "soon"])
def test_a_day_that_is_none_is_refused(run, day):
    result = run("advise", "-", "--as-of", day, input="")
    assert result.exit_code == 2
    assert "2026-01-31" in result.stderr


@pytest.mark.parametrize("options", [("--record", "--as-of", "2026-01-01"), ("--database", "x.sqlite3")])
def test_options_that_do_not_go_together_are_refused(run, options, tmp_path):
    result = run("advise", "-", *options, input="")
    assert result.exit_code == 2
    assert "record" in result.stderr


def test_engines_that_disagree_are_an_alarm_and_an_error_of_that_line(
    run, example, read_lines, monkeypatch, caplog
):
    def differ(*_args):
        raise EnginesDisagree("the executors differ on the rows a, b")

    monkeypatch.setattr(LiveEdition, "match", differ)
    monkeypatch.setattr("settlement.rules.library.load_books", load_books)  # latched off: not to be shared
    with caplog.at_level(logging.ERROR):
        result = run("advise", "-", input=[example(case_id="C-1"), example(case_id="C-2")])
    assert [line["id"] for line in read_lines(result)] == ["C-1", "C-2"]
    assert result.exit_code == 1
    (alarm,) = [record for record in caplog.records if record.name == "settlement.alarm"]
    assert alarm.levelno == logging.CRITICAL
    assert alarm.getMessage().startswith("ALARM")


def test_a_mistake_of_ours_on_one_line_does_not_stop_the_rest(run, example, read_lines, monkeypatch):
    whole = Adviser.answer

    def clumsy(self, raw):
        assert b"C-1" not in raw, "a bug"
        return whole(self, raw)

    monkeypatch.setattr(Adviser, "answer", clumsy)
    result = run("advise", "-", input=[example(case_id="C-1"), example(case_id="C-2")])
    bug, answer = read_lines(result)
    assert bug == {"id": "C-1", "error": {"title": "A mistake of ours", "faults": bug["error"]["faults"]}}
    assert answer["offers"]


def test_ctrl_c_ends_quietly(started):
    with started("advise", "-") as process:
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""


def test_a_reader_that_goes_away_ends_it_quietly(started):
    with started("advise", "-") as process:
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"{}\n")
        process.stdin.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_an_output_that_is_full_is_told_without_a_traceback():
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run([SCRIPT, "policy", "check"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"the output: No space left on device\n"


def test_help_answers_at_once_and_lists_every_command(script):
    begun = time.monotonic()
    done = script("--help")
    assert time.monotonic() - begun < 1
    commands = re.findall(rb"^  ([a-z]+)  ", done.stdout, re.MULTILINE)
    assert b" ".join(commands) == (
        b"advise audit demo due entitle erase init negotiate policy replay report serve token user worker"
    )


@pytest.mark.parametrize(
    "command",
    [
        "",
        "advise",
        "entitle",
        "policy check",
        "serve",
        "replay",
        "audit verify",
        "negotiate",
        "due",
        "worker",
    ],
)
def test_help_loads_nothing_heavy(command):
    code = f"""
import sys
from settlement.cli import main
main({command.split()!r} + ["--help"], standalone_mode=False)
heavy = {{"pydantic", "sqlalchemy", "rich", "flask", "durable_rules_engine"}} & set(sys.modules)
sys.exit(f"loaded {{heavy}}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
