"""`settlement erase`: forgets who a customer is."""

import click

from settlement.cli.database import database_option, database_to_write
from settlement.cli.labels import Labels
from settlement.cli.languages import language_option

WHY = ("asked", "consent_withdrawn", "purpose_ended", "unlawful")


@click.command()
@click.argument("customer", required=False)
@click.option("--order", metavar="ID", help="Whoever had this order.")
@click.option("--case", metavar="ID", help="Whoever this case is about.")
@click.option("--reference", metavar="REF", help="Whoever stands in records as k-…, or had the order o-….")
@click.option(
    "--reason",
    type=click.Choice(WHY),
    required=True,
    help="A word only, for a sentence in the log might tell who it was.",
)
@language_option
@database_option
def erase(reason: str, language: str, database: str | None, **whom: str | None) -> None:
    """Forget CUSTOMER: who they are, their orders, their evidence, and what was said in their cases.

    The customer may be named by an order, a case or a reference instead. Decisions and amounts stay, and
    can be decided again. Refused while a case of theirs is open, held or under review; each is named.
    """
    from settlement.cli.people import LOCAL
    from settlement.desk import erasure
    from settlement.desk.sitting import Sitting
    from settlement.rules.library import load_books

    given = [(name, value) for name, value in whom.items() if value is not None]
    if len(given) != 1:
        raise click.UsageError("Name one: CUSTOMER, --order, --case or --reference.")
    [(name, value)] = given
    kinds = {
        "customer": erasure.erase_customer,
        "order": erasure.erase_order,
        "case": erasure.erase_case,
        "reference": erasure.erase_reference,
    }
    books = load_books()
    with database_to_write(database) as opened:
        with opened.transaction() as tx:
            erased = kinds[name](Sitting.begin(tx, books, LOCAL), value, erasure.Why(reason))
        opened.scrub()
    labels = Labels(language)
    if erased.cases:
        click.echo(labels("line", "forgotten_in", erased.entries, labels.listed(erased.cases)))
    else:
        click.echo(labels("line", "forgotten", erased.entries))
