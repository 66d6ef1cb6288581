"""The walk through a case in docs/life-of-a-case.md: every command does, as it stands there, what is shown."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "life-of-a-case.md").read_text("utf-8")
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PARTED = "--- the next block ---"
BASE = "http://127.0.0.1:8080"


def commands_and_answers() -> list[tuple[str, str]]:
    """Each block of commands with the answer that is shown below it; nothing where none is shown."""
    found: list[tuple[str, str]] = []
    for language, text in BLOCK.findall(PAGE):
        if language == "sh":
            found.append((text, ""))
        else:
            found[-1] = (found[-1][0], text)
    return found


def pattern(shown: str) -> str:
    """An answer as it is shown: … stands for anything."""
    return ".*".join(map(re.escape, shown.split("…")))


@pytest.fixture
def demo(started, tmp_path):
    """Where a demonstration listens that has a database of its own."""
    with started("demo", "--port", 0, "--database", tmp_path / "demo.sqlite3") as process:
        told = ""
        while "Stop with" not in told:
            line = process.stdout.readline().decode()
            assert line, process.stderr.read()
            told += line
        yield re.search(r"Serving on (http://\S+)", told)[1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def played(base: str) -> subprocess.CompletedProcess[str]:
    """What the page's commands answer when they are pasted one after the other."""
    lines = ["set -e"]
    for commands, _ in commands_and_answers():
        lines += [commands.replace(BASE, base), f"echo '{PARTED}'"]
    return subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="the page asks with curl")
def test_every_command_of_the_page_works_and_answers_what_is_shown_twice_over(demo):
    assert BASE in PAGE
    for _ in range(2):
        done = played(demo)
        assert (done.returncode, done.stderr) == (0, "")
        answers = done.stdout.split(f"{PARTED}\n")[:-1]
        for (commands, shown), answer in zip(commands_and_answers(), answers, strict=True):
            assert re.fullmatch(pattern(shown), answer, re.DOTALL), (commands, answer)


def test_every_body_of_the_example_is_sent():
    bodies = {file.stem for file in (ROOT / "examples" / "case").iterdir()}
    assert set(re.findall(r"\$\(body (\w+)\)", PAGE)) == bodies


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", PAGE))
def test_the_page_links_to_what_is_there(link):
    assert (ROOT / "docs" / link).exists()
