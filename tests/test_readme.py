"""The README's answer is the real one, its commands are there. Written anew by: .venv/bin/python tests/test_readme.py"""

import json
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import pytest

from settlement.cli import main
from settlement.roles import Actor, Role
from settlement.web.app import create_app

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ANSWER = re.compile(r"(?<=<!-- answer -->\n```json\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
WIDTH = 118


def real_answer(database_url: str) -> dict[str, Any]:
    """What the service answers to the README's request."""
    app = create_app(database_url, demo_actors={"demo-agent": Actor("Demo agent", Role.AGENT)})
    try:
        answer = app.test_client().post(
            "/v1/suggestions",
            data=(ROOT / "examples" / "ordinary_customer.json").read_bytes(),
            content_type="application/json",
            headers={"Authorization": "Bearer demo-agent"},
        )
    finally:
        app.extensions["settlement"].database.close()
    assert answer.status_code == 201
    return {**answer.json, "decision": "d-…"}


def laid_out(value: Any, indent: int = 0) -> str:
    """JSON as a person writes it: what fits on a line stands on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    deeper = " " * (indent + 2)
    if isinstance(value, list):
        lines = [deeper + laid_out(each, indent + 2) for each in value]
        return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"
    lines = [f"{deeper}{json.dumps(name)}: {laid_out(each, indent + 2)}" for name, each in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"


def test_the_answer_in_the_readme_is_the_real_one(database_url: str):
    shown = ANSWER.search(README.read_text("utf-8"))
    assert shown is not None
    assert shown.group(1) == laid_out(real_answer(database_url)) + "\n"


def test_the_readme_shows_both_commands_on_lines_of_their_own_and_closes_every_block():
    lines = README.read_text("utf-8").splitlines()
    assert "make run" in lines
    assert "make test" in lines
    assert sum(line.startswith("```") for line in lines) % 2 == 0


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README.read_text("utf-8")))
def test_the_readme_links_to_what_is_there(link: str):
    assert (ROOT / link).exists()


def commands_of_the_readme() -> list[str]:
    """Every call of the command line, without its remark and without where it reads from and writes to."""
    lines = [
        line for line in README.read_text("utf-8").splitlines() if line.startswith(".venv/bin/settlement ")
    ]
    return [re.split(r" +[#<>] ?", line.removeprefix(".venv/bin/settlement "))[0] for line in lines]


@pytest.mark.parametrize("line", commands_of_the_readme())
def test_the_readme_calls_only_commands_and_options_that_there_are(line: str, monkeypatch):
    monkeypatch.chdir(ROOT)
    command, words = main, shlex.split(line)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    not_yet = (
        "log.jsonl",
        "log.key",
        "log.key.pub",
        "2027.1.toml",
    )  # files that its reader is about to write
    if "keygen" not in line:
        words = ["README.md" if word.endswith(not_yet) else word for word in words]
    command.make_context("settlement", words)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        text = laid_out(real_answer(f"sqlite:///{folder}/readme.sqlite3")) + "\n"
    README.write_text(ANSWER.sub(lambda _: text, README.read_text("utf-8")), "utf-8")
    sys.stdout.write(text)
