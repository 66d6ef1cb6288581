"""The database of a command: where it is, that it is there, and `settlement init`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from settlement.errors import BadInput, Fault

if TYPE_CHECKING:
    from settlement.store.database import Database


def database_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --database."""
    told = (
        "sqlite:///FILE, a path, or postgresql://USER@HOST/NAME; "
        "else SETTLEMENT_DATABASE_URL, else a file in your data folder."
    )
    return click.option("--database", metavar="URL", help=told)(command)


@click.command()
@click.option(
    "--grant-to", metavar="ROLE", help="PostgreSQL: let this role do the service's work, and nothing else."
)
@database_option
def init(grant_to: str | None, database: str | None) -> None:
    """Create the tables, or bring older ones up to date, and say where they are.

    On PostgreSQL the database itself must be there, and the tables belong to whoever runs this. The
    service should be another role: with --grant-to it may read and add, and change only what is no
    record, so that it can never take the guards of the records down. Name it again after each upgrade.
    """
    from settlement.desk.location import shown
    from settlement.store.guards import grant

    with database_to_write(database) as opened:
        if grant_to is not None:
            with opened.transaction() as tx:
                grant(tx, grant_to)
    click.echo(f"The database is ready: {shown(_url(database))}")


@contextmanager
def database_to_write(option: str | None, file_name: str = "settlement.sqlite3") -> Iterator["Database"]:
    """The database, created and brought up to date. Raises BadInput when it cannot be used."""
    from settlement.store.database import Database

    with faults_told(), Database.open(_url(option, file_name)) as database:
        database.upgrade()
        yield database


@contextmanager
def database_to_read(option: str | None) -> Iterator["Database"]:
    """A database that is there and of this version; it is not changed. Raises BadInput."""
    from settlement.desk.location import shown
    from settlement.store.database import Database

    url = _url(option)
    _refuse_missing(url)
    with faults_told(), Database.open(url) as database:
        if not database.is_current():
            raise _unusable(f"{shown(url)} does not have the tables of this version")
        yield database


@contextmanager
def faults_told() -> Iterator[None]:
    """What the database itself refuses, such as a full disk, as BadInput."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        fault = Fault("database", f"the work was not done: {error.orig}", "mend that, then run this again")
        raise BadInput([fault]) from error


def _refuse_missing(url: str) -> None:
    """A mistyped path is an error, not a new empty file. All other URLs are left to the store."""
    from pathlib import Path

    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return
    file = parsed.database if parsed.get_backend_name() == "sqlite" else None
    if file and file != ":memory:" and not Path(file).expanduser().exists():
        raise _unusable(f"there is none at {url}")


def _unusable(problem: str) -> BadInput:
    return BadInput(
        [Fault("database", problem, "run: settlement init, or name the right one with --database")]
    )


def _url(option: str | None, file_name: str = "settlement.sqlite3") -> str:
    from settlement.desk.location import database_url

    return database_url(option, os.environ, file_name)
