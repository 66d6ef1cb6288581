"""The language of what is shown."""

import click

language_option = click.option(
    "--language",
    type=click.Choice(("en", "zh")),
    default="en",
    show_default=True,
    help="Language of the texts.",
)
