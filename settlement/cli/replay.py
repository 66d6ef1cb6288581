"""`settlement replay`: decide a recorded complaint again and compare every byte."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, database_to_read
from settlement.cli.problems import FINDINGS, printable

if TYPE_CHECKING:
    from settlement.desk.replay import Replayed


@click.command()
@click.argument("decision", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help="Replay every recorded decision.")
@database_option
def replay(decision: str | None, every: bool, database: str | None) -> None:
    """Decide recorded complaints again by the books that they name and compare; writes nothing.

    Exit code 1 where anything differs.
    """
    if every == bool(decision):
        raise click.UsageError("Give the ID of one decision, or --all.")
    from settlement.desk.replay import replay as replay_one
    from settlement.desk.replay import replay_all
    from settlement.rules.library import load_books

    books = load_books()
    with database_to_read(database) as opened, opened.reading() as tx:
        replayed = [replay_one(tx, books, decision)] if decision else _with_progress(replay_all(tx, books))
        count, differing = _told(replayed)
    click.echo(f"{count} {'decision' if count == 1 else 'decisions'} replayed, {differing} differ")
    if differing:
        raise click.exceptions.Exit(FINDINGS)


def _told(replayed: Iterable["Replayed"]) -> tuple[int, int]:
    """How many there were and how many differ; each of those is told."""
    count = differing = 0
    for each in replayed:
        count += 1
        if each.problem:
            differing += 1
            click.echo(printable(f"{each.decision}: {each.problem}"))
    return count, differing


def _with_progress(replayed: Iterable["Replayed"]) -> Iterator["Replayed"]:
    """The same, with a count on a terminal."""
    shown = sys.stderr.isatty()
    for number, each in enumerate(replayed, 1):
        if shown and number % 50 == 0:
            click.echo(f"\r{number} replayed …", err=True, nl=False)
        yield each
    if shown:
        click.echo("\r\033[K", err=True, nl=False)
