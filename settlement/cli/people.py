"""`settlement user`: who may act, and in which role."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from settlement.cli.database import database_option, database_to_read, database_to_write
from settlement.cli.problems import printable
from settlement.errors import BadInput
from settlement.roles import Actor, Role

LOCAL = Actor("local", Role.DIRECTOR)
role_choice = click.Choice([str(role) for role in Role])


def _read_name(_ctx: click.Context, _param: click.Parameter, name: str) -> str:
    from settlement.desk.people import check_name

    try:
        check_name(name)
    except BadInput as bad:
        fault = bad.faults[0]
        raise click.BadParameter(f"{fault.problem}: {fault.remedy}.") from bad
    return name


def name_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --name."""
    told = "Who it is, as records will name them."
    return click.option("--name", required=True, callback=_read_name, help=told)(command)


_hand_over_option = click.option(
    "--hand-over-to", metavar="NAME", help="Who takes over what waits for them: cases, requests, promises."
)


@click.group()
def user() -> None:
    """People: one name, one role at a time. `token create` and `user create` make them; nobody is removed."""


@user.command("list")
@database_option
def list_all(database: str | None) -> None:
    """Everybody: name, role, since when, and how they stand. Columns are parted by tabs."""
    from settlement.store.people import all_people

    now = datetime.now(UTC)
    with database_to_read(database) as opened, opened.reading() as tx:
        found = all_people(tx)
    click.echo("name\trole\tcreated_at\tpassword\tstanding")
    for each in found:
        if each.disabled_at is not None:
            standing = f"disabled {each.disabled_at:%Y-%m-%d}"
        elif each.locked_until is not None and each.locked_until > now:
            standing = f"locked until {each.locked_until:%Y-%m-%d %H:%M}"
        else:
            standing = "active"
        password = "set" if each.password_hash else "none"
        line = (each.name, each.role, f"{each.created_at:%Y-%m-%d}", password, standing)
        click.echo("\t".join(map(printable, line)))


@user.command()
@name_option
@click.option("--role", type=role_choice, required=True, help="What the person may do.")
@database_option
def create(name: str, role: str, database: str | None) -> None:
    """Let somebody act in a role, who then logs in with a password."""
    from settlement.desk.people import create_person

    with database_to_write(database) as opened, opened.transaction() as tx:
        create_person(tx, name=name, role=Role(role), by=LOCAL, now=datetime.now(UTC))
    click.echo(f"{name} is {role}.")


@user.command("set-role")
@click.argument("name")
@click.argument("role", type=role_choice)
@_hand_over_option
@database_option
def set_role(name: str, role: str, hand_over_to: str | None, database: str | None) -> None:
    """Put a person in another role. Their tokens follow at once.

    Refused while something waits for them that they could not do any more, unless somebody takes it over.
    """
    from settlement.desk import people

    now = datetime.now(UTC)
    with database_to_write(database) as opened, opened.transaction() as tx:
        people.set_role(tx, name, Role(role), by=LOCAL, now=now, hand_over_to=hand_over_to)
    click.echo(f"{name} is {role}.")


@user.command()
@click.argument("name")
@_hand_over_option
@database_option
def disable(name: str, hand_over_to: str | None, database: str | None) -> None:
    """Stop a person and all their tokens at once.

    Refused while cases or requests wait for them, unless somebody takes them over. Nobody decides in their
    place any more, nor they in anybody's.
    """
    from settlement.desk.people import disable_person

    now = datetime.now(UTC)
    with database_to_write(database) as opened, opened.transaction() as tx:
        disable_person(tx, name, by=LOCAL, now=now, hand_over_to=hand_over_to)
    click.echo(f"{name} is disabled.")


@user.command()
@click.argument("name")
@database_option
def enable(name: str, database: str | None) -> None:
    """Let a person act again who was disabled or locked out."""
    from settlement.desk.people import enable_person

    with database_to_write(database) as opened, opened.transaction() as tx:
        enable_person(tx, name, by=LOCAL, now=datetime.now(UTC))
    click.echo(f"{name} may act.")


@user.command("set-password")
@click.argument("name")
@database_option
def set_password(name: str, database: str | None) -> None:
    """Give a person a password: asked for twice, or one line of stdin where that is no terminal."""
    from settlement.desk import people
    from settlement.desk.login import check_password, hash_of_password

    password = _asked() if sys.stdin.isatty() else sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    check_password(password, name)
    slow_hash = hash_of_password(password)
    with database_to_write(database) as opened, opened.transaction() as tx:
        people.set_password(tx, name, slow_hash, by=LOCAL, now=datetime.now(UTC))
    click.echo(f"{name} has a new password.")


def _asked() -> str:
    found: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return found
