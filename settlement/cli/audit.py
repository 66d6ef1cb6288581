"""`settlement audit verify`: that nothing recorded was changed, removed or moved."""

import re

import click

from settlement.cli.database import database_option, database_to_read
from settlement.cli.problems import FINDINGS, printable

_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@click.group()
def audit() -> None:
    """The audit log."""


def _read_head(_ctx: click.Context, _param: click.Parameter, head: str | None) -> str | None:
    if head is not None and not _HASH.fullmatch(head):
        raise click.BadParameter(
            "write all 64 characters of the hash, 0-9 and a-f; a shorter one proves little."
        )
    return head


@audit.command()
@click.option(
    "--head", metavar="HASH", callback=_read_head, help="A hash noted earlier: nothing up to it may be gone."
)
@database_option
def verify(head: str | None, database: str | None) -> None:
    """Check the whole log and every decision against it; writes nothing.

    Note the hash that it prints: with --head it later shows that even a log rewritten from end to
    end is another one. Exit code 1 where anything is wrong.
    """
    from settlement.desk.audit import verify_records

    with database_to_read(database) as opened, opened.reading() as tx:
        count, last_hash, findings = verify_records(tx, head)
    told = f"{count} {'entry' if count == 1 else 'entries'}, head {last_hash or 'none'}"
    if not findings:
        click.echo(f"{told}: whole")
        return
    for finding in findings:
        click.echo(printable(f"entry {finding.seq}: {finding.problem}"))
    click.echo(f"{told}: NOT whole, {len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    raise click.exceptions.Exit(FINDINGS)
