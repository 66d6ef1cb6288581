"""`settlement token create`: let a secret stand for a person in a role."""

import secrets
from datetime import UTC, datetime

import click

from settlement.cli.database import database_option, database_to_write
from settlement.roles import Actor, Role


@click.group()
def token() -> None:
    """Bearer tokens of the HTTP service."""


def _read_name(_ctx: click.Context, _param: click.Parameter, name: str) -> str:
    if not (name.strip() and len(name) <= 64 and name.isprintable()):
        raise click.BadParameter("write 1 to 64 printable characters.")
    return name


@token.command()
@click.option(
    "--role", type=click.Choice([str(role) for role in Role]), required=True, help="What the person may do."
)
@click.option("--name", required=True, callback=_read_name, help="Who it is, as records will name them.")
@database_option
def create(role: str, name: str, database: str | None) -> None:
    """Make a token for a person. It alone stands on the last line of stdout and is shown only this once."""
    from settlement.desk.tokens import create_token

    secret = secrets.token_urlsafe(32)
    with database_to_write(database) as opened, opened.transaction() as tx:
        create_token(
            tx,
            name=name,
            role=Role(role),
            secret=secret,
            token_id=f"t-{secrets.token_hex(8)}",
            by=Actor("local", Role.DIRECTOR),
            now=datetime.now(UTC),
        )
    click.echo(
        f"{name} may now act as {role} with this token. It is shown only once and kept nowhere:", err=True
    )
    click.echo(secret)
