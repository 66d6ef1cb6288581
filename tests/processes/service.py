"""The service as processes that can be killed, and clients: one that never gives up, and several at once."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from time import monotonic, sleep
from typing import Any

SCRIPT = Path(sys.executable).parent / "settlement"
PATIENCE_S = 60


@dataclass
class Process:
    """A command that is started again after it was killed.

    ready  what it says when it is at work, a pattern; `said` is that, in its own words
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    ready: str
    said: str = ""
    process: subprocess.Popen[bytes] | None = None
    output: int = -1

    def begin(self) -> None:
        self.output, name = tempfile.mkstemp()
        Path(name).unlink()
        self.process = subprocess.Popen(
            [SCRIPT, *self.arguments],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            stdout=self.output,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        assert self.process is not None
        until, text = monotonic() + PATIENCE_S, ""
        while not (found := re.search(self.ready, text)):
            gone = self.process.poll() is not None or monotonic() > until
            assert not gone, f"{self.arguments} did not start: {text!r}"
            sleep(0.02)
            text = os.pread(self.output, 10_000, 0).decode()
        self.said = found[0]

    def kill(self) -> None:
        """As by a power cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            os.close(self.output)
            self.process = None

    def restart(self) -> None:
        self.kill()
        self.begin()
        self.wait()


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """While the block runs, so do these, started together; they are killed at its end."""
    with ExitStack() as at_the_end:
        for each in processes:
            at_the_end.callback(each.kill)
            each.begin()
        for each in processes:
            each.wait()
        yield


def a_service(database_url: str) -> Process:
    """`settlement serve` on a port of its own choice; what it says then is where it listens."""
    return Process(
        ("serve", "--port", "0"), {"SETTLEMENT_DATABASE_URL": database_url}, "http://[0-9.]+:[0-9]+"
    )


def a_worker(database_url: str) -> Process:
    """`settlement worker`, which looks for what is due every second."""
    return Process(("worker", "--every", "1"), {"SETTLEMENT_DATABASE_URL": database_url}, "every 1 seconds")


@dataclass(frozen=True)
class Request:
    """What somebody asks for. With a key it may be sent again, and again."""

    method: str
    path: str
    token: str
    body: Any = None
    version: str | None = None
    key: str | None = None

    def to(self, base: str) -> urllib.request.Request:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": self.key} if self.key else {}
        headers |= {"If-Match": self.version} if self.version else {}
        data = None if self.body is None else json.dumps(self.body).encode()
        return urllib.request.Request(base + self.path, data, headers, method=self.method)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    etag: str | None


def send(service: Process, request: Request) -> Answer:
    """Ask until there is an answer. Raises TimeoutError."""
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        try:
            answer = _answer(request.to(service.said))
        except (urllib.error.URLError, http.client.HTTPException, ValueError, OSError):
            answer = None
        if answer is not None and answer.status not in (429, 503):
            return answer
        sleep(0.05)
    raise TimeoutError(f"{request}: no answer for {PATIENCE_S} s")


def send_together(services: Sequence[Process], requests: Sequence[Request]) -> list[Answer]:
    """The answers to requests that are sent at the same moment, to one service after the other."""
    begin = Barrier(len(requests))

    def ask(number: int) -> Answer:
        begin.wait(PATIENCE_S)
        return send(services[number % len(services)], requests[number])

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(ask, range(len(requests))))


def _answer(request: urllib.request.Request) -> Answer:
    """What is answered, yes or no; raises where the connection broke."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, json.loads(answer.read()), answer.headers["ETag"])
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.loads(error.read()), None)
