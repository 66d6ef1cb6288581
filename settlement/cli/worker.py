"""`settlement worker`: does what time alone brings about. Any number may run over one database."""

import logging
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, database_to_write
from settlement.cli.labels import Labels
from settlement.cli.languages import language_option
from settlement.cli.problems import FINDINGS
from settlement.cli.server import log_to_stderr

if TYPE_CHECKING:
    from settlement.rules.library import Books
    from settlement.store.database import Database

EVERY_S = 60

log = logging.getLogger("settlement")


@click.command()
@click.option(
    "--every",
    type=click.IntRange(1, 86_400),
    default=EVERY_S,
    show_default=True,
    help="Seconds between two rounds.",
)
@click.option("--once", is_flag=True, help="Do one round, say what was done, and end.")
@language_option
@database_option
def worker(every: int, once: bool, language: str, database: str | None) -> None:
    """Break promises that are overdue, remind, escalate, let offers lapse and forget what is old.

    Runs until Ctrl-C or SIGTERM; what it is doing then ends first. Exit code 1 with --once where
    something could not be done: the log says what.
    """
    log_to_stderr()
    from settlement.rules.library import load_books

    books, stop = load_books(), Event()
    with database_to_write(database) as opened:
        if once:
            from settlement.desk.duties import run_duties

            _report(run_duties(opened, books, datetime.now(UTC)), language)
        else:
            _stop_on_signals(stop)
            opened.scrub()  # whoever forgot somebody last may have been killed before they did
            click.echo(Labels(language)("line", "working", every))
            keep_working(opened, books, stop, every)


def keep_working(database: "Database", books: "Books", stop: Event, every_s: int) -> None:
    """One round after the other until `stop` is set. What goes wrong is logged and tried again."""
    from settlement.desk.duties import run_duties
    from settlement.errors import OutcomeUnknown, Unavailable

    while not stop.is_set():
        try:
            if done := run_duties(database, books, datetime.now(UTC)):
                log.info("worker: %s", ", ".join(f"{name} {count}" for name, count in sorted(done.items())))
        except (Unavailable, OutcomeUnknown) as error:
            log.warning("worker: %s; the next round tries again", error)
        except Exception:
            log.exception("worker: this round failed; the next one tries again")
        stop.wait(every_s)


@contextmanager
def beside(database_url: str, books: "Books") -> Iterator[None]:
    """A worker in a thread of this process, with a connection of its own, for as long as the block runs."""
    from settlement.store.database import Database

    stop = Event()
    with Database.open(database_url) as database:
        thread = Thread(target=keep_working, args=(database, books, stop, EVERY_S), name="worker")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _stop_on_signals(stop: Event) -> None:
    def hear(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, hear)


def _report(done: Counter[str], language: str) -> None:
    labels = Labels(language)
    if not done:
        click.echo(labels("line", "nothing_due"))
    for name, count in sorted(done.items()):
        click.echo(f"{labels('duty', name)}: {count}")
    if done["failed"]:
        raise click.exceptions.Exit(FINDINGS)
