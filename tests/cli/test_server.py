"""`settlement serve` and `settlement demo` as processes."""

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from settlement.cli.labels import Labels
from settlement.cli.server import _how_to_ask
from settlement.errors import BadBook, Fault

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken():
    """A port of this machine that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def read_until(process, pattern: str) -> str:
    """What a process says up to and with a line that matches."""
    told = ""
    while line := process.stdout.readline().decode():
        told += line
        if re.search(pattern, line):
            return told
    raise AssertionError(told + process.stderr.read().decode())


def role_of(base: str, token: str) -> str:
    asked = urllib.request.Request(f"{base}/v1/me", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)["role"]


def test_serve_migrates_says_where_and_ends_on_ctrl_c(started, tmp_path):
    file = tmp_path / "new.sqlite3"
    with started("serve", "--port", 0, "--database", file) as process:
        url = re.search(r"http://127\.0\.0\.1:\d+", read_until(process, "Serving"))[0]
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
        assert b"Traceback" not in process.stderr.read()
    assert file.exists()


def test_serve_says_when_the_port_is_taken(script, taken, tmp_path):
    done = script("serve", "--port", taken, "--database", tmp_path / "x.sqlite3")
    assert done.returncode == 2
    assert f"127.0.0.1:{taken}: Address already in use\n  To do: ".encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_serve_refuses_a_changed_released_edition(run, monkeypatch, tmp_path):
    def refuse(*_args):
        raise BadBook(
            [Fault("editions.lock: a 1", "has changed", "put it back"), Fault("b", "odd", "mend it")]
        )

    monkeypatch.setattr("settlement.web.app.load_books", refuse)
    result = run("serve", "--port", 0, "--database", tmp_path / "x.sqlite3")
    assert result.exit_code == 2
    assert (
        "editions.lock: a 1: has changed\n  To do: put it back\nb: odd\n  To do: mend it\n" in result.stderr
    )


def test_the_demo_shows_a_decision_takes_a_free_port_and_a_request_that_works(
    started, taken, tmp_path, monkeypatch
):
    monkeypatch.delenv("SETTLEMENT_DATABASE_URL")
    with started("demo", "--port", taken, cwd=tmp_path) as process:
        told = read_until(process, "Ctrl-C")
        assert "291.39 CNY" in told
        assert f":{taken}" not in told
        request = told[told.index("curl ") : told.index("\n\nStop")]
        url = re.search(r"http://\S+/v1/suggestions", request)[0]
        file = re.search(r"-d '?@(.+?)'?$", request)[1]
        assert Path(file).is_absolute()
        headers = dict(re.findall(r'-H "([^:]+): ([^"]+)"', request))
        asked = urllib.request.Request(url, Path(file).read_bytes(), headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 201
            assert json.load(answer)["decision"].startswith("d-")
        base, tokens = url.removesuffix("/v1/suggestions"), re.search(r"Tokens of .*: (.*)\. Routes", told)[1]
        assert {role_of(base, token) for token in tokens.split(", ")} == {
            *("agent", "supervisor", "finance", "admin")
        }
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, 130)
        assert f"Port {taken} is taken" in process.stderr.read().decode()
    assert (tmp_path / "data" / "settlement" / "demo.sqlite3").exists()


def test_demo_tokens_are_for_the_demo_only(started, tmp_path):
    with started("serve", "--port", 0, "--database", tmp_path / "x.sqlite3") as process:
        url = re.search(r"http://\S+:\d+", read_until(process, "Serving"))[0]
        asked = urllib.request.Request(f"{url}/v1/books", headers={"Authorization": "Bearer demo-agent"})
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(asked, timeout=5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_the_demo_says_how_to_ask_in_chinese_too():
    told = _how_to_ask("http://127.0.0.1:1", Path("/example.json"), "sqlite:///x", Labels("zh"))
    assert "服务地址 http://127.0.0.1:1，数据库 sqlite:///x\n" in told
    assert "Stop" not in told
    assert "demo-admin" in told


def test_the_pasted_request_is_one_shell_command(tmp_path):
    told = _how_to_ask("http://127.0.0.1:1", Path("/a folder/it's.json"), "sqlite:///x", Labels("en"))
    command = told[told.index("curl ") : told.index("\n\nStop")].replace("curl", "printf '%s\\n'", 1)
    words = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert words[-1] == "@/a folder/it's.json"
