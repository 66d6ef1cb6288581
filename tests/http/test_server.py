"""The real server in its own process: sockets, signals, hostile clients."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import sleep

import pytest

from settlement.web.server import one_address

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / "examples" / "ordinary_customer.json").read_bytes()

PROGRAM = """
import sys, threading
from flask import request
from settlement.roles import Actor, Role
from settlement.web.app import create_app
from settlement.web.server import serve
app = create_app(sys.argv[1], demo_actors={"agent": Actor("Agent", Role.AGENT)})
begun = threading.Event()
@app.get("/slow")
def slow():
    print("begun", flush=True)
    sys.stdin.readline()
    return "done" * 500_000
serve(app, "127.0.0.1", int(sys.argv[2]), lambda url: print(url, flush=True))
"""


@contextmanager
def server(database_url: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process and its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), database_url, str(port)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        line = process.stdout.readline().strip()
        assert line.startswith("http://127.0.0.1:"), line + process.stderr.read()
        yield process, int(line.rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


def post(port: int, body: bytes = EXAMPLE, headers: dict[str, str] | None = None) -> tuple[int, dict]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = {"Authorization": "Bearer agent", "Content-Type": "application/json"} | (headers or {})
        connection.request("POST", "/v1/suggestions", body, sent)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def takes_newcomers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def raw(port: int, data: bytes) -> bytes:
    """The status line that answers some bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(data)
        return sock.recv(4096).partition(b"\r\n")[0]


def test_a_complaint_is_answered_over_a_real_socket(database_url):
    with server(database_url) as (_, port):
        status, answer = post(port)
        assert status == 201
        assert answer["offers"][0]["amount"] == {"amount": "291.39", "currency": "CNY"}


def test_the_proxy_on_this_machine_says_who_tries_to_log_in(database_url):
    def attempt(port: int, number: int, address: str) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        body = json.dumps({"name": f"Li {number}", "password": "whatever it may be"})
        sent = {"Content-Type": "application/json", "X-Forwarded-For": f"192.0.2.{number}, {address}"}
        try:
            connection.request("POST", "/v1/login", body, sent)
            return connection.getresponse().status
        finally:
            connection.close()

    with server(database_url) as (_, port):
        assert 429 in [attempt(port, number, "198.51.100.1") for number in range(60)]
        assert attempt(port, 0, "198.51.100.2") == 401


def test_sigterm_lets_a_running_request_end_and_the_process_exits_well(database_url):
    with server(database_url) as (process, port):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/slow")
        assert process.stdout.readline().strip() == "begun"
        process.send_signal(signal.SIGTERM)
        while takes_newcomers(port):
            pass
        sleep(1.5)  # longer than the server waits for threads that it gives up
        process.stdin.write("\n")
        process.stdin.flush()
        answer = connection.getresponse()
        assert len(answer.read()) == 2_000_000
        connection.close()
        assert process.wait(timeout=30) == 0


def test_an_idle_server_stops_at_once_on_either_signal(database_url):
    for each in (signal.SIGTERM, signal.SIGINT):
        with server(database_url) as (process, _):
            process.send_signal(each)
            assert process.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_an_error(database_url):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, database_url, str(taken.getsockname()[1])],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert "OSError" in done.stderr


def test_half_sent_requests_do_not_hold_up_others(database_url):
    with server(database_url) as (_, port):
        half = []
        for _ in range(150):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.sendall(b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            half.append(sock)
        assert post(port)[0] == 201
        for sock in half:
            sock.close()


def test_a_body_that_never_ends_is_not_waited_for_when_the_server_stops(database_url):
    with server(database_url) as (process, port), socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        assert post(port)[0] == 201
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


def test_a_second_signal_ends_a_request_that_does_not(database_url):
    with server(database_url) as (process, port), socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert process.stdout.readline().strip() == "begun"
        process.send_signal(signal.SIGTERM)
        while takes_newcomers(port):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


def test_a_body_far_too_large_is_refused_before_it_is_sent(database_url):
    with server(database_url) as (_, port):
        head = b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"
        assert b" 413 " in raw(port, head)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /v1/limits?\xff=\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b" 400 "),
        (b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b" 400 "),
        (b"GET /v1/limits?%ff=%fe HTTP/1.1\r\nHost: x\r\n\r\n", b" 422 "),
        (b"GET /v1//limits HTTP/1.1\r\nHost: x\r\n\r\n", b" 404 "),
        (b"GET /v1/limits HTTP/1.1\r\nHost: a b\r\n\r\n", b" "),
        (b"nonsense\r\n\r\n", b" 400 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b" 400 "),
        (b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b" 400 "),
        (b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", b" 400 "),
        (b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", b" 501 "),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_bytes_of_a_hostile_kind_are_answered(hostile_port, sent, status):
    answer = raw(hostile_port, sent)
    assert answer.startswith(b"HTTP/1.")
    assert status in answer
    assert b" 500 " not in answer


@pytest.fixture(scope="module")
def hostile_port(tmp_path_factory):
    """One server for all hostile bytes, which still answers when they are over."""
    file = tmp_path_factory.mktemp("hostile") / "settlement.sqlite3"
    with server(f"sqlite:///{file}") as (_, port):
        yield port
        assert post(port)[0] == 201


def test_a_name_with_two_addresses_makes_one_server(monkeypatch):
    six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
    four = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    for found, chosen in (([six, four], "127.0.0.1"), ([six], "::1")):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, found=found, **__: found)
        assert one_address("localhost") == chosen


def test_what_is_too_large_is_refused_with_its_own_status(database_url):
    with server(database_url) as (_, port):
        header = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000 + b"\r\n\r\n"
        assert b" 431 " in raw(port, header)
        assert post(port, b" " * 1_000_001)[0] == 413


def test_a_chunked_body_that_is_too_large_is_refused_and_not_cut(database_url):
    with server(database_url) as (_, port):
        chunk = b"%x\r\n" % 100_000 + b" " * 100_000 + b"\r\n"
        head = (
            b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer agent\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        assert b" 413 " in raw(port, head + chunk * 11 + b"0\r\n\r\n")


def test_many_at_once_are_all_answered_and_all_recorded(database_url, database):
    with server(database_url) as (_, port):
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.extend(post(port)[0] for _ in range(10))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [201] * 80
    with database.reading() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM decisions").scalar_one() == 80


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(database_url, database):
    with server(database_url) as (process, port):
        acknowledged = [post(port)[1]["decision"] for _ in range(5)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with database.reading() as tx:
        kept = set(tx.exec_driver_sql("SELECT id FROM decisions").scalars())
    assert set(acknowledged) <= kept
