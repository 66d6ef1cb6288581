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
    told = "sqlite:///FILE or a path; else SETTLEMENT_DATABASE_URL, else a file in your data folder."
    return click.option("--database", metavar="URL", help=told)(command)


@click.command()
@database_option
def init(database: str | None) -> None:
    """Create the database, or bring an older one up to date, and say where it is."""
    with database_to_write(database):
        click.echo(f"The database is ready: {_url(database)}")


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
    from settlement.store.database import Database

    url = _url(option)
    _refuse_missing(url)
    with faults_told(), Database.open(url) as database:
        if not database.is_current():
            raise _unusable(f"{url} does not have the tables of this version")
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
    """A mistyped path is an error, not a new empty file. A URL that makes no sense is left to the store."""
    from pathlib import Path

    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        file = make_url(url).database
    except (ArgumentError, ValueError):
        return
    if file and file != ":memory:" and not Path(file).expanduser().exists():
        raise _unusable(f"there is none at {url}")


def _unusable(problem: str) -> BadInput:
    return BadInput(
        [Fault("database", problem, "run: settlement init, or name the right one with --database")]
    )


def _url(option: str | None, file_name: str = "settlement.sqlite3") -> str:
    from settlement.desk.location import database_url

    return database_url(option, os.environ, file_name)
