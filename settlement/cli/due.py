"""`settlement due`: what waits, the most urgent first."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from settlement.cli.database import database_option, database_to_read
from settlement.cli.labels import Labels
from settlement.cli.languages import language_option

if TYPE_CHECKING:
    from settlement.cases.due import DueItem


@click.command()
@click.option("--owner", metavar="NAME", help="Only of cases of this person, or for this person to do.")
@click.option("--what", metavar="WHAT", help="Only this kind or name, such as approval or resolution.")
@language_option
@database_option
def due(owner: str | None, what: str | None, language: str, database: str | None) -> None:
    """What is due soon, the least time left first. Neither customers nor sums move the order."""
    from settlement.cli.layout import print_parts, sheet
    from settlement.cli.people import LOCAL
    from settlement.desk.due import Wanted, due_soon
    from settlement.rules.library import load_books

    books, labels = load_books(), Labels(language)
    with database_to_read(database) as opened, opened.reading() as tx:
        found = due_soon(tx, books, LOCAL, datetime.now(UTC), Wanted(owner, what), language)
    columns = [labels("column", name) for name in ("left", "due", "type", "what", "case", "whose")]
    rows = [_row(item, labels) for item in found]
    print_parts([sheet(columns, rows, fixed=(1, 4, 5))] if rows else [labels("line", "nothing_due")])


def _row(item: "DueItem", labels: Labels) -> tuple[str, ...]:
    whose = item.whose or (labels("role", item.level) if item.level else "")
    due_at = "" if item.due_at is None else f"{item.due_at.astimezone(UTC):%Y-%m-%d %H:%MZ}"
    named = f"{item.text} {item.id}" if item.id else item.text
    if item.stands and item.stands_since:
        since = f"{item.stands_since.astimezone(UTC):%Y-%m-%d}"
        named = labels.clauses([named, labels("line", "stands_since", since), *filter(None, [item.reason])])
    return (_end(item, labels), due_at, labels("due_kind", item.kind), named, item.case_id, whose)


def _end(item: "DueItem", labels: Labels) -> str:
    if item.stands or item.not_announced:
        return labels("line", "stands" if item.stands else "not_announced")
    return "" if item.left is None else _left(item.left, labels, working_days=item.working_days)


def _left(left: timedelta, labels: Labels, *, working_days: bool) -> str:
    """Days and hours, or hours and minutes, and whether only working days count; a minus when it is over."""
    minutes = abs(left) // timedelta(minutes=1)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        told = labels("line", "days_hours", labels.duration(f"{days} {'wd' if working_days else 'd'}"), hours)
    else:
        told = labels("line", "hours_minutes", hours, minutes)
        told = labels("line", "of_working_days", told) if working_days else told
    return f"-{told}" if left < timedelta() else told
