"""`settlement audit`: that nothing recorded was changed or moved; signing that; taking it elsewhere."""

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from settlement.cli.database import database_option, database_to_read, database_to_write
from settlement.cli.problems import FINDINGS, printable
from settlement.errors import BadInput, Fault

if TYPE_CHECKING:
    from settlement.audit import Finding

_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
@click.option("--export", type=_FILE, help="A file of `audit export`, instead of a database.")
@click.option("--public-key", type=_FILE, help="The key with which every checkpoint must be signed.")
@database_option
def verify(head: str | None, export: Path | None, public_key: Path | None, database: str | None) -> None:
    """Check the whole log and every record against it; writes nothing.

    Note the hash that it prints: with --head it later shows that even a log rewritten from end to end
    is another one. So do checkpoints, with --public-key. Exit code 1 where anything is wrong.
    """
    trusted = None if public_key is None else _read_public(public_key)
    if export is None:
        from settlement.desk.audit import verify_records

        with database_to_read(database) as opened, opened.reading() as tx:
            count, last_hash, findings = verify_records(tx, head, trusted)
    else:
        from settlement.desk.audit_export import read_export, verify_export

        if database is not None:
            raise click.UsageError("--export needs no --database.")
        exported = read_export(export.read_bytes())
        count, last_hash = exported.head.count, exported.head.last_hash
        findings = verify_export(exported, known_head=head, public_key=trusted)
    told = f"{_entries(count)}, head {last_hash or 'none'}"
    if findings:
        _tell(findings, told)
    click.echo(f"{told}: whole")


@audit.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@database_option
def export(form: str, database: str | None) -> None:
    """Write the whole log, its head and its checkpoints to stdout; `audit verify --export` reads them."""
    from settlement.desk.audit_export import export_lines

    with database_to_read(database) as opened, opened.reading() as tx:
        for line in export_lines(tx, form):
            click.echo(line, nl=False)


@audit.command()
@click.option("--key", required=True, type=_FILE, help="The private key, as `audit keygen` made it.")
@database_option
def checkpoint(key: Path, database: str | None) -> None:
    """Check the whole log, then sign how far it has come. Nothing is signed where anything is wrong."""
    from settlement.checkpoints import read_private
    from settlement.cli.people import LOCAL
    from settlement.desk.audit import verify_records
    from settlement.desk.checkpoints import add_checkpoint
    from settlement.store.audit import head

    signer = read_private(_text(key), str(key))
    with database_to_write(database) as opened:
        with opened.reading() as tx:
            (count, last_hash, findings), stood = verify_records(tx), head(tx)
        if findings:
            _tell(findings, f"{_entries(count)}, head {last_hash or 'none'}")
        with opened.transaction() as tx:
            made = add_checkpoint(tx, stood, signer, by=LOCAL, now=datetime.now(UTC))
    click.echo(f"Checkpoint {made.number}: {_entries(made.count)}, head {made.last_hash or 'none'}, signed")


@audit.command()
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The file to make.")
def keygen(key: Path) -> None:
    """Make a key that signs checkpoints, and beside it FILE.pub, which those who verify need.

    Keep the key where whoever runs the database cannot read it.
    """
    from settlement.checkpoints import SEED_BYTES, key_from, private_text, public_text

    made = key_from(secrets.token_bytes(SEED_BYTES))
    public = key.with_name(f"{key.name}.pub")
    for file in (key, public):
        if file.exists():
            raise BadInput(
                [Fault(str(file), "is there already", "name another file; a key is never replaced")]
            )
    _write_new(key, private_text(made), 0o600)
    _write_new(public, public_text(made), 0o644)
    click.echo(f"The key: {key}\nIts public half: {public}")


def _write_new(file: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="ascii") as out:
        out.write(text)


def _read_public(file: Path) -> str:
    from settlement.checkpoints import read_public

    return read_public(_text(file), str(file))


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace")


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _tell(findings: "list[Finding]", told: str) -> NoReturn:
    for finding in findings:
        click.echo(printable(f"entry {finding.seq}: {finding.problem}"))
    click.echo(f"{told}: NOT whole, {len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    raise click.exceptions.Exit(FINDINGS)
