"""`settlement report`: what the records add up to."""

from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, database_to_read
from settlement.cli.labels import Labels
from settlement.cli.languages import language_option
from settlement.cli.problems import printable

if TYPE_CHECKING:
    from datetime import datetime

    from settlement.cases.tallies import Cell, Row
    from settlement.rules.book import Edition
    from settlement.rules.library import Books
    from settlement.rules.types import Text

NAMES = ("cases", "money", "approvals", "overrides", "causes", "haggle", "spread", "clocks")

_DAY = click.DateTime(["%Y-%m-%d"])
_CODES = frozenset({"kind", "problem", "cause", "rung", "harm", "band"})
"""Columns whose texts are codes; a person may be called like one of them."""

_NAMES = _CODES | {
    "what",
    *("category", "currency", "approver", "policy", "person", "rows", "prevention"),
    *("grade", "small", "liability"),
}
"""Columns that say what a row is about."""


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Cases received on this day or later."
)
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Cases received on this day or earlier."
)
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV with the published names of the columns.")
@language_option
@database_option
def report(
    name: str,
    first: "datetime | None",
    last: "datetime | None",
    as_csv: bool,
    language: str,
    database: str | None,
) -> None:
    """Show one report over the cases of a period; days are those of each case's policy.

    cases: how many, how long, how satisfied. money: asked, offered, agreed, kept. approvals: by
    approver, with an alarm for stamping. overrides: by person, rung and row. causes: what comes back,
    and the promises that it will not. haggle: what bargaining brought. spread: equal harm, by band of
    customer value. clocks: kept and late.
    """
    from settlement.cases.spreadsheet import write_csv
    from settlement.cli.people import LOCAL
    from settlement.desk.reports import COLUMNS, Period
    from settlement.desk.reports import report as rows_of
    from settlement.desk.sitting import Sitting
    from settlement.rules.library import load_books

    books = load_books()
    period = Period(first.date() if first else None, last.date() if last else None)
    with database_to_read(database) as opened, opened.reading() as tx:
        rows = rows_of(Sitting.begin(tx, books, LOCAL), name, period)
    if as_csv:
        click.echo(write_csv(COLUMNS[name], rows), nl=False)
    else:
        _show(name, COLUMNS[name], rows, Labels(language), books)


def _show(name: str, columns: tuple[str, ...], rows: "list[Row]", labels: Labels, books: "Books") -> None:
    from settlement.cli.layout import figures, heading, print_parts

    if not rows:
        return click.echo(labels("line", "no_cases"))
    heads = [labels("report_column", column) for column in columns]
    told = [[_told(column, row[column], labels, books) for column in columns] for row in rows]
    colon = labels("line", "pair", "", "")
    names = [n for n, column in enumerate(columns) if column in _NAMES]
    return print_parts([heading(labels("report", name)), figures(heads, told, names, colon)])


def _told(column: str, cell: "Cell", labels: Labels, books: "Books") -> str:
    """A cell for people: codes in words, sums without their currency, a dash for what is not known."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return labels("report_code", "yes" if cell else "no")
    if isinstance(cell, str):
        return printable(_word(column, cell, labels, books))
    return str(cell) if isinstance(cell, int) else cell.amount


def _word(column: str, code: str, labels: Labels, books: "Books") -> str:
    """A text of a report for people: a code in words, those of a policy in its words, any other as it is."""
    if column in _CODES:
        return labels("report_code", code)
    if column == "what":
        return labels("clock", code)
    if column not in ("category", "prevention"):
        return code
    found = [text for edition in reversed(books.editions) for text in _texts(edition, column, code)]
    return found[0].in_language(labels.language) if found else code


def _texts(edition: "Edition", column: str, code: str) -> "list[Text]":
    """What a policy calls a category of goods, or what it promises against a cause."""
    if column == "category":
        return [text for name, text in edition.words.items() if name == f"category.{code}"]
    return [each.text for each in edition.terms.gestures if each.id == code] if edition.terms else []
