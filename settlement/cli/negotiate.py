"""`settlement negotiate`: play the talks of a case in the terminal, round by round."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, database_to_read, faults_told
from settlement.cli.languages import language_option
from settlement.cli.problems import BAD_INPUT, FINDINGS, printable
from settlement.errors import NotFound, Refused, SettlementError

if TYPE_CHECKING:
    from settlement.cli.talk_page import Stage
    from settlement.store.database import Database

_HELP = """Play the talks of a case: it shows what to do and say next, you tell what happened.

CASE is a case in the database, or a file with a complaint, which is then played in a database of its own
that is forgotten afterwards. Write one event a line; ? lists them, an empty line leaves.
You act as `local`, with a director's word.
"""


@click.command(help=_HELP)
@click.argument("case")
@language_option
@database_option
def negotiate(case: str, language: str, database: str | None) -> None:
    from settlement.cli.talk_page import Stage
    from settlement.rules.library import load_books

    with _opened(case, database) as (opened, raw):
        stage = Stage(opened, load_books(), language)
        case_id = stage.open(raw) if raw is not None else case
        _play(stage, case_id)


@contextmanager
def _opened(case: str, database: str | None) -> Iterator[tuple["Database", bytes | None]]:
    """The database of the case, or a fresh one and the complaint to be played in it."""
    from settlement.store.database import Database

    file = Path(case)
    if not file.is_file():
        with database_to_read(database) as opened:
            yield opened, None
        return
    if database:
        raise click.UsageError("--database goes with a case that is in it; a file is played in its own.")
    with (
        TemporaryDirectory() as folder,
        faults_told(),
        Database.open(f"sqlite:///{Path(folder) / 'talks.sqlite3'}") as opened,
    ):
        opened.upgrade()
        yield opened, file.read_bytes()


def _play(stage: "Stage", case_id: str) -> None:
    from settlement.cli.talk_lines import Unread

    try:
        stage.show(case_id)
    except (NotFound, Refused) as error:
        code = "no_case" if isinstance(error, NotFound) else "no_talks"
        click.echo(printable(stage.labels("talk_error", code, case_id)), err=True)
        sys.exit(BAD_INPUT if isinstance(error, NotFound) else FINDINGS)
    for line in _lines(stage.prompt):
        if line == "?":
            stage.show_events()
            continue
        try:
            click.echo(printable(stage.hear(case_id, line)))
        except (SettlementError, Unread) as error:
            for told in stage.what_instead(case_id, error):
                click.echo(printable(told), err=True)
            continue
        stage.show(case_id)


def _lines(prompt: str) -> Iterator[str]:
    """What is typed, line by line, until an empty one or the end."""
    stream = sys.stdin
    while True:
        click.echo(prompt, nl=False)
        line = stream.readline().strip()
        if not line:
            click.echo()
            return
        if not stream.isatty():
            click.echo(line)
        yield line
