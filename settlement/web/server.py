"""The server: waitress under our own loop, so that SIGTERM lets running requests end."""

import signal
import socket
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from settlement.strict_json import MOST_BYTES

THREADS = 8
CONNECTIONS = 500
"""Open at once; above it newcomers wait until another ends, or has been idle for half a minute."""
PROXY = "127.0.0.1"
"""The proxy that ends TLS, on this machine: it alone may say for whom it asks."""
GRACE_S = 20
"""How long a request that is running may still take after SIGTERM; a second signal ends it at once."""


def serve(app: Flask, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `on_ready` gets the base URL.

    Raises OSError if the port is taken or the host is none of this machine.
    """
    server: Any = create_server(
        app,
        host=one_address(host),
        port=port,
        threads=THREADS,
        ident="settlement",
        channel_timeout=30,
        max_request_header_size=32_768,
        max_request_body_size=2 * MOST_BYTES,  # above this a body is not even kept until it has come whole
        connection_limit=CONNECTIONS,
        trusted_proxy=PROXY,
        trusted_proxy_headers={"x-forwarded-for"},
        clear_untrusted_proxy_headers=True,
    )
    stops: list[float] = []

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stops.append(monotonic())
        server.pull_trigger()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    shown = f"[{host}]" if ":" in host else host
    on_ready(f"http://{shown}:{server.effective_port}")
    while not stops:
        wasyncore.loop(timeout=1, use_poll=True, map=server._map, count=1)
    _refuse_newcomers(server)
    while _is_busy(server) and len(stops) < 2 and monotonic() - stops[0] < GRACE_S:
        wasyncore.loop(timeout=0.2, use_poll=True, map=server._map, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(server._map, ignore_all=True)


def one_address(host: str) -> str:
    """The address of a host, IPv4 before IPv6: for a name with two, waitress would make two servers."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return str(min(found, key=lambda each: each[0] != socket.AF_INET)[4][0])


def _refuse_newcomers(server: Any) -> None:
    server.accepting = False
    server.socket.close()
    server._map.pop(server._fileno, None)


def _is_busy(server: Any) -> bool:
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len for channel in channels)
