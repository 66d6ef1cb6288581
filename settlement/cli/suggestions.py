"""`settlement advise`: what may be offered to this customer, and what to say first."""

from datetime import date
from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, database_to_write
from settlement.cli.languages import language_option
from settlement.cli.lines import LINES_HELP, answer_lines, file_argument, holds_lines, read_request

if TYPE_CHECKING:
    from settlement.store.database import Database


def _read_day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = None
    if text is not None and not (day and 1800 <= day.year <= 2199 and text == day.isoformat()):
        raise click.BadParameter(f"{text!r} is not a day; write one like 2026-01-31.")
    return day


_HELP = f"""Suggest a settlement for a complaint, and what to say first.

Without --json a FILE with one complaint is answered with a page for people. The command line has a
director's word and an auditor's view. Without --record no database is opened.

{LINES_HELP}"""


@click.command(help=_HELP)
@file_argument
@click.option("--json", "as_json", is_flag=True, help="Write the full answer as JSON.")
@click.option("--record", is_flag=True, help="Record each decision, with its audit entry.")
@language_option
@click.option(
    "--as-of", callback=_read_day, metavar="DATE", help="Try the rules of another day; cannot be offered."
)
@database_option
def advise(
    file: str, as_json: bool, record: bool, language: str, as_of: date | None, database: str | None
) -> None:
    if record and as_of:
        raise click.UsageError("--as-of only tries rules of another day: what it answers is never recorded.")
    if database and not record:
        raise click.UsageError("--database goes with --record; without it no database is opened.")
    if not record:
        return _advise(file, as_json, language, as_of, None)
    with database_to_write(database) as opened:
        return _advise(file, as_json, language, None, opened)


def _advise(file: str, as_json: bool, language: str, as_of: date | None, database: "Database | None") -> None:
    from settlement.cli.adviser import Adviser
    from settlement.rules.library import load_books

    adviser = Adviser(load_books(), language, as_of, database)
    if holds_lines(file):
        return answer_lines(file, lambda line: adviser.answer(line).as_line(), "case", "id")
    answer = adviser.answer(read_request(file))
    if as_json:
        click.echo(answer.as_line().encode())
    else:
        from settlement.cli.page import print_decision

        print_decision(answer, language)
    return None
