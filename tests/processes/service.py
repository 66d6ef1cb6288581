"""The service as a process that can be killed, and a client that never gives up."""

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

SCRIPT = Path(sys.executable).parent / "settlement"
PATIENCE_S = 60


@dataclass
class Process:
    """A command that is started again after it was killed. What it says goes to a file."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with tempfile.NamedTemporaryFile("rb") as said:
            with Path(said.name).open("wb") as out:
                self.process = subprocess.Popen(
                    [SCRIPT, *self.arguments],
                    env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
                    stdout=out,
                    stderr=subprocess.DEVNULL,
                )
            self.wait_for(said)

    def wait_for(self, said: IO[bytes]) -> None:
        """A worker needs nothing to begin."""

    def kill(self) -> None:
        """As by a power cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Service(Process):
    """`settlement serve` on a port of its own choice; `base` is where it listens now."""

    base: str = ""

    def wait_for(self, said: IO[bytes]) -> None:
        until, text = monotonic() + PATIENCE_S, ""
        while not (found := re.search(r"http://[0-9.]+:[0-9]+", text)):
            assert monotonic() < until, f"the service did not start: {text!r}"
            sleep(0.02)
            text += said.read().decode()
        self.base = found[0]


@contextmanager
def a_service(database_url: str) -> Iterator[Service]:
    """A running service over a database."""
    service = Service(("serve", "--port", "0"), {"SETTLEMENT_DATABASE_URL": database_url})
    service.start()
    try:
        yield service
    finally:
        service.kill()


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    etag: str | None


def send(
    service: Service,
    method: str,
    path: str,
    token: str,
    body: Any = None,
    *,
    key: str | None = None,
    version: str | None = None,
) -> Answer:
    """Ask until there is an answer; the same key makes asking again safe. Raises TimeoutError."""
    until = monotonic() + PATIENCE_S
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if key else {}
    headers |= {"If-Match": version} if version else {}
    data = None if body is None else json.dumps(body).encode()
    while monotonic() < until:
        request = urllib.request.Request(service.base + path, data, headers, method=method)
        try:
            answer = _answer(request)
        except (urllib.error.URLError, http.client.HTTPException, ValueError, OSError):
            answer = None
        if answer is not None and answer.status not in (429, 503):
            return answer
        sleep(0.05)
    raise TimeoutError(f"{method} {path}: no answer for {PATIENCE_S} s")


def _answer(request: urllib.request.Request) -> Answer:
    """What is answered, yes or no; raises where the connection broke."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, json.loads(answer.read()), answer.headers["ETag"])
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.loads(error.read()), None)
