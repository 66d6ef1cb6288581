"""Running the command line: in this process, or as people do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import settlement.cli.shelf  # these two bind the real load_books before a test stands in for it
import settlement.web.app  # noqa: F401
from settlement.cli import main
from settlement.rules.library import SHELF, Books, load_books

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(sys.executable).parent / "settlement"
NOWHERE = "nonsense://nobody@nowhere/nothing"
"""A database URL that nothing can open."""

Run = Callable[..., Result]


def _hears_ctrl_c() -> None:
    """Whoever runs the tests in the background has it ignored, and a child would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test touches the data of whoever runs it."""
    monkeypatch.setenv("SETTLEMENT_DATABASE_URL", NOWHERE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def shared_books() -> Books:
    return load_books()


@pytest.fixture(autouse=True)
def _shelf_read_once(monkeypatch: pytest.MonkeyPatch, shared_books: Books) -> None:
    """Commands run in this process share the books and their engines: that saves half the time."""

    def read(shelf: Path = SHELF) -> Books:
        return shared_books if shelf == SHELF else load_books(shelf)

    monkeypatch.setattr("settlement.rules.library.load_books", read)


@pytest.fixture
def run() -> Run:
    """The command line in this process; `input` may be lines of data."""

    def invoke(*args: object, input: Any = None) -> Result:
        text = input if input is None or isinstance(input, str | bytes) else as_lines(input)
        return CliRunner().invoke(main, [str(arg) for arg in args], input=text, catch_exceptions=False)

    return invoke


@pytest.fixture
def script() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The installed script in a process of its own."""

    def call(*args: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
        command = [SCRIPT, *map(str, args)]
        return subprocess.run(command, capture_output=True, timeout=20, check=False, **options)

    return call


@pytest.fixture
def started() -> Callable[..., Any]:
    """A process that runs on; it is killed at the end if nothing else ended it."""

    @contextmanager
    def start(*args: object, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        command = [SCRIPT, *map(str, args)]
        with subprocess.Popen(
            command, env=environment, preexec_fn=_hears_ctrl_c, **pipes | options
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    return start


@pytest.fixture
def example() -> Callable[..., dict[str, Any]]:
    """A request from examples/, with another case id or other keys where given."""

    def read(name: str = "ordinary_customer", *, case_id: str | None = None, **said: Any) -> dict[str, Any]:
        request = json.loads((ROOT / "examples" / f"{name}.json").read_text("utf-8")) | said
        return request | {"case": request["case"] | {"id": case_id}} if case_id is not None else request

    return read


@pytest.fixture
def fraud_facts() -> dict[str, Any]:
    """Facts under cn_consumer_fraud that give 500.00."""
    return {
        "conduct_date": "2026-02-20",
        "price": "100.00",
        "fraud_established": True,
        "consumer_purchase": True,
        "requested": True,
        "other_law_chosen": False,
        "label_flaw_only": False,
        "claim_engineered": False,
    }


def as_lines(data: list[Any]) -> str:
    """One line each; a text stands as it is."""
    return "".join(
        f"{each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)}\n" for each in data
    )


@pytest.fixture
def read_lines() -> Callable[[Result | bytes], list[dict[str, Any]]]:
    def read(output: Result | bytes) -> list[dict[str, Any]]:
        raw = output if isinstance(output, bytes) else output.stdout_bytes
        return [json.loads(line) for line in raw.decode("utf-8").splitlines()]

    return read
