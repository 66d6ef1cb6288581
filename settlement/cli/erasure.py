"""`settlement erase`: forgets who a customer is."""

import click

from settlement.cli.database import database_option, database_to_write
from settlement.cli.labels import Labels
from settlement.cli.languages import language_option

WHY = ("asked", "consent_withdrawn", "purpose_ended", "unlawful")


@click.command()
@click.argument("customer")
@click.option(
    "--reason",
    type=click.Choice(WHY),
    required=True,
    help="A word only, for a sentence in the log might tell who it was.",
)
@language_option
@database_option
def erase(customer: str, reason: str, language: str, database: str | None) -> None:
    """Forget CUSTOMER: who they are, their orders, their evidence, and what was said in their cases.

    Decisions and amounts stay, and can be decided again. Refused while a case of theirs is open or
    under a legal hold; each is named.
    """
    from settlement.cli.people import LOCAL
    from settlement.desk.erasure import Why, erase_customer
    from settlement.desk.sitting import Sitting
    from settlement.rules.library import load_books

    books = load_books()
    with database_to_write(database) as opened:
        with opened.transaction() as tx:
            erased = erase_customer(Sitting.begin(tx, books, LOCAL), customer, Why(reason))
        opened.scrub()
    labels = Labels(language)
    if erased.cases:
        click.echo(labels("line", "forgotten_in", erased.entries, labels.listed(erased.cases)))
    else:
        click.echo(labels("line", "forgotten", erased.entries))
