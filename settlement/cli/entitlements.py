"""`settlement entitle`: what a published table gives."""

from typing import TYPE_CHECKING, Any

import click

from settlement.cli.languages import language_option
from settlement.cli.lines import (
    LINES_HELP,
    answer_lines,
    file_argument,
    holds_lines,
    read_request,
    write_json,
)
from settlement.errors import BadInput, Fault
from settlement.strict_json import read_json

if TYPE_CHECKING:
    from settlement.rules.library import Books

_HELP = f"""Ask the published table PACK what it gives.

Each object is {{"id": …, "facts": {{…}}}}, the id may be left out; money is a text in the table's
currency. The answer has every published output by its name, "currency", "book" and "reasons"; an
"amount" of null means that the table does not answer.

{LINES_HELP}"""


@click.command(help=_HELP)
@click.argument("pack")
@file_argument
@language_option
def entitle(pack: str, file: str, language: str) -> None:
    from settlement.rules.library import load_books

    books = load_books()
    books.pack(pack)  # a name that is no pack is told once, before any line
    if holds_lines(file):
        answer_lines(file, lambda line: _answer(books, pack, line, language), "id")
    else:
        click.echo(_answer(books, pack, read_request(file), language).encode())


def _answer(books: "Books", pack: str, raw: bytes, language: str) -> str:
    """Raises BadInput with every fault of the line and of its facts."""
    from settlement.desk.entitlements import entitle as ask

    line = read_json(raw)
    if not isinstance(line, dict):
        raise BadInput([Fault("", "is not a JSON object", 'write {"id": …, "facts": {…}}')])
    faults = _faults_of(line)
    facts = line.get("facts")
    try:
        answer = ask(books, pack, facts, language) if isinstance(facts, dict) else {}
    except BadInput as bad:
        faults += bad.faults
    if faults:
        raise BadInput(faults)
    return write_json({"id": line.get("id"), **answer})


def _faults_of(line: dict[str, Any]) -> list[Fault]:
    """What is wrong with a line beside its facts."""
    steps = ((name, name.replace("~", "~0").replace("/", "~1")) for name in line)
    faults = [
        Fault(f"/{step}", "is not a known name", "give only id and facts")
        for name, step in steps
        if name not in ("id", "facts")
    ]
    given = line.get("id")
    if not (given is None or isinstance(given, str) or type(given) is int):
        faults.append(Fault("/id", "is neither a text nor a whole number", "write a text, or leave it out"))
    if not isinstance(line.get("facts"), dict):
        faults.append(Fault("/facts", "is missing or not an object", 'write "facts": {"name": value, …}'))
    return faults
