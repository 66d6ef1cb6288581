"""Where the data live: an option, else SETTLEMENT_DATABASE_URL, else a file in the user's data folder."""

import re
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path

VARIABLE = "SETTLEMENT_DATABASE_URL"


def database_url(
    option: str | None, environ: Mapping[str, str], file_name: str = "settlement.sqlite3"
) -> str:
    """The URL of the database. A plain path given as the option names a SQLite file."""
    given = option or environ.get(VARIABLE)
    if not given:
        return f"sqlite:///{user_data_path('settlement', appauthor=False) / file_name}"
    return given if "://" in given else f"sqlite:///{Path(given).expanduser().absolute()}"


def shown(url: str) -> str:
    """A URL as it may be printed: without its password."""
    hidden = re.sub(r"(?<=://)([^/?#]*?):[^/?#]*@", r"\1:***@", url)
    return re.sub(r"(?<=[?&]password=)[^&#]*", "***", hidden)
