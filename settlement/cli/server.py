"""`settlement serve` and `settlement demo`: the HTTP service."""

import errno
import logging
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, faults_told
from settlement.cli.labels import Labels
from settlement.cli.languages import language_option
from settlement.errors import BadInput, Fault
from settlement.roles import Actor, Role

if TYPE_CHECKING:
    from flask import Flask

LOOPBACK, PORT = "127.0.0.1", 8080
PORTS_TRIED = 100

DEMO_ACTORS = {
    "demo-agent": Actor("Demo agent", Role.AGENT),
    "demo-supervisor": Actor("Demo supervisor", Role.SUPERVISOR),
    "demo-finance": Actor("Demo finance", Role.FINANCE),
    "demo-admin": Actor("Demo admin", Role.ADMIN),
}

port_option = click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@port_option
@click.option("--with-worker", is_flag=True, help="Do in this process what `settlement worker` does.")
@database_option
def serve(host: str, port: int, with_worker: bool, database: str | None) -> None:
    """Serve the HTTP interface until Ctrl-C or SIGTERM; running requests end first.

    The database is created or brought up to date; a released rule book that was changed is refused.
    Plain HTTP: put a proxy with TLS before it, on this machine. Its X-Forwarded-For tells who logs in.
    """
    log_to_stderr()
    from settlement.cli.worker import beside
    from settlement.desk.location import database_url
    from settlement.web.app import create_app
    from settlement.web.server import serve as run

    location = database_url(database, os.environ)
    with faults_told():
        app = create_app(location)
    working = beside(location, app.extensions["settlement"].books) if with_worker else nullcontext()
    try:
        with working:
            run(app, host, port, lambda url: click.echo(f"Serving on {url} - the routes are at {url}/docs"))
    except (OSError, ValueError) as error:
        raise _cannot_listen(host, port, error) from error


@click.command()
@port_option
@language_option
@database_option
def demo(port: int, language: str, database: str | None) -> None:
    """Show an example decision, then serve on this machine with demo tokens and a database of its own.

    If the port is taken, the next free one is used.
    """
    log_to_stderr()
    from settlement.cli.adviser import Adviser
    from settlement.cli.page import print_decision
    from settlement.desk.location import database_url, shown
    from settlement.rules.library import load_books
    from settlement.web.app import create_app

    example = _example()
    books = load_books()
    print_decision(Adviser(books, language).answer(example.read_bytes()), language)
    url = database_url(database, os.environ, "demo.sqlite3")
    with faults_told():
        app = create_app(url, demo_actors=DEMO_ACTORS, books=books)
        _introduce_demo_actors(app)
    _serve_on_next_free(
        app, port, lambda base: click.echo(_how_to_ask(base, example, shown(url), Labels(language)))
    )


def _introduce_demo_actors(app: "Flask") -> None:
    """Make them users of the demonstration's database, so that cases can be handed to them."""
    from settlement.desk.people import create_person
    from settlement.store.people import find_person

    with app.extensions["settlement"].database.transaction() as tx:
        for actor in DEMO_ACTORS.values():
            if find_person(tx, actor.name) is None:
                create_person(
                    tx,
                    name=actor.name,
                    role=actor.role,
                    by=Actor("local", Role.DIRECTOR),
                    now=datetime.now(UTC),
                )


def _example() -> Path:
    import settlement

    example = Path(settlement.__file__).parents[1] / "examples" / "ordinary_customer.json"
    if not example.is_file():
        remedy = "run the demo from a checkout of the repository: make run"
        raise BadInput([Fault(str(example), "is not there", remedy)])
    return example


def _serve_on_next_free(app: "Flask", first: int, on_ready: Callable[[str], None]) -> None:
    """Serve on the first free port from `first` on. Raises BadInput if there is none nearby."""
    from settlement.web.server import serve as run

    for port in range(first, min(first + PORTS_TRIED, 65536)):
        try:
            return run(app, LOOPBACK, port, on_ready)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _cannot_listen(LOOPBACK, port, error) from error
            click.echo(f"Port {port} is taken; trying {port + 1}.", err=True)
    raise BadInput([Fault(f"--port {first}", "is taken, and so are those after it", "name a free one")])


def _how_to_ask(base: str, example: Path, database: str, labels: Labels) -> str:
    """A request that works as pasted, from any folder."""
    return f"""
{labels("demo", "serving", base, database)}
{labels("demo", "tokens", ", ".join(DEMO_ACTORS), base)}

{labels("demo", "ask")}

curl -s {base}/v1/suggestions \\
  -H "Authorization: Bearer demo-agent" \\
  -H "Content-Type: application/json" \\
  -d {shlex.quote(f"@{example}")}

{labels("demo", "stop")}"""


def _cannot_listen(host: str, port: int, error: Exception) -> BadInput:
    problem = str(getattr(error, "strerror", None) or error)
    return BadInput([Fault(f"{host}:{port}", problem, "choose another with --port or --host")])


def log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("settlement").setLevel(logging.INFO)
