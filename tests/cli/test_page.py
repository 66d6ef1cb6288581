"""The printed page: labels for every code, both languages, widths, terminals."""

import ast
import json
import os
import pty
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest
from rich.cells import cell_len

from settlement.cases.fairness import ALL, BANDS
from settlement.cli.labels import Labels
from settlement.cli.page import moment, ruler
from settlement.cli.reports import NAMES
from settlement.complaint import CaseKind, Matter
from settlement.dates import DurationUnit
from settlement.decision.answer import Rung
from settlement.desk.due import KINDS
from settlement.desk.reports import COLUMNS
from settlement.negotiation.events import Item, Round
from settlement.negotiation.talks import State, Step
from settlement.roles import Role
from settlement.rules.book import BookKind, Head, Hit, OwedIn, Standing
from settlement.rules.policy import CASE_KINDS
from settlement.rules.types import Kind

ROOT = Path(__file__).resolve().parents[2]
LABELS = ROOT / "settlement" / "cli" / "labels.toml"
SCRIPT = Path(sys.executable).parent / "settlement"
CODES = {
    "head": Head,
    "owed_in": OwedIn,
    "standing": Standing,
    "hit": Hit,
    "type": Kind,
    "unit": DurationUnit,
    "kind": (*CASE_KINDS, *BookKind),
    "status": ("draft", "scheduled", "in_force", "superseded"),
    "confidence": ("low", "medium", "high"),
    "source": ("verified_loss", "history", "estimate", "neutral", "referrals", "reach"),
    "cap": ("order_value", "past_margin", "lifetime", "influence_cap"),
    "role": Role,
    "due_kind": KINDS,
    "talk_state": State,
    "step": Step,
    "event": tuple(each.model_fields["event"].default for each in get_args(get_args(Round)[0])),
    "item": get_args(Item.model_fields["kind"].annotation),
    "weight": get_args(Item.model_fields["weight"].annotation),
    "clock": (*("first_response", "diagnosis", "progress", "resolution", "visit", "review"),),
    "report": NAMES,
    "report_column": {column for columns in COLUMNS.values() for column in columns},
    "report_code": {
        *("yes", "no", ALL, *CaseKind, *BANDS, *Rung),
        *(
            code
            for name in ("problem", "cause", "harm")
            for code in get_args(Matter.model_fields[name].annotation)
        ),
    },
}


def test_every_label_is_in_both_languages():
    labels = tomllib.loads(LABELS.read_text("utf-8"))
    assert all(set(each) == {"en", "zh"} for kind in labels.values() for each in kind.values())


@pytest.mark.parametrize("kind", CODES)
def test_every_code_has_a_label(kind):
    assert [code for code in CODES[kind] if not Labels("zh").knows(kind, code)] == []
    if kind.startswith("report"):
        labels = tomllib.loads(LABELS.read_text("utf-8"))[kind]
        assert [code for code in labels if code not in CODES[kind]] == []


def test_every_sum_of_a_trace_has_words(run, read_lines):
    labels = Labels("zh")
    lines = [json.loads(file.read_text("utf-8")) for file in sorted((ROOT / "examples").glob("*.json"))]
    for answer in read_lines(run("advise", "-", input=lines)):
        for each in answer["trace"]["sums"]:
            assert labels.knows("quantity", each["name"])
            assert labels.knows("formula", each["formula"]), each["formula"]
            assert all(labels.knows("quantity", name) for name in each["operands"] if " from " not in name)


def test_exactly_the_formulas_of_the_trace_have_words():
    """Also those that no example reaches: every formula is written out in `decision/tracing.py`."""
    tree = ast.parse((ROOT / "settlement" / "decision" / "tracing.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 4]
    lines = [call.args[1] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_line"]
    at_stake = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_at_stake"
    )
    given = [node.value for node in ast.walk(at_stake) if isinstance(node, ast.Return)]
    written = {node.value for node in (*lines, *given) if isinstance(node, ast.Constant)}
    assert set(tomllib.loads(LABELS.read_text("utf-8"))["formula"]) == written


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("page", ["advise examples/food_claim.json", "policy show retail-cn"])
def test_no_line_is_wider_than_the_terminal(run, page, width, language, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run(*page.split(), "--language", language).stdout
    assert max(map(cell_len, shown.splitlines())) <= width
    assert width == 80 or max(map(cell_len, shown.splitlines())) > 80


def test_on_a_narrow_terminal_no_number_is_cut_off(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    shown = run("advise", ROOT / "examples" / "food_claim.json").stdout
    assert shown.count("1348.00 CNY") >= 4


def test_a_terminal_gets_colours_and_a_pipe_none():
    command = [SCRIPT, "advise", ROOT / "examples" / "face_only.json"]
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        told = b""
        while chunk := _read(ours):
            told += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[" in told
    assert b"\x1b" not in subprocess.run(command, capture_output=True, check=True).stdout


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_a_case_id_is_shown_as_it_is_and_steers_nothing(run, example, tmp_path):
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(example(case_id="[bold]C\x9b31m :smile:")), "utf-8")
    shown = run("advise", file).stdout
    assert "[bold]C\\x9b31m :smile:" in shown


def test_a_consultation_has_clocks_and_no_offer(run, example, tmp_path):
    file = tmp_path / "ask.json"
    request = example()
    request["case"]["kind"] = "consultation"
    file.write_text(json.dumps(request), "utf-8")
    shown = run("advise", file).stdout
    assert "only a complaint leads to offers" in shown
    assert "Time limits" in shown


@pytest.mark.parametrize(
    ("amount", "at"), [(100, 0), (200, 19), (150, 9)], ids=["the floor", "the ceiling", "half-way"]
)
def test_a_ruler_marks_where_an_amount_lies(amount, at):
    assert ruler(amount, 100, 200).index("●") == at
    assert len(ruler(amount, 100, 200)) == 20
    assert ruler(5, 5, 5)[0] == "●"


def test_the_end_of_a_day_is_the_day():
    china = timezone(timedelta(hours=8))
    assert moment(datetime(2026, 3, 6, 23, 59, 59, tzinfo=china)) == "2026-03-06"
    assert moment(datetime(2026, 3, 6, 9, 5, tzinfo=china)) == "2026-03-06 09:05"
    assert moment(None) == ""


def test_every_level_has_a_name_in_the_policy(run):
    shown = run("policy", "show", "retail-cn", "--language", "zh").stdout
    assert all(name in shown for name in ("客服", "资深客服", "主管", "经理", "总监"))
