"""`settlement token`: bearer tokens of the HTTP service."""

import secrets
from datetime import UTC, datetime, timedelta

import click

from settlement.cli.database import database_option, database_to_read, database_to_write
from settlement.cli.people import LOCAL, name_option, role_choice
from settlement.cli.problems import printable
from settlement.roles import Role


@click.group()
def token() -> None:
    """Bearer tokens of the HTTP service. Each belongs to a person and follows their role."""


@token.command()
@click.option("--role", type=role_choice, required=True, help="What the person may do.")
@name_option
@click.option(
    "--days", type=click.IntRange(1, 3650), help="How long it can be used; else until it is revoked."
)
@database_option
def create(role: str, name: str, days: int | None, database: str | None) -> None:
    """Make a token for a person. It alone stands on the last line of stdout and is shown only this once.

    A new name becomes a user; a name that has another role is refused.
    """
    from settlement.desk.tokens import create_token

    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    with database_to_write(database) as opened, opened.transaction() as tx:
        create_token(
            tx,
            name=name,
            role=Role(role),
            secret=secret,
            token_id=f"t-{secrets.token_hex(8)}",
            by=LOCAL,
            now=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
    click.echo(
        f"{name} may now act as {role} with this token. It is shown only once and kept nowhere:", err=True
    )
    click.echo(secret)


@token.command("list")
@database_option
def list_all(database: str | None) -> None:
    """Every token, never its secret: id, name, when made, and how it stands. Columns are parted by tabs."""
    from settlement.store.tokens import list_tokens

    now = datetime.now(UTC)
    with database_to_read(database) as opened, opened.reading() as tx:
        found = list_tokens(tx)
    click.echo("token\tname\tcreated_at\tstanding")
    for each in found:
        if each.revoked_at is not None:
            standing = f"revoked {each.revoked_at:%Y-%m-%d}"
        elif each.expires_at is not None:
            standing = f"{'expired' if each.expires_at <= now else 'until'} {each.expires_at:%Y-%m-%d %H:%M}"
        else:
            standing = "active"
        line = (each.id, each.name, f"{each.created_at:%Y-%m-%d}", standing)
        click.echo("\t".join(map(printable, line)))


@token.command()
@click.argument("token_id", metavar="TOKEN")
@database_option
def revoke(token_id: str, database: str | None) -> None:
    """Let a token stand for nobody from now on. TOKEN is its id, as `token list` shows it."""
    from settlement.desk.tokens import revoke_token

    with database_to_write(database) as opened, opened.transaction() as tx:
        revoke_token(tx, token_id, by=LOCAL, now=datetime.now(UTC))
    click.echo(printable(f"{token_id} stands for nobody now."))
