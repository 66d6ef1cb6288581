"""`settlement policy`: check, show and release rule books."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from settlement.cli.languages import language_option
from settlement.cli.problems import FINDINGS, printable

if TYPE_CHECKING:
    from settlement.cli.shelf import Checked


@click.group()
def policy() -> None:
    """Rule books: a company's policies and the published tables."""


@policy.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Read rule books, run their examples and tell every fault with what to do.

    Without FILES: every book on the shelf, and that no released one was changed. Exit code 1 where
    there is a fault.
    """
    from settlement.cli.shelf import check_file, check_shelf

    checked = [check_file(file) for file in files] if files else check_shelf()
    for each in checked:
        click.echo(printable(_told(each)))
    faults, examples = sum(len(c.faults) for c in checked), sum(_examples(c) for c in checked)
    editions = sum(1 for each in checked if each.edition)
    found = f"{_count(faults, 'fault')} found" if faults else "no faults"
    click.echo(f"{_count(editions, 'edition')} read, {_count(examples, 'example')} run: {found}")
    if faults:
        raise click.exceptions.Exit(FINDINGS)


@policy.command()
@click.argument("book")
@click.option("--edition", metavar="EDITION", help="Which one; else the newest released.")
@language_option
def show(book: str, edition: str | None, language: str) -> None:
    """Print a rule book as finance reads it: dates, source, tables with their words, formulas, parameters."""
    from settlement.cli.book_page import print_book
    from settlement.desk.books import show_book
    from settlement.roles import Actor, Role
    from settlement.rules.library import load_books

    books, today = load_books(), datetime.now(UTC).date()
    shown = show_book(books, book, edition, Actor("local", Role.AUDITOR), language, today)
    found = next(each for each in books.of(book) if each.edition == shown["edition"])
    print_book(found, shown["status"], shown["editions"], language)


@policy.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def lock(files: tuple[Path, ...]) -> None:
    """Release editions: write them into the lock, after which they never change again.

    A book with a fault or a failing example is refused.
    """
    from settlement.cli.shelf import lock_edition
    from settlement.rules.library import LOCK, SHELF

    for file in files:
        edition, is_new = lock_edition(file)
        name = f"{edition.id} {edition.edition}"
        if is_new:
            click.echo(f"Released {name}, digest {edition.digest}, in force from {edition.effective_from}.")
            click.echo(f"Written to {SHELF / LOCK}")
        else:
            click.echo(f"{name} was released before, as it stands; nothing was written.")


def _told(checked: "Checked") -> str:
    """One line for a sound edition, else every fault under the name of its file."""
    if not checked.faults:
        edition = checked.edition
        assert edition is not None
        name = f"{edition.id} {edition.edition}"
        return f"ok  {checked.name}: {name}, {_count(len(edition.examples), 'example')}"
    lines = [f"{checked.name}: {_count(len(checked.faults), 'fault')}"]
    for fault in checked.faults:
        place = fault.place.removeprefix(checked.name).removeprefix(": ")
        lines.append(f"  {place}: {fault.problem}" if place else f"  {fault.problem}")
        if fault.remedy:
            lines.append(f"    To do: {fault.remedy}")
    return "\n".join(lines)


def _examples(checked: "Checked") -> int:
    return len(checked.edition.examples) if checked.edition else 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
